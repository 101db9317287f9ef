"""Similarity of texts: normalised tokens, and keys that near-duplicates share.

Tokens are without case, accents and courtesies.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise

from rapidfuzz import fuzz

from consultation.crypto.keyring import keyring
from consultation.text import normalized

FEWEST_TOKENS = 12
FEWEST_LETTERS = 60
"""Below, people say the same without having agreed on it: « Oui, garder cet indicateur. »"""

NEAR = 80.0
"""From which score two texts say nearly the same; chosen on `tests/moderation/campaign.py`."""

KEYS_PER_TEXT = 12
LONGEST_COMPARED = 10_000
"""Letters; what comes after makes no other text of it."""

_WORD = re.compile(r"[^\W_]+")
_BLANKS = re.compile(r"(\s+)")
_UNSEEN = ("Mn", "Cf")  # accents that stand alone, and signs without a shape
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_COURTESIES = re.compile(
    r"\b(?:"
    r"(?:re)?bonjour(?: a (?:toutes et a )?tous)?|bonsoir|mesdames(?: et)? messieurs"
    r"|madame(?: et)?(?: monsieur)?|monsieur"
    r"|(?:bien |tres )?cordialement|bien a vous|sincerement|respectueusement"
    r"|(?:avec |recevez |agreer |agreez )?(?:mes |nos |l expression de mes )?"
    r"(?:sinceres |meilleures |cordiales )?salutations(?: distinguees| cordiales| militantes)?"
    r"|merci(?: beaucoup)?(?: d avance| par avance| de votre attention| pour votre attention)?"
    r"|dear (?:sir|madam|all)|(?:kind|best) regards|sincerely|hello"
    r")\b"
)
# Words too common to tell two texts apart by standing side by side.
_COMMON = frozenset((
    "a", "au", "aux", "avec", "c", "ce", "ces", "cet", "cette", "d", "dans", "de", "des", "du",
    "elle", "elles", "en", "est", "et", "etre", "il", "ils", "j", "je", "l", "la", "le", "les",
    "leur", "leurs", "lui", "m", "mais", "me", "mes", "mon", "n", "ne", "nos", "notre", "nous",
    "on", "ont", "ou", "par", "pas", "plus", "pour", "qu", "que", "qui", "s", "sa", "sans", "se",
    "ses", "si", "son", "sont", "sur", "t", "tout", "tous", "un", "une", "vos", "votre", "vous",
    "y",
))  # fmt: skip

NO_ORGANISATION = frozenset((
    "aucun", "aucune", "neant", "na", "n a", "non", "rien", "ras", "sans", "sans objet",
    "particulier", "particuliere", "citoyen", "citoyenne", "individuel", "independant",
    "independante", "personnel", "a titre personnel", "a titre individuel", "none", "no", "nil",
    "individual", "myself", "moi", "moi meme",
))  # fmt: skip
"""Words by which people say that they speak for themselves, as `organisation_key` folds them."""


@dataclass(frozen=True)
class Normal:
    """A text as it is compared."""

    tokens: tuple[str, ...]

    @property
    def is_long_enough(self) -> bool:
        """Likeness to another text means something."""
        letters = sum(map(len, self.tokens))
        return len(self.tokens) >= FEWEST_TOKENS and letters >= FEWEST_LETTERS

    @property
    def in_order(self) -> str:
        """The words in alphabetical order: sentences that changed places change nothing."""
        return " ".join(sorted(self.tokens))


def normal(text: str) -> Normal:
    """Return the tokens of `text`, without courtesies."""
    folded = " ".join(fold_tokens(text[:LONGEST_COMPARED]))
    return Normal(tuple(_COURTESIES.sub(" ", folded).split()))


def fold_tokens(text: str) -> list[str]:
    """Split `text` into words in small letters, without accents or invisible marks."""
    letters = normalized("NFKD", text).casefold().translate(_LIGATURES)
    unseen = {it for it in set(letters) if unicodedata.category(it) in _UNSEEN}
    return _WORD.findall(letters.translate(dict.fromkeys(map(ord, unseen))))


def organisation_key(name: str | None) -> str | None:
    """Return the key that two spellings of one organisation share, None when none is named.

    Case, accents, signs and blanks tell no two organisations apart; words do.
    """
    key = " ".join(fold_tokens(name or ""))
    return None if not key or key in NO_ORGANISATION else key


def likeness(text: str, other: str) -> float:
    """Return how near two texts `in_order` are, from 0 to 100, or 0 below `NEAR`.

    It is rapidfuzz's token sort ratio: blind to the order of sentences, gentle with misspellings,
    and each added sentence costs its length.  The token set ratio was not taken: it gives 100 to
    an honest text that quotes a campaign and goes on to disagree.
    """
    return fuzz.ratio(text, other, score_cutoff=NEAR)


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `is_own` when the text it is compared with has none of its words."""

    text: str
    is_own: bool


def pieces(text: str, example: str) -> list[Piece]:
    """Cut `text` into what `example` says as well, wherever, and what it does not."""
    known = frozenset(fold_tokens(example))
    chunks = _BLANKS.split(text)
    own = [any(word not in known for word in fold_tokens(chunk)) for chunk in chunks]
    for blank in range(1, len(chunks) - 1, 2):
        own[blank] = own[blank - 1] and own[blank + 1]
    runs = groupby(zip(chunks, own, strict=True), key=lambda chunk: chunk[1])
    cut = [Piece("".join(chunk for chunk, _own in run), is_own) for is_own, run in runs]
    return [piece for piece in cut if piece.text]


def keys(text: Normal) -> frozenset[int]:
    """Return the numbers by which near texts are found without comparing all.

    They are the smallest hashes of its neighbouring uncommon words: near texts have most of
    those, hence most of the smallest.  Keyed, so that the stored table does not tell the words.
    """
    tokens = [word for word in text.tokens if word not in _COMMON]
    pairs = {f"{first} {other}" for first, other in pairwise(tokens)}
    return frozenset(sorted(map(_hash, pairs))[:KEYS_PER_TEXT])


def _hash(pair: str) -> int:
    digest = hashlib.blake2b(pair.encode(), digest_size=8, key=_secret())
    return int.from_bytes(digest.digest(), signed=True)


@lru_cache(maxsize=1)
def _secret() -> bytes:
    return bytes.fromhex(keyring.blind_index("text_key", ""))
