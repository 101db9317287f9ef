"""Figures that a report may cite: public ones only, each by one reference."""

from datetime import date

import pytest

from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import (
    Assessor,
    Level,
    MeasuredAs,
    MeasureStatus,
    WantedDirection,
)
from consultation.plan.values.models import MissingBecause, Progress, Reporter, Showing, ValuePoint
from consultation.reports import figures, labels, references
from consultation.web.locale import in_language
from tests.decisions.builders import make_organiser
from tests.factories import make_round
from tests.plan.values.builders import (
    SMALLEST,
    make_measured_indicator,
    make_public_value,
    make_value,
    publish_as,
    redefine,
)
from tests.results.publishing_builders import answer_many, publish

TODAY = date(2026, 11, 29)
MEASURED = Measurement(
    MeasuredAs.NUMBER,
    WantedDirection.MORE,
    Figure(100.0, "2024"),
    midterm=Figure(150.0, "2026-06"),
    final=Figure(200.0, "2027"),
)


@pytest.fixture
def indicator(session):
    return make_measured_indicator(session, measurement=MEASURED)


@pytest.fixture
def organiser(session, indicator):
    return make_organiser(session)


def loaded(session):
    session.rollback()
    session.expire_all()
    return {it.id: it for it in figures.load(session, TODAY)}


def test_targets_and_baseline_are_cited(session, indicator):
    known = loaded(session)

    assert known["depart:T7.1"].facts["value"] == 100.0
    assert known["cible:T7.1@mi-parcours"].facts["value"] == 150.0
    assert known["cible:T7.1@fin"].facts["dated"] == "2027"


def test_only_published_values_are_cited(session, indicator, organiser):
    make_value(session, organiser, indicator, 160.0)
    assert "valeur:T7.1@mi-parcours" not in loaded(session)

    make_public_value(session, organiser, indicator, 170.0, source="Enquête")

    assert loaded(session)["valeur:T7.1@mi-parcours"].facts["value"] == 170.0


def test_values_of_several_sources_are_told_apart(session, indicator, organiser):
    make_public_value(session, organiser, indicator, 160.0)
    make_public_value(session, organiser, indicator, 90.0, reported_by=Reporter.ASSOCIATION)

    known = loaded(session)

    assert known["valeur:T7.1@mi-parcours:etat"].facts["value"] == 160.0
    assert known["valeur:T7.1@mi-parcours:association"].facts["value"] == 90.0
    assert "valeur:T7.1@mi-parcours" not in known


def test_two_values_of_one_reporter_are_told_apart(session, indicator, organiser):
    first = make_public_value(session, organiser, indicator, 160.0, source="Rapport")
    second = make_public_value(session, organiser, indicator, 90.0, source="Enquête")

    known = loaded(session)

    for row, number in ((first, 160.0), (second, 90.0)):
        assert known[f"valeur:T7.1@mi-parcours:etat:{row.public_id}"].facts["value"] == number


def test_small_count_is_cited_as_less_than_the_smallest(session, indicator, organiser):
    make_public_value(session, organiser, indicator, 3.0)

    facts = loaded(session)["valeur:T7.1@mi-parcours"].facts

    assert (facts["value"], facts["less_than"]) == (None, SMALLEST)
    assert "3.0" not in str(facts)


@pytest.mark.parametrize(
    ("showing", "text"),
    [(Showing.SMALL, "petit nombre (seuil inconnu)"), (Showing.HELD_BACK, "non montré")],
)
def test_number_that_is_not_shown_is_cited_without_it(
    app, session, indicator, organiser, showing, text
):
    value = make_value(session, organiser, indicator, 173.0)
    publish_as(session, organiser, value, showing)

    cited = loaded(session)["valeur:T7.1@mi-parcours"]

    with app.test_request_context(), in_language("fr"):
        assert labels.text_of(cited) == text
        assert labels.masked(cited)
    assert "173" not in str(cited.facts)


def test_missing_value_is_cited_with_why(session, indicator, organiser):
    make_public_value(session, organiser, indicator, None, missing_because=MissingBecause.REFUSED)

    assert loaded(session)["valeur:T7.1@mi-parcours"].facts["missing_because"] == "refused"


