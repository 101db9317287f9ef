"""Suppression: people who stopped mail, robots, our own boxes, floods."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.crypto.keyring import new_id
from consultation.db.base import writing
from consultation.mail import outbox, outbox_actions, suppression
from consultation.mail.addresses import Address, is_robot
from consultation.mail.delivery import breakers, loop
from consultation.mail.delivery.claim import DeliverySettings
from consultation.mail.kinds import Reach
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import MessageStatus, Suppression, SuppressionReason
from consultation.mail.transport import NotNow
from consultation.responses.space import links
from consultation.responses.submission.acknowledgement import KIND
from consultation.work.services import Work
from tests.mail.builders import (
    ADDRESS,
    START,
    Administrator,
    deliver,
    enqueue,
    enqueue_alone,
    make_acknowledgement,
    messages,
    minutes,
    wait_for_replies,
)
from tests.mail.smtp_server import HANG


@pytest.fixture
def settings(settings, smtp_sink):
    return settings | smtp_sink.settings


@pytest.fixture
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def stop_path(sink):
    """The path of the link by which the recipient of the last mail stops it."""
    link = re.search(r"https://consultation\.example(\S+/arret/\S+)", sink.mails[-1].part("plain"))
    return link[1]


def stop(session, address=ADDRESS, reason=SuppressionReason.NOT_ME):
    with writing(session):
        suppression.suppress_address(session, address, reason, START)


def test_link_of_a_mail_shows_a_button_and_the_button_stops_mail(
    client, session, app, smtp_sink, clock
):
    enqueue(session, "CODE-1")
    deliver(session, app)
    path = stop_path(smtp_sink)

    page = client.get(path)
    between = session.scalars(sa.select(Suppression)).all()
    pressed = client.post(path)
    will_come = enqueue(session, "CODE-2", address="Jeanne@EXEMPLE.fr")

    assert "Ce n’était pas vous" in page.text
    assert between == []
    assert "n’enverra plus de message à cette adresse" in pressed.text
    assert not will_come
    assert [(m.status, m.last_error) for m in messages(session)] == [
        (MessageStatus.SENT, None),
        (MessageStatus.SUPPRESSED, "not_me"),
    ]


def test_link_of_a_mail_in_english_leads_to_an_english_page(client, session, app, smtp_sink, clock):
    enqueue(session, "CODE-1", locale="en")
    deliver(session, app)

    page = client.get(stop_path(smtp_sink))

    assert stop_path(smtp_sink).startswith("/en/courriel/arret/")
    assert '<html lang="en"' in page.text


@pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded"])
def test_button_of_a_mail_reader_stops_mail_without_a_page(client, session, kind):
    token = suppression.stop_token(Reach.BULK, Box.of(ADDRESS))

    page = client.post(
        f"/courriel/arret/{token}", data={"List-Unsubscribe": "One-Click"}, content_type=kind
    )

    assert page.status_code == 200
    assert session.scalars(sa.select(Suppression.reason)).all() == ["unsubscribed"]


def test_stop_link_names_no_address_and_a_forged_one_stops_nobody(client, session):
    token = suppression.stop_token(Reach.ANSWER, Box.of(ADDRESS))
    forged = token.replace("answer", "bulk")

    # That of a personal link is signed by the same key, and stops nobody either.
    others = (forged, token[:-1], "é", links.token_of(new_id()))
    refused = [client.post(f"/courriel/arret/{it}").status_code for it in others]

    assert "jeanne" not in token
    assert refused == [404] * len(others)
    assert session.scalars(sa.select(Suppression)).all() == []


def test_what_waits_for_somebody_who_stops_mail_does_not_leave(session, app, smtp_sink, clock):
    enqueue(session, "CODE-1")
    enqueue_alone(session, "account")
    stop(session)

    count = deliver(session, app)

    assert count == (1, 0, 0)
    assert [(m.kind, m.status) for m in messages(session)] == [
        ("acknowledgement", MessageStatus.SUPPRESSED),
        ("test", MessageStatus.SENT),
    ]


class Stopping:
    """A mail server that fails, after somebody who was just written to has stopped mail."""

    def __init__(self, session):
        self.session = session

    def send(self, mail, return_path):
        stop(self.session)
        raise NotNow("timeout", stop=True, is_about_mail=False)


def test_what_failed_while_its_recipient_stopped_mail_is_not_tried_again(
    session, app, smtp_sink, clock
):
    enqueue(session, "CODE-1")

    loop.deliver_due(session, Stopping(session), DeliverySettings.from_settings(app.config))
    clock.shift(minutes(5))
    count = deliver(session, app)

    (message,) = messages(session)
    assert (message.status, message.last_error) == (MessageStatus.SUPPRESSED, "not_me")
    assert count == (0, 0, 0)


def test_who_unsubscribed_still_gets_answers(session):
    stop(session, reason=SuppressionReason.UNSUBSCRIBED)

    box = Box.of(ADDRESS)

    assert suppression.find_reason(session, box, Reach.BULK) is SuppressionReason.UNSUBSCRIBED
    assert suppression.find_reason(session, box, Reach.ANSWER) is None
    assert suppression.find_reason(session, box, Reach.STAFF) is None


def test_suppression_is_noted_once_for_a_reason_and_can_be_lifted(session):
    for _ in range(2):
        stop(session)
    (rows,) = session.scalars(sa.select(Suppression)).all()

    with writing(session):
        lifted = suppression.lift(session, rows.public_id, START + minutes(5))
        again = suppression.lift(session, rows.public_id, START + minutes(6))

    assert (lifted.lifted_at, again) == (START + minutes(5), None)
    assert enqueue(session, "CODE-1")


@pytest.mark.parametrize(
    "address",
    [
        "noreply@exemple.fr",
        "no-reply+x@exemple.fr",
        "Ne-Pas-Repondre@exemple.fr",
        "ne_pas_repondre@exemple.fr",
        "do-not-reply@exemple.fr",
        "MAILER-DAEMON@exemple.fr",
        "postmaster@exemple.fr",
        "liste-bounces@exemple.fr",
        "bounce+abc=def@exemple.fr",
    ],
)
def test_robots_get_no_answer(session, address):
    will_come = enqueue(session, "CODE-1", address=address)

    assert not will_come
    assert messages(session)[0].last_error == "robot"


@pytest.mark.parametrize(
    "address", ["reply@exemple.fr", "norepaire@exemple.fr", "jeanne.bounces@x.fr.example", ADDRESS]
)
def test_people_are_no_robots(address):
    assert is_robot(address) == address.startswith("jeanne.bounces")


def test_our_own_boxes_get_no_answer_whatever_their_spelling(session, app):
    caps = outbox.Caps.of(app.config)

    assert Address.of("contre.la.traite@secours-catholique.org").is_one_of(caps.own)
    assert not Address.of("jeanne@secours-catholique.org").is_one_of(caps.own)
    assert not enqueue(session, "CODE-1", "contre.la.traite+T4@secours-catholique.org", caps=caps)
    assert messages(session)[0].last_error == "own"


def test_acknowledgements_by_the_thousand_to_one_box_in_ten_spellings_make_three_mails(
    session, app, smtp_sink, clock
):
    spellings = [
        "jeanne.martin@gmail.com",
        "jeannemartin@gmail.com",
        "JEANNE.MARTIN@gmail.com",
        "j.e.a.n.n.e.martin@gmail.com",
        "jeanne.martin+a@gmail.com",
        "Jeanne.Martin+b.c@gmail.com",
        "jeanne.martin@GMAIL.com",
        "jeanne.martin@googlemail.com",
        "jeannemartin+x@googlemail.com",
        "ｊｅａｎｎｅ.martin@gmail.com",
    ]
    with writing(session):
        for number in range(1000):
            message = outbox.prepare(
                session,
                KIND,
                dedup_key=f"acknowledgement:{number}",
                recipient=Address.of(spellings[number % 10]),
                locale="fr",
                parameters=make_acknowledgement(f"CODE-{number}"),
                at=START,
            )
            outbox.enqueue_gathered(session, message, outbox.Caps(3))
    for _ in range(24):
        deliver(session, app)
        clock.shift(timedelta(hours=1))

    states = [message.status for message in messages(session)]
    assert len(smtp_sink.mails) == 3
    assert states.count(MessageStatus.SUPPRESSED) == 1000 - 3 * outbox.BATCH_LIMIT


def test_too_many_answers_in_an_hour_wait_for_an_administrator(session, app, smtp_sink, clock):
    app.config["MAIL_HOURLY_CAP"] = 3
    for number in range(8):
        enqueue(session, f"CODE-{number}", f"personne{number}@exemple.fr")
    enqueue_alone(session, "staff")

    for _ in range(3):
        deliver(session, app)
        clock.shift(timedelta(hours=2))
    before = len(smtp_sink.mails)
    with writing(session):
        outbox_actions.release_answers(Work(session, Administrator(), START + timedelta(hours=6)))
    deliver(session, app)
    after = len(smtp_sink.mails)

    assert (before, after) == (3 + 1, 6 + 1)
    assert breakers.answers_wait(session)
    assert "flood" in {message.last_error for message in messages(session)}


def test_waiting_acknowledgement_keeps_no_other_mail_from_leaving_in_the_same_pass(
    session, app, smtp_sink, clock
):
    app.config["MAIL_HOURLY_CAP"] = 1
    enqueue(session, "CODE-1", "paul@exemple.fr")
    deliver(session, app)
    enqueue(session, "CODE-2", "anne@exemple.fr")
    enqueue_alone(session, "staff")

    count = deliver(session, app)

    assert count == (1, 0, 0)
    assert smtp_sink.mails[-1].recipients == (ADDRESS,)


def test_who_can_let_a_flood_go_hears_of_it_though_other_mail_leaves(
    session, app, smtp_sink, clock
):
    app.config["MAIL_HOURLY_CAP"] = 3
    for number in range(5):
        enqueue(session, f"CODE-{number}", f"personne{number}@exemple.fr")

    for number in range(4):
        enqueue_alone(session, f"staff-{number}", at=START + minutes(5) * number)
        deliver(session, app)
        clock.shift(minutes(5))

    assert smtp_sink.mails[-1].recipients == (ADDRESS,)
    assert outbox.stalled_since(session) == START
    assert outbox.held_count(session) == 2
    with writing(session):
        outbox_actions.release_answers(Work(session, Administrator(), START + minutes(20)))
    deliver(session, app)
    assert (outbox.stalled_since(session), outbox.held_count(session)) == (None, 0)


def test_no_cap_lets_every_answer_leave(session, app, smtp_sink, clock):
    app.config["MAIL_HOURLY_CAP"] = 0
    for number in range(5):
        enqueue(session, f"CODE-{number}", f"personne{number}@exemple.fr")

    assert deliver(session, app) == (5, 0, 0)


def test_domain_that_puts_off_five_mails_is_left_alone_and_others_are_not(
    session, app, smtp_sink, clock
):
    for number in range(20):
        enqueue_alone(session, f"slow-{number}", f"personne{number}@lent.exemple.fr")
    enqueue_alone(session, "other", "paul@exemple.fr")
    smtp_sink.always("RCPT", lambda who: "450 4.2.0 later" if "@lent" in who else None)

    first = deliver(session, app)
    during = deliver(session, app)
    smtp_sink.clear()
    clock.shift(minutes(2))
    after = deliver(session, app)

    assert first == (1, breakers.DOMAIN_PATIENCE, 0)
    assert during == (0, 0, 0)
    assert after[0] == 20
    assert breakers.current(session, START).failed == frozenset()


def pass_hours(session, app, clock, count):
    """Deliver each two hours: after a longer silence the failures of a domain are forgotten."""
    for _ in range(0, count, 2):
        deliver(session, app)
        clock.shift(timedelta(hours=2))


def test_domain_that_takes_nothing_for_days_is_given_up_with_all_that_waited_so_long(
    session, app, smtp_sink, clock
):
    smtp_sink.always("RCPT", "450 4.2.0 later")
    for number in range(80):
        enqueue_alone(session, f"dead-{number}", f"personne{number}@lent.exemple.fr")

    pass_hours(session, app, clock, 5 * 24)
    enqueue_alone(session, "new", "neuve@lent.exemple.fr", at=START + timedelta(days=5))
    smtp_sink.always("RCPT", None)
    clock.shift(timedelta(hours=2))
    deliver(session, app)

    states = [message.status for message in messages(session)]
    assert set(states[:-1]) == {MessageStatus.UNDELIVERABLE}
    assert states[-1] is MessageStatus.SENT


def test_domain_that_refuses_a_mail_for_good_is_not_one_that_takes_nothing(
    session, app, smtp_sink, clock
):
    smtp_sink.always("RCPT", "450 4.2.0 later")
    for number in range(80):
        enqueue_alone(session, str(number), f"personne{number}@lent.exemple.fr")

    pass_hours(session, app, clock, 4 * 24 - 4)
    smtp_sink.answers("RCPT", "550 5.1.1 no such user")
    pass_hours(session, app, clock, 14)

    gone = [m for m in messages(session) if m.status is MessageStatus.UNDELIVERABLE]
    assert [message.last_error for message in gone] == ["smtp_550"]


def test_what_our_own_server_cannot_pass_on_says_nothing_of_a_domain(
    session, app, smtp_sink, clock
):
    enqueue_alone(session, "1", "jeanne@lent.exemple.fr")
    smtp_sink.answers("RCPT", "450 4.2.0 later")
    deliver(session, app)
    enqueue_alone(session, "2", "élise@lent.exemple.fr")
    smtp_sink.offers_no_unicode()

    count = deliver(session, app)

    assert count == (0, 0, 1)
    slow = Address.of("jeanne@lent.exemple.fr")
    assert breakers.current(session, START).failed == {slow.domain_index}


@pytest.mark.parametrize("reply", ["450 4.2.0 greylisted", HANG])
def test_domain_that_nobody_wrote_to_for_months_did_not_put_off_all_that_time(
    session, app, smtp_sink, clock, reply
):
    if reply == HANG:
        wait_for_replies(app, 0.3)
    old = enqueue_alone(session, "old", "jeanne@lent.exemple.fr")
    smtp_sink.answers("RCPT", "450 4.2.0 greylisted", reply)
    deliver(session, app)
    with writing(session):
        outbox_actions.cancel(Work(session, Administrator()), old)
    clock.shift(timedelta(days=90))
    enqueue_alone(session, "new", "paul@lent.exemple.fr", at=START + timedelta(days=90))

    clock.shift(timedelta(days=5))
    first = deliver(session, app)
    clock.shift(minutes(90))
    second = deliver(session, app)

    assert (first, second) == ((0, 1, 0), (1, 0, 0))


def test_days_in_which_nothing_is_tried_count_against_no_domain(session, app, smtp_sink, clock):
    patience = breakers.DOMAIN_PATIENCE
    smtp_sink.answers("RCPT", *["450 4.2.0 later"] * patience * 2)
    for number in range(patience * 2):
        enqueue_alone(session, str(number), f"personne{number}@lent.exemple.fr")

    before = deliver(session, app)
    clock.shift(timedelta(days=5))
    again = deliver(session, app)
    clock.shift(minutes(90))
    after = deliver(session, app)

    assert (before, again) == ((0, patience, 0), (0, patience, 0))
    assert after == (patience * 2, 0, 0)


@pytest.mark.every_case
@pytest.mark.parametrize("number", [0, 79], ids=["tried", "never_tried"])
def test_what_is_sent_again_has_its_days_again_though_its_domain_takes_nothing(
    session, app, smtp_sink, clock, number
):
    smtp_sink.always("RCPT", "450 4.2.0 later")
    ids = [enqueue_alone(session, str(n), f"personne{n}@lent.exemple.fr") for n in range(80)]
    pass_hours(session, app, clock, 94)
    enqueue_alone(session, "new", "neuve@lent.exemple.fr", at=START + timedelta(hours=94))
    pass_hours(session, app, clock, 26)
    given_up = messages(session)[number]
    before = (given_up.status, given_up.attempts > 0)

    with writing(session):
        outbox_actions.resend(
            Work(session, Administrator(), START + timedelta(hours=120)), ids[number]
        )
    states = []
    for hours in (2, 92, 6):
        pass_hours(session, app, clock, hours)
        states.append(messages(session)[number].status)

    assert before == (MessageStatus.UNDELIVERABLE, number == 0)
    assert states == [MessageStatus.RETRYING, MessageStatus.RETRYING, MessageStatus.UNDELIVERABLE]


def test_password_expired_for_a_month_costs_no_mail_and_repeats_none(
    session, app, smtp_sink, clock
):
    mail = app.extensions["mail"]
    mail.username, mail.password = "site", "expiré"
    for number in range(6):
        enqueue_alone(session, str(number), f"personne{number}@exemple.fr")

    tries = 0
    for _ in range(31):
        tries += deliver(session, app)[1]
        clock.shift(timedelta(days=1))
    stalled = outbox.stalled_since(session)
    mail.password = "secret"
    count = deliver(session, app)

    assert tries == 31
    assert stalled == START
    assert count == (6, 0, 0)
    assert len({offered.message_id for offered in smtp_sink.mails}) == 6
    assert outbox.stalled_since(session) is None


def test_paused_server_is_not_asked_at_every_turn(session, app, smtp_sink, clock):
    smtp_sink.stop()
    enqueue_alone(session)

    tries = 0
    for _ in range(3600 // 5):
        tries += deliver(session, app)[1]
        clock.shift(timedelta(seconds=5))

    assert 5 <= tries <= 6


def test_test_mail_of_the_staff_is_held_back_by_nothing(session, app, smtp_sink, clock):
    stop(session, "equipe@exemple.fr", SuppressionReason.STAFF)
    with writing(session):
        outbox_actions.enqueue_test(session, "equipe@exemple.fr", START)

    assert deliver(session, app) == (1, 0, 0)
