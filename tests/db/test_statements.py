"""Statements compiled once write and read what the unit of work writes and reads."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from consultation.crypto.keyring import new_id
from consultation.db import inserts
from consultation.db.statements import Statement
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.questionnaires.models import Question, Questionnaire, Round
from consultation.responses.models import (
    Answer,
    Contact,
    PersonalLink,
    Respondent,
    Response,
    Standing,
    Submission,
)
from tests.factories import make_measure, make_round

pytestmark = pytest.mark.database

AT = datetime(2026, 11, 28, 9, 30, 15, 250, tzinfo=UTC)
NASTY = "« l'été », 100 % de %(name)s :x ? \N{GRINNING FACE} \"\\"


@pytest.fixture
def questionnaire(session):
    make_measure(session, "T7")
    make_round(session)
    session.commit()
    return session.scalars(sa.select(Questionnaire).order_by(Questionnaire.id)).first()


@pytest.fixture
def respondent_id(session, questionnaire):
    return inserts.insert_row(session, Respondent, respondent_of(questionnaire))


def respondent_of(questionnaire):
    return {
        "round_id": questionnaire.round_id, "capacity": NASTY, "organisation": None,
        "territory": "75", "consent_contact": True, "notice_version": "2026-11", "locale": "fr",
        "created_at": AT, "said_at": None,
    }  # fmt: skip


def rows_of(session, questionnaire, respondent_id):
    """For each table that every visitor writes, two rows that differ in what must differ."""
    question = session.scalars(sa.select(Question).filter_by(questionnaire_id=questionnaire.id))
    kept = {"respondent_id": respondent_id, "created_at": AT, "holder": "mail"}
    yield Respondent, [respondent_of(questionnaire)] * 2
    yield PersonalLink, [kept | {"id": new_id()} for _ in range(2)]
    sent = [{"key": new_id(), "received_at": AT, "content_index": None} for _ in range(2)]
    yield Submission, sent
    message = {
        "kind": "acknowledgement", "locale": "fr", "recipient": f"{NASTY}@exemple.fr",
        "recipient_index": "x", "parameters": NASTY, "status": MessageStatus.QUEUED,
        "next_attempt_at": AT + timedelta(hours=2), "created_at": AT, "batch_key": None,
    }  # fmt: skip
    yield OutboxMessage, [message | {"dedup_key": new_id()} for _ in range(2)]
    ids = [inserts.insert_row(session, Submission, row | {"key": new_id()}) for row in sent]
    stored = {
        "respondent_id": respondent_id, "questionnaire_id": questionnaire.id,
        "content_hash": "x", "submitted_at": AT, "superseded_at": AT,
    }  # fmt: skip
    yield (
        Response,
        [
            stored | {"submission_id": id_, "public_id": new_id(), "receipt_code": new_id()}
            for id_ in ids
        ],
    )
    responses = session.scalars(sa.select(Response.id)).all()
    said = {"question_id": question.first().id, "number": None, "text": NASTY, "date": None}
    yield Answer, [said | {"response_id": id_, "option_id": None} for id_ in responses]


def as_given(_session, _model, row):
    return row


@pytest.mark.parametrize("prepare", [as_given, inserts.encode])
def test_rows_are_those_that_the_unit_of_work_writes(
    session, questionnaire, respondent_id, prepare
):
    tables = []
    for model, (first, second) in rows_of(session, questionnaire, respondent_id):
        session.add(model(**first))
        session.flush()
        inserts.insert_row(session, model, prepare(session, model, second))

        given = {name for name in first if first[name] != second[name]}
        written, compared = raw_rows(session, model, given)
        assert written == compared, model.__name__
        tables.append(model.__tablename__)
    assert len(tables) == 6


def raw_rows(session, model, besides):
    """The last two rows of a table as they are stored, without their keys and ciphertexts."""
    table = model.__table__
    kept = [
        column for column in table.columns
        if not column.primary_key and column.name not in besides
        and type(column.type).__name__ != "EncryptedText"
    ]  # fmt: skip
    texts = [sa.cast(column, sa.Text) for column in kept]
    order = next(iter(table.primary_key))
    return session.execute(sa.select(*texts).order_by(order.desc()).limit(2)).all()


@pytest.mark.parametrize("prepare", [as_given, inserts.encode])
def test_what_is_encrypted_is_read_by_the_unit_of_work(session, respondent_id, prepare):
    values = prepare(session, Contact, {"name": NASTY, "address": None})
    others = {"respondent_id": respondent_id, "address_index": None, "mailbox_index": None}
    inserts.insert_row(session, Contact, values | others)

    contact = session.get(Contact, respondent_id)
    assert (contact.name, contact.address) == (NASTY, None)
    assert NASTY not in str(session.execute(sa.text("SELECT name FROM contact")).all())


def test_values_are_read_as_their_columns_say(session, questionnaire, respondent_id):
    table, of_round = Respondent.__table__.c, Round.__table__.c
    before = table.created_at <= sa.bindparam("at", type_=table.created_at.type)
    columns = (table.standing, table.created_at, table.said_at, table.consent_contact)
    statement = Statement(
        sa.select(*columns, of_round.title)
        .join(Round.__table__, of_round.id == table.round_id)
        .where(table.id == sa.bindparam("id"), before)
        .limit(1)
    )

    row = statement.row(session, {"id": respondent_id, "at": AT})

    assert row.standing is Standing.UNVERIFIED
    assert (row.created_at, row.said_at, row.consent_contact) == (AT, None, True)
    assert row.title == session.get(Round, questionnaire.round_id).title
    assert statement.row(session, {"id": respondent_id, "at": AT - timedelta(seconds=1)}) is None
    assert statement.value(session, {"id": 0, "at": AT}) is None


def test_second_of_two_rows_with_one_key_is_not_stored(session):
    row = {"key": new_id(), "received_at": AT}

    first, second = (inserts.insert_once(session, Submission, row) for _ in range(2))

    assert (first is None, second) == (False, None)


def test_of_rows_with_keys_that_are_there_only_the_others_are_stored(session):
    rows = [{"key": new_id(), "received_at": AT} for _ in range(3)]
    known = inserts.insert_once(session, Submission, rows[1])

    added = inserts.insert_rows_once(session, Submission, rows)

    kept = session.scalars(sa.select(Submission.key).order_by(Submission.id)).all()
    assert len(added) == 2
    assert known not in added
    assert sorted(kept) == sorted(row["key"] for row in rows)


def test_missing_value_is_no_null(session):
    statement = Statement(sa.select(sa.bindparam("a", type_=sa.Integer)))

    with pytest.raises(KeyError):
        statement.rows(session, {})


def test_in_is_refused(session):
    statement = Statement(sa.select(Round.__table__.c.id).where(Round.__table__.c.id.in_([1, 2])))

    with pytest.raises(ValueError, match="as many parameters"):
        statement.rows(session, {})
