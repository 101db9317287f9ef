"""The pages of what becomes of each indicator, and of those that are missed."""

import re

import pytest
from sqlalchemy import event

from consultation.accounts.models import Role
from consultation.questionnaires.models import Option, QuestionKind, Questionnaire, Round, Section
from consultation.results.tallies import maintain
from tests.exports.builders import add_question, form_of, question_of, respond
from tests.factories import make_measure, make_round, screen_all
from tests.moderation.builders import plain
from tests.results.indicators.test_summary import rated
from tests.results.publishing_builders import signed_in

TABLE = "/organisation/indicateurs"
MISSING = f"{TABLE}/manquants"


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    make_measure(session, "T8")
    opened = make_round(session)
    session.commit()
    return opened


@pytest.fixture
def organiser(app, session):
    return signed_in(app, session, Role.ORGANISER)


def count(session):
    session.commit()
    screen_all(session)
    maintain.refresh(session)


def rows_of(page):
    """The table's rows, each as the words of its cells."""
    table = re.search(
        r'<table class="indicator-table".*?</table>', page.get_data(as_text=True), re.DOTALL
    )[0]
    rows = re.findall(r"<tr role=\"row\"(?: class=\"opens\")?>(.*?)</tr>", table, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows[1:]]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def propose(session, opened, text, indicator="T7.1", **values):
    replies = {(indicator, "stance"): "amend", (indicator, "proposed_wording"): text}
    return respond(session, opened, indicator.split(".")[0], replies, **values)


def test_table_shows_each_indicator_with_its_notes_and_sentence(session, opened, organiser):
    rated(session, opened, "T7.1", [8] * 8 + [7], organisation="L'Étape")
    rated(session, opened, "T7.1", [9], "feasibility")
    respond(session, opened, "T7", {("T7.1", "stance"): "keep"})
    count(session)

    first, second, *_others = rows_of(organiser.get(TABLE))

    assert first[0].startswith("T7.1 Places réservées (T7.1) Mesure T7")
    assert first[1] == "Retenu, sans désaccord"
    assert first[2:4] == ["8 9 notes", "9 1 note"]
    assert "Par organisation 8 sur 1 note" in first[4]
    assert "Personnes invitées –" in first[4]
    assert "Personnes non invitées 8 sur 9 notes retenu" in first[4]
    assert first[5] == "Garder 1 Modifier 0 Remplacer 0 Supprimer 0 Sans avis 0"
    assert first[6] == "9"
    assert second[1] == "Aucune note : il en faut 9 pour conclure"


def test_stance_added_by_organisers_is_counted_beside_the_others(session, opened, organiser):
    question = question_of(form_of(session, opened, "T7"), ("T7.1", "stance"))
    question.options.append(Option(code="merge", position=6, label={"fr": "le réunir à un autre"}))
    session.flush()
    respond(session, opened, "T7", {("T7.1", "stance"): "merge"})
    count(session)

    first = rows_of(organiser.get(TABLE))[0]

    assert first[5].endswith("Sans avis 0 Le réunir à un autre 1")


def test_two_capacities_that_contradict_each_other_are_named_by_their_labels(
    session, opened, organiser
):
    rated(session, opened, "T7.1", [9] * 9, capacity="police")
    rated(session, opened, "T7.1", [1] * 9, capacity="justice")
    count(session)

    page = plain(organiser.get(TABLE))

    assert (
        "Désaccord entre « Police ou gendarmerie » (plutôt pour) et « Justice » (plutôt contre)"
        in page
    )


def test_wording_proposed_twice_is_there_once_with_its_count(session, opened, organiser):
    for text in ("Places ouvertes", "Places  ouvertes", "Lits"):
        propose(session, opened, text)
    count(session)

    page = plain(organiser.get(TABLE))

    assert "3 formulations proposées" in page
    assert "Places ouvertes 2 fois" in page.replace("  ", " ")
    assert page.count("Lits") == 1


def test_wording_held_back_by_moderation_is_counted_and_not_shown(session, opened, organiser):
    propose(session, opened, "Madame Untel, 12 rue du Port")
    propose(session, opened, "Lits")
    session.commit()
    screen_all(session, flagged=("Madame Untel, 12 rue du Port",))
    maintain.refresh(session)

    page = plain(organiser.get(TABLE))

    assert "Untel" not in page
    assert "2 formulations proposées" in page
    assert "Un texte attend d'être relu" in page


