"""List of what is to be done: the same on each page, complete, and quiet about what is not due."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Role
from consultation.clock import Delay, now
from consultation.dashboard import tasks
from consultation.db.base import writing
from consultation.decisions import editions
from consultation.decisions.staff import board as decisions_board
from consultation.decisions.staff.board import DecisionState
from consultation.institutions.data_requests.life import Delays
from consultation.institutions.data_requests.models import RequestEventKind
from consultation.questionnaires.rounds import checklist
from consultation.questionnaires.rounds.checklist import Site
from consultation.work.services import Work
from tests.decisions.builders import indicator_subject, make_decision, make_organiser
from tests.factories import make_measure, make_round
from tests.institutions.data_requests.builders import happen
from tests.institutions.data_requests.builders import make_draft as letter_for
from tests.institutions.data_requests.builders import make_request as make_data_request
from tests.institutions.replies.builders import make_reply
from tests.institutions.replies.builders import make_request as ask_institution
from tests.moderation.builders import make_actor
from tests.pages import check_page
from tests.plan.pages import signed_in, text_of
from tests.plan.values.builders import make_measured_indicator, make_value, publish_values
from tests.reports.builders import make_draft
from tests.results.publishing_builders import publish

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
    browser = signed_in(app, session, "ada@exemple.fr", Role.MODERATOR)

    page = browser.get("/organisation/")

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


def test_letter_without_answer_waits_while_one_may_turn_to_the_cada(app, session):
    organiser = make_organiser(session)
    make_measured_indicator(session)
    make_data_request(session, organiser, letter_for(session), sent=date(2026, 3, 2))
    delays = Delays(silence=Delay(months=1), referral=Delay(months=2))

    def waits(on):
        work = Work(session, organiser, datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
        says = [it.sentence for it in tasks.tasks(work, None, SAFE, delays)]
        return "1 demande peut aller à la CADA" in says

    days = [date(2026, 4, 1), date(2026, 4, 2), date(2026, 6, 2), date(2026, 6, 3)]
    assert [waits(on) for on in days] == [False, True, True, False]


def test_letter_without_answer_is_to_note_after_thirty_days(session):
    organiser = make_organiser(session)
    make_measured_indicator(session)
    letter = make_data_request(session, organiser, letter_for(session), sent=date(2026, 3, 2))

    def waits(on):
        work = Work(session, organiser, datetime(on.year, on.month, on.day, 12, tzinfo=UTC))
        says = [it.sentence for it in tasks.tasks(work, None, SAFE)]
        return "1 lettre n’a pas eu de réponse en 30 jours" in says

    before, after = waits(date(2026, 3, 31)), waits(date(2026, 4, 1))
    happen(session, organiser, letter, RequestEventKind.NO_ANSWER, date(2026, 4, 1))

    assert [before, after] == [False, True]
    assert not waits(date(2026, 4, 2))


def test_edition_in_preparation_is_to_publish_rather_than_its_decisions(session):
    organiser = make_organiser(session)
    make_measure(session, "T7", indicators=1)
    session.commit()
    decision = make_decision(session, organiser, indicator_subject(session))
    before = sentences(session, organiser)
    with writing(session):
        work = Work(session, organiser, now())
        editions.prepare(work, {"fr": "Version révisée"}, None, [decision.id], None)

    after = sentences(session, organiser)

    assert "1 décision attend une édition" in before
    assert "Une édition est commencée" in after
    assert "1 décision attend une édition" not in after


def test_copy_of_the_contributions_is_asked_for_until_one_is_taken_after_the_end(session, opened):
    organiser, after = make_organiser(session), opened.closes_at + timedelta(hours=1)
    says = "Garder une copie des contributions"
    with writing(session):
        audit_log.record(session(), None, "export_made", at=opened.closes_at - timedelta(hours=1))
    before = sentences(session, organiser, opened, after)
    with writing(session):
        audit_log.record(session(), None, "export_made", at=after)

    assert says in before
    assert says not in sentences(session, organiser, opened, after)


def test_second_round_is_to_make_public_though_the_first_is(session, opened):
    organiser = make_organiser(session)
    publish(session, opened)
    second = make_round(session, code="tour-2", closes_at=now() + timedelta(days=40))
    session.commit()
    says = "Le tour est fermé, et rien n'en est encore public"

    assert says not in sentences(session, organiser, opened, opened.closes_at + timedelta(hours=1))
    assert says in sentences(session, organiser, second, second.closes_at + timedelta(hours=1))


def test_indicators_to_decide_are_those_of_the_board(session, opened):
    organiser = make_organiser(session)
    make_measure(session, "T10", indicators=2)  # of which the round asks nothing
    session.commit()
    work = Work(session, organiser, opened.closes_at + timedelta(hours=1))
    rows = decisions_board.board(work, opened)
    undecided = [it for it in rows if it.state is DecisionState.UNDECIDED]

    count = decisions_board.undecided_count(session(), opened)

    assert count == len([it for it in undecided if it.summary])


@pytest.mark.parametrize("worked_on", [None, "opened"])
def test_administrator_is_asked_for_what_only_an_administrator_settles(
    session, opened, request, worked_on
):
    administrator = make_actor(session, "ada", Role.ADMINISTRATOR)
    bare = replace(SAFE, referent="", are_keys_copied=False)
    round_ = request.getfixturevalue(worked_on) if worked_on else None
    every = tasks.tasks(Work(session, administrator, now()), round_, bare)

    task = next(it for it in every if "à régler" in it.sentence)

    assert task.endpoint == "site_state.page"
    assert task.sentence == (
        "3 points restent à régler : la personne à prévenir d'un danger, la copie des clés,"
        " une deuxième personne qui administre"
    )


def test_organiser_is_asked_for_what_an_organiser_settles(session, opened):
    organiser = make_organiser(session)
    bare = replace(SAFE, referent="", are_keys_copied=False)
    every = tasks.tasks(Work(session, organiser, now()), opened, bare)

    (task,) = [it for it in every if "à régler" in it.sentence]

    assert task.endpoint == "rounds.round_page"
    assert task.sentence == (
        "2 points restent à régler : ce que le site dit du collectif,"
        " la vérification en deux étapes"
    )


def points_of(page):
    """The points that stand on a page, each with what may be done about it."""
    section = text_of(page).partition('id="left-title"')[2].partition("</section>")[0]
    points = re.findall(r"<h3>(.*?) <span.*?</h3>(.*?)</li>", section, re.DOTALL)
    return {label: "Mettre de côté, avec une raison" in rest for label, rest in points}


def test_state_of_the_site_has_the_points_to_which_the_home_of_an_administrator_leads(
    app, session, opened
):
    alone = signed_in(app, session, "ada@exemple.fr", Role.ADMINISTRATOR)
    every = {"La copie des clés", "Une deuxième personne qui administre"}

    home, state = alone.get("/organisation/"), alone.get(STATE)
    check_page(state.text)
    both = signed_in(app, session, "lou@exemple.fr", Role.ADMINISTRATOR, Role.ORGANISER)
    after, round_page = both.get(STATE), both.get(ROUND)

    assert f'href="{STATE}#left-title"' in home.text
    assert set(points_of(state)) >= every
    assert not any(points_of(state).values())
    assert points_of(after)["La copie des clés"]
    assert "Une deuxième personne qui administre" not in points_of(after)
    assert set(points_of(after)) == set(points_of(round_page))


def test_point_put_aside_before_a_round_is_announced_asks_nothing_of_administrators(session):
    organiser, administrator = (
        make_organiser(session), make_actor(session, "ada", Role.ADMINISTRATOR)
    )  # fmt: skip
    prepared = make_round(session, opens_at=now() + timedelta(days=5))
    session.commit()
    bare = replace(SAFE, are_keys_copied=False)

    def left():
        every = tasks.tasks(Work(session, administrator, now()), None, bare)
        return next((it.sentence for it in every if "à régler" in it.sentence), "")

    before = left()
    with writing(session):
        checklist.put_aside(
            Work(session, organiser, now()), prepared, "keys", "Elles sont à la banque"
        )

    assert "la copie des clés" in before
    assert "la copie des clés" not in left()


def test_round_that_is_not_open_yet_says_how_many_points_are_left(session):
    organiser = make_organiser(session)
    prepared = make_round(session, opens_at=now() + timedelta(days=5))
    session.commit()

    says = sentences(session, organiser, prepared)

    left = checklist.open_points(checklist.checklist(session(), prepared, SAFE))
    assert f"Le tour n'est pas encore ouvert : {len(left)} points restent à régler" in says
    assert len([it for it in says if "à régler" in it]) == 1


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
