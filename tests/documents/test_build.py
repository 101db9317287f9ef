"""What a document says: of an edition, of the plan in force, of what changed and why."""

from datetime import date

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.decisions.decide import Subject
from consultation.decisions.models import DecisionOutcome
from consultation.documents import build, labels
from consultation.documents.build import Choice, ChoiceRefused, Site
from consultation.plan.measurement import values
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import Assessor, Level, MeasuredAs, MeasureStatus, WantedDirection
from consultation.plan.queries import stored_indicator
from consultation.plan.values import record
from consultation.work.services import Work
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_published_text,
    wording_of,
)
from tests.decisions.test_deciding import erase as erase
from tests.decisions.test_deciding import withdraw, withhold
from tests.documents.builders import every_text, indicator_of, measure_of, two_editions
from tests.factories import make_measure
from tests.plan.values.builders import make_value, publish_values

pytestmark = pytest.mark.once
QUOTED = "Comptez aussi les places en outre-mer."


def test_plan_in_force_is_the_document_while_no_edition_is_published(opened, document_of):
    document = document_of()

    assert [it.code for axis in document.axes for it in axis.measures] == ["T4", "T7"]
    assert indicator_of(document).label.value == "Places réservées (T7.1)"
    assert "Aucune édition n’est publiée" in document.notes[0].replace("\xa0", " ")
    assert document.made_at.hour == 0


def test_edition_keeps_its_texts_when_the_plan_changes(session, opened, organiser, document_of):
    two_editions(session, organiser)

    labels = [indicator_of(document_of(edition=number)).label.value for number in (1, 2)]

    assert labels == ["Places réservées (T7.1)", "Places ouvertes (T7.1)"]
    assert document_of().title.value == "Deuxième version"


@pytest.mark.parametrize("choice", [{"edition": 3}, {"since": 2}, {"since": -1}])
def test_choice_of_what_is_not_published_is_refused(
    session, opened, organiser, document_of, choice
):
    two_editions(session, organiser)

    with pytest.raises(ChoiceRefused):
        document_of(**choice)


def test_changes_are_refused_while_no_edition_is_published(opened, document_of):
    with pytest.raises(ChoiceRefused):
        document_of(since=0)


def test_clean_document_says_what_was_decided_and_not_why(session, opened, organiser, document_of):
    two_editions(session, organiser)

    (decision,) = indicator_of(document_of()).decisions

    assert decision.heading == "Modifié"
    assert (decision.reason, decision.contributions, decision.quotations) == (None, "", ())
    assert indicator_of(document_of()).differences == []


def test_changes_are_told_word_by_word_with_their_reason(session, opened, organiser, document_of):
    two_editions(session, organiser)

    indicator = indicator_of(document_of(since=1))

    (difference,) = indicator.differences
    parts = [(part.text, part.is_removed, part.is_added) for part in difference.parts]
    assert ("réservées", True, False) in parts
    assert ("ouvertes", False, True) in parts
    assert indicator.state == "Texte modifié"
    assert indicator.decisions[0].reason.value == "Les contributions le demandent."


def test_changes_since_the_beginning_are_those_that_were_decided(
    session, opened, organiser, document_of
):
    two_editions(session, organiser)

    document = document_of(since=0)

    (difference,) = indicator_of(document).differences
    assert difference.label == "Intitulé"
    assert "édition 2" in indicator_of(document).decisions[0].heading
    assert indicator_of(document, "T7.2").differences == []


def test_new_and_removed_indicators_are_named(session, opened, organiser, document_of):
    make_edition(session, organiser)
    measure = stored_indicator(session, "T7.1").measure
    wording = dict.fromkeys(wording_of(indicator_subject(session))) | {"label": {"fr": "Durée"}}
    added = make_decision(
        session,
        organiser,
        Subject(measure),
        outcome=DecisionOutcome.ADDED,
        code="T7.9",
        subject={"fr": "Il manque la durée."},
        wording=wording,
    )
    removed = make_decision(
        session, organiser, indicator_subject(session, "T7.2"), outcome=DecisionOutcome.RETIRED
    )
    make_edition(session, organiser, added, removed)

    document = document_of(since=1)

    assert indicator_of(document, "T7.9").state == "Nouveau"
    assert indicator_of(document, "T7.9").decisions[0].subject.value == "Il manque la durée."
    (gone,) = measure_of(document).removed
    assert (gone.code, gone.state, len(gone.decisions)) == ("T7.2", "Retiré", 1)
    assert "T7.2" not in {it.code for it in measure_of(document_of()).indicators}
    assert measure_of(document_of()).removed == []


