"""Matching: which of our mails a message answers, and which measures it speaks of."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from consultation.i18n import folded
from consultation.inbox.models import Clue
from consultation.inbox.parsing.message import ReadMessage
from consultation.invitations.models import Invitation, Invitee
from consultation.mail import boxes
from consultation.mail.boxes import Box
from consultation.mail.models import Delivery, OutboxMessage
from consultation.responses.models import Response

ACKNOWLEDGEMENT, INVITATION = "acknowledgement", "invitation"


@dataclass(frozen=True)
class Joined:
    """What a reply is joined to; `measure_ids` are those of the responses it was told of."""

    delivery_id: int | None = None
    respondent_id: int | None = None
    measure_ids: tuple[int, ...] = ()


def join(session: Session, answers_to: Sequence[str], sender: str | None) -> Joined:
    """Find the mail that is answered, provided that it went to the box that answers."""
    if not answers_to or sender is None:
        return Joined()
    box = Box.of(sender)
    found = session.scalars(
        sa.select(Delivery)
        .where(
            Delivery.message_id.in_(answers_to),
            box.may_be(Delivery.recipient_index, Delivery.mailbox_index),
        )
        .order_by(Delivery.id.desc())
    ).all()
    went_to = ((each, boxes.of_delivery(session, each).mailbox) for each in found)
    delivery = next((each for each, mailbox in went_to if box.is_named(mailbox, None)), None)
    if delivery is None:
        return Joined()
    # A mail of before boxes that look alike were told apart may have told of somebody else as well.
    theirs = boxes.messages_to(session, box, OutboxMessage.delivery_id == delivery.id)
    keys = session.scalars(
        sa.select(OutboxMessage.dedup_key)
        .where(OutboxMessage.id.in_(theirs))
        .order_by(OutboxMessage.id.desc())
    ).all()
    responses = _acknowledged(session, keys)
    respondent_id = responses[0].respondent_id if responses else _invited(session, keys)
    return Joined(delivery.id, respondent_id, _measures(responses))


def _acknowledged(session: Session, keys: Sequence[str]) -> Sequence[Response]:
    """Return the responses that a mail acknowledged, the latest first."""
    codes = [key.partition(":")[2] for key in keys if key.startswith(f"{ACKNOWLEDGEMENT}:")]
    if not codes:
        return ()
    return session.scalars(
        sa.select(Response)
        .where(Response.receipt_code.in_(codes))
        .options(joinedload(Response.questionnaire))
        .order_by(Response.id.desc())
    ).all()


def _measures(responses: Sequence[Response]) -> tuple[int, ...]:
    found = (response.questionnaire.measure_id for response in responses)
    return tuple(dict.fromkeys(measure_id for measure_id in found if measure_id is not None))


def _invited(session: Session, keys: Sequence[str]) -> int | None:
    """Return the respondent that an invited person is in the latest round they were asked in."""
    for key in keys:
        kind, _, rest = key.partition(":")
        if kind == INVITATION:
            return session.scalar(
                sa.select(Invitation.respondent_id)
                .join(Invitee, Invitee.id == Invitation.invitee_id)
                .where(Invitee.public_id == rest.rpartition(":")[2])
                .order_by(Invitation.id.desc())
                .limit(1)
            )
    return None


_Name = TypeVar("_Name")

LONGEST_RANGE = 20
TITLE_PART = 6
FEWEST_TELLING = 2
FEWEST_WHOLE = 3

_WORD = re.compile(r"[a-z0-9]+")
_TO = re.compile(r"\sà\s", re.IGNORECASE)
_LETTERED = re.compile(r"([a-z]{1,4})[ .-]?0*(\d{1,3})")
_NUMBER = r"\d{1,3}(?![\w%€]|[.,]\d{3})"
_SIGN = r"(?:n[°o]s? ?\.? ?|numeros? |numbers? |# ?)?"
# After such a word a number is a quantity.
_QUANTITY = (
    r"(?! ?(?:%|€|\d{3}\b|(?:euros?|mois|ans?|annees?|jours?|semaines?|heures?|minutes?|months?"
    r"|years?|days?|weeks?|hours?|fois|times|personnes?|victimes?|places?|people|indicateurs?"
    r"|indicators?|janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre"
    r"|decembre)\b))"
)
_ITEM = rf"{_NUMBER}{_QUANTITY}"
_JOINT = r" ?(?:,|;|/|-|&|et|ou|and|or|to)(?: ?(?:et|ou|and|or))?(?: la| les)? ?"
_ONE = re.compile(rf"(?<!\w)(mesure|measure|theme) ?{_SIGN}({_ITEM})")
_SEVERAL = re.compile(
    rf"(?<!\w)(mesure|measure|theme)s ?{_SIGN}({_ITEM}(?:{_JOINT}{_ITEM}){{0,20}})"
)
_INDICATOR = re.compile(rf"(?<!\w)(indicat)(?:eur|or)s? ?{_SIGN}(\d{{1,3}})\.\d{{1,2}}(?![\w.])")
_IN_LIST = re.compile(r"(\d{1,3})(?: ?(?:-|to) ?(\d{1,3}))?")
# « Un T4 » is a flat, « le T4 » a tram: what stands before a code may say that it is none.
_ELSEWHERE = re.compile(
    r"(?:appartements?|logements?|studios?|type|un|tram|tramway|ligne|line|page|pp?\.?|art\.?"
    r"|articles?|salle|bureau|room|flat|apartment|annexe|tableau|figure|note) $"
)
_LONGEST_BEFORE = 15
_COMMON = """
    dans avec pour leur leurs elles sont cette dont plus chaque par sur aux des les une ces qui que
    their they with that from this into every each the and
