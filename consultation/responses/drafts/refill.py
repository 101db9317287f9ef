"""Refill of a form with the answers of a draft or a response.

What the form changes since an earlier version is listed for its respondent.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.questionnaires.form.instrument import Instrument, InstrumentCache, Question
from consultation.questionnaires.form.validation import Checked
from consultation.questionnaires.form.version_diff import VersionChanges, compare_versions
from consultation.questionnaires.kinds import kind_of, numbers, reply_of
from consultation.questionnaires.models import Destination, Questionnaire, Quotation
from consultation.responses.drafts import store
from consultation.responses.identity import NO_CAPACITY
from consultation.responses.models import Answer, Draft, Respondent, Response
from consultation.responses.revisions import with_answers


def refilled(session: Session, instrument: Instrument, respondent: Respondent) -> Checked:
    """Return the form filled with the respondent's draft or response, without validation.

    A draft wins over any response; without an identity it is filled with the stored one.
    """
    draft = store.find(session, respondent.id, instrument.measure_id)
    if draft is not None:
        typed = store.typed_of(instrument, draft)
        if not any(question.id in typed for question in _about_the_person(instrument)):
            typed |= identity(instrument, respondent)
        return Checked(typed=typed, errors={}, values={})
    response = current_response(session, respondent.id, instrument.measure_id)
    typed = sent(instrument, response) if response else identity(instrument, respondent)
    return Checked(typed=typed, errors={}, values={})


def stamp(checked: Checked, draft_revision: int, seen: int) -> str:
    """Return a keyed hash of what a form is filled with, over which draft and which response.

    Another hash means that something was saved or sent since; it tells nothing of the content.
    """
    return keyring.derived_id(
        "filled", json.dumps([seen, draft_revision, sorted(checked.typed.items())])
    )


def sent(instrument: Instrument, response: Response) -> dict[int, Sequence[str]]:
    """Return a response with its identity, as it would be typed into the form."""
    return identity(instrument, response.respondent) | _answers(instrument, response)


def current_response(
    session: Session, respondent_id: int, measure_id: int | None
) -> Response | None:
    """Return the respondent's current response on a measure, or on the tool (None)."""
    return session.scalars(
        with_answers()
        .join(Questionnaire)
        .where(
            Response.respondent_id == respondent_id,
            Response.superseded_at.is_(None),
            Questionnaire.measure_id.is_(None)
            if measure_id is None
            else Questionnaire.measure_id == measure_id,
        )
        .order_by(Response.id.desc())
    ).first()


def identity(instrument: Instrument, respondent: Respondent) -> dict[int, Sequence[str]]:
    """Return the stored identity of the respondent, for the questions that ask it."""
    contact = respondent.contact
    known: Mapping[Destination, str | None] = {
        Destination.CAPACITY: None if respondent.capacity == NO_CAPACITY else respondent.capacity,
        Destination.ORGANISATION: respondent.organisation,
        Destination.TERRITORY: respondent.territory,
        Destination.NAME: contact.name if contact else None,
        Destination.ADDRESS: contact.address if contact else None,
        Destination.CONSENT_CONTACT: "yes" if respondent.consent_contact else None,
        Destination.CONSENT_ANONYMOUS: "yes" if respondent.consent_anonymous else None,
        Destination.CONSENT_NAMED: "yes" if respondent.consent_named else None,
        Destination.CONSENT_QUOTATION: _quotation(respondent),
    }
    return {
        question.id: [value]
        for question in instrument.questions
        if (value := known.get(question.destination))
    }


def _quotation(respondent: Respondent) -> str | None:
    """Return how a respondent may be quoted; None for no, which need not have been answered."""
    if respondent.consent_named:
        return Quotation.NAMED
    return Quotation.ANONYMOUS if respondent.consent_anonymous else None


def _about_the_person(instrument: Instrument) -> Iterator[Question]:
    return (it for it in instrument.questions if it.destination is not Destination.ANSWER)


def _answers(instrument: Instrument, response: Response) -> dict[int, Sequence[str]]:
    """Return the answers as typed; those to an earlier version are matched by their codes."""
    questions = {
        (section.indicator.code if section.indicator else "", question.code): question
        for section in instrument.sections
        for question in section.questions
    }
    typed: dict[int, list[str]] = {}
    for answer in response.answers:
        version = answer.question.indicator_version
        question = questions.get((version.indicator.code if version else "", answer.question.code))
        if question is not None and (text := _typed(question, answer)):
            typed.setdefault(question.id, []).append(text)
    return dict(typed)


def _typed(question: Question, answer: Answer) -> str:
    if answer.option is not None:
        rows = kind_of(question).rows(question.settings)
        is_asked = question.option(answer.option.code) and answer.row_code in {"", *rows}
        code, row_code, rank = answer.option.code, answer.row_code, answer.rank
        return reply_of(code, row_code, rank) if is_asked else ""
    if answer.number is not None:
        return numbers.written(answer.number)
    if answer.date is not None:
        return answer.date.isoformat()
    return answer.text or ""


@dataclass(frozen=True)
class Renewed:
    """When a respondent saved or sent an earlier version of a form, and what this one changes."""

    left_at: datetime
    was_draft: bool
    changes: VersionChanges


def renewed(
    session: Session, shelf: InstrumentCache, form: Instrument, respondent_id: int, locale: str
) -> Renewed | None:
    """Return the changes of `form` for a respondent; None without an earlier draft or response.

    A draft of this version does not end it: new questions stay marked until they are sent.
    """
    for was_draft, wanted in ((True, _draft(respondent_id)), (False, _sent(respondent_id))):
        row = session.execute(
            wanted.where(
                Questionnaire.round_id == form.round_id,
                Questionnaire.measure_id.is_(None)
                if form.measure_id is None
                else Questionnaire.measure_id == form.measure_id,
                Questionnaire.version < form.version,
            ).limit(1)
        ).one_or_none()
        before = shelf.take(session, row.public_id) if row is not None else None
        if row is not None and before is not None:
            return Renewed(row.left_at, was_draft, compare_versions(before, form, locale))
    return None


def _draft(respondent_id: int) -> sa.Select[str, datetime]:
    return (
        sa.select(Questionnaire.public_id, Draft.saved_at.label("left_at"))
        .join(Draft, Draft.questionnaire_id == Questionnaire.id)
        .where(Draft.respondent_id == respondent_id)
        .order_by(Draft.saved_at.desc())
    )


def _sent(respondent_id: int) -> sa.Select[str, datetime]:
    return (
        sa.select(Questionnaire.public_id, Response.submitted_at.label("left_at"))
        .join(Response, Response.questionnaire_id == Questionnaire.id)
        .where(Response.respondent_id == respondent_id, Response.superseded_at.is_(None))
        .order_by(Response.id.desc())
    )
