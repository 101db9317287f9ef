"""An error of an outline, and the checks that sections, questions and options share."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from consultation.i18n import Localized
from consultation.questionnaires.outline.codes import CODE, LONGEST_CODE
from consultation.text import length


@dataclass(frozen=True)
class OutlineError:
    """One thing wrong; `section` and `question` are codes, `field` the part of it, as edited.

    `what` is a clause, `remedy` a sentence or more.
    """

    section: str | None
    question: str | None
    field: str
    what: str
    remedy: str

    @property
    def sentence(self) -> str:
        """The error and what to do, as a person reads them under the field."""
        return f"{self.what[:1].upper()}{self.what[1:]}. {self.remedy}"


MakeError = Callable[[str, str, str], OutlineError]
"""How a check says what is wrong: field, what, remedy."""


def check_code(code: str, make_error: MakeError) -> Iterator[OutlineError]:
    """Yield what is wrong with a code."""
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        yield make_error(
            "code",
            f"le code « {code[:60]} » ne convient pas",
            f"Utilisez des minuscules sans accent, des chiffres et « _ », en commençant par une"
            f" lettre, {LONGEST_CODE} signes au plus.",
        )


def check_text(
    field: str, text: Localized | None, limit: int, make_error: MakeError
) -> Iterator[OutlineError]:
    """Yield what is wrong with a text in one or two languages; `field_en` is the English one."""
    for locale, written in (text or {}).items():
        excess = length(written) - limit
        if excess > 0:
            suffix = "" if locale == "fr" else f"_{locale}"
            yield make_error(
                f"{field}{suffix}",
                f"le texte dépasse de {excess} signes les {limit} possibles",
                "Raccourcissez-le.",
            )
    if text and text.get("en") and not text.get("fr"):
        yield make_error(
            f"{field}_en",
            "le texte anglais est là sans le texte français",
            "Écrivez aussi le texte français, ou effacez le texte anglais.",
        )


def repeated_codes(codes: Iterable[str]) -> list[str]:
    """Return the codes that stand more than once."""
    return list(dict.fromkeys(one for one, next_ in pairwise(sorted(codes)) if one == next_))
