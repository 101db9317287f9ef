"""Draft reminders: one, three days before the round closes, to respondents who agreed to it."""

import json
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.jobs import worker
from consultation.mail import outbox, rendering, suppression
from consultation.mail.models import MessageStatus, OutboxMessage, SuppressionReason
from consultation.questionnaires.publication import publish
from consultation.responses.drafts import reminders
from consultation.responses.models import PersonalLink, Respondent
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from tests.factories import make_measure, publish_again
from tests.jobs.builders import beside, side_by_side
from tests.responses.conftest import Form, hidden

ADDRESS = "jeanne@exemple.fr"
AGREED = {"email": ADDRESS, "consent_contact": "yes"}
SECRET = "Un texte que personne ne doit lire"
SPACE_FORM = "/contributions/mesures/T8"
OPENED = re.compile(r"/contributions/ouvrir/[\w.-]+")
MOMENT = timedelta(microseconds=1)
WINDOW = timedelta(days=3)


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def other_measure(session):
    return make_measure(session, "T8", "Formation des magistrats")


@pytest.fixture
def consultation_round(session, other_measure, consultation_round):
    consultation_round.closes_at = now().replace(microsecond=0) + timedelta(days=30)
    session.commit()
    return consultation_round


@pytest.fixture
def closes_at(consultation_round):
    return consultation_round.closes_at


@pytest.fixture
def other_form(session, other_measure, consultation_round):
    return Form(session, other_measure)


@pytest.fixture
def begin(client, form, other_form):
    """Answer on T7, saying that of oneself, and leave a draft on T8."""

    def answer_and_begin(prefix="", **answers):
        client.delete_cookie("__Host-space")  # whoever comes next has another browser
        page = client.post(prefix + form.path, data=form.data(**answers), follow_redirects=True)
        client.post(OPENED.search(page.text)[0])
        page = client.get(prefix + SPACE_FORM)
        return client.post(prefix + SPACE_FORM, data=typed(other_form, page) | {"intent": "save"})

    return answer_and_begin


def typed(form, page):
    return form.data(key=hidden(page, "submission_key"), suggestions=SECRET) | {
        "draft_revision": hidden(page, "draft_revision")
    }


def enqueue_at(session, app, at):
    """Let the worker look for whom to remind at that moment."""
    session.rollback()
    with time_machine.travel(at, tick=False):
        return reminders.enqueue_due(session(), app.config)


def queued(session, status=None):
    """The reminders that are owed, or that were held back."""
    session.rollback()
    session.expire_all()
    query = sa.select(OutboxMessage).where(OutboxMessage.kind == reminders.KIND.name)
    if status:
        query = query.where(OutboxMessage.status == status)
    return session.scalars(query.order_by(OutboxMessage.id)).all()


def test_it_leaves_three_days_before_the_round_closes_and_not_earlier(
    begin, session, app, closes_at
):
    begin(**AGREED)

    early = enqueue_at(session, app, closes_at - WINDOW - MOMENT)
    on_time = enqueue_at(session, app, closes_at - WINDOW)

    assert (early, on_time) == (0, 1)
    (message,) = queued(session)
    assert message.recipient == ADDRESS


@pytest.mark.parametrize(("before", "count"), [(MOMENT, 1), (timedelta(0), 0), (-WINDOW, 0)])
def test_draft_of_the_last_days_is_reminded_of_until_the_round_closes(
    begin, session, app, closes_at, before, count
):
    begin(**AGREED)

    assert enqueue_at(session, app, closes_at - before) == count


def test_it_names_the_measure_the_closing_in_paris_and_the_link_and_no_word_that_was_typed(
    begin, client, session, app, closes_at
):
    begin(**AGREED, name="Jeanne Secret")
    enqueue_at(session, app, closes_at - WINDOW)

    (message,) = queued(session)
    entry = outbox.parameters_from(reminders.KIND, message.parameters)
    letter = rendering.render(reminders.KIND, message.locale, [entry], ADDRESS)

    assert letter.subject == "Votre brouillon attend, et la consultation se ferme bientôt"
    for part in (letter.text, letter.html):
        assert "Formation des magistrats" in part
        assert "Hébergement" not in part
        assert (
            f"{in_paris(closes_at):%-H}\xa0h\xa0{in_paris(closes_at):%M} (heure de Paris)" in part
        )
        assert SECRET not in part
        assert "Jeanne Secret" not in part
    page = client.post(OPENED.search(letter.text)[0], follow_redirects=True)
    assert "brouillon</span>" in page.text


def test_it_is_written_in_the_language_of_the_respondent(begin, session, app, closes_at):
    begin("/en", **AGREED)
    enqueue_at(session, app, closes_at - WINDOW)

    (message,) = queued(session)
    assert message.locale == "en"
    assert "/en/contributions/ouvrir/" in json.loads(message.parameters)["link"]


def test_it_uses_the_link_that_mails_already_hold(begin, session, app, closes_at):
    begin(**AGREED)
    count = len(session.scalars(sa.select(PersonalLink)).all())

    enqueue_at(session, app, closes_at - WINDOW)

    (message,) = queued(session)
    acknowledgement = session.scalars(
        sa.select(OutboxMessage).where(OutboxMessage.kind == "acknowledgement")
    ).one()
    assert json.loads(message.parameters)["link"] in acknowledgement.parameters
    assert len(session.scalars(sa.select(PersonalLink)).all()) == count


