"""Messages that came in, from what a test cares about."""

import itertools
import re
from datetime import UTC, datetime
from email.message import EmailMessage

import sqlalchemy as sa

from consultation.db.base import writing
from consultation.inbox import storage
from consultation.inbox.collection import collector
from consultation.inbox.models import Conversion, IncomingMessage
from consultation.inbox.parsing.message import read
from consultation.inbox.storage import Source
from consultation.mail.addresses import index_of, mailbox_index_of
from consultation.mail.delivery import bounces
from consultation.mail.models import Delivery, MessageStatus, OutboxMessage
from tests.accounts import builders as accounts

CAME = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
SENDER = "jeanne@exemple.fr"
TEXT = "Bonjour,\n\nIl faudrait compter aussi les places à l'île de La Réunion. 🏝️\n"
_numbers = itertools.count(1)


class Browser(accounts.Browser):
    """A browser of a member of staff that also takes files away."""

    def _keep(self, page):
        if page.mimetype == "text/html":
            return super()._keep(page)
        page.get_data()
        page.close()
        return page


def make_mail(text=TEXT, subject="Une idée pour l'hébergement", sender=SENDER, files=(), **headers):
    """The bytes of a mail; `message_id` and other headers by their names."""
    mail = EmailMessage()
    mail["From"] = f"Jeanne Élan <{sender}>"
    mail["To"] = "contre.la.traite@secours-catholique.org"
    mail["Subject"] = subject
    mail["Date"] = CAME
    headers.setdefault("message_id", f"<{next(_numbers)}.idee@exemple.fr>")
    for name, value in headers.items():
        if value is not None:
            del mail[name.replace("_", "-")]
            mail[name.replace("_", "-")] = value
    mail.set_content(text)
    for name, content in files:
        mail.add_attachment(content, "application", "pdf", filename=name)
    return mail.as_bytes()


def understood(mail):
    """A mail as it was read, and what it is known by."""
    return storage.fingerprinted(read(mail), mail)


def mbox_of(*mails):
    """A mailbox file as mail programs export it."""
    return b"".join(
        b"From - Fri Nov 20 09:30:00 2026\n"
        + re.sub(rb"(?m)^(>*From )", rb">\1", mail.replace(b"\r\n", b"\n"))
        + b"\n\n"
        for mail in mails
    )


def bring_in(session, app, *mails, source=Source.FILE):
    """Store mails as the collector does; return the messages."""
    tally = collector._Intake(session, app.config["HOME"], source, lambda line: None)
    for mail in mails:
        tally.take(understood(mail), lambda: None)
    return messages(session)


def bring_in_one(session, app, *args, **values):
    """Store one mail made of `make_mail`'s arguments; return its message."""
    mail = make_mail(*args, **values)
    bring_in(session, app, mail)
    wanted = understood(mail).fingerprint
    return session.scalars(
        sa.select(IncomingMessage).where(IncomingMessage.fingerprint == wanted)
    ).one()


def messages(session):
    """Every message as stored now, the oldest first."""
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(IncomingMessage).order_by(IncomingMessage.id)).all()


def conversions(session):
    """How many responses messages have become."""
    session.rollback()
    return session.scalar(sa.select(sa.func.count()).select_from(Conversion))


def make_delivery(session, dedup_key, address=SENDER, kind="acknowledgement"):
    """A mail of ours that has left, carrying one message; return it."""
    with writing(session):
        delivery = Delivery(
            message_id=bounces.new_message_id("consultation.example"),
            recipient_index=index_of(address),
            mailbox_index=mailbox_index_of(address),
            created_at=CAME,
        )
        session.add(delivery)
        session.flush()
        session.add(
            OutboxMessage(
                dedup_key=dedup_key,
                kind=kind,
                locale="fr",
                recipient=address,
                recipient_index=index_of(address),
                mailbox_index=mailbox_index_of(address),
                status=MessageStatus.SENT,
                next_attempt_at=CAME,
                delivery_id=delivery.id,
                created_at=CAME,
                sent_at=CAME,
            )
        )
    return delivery
