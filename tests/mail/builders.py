"""Builders of messages, from what a test cares about."""

import re
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from consultation.db.base import writing
from consultation.mail import outbox, outbox_actions
from consultation.mail.addresses import Address
from consultation.mail.delivery import loop
from consultation.mail.models import OutboxMessage
from consultation.responses.submission.acknowledgement import KIND, Acknowledgement

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ADDRESS = "jeanne@exemple.fr"


def minutes(count):
    return timedelta(minutes=count)


def make_acknowledgement(code="A1B2-C3D4", title="Hébergement spécialisé", at=START):
    return Acknowledgement(
        receipt_code=code,
        title={"fr": title, "en": "Specialised accommodation"},
        submitted_at=at.isoformat(),
        link=f"https://consultation.example/contributions/ouvrir/{code}-lien",
    )


def enqueue(session, code, address=ADDRESS, at=START, locale="fr", cap=3, caps=None, **parameters):
    """Enqueue a gathered acknowledgement, committed; return whether a mail will come."""
    with writing(session):
        message = outbox.prepare(
            session,
            KIND,
            dedup_key=f"acknowledgement:{code}",
            recipient=Address.of(address),
            locale=locale,
            parameters=make_acknowledgement(code, at=at, **parameters),
            at=at,
        )
        return outbox.enqueue_gathered(session, message, caps or outbox.Caps(cap))


def enqueue_alone(
    session,
    key="1",
    address=ADDRESS,
    at=START,
    kind=outbox_actions.KIND,
    **state,
):
    """Enqueue a message that is not gathered, in any `state`, committed; return its id."""
    with writing(session):
        message = outbox.enqueue(
            session,
            kind.name,
            dedup_key=f"test:{key}",
            recipient=address,
            locale="fr",
            parameters=outbox_actions.Trial(at.isoformat()),
            at=at,
        )
        for column, value in state.items():
            setattr(message, column, value)
        return message.id


def deliver(session, app):
    """Send what is due; return `(sent, postponed, undeliverable)`."""
    count = loop.deliver(session, app.config)
    return (count.sent, count.postponed, count.undeliverable)


def wait_for_replies(app, seconds):
    """Let the worker wait so long for each reply of the mail server."""
    app.config["MAIL_TIMEOUT"] = seconds


def messages(session):
    """Return every message as stored now, the oldest first."""
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def codes_of(offered):
    """Return the receipt codes that a mail names."""
    return re.findall(r"CODE-\d+|A1B2-C3D4", re.sub(r"http\S+", "", offered.part("plain")))


class Administrator:
    """An administrator, who may direct the mail."""

    id, email = 1, "equipe@exemple.fr"

    def may(self, permission):
        return True
