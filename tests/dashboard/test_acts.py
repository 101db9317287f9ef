"""Two acts of the menu: the second one is folded away until the team evaluates the plan."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count

import pytest

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.dashboard import home, menu, tasks
from consultation.institutions.data_requests.models import RequestEventKind
from consultation.plan.models import Assessor, Level, MeasureStatus
from consultation.plan.overview import evaluation
from consultation.plan.workbook import writer
from consultation.plan.workbook.reader import read_plan
from consultation.questionnaires.rounds.checklist import Site
from consultation.spreadsheets.writer import Format
from consultation.work.services import Work
from consultation.worker import register_work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
)
from tests.factories import make_measure, make_round
from tests.institutions.data_requests.builders import SENT, happen, make_draft, make_request
from tests.moderation.builders import make_actor
from tests.pages import check_page
from tests.plan.pages import signed_in, text_of
from tests.plan.values.builders import make_measured_indicator
from tests.reports.builders import make_report
from tests.results.publishing_builders import publish

NUMBERS = count()
SAFE = Site(has_server=True, sender="", referent="Dominique Roy", are_keys_copied=True)
HOME, PAGE, ROUNDS = "/organisation/", "/organisation/evaluer", "/organisation/tours"
MEASUREMENT = "Type de valeur"
BEGIN, END = f"{PAGE}/commencer", f"{PAGE}/arreter"
FILLED = {
    "accounts.workspace", "accounts_staff.accounts", "records.page", "site_settings.settings",
    "site_state.page", "site_texts.site", "trail.events",
}  # fmt: skip
"""Pages of the menu that are full on a new site."""
SECOND_ACT = [it for it in menu.STAFF_MENU if it.step and it.step.act == menu.EVALUATE]


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, "lou@exemple.fr", Role.ORGANISER)


def addresses_in(app, entries):
    with app.test_request_context():
        return {app.url_for(it.endpoint) for it in entries}


def links(page):
    return set(page.get_data(as_text=True).split('href="')[1:])


def leads_to_second_act(app, page):
    first = menu.steps_of(menu.EVALUATE).values()
    linked = {it.split('"')[0] for it in links(page)}
    return sorted(addresses_in(app, first) & linked)


def test_new_site_has_the_first_act_alone_and_says_what_the_second_is(app, organiser):
    home = organiser.get(HOME)

    assert leads_to_second_act(app, home) == []
    assert f'href="{PAGE}"' in text_of(home)
    page = organiser.get(PAGE)
    check_page(text_of(page))
    assert leads_to_second_act(app, page) == []
    assert "Nous évaluons aussi le plan" in text_of(page)


def test_switch_brings_the_second_act_into_the_menu_and_takes_it_out(app, organiser):
    organiser.get(PAGE)
    organiser.post(BEGIN)
    during = organiser.get(PAGE)
    values = organiser.get("/organisation/valeurs")
    organiser.post(END)
    after = organiser.get(PAGE)

    assert len(leads_to_second_act(app, during)) == len(menu.steps_of(menu.EVALUATE))
    assert 'aria-label="Évaluer le plan"' in text_of(values)
    assert "par <bdi>lou@exemple.fr</bdi>" in text_of(during)
    assert leads_to_second_act(app, after) == []


def test_pages_of_the_second_act_open_by_their_address_all_the_same(app, organiser):
    for address in sorted(addresses_in(app, SECOND_ACT)):
        assert organiser.get(address).status_code == 200, address


def test_what_is_there_keeps_the_second_act_in_the_menu(app, session, organiser):
    measure = make_measure(session, "T7")
    session.add(
        MeasureStatus(
            measure_id=measure.id, assessed_on=date(2026, 1, 1), assessor=Assessor.STATE,
            level=Level.ENGAGED,
        )
    )  # fmt: skip
    session.commit()

    page = organiser.get(PAGE)
    organiser.post(END)

    assert "restent dans le menu" in text_of(page).replace("\n  ", " ")
    assert "L'évaluation a commencé" in text_of(organiser.get(PAGE))
    assert evaluation.is_evaluated(session())


def test_files_of_the_plan_have_columns_of_measurements_once_it_is_evaluated(session, organiser):
    make_measure(session, "T7", indicators=1)
    session.commit()

    before = [organiser.get(f"/organisation/plan/{it}/csv").text for it in ("export", "modele")]
    organiser.get(PAGE)
    organiser.post(BEGIN)
    after = [organiser.get(f"/organisation/plan/{it}/csv").text for it in ("export", "modele")]

    assert [MEASUREMENT in it for it in before] == [False, False]
    assert [MEASUREMENT in it for it in after] == [True, True]


def test_file_without_columns_of_measurements_leaves_them_as_they_are(session, organiser, tmp_path):
    make_measured_indicator(session)
    session.commit()
    draft = writer.draft_of(session)
    path = tmp_path / "plan.xlsx"
    writer.write_draft(draft, path, Format.XLSX, is_measured=False)

    (indicator,) = read_plan(path).measures[0].indicators
    assert indicator.keeps_measurement
    assert MEASUREMENT in organiser.get("/organisation/plan/export/csv").text


def test_traces_are_of_all_packages_that_evaluate(app):
    register_work(app)

    tables = {it.__tablename__ for it in evaluation._traces}
    assert tables == {
        "indicator_value", "measure_status", "data_request", "institution_reply_request",
        "report_edition",
    }  # fmt: skip


def test_chores_of_the_second_act_wait_for_it(session, organiser):
    make_measured_indicator(session)
    session.commit()
    at = datetime(2029, 1, 1, tzinfo=UTC)

    before = sentences_of(session, at)
    organiser.get(PAGE)
    organiser.post(BEGIN)
    after = sentences_of(session, at)

    assert [it for it in before if "à demander" in it] == []
    assert [it for it in after if "à demander" in it] != []


def sentences_of(session, at):
    work = Work(session(), make_actor(session, f"nour-{next(NUMBERS)}", Role.ORGANISER), at)
    return [it.sentence for it in tasks.tasks(work, None, SAFE)]


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMINISTRATOR])
def test_others_neither_see_the_switch_nor_turn_it(app, session, role):
    browser = signed_in(app, session, "ada@exemple.fr", role)

    assert browser.get(PAGE).status_code == 403
    assert browser.post(BEGIN).status_code == 403
    assert f'href="{PAGE}"' not in text_of(browser.get(HOME))


def test_steps_are_numbered_and_each_leads_to_a_page_of_its_own(app):
    for act in menu.ACTS:
        steps = menu.steps_of(act)
        assert [it.number for it in steps] == list(range(1, len(steps) + 1))
        assert len(addresses_in(app, steps.values())) == len(steps)


def test_page_shows_its_act_its_step_and_the_pages_beside_it(app, organiser):
    page = text_of(organiser.get(ROUNDS))

    assert 'aria-label="Préciser l\'outil"' in page
    assert 'aria-label="Préparer"' in page
    assert 'aria-current="page">Tours</a>' in page


def test_page_leads_on_once_what_it_is_for_is_done(app, session, organiser):
    measure, lead = make_measured_indicator(session).measure, make_organiser(session)
    round_ = make_round(session)
    session.commit()
    preview = f"/organisation/resultats/{measure.code}/apercu"
    letter = make_request(session, lead, make_draft(session, institution="La direction"))
    address = f"/organisation/demandes/{letter.public_id}"
    before = [next_steps(text_of(organiser.get(it))) for it in (preview, address)]
    publish(session, round_, measure.id)
    happen(session, lead, letter, RequestEventKind.REQUESTED, SENT)
    happen(session, lead, letter, RequestEventKind.ANSWERED, SENT)

    pages = (preview, address, f"{ROUNDS}/tour-1")
    after = [next_steps(text_of(organiser.get(it))) for it in pages]

    assert before == [[], []]
    assert after == [
        ["resultats", "preciser"],
        ["valeurs", "demandes", "reste-a-faire"],
        ["invitations", "couverture"],
    ]


def test_last_step_of_an_act_says_what_became_public_and_what_comes_next(app, session, organiser):
    lead = make_organiser(session)
    make_measured_indicator(session)
    for address in ("edition", "bilan"):
        page = text_of(organiser.get(f"/organisation/faire-savoir/{address}"))
        assert "n'est encore publié" in page
        assert "Et maintenant" not in page
    make_edition(session, lead, make_decision(session, lead, indicator_subject(session, "T7.1")))
    make_report(session, lead)

    edition = text_of(organiser.get("/organisation/faire-savoir/edition"))
    report = text_of(organiser.get("/organisation/faire-savoir/bilan"))

    assert "Personne n'en a encore été averti" in edition
    assert 'href="/organisation/invitations/messages/' in edition
    assert 'href="/bilan/1"' in report


def test_home_says_at_which_step_one_is_and_what_comes_next(session, organiser):
    make_measure(session, "T7", indicators=1)
    round_ = make_round(session, closes_at=now() + timedelta(days=30))
    session.commit()

    during = text_of(organiser.get(HOME))
    round_.opens_at, round_.closes_at = now() - timedelta(days=9), now() - timedelta(days=1)
    session.commit()
    after = text_of(organiser.get(HOME))

    assert "Vous en êtes à l'étape 2 sur 7" in during
    assert "Vous en êtes à l'étape 4 sur 7" in after
    assert "Rendre public</a>" in after.partition("À faire maintenant")[0]
    assert after.count('aria-current="step"') == 1


def test_second_act_is_where_one_is_once_nothing_of_the_first_waits(session):
    work = Work(session, make_organiser(session), now())
    judging, publishing, preparing = (
        tasks.Task("…", "…", "rounds.rounds", step=it)
        for it in (menu.JUDGE, menu.PUBLISH, menu.PREPARE)
    )

    later = home.place(work, None, [judging, publishing])
    first = home.place(work, None, [judging, preparing])

    assert (later.step, later.count, later.task) == (menu.PUBLISH, 6, publishing)
    assert (first.step, first.count) == (menu.PREPARE, 7)


@pytest.mark.parametrize(("count", "folded"), [(6, 0), (7, 1), (12, 6)])
def test_more_than_six_tasks_are_folded(app, count, folded):
    listed = [tasks.Task(f"Tâche {it}", "Voir", "rounds.rounds") for it in range(count)]
    with app.test_request_context():
        page = app.jinja_env.get_template("dashboard/_to_do.html").module.to_do(listed)

    shown, _, rest = page.partition("<details")
    assert (shown.count("<li"), rest.count("<li")) == (min(count, 6), folded)


def test_rooms_of_the_menu_are_few_on_the_first_day_and_with_the_second_act(app):
    first = [menu.PRECISE, menu.ADMINISTER]
    rooms = {act: len(menu.steps_of(act)) for act in menu.ACTS}

    assert 1 + sum(rooms[act] for act in first) <= 14  # with home
    assert 1 + sum(rooms.values()) <= 18


def silent_pages(app, browser):
    """The pages of the menu that say of nothing that it is lacking."""
    for entry in menu.STAFF_MENU:
        (address,) = addresses_in(app, [entry])
        page = browser.get(address, follow_redirects=True)
        assert page.status_code == 200, address
        check_page(page.text)
        if not re.search(r'class="[^"]*\bempty\b', page.text):
            yield entry.endpoint


def test_page_of_the_menu_says_what_comes_where_it_has_nothing(app, session):
    everybody = signed_in(app, session, "tout@exemple.fr", *Role)

    assert set(silent_pages(app, everybody)) == FILLED
    make_measure(session, "T7")
    make_round(session)
    assert set(silent_pages(app, everybody)) >= FILLED


def test_where_a_step_ends_the_next_one_is_named(app, session):
    measure = make_measure(session, "T7")
    make_round(session)
    session.commit()
    both = signed_in(app, session, "ada@exemple.fr", Role.ORGANISER, Role.MODERATOR)
    alone = signed_in(app, session, "nour@exemple.fr", Role.MODERATOR)

    read, judged = (text_of(both.get(it)) for it in ("/moderation", "/organisation/avancement"))
    session.add(
        MeasureStatus(
            measure_id=measure.id, assessed_on=date(2026, 1, 1), assessor=Assessor.STATE,
            level=Level.ENGAGED,
        )
    )  # fmt: skip
    session.commit()

    assert next_steps(read) == ["vue-d-ensemble", "resultats", "preciser"]
    assert next_steps(text_of(alone.get("/moderation"))) == []
    assert next_steps(judged) == []
    after = text_of(both.get("/organisation/avancement"))
    assert next_steps(after) == ["reponses", "bilan"]


def next_steps(page):
    listed = page.partition('<ul class="next-steps">')[2].partition("</ul>")[0]
    return re.findall(r'href="/organisation/([^"]+)"', listed)
