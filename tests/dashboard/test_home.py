"""Home page of the staff: setting up, then what is to be done and the round's calendar."""

from datetime import timedelta
from itertools import count

import pytest

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.dashboard import home, tasks
from consultation.db.base import writing
from consultation.mail import outbox_actions
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.operations import readiness
from consultation.operations.keys import verification
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import checklist
from consultation.questionnaires.rounds.checklist import Site
from consultation.server import run
from consultation.work.services import Work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
)
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.moderation.builders import make_actor, make_text
from tests.plan.pages import signed_in, text_of

HOME = "/organisation/"
NUMBERS = count()


@pytest.fixture
def opened(session):
    make_measure(session, "T7", indicators=1)
    return make_round(session, closes_at=now() + timedelta(days=20))


SAFE = Site(has_server=True, sender="", referent="Dominique Roy", are_keys_copied=True)


def sentences(session, roles, worked_on, at=None, site=SAFE):
    actor = make_actor(session, f"nour-{next(NUMBERS)}", *roles)
    return [it.sentence for it in tasks.tasks(Work(session(), actor, at or now()), worked_on, site)]


def test_new_site_leads_its_organiser_through_a_checklist(app, session):
    run.prepare(session(), now(), is_local=True)
    page = text_of(signed_in(app, session, "lou@association.fr", Role.ORGANISER).get(HOME))

    assert 'id="setup-title"' in page
    for label in (
        "Le plan", "Une réponse d'essai", "La copie des clés", "Une deuxième personne",
        "La personne à prévenir d'un danger",
    ):  # fmt: skip
        assert label in page


def test_trial_answer_second_person_and_copied_keys_are_ticked(app, session):
    def done():
        site = readiness.site_of(session(), app.config)
        return {it.name: it.is_done for it in checklist.checklist(session(), trial, site)}

    trial = run.prepare(session(), now(), is_local=True)
    before = done()
    respond(session, trial, "T1")
    session.commit()
    make_actor(session, "ada", Role.ADMINISTRATOR)
    make_actor(session, "nour", Role.ADMINISTRATOR)
    verification.confirm(session(), app.config["KEYS_DIR"], now())
    session.commit()

    after = done()

    assert [it for it in after if after[it] != before[it]] == ["trial", "keys", "team"]


def test_checklist_goes_with_the_first_real_opening(app, session, opened):
    session.commit()
    page = text_of(signed_in(app, session, "lou@association.fr", Role.ORGANISER).get(HOME))

    assert 'id="setup-title"' not in page
    assert "À faire maintenant" in page


def test_moderator_has_texts_to_do_and_no_round_to_set_up(app, session):
    run.prepare(session(), now(), is_local=True)
    page = text_of(signed_in(app, session, "ada@exemple.fr", Role.MODERATOR).get(HOME))

    assert 'id="setup-title"' not in page
    assert "Rien ne vous attend" in page


def test_each_role_has_its_own_tasks(session, opened):
    make_text(session, opened, "Un")
    outbox_actions.enqueue_test(session(), "a@exemple.fr", now())
    session.query(OutboxMessage).one().status = MessageStatus.UNDELIVERABLE
    session.commit()

    assert sentences(session, [Role.MODERATOR], opened) == ["1 texte à relire"]
    organiser = sentences(session, [Role.ORGANISER], opened)
    assert any("jamais entendue" in it for it in organiser)
    left = "une deuxième personne qui administre, la vérification en deux étapes"
    assert sentences(session, [Role.ADMINISTRATOR], opened) == [
        f"2 points restent à régler : {left}",
        "1 courriel n’a pas pu partir",
        "Aucune sauvegarde n'a encore été faite",
    ]


@pytest.mark.parametrize(("days", "is_told"), [(2, False), (3, True), (9, True)])
def test_old_backup_is_told_with_its_age(session, opened, days, is_told):
    with writing(session()):
        audit_log.record(session(), None, "backup_made", at=now() - timedelta(days=days, hours=1))

    said = sentences(session, [Role.ADMINISTRATOR], opened)

    assert (f"La dernière sauvegarde a {days} jours" in said) is is_told


def test_end_of_a_round_is_told_a_week_ahead_and_what_follows_it(session, opened):
    ahead = opened.closes_at - timedelta(days=3)
    assert "Le tour ferme dans 4 jours" in sentences(session, [Role.ORGANISER], opened, ahead)

    after = sentences(session, [Role.ORGANISER], opened, opened.closes_at + timedelta(hours=1))

    assert "Le tour est fermé, et rien n'en est encore public" in after
    assert "Garder une copie des contributions" in after


def test_calendar_has_its_moments_in_order_with_the_present_among_them(session, opened):
    moments = home.calendar(session(), opened, now())

    assert [it.label for it in moments] == ["Ouverture", "On en est ici", "Fermeture"]
    assert [it.is_past for it in moments] == [True, True, False]


def test_calendar_of_an_announced_round_begins_with_its_announcement(session):
    announced = Round(
        code="tour-2",
        title={"fr": "Deuxième"},
        opens_at=now() + timedelta(days=5),
        closes_at=now() + timedelta(days=9),
        announced_at=now() - timedelta(days=1),
    )
    session.add(announced)
    session.commit()

    labels = [it.label for it in home.calendar(session(), announced, now())]

    assert labels == ["Annonce", "On en est ici", "Ouverture", "Fermeture"]


def test_closed_round_asks_for_decisions_and_decisions_for_an_edition(session, opened):
    session.commit()
    at = opened.closes_at + timedelta(hours=1)
    assert "1 indicateur à décider" in sentences(session, [Role.ORGANISER], opened, at)
    organiser = make_organiser(session)
    decision = make_decision(session, organiser, indicator_subject(session, "T7.1"))

    after = sentences(session, [Role.ORGANISER], opened, at)
    assert not [it for it in after if "à décider" in it]
    assert "1 décision attend une édition" in after
    make_edition(session, organiser, decision)
    after = sentences(session, [Role.ORGANISER], opened, at)
    assert not [it for it in after if "attend une édition" in it]


def test_open_round_lists_what_its_safety_lacks_until_it_is_done_or_put_aside(session, opened):
    session.commit()
    unsafe = Site(has_server=True, sender="", referent="", are_keys_copied=True)
    organiser = make_organiser(session)

    before = sentences(session, [Role.ADMINISTRATOR], opened, site=unsafe)
    done = sentences(session, [Role.ADMINISTRATOR], opened)
    with writing(session()):
        checklist.put_aside(
            Work(session(), organiser, now()), opened, "referent", "Désignée demain."
        )
    after = sentences(session, [Role.ADMINISTRATOR], opened, site=unsafe)

    lacking = "la personne à prévenir d'un danger"
    assert [any(lacking in it for it in listed) for listed in (before, done, after)] == [
        True, False, False,
    ]  # fmt: skip
    assert any("la vérification en deux étapes" in it for it in after)
