"""Store the responses of a demonstration in bulk."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto import keyring
from consultation.database import Base
from consultation.demonstration_answers import Sent, contributions
from consultation.mail.addresses import indexes_of
from consultation.questionnaires import checking
from consultation.questionnaires.instrument import Instrument
from consultation.questionnaires.models import Destination
from consultation.responses import notice, receipts
from consultation.responses.models import (
    Answer,
    Contact,
    PersonalLink,
    Respondent,
    Response,
    Submission,
)

BATCH = 500
WITH_CONTACT, WITH_ORGANISATION, WITH_TERRITORY = 0.4, 0.5, 0.75
"""Shares of the respondents."""

ORGANISATIONS = (
    "Association de démonstration « L'Étape »",
    "Fédération de démonstration, antenne d'Île-de-France",
    "Comité de démonstration & Cie",
    '=HYPERLINK("https://exemple.invalid";"Organisation de démonstration")',
    "Œuvre de démonstration n° 5",
)


def respond(
    session: Session,
    forms: Sequence[Instrument],
    count: int,
    since: datetime,
    until: datetime,
    chance: random.Random,
) -> int:
    """Store `count` responses, revisions and withdrawn ones among them; return their answers."""
    answers, left = 0, count
    while left > 0:
        batch = list(contributions(forms, min(left, BATCH), since, until, chance))
        answers += _store(session, batch, chance)
        left -= sum(map(len, batch))
    return answers


def _store(session: Session, batch: Sequence[Sequence[Sent]], chance: random.Random) -> int:
    """Store contributions, each as the list of its revisions; return how many answers they have."""
    first = [revisions[0] for revisions in batch]
    respondents = _insert(session, Respondent, [_respondent(sent, chance) for sent in first])
    _add_contacts(session, respondents, first, chance)
    keys = [{"key": _key(chance), "received_at": sent.at} for sent in first]
    submissions = _insert(session, Submission, keys)
    sent = [one for revisions in batch for one in revisions]
    rows = [
        _response(one, respondent_id, submission_id)
        for revisions, respondent_id, submission_id in zip(
            batch, respondents, submissions, strict=True
        )
        for one in revisions
    ]
    responses = _insert(session, Response, rows)
    answers = [
        answer
        for one, response_id in zip(sent, responses, strict=True)
        for answer in _answers(one, response_id)
    ]
    session.execute(sa.insert(_table(Answer)), answers)
    return len(answers)


def _add_contacts(
    session: Session, respondents: Sequence[int], first: Sequence[Sent], chance: random.Random
) -> None:
    links = [
        {"respondent_id": id_, "created_at": sent.at}
        for id_, sent in zip(respondents, first, strict=True)
    ]
    session.execute(sa.insert(_table(PersonalLink)), links)
    contacts = [_contact(id_) for id_ in respondents if chance.random() < WITH_CONTACT]
    if contacts:
        session.execute(sa.insert(_table(Contact)), contacts)


def _table(model: type[Base]) -> sa.Table:
    """Return the model's table: given the model, the ORM makes a statement of each run of rows
    that leave out the same columns.
    """
    return Base.metadata.tables[model.__tablename__]


def _insert(
    session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]
) -> Sequence[int]:
    """Insert the rows and return their ids in the same order."""
    table = _table(model)
    statement = sa.insert(table).returning(table.c.id, sort_by_parameter_order=True)
    return session.scalars(statement, rows).all()


def _respondent(sent: Sent, chance: random.Random) -> dict[str, Any]:
    def chosen(destination: Destination) -> str | None:
        options = [
            option.code
            for question in sent.form.questions
            if question.destination is destination
            for option in question.options
        ]
        return chance.choice(options) if options else None

    return {
        "round_id": sent.form.round_id,
        "capacity": chosen(Destination.CAPACITY),
        "organisation": (
            chance.choice(ORGANISATIONS) if chance.random() < WITH_ORGANISATION else None
        ),
        "territory": (chosen(Destination.TERRITORY) if chance.random() < WITH_TERRITORY else None),
        "consent_contact": chance.random() < WITH_CONTACT,
        "consent_anonymous": chance.random() < 0.6,
        "consent_named": chance.random() < 0.2,
        "notice_version": notice.VERSION,
        "locale": sent.locale,
        "created_at": sent.at,
    }


def _contact(respondent_id: int) -> dict[str, Any]:
    address = f"demonstration-{respondent_id}@exemple.invalid"
    return {
        "respondent_id": respondent_id,
        "name": f"Personne de démonstration {respondent_id}",
        "address": address,
        **indexes_of(address),
    }


def _key(chance: random.Random) -> str:
    return f"{chance.getrandbits(88):022x}"


def _response(sent: Sent, respondent_id: int, submission_id: int) -> dict[str, Any]:
    return {
        "submission_id": submission_id,
        "respondent_id": respondent_id,
        "questionnaire_id": sent.form.id,
        "revision": sent.revision,
        "receipt_code": receipts.new_code(),
        "content_hash": keyring.blind_index("content", f"{submission_id} {sent.revision}"),
        "submitted_at": sent.at,
        "superseded_at": sent.at + timedelta(hours=1) if sent.is_superseded else None,
        "withdrawn_at": sent.at + timedelta(minutes=5) if sent.is_withdrawn else None,
    }


def _answers(sent: Sent, response_id: int) -> list[dict[str, Any]]:
    return [
        {
            "response_id": response_id,
            "question_id": question.id,
            "option_id": value.option_id,
            "number": value.number,
            "text": value.text,
            "date": value.date,
        }
        for question, value in checking.rows(sent.form, sent.values)
    ]