def test_decision_on_what_is_missing_stands_with_its_measure(
    session, opened, organiser, document_of
):
    measure = stored_indicator(session, "T7.1").measure
    decision = make_decision(
        session,
        organiser,
        Subject(measure),
        outcome=DecisionOutcome.KEPT,
        subject={"fr": "Budget par région"},
    )
    make_edition(session, organiser, decision)

    (entry,) = measure_of(document_of(since=0)).decisions

    assert entry.subject.value == "Budget par région"
    assert entry.heading.startswith("Gardé")


def decided_on_texts(session, opened, organiser, count=1):
    texts = [make_published_text(session, opened, f"{QUOTED} {it}") for it in range(count)]
    decision = make_decision(
        session, organiser, indicator_subject(session), label="Places", answer_ids=texts
    )
    make_edition(session, organiser, decision)
    return texts


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (1, "S’appuie sur moins de 10 contributions."),
        (5, "S’appuie sur 5 à 9 contributions."),
    ],
)
def test_few_contributions_are_not_counted_exactly(
    session, opened, organiser, document_of, count, sentence
):
    decided_on_texts(session, opened, organiser, count)

    (decision,) = indicator_of(document_of(since=0)).decisions

    assert decision.contributions == sentence
    assert len(decision.quotations) == count
    assert {(it.text.language, it.mention) for it in decision.quotations} == {("fr", "")}


@pytest.mark.parametrize(
    ("written", "document", "mention"),
    [("es", "fr", "en espagnol"), ("pt-BR", "fr", "en portugais"), ("fr-x-facile", "fr", "")],
)
def test_quotation_of_another_language_says_so(app, written, document, mention):
    with app.test_request_context("/"):
        assert labels.written_in(written, document) == mention


@pytest.mark.parametrize("way", ["withdrawn", "withheld", "erased"])
def test_text_that_is_gone_is_in_no_document_made_afterwards(
    session, opened, organiser, document_of, erase, way
):
    (text,) = decided_on_texts(session, opened, organiser)
    assert any(QUOTED in it for it in every_text(document_of(since=0)))

    {"withdrawn": withdraw, "withheld": withhold, "erased": erase}[way](session, text)

    assert not any("outre-mer" in it for it in every_text(document_of(since=0)))
    assert indicator_of(document_of(since=0)).decisions[0].contributions == ""


def test_text_of_who_is_not_to_be_quoted_is_counted_only(session, opened, organiser, document_of):
    text = make_published_text(session, opened, QUOTED, consent_anonymous=False)
    decision = make_decision(session, organiser, indicator_subject(session), answer_ids=[text])
    make_edition(session, organiser, decision)

    (entry,) = indicator_of(document_of(since=0)).decisions

    assert entry.contributions
    assert entry.quotations == []


def test_internal_note_and_unpublished_decision_are_in_no_document(
    session, opened, organiser, document_of
):
    decision = make_decision(
        session, organiser, indicator_subject(session), note="À revoir avec le ministère."
    )
    make_edition(session, organiser, decision)
    make_decision(
        session, organiser, indicator_subject(session, "T7.2"), reason={"fr": "Pas encore dit."}
    )

    texts = every_text(document_of(since=0))

    assert not any("ministère" in it or "Pas encore dit" in it for it in texts)


def cells(table):
    return [[cell.value for cell in row] for row in table.rows]


