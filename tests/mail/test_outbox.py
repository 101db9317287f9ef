"""Enqueuing a message: what is checked before the commit, and the backlog."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.db.base import writing
from consultation.mail import kinds, outbox, outbox_actions
from consultation.mail.models import MessageStatus
from tests.mail.builders import START, enqueue_alone, make_acknowledgement, messages


@dataclass(frozen=True)
class Wide:
    count: int
    names: list[str]
    note: str | None = None


WIDE = kinds.MessageKind("wide", "test", Wide)
kinds.register_kind(WIDE)


def enqueue(session, **changes):
    values = {
        "kind": "acknowledgement",
        "dedup_key": "acknowledgement:1",
        "recipient": "jeanne@exemple.fr",
        "locale": "fr",
        "parameters": make_acknowledgement(),
        "at": START,
    }
    return outbox.enqueue(session, **(values | changes))


def test_message_is_stored_with_the_caller_s_transaction(session):
    enqueue(session)
    session.rollback()
    left = messages(session)
    with writing(session):
        enqueue(session)

    assert left == []
    assert [message.status for message in messages(session)] == [MessageStatus.QUEUED]


def test_recipient_and_parameters_are_encrypted(session):
    with writing(session):
        enqueue(session)

    row = session.execute(sa.text("SELECT * FROM outbox_message")).mappings().one()
    cells = [bytes(cell) if isinstance(cell, memoryview) else cell for cell in row.values()]
    assert "jeanne" not in str(cells)
    assert b"A1B2-C3D4" not in bytes(row["parameters"])
    assert b"consultation.example" not in bytes(row["parameters"])


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "nothing_of_ours"},
        {"parameters": outbox_actions.Trial("2026-11-24T08:00:00+00:00")},
        {"parameters": None},
        {"parameters": {"receipt_code": "A1B2-C3D4"}},
        {"parameters": replace(make_acknowledgement(), receipt_code=None)},
        {"parameters": replace(make_acknowledgement(), title={"fr": 7})},
        {"parameters": replace(make_acknowledgement(), link=b"https://consultation.example")},
        {"kind": "wide", "parameters": Wide(count=True, names=[])},
        {"kind": "wide", "parameters": Wide(count=1, names=[None])},
        {"recipient": "jeanne@exemple.fr, paul@exemple.fr"},
        {"recipient": "jeanne@exemple.fr\nBcc: paul@exemple.fr"},
    ],
)
def test_what_could_not_be_sent_is_refused_before_the_commit(session, changes):
    with pytest.raises(ValueError, match=r"kind of message|parameter|recipient"):
        enqueue(session, **changes)

    assert messages(session) == []


@pytest.mark.parametrize("wide", [Wide(1, ["é", "b"]), Wide(0, [], "note\n")])
def test_parameters_come_back_as_they_were(session, wide):
    with writing(session):
        enqueue(session, kind="wide", parameters=wide)

    (message,) = messages(session)
    assert outbox.parameters_from(WIDE, message.parameters) == wide


@pytest.mark.parametrize("text", ["{}", '{"count": "1", "names": []}', '{"other": 1}', "[]", "{"])
def test_parameters_of_another_shape_are_refused(text):
    with pytest.raises(ValueError, match=r"parameter|delimiter|property"):
        outbox.parameters_from(WIDE, text)


def test_name_of_a_kind_means_one_kind_only():
    kinds.register_kind(WIDE)

    with pytest.raises(ValueError, match="wide"):
        kinds.register_kind(kinds.MessageKind("wide", "other", Wide))


def test_every_state_is_counted(session):
    enqueue_alone(session, "1")
    enqueue_alone(session, "2", status=MessageStatus.SUPPRESSED, last_error="daily_cap")

    counts = outbox.counts(session)

    assert counts == dict.fromkeys(MessageStatus, 0) | {
        MessageStatus.QUEUED: 1,
        MessageStatus.SUPPRESSED: 1,
    }


def test_oldest_message_that_could_have_left_is_known(session):
    enqueue_alone(session, "1", at=START)
    enqueue_alone(session, "2", at=START + timedelta(minutes=3))

    with time_machine.travel(START + timedelta(hours=1), tick=False):
        oldest = outbox.oldest_waiting(session)

    assert oldest == START


def test_gathered_message_does_not_count_as_late(session):
    enqueue_alone(session, next_attempt_at=START + timedelta(hours=1))

    with time_machine.travel(START + timedelta(minutes=30), tick=False):
        oldest = outbox.oldest_waiting(session)

    with time_machine.travel(START + timedelta(minutes=90), tick=False):
        later = outbox.oldest_waiting(session)

    assert (oldest, later) == (None, START + timedelta(hours=1))
