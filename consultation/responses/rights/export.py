"""Export of the data of a respondent: everything that they gave, as values."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.i18n import Localized
from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Destination, Option, Question, Questionnaire, Round
from consultation.responses.models import Answer, Draft, Respondent, Response
from consultation.responses.revisions import first_codes, top_of, with_answers


@dataclass(frozen=True)
class Given:
    """One value: an option's code with its label, a number, a day (ISO) or a text."""

    value: str | float
    label: Localized | None = None
    is_day: bool = False
    top: int | None = None
    """The highest rating, of a rating."""
    row: Localized | None = None
    """The row that an option answers, of a matrix."""
    rank: int | None = None
    """The place of an option, of a ranking."""


@dataclass(frozen=True)
class GivenAnswer:
    """The values given to one question; `indicator` is empty where it is about none."""

    question_id: int
    indicator: str
    indicator_label: Localized | None
    """The indicator's name, as the form worded it."""
    code: str
    label: Localized
    values: tuple[Given, ...]


@dataclass(frozen=True)
class GivenForm:
    """The form of a response or draft; `measure` is None for the tool as a whole."""

    title: Localized
    measure: str | None
    version: int


@dataclass(frozen=True)
class GivenResponse:
    """One revision of a response, whether current, superseded or withdrawn."""

    id: int
    receipt_code: str
    first_code: str
    """Receipt code of the first revision, the number that the respondent knows."""
    form: GivenForm
    revision: int
    submitted_at: datetime
    received_on: date | None
    superseded_at: datetime | None
    withdrawn_at: datetime | None
    answers: tuple[GivenAnswer, ...]

    @property
    def state(self) -> str:
        """`current`, `superseded` or `withdrawn`."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "current" if self.superseded_at is None else "superseded"


@dataclass(frozen=True)
class GivenDraft:
    """A form begun and not sent, with what was typed to the letter."""

    form: GivenForm
    saved_at: datetime
    answers: tuple[GivenAnswer, ...]


@dataclass(frozen=True)
class GivenConsent:
    """A consent that was given or not, with its label where a form has one."""

    code: str
    label: Localized | None
    is_given: bool


@dataclass(frozen=True)
class Copy:
    """Everything that one respondent gave.

    `consented_at` is when they last gave their consents, which are given all anew each time;
    `notice_version` is that of the privacy notice of that moment.
    """

    made_at: datetime
    round_code: str
    round_title: Localized
    since: datetime
    channel: str
    locale: str
    capacity: Given
    organisation: str | None
    territory: Given | None
    name: str | None
    address: str | None
    consents: tuple[GivenConsent, ...]
    notice_version: str
    consented_at: datetime
    responses: tuple[GivenResponse, ...]
    drafts: tuple[GivenDraft, ...]


CONSENTS = {
    Destination.CONSENT_CONTACT: "contact",
    Destination.CONSENT_ANONYMOUS: "anonymous",
    Destination.CONSENT_NAMED: "named",
}


def copy_of(session: Session, respondent_id: int, at: datetime) -> Copy:
    """Load all that the respondent gave, the earliest response first, in a fixed number of queries.

    Superseded revisions and withdrawn responses are included.
    """
    who = session.get_one(Respondent, respondent_id, options=[joinedload(Respondent.contact)])
    consultation_round = session.get_one(Round, who.round_id)
    questions = _identity_questions(session, who.round_id)
    responses = _responses(session, Response.respondent_id == respondent_id)
    return Copy(
        made_at=at,
        round_code=consultation_round.code,
        round_title=consultation_round.title,
        since=who.created_at,
        channel=who.channel.value,
        locale=who.locale,
        capacity=_chosen(questions, Destination.CAPACITY, who.capacity),
        organisation=who.organisation,
        territory=_chosen(questions, Destination.TERRITORY, who.territory)
        if who.territory
        else None,
        name=who.contact.name if who.contact else None,
        address=who.contact.address if who.contact else None,
        consents=_consents(questions, who),
        notice_version=who.notice_version,
        consented_at=who.said_at
        or max([who.created_at, *(response.submitted_at for response in responses)]),
        responses=responses,
        drafts=drafts_of(session, respondent_id),
    )


def _consents(
    questions: Mapping[Destination, Question], who: Respondent
) -> tuple[GivenConsent, ...]:
    given = {
        Destination.CONSENT_CONTACT: who.consent_contact,
        Destination.CONSENT_ANONYMOUS: who.consent_anonymous,
        Destination.CONSENT_NAMED: who.consent_named,
    }
    return tuple(
        GivenConsent(CONSENTS[it], questions[it].label if it in questions else None, is_given)
        for it, is_given in given.items()
    )


def _identity_questions(session: Session, round_id: int) -> Mapping[Destination, Question]:
    """Return the questions of a round about the respondent, in their latest version."""
    rows = session.scalars(
        sa.select(Question)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(
            Questionnaire.id
            == sa.select(sa.func.max(Questionnaire.id))
            .where(Questionnaire.round_id == round_id, Questionnaire.published_at.is_not(None))
            .scalar_subquery(),
            Question.destination != Destination.ANSWER,
        )
        .options(selectinload(Question.options))
    )
    return {question.destination: question for question in rows}


def _chosen(questions: Mapping[Destination, Question], what: Destination, code: str) -> Given:
    options = questions[what].options if what in questions else ()
    return Given(code, _label(options, code))


def _label(options: Iterable[Option], code: str) -> Localized | None:
    return next((option.label for option in options if option.code == code), None)


def response_of(session: Session, response_id: int) -> GivenResponse:
    """Load one response that there is, with its answers and nothing on who gave it."""
    (response,) = _responses(session, Response.id == response_id)
    return response


def _responses(session: Session, wanted: sa.ColumnElement[bool]) -> tuple[GivenResponse, ...]:
    rows = session.scalars(
        with_answers()
        .where(wanted)
        .options(joinedload(Response.questionnaire).joinedload(Questionnaire.measure))
        .order_by(Response.submitted_at, Response.id)
    ).all()
    numbers = first_codes(session, rows)
    return tuple(
        GivenResponse(
            id=row.id,
            receipt_code=row.receipt_code,
            first_code=numbers[row.id],
            form=_form(row.questionnaire),
            revision=row.revision,
            submitted_at=row.submitted_at,
            received_on=row.received_on,
            superseded_at=row.superseded_at,
            withdrawn_at=row.withdrawn_at,
            answers=_answers(row.answers),
        )
        for row in rows
    )


def _form(questionnaire: Questionnaire) -> GivenForm:
    measure = questionnaire.measure
    return GivenForm(questionnaire.title, measure.code if measure else None, questionnaire.version)


def _answers(rows: Sequence[Answer]) -> tuple[GivenAnswer, ...]:
    given: dict[int, tuple[Question, list[Given]]] = {}
    for row in sorted(rows, key=lambda answer: answer.question.position):
        given.setdefault(row.question_id, (row.question, []))[1].append(_given(row))
    return tuple(_answer(question, values) for question, values in given.values())


def _answer(question: Question, values: Iterable[Given]) -> GivenAnswer:
    version = question.indicator_version
    return GivenAnswer(
        question_id=question.id,
        indicator=version.indicator.code if version else "",
        indicator_label=version.label if version else None,
        code=question.code,
        label=question.label,
        values=tuple(values),
    )


def _given(row: Answer) -> Given:
    if row.option is not None:
        rows = KINDS[row.question.kind].rows(row.question.settings)
        label, its_row = row.option.label, rows.get(row.row_code)
        return Given(row.option.code, label, row=its_row, rank=row.rank)
    if row.date is not None:
        return Given(row.date.isoformat(), is_day=True)
    if row.number is not None:
        return Given(row.number, top=top_of(row.question))
    return Given(row.text or "")


def drafts_of(session: Session, respondent_id: int) -> tuple[GivenDraft, ...]:
    """Return the drafts of a respondent, texts to the letter."""
    rows = session.execute(
        sa.select(Draft, Questionnaire)
        .join(Questionnaire)
        .where(Draft.respondent_id == respondent_id)
        .options(
            joinedload(Questionnaire.measure),
            selectinload(Questionnaire.questions).options(
                selectinload(Question.options),
                joinedload(Question.indicator_version).joinedload(IndicatorVersion.indicator),
            ),
        )
        .order_by(Draft.saved_at, Draft.id)
    )
    return tuple(
        GivenDraft(_form(form), draft.saved_at, _typed(draft.fields, form.questions))
        for draft, form in rows
    )


def _typed(fields: str, questions: Iterable[Question]) -> tuple[GivenAnswer, ...]:
    """Return the answers of a draft question by question, without the blank ones."""
    typed: Mapping[str, Sequence[str]] = json.loads(fields)
    answers = (
        _answer(question, [_typed_given(question, text) for text in texts if text])
        for question in questions
        if (texts := typed.get(_place(question), ()))
    )
    return tuple(answer for answer in answers if answer.values)


def _typed_given(question: Question, text: str) -> Given:
    kind = KINDS[question.kind]
    code, row_code, rank = kind.parts_of(text)
    its_row = kind.rows(question.settings).get(row_code)
    return Given(code, _label(question.options, code), row=its_row, rank=rank)


def _place(question: Question) -> str:
    """Return the name of a question in a draft, as `drafts.store` writes it."""
    version = question.indicator_version
    return f"{version.indicator.code if version else ''}/{question.code}"