def test_typed_value_takes_the_place_of_the_free_text(session, opened, organiser, document_of):
    version = stored_indicator(session, "T7.1").version
    measurement = Measurement(
        MeasuredAs.PERCENTAGE,
        WantedDirection.MORE,
        Figure(12.5, "2022", "Enquête annuelle"),
        Figure(20.0, "2026-06"),
        Figure(30.0, "2027-12-31"),
    )
    with writing(session):
        values.store(version, measurement, now())

    indicator = indicator_of(document_of())

    assert cells(indicator.points) == [
        ["Valeur de départ", "12,5\u202f%", "2022", "Enquête annuelle"],
        ["Cible à mi\u2011parcours", "20\u202f%", "juin 2026", ""],
        ["Cible finale", "30\u202f%", "31\xa0décembre 2027", ""],
    ]
    assert [it.text.value for it in indicator.facts if it.label == "Sens voulu"] == ["augmenter"]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (MeasuredAs.YES_NO, True, "Oui"),
        (MeasuredAs.YES_NO, False, "Non"),
        (MeasuredAs.DATE, date(2026, 6, 30), "30\xa0juin 2026"),
        (MeasuredAs.NUMBER, 2994.0, "2\u202f994"),
        (MeasuredAs.LEVEL, "partiel", "partiel"),
    ],
)
def test_each_kind_of_value_is_written_out(session, opened, document_of, kind, value, text):
    version = stored_indicator(session, "T7.1").version
    with writing(session):
        values.store(version, Measurement(kind, None, Figure(value)), now())

    assert cells(indicator_of(document_of()).points) == [["Valeur de départ", text]]


def test_assessments_of_the_state_and_of_the_collective_stand_side_by_side(
    session, opened, document_of
):
    measure = stored_indicator(session, "T7.1").measure
    for assessor, level in ((Assessor.STATE, Level.ENGAGED), (Assessor.COLLECTIVE, Level.DONE)):
        session.add(
            MeasureStatus(
                measure_id=measure.id,
                assessed_on=date(2026, 6, 30),
                assessor=assessor,
                level=level,
                evidence={"fr": f"Vu par {assessor}."},
            )
        )
    session.commit()

    rows = cells(measure_of(document_of()).judgements)

    assert rows == [
        ["L’État", "engagée", "30\xa0juin 2026", "Vu par state."],
        ["Le collectif", "réalisée", "30\xa0juin 2026", "Vu par collective."],
    ]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_address_is_that_of_the_form_in_the_language(opened, document_of, language):
    measure = measure_of(document_of(language=language))

    prefix = {"fr": "", "en": "/en"}[language]
    assert measure.address == f"https://exemple.fr{prefix}/m/T7"


def test_site_without_public_address_says_so_and_gives_none(opened, document_of):
    document = document_of(site=Site("http://127.0.0.1:8000", 5))

    assert measure_of(document).address == ""
    assert any("ni adresse ni code QR" in note for note in document.notes)


def test_english_document_falls_back_to_french_and_says_in_which_language(
    session, opened, organiser, document_of
):
    make_edition(session, organiser, title="Version")

    document = document_of(language="en")

    assert (document.title.value, document.title.language) == ("Version", "fr")
    assert measure_of(document).title.language == "en"
    assert document.eyebrow == "Working document · edition 1"


def test_english_document_says_in_english_which_edition_decided(
    session, opened, organiser, document_of
):
    two_editions(session, organiser)
    make_edition(session, organiser)

    (decision,) = indicator_of(document_of(since=0, language="en")).decisions

    assert decision.heading.endswith(" · edition 2")


def changed_of(app, session, **choice):
    site = Site("https://exemple.fr", 5)
    with app.app_context():
        sources = build.sources_of(session, Choice(**choice), site)
        return build.changed_of(session, sources)


def test_changes_are_counted_since_the_edition_before_or_the_one_that_is_chosen(
    app, session, opened, organiser
):
    two_editions(session, organiser)
    decided = [
        make_decision(
            session, organiser, indicator_subject(session, code), outcome=DecisionOutcome.RETIRED
        )
        for code in ("T4.1", "T7.2")
    ]
    make_edition(session, organiser, *decided)

    latest = changed_of(app, session)
    since_first, second = changed_of(app, session, since=1), changed_of(app, session, edition=2)

    assert (latest.since, latest.reworded, latest.added, latest.removed) == (2, 0, 0, 2)
    assert (since_first.reworded, since_first.removed) == (1, 2)
    assert (second.since, second.reworded, second.removed) == (1, 1, 0)
    assert changed_of(app, session, edition=1).indicators == 0


