"""Transcription of a contribution from mail into a response."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring, new_id
from consultation.mail.addresses import indexes_of
from consultation.plan.models import Measure
from consultation.questionnaires.form import instrument
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.form.instrument import Question as FormQuestion
from consultation.questionnaires.kinds import Value
from consultation.questionnaires.models import Question, QuestionKind, Questionnaire
from consultation.questionnaires.rounds import queries
from consultation.responses.drafts.refill import current_response
from consultation.responses.identity import NO_CAPACITY
from consultation.responses.models import (
    Answer,
    Channel,
    Contact,
    Respondent,
    Response,
    Standing,
    Submission,
)
from consultation.responses.submission import context, receipt
from consultation.responses.submission.store import answer_row
from consultation.text import length, shows_nothing

FREE_TEXT = ("suggestions", "tool_suggestions")
"""The codes of the questions for free text, one in each form."""


@dataclass(frozen=True)
class Form:
    """A form in force and its question for free text; `code` is None for the tool as a whole."""

    id: int
    public_id: str
    round_id: int
    measure_id: int | None
    code: str | None
    title: Mapping[str, str]
    question_id: int
    maximum: int

    def excess(self, text: str) -> int:
        """Return by how many characters a text is too long, 0 when it fits."""
        return max(0, length(text) - self.maximum)


@dataclass(frozen=True)
class Writer:
    """Author of a mail; `respondent_id` is set when they are a respondent already.

    What is known of a respondent stays: the rest completes it.
    """

    name: str | None
    address: str | None
    locale: str
    is_confirmed: bool
    respondent_id: int | None = None
    capacity: str = NO_CAPACITY
    organisation: str | None = None
    territory: str | None = None


class Part(NamedTuple):
    """What a mail says in answer to one form: a text, what it says of indicators, or both."""

    form: Form
    text: str
    answers: Sequence[tuple[FormQuestion, Value]] = ()


class TextRefused(Exception):
    """A part says nothing, or its text is longer than its question takes."""


def forms(session: Session, at: datetime) -> list[Form]:
    """Return the forms in force of the open round, else of the last one that was."""
    opened = queries.last_opened(session, at)
    if opened is None:
        return []
    rows = session.execute(
        sa.select(Questionnaire, Measure.code, Question.id, Question.settings)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .join(Question, Question.questionnaire_id == Questionnaire.id)
        .where(
            Questionnaire.round_id == opened.id,
            Questionnaire.closed_at.is_(None),
            Questionnaire.published_at.is_not(None),
            Question.code.in_(FREE_TEXT),
            Question.kind == QuestionKind.LONG_TEXT,
            Question.indicator_version_id.is_(None),
        )
        .order_by(Measure.position.is_(None), Measure.position, Measure.id)
    )
    return [
        Form(
            id=form.id,
            public_id=form.public_id,
            round_id=form.round_id,
            measure_id=form.measure_id,
            code=code,
            title=form.title,
            question_id=question_id,
            maximum=settings["maximum"],
        )
        for form, code, question_id, settings in rows
    ]


def indicators_of(session: Session, form: Form) -> Instrument:
    """Return the form with its sections on indicators alone."""
    whole = instrument.load(session, form.public_id)
    assert whole is not None
    sections = tuple(section for section in whole.sections if section.indicator)
    return replace(whole, sections=sections, cache={})


def transcribe(
    session: Session, parts: Sequence[Part], writer: Writer, at: datetime
) -> list[Response]:
    """Store each part as a response to its form, and return them; raise `TextRefused`.

    A respondent who has answered a form keeps that response: the part becomes that of a new
    respondent, the same for all of `parts`.
    """
    if any(
        (shows_nothing(part.text) and not part.answers) or part.form.excess(part.text)
        for part in parts
    ):
        raise TextRefused
    known = _known_respondent(session, writer)
    if known is not None:
        _complete(known, writer)
    created: Respondent | None = None
    stored = []
    for part in parts:
        respondent = known if known and _may_answer(session, known, part.form) else created
        if respondent is None:
            respondent = created = _new_respondent(session, part.form, writer, at)
        stored.append(_store(session, part, respondent, at))
    return stored


def confirm(session: Session, respondent_ids: Sequence[int]) -> None:
    """Note that respondents by mail have confirmed the address that they wrote from."""
    session.execute(
        sa.update(Respondent)
        .where(
            Respondent.id.in_(respondent_ids),
            Respondent.channel == Channel.MAIL,
            Respondent.standing == Standing.UNVERIFIED,
        )
        .values(standing=Standing.CONFIRMED),
        execution_options={"synchronize_session": False},
    )


def _known_respondent(session: Session, writer: Writer) -> Respondent | None:
    """Return the respondent, locked: no form of theirs is stored in the meantime."""
    if writer.respondent_id is None:
        return None
    return session.scalars(
        sa.select(Respondent)
        .where(Respondent.id == writer.respondent_id, Respondent.erased_at.is_(None))
        .with_for_update()
    ).one_or_none()


def _complete(respondent: Respondent, writer: Writer) -> None:
    """Add what a mail says of its author where nothing is known of them."""
    if respondent.capacity == NO_CAPACITY:
        respondent.capacity = writer.capacity
    respondent.organisation = respondent.organisation or writer.organisation
    respondent.territory = respondent.territory or writer.territory


def _may_answer(session: Session, respondent: Respondent, form: Form) -> bool:
    """Return whether they have no current response, to any version of the form."""
    current = current_response(session, respondent.id, form.measure_id)
    return respondent.round_id == form.round_id and current is None


def _new_respondent(session: Session, form: Form, writer: Writer, at: datetime) -> Respondent:
    respondent = Respondent(
        round_id=form.round_id,
        capacity=writer.capacity,
        organisation=writer.organisation,
        territory=writer.territory,
        notice_version=context.notice_version_at(session, form.round_id, at),
        locale=writer.locale,
        channel=Channel.MAIL,
        standing=Standing.CONFIRMED if writer.is_confirmed else Standing.UNVERIFIED,
        created_at=at,
    )
    session.add(respondent)
    session.flush()
    if writer.name or writer.address:
        session.add(
            Contact(
                respondent_id=respondent.id,
                name=writer.name,
                address=writer.address,
                **indexes_of(writer.address),
            )
        )
    return respondent


def _store(session: Session, part: Part, respondent: Respondent, at: datetime) -> Response:
    submission = Submission(key=new_id(), received_at=at)
    session.add(submission)
    session.flush()
    answers = _answers(part)
    content = json.dumps([part.form.public_id, answers], default=str)
    response = Response(
        submission_id=submission.id,
        respondent_id=respondent.id,
        questionnaire_id=part.form.id,
        receipt_code=receipt.new_code(),
        content_hash=keyring.blind_index("content", content),
        submitted_at=at,
    )
    session.add(response)
    session.flush()
    session.add_all(Answer(response_id=response.id, **answer) for answer in answers)
    session.flush()
    return response


def _answers(part: Part) -> list[dict[str, Any]]:
    """Return the values of the rows of answers: those on indicators first, as in the form."""
    answers = [answer_row(question, value) for question, value in part.answers]
    if not shows_nothing(part.text):
        answers.append({"question_id": part.form.question_id, "text": part.text})
    return answers
