"""Respondents whose addresses look alike: neither sees, loses or receives what is the other's."""

import json
import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.db.base import writing
from consultation.jobs import queue
from consultation.mail import suppression
from consultation.mail.addresses import index_of, mailbox_index_of
from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus, OutboxMessage, Suppression, SuppressionReason
from consultation.operations import mailbox_hashes
from consultation.responses import identity
from consultation.responses.models import Contact, PersonalLink, Respondent, Standing
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from consultation.responses.space import links, recovery
from tests.mail.lookalikes import EACH_WAY, NAMES, TWINS

pytestmark = [
    pytest.mark.database,
    pytest.mark.every_case,
]  # databases compare texts each in its way

OPENED = re.compile(r"/contributions/ouvrir/[\w.-]+")


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


def answer(client, form, *addresses):
    for address in addresses:
        client.post(form.path, data=form.data(email=address))


def ask(client, session, address):
    """Ask for a lost link; return the mails that are owed: to whom, and how many spaces."""
    client.post("/contributions/retrouver", data={"address": address})
    return work(session)


def work(session):
    while queue.run_due(session):
        pass
    session.rollback()
    session.expire_all()
    mails = session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.kind == recovery.KIND.name)
        .order_by(OutboxMessage.id)
    )
    return [(row.recipient, len(json.loads(row.parameters)["spaces"])) for row in mails]


def respondent_of(session, address):
    rows = session.execute(sa.select(Contact.respondent_id, Contact.address))
    return next(respondent_id for respondent_id, kept in rows if kept == address)


@pytest.mark.parametrize(("first", "other"), EACH_WAY, ids=NAMES)
def test_address_that_looks_alike_recovers_no_space_of_somebody_else(
    client, form, session, first, other
):
    answer(client, form, first)

    assert ask(client, session, other) == []
    assert ask(client, session, first) == [(first, 1)]


@pytest.mark.parametrize(("first", "other"), EACH_WAY, ids=NAMES)
def test_of_two_who_look_alike_each_recovers_their_own(client, form, session, first, other):
    answer(client, form, first, other, first)

    assert ask(client, session, other) == [(other, 1)]
    assert ask(client, session, first) == [(other, 1), (first, 2)]


@pytest.mark.parametrize(("first", "other"), EACH_WAY, ids=NAMES)
def test_erasing_somebody_empties_nothing_of_who_looks_alike(
    client, form, session, app, first, other
):
    answer(client, form, first, other)
    suppression.suppress_address(session, other, SuppressionReason.BOUNCED, now())
    session.commit()
    respondent_id = respondent_of(session, first)
    with writing(session):
        erasure.erase(session, respondent_id, Wish(texts=True), now(), home=app.config["HOME"])

    session.expire_all()
    assert session.scalars(sa.select(Contact.address)).all() == [other]
    assert session.scalars(sa.select(Suppression.address)).all() == [other]
    left = session.scalars(
        sa.select(OutboxMessage.recipient).where(OutboxMessage.recipient.is_not(None))
    )
    assert left.all() == [other]


@pytest.mark.parametrize(("first", "other"), EACH_WAY, ids=NAMES)
def test_another_address_that_looks_alike_ends_the_links_that_went_to_the_first(
    client, form, session, first, other
):
    """Whoever has the first box opens nothing by them any more."""
    answer(client, form, first)
    (respondent,) = session.scalars(sa.select(Respondent)).all()
    mailed = session.scalars(sa.select(PersonalLink).where(PersonalLink.holder == links.MAIL)).one()
    respondent.standing = Standing.CONFIRMED
    session.commit()

    with writing(session):
        identity.write(session, respondent, replace(identity.UNKNOWN, address=other), now())

    session.refresh(mailed)
    assert mailed.revoked_at is not None
    assert respondent.standing is Standing.UNVERIFIED


