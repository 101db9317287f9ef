"""Mail from an address that looks like one that was written to."""

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.inbox import confirmation
from consultation.inbox.models import IncomingMessage
from consultation.mail import suppression
from consultation.mail.models import Delivery, OutboxMessage, SuppressionReason
from tests.exports.builders import respond
from tests.inbox.builders import bring_in, make_delivery, make_mail
from tests.mail.lookalikes import EACH_WAY, NAMES, TWINS

pytestmark = [
    pytest.mark.database,
    pytest.mark.every_case,
]  # databases compare texts each in its way

PLAIN, ALIKE = TWINS["ligature"]


def acknowledge(session, opened, address):
    response = respond(session, opened, "T7", {"suggestions": "Où ?"})
    session.commit()
    return response, make_delivery(session, f"acknowledgement:{response.receipt_code}", address)


def bring_in_from(session, app, sender, **headers):
    """Store one mail whose sender is written in UTF-8, as servers pass it on; return it."""
    mail = make_mail(sender="place@exemple.fr", **headers)
    bring_in(session, app, mail.replace(b"place@exemple.fr", sender.encode()))
    return session.scalars(
        sa.select(IncomingMessage).order_by(IncomingMessage.id.desc()).limit(1)
    ).one()


def forget_mailboxes(session):
    """Leave the mail as the release before had stored it."""
    session.rollback()
    for model in (Delivery, OutboxMessage):
        session.execute(sa.update(model).values(mailbox_index=None))
    session.commit()
    session.expire_all()


@pytest.mark.parametrize("is_of_before", [False, True])
@pytest.mark.parametrize(("address", "other"), EACH_WAY, ids=NAMES)
def test_who_looks_alike_and_answers_a_mail_joins_nobody(
    session, app, opened, address, other, is_of_before
):
    _, delivery = acknowledge(session, opened, address)
    if is_of_before:
        forget_mailboxes(session)

    message = bring_in_from(session, app, other, in_reply_to=delivery.message_id)

    assert message.sender == other
    assert (message.respondent_id, message.delivery_id, message.proposals) == (None, None, [])


@pytest.mark.parametrize("is_of_before", [False, True])
def test_who_was_written_to_and_answers_joins_themself(session, app, opened, is_of_before):
    response, delivery = acknowledge(session, opened, PLAIN)
    if is_of_before:
        forget_mailboxes(session)

    message = bring_in_from(session, app, PLAIN.upper(), in_reply_to=delivery.message_id)

    assert message.respondent_id == response.respondent_id


def test_earlier_mail_joins_by_the_folded_form_once_its_address_is_forgotten(session, app, opened):
    response, delivery = acknowledge(session, opened, PLAIN)
    forget_mailboxes(session)
    session.execute(sa.update(OutboxMessage).values(recipient=None))
    session.commit()

    message = bring_in_from(session, app, PLAIN, in_reply_to=delivery.message_id)

    assert message.respondent_id == response.respondent_id


def test_of_a_mail_of_before_to_two_who_look_alike_each_joins_their_own(session, app, opened):
    first, delivery = acknowledge(session, opened, PLAIN)
    acknowledge(session, opened, ALIKE)
    session.execute(sa.update(OutboxMessage).values(delivery_id=delivery.id))
    session.commit()
    forget_mailboxes(session)

    message = bring_in_from(session, app, PLAIN, in_reply_to=delivery.message_id)
    other = bring_in_from(session, app, ALIKE, in_reply_to=delivery.message_id)

    assert (message.respondent_id, other.respondent_id) == (first.respondent_id, None)


def test_who_looks_like_somebody_who_wants_no_mail_may_be_asked_to_confirm(session, app):
    with writing(session):
        suppression.suppress_address(session, PLAIN, SuppressionReason.NOT_ME, now())

    stopped, free = (bring_in_from(session, app, it) for it in (PLAIN, ALIKE))

    assert (
        confirmation.obstacle(session, stopped, app.config)
        is confirmation.ConfirmationObstacle.SUPPRESSED
    )
    assert confirmation.obstacle(session, free, app.config) is None
