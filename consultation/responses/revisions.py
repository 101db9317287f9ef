"""Revisions of a response, and how two of them differ.

Responses are loaded with their answers here.
"""

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.i18n import localized
from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.kinds import KINDS, numbers, reply_of
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Response
from consultation.responses.rights.erasure import ERASED_TEXT

Answered = tuple[str, Question, list[str]]
"""The indicator's code or nothing, the question, and the label of each value."""


def with_answers() -> sa.Select[Response]:
    """Return the statement that loads responses with questions, options and indicators."""
    return sa.select(Response).options(
        joinedload(Response.questionnaire),
        joinedload(Response.respondent),
        selectinload(Response.answers).options(
            joinedload(Answer.option),
            joinedload(Answer.question)
            .joinedload(Question.indicator_version)
            .joinedload(IndicatorVersion.indicator),
        ),
    )


def current_of(session: Session, respondent_id: int) -> Sequence[Response]:
    """Return the respondent's current responses, the latest first."""
    return session.scalars(
        with_answers()
        .where(
            Response.respondent_id == respondent_id,
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
        )
        .order_by(Response.submitted_at.desc())
    ).all()


def answered(
    response: Response, locale: str, texts: Mapping[int, str] | None = None
) -> list[Answered]:
    """Return the answers question by question, in the order of the form.

    `texts` is what may be read of each text, by the id of its answer; without it, each is returned
    as it was written, which its author alone may read.
    """
    by_question: dict[int, Answered] = {}
    for answer in sorted(response.answers, key=lambda row: row.question.position):
        question = answer.question
        version = question.indicator_version
        place = version.indicator.code if version else ""
        _place, _question, values = by_question.setdefault(question.id, (place, question, []))
        if answer.text is not None and texts is not None:
            values.append(texts[answer.id])
        else:
            values.append(_value_label(answer, locale))
    return list(by_question.values())


def _value_label(answer: Answer, locale: str) -> str:
    if answer.option is not None:
        kind, label = KINDS[answer.question.kind], localized(answer.option.label, locale)
        settings = answer.question.settings
        return kind.worded(settings, label, answer.row_code, answer.rank, locale)
    if answer.number is not None:
        return of_scale(numbers.written_in(answer.number, locale), top_of(answer.question))
    if answer.date is not None:
        return f"{answer.date:%d/%m/%Y}"
    return answer.text or ""


def top_of(question: Question) -> int | None:
    """Return the highest rating of a scale, None for another kind of question."""
    steps = KINDS[question.kind].steps(question.settings)
    return steps[-1] if steps else None


def of_scale(number: str, top: int | None) -> str:
    """Return a rating with the highest one, which says what it is worth; else the number."""
    return number if top is None else gettext("%(rating)s sur %(top)s", rating=number, top=top)


Place = tuple[str, str]
"""The indicator's code or nothing, and the question's code: what stays from version to version."""
Value = str | float | date