def test_nobody_is_reminded_twice_even_when_the_round_closes_later(
    begin, session, app, consultation_round, closes_at
):
    begin(**AGREED)
    enqueue_at(session, app, closes_at - WINDOW)
    consultation_round.closes_at = later = closes_at + timedelta(days=20)
    session.commit()

    counts = [enqueue_at(session, app, closes_at), enqueue_at(session, app, later - WINDOW)]

    assert counts == [0, 0]
    assert len(queued(session)) == 1


@pytest.mark.parametrize(
    "answers",
    [{"email": ADDRESS}, {"email": "", "consent_contact": ""}],
    ids=["consent", "address"],
)
def test_without_address_or_consent_no_mail_is_owed(begin, session, app, closes_at, answers):
    begin(**answers)

    assert enqueue_at(session, app, closes_at - WINDOW) == 0
    assert queued(session) == []


def test_consent_taken_back_or_address_taken_out_counts(begin, session, app, closes_at):
    begin(**AGREED)
    respondent = session.scalars(sa.select(Respondent)).one()
    respondent.contact.address = None
    session.commit()
    without_address = enqueue_at(session, app, closes_at - WINDOW)
    respondent = session.scalars(sa.select(Respondent)).one()
    respondent.contact.address, respondent.consent_contact = ADDRESS, False
    session.commit()

    without_consent = enqueue_at(session, app, closes_at - WINDOW)

    assert (without_address, without_consent) == (0, 0)


def test_whoever_was_erased_is_not_written_to_and_a_waiting_reminder_is_called_back(
    begin, session, app, closes_at
):
    app.config["HOME"].mkdir(exist_ok=True)
    begin(**AGREED)
    enqueue_at(session, app, closes_at - WINDOW)
    respondent_id = session.scalars(sa.select(Respondent.id)).one()

    with writing(session()):
        erasure.erase(session(), respondent_id, Wish(), now(), home=app.config["HOME"])

    (message,) = queued(session)
    assert (message.status, message.recipient) == (MessageStatus.SUPPRESSED, None)
    assert message.parameters is None
    assert enqueue_at(session, app, closes_at - WINDOW) == 0


def test_sent_form_is_not_reminded_of(begin, client, other_form, session, app, closes_at):
    begin(**AGREED)

    client.post(SPACE_FORM, data=typed(other_form, client.get(SPACE_FORM)))

    assert enqueue_at(session, app, closes_at - WINDOW) == 0


def test_draft_on_an_earlier_version_is_named_as_its_form_now_is(
    begin, session, app, closes_at, other_measure
):
    begin(**AGREED)
    other_measure.title = {"fr": "Formation des juges"}
    publish_again(session, other_measure)

    enqueue_at(session, app, closes_at - WINDOW)

    (message,) = queued(session)
    assert json.loads(message.parameters)["titles"] == [{"fr": "Formation des juges"}]


def test_draft_on_a_retired_measure_is_not_reminded_of(
    begin, session, app, closes_at, other_measure, consultation_round
):
    begin(**AGREED)
    other_measure.retired_at = now()
    session.flush()
    publish.publish(session, consultation_round, now())
    session.commit()

    assert enqueue_at(session, app, closes_at - WINDOW) == 0


def test_unannounced_round_reminds_nobody(begin, session, app, closes_at, consultation_round):
    begin(**AGREED)
    consultation_round.announced_at = None
    session.commit()

    assert enqueue_at(session, app, closes_at - WINDOW) == 0


def test_suppressed_address_gets_no_mail_and_its_row_says_why(begin, session, app, closes_at):
    begin(**AGREED)
    suppression.suppress_address(session, ADDRESS, SuppressionReason.NOT_ME, now())
    session.commit()

    counts = [enqueue_at(session, app, closes_at - WINDOW) for _turn in range(2)]

    assert counts == [0, 0]
    (message,) = queued(session, MessageStatus.SUPPRESSED)
    assert message.last_error
    assert (message.recipient, message.parameters) == (None, None)


def test_what_waits_for_who_stops_mail_is_emptied_at_once(begin, session, app, closes_at):
    begin(**AGREED)
    enqueue_at(session, app, closes_at - WINDOW)

    with writing(session()):
        suppression.suppress_address(session(), ADDRESS, SuppressionReason.NOT_ME, now())

    (message,) = queued(session, MessageStatus.SUPPRESSED)
    assert (message.recipient, message.parameters) == (None, None)


def test_it_counts_among_the_mails_of_the_day(begin, client, form, session, app, closes_at):
    begin(**AGREED)
    app.config["MAIL_DAILY_CAP"] = 1

    with time_machine.travel(closes_at - WINDOW, tick=False):
        client.post(form.path, data=form.data(email=ADDRESS))
        count = reminders.enqueue_due(session(), app.config)

    assert count == 0
    (message,) = queued(session, MessageStatus.SUPPRESSED)
    assert message.last_error == "daily_cap"


def test_two_spaces_of_one_address_share_one_mail(begin, session, app, closes_at):
    for _ in range(2):
        begin(**AGREED)

    count = enqueue_at(session, app, closes_at - WINDOW)

    assert count == 2
    assert len({(message.batch_key, message.next_attempt_at) for message in queued(session)}) == 1


def test_two_workers_at_once_remind_everybody_once(begin, session, app, closes_at):
    for number in range(8):
        begin(email=f"personne{number}@exemple.fr", consent_contact="yes")

    session.rollback()
    work = beside(app, lambda own: reminders.enqueue_due(own, app.config))
    with time_machine.travel(closes_at - WINDOW, tick=False):
        side_by_side(work, work)

    recipients = [message.recipient for message in queued(session)]
    assert sorted(recipients) == [f"personne{number}@exemple.fr" for number in range(8)]


def test_worker_has_the_task(app):
    assert worker._tasks[reminders.TASK].every_seconds == 300
