"""Contacts whose addresses look alike are two people, from the list to the mail."""

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.invitations.contacts import erasure
from consultation.invitations.models import Invitee, Skipped
from consultation.mail import suppression
from consultation.mail.models import MessageStatus, Suppression, SuppressionReason
from consultation.work.services import Work
from tests.invitations.builders import (
    ORGANISER,
    make_invitee,
    make_mailing,
    messages,
    send_all,
    skipped,
    start,
    text_of,
)
from tests.mail.lookalikes import EACH_WAY, NAMES, TWINS

pytestmark = [
    pytest.mark.database,
    pytest.mark.every_case,
]  # databases compare texts each in its way

PLAIN, ALIKE = TWINS["ligature"]


def contacts(session):
    session.rollback()
    rows = session.scalars(sa.select(Invitee).order_by(Invitee.id))
    return [(row.address, row.name) for row in rows]


def forget_mailboxes(session):
    """Leave the contacts as the release before had stored them."""
    session.rollback()
    session.execute(sa.update(Invitee).values(mailbox_index=None))
    session.commit()
    session.expire_all()


@pytest.mark.parametrize("is_of_before", [False, True])
@pytest.mark.parametrize(("first", "other"), EACH_WAY, ids=NAMES)
def test_list_adds_a_contact_who_looks_like_a_known_one(
    organiser, session, group, first, other, is_of_before
):
    make_invitee(session, group, first, "Anne")
    if is_of_before:
        forget_mailboxes(session)

    page = organiser.send_list([f"{other};Paul", f"{first};Anne Été"], new_group="Tous")

    assert "1 contact ajouté, 1 contact mis à jour" in text_of(organiser.get(page.location))
    assert contacts(session) == [(first, "Anne Été"), (other, "Paul")]


def test_earlier_contact_is_found_again_by_the_case_of_ascii(organiser, session, group):
    make_invitee(session, group, PLAIN, "Anne")
    forget_mailboxes(session)

    organiser.send_list([f"{PLAIN.upper()};Anne Été"], new_group="Tous")

    assert contacts(session) == [(PLAIN.upper().replace("EXEMPLE.FR", "exemple.fr"), "Anne Été")]
    assert session.scalars(sa.select(Invitee.mailbox_index)).one() is not None


@pytest.mark.parametrize(("first", "other"), EACH_WAY, ids=NAMES)
def test_erasing_a_contact_empties_nothing_of_who_looks_alike(
    app, session, consultation_round, group, first, other
):
    erased, _ = (make_invitee(session, group, it, it) for it in (first, other))
    start(session, make_mailing(session, consultation_round, group))
    send_all(session, app)
    with writing(session):
        for address in (first, other):
            suppression.suppress_address(session, address, SuppressionReason.NOT_ME, now())
    with writing(session):
        stored = session.get(Invitee, erased.id)
        erasure.erase(Work(session, ORGANISER, now()), stored, home=app.config["HOME"])

    assert contacts(session) == [(None, None), (other, other)]
    assert [message.recipient for message in messages(session)] == [None, other]
    stops = session.scalars(sa.select(Suppression.address).order_by(Suppression.id)).all()
    assert stops == [None, other]


@pytest.mark.parametrize("is_of_before", [False, True])
@pytest.mark.parametrize(("first", "other"), EACH_WAY, ids=NAMES)
def test_who_looks_like_somebody_who_wants_no_mail_is_written_to(
    app, session, consultation_round, group, first, other, is_of_before
):
    stopped, _ = (make_invitee(session, group, it, it) for it in (first, other))
    with writing(session):
        suppression.suppress_address(session, first, SuppressionReason.UNSUBSCRIBED, now())
    if is_of_before:
        forget_mailboxes(session)

    start(session, make_mailing(session, consultation_round, group))
    send_all(session, app)

    left = [it.recipient for it in messages(session) if it.status is MessageStatus.QUEUED]
    assert left == [other]
    if not is_of_before:
        assert skipped(session) == {stopped.id: Skipped.SUPPRESSED}