class Change(enum.StrEnum):
    """How an answer differs from the earlier revision."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class AnswerValues:
    """The answer to one question: compared by `values`, displayed as `labels`."""

    label: str
    values: frozenset[Value]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """A question that two revisions answer otherwise; without an answer a side is empty."""

    place: str
    label: str
    before: tuple[str, ...]
    now: tuple[str, ...]

    @property
    def change(self) -> Change:
        """Whether the answer was added, changed or removed."""
        if not self.before:
            return Change.ADDED
        return Change.CHANGED if self.now else Change.REMOVED

    @property
    def is_unseen(self) -> bool:
        """Whether the change is in what the reader may not read."""
        return self.before == self.now


@dataclass(frozen=True)
class Compared:
    """The differences between two revisions; erased texts are not compared."""

    differences: Sequence[Difference]
    has_erased_texts: bool


def compare(
    before: Response, now: Response, locale: str, texts: Mapping[int, str] | None = None
) -> Compared:
    """Compare two revisions; `texts` is what may be read of each text, as in `answered`."""
    earlier, later = answer_values(before, locale, texts), answer_values(now, locale, texts)
    both = [*earlier.values(), *later.values()]
    return Compared(differences(earlier, later), any(_is_erased(answer) for answer in both))


def answer_values(
    response: Response, locale: str, texts: Mapping[int, str] | None = None
) -> dict[Place, AnswerValues]:
    """Return the answers by indicator and question, in the order of the form."""
    values: dict[int, set[Value]] = {}
    for answer in response.answers:
        values.setdefault(answer.question_id, set()).add(_value(answer))
    return {
        (place, question.code): AnswerValues(
            localized(question.label, locale), frozenset(values[question.id]), tuple(labels)
        )
        for place, question, labels in answered(response, locale, texts)
    }


def differences(
    before: Mapping[Place, AnswerValues], now: Mapping[Place, AnswerValues]
) -> list[Difference]:
    """Return the differences, in the order of the later form; last those answered no more."""
    nothing = AnswerValues("", frozenset(), ())
    changes = []
    for place in [*now, *(place for place in before if place not in now)]:
        earlier, later = before.get(place, nothing), now.get(place, nothing)
        if earlier.values != later.values and not _is_unknown(earlier, later):
            label = later.label or earlier.label
            changes.append(Difference(place[0], label, earlier.labels, later.labels))
    return changes


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
    """Return, by measure (None: the tool), the revision before the current one."""
    latest = (
        sa.select(sa.func.max(Response.id))
        .join(Questionnaire)
        .where(Response.respondent_id == respondent_id, Response.superseded_at.is_not(None))
        .group_by(Questionnaire.measure_id)
    )
    responses = session.scalars(with_answers().where(Response.id.in_(latest)))
    return {response.questionnaire.measure_id: response for response in responses}


_FORM = Questionnaire.__table__
_FIRST, _FIRST_FORM = Response.__table__.alias("first"), _FORM.alias("first_form")
FIRST_CODE = (
    sa.select(_FIRST.c.receipt_code)
    .join_from(_FIRST, _FIRST_FORM, _FIRST_FORM.c.id == _FIRST.c.questionnaire_id)
    .where(
        _FIRST.c.respondent_id == Response.__table__.c.respondent_id,
        _FIRST_FORM.c.measure_id.is_not_distinct_from(_FORM.c.measure_id),
    )
    .order_by(_FIRST.c.id)
    .limit(1)
    .correlate(Response.__table__, _FORM)
    .scalar_subquery()
)
"""Receipt code of the first revision, in a statement over responses and their questionnaires."""


def first_codes(session: Session, responses: Iterable[Response]) -> Mapping[int, str]:
    """Return the number that the sender knows of each response, by its id.

    It is the receipt code of the first revision: a correction is a version of it, whose own code
    stays inside.
    """
    rows = session.execute(
        sa.select(Response.id, FIRST_CODE)
        .join(Questionnaire)
        .where(Response.id.in_([response.id for response in responses]))
    )
    return dict(rows.all())


def first_code(session: Session, respondent_id: int, measure_id: int | None) -> str | None:
    """Return the receipt code of the first revision of a reply, None where there is none."""
    return session.scalar(
        sa.select(Response.receipt_code)
        .join(Questionnaire)
        .where(
            Response.respondent_id == respondent_id,
            Questionnaire.measure_id.is_not_distinct_from(measure_id),
        )
        .order_by(Response.id)
        .limit(1)
    )


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
        return reply_of(answer.option.code, answer.row_code, answer.rank)
    if answer.number is not None:
        return answer.number
    return answer.date if answer.date is not None else answer.text or ""


def _is_erased(answer: AnswerValues) -> bool:
    return ERASED_TEXT in answer.values


def _is_unknown(earlier: AnswerValues, later: AnswerValues) -> bool:
    """Return whether one of two texts was erased, so that they can't be compared."""
    is_erased = _is_erased(earlier) or _is_erased(later)
    return is_erased and bool(earlier.values and later.values)
