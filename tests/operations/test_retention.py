"""What has outlived its time goes, and a count comes first."""

import os
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.inbox import attachments
from consultation.inbox.models import IncomingAttachment, IncomingMessage, Sort, State
from consultation.mail import outbox_actions
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.operations.retention import apply


@pytest.fixture
def sent(session):
    """A message that left forty days ago."""
    message = outbox_actions.enqueue_test(session, "anne@exemple.fr", now() - timedelta(days=40))
    message.status, message.sent_at = MessageStatus.SENT, message.created_at
    session.commit()
    return message


def what_it_holds(session):
    session.rollback()
    return session.execute(sa.select(OutboxMessage.recipient, OutboxMessage.parameters)).one()


def test_dry_run_erases_nothing(app, session, sent):
    lines = apply.apply(session(), app.config, now(), dry_run=True)

    assert lines[0].startswith("1 courriels partis")
    assert what_it_holds(session).recipient == "anne@exemple.fr"


def test_what_a_mail_carried_goes_and_its_row_stays(app, session, sent):
    apply.apply(session(), app.config, now(), dry_run=False)

    assert tuple(what_it_holds(session)) == (None, None)


def test_what_an_incoming_message_said_goes_with_its_files_once_decided(app, session):
    home = app.config["HOME"]
    old = now() - timedelta(days=400)
    ids = {}
    for state in State:
        message = IncomingMessage(
            fingerprint=state.value,
            source="file",
            sort=Sort.PERSON,
            state=state,
            locale="fr",
            sender="jeanne@exemple.fr",
            original="Un secret",
            collected_at=old,
        )
        message.attachments.append(
            IncomingAttachment(name="a.pdf", content_type="application/pdf", size=1, is_kept=True)
        )
        session.add(message)
        session.flush()
        ids[state] = message.attachments[0].public_id
        attachments.write(home, ids[state], b"x")
        os.utime(home / "inbox" / ids[state], (old.timestamp(), old.timestamp()))
    session.commit()

    lines = apply.apply(session(), app.config, now(), dry_run=False)

    left = set(
        session.scalars(
            sa.select(IncomingMessage.state).where(IncomingMessage.original.is_not(None))
        )
    )
    assert "2 courriels reçus et traités : contenu effacé" in lines
    assert left == {State.WAITING, State.ASKED}
    assert {path.name for path in (home / "inbox").iterdir()} == {ids[state] for state in left}


def test_what_is_recent_or_still_owed_is_kept(app, session, sent):
    outbox_actions.enqueue_test(session, "paul@exemple.fr", now() - timedelta(days=40))
    sent.created_at = now() - timedelta(days=29)
    session.commit()

    lines = apply.apply(session(), app.config, now(), dry_run=False)

    assert lines[0].startswith("0 courriels partis")