def test_only_the_latest_wordings_are_read(session, opened, organiser):
    for number in range(33):
        propose(session, opened, f"Formulation {number}")
    count(session)

    page = plain(organiser.get(TABLE))

    assert "33 formulations proposées" in page
    assert "Formulation 32" in page
    assert "Formulation 2 " not in page
    assert "3 textes plus anciens sont dans le classeur" in page


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["T7.1", "T7.2", "T8.1", "T8.2"]),
        ("?tri=note", ["T8.1", "T7.1", "T7.2", "T8.2"]),
        ("?tri=reponses", ["T7.1", "T8.1", "T7.2", "T8.2"]),
        ("?tri=n'importe", ["T7.1", "T7.2", "T8.1", "T8.2"]),
        ("?mesure=T8", ["T8.1", "T8.2"]),
        ("?axe=T&mesure=T7", ["T7.1", "T7.2"]),
        ("?page=9", ["T7.1", "T7.2", "T8.1", "T8.2"]),
    ],
)
def test_address_sorts_and_narrows_the_table(session, opened, organiser, query, expected):
    rated(session, opened, "T7.1", [5, 6])
    rated(session, opened, "T8.1", [9])
    count(session)

    assert [row[0].split()[0] for row in rows_of(organiser.get(TABLE + query))] == expected


def test_long_table_comes_in_pages_that_keep_the_order(session, organiser):
    make_measure(session, "T7", indicators=26)
    make_round(session)
    session.commit()

    page = organiser.get(f"{TABLE}?tri=note")
    second = organiser.get(f"{TABLE}?tri=note&page=2")

    following = re.search(r'rel="next" href="([^"]+)"', page.text)[1]
    assert {"tri=note", "page=2"} <= set(following.split("?")[1].split("&amp;"))
    assert len(rows_of(page)) == 25
    assert len(rows_of(second)) == 1


def test_missing_indicators_stand_under_their_measure(session, opened, organiser):
    respond(session, opened, "T8", {"missing_indicator": "Le délai d'accueil"})
    respond(session, opened, "T8", {"missing_indicator": "Le délai d'accueil"})
    count(session)

    page = plain(organiser.get(MISSING))
    elsewhere = plain(organiser.get(f"{MISSING}?mesure=T7"))

    assert "Indicateurs manquants (2)" in page
    assert "T8 Hébergement spécialisé" in page
    assert "Le délai d'accueil 2 fois" in page
    assert "Rien pour ces filtres" in elsewhere


def test_form_of_very_many_versions_is_read_to_the_first(session, opened, organiser):
    respond(session, opened, "T7", {"missing_indicator": "Dit en premier"})
    form = form_of(session, opened, "T7")
    form.closed_at = form.published_at
    session.flush()
    for number in range(2, 503):
        ask_again(session, form, number)
    respond(session, opened, "T7", {"missing_indicator": "Dit en dernier"})
    count(session)

    page = plain(organiser.get(MISSING))

    assert "Dit en premier" in page
    assert "Dit en dernier" in page


def ask_again(session, form, number):
    """Publish one more version of a form, which only asks what is missing."""
    later = Questionnaire(
        round_id=form.round_id, measure_id=form.measure_id, version=number, title=form.title,
        digest="-", published_at=form.published_at,
        closed_at=None if number == 502 else form.published_at,
        sections=[Section(code="all", position=1, title=form.title)],
    )  # fmt: skip
    session.add(later)
    session.flush()
    add_question(session, later, "missing_indicator", QuestionKind.LONG_TEXT)


def test_pages_without_anything_say_what_comes_next(session, organiser):
    assert "Aucun tour de consultation" in plain(organiser.get(TABLE))
    assert "Aucun tour de consultation" in plain(organiser.get(MISSING))
    session.add(
        Round(
            code="t",
            title={"fr": "Tour"},
            opens_at=make_round(session).opens_at.replace(year=2020),
            closes_at=make_round(session, code="u").opens_at.replace(year=2021),
        )
    )
    session.commit()

    assert "Aucun formulaire publié" in plain(organiser.get(f"{TABLE}?tour=t"))
    assert "Personne n'a encore proposé d'indicateur" in plain(organiser.get(MISSING))


def test_who_only_moderates_does_not_see_the_table(app, session, opened):
    moderator = signed_in(app, session, Role.MODERATOR)

    assert moderator.get(TABLE).status_code == 403
    assert app.test_client().get(TABLE).status_code == 303


def test_page_asks_the_same_number_of_queries_whatever_there_is(session, opened, organiser):
    statements = []
    event.listen(
        session.get_bind(), "before_cursor_execute", lambda *given: statements.append(given[2])
    )
    organiser.get(TABLE)

    def count_queries():
        statements.clear()
        assert organiser.get(TABLE).status_code == 200
        return len([it for it in statements if it.startswith("SELECT")])

    before = count_queries()
    for code in ("T7.1", "T7.2", "T8.1"):
        rated(session, opened, code, [8] * 10)
        propose(session, opened, f"Autre {code}", code)
    count(session)

    assert count_queries() == before
