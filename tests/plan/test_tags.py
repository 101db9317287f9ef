"""Tags of measures: given in a file or on screen, ticked by who looks for their measures."""

import re
from html import unescape

import pytest

from consultation.accounts.models import Role
from consultation.plan.apply import apply
from consultation.plan.models import Measure
from consultation.plan.queries import measures, whole_measures
from consultation.plan.seed import load_shipped
from consultation.plan.tags import all_tags, tags_of
from consultation.plan.workbook.reader import read_plan
from consultation.plan.workbook.writer import draft_of
from tests.pages import visible_text
from tests.plan.builders import (
    AT,
    INDICATOR_HEADERS,
    MEASURE_HEADERS,
    MEASURE_ROW,
    changed,
    make_draft,
    make_measure_draft,
    write_plan,
    write_sheets,
)
from tests.plan.forms import form_in
from tests.plan.pages import signed_in

COURTS = {"fr": "Justice ; police", "en": "courts, police"}


@pytest.fixture
def plan(session):
    drafts = [
        make_measure_draft(
            "1", title="Juger", tags={"fr": "Justice ; police", "en": "courts, police"}
        ),
        make_measure_draft("2", title="Soigner", tags={"fr": "sante"}),
        make_measure_draft("3", title="Loger", axis="B", tags={"fr": "Santé,  Action   sociale,"}),
        make_measure_draft("4", title="Compter", axis="B"),
    ]
    apply(session, make_draft(*drafts), AT)
    session.commit()
    return session


def listed(client, query):
    page = client.get(f"/mesures?{query}").get_data(as_text=True)
    return [code for code in "1234" if f'href="/mesures/{code}"' in page]


def test_spellings_of_a_tag_are_one_and_english_ones_count_where_none_is_missing(plan):
    tags = {tag.code: tag.label for tag in all_tags(measures(plan))}

    assert tags == {
        "action sociale": {"fr": "Action sociale"},
        "justice": {"fr": "Justice", "en": "courts"},
        "police": {"fr": "police", "en": "police"},
        "sante": {"fr": "sante"},
    }
    odd = Measure(tags={"fr": "a, b", "en": "x"})
    assert [tag.label for tag in tags_of(odd)] == [{"fr": "a"}, {"fr": "b"}]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "1234"),
        ("mot=sante", "23"),
        ("mot=Santé", "23"),
        ("mot=justice&mot=action+sociale", "13"),
        ("mot=sante&axe=B", "3"),
        ("mot=sante&q=soigner", "2"),
        ("mot=sante&q=juger", ""),
        ("mot=girafe", "1234"),
        ("q=action+sociale", "3"),
    ],
)
def test_list_narrows_to_measures_with_one_of_the_ticked_tags(plan, client, query, expected):
    assert listed(client, query) == list(expected)


def test_ticked_tags_stay_ticked_and_an_empty_list_says_what_to_do(plan, client):
    page = client.get("/mesures?mot=sante&q=juger").get_data(as_text=True)

    assert 'value="sante" checked' in page
    assert 'value="justice" checked' not in page
    assert "Retirez un de vos choix" in page
    english = visible_text(client.get("/en/mesures"))
    assert "courts" in english


def test_choice_is_a_closed_fold_and_chips_that_can_be_taken_off(plan, client):
    page = client.get("/mesures?mot=justice&mot=action+sociale&axe=B&q=juger").text

    assert '<details class="choosing">' in page
    assert 'action="/mesures#resultats"' in page
    chips = dict(
        re.findall(r'class="chip" href="(.*?)#resultats">.*?<span>(.*?)</span></a>', page, re.S)
    )
    assert {unescape(address): " ".join(label.split()) for address, label in chips.items()} == {
        "/mesures?axe=B&mot=action+sociale&mot=justice": "« juger »",
        "/mesures?q=juger&mot=action+sociale&mot=justice": "Axe B",
        "/mesures?q=juger&axe=B&mot=justice": "Action sociale",
        "/mesures?q=juger&axe=B&mot=action+sociale": "Justice",
    }


def test_heading_of_the_results_counts_them_and_no_other_one_counts_more(plan, client):
    everything, two, none = (
        client.get(f"/mesures{it}").text for it in ("", "?mot=sante", "?q=girafe")
    )

    assert heading(two) == "2 mesures trouvées"
    assert heading(none) == "Aucune mesure trouvée"
    assert heading(everything) == "Toutes les mesures"
    assert "<h1>Les mesures</h1>" in two
    for page in (everything, two, none):
        assert re.search(r'id="resultats" tabindex="-1"', page)


def heading(page):
    return re.search(r'id="resultats" tabindex="-1">([^<]*)</h2>', page)[1].replace("\u00a0", " ")


def test_plan_without_tags_asks_nothing(session, client):
    apply(session, make_draft(make_measure_draft("1")), AT)
    session.commit()

    page = visible_text(client.get("/mesures"))

    assert "Choisir par thème" not in page


def test_tags_come_from_a_file_and_stay_where_the_file_has_no_column(session, tmp_path):
    row = changed(MEASURE_ROW, tags="justice, santé")
    apply(session, read_plan(write_plan(tmp_path / "a.xlsx", [row])), AT)
    assert session.query(Measure).one().tags == {"fr": "justice, santé"}

    bare = write_sheets(
        tmp_path / "b.xlsx",
        Mesures=[MEASURE_HEADERS[:-1], MEASURE_ROW[:-1]],
        Indicateurs=[INDICATOR_HEADERS],
    )
    apply(session, read_plan(bare), AT)
    assert session.query(Measure).one().tags == {"fr": "justice, santé"}

    changes = apply(session, read_plan(write_plan(tmp_path / "c.xlsx")), AT)
    assert session.query(Measure).one().tags is None
    assert "mots-clés" in changes.measures.changed[0].labels


def test_tags_are_edited_on_screen(app, session):
    apply(session, make_draft(make_measure_draft("1")), AT)
    organiser = signed_in(app, session, "equipe@exemple.fr", Role.ORGANISER)
    path = "/organisation/plan/mesures/1"
    form = form_in(organiser.get(path), "/mesures/1")

    answer = organiser.post(path, form | {"tags": "justice", "tags_en": "justice"})

    assert answer.status_code == 303
    assert draft_of(session).measures[0].tags == {"fr": "justice", "en": "justice"}


def test_each_shipped_theme_has_tags_in_both_languages(session):
    load_shipped(session, AT)

    for measure in whole_measures(session):
        assert tags_of(measure)
        assert all(set(tag.label) == {"fr", "en"} for tag in tags_of(measure))
