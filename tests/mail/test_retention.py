"""Blanking messages: what waits is cancelled, and local copies go with the rows."""

import pytest

from consultation.db.base import writing
from consultation.mail import retention
from consultation.mail.addresses import index_of
from consultation.mail.delivery import loop
from consultation.mail.delivery.claim import DeliverySettings
from consultation.mail.models import MessageStatus
from consultation.mail.transport import NotNow, mailbox_of
from tests.mail.builders import ADDRESS, deliver, enqueue, enqueue_alone, messages


class CancellingTransport:
    """A mail server; while it takes a mail, the message is called back."""

    def __init__(self, session, fails):
        self.session, self.fails = session, fails

    def send(self, mail, return_path):
        ids = [message.id for message in messages(self.session)]
        with writing(self.session):
            retention.cancel_and_blank(self.session, ids)
        if self.fails:
            raise NotNow("timeout", stop=True, is_about_mail=False)


@pytest.mark.parametrize(
    ("fails", "status"), [(False, MessageStatus.SENT), (True, MessageStatus.SUPPRESSED)]
)
def test_one_called_back_as_it_is_sent_is_noted_as_sent_or_never_tried_again(
    app, session, fails, status
):
    enqueue_alone(session)

    loop.deliver_due(
        session, CancellingTransport(session, fails), DeliverySettings.from_settings(app.config)
    )

    (message,) = messages(session)
    assert (message.status, message.recipient, message.parameters) == (status, None, None)
    assert deliver(session, app) == (0, 0, 0)


def test_only_messages_to_those_boxes_that_hold_a_mark_are_named(app, session):
    enqueue(session, "CODE-1")
    enqueue(session, "CODE-2")
    enqueue(session, "CODE-3", address="paul@exemple.fr")
    first = messages(session)[0].id

    assert retention.messages_containing(session, [index_of(ADDRESS)], ["CODE-1", "CODE-3"]) == [
        first
    ]
    assert retention.messages_containing(session, [index_of(ADDRESS)], []) == []
    assert retention.messages_containing(session, [], ["CODE-1"]) == []


def test_local_copy_goes_once_every_message_in_it_is_blanked(app, session):
    box = mailbox_of(app.config)
    for code in ("CODE-1", "CODE-2"):
        enqueue(session, code)
    deliver(session, app)
    first, second = (message.id for message in messages(session))

    kept = []
    for ids in ([first], [first, second]):
        with writing(session):
            retention.cancel_and_blank(session, ids)
        retention.remove_blanked_copies(session, box)
        kept.append(len(box.names()))

    assert kept == [1, 0]


def test_local_copy_of_which_no_row_is_known_stays(app, session):
    box = mailbox_of(app.config)
    enqueue_alone(session)
    deliver(session, app)
    path = next((app.config["HOME"] / "mailbox/new").iterdir())
    path.write_text(path.read_text("utf-8").replace("Message-ID: <", "Message-ID: <autre"), "utf-8")
    with writing(session):
        retention.cancel_and_blank(session, [message.id for message in messages(session)])

    assert retention.remove_blanked_copies(session, box) == 0
    assert len(box.names()) == 1