def test_measure_that_joins_the_plan_is_counted_with_its_indicators(
    app, session, opened, organiser
):
    make_edition(session, organiser)
    make_measure(session, "T9", "Formation", indicators=3)
    session.commit()
    make_edition(session, organiser)

    changed = changed_of(app, session)

    assert (changed.added, changed.added_measures, changed.removed_measures) == (3, 1, 0)


def changes_in(document):
    return [(it.state, it.code, it.place) for it in document.changed.lines]


def test_first_edition_opens_with_what_was_decided_before_it(
    session, opened, organiser, document_of
):
    reworded = make_decision(session, organiser, indicator_subject(session), label="Places")
    removed = make_decision(
        session, organiser, indicator_subject(session, "T7.2"), outcome=DecisionOutcome.RETIRED
    )
    make_edition(session, organiser, reworded, removed)

    document = document_of()

    assert document.changed.title == "Ce qui change dans cette édition"
    assert changes_in(document) == [
        ("Texte modifié", "T7.1", "indicateur-T7.1"),
        ("Retiré", "T7.2", "mesure-T7"),
    ]
    assert changes_in(document_of(since=0)) == changes_in(document)


def test_second_edition_opens_with_what_changes_and_an_unchanged_first_does_not(
    session, opened, organiser, document_of
):
    two_editions(session, organiser)

    listed = [("Texte modifié", "T7.1", "indicateur-T7.1")]
    assert document_of(edition=1).changed is None
    assert document_of().changed.title == "Ce qui change dans cette édition"
    assert changes_in(document_of()) == listed
    assert changes_in(document_of(since=1)) == listed
    assert document_of(since=0).changed.title == "Ce qui a changé depuis le début"
    assert changes_in(document_of(since=0)) == listed
    assert indicator_of(document_of()).before is None


def test_changes_of_measures_are_listed_and_marked(session, opened, organiser, document_of):
    make_edition(session, organiser)
    measure = stored_indicator(session, "T7.1").measure
    measure.title = {"fr": "Hébergement ouvert"}
    make_measure(session, "T9", "Nouvelle mesure", indicators=1)
    session.commit()
    make_edition(session, organiser)

    document = document_of(since=1)

    assert changes_in(document) == [
        ("Texte modifié", "T7", "mesure-T7"),
        ("Nouvelle", "T9", "mesure-T9"),
    ]
    assert [it.label for it in measure_of(document).differences] == ["Intitulé"]
    assert measure_of(document).before.title.value == "Hébergement spécialisé"
    assert measure_of(document_of()).differences == []


def test_edition_that_changes_no_text_says_so(session, opened, organiser, document_of):
    make_edition(session, organiser)
    make_edition(session, organiser)

    assert document_of().changed.sentence == "Aucun texte ne change."


def test_published_values_stand_with_their_indicator(session, opened, organiser, document_of):
    make_edition(session, organiser)
    indicator = stored_indicator(session, "T7.1")
    value = make_value(session, organiser, indicator, covers="Métropole")
    assert indicator_of(document_of()).values is None

    publish_values(session, organiser, value)

    assert cells(indicator_of(document_of()).values) == [
        ["mi\u2011parcours (2026)", "150", "l’État", "Métropole"]
    ]
    assert indicator_of(document_of(), "T7.2").values is None


def test_another_public_value_makes_another_file(session, opened, organiser):
    make_edition(session, organiser)
    indicator = stored_indicator(session, "T7.1")
    states = []

    def note():
        states.append(repr(build.sources_of(session, Choice(), Site("https://exemple.fr", 5))))

    note()
    value = make_value(session, organiser, indicator)
    note()
    publish_values(session, organiser, value)
    note()
    with writing(session):
        record.withdraw(Work(session, organiser, now()), indicator, value.public_id)
    note()

    assert states[0] == states[1]
    assert len(set(states)) == 3
