"""What changed between two revisions of one respondent's reply, question by question."""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import localized
from consultation.questionnaires.models import Questionnaire
from consultation.responses.forgetting import ERASED_TEXT
from consultation.responses.models import Answer, Response
from consultation.responses.reading import answered, with_answers

Place = tuple[str, str]
"""The indicator's code or nothing, and the question's code: what stays from version to version."""
Value = str | float | date


class Change(enum.StrEnum):
    """What happened to an answer."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Said:
    """What was answered to one question: compared by `values`, shown as `words`."""

    label: str
    values: frozenset[Value]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """One question that is answered otherwise; nothing before or now says that it had no answer."""

    place: str
    label: str
    before: tuple[str, ...]
    now: tuple[str, ...]

    @property
    def change(self) -> Change:
        """What happened to the answer."""
        if not self.before:
            return Change.ADDED
        return Change.CHANGED if self.now else Change.REMOVED

    @property
    def is_unseen(self) -> bool:
        """Whether the change is in what the reader may not read."""
        return self.before == self.now


@dataclass(frozen=True)
class Compared:
    """The differences between two revisions; of texts that were erased, nothing can be said."""

    differences: Sequence[Difference]
    has_erased_texts: bool


def compare(
    before: Response, now: Response, locale: str, texts: Mapping[int, str] | None = None
) -> Compared:
    """Compare two revisions; `texts` is what may be read of each text, as `reading.answered`."""
    earlier, later = said(before, locale, texts), said(now, locale, texts)
    both = [*earlier.values(), *later.values()]
    return Compared(differences(earlier, later), any(_is_erased(one) for one in both))


def said(
    response: Response, locale: str, texts: Mapping[int, str] | None = None
) -> dict[Place, Said]:
    """Return what was answered, in the order of the form."""
    values: dict[int, set[Value]] = {}
    for answer in response.answers:
        values.setdefault(answer.question_id, set()).add(_value(answer))
    return {
        (place, question.code): Said(
            localized(question.label, locale), frozenset(values[question.id]), tuple(words)
        )
        for place, question, words in answered(response, locale, texts)
    }


def differences(before: Mapping[Place, Said], now: Mapping[Place, Said]) -> list[Difference]:
    """Return what differs, in the order of the later form; then what is answered no more."""
    nothing = Said("", frozenset(), ())
    found = []
    for place in [*now, *(place for place in before if place not in now)]:
        earlier, later = before.get(place, nothing), now.get(place, nothing)
        if earlier.values != later.values and not _is_unknown(earlier, later):
            label = later.label or earlier.label
            found.append(Difference(place[0], label, earlier.words, later.words))
    return found


def previous(session: Session, response: Response) -> Response | None:
    """Return the revision that `response` replaced, with its answers, or None for a first one."""
    return session.scalars(
        with_answers().where(
            Response.id
            == sa.select(sa.func.max(Response.id))
            .join(Questionnaire)
            .where(*of_same_form(response), Response.id < response.id)
            .scalar_subquery()
        )
    ).one_or_none()


def previous_of(session: Session, respondent_id: int) -> Mapping[int | None, Response]:
    """Return, by measure (None: the tool), the revision before the one that stands."""
    latest = (
        sa.select(sa.func.max(Response.id))
        .join(Questionnaire)
        .where(Response.respondent_id == respondent_id, Response.superseded_at.is_not(None))
        .group_by(Questionnaire.measure_id)
    )
    found = session.scalars(with_answers().where(Response.id.in_(latest)))
    return {response.questionnaire.measure_id: response for response in found}


def of_same_form(response: Response) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of being a revision of the same reply, in whatever version."""
    measure_id = response.questionnaire.measure_id
    return (
        Response.respondent_id == response.respondent_id,
        Questionnaire.measure_id.is_(None)
        if measure_id is None
        else Questionnaire.measure_id == measure_id,
    )


def _value(answer: Answer) -> Value:
    if answer.option is not None:
        return answer.option.code
    if answer.number is not None:
        return answer.number
    return answer.date if answer.date is not None else answer.text or ""


def _is_erased(one: Said) -> bool:
    return ERASED_TEXT in one.values


def _is_unknown(earlier: Said, later: Said) -> bool:
    """Say whether one of two texts was erased, so that nobody knows whether they differ."""
    is_erased = _is_erased(earlier) or _is_erased(later)
    return is_erased and bool(earlier.values and later.values)
