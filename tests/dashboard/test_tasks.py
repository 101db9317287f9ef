"""List of what is to be done: the same on each page, complete, and quiet about what is not due."""

import re
from datetime import timedelta

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.dashboard import tasks
from consultation.questionnaires.rounds.checklist import Site
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.factories import make_measure, make_round
from tests.institutions.data_requests.builders import make_draft as letter_for
from tests.institutions.data_requests.builders import make_request as make_data_request
from tests.institutions.replies.builders import make_reply
from tests.institutions.replies.builders import make_request as ask_institution
from tests.moderation.builders import make_actor
from tests.pages import check_page
from tests.plan.pages import signed_in, text_of
from tests.plan.values.builders import make_measured_indicator, make_value, publish_values
from tests.reports.builders import make_draft

SAFE = Site(has_server=True, sender="", referent="Dominique Roy", are_keys_copied=True)
ROUND, STATE = "/organisation/tours/tour-1", "/administration/etat"


@pytest.fixture
def opened(session):
    make_measure(session, "T9", indicators=1)
    opened = make_round(session, closes_at=now() + timedelta(days=20))
    session.commit()
    return opened


def sentences(session, actor, worked_on=None, at=None):
    return [it.sentence for it in tasks.tasks(Work(session, actor, at or now()), worked_on, SAFE)]


def listed(page):
    """The sentences of the list on a page, and of the step above it that is part of it."""
    text = text_of(page)
    section = text.partition('id="today-title"')[2].partition("</section>")[0]
    step = text.partition('id="place-title"')[2].partition("</section>")[0]
    return {*re.findall(r"<span>(.*?)</span>", section), *re.findall(r"<p>(.*?)\.</p>", step)}


def test_each_page_has_the_same_list_but_what_leads_to_itself(app, session, opened):
    browser = signed_in(app, session, "lou@exemple.fr", Role.ORGANISER, Role.ADMINISTRATOR)

    home, of_round, state = (listed(browser.get(it)) for it in ("/organisation/", ROUND, STATE))

    points = {it for it in home if "à régler" in it}
    backup = {it for it in home if "sauvegarde" in it}
    assert points
    assert backup
    assert home - points == of_round
    assert home - backup == state


def test_pages_with_the_list_are_whole_when_nothing_waits(app, session, opened):
    browser = signed_in(app, session, "ada@exemple.fr", Role.ADMINISTRATOR)

    page = browser.get(STATE)

    check_page(text_of(page))
    assert "Rien ne vous attend pour le moment." in text_of(page)


def test_values_are_to_publish_until_each_is(session):
    organiser = make_organiser(session)
    indicator = make_measured_indicator(session)
    first = make_value(session, organiser, indicator)
    second = make_value(session, organiser, indicator, 150.0, source="Un autre rapport")

    before = sentences(session, organiser)
    publish_values(session, organiser, first)
    between = sentences(session, organiser)
    publish_values(session, organiser, second)

    assert "2 valeurs ne sont pas publiques" in before
    assert "1 valeur n’est pas publique" in between
    assert not [it for it in sentences(session, organiser) if "publique" in it]


def test_letter_that_has_not_left_waits(app, session):
    organiser = make_organiser(session)
    make_measured_indicator(session)
    make_data_request(session, organiser, letter_for(session))
    before = sentences(session, organiser)
    other = letter_for(session, institution="Une autre")
    make_data_request(session, organiser, other, note="partie")

    assert "1 demande de chiffres n’est pas partie" in before
    assert "2 demandes ne sont pas parties" in sentences(session, organiser)


def test_reply_is_to_read_when_it_arrives_and_to_publish_once_its_term_is_over(app, session):
    organiser = make_organiser(session)
    make_measure(session, "T7", indicators=1)
    session.commit()
    row = ask_institution(session, app, organiser)
    asked = sentences(session, organiser)
    make_reply(session, row)

    arrived = sentences(session, organiser)
    over = sentences(session, organiser, at=now() + timedelta(days=30))

    assert not [it for it in asked if "institution" in it]
    assert "1 institution a répondu avant la date demandée" in arrived
    assert "1 réponse d’institution à publier" in over
    assert not [it for it in over if "a répondu" in it]


def test_report_in_preparation_is_to_publish(session):
    organiser = make_organiser(session)
    make_measured_indicator(session)
    make_draft(session, organiser)

    assert "Un bilan est commencé" in sentences(session, organiser)


def test_second_act_asks_nothing_of_who_may_not_do_it(app, session):
    organiser = make_organiser(session)
    make_value(session, organiser, make_measured_indicator(session))
    make_draft(session, organiser)
    moderator = make_actor(session, "ada", Role.MODERATOR)

    assert sentences(session, moderator) == []


@pytest.mark.parametrize(("days", "is_missed"), [(2, False), (8, True)])
def test_nobody_is_missed_before_a_fourth_of_the_round_is_over(session, days, is_missed):
    make_measure(session, "T7", indicators=1)
    opens_at = now()
    opened = make_round(session, opens_at=opens_at, closes_at=opens_at + timedelta(days=28))
    organiser = make_organiser(session)

    found = sentences(session, organiser, opened, opens_at + timedelta(days=days))

    assert any("jamais entendue" in it for it in found) is is_missed