def test_progress_is_that_of_public_values(session, indicator, organiser):
    make_value(session, organiser, indicator, 250.0)
    assert loaded(session)["mot:T7.1"].facts["progress"] == Progress.NOT_MEASURED

    make_public_value(session, organiser, indicator, 250.0, point=ValuePoint.FINAL)

    assert loaded(session)["mot:T7.1"].facts["progress"] == Progress.REACHED
    redefine(session, indicator, MEASURED)
    assert loaded(session)["mot:T7.1"].facts["progress"] == Progress.NOT_COMPARABLE


def test_judgements_are_cited_by_assessor(session, indicator):
    measure = indicator.measure
    for assessor, level, day in (
        (Assessor.STATE, Level.DONE, date(2026, 5, 1)),
        (Assessor.COLLECTIVE, Level.PARTLY_DONE, date(2026, 6, 1)),
        (Assessor.COLLECTIVE, Level.NOT_DONE, date(2025, 6, 1)),
    ):
        values = {"assessor": assessor, "level": level, "assessed_on": day}
        session.add(MeasureStatus(measure_id=measure.id, **values))
    session.commit()

    known = loaded(session)

    assert known["jugement:T7.etat"].facts["level"] == Level.DONE
    assert known["jugement:T7.collectif"].facts["level"] == Level.PARTLY_DONE
    assert "jugement:T7.rapporteur" not in known


def test_citations_are_read_as_people_type_them(session, indicator, organiser):
    make_public_value(session, organiser, indicator, 160.0)
    known = figures.indexed(list(loaded(session).values()))

    text = "De {{Départ : t7.1}} à {{ valeur:T7.1@mi-parcours }}."
    resolved, wrong = references.cited(text, known)

    assert [it.id for it in resolved] == ["depart:T7.1", "valeur:T7.1@mi-parcours"]
    assert wrong == []
    written = references.replaced(text, known, lambda it: str(it.facts["value"]))
    assert written == "De 100.0 à 160.0."


@pytest.mark.parametrize(
    ("citation", "remedy"),
    [
        ("{{valeur:T7.1@mi-parcours}}", "choisissez « {{valeur:T7.1@mi-parcours:etat}} » ou"),
        ("{{cible:T7.1@mi-parcour}}", "Chiffres publiés de T7.1 : "),
        ("{{n'importe quoi}}", "mal écrit : vérifiez le code"),
        ("{{}}", "vérifiez le code"),
    ],
)
def test_citation_of_nothing_says_what_to_write(session, indicator, organiser, citation, remedy):
    make_public_value(session, organiser, indicator, 160.0)
    make_public_value(session, organiser, indicator, 90.0, reported_by=Reporter.ASSOCIATION)
    known = figures.indexed(list(loaded(session).values()))

    resolved, (wrong,) = references.cited(f"Ici {citation}.", known)

    assert resolved == []
    assert wrong.citation == citation
    assert remedy in wrong.sentence


def test_figures_are_read_back_from_json(session, indicator, organiser):
    make_public_value(session, organiser, indicator, 160.0)

    for figure in loaded(session).values():
        assert figures.from_stored(figures.as_stored(figure)) == figure


def test_published_opinions_are_cited_and_hidden_ones_have_no_number(session, indicator):
    opened = make_round(session)
    session.commit()
    keep = {("T7.1", "stance"): "keep", ("T7.1", "relevance"): 8}
    drop = {("T7.1", "stance"): "drop", ("T7.1", "relevance"): 8}
    answer_many(session, opened, "T7", (9, keep, {}), (2, drop, {}))
    assert not [id for id in loaded(session) if id.startswith("avis:")]
    publish(session, opened, indicator.measure_id)

    known = loaded(session)

    assert known["avis:T7.1.mediane"].facts["value"] == 8
    assert known["avis:T7.1.reponses"].facts["value"] == 11
    assert known["avis:T7.1.garder"].facts["value"] is None
    assert known["avis:T7.1.garder"].facts["threshold"] == 5
    by_id = figures.indexed(list(known.values()))
    for citation in ("{{avis:T7.1.median}}", "{{avis:T7.1.médiane}}"):
        assert references.replaced(citation, by_id, lambda it: str(it.facts["value"])) == "8.0"
