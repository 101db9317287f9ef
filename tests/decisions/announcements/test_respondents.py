"""Respondents who are told of an edition: each rule of who gets the mail, once per mailbox."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions.announcements import respondents
from consultation.decisions.announcements.models import AnnouncementRecipient
from consultation.decisions.announcements.respondents import Reached
from consultation.decisions.decide import Subject
from consultation.decisions.models import DecisionOutcome
from consultation.invitations.mailings import lifecycle
from consultation.invitations.mailings.audiences import StepRefused
from consultation.invitations.models import Mailing, MailingState
from consultation.mail import outbox, suppression
from consultation.mail.delivery import loop
from consultation.mail.kinds import kind_named
from consultation.mail.models import MessageStatus, OutboxMessage, SuppressionReason
from consultation.moderation.models import AsideReason, ResponseSetAside
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round
from consultation.responses.models import Channel, Contact, Respondent, Response, Standing
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from consultation.work.services import Work
from tests.decisions.announcements.builders import (
    close,
    make_announcement,
    publish,
    speak,
    states,
)
from tests.decisions.builders import make_decision, make_edition
from tests.invitations.builders import (
    ORGANISER,
    WITH_SERVER,
    messages,
    send_all,
    send_due,
    start,
    state_of,
)

pytestmark = pytest.mark.database

SECRET = "Ma phrase à moi, que personne ne cite."
EARLIER = datetime(2026, 11, 24, tzinfo=UTC)


def send(session, app, mailing):
    start(session, mailing)
    send_all(session, app)
    return messages(session)


def letters(session):
    return [outbox.parameters_from(kind_named(it.kind), it.parameters) for it in messages(session)]


def test_mail_tells_the_measures_and_links_and_none_of_the_texts(session, app, opened, organiser):
    speak(session, opened, answers={("T7.1", "relevance"): "7", "suggestions": SECRET})
    publish(session, organiser, title="Indicateurs revus")
    close(session, opened)

    (mail,) = send(session, app, make_announcement(session, opened))

    (letter,) = letters(session)
    assert (mail.kind, mail.recipient, mail.locale) == ("edition", "ada@exemple.fr", "fr")
    assert letter.subject == "Suites de l'édition 1"
    assert letter.paragraphs == ["Bonjour,", "L'édition 1 : Indicateurs revus."]
    assert letter.measures == ["Hébergement spécialisé"]
    assert letter.decisions.endswith("/decisions?edition=1")
    assert SECRET not in mail.parameters


def test_link_opens_the_space_of_the_respondent(session, app, client, opened, organiser):
    speak(session, opened)
    publish(session, organiser)
    close(session, opened)
    send(session, app, make_announcement(session, opened))

    (letter,) = letters(session)
    (link,) = letter.spaces
    page = client.post(link.removeprefix(app.config["BASE_URL"]), follow_redirects=True)
    assert "1 décision est publiée sur ce que vous avez dit." in page.text.replace("\xa0", " ")


@pytest.mark.parametrize(
    "values",
    [
        {"consent_contact": False},
        {"address": None},
        {"code": "T4.1"},
        {"code": "T7.2"},
        {"withdrawn_at": EARLIER},
        {"consent_contact": False, "channel": Channel.MAIL},
        {"erased_at": EARLIER},
    ],
)
def test_who_gets_no_mail(session, app, opened, organiser, values):
    speak(session, opened, "autre@exemple.fr")
    speak(session, opened, **values)
    publish(session, organiser)
    close(session, opened)

    sent = send(session, app, make_announcement(session, opened))
    assert [it.recipient for it in sent] == ["autre@exemple.fr"]
    assert states(session) == ["queued"]


def test_who_answered_after_the_edition_gets_no_mail(session, app, opened, organiser):
    publish(session, organiser)
    speak(session, opened, at=now())
    close(session, opened)

    with pytest.raises(StepRefused, match="Personne à qui écrire"):
        start(session, make_announcement(session, opened))


def test_whose_response_was_set_aside_gets_no_mail(session, app, opened, organiser):
    respondent_id = speak(session, opened)
    publish(session, organiser)
    close(session, opened)
    response_id = session.scalar(
        sa.select(Response.id).where(Response.respondent_id == respondent_id)
    )
    session.add(
        ResponseSetAside(
            response_id=response_id,
            reason=AsideReason.TEST,
            set_aside_at=now(),
            account_id=organiser.id,
        )
    )
    session.commit()

    with pytest.raises(StepRefused, match="Personne à qui écrire"):
        start(session, make_announcement(session, opened))


def test_who_came_by_mail_and_confirmed_it_is_told_the_same_way(session, app, opened, organiser):
    speak(
        session,
        opened,
        answers={"suggestions": SECRET},
        consent_contact=False,
        channel=Channel.MAIL,
        standing=Standing.CONFIRMED,
    )
    publish(session, organiser)
    close(session, opened)

    (mail,) = send(session, app, make_announcement(session, opened))
    assert mail.recipient == "ada@exemple.fr"


def test_respondent_on_a_measure_is_told_of_what_is_missing(session, app, opened, organiser):
    speak(session, opened, answers={"suggestions": SECRET})
    missing = make_decision(
        session,
        organiser,
        Subject(session.scalars(sa.select(Measure).where(Measure.code == "T7")).one()),
        outcome=DecisionOutcome.KEPT,
        subject={"fr": "Budget"},
    )
    make_edition(session, organiser, missing)
    close(session, opened)

    assert len(send(session, app, make_announcement(session, opened))) == 1


def test_mailbox_gets_one_mail_for_all_who_share_it(session, app, opened, organiser):

    speak(session, opened, "Ada@exemple.fr", "T4.1")
    speak(session, opened, "ada@exemple.fr", "T7.1")
    publish(session, organiser, "T4.1", "T7.1")
    close(session, opened)

    (mail,) = send(session, app, make_announcement(session, opened))

    (letter,) = letters(session)
    assert states(session) == ["same_mailbox", "queued"]
    assert letter.measures == ["Accès à l'emploi", "Hébergement spécialisé"]
    assert len(set(letter.spaces)) == 2
    assert mail.recipient == "ada@exemple.fr"


def test_second_mailing_of_an_edition_writes_to_nobody_twice(session, app, opened, organiser):
    speak(session, opened)
    publish(session, organiser)
    close(session, opened)
    send(session, app, make_announcement(session, opened))
    again = make_announcement(session, opened)
    assert respondents.Respondents().counts(session, again) == (1, 0)

    assert len(send(session, app, again)) == 1
    assert states(session) == ["queued", "notified"]
    publish(session, organiser)
    assert len(send(session, app, make_announcement(session, opened, 2))) == 2


def test_respondents_whose_mail_stayed_here_are_given_back(session, app, opened, organiser):
    for address in ("ada@exemple.fr", "zoe@exemple.fr"):
        speak(session, opened, address)
    publish(session, organiser)
    close(session, opened)
    mailing = make_announcement(session, opened)
    send(session, app, mailing)
    session.execute(sa.update(OutboxMessage).values(next_attempt_at=now()))
    session.commit()
    loop.deliver(session, app.config)

    with writing(session):
        work = Work(session, ORGANISER, now())
        count = lifecycle.give_back(work, session.get_one(Mailing, mailing.id))

    assert (count, states(session)) == (2, [])
    assert {(it.status, it.recipient) for it in messages(session)} == {
        (MessageStatus.SUPPRESSED, None)
    }
    again = make_announcement(session, opened)
    assert respondents.Respondents().counts(session, again) == (2, 2)


def test_nothing_leaves_before_the_round_is_closed_unless_asked_for(
    session, app, opened, organiser
):
    speak(session, opened)
    publish(session, organiser)
    mailing = make_announcement(session, opened)

    with pytest.raises(StepRefused, match="n'est pas fermé"):
        start(session, mailing)
    session.rollback()
    early = make_announcement(session, opened, early=True)

    assert len(send(session, app, early)) == 1


def test_mailing_pauses_when_its_round_opens_again(session, app, opened, organiser):
    speak(session, opened)
    publish(session, organiser)
    close(session, opened)
    mailing = make_announcement(session, opened)
    start(session, mailing)
    session.execute(sa.update(Round).values(closes_at=now() + timedelta(days=2)))
    session.commit()

    send_due(session, app)
    assert (state_of(session, mailing), messages(session)) == (MailingState.PAUSED, [])
    again = session.get_one(Mailing, mailing.id)
    with pytest.raises(StepRefused, match="n'est pas fermé"), writing(session):
        lifecycle.resume(Work(session, ORGANISER, now()), again, WITH_SERVER)


def started(session, opened, organiser, **values):
    """A mailing to one respondent that has just started."""
    respondent_id = speak(session, opened, **values)
    publish(session, organiser)
    close(session, opened)
    start(session, make_announcement(session, opened))
    return session.get_one(Respondent, respondent_id)


def test_who_is_erased_after_the_start_gets_no_mail(session, app, opened, organiser):
    respondent = started(session, opened, organiser)
    with writing(session):
        erasure.erase(session, respondent.id, Wish(), now(), home=app.config["HOME"])

    send_all(session, app)
    assert (states(session), messages(session)) == (["erased"], [])
    assert session.scalars(sa.select(AnnouncementRecipient.mailbox_index)).all() == [None]


def test_queued_mail_of_erased_person_is_cancelled_and_blanked(session, app, opened, organiser):
    respondent = started(session, opened, organiser)
    send_all(session, app)
    with writing(session):
        erasure.erase(session, respondent.id, Wish(), now(), home=app.config["HOME"])

    (mail,) = messages(session)
    assert (mail.status, mail.recipient, mail.parameters) == (MessageStatus.SUPPRESSED, None, None)
    assert session.scalars(sa.select(AnnouncementRecipient.mailbox_index)).all() == [None]


def test_who_withdraws_after_the_start_gets_no_mail(session, app, opened, organiser):
    started(session, opened, organiser)
    session.execute(sa.update(Response).values(withdrawn_at=now()))
    session.commit()

    send_all(session, app)
    assert (states(session), messages(session)) == (["withdrawn"], [])


def test_who_no_longer_agrees_after_the_start_gets_no_mail(session, app, opened, organiser):
    respondent = started(session, opened, organiser)
    respondent.consent_contact = False
    session.commit()

    send_all(session, app)
    assert (states(session), messages(session)) == (["refuses"], [])


def test_who_takes_their_address_back_after_the_start_gets_no_mail(session, app, opened, organiser):
    started(session, opened, organiser)
    session.execute(sa.delete(Contact))
    session.commit()

    send_all(session, app)
    assert (states(session), messages(session)) == (["refuses"], [])


def test_who_wants_no_mail_gets_none(session, app, opened, organiser):
    started(session, opened, organiser)
    with writing(session):
        suppression.suppress_address(
            session, "ada@exemple.fr", SuppressionReason.UNSUBSCRIBED, now()
        )

    send_all(session, app)
    assert (states(session), messages(session)) == (["suppressed"], [])
    assert respondents.Respondents().counts(session, session.scalars(sa.select(Mailing)).one()) == (
        1,
        0,
    )


def test_new_address_after_the_start_is_the_one_written_to(session, app, opened, organiser):
    started(session, opened, organiser)
    contact = session.scalars(sa.select(Contact)).one()
    contact.address = "nouvelle@exemple.fr"
    session.commit()

    send_all(session, app)
    assert [it.recipient for it in messages(session)] == ["nouvelle@exemple.fr"]


def test_mails_leave_at_the_pace_and_stop_at_a_pause(session, app, opened, organiser):
    for number in range(4):
        speak(session, opened, f"personne{number}@exemple.fr")
    publish(session, organiser)
    close(session, opened)
    mailing = make_announcement(session, opened, pace=60)
    with time_machine.travel(now(), tick=False) as clock:
        start(session, mailing)
        counts = []
        for _ in range(3):
            send_due(session, app)
            counts.append(len(messages(session)))
            clock.shift(timedelta(minutes=1))
        with writing(session):
            lifecycle.pause(Work(session, ORGANISER), mailing)
        clock.shift(timedelta(hours=1))
        send_due(session, app)

    assert (counts, len(messages(session))) == ([1, 2, 3], 3)


def test_mails_are_in_the_language_of_who_reads_them(session, app, opened, organiser):
    speak(session, opened, locale="en")
    speak(session, opened, "jean@exemple.fr")
    publish(session, organiser)
    close(session, opened)
    english = {"subject_en": "What became", "body_en": "Edition {{numero}}."}

    send(session, app, make_announcement(session, opened, **english))

    by_locale = {
        it.locale: letter for it, letter in zip(messages(session), letters(session), strict=True)
    }
    assert by_locale["en"].subject == "What became"
    assert "/en/contributions/ouvrir/" in by_locale["en"].spaces[0]
    assert "/en/decisions?edition=1" in by_locale["en"].decisions
    assert by_locale["fr"].subject == "Suites de l'édition 1"


def test_who_gets_no_mail_is_counted_for_the_staff(session, opened, organiser):
    speak(session, opened)
    speak(session, opened, None)
    speak(session, opened, "non@exemple.fr", consent_contact=False)
    edition = publish(session, organiser)

    assert respondents.reached_by(session, edition.id) == Reached(3, 2)


def test_no_reminder_follows(session, app, opened, organiser):
    speak(session, opened)
    publish(session, organiser)
    close(session, opened)
    mailing = make_announcement(session, opened)
    send(session, app, mailing)

    with pytest.raises(StepRefused, match="n'attend pas de réponse"), writing(session):
        lifecycle.remind(Work(session, ORGANISER, now()), session.get_one(Mailing, mailing.id))