@pytest.mark.parametrize("is_of_before", [False, True])
@pytest.mark.parametrize(("first", "other"), EACH_WAY, ids=NAMES)
def test_recovered_link_is_put_into_no_mail_to_a_box_that_looks_alike(
    client, form, session, first, other, is_of_before
):
    """Such as what still waits for an address that was given before."""
    answer(client, form, first)
    if is_of_before:
        forget_mailboxes(session)
    link = session.scalars(sa.select(PersonalLink).where(PersonalLink.holder == links.MAIL)).one()
    with writing(session):
        session.execute(
            sa.update(Contact).values(address=other, mailbox_index=mailbox_index_of(other))
        )
        new = links.create(session, link.respondent_id, now(), links.RECOVERED)
        links.note_opened(session, links.token_of(new.id), now())

    session.expire_all()
    (waiting,) = session.scalars(sa.select(OutboxMessage)).all()
    assert links.token_of(link.id) in waiting.parameters
    assert links.token_of(new.id) not in waiting.parameters


PLAIN, ALIKE = TWINS["ligature"]


def forget_mailboxes(session):
    """Leave the rows as the release before had stored them."""
    session.rollback()
    for model in (Contact, OutboxMessage):
        session.execute(sa.update(model).values(mailbox_index=None))
    session.commit()
    session.expire_all()


def test_earlier_address_decides_until_it_is_filled_in(client, form, session):
    answer(client, form, PLAIN)
    forget_mailboxes(session)

    assert ask(client, session, ALIKE) == []
    assert ask(client, session, PLAIN.upper()) == [(PLAIN, 1)]


def test_link_asked_for_before_goes_to_each_box_with_its_own_spaces(client, form, session):
    """Which of those that look alike was typed is not known any more."""
    answer(client, form, PLAIN, ALIKE, PLAIN)
    with writing(session):
        request = {"address_index": index_of(ALIKE), "locale": "fr"}
        queue.enqueue(session, recovery.JOB, request, at=now())

    assert sorted(work(session)) == sorted([(PLAIN, 2), (ALIKE, 1)])


@pytest.mark.parametrize("is_filled", [False, True])
def test_links_that_waited_from_before_open_no_space_of_who_looks_alike(
    client, form, session, app, is_filled
):
    answer(client, form, PLAIN, ALIKE)
    session.execute(sa.update(OutboxMessage).values(status=MessageStatus.SUPPRESSED))
    session.commit()
    ask(client, session, ALIKE)
    ask(client, session, PLAIN)
    mix_spaces(session)
    forget_mailboxes(session)
    if is_filled:
        mailbox_hashes.fill(session)

    loop.deliver(session, app.config)

    folder = app.config["HOME"] / "mailbox/new"
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in folder.iterdir()]
    texts = {mail["To"]: mail.get_body(("plain",)).get_content() for mail in mails}
    opened = {to: set(OPENED.findall(text)) for to, text in texts.items()}
    assert {to: len(links) for to, links in opened.items()} == {PLAIN: 1, ALIKE: 1}
    assert opened[PLAIN].isdisjoint(opened[ALIKE])


def mix_spaces(session):
    """Let each mail of lost links hold the spaces of all of them."""
    mails = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == recovery.KIND.name)
    ).all()
    parameters = [json.loads(mail.parameters) for mail in mails]
    spaces = [space for first in parameters for space in first["spaces"]]
    for mail, first in zip(mails, parameters, strict=True):
        mail.parameters = json.dumps({**first, "spaces": spaces})
    session.commit()


def test_earlier_mail_with_nothing_but_the_spaces_of_others_never_leaves(client, form, session):
    answer(client, form, PLAIN)
    ask(client, session, PLAIN)
    mail = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == recovery.KIND.name)
    ).one()
    mail.recipient = ALIKE
    session.commit()
    forget_mailboxes(session)

    mailbox_hashes.fill(session)

    session.refresh(mail)
    assert (mail.status, mail.recipient, mail.parameters) == (MessageStatus.SUPPRESSED, None, None)
