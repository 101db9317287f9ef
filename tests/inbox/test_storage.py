"""Storage of messages: what they answer, may be about, and what bounces change."""

import pytest
import sqlalchemy as sa

from consultation.db.base import writing
from consultation.inbox import attachments, storage
from consultation.inbox.models import Clue, Sort, State
from consultation.inbox.storage import Source
from consultation.invitations.models import Invitation, Invitee
from consultation.mail.addresses import index_of
from consultation.mail.delivery import bounces
from consultation.mail.models import MessageStatus, OutboxMessage, Suppression
from consultation.plan import apply
from consultation.plan.models import Measure
from consultation.responses.models import Respondent
from tests.exports.builders import respond
from tests.factories import make_measure
from tests.inbox.builders import (
    CAME,
    SENDER,
    bring_in,
    bring_in_one,
    make_delivery,
    make_mail,
    messages,
    understood,
)

pytestmark = pytest.mark.database

BOX = "retours@secours-catholique.org"
BOUNCE = """\
From: MAILER-DAEMON@exemple.fr
To: {to}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{number}@exemple.fr>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system. Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.exemple.fr

Final-Recipient: rfc822; jeanne@exemple.fr
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown user

--b--
"""


@pytest.fixture
def acknowledged(session, opened):
    """A response on T7 and the mail that acknowledged it."""
    response = respond(session, opened, "T7", {"suggestions": "Où ?"})
    session.commit()
    return response, make_delivery(session, f"acknowledgement:{response.receipt_code}")


def suppressed(session):
    session.rollback()
    return session.scalars(sa.select(Suppression.address_index)).all()


def test_reply_to_an_acknowledgement_joins_its_respondent_and_proposes_its_measure(
    session, app, acknowledged
):
    response, delivery = acknowledged

    message = bring_in_one(session, app, in_reply_to=delivery.message_id)

    assert (message.respondent_id, message.delivery_id) == (response.respondent_id, delivery.id)
    assert [(row.measure.code, row.clue, row.rank) for row in message.proposals] == [
        ("T7", Clue.REPLY, 1)
    ]


def test_reply_is_found_by_its_references_too(session, app, acknowledged):
    response, delivery = acknowledged

    message = bring_in_one(session, app, references=f"<autre@exemple.fr> {delivery.message_id}")

    assert message.respondent_id == response.respondent_id


@pytest.mark.parametrize("sender", ["paul@exemple.fr", "jeanne@exemple.org"])
def test_somebody_else_who_answers_the_same_mail_joins_nobody(session, app, acknowledged, sender):
    _, delivery = acknowledged

    message = bring_in_one(session, app, sender=sender, in_reply_to=delivery.message_id)

    assert (message.respondent_id, message.delivery_id, message.proposals) == (None, None, [])


def test_reply_to_an_invitation_joins_the_respondent_of_the_latest_round(session, app, opened):
    with writing(session):
        invitee = Invitee(
            address=SENDER, address_index=index_of(SENDER), locale="fr", created_at=CAME
        )
        respondent = Respondent(
            round_id=opened.id, capacity="justice", notice_version="1", locale="fr", created_at=CAME
        )
        session.add_all([invitee, respondent])
        session.flush()
        session.add(
            Invitation(
                round_id=opened.id,
                invitee_id=invitee.id,
                respondent_id=respondent.id,
                created_at=CAME,
            )
        )
    delivery = make_delivery(session, f"invitation:A-b_c:{invitee.public_id}", kind="invitation")

    message = bring_in_one(session, app, in_reply_to=delivery.message_id)

    assert message.respondent_id == respondent.id


def test_each_measure_is_proposed_once_the_surest_clue_first():
    clues = [(7, Clue.TITLE), (4, Clue.NUMBER), (7, Clue.CODE), (2, Clue.ADDRESS), (4, Clue.REPLY)]

    ranked = storage._likeliest_first(clues)

    assert ranked == [(2, Clue.ADDRESS), (4, Clue.REPLY), (7, Clue.CODE)]


def test_shipped_theme_that_disappears_takes_its_proposals_with_it(session, app):
    measure = make_measure(session, "T9", "Protection des mineurs", is_shipped=True)
    session.commit()
    message = bring_in_one(session, app, "Sur le thème T9, deux idées.")
    proposed = [row.measure_id for row in message.proposals]

    with writing(session):
        apply.remove_measure(session, session.get_one(Measure, measure.id))

    assert proposed == [measure.id]
    assert messages(session)[0].proposals == []


