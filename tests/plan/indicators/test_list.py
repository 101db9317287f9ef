"""Several indicators of the plan at once: preview, undo, refusals."""

import re

import pytest
import sqlalchemy as sa

from consultation.accounts.audit.labels import detail_lines
from consultation.accounts.models import AuditEvent, Role
from consultation.plan.apply import apply
from consultation.plan.workbook import writer
from consultation.questionnaires.models import Questionnaire
from tests.factories import make_round
from tests.pages import visible_text
from tests.plan.builders import AT, make_draft, make_indicator_draft, make_measure_draft
from tests.plan.pages import signed_in, text_of

ROOM = "/organisation/plan/indicateurs"
UNDO = "/organisation/plan/annuler-indicateurs"
PLAN = {"1": ["1.1", "1.2", "1.3"], "2": ["2.1"], "3": []}


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def plan(session):
    draft = make_draft(
        make_measure_draft("1", *map(make_indicator_draft, PLAN["1"])),
        make_measure_draft("2", make_indicator_draft("2.1"), title="Informer"),
        make_measure_draft("3", title="Coopérer", axis="B"),
    )
    apply(session, draft, AT)
    session.commit()


@pytest.fixture
def organiser(app, session, plan):
    return signed_in(app, session, "lou@association.fr", Role.ORGANISER)


def places(session):
    session.rollback()
    session.expire_all()
    draft = writer.draft_of(session)
    return {it.code: [indicator.code for indicator in it.indicators] for it in draft.measures}


def ask(browser, act, codes, query="", **fields):
    browser.get(f"{ROOM}{query}")
    return browser.post(f"{ROOM}{query}", fields | {"geste": act, "indicateur": codes})


def confirm(browser, page, address=ROOM):
    """Press « Confirmer », with all that the page of the preview holds."""
    fields = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text_of(page)):
        fields.setdefault(name, []).append(value)
    return browser.post(address, fields)


def test_preview_changes_nothing_though_no_round_is_open(organiser, session):
    page = ask(organiser, "retirer", ["1.1", "1.3"])

    assert "Retirer 2 indicateurs" in text_of(page)
    assert places(session) == PLAN


def test_indicators_are_retired_and_the_act_is_undone_in_their_places(organiser, session):
    confirm(organiser, ask(organiser, "retirer", ["1.1", "1.3"]))
    assert places(session) == {"1": ["1.2"], "2": ["2.1"], "3": []}

    assert "Annuler ce changement" in text_of(organiser.get(ROOM))
    organiser.post(UNDO, {})

    assert places(session) == PLAN
    assert "Annuler ce changement" not in text_of(organiser.get(ROOM))


def test_indicators_move_to_another_measure_and_back(organiser, session):
    page = ask(organiser, "deplacer", ["2.1", "1.2"], vers="3")
    assert "Déplacer 2 indicateurs vers la mesure « 3 »" in text_of(page)
    confirm(organiser, page)
    assert places(session) == {"1": ["1.1", "1.3"], "2": [], "3": ["1.2", "2.1"]}

    organiser.post(UNDO, {})

    assert places(session) == PLAN


def test_indicator_that_is_there_already_keeps_its_place(organiser, session):
    confirm(organiser, ask(organiser, "deplacer", ["1.1", "2.1"], vers="1"))

    assert places(session) == {"1": ["1.1", "1.2", "1.3", "2.1"], "2": [], "3": []}


def test_retired_indicators_are_brought_back_and_retired_again(organiser, session):
    confirm(organiser, ask(organiser, "retirer", ["1.1", "2.1"]))
    listed = text_of(organiser.get(f"{ROOM}?etat=retires"))
    assert re.findall(r'name="indicateur" value="([^"]+)"', listed) == ["1.1", "2.1"]

    confirm(organiser, ask(organiser, "remettre", ["1.1", "2.1"], "?etat=retires"))
    assert places(session) == {"1": ["1.2", "1.3", "1.1"], "2": ["2.1"], "3": []}
    organiser.post(UNDO, {})

    assert places(session) == {"1": ["1.2", "1.3"], "2": [], "3": []}


def test_preview_names_the_forms_of_the_open_round_that_change(organiser, session):
    make_round(session)
    session.commit()

    page = ask(organiser, "deplacer", ["1.1"], vers="2")

    before = session.scalar(sa.select(sa.func.count(Questionnaire.id)))
    assert "2 formulaires renouvelés" in visible_text(page)
    confirm(organiser, page)
    assert session.scalar(sa.select(sa.func.count(Questionnaire.id))) == before + 2


def test_undo_is_gone_once_the_plan_changed_otherwise(organiser, session):
    confirm(organiser, ask(organiser, "retirer", ["1.1"]))
    organiser.post("/organisation/plan/ordre", {"measure_down": "1"})

    assert "Annuler ce changement" not in text_of(organiser.get(ROOM))
    organiser.post(UNDO, {})

    assert "1.1" not in places(session)["1"]


def test_undo_is_for_who_did_it(app, organiser, session):
    confirm(organiser, ask(organiser, "retirer", ["1.1"]))
    other = signed_in(app, session, "zoe@association.fr", Role.ORGANISER)

    other.get(ROOM)
    other.post(UNDO, {})

    assert "1.1" not in places(session)["1"]


def test_plan_that_changed_since_the_preview_is_shown_anew(organiser, session):
    page = ask(organiser, "retirer", ["1.1"])
    organiser.post("/organisation/plan/ordre", {"measure_down": "1"})

    again = confirm(organiser, page)

    assert again.status_code == 409
    assert "1.1" in places(session)["1"]


@pytest.mark.parametrize(
    ("act", "codes", "fields", "anchor"),
    [
        ("retirer", [], {}, "indicateurs-error"),
        ("deplacer", ["1.1"], {}, "vers-error"),
        ("deplacer", ["1.1"], {"vers": "9"}, "vers-error"),
    ],
)
def test_refused_act_is_told_at_its_field_and_keeps_the_ticks(
    organiser, session, act, codes, fields, anchor
):
    page = ask(organiser, act, codes, **fields)

    assert page.status_code == 422
    assert f'id="{anchor}"' in text_of(page)
    assert re.findall(r'name="indicateur" value="([^"]+)" checked', text_of(page)) == codes


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("?q=1.2", ["1.2"]),
        ("?mesure=2", ["2.1"]),
        ("?axe=B", []),
        ("?axe=A&q=.1", ["1.1", "2.1"]),
    ],
)
def test_list_is_reduced_to_what_the_address_asks_for(organiser, query, codes):
    page = text_of(organiser.get(f"{ROOM}{query}"))

    assert re.findall(r'name="indicateur" value="([^"]+)"', page) == codes


def test_act_is_logged_with_its_indicators(organiser, session):
    confirm(organiser, ask(organiser, "retirer", ["1.1", "1.3"]))

    event = session.scalars(sa.select(AuditEvent).filter_by(action="plan_changed")).one()
    assert detail_lines(event.details) == [
        "indicateurs : 1.1, 1.3", "quoi : plusieurs indicateurs retirés"
    ]  # fmt: skip


def test_plan_and_measure_lead_to_the_list(organiser):
    assert "Tous les indicateurs" in visible_text(organiser.get("/organisation/plan"))
    page = visible_text(organiser.get("/organisation/plan/mesures/1"))
    assert "Retirer ou déplacer plusieurs indicateurs" in page