"""
# In a consultation on trafficking these tell one measure from another no better.
_OF_THE_FIELD = """
    traite etre etres humain humains victime victimes exploitation personne personnes mesure mesures
    trafficking human being beings victim victims people measure measures
"""
_STOP_WORDS = frozenset((_COMMON + _OF_THE_FIELD).split())


def bare(text: str) -> str:
    """Return `text` as names are looked for in it: folded, ranges told from the verb « a »."""
    return folded(_TO.sub(" to ", text))


@dataclass(frozen=True)
class Names:
    """The names of every measure; one that two measures share names neither."""

    by_number: dict[int, int]
    by_code: dict[str, int]
    by_words: dict[tuple[str, ...], int]
    codes: re.Pattern[str] | None

    @classmethod
    def of(cls, known: Iterable[tuple[int, str, tuple[str, ...]]]) -> "Names":
        """Return the names of measures given by id, code and titles."""
        by_number: dict[int, set[int]] = {}
        by_code: dict[str, set[int]] = {}
        by_words: dict[tuple[str, ...], set[int]] = {}
        for measure_id, code, titles in known:
            key = _key(code)
            by_code.setdefault(key, set()).add(measure_id)
            number = key.removeprefix("m")
            if number.isascii() and number.isdigit():
                by_number.setdefault(int(number), set()).add(measure_id)
            for words in (words for title in titles for words in _parts(title)):
                by_words.setdefault(words, set()).add(measure_id)
        codes = _pattern(code for code in by_code if not code.isdigit())
        return cls(_alone(by_number), _alone(by_code), _alone(by_words), codes)

    def by_tag(self, word: str | None, tag: str) -> int | None:
        """Return the measure of a plus-address, such as `+mesure-12@` or `+t4@`."""
        if word is None:
            return None if tag.isdigit() else self.by_code.get(_key(tag))
        found = self._numbered(word, int(tag)) if tag.isdigit() else None
        return found if found is not None else self.by_code.get(_key(tag))

    def numbered_in(self, text: str) -> Iterator[tuple[int, Clue]]:
        """Give the measures that a bare text names by code or number, in its order."""
        found = [*self._coded_in(text), *self._counted_in(text)]
        for _, measure_id, clue in sorted(found, key=lambda one: one[0]):
            yield measure_id, clue

    def titled_in(self, text: str) -> Iterator[tuple[int, Clue]]:
        """Give the measures whose title, or a clear part of it, stands in a bare text."""
        words = _WORD.findall(text)
        lengths = sorted({len(part) for part in self.by_words})
        for start in range(len(words)):
            for length in lengths:
                measure_id = self.by_words.get(tuple(words[start : start + length]))
                if measure_id is not None:
                    yield measure_id, Clue.TITLE

    def _coded_in(self, text: str) -> Iterator[tuple[int, int, Clue]]:
        for match in self.codes.finditer(text) if self.codes else ():
            before = text[max(0, match.start() - _LONGEST_BEFORE) : match.start()]
            measure_id = self.by_code.get(_key(match[0]))
            if measure_id is not None and _ELSEWHERE.search(before) is None:
                yield match.start(), measure_id, Clue.CODE

    def _counted_in(self, text: str) -> Iterator[tuple[int, int, Clue]]:
        for pattern in (_ONE, _SEVERAL, _INDICATOR):
            for match in pattern.finditer(text):
                for place, number in enumerate(_numbers(match[2])):
                    measure_id = self._numbered(match[1], number)
                    if measure_id is not None:
                        yield match.start() + place, measure_id, Clue.NUMBER

    def _numbered(self, word: str, number: int) -> int | None:
        return self.by_code.get(f"t{number}") if word == "theme" else self.by_number.get(number)


def _key(code: str) -> str:
    """Return the one spelling of a code: « T 04 » and « t-4 » are « t4 »."""
    text = folded(code)
    lettered = _LETTERED.fullmatch(text)
    return f"{lettered[1]}{int(lettered[2])}" if lettered else text


def _alone(ids_by_name: dict[_Name, set[int]]) -> dict[_Name, int]:
    return {name: min(ids) for name, ids in ids_by_name.items() if len(ids) == 1}


def _pattern(codes: Iterable[str]) -> re.Pattern[str] | None:
    """Return what finds one of `codes` that stands alone; « T4.2 » is an indicator of T4."""
    written = []
    for code in sorted(codes, key=len, reverse=True):
        lettered = _LETTERED.fullmatch(code)
        spelled = rf"{lettered[1]}[ -]?0?{lettered[2]}" if lettered else re.escape(code)
        written.append(spelled)
    if not written:
        return None
    return re.compile(rf"(?<![\w@.+=-])(?:{'|'.join(written)})(?![\w@%-])")


def _numbers(listed: str) -> Iterator[int]:
    for match in _IN_LIST.finditer(listed):
        first, last = int(match[1]), int(match[2] or match[1])
        if first <= last <= first + LONGEST_RANGE:
            yield from range(first, last + 1)
        else:
            yield from (first, last)


def _parts(title: str) -> Iterator[tuple[str, ...]]:
    """Give a whole title, and every row of its words that is long and telling enough."""
    words = _WORD.findall(bare(title))
    if len(words) >= FEWEST_WHOLE or _telling(words) >= FEWEST_TELLING:
        yield tuple(words)
    for start in range(len(words) - TITLE_PART + 1):
        part = words[start : start + TITLE_PART]
        if _telling(part) >= FEWEST_TELLING:
            yield tuple(part)


def _telling(words: Iterable[str]) -> int:
    return sum(len(word) > 2 and word not in _STOP_WORDS for word in words)


MOST_PROPOSED = 10
LONGEST_LOOKED_AT = 100_000

_TAG = re.compile(r"\+(?:(mesure|measure|theme)[-_.]?)?([a-z0-9]{1,20})@")


@dataclass(frozen=True)
class KnownMeasure:
    """A measure as it may be named in a mail."""

    id: int
    code: str
    titles: tuple[str, ...]


@dataclass(frozen=True)
class Proposed:
    """A measure that a mail may be about, and what says so."""

    measure_id: int
    clue: Clue


def propose(message: ReadMessage, known: Sequence[KnownMeasure]) -> list[Proposed]:
    """Return the measures that `message` may be about, the likeliest first.

    Its address comes before its subject, that before what its author wrote, and quotations last.
    """
    names = Names.of((measure.id, measure.code, measure.titles) for measure in known)
    found: dict[int, Clue] = {}
    for measure_id, clue in _all_clues(message, names):
        found.setdefault(measure_id, clue)
        if len(found) == MOST_PROPOSED:
            break
    return [Proposed(measure_id, clue) for measure_id, clue in found.items()]


def _all_clues(message: ReadMessage, names: Names) -> Iterator[tuple[int, Clue]]:
    yield from _in_addresses(message.recipients, names)
    for text in (message.subject, message.kept, message.original):
        looked_at = bare(text[:LONGEST_LOOKED_AT])
        yield from names.numbered_in(looked_at)
        yield from names.titled_in(looked_at)


def _in_addresses(addresses: Iterable[str], names: Names) -> Iterator[tuple[int, Clue]]:
    for address in addresses:
        tag = _TAG.search(bare(address))
        measure_id = names.by_tag(tag[1], tag[2]) if tag else None
        if measure_id is not None:
            yield measure_id, Clue.ADDRESS