def test_message_from_the_server_and_from_a_file_is_stored_once(session, app):
    mail = make_mail()

    bring_in(session, app, mail, source=Source.IMAP)
    bring_in(session, app, mail, source=Source.FILE)

    assert [message.source for message in messages(session)] == ["imap"]


def test_what_senders_write_never_stops_the_storing(session, app):
    odd = b"From: \xff\xfe <@>\r\nDate: Mon, 1 Jan 0001 00:00:00 +1400\r\nSubject: \xed\xa0\x80\r\n"
    odd += b"In-Reply-To: <\x00>\r\nContent-Type: " + b"x" * 500 + b"/\x00\r\n\r\n\xed\xa0\x80\r\n"

    (message,) = bring_in(session, app, odd)

    assert message.sender_index is None
    assert message.state in (State.WAITING, State.SET_ASIDE)


def test_true_bounce_marks_its_message_and_stops_mail_to_the_address(session, app, acknowledged):
    _, delivery = acknowledged
    to = bounces.return_path(delivery.message_id, BOX)

    (message,) = bring_in(session, app, BOUNCE.format(to=to, number=1).encode())

    mail = session.scalars(sa.select(OutboxMessage)).one()
    assert (message.sort, message.state, message.delivery_id) == (
        Sort.BOUNCE,
        State.SET_ASIDE,
        delivery.id,
    )
    assert mail.status is MessageStatus.UNDELIVERABLE
    assert suppressed(session) == [index_of(SENDER)]


@pytest.mark.parametrize(
    ("action", "status"),
    [("failed", MessageStatus.UNDELIVERABLE), ("delayed", MessageStatus.SENT)],
)
def test_mail_given_up_by_a_server_is_undeliverable_and_its_address_goes_on(
    session, app, acknowledged, action, status
):
    _, delivery = acknowledged
    notice = BOUNCE.format(to=bounces.return_path(delivery.message_id, BOX), number=1)
    notice = notice.replace("Action: failed\nStatus: 5.1.1", f"Action: {action}\nStatus: 4.4.1")

    (message,) = bring_in(session, app, notice.encode())

    mail = session.scalars(sa.select(OutboxMessage)).one()
    assert (message.sort, message.delivery_id, mail.status) == (Sort.BOUNCE, delivery.id, status)
    assert suppressed(session) == []


def test_forged_bounce_suppresses_nobody(session, app, acknowledged):
    _, delivery = acknowledged
    true = bounces.return_path(delivery.message_id, BOX)
    local, _, domain = true.rpartition("@")
    forged = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"

    for number, to in enumerate((BOX, forged, SENDER)):
        bring_in(session, app, BOUNCE.format(to=to, number=number).encode())

    assert {message.sort for message in messages(session)} == {Sort.BOUNCE}
    assert suppressed(session) == []


def test_message_is_known_by_its_id_else_by_what_it_says_else_by_its_bytes():
    mails = [
        make_mail(message_id="<un@exemple.fr>"),
        make_mail("Autre texte", message_id="<un@exemple.fr>"),
        make_mail(message_id="<deux@exemple.fr>"),
        make_mail(message_id=None),
        make_mail(message_id=None, x_route="par ailleurs"),
        make_mail("Autre texte", message_id=None),
        b"",
        b"Subject: Rien\r\n\r\n",
        b"Subject: Rien\n\n\n",
    ]

    prints = [understood(mail).fingerprint for mail in mails]

    groups = [prints.index(message) for message in prints]
    assert groups == [0, 0, 2, 3, 3, 5, 6, 7, 7]


def test_text_subject_and_names_that_show_nothing_are_stored_as_none(session, app):
    unseen = "\u200b\u2060"
    files = [(unseen, b"1"), (f"{unseen}.pdf", b"2"), (f"{unseen}.{unseen}", b"3")]

    message = bring_in_one(
        session, app, text=unseen, subject=unseen, files=files, From=f"{unseen} <{SENDER}>"
    )

    assert (message.subject, message.original, message.kept) == ("", "", "")
    assert message.sender_name is None
    assert (message.sort, message.reason) == (Sort.PERSON, None)
    names = [attachments.safe_name(it.name) for it in message.attachments]
    assert names == ["piece-1", "piece-jointe.pdf", "piece-jointe"]


def test_message_that_shows_nothing_is_set_aside_as_empty(session, app):
    message = bring_in_one(session, app, text="\u3164\n\u200b", subject="\u2060")

    assert (message.state, message.reason) == (State.SET_ASIDE, "empty")
