"""Walk of the texts of organisers: each where it stands, and how it stands in a language."""

from collections import Counter
from datetime import timedelta

import pytest

from consultation.clock import now
from consultation.collective.models import SiteTextKind
from consultation.collective.stale_translations import StaleTranslations
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import wordings
from consultation.questionnaires.outline.wordings import Part, Spot
from consultation.translators import shipped
from consultation.translators.texts import Group, Kind, OrganiserText, OrganiserTexts, State
from tests.collective.builders import write_site
from tests.factories import make_round
from tests.questionnaires.outline_builders import DEFAULT
from tests.questionnaires.rounds.builders import organiser_of, prepare
from tests.translators.builders import FRENCH, SENDER, furnish, walk


@pytest.fixture
def organiser(session):
    return organiser_of(session)


def test_walk_has_each_kind_of_text_with_its_place_and_its_state(session, organiser):
    furnish(session, organiser)

    stored = walk(session)

    assert {it.kind for it in stored.listed} == set(Kind)
    assert len(stored.by_reference) == len(stored.listed)
    help_ = stored.by_reference["site/help"]
    assert (help_.where, help_.french) == ("Les services qui répondent", FRENCH)
    assert stored.line(help_, "en").state is State.LACKING
    title = stored.by_reference["mesure/T7/title"]
    assert stored.line(title, "en").state is State.CURRENT
    assert all(it.limit for it in stored.listed)
    assert [it.name for it in stored.groups] == [
        "Le collectif",
        "Les textes du tour",
        "Le questionnaire",
        "Le plan",
        "Les invitations à envoyer",
    ]


def test_counts_of_groups_add_up_to_the_list(session, organiser):
    furnish(session, organiser)
    stored = walk(session)

    counted = sum((Counter(stored.counts[it, "en"]) for it in stored.groups), Counter())

    assert counted == Counter(it.state for it in stored.lines("en"))
    assert counted[State.LACKING] > 1


def test_text_whose_french_changed_is_stale_with_the_earlier_french(session, organiser):
    write_site(session, organiser, SiteTextKind.HOST, fr="Ici", en="Here")
    write_site(session, organiser, SiteTextKind.HOST, 1, fr="Là", en="Here")

    stored = walk(session)

    line = stored.line(stored.by_reference["site/host"], "en")
    assert (line.state, line.earlier) == (State.STALE, "Ici")


def test_round_that_is_over_is_left_out_and_two_are_named(session, organiser):
    furnish(session, organiser)
    over = now() - timedelta(days=40)
    make_round(session, over - timedelta(days=9), over, code="avant")
    session.commit()
    prepare(session, organiser, now() + timedelta(days=60), code="apres")

    names = [it.name for it in walk(session).groups]

    assert "Les textes du tour « tour-1 »" in names
    assert "Le questionnaire du tour « apres »" in names
    assert not any("avant" in it for it in names)
    assert session.query(Round).count() == 3


def test_texts_of_a_round_are_listed_in_its_languages_alone(session, organiser):
    furnish(session, organiser).languages = []
    session.commit()

    walked = walk(session)

    assert {it.name for it, tag in walked.counts if tag == "en"} == {"Le collectif", "Le plan"}
    assert shipped.offered(walked, "en", SENDER) == []
    session.query(Round).one().languages = None
    session.commit()
    assert "Le questionnaire" in {it.name for it, _tag in walk(session).counts}


def test_text_that_nobody_wrote_or_that_is_emptied_is_left_out(session, organiser):
    write_site(session, organiser, SiteTextKind.HOST, fr="Ici", en="Here")
    write_site(session, organiser, SiteTextKind.HOST, 1, fr=" ")
    write_site(session, organiser, SiteTextKind.MEMBERS, fr="Une association")

    assert [it for it in walk(session).listed if it.kind is Kind.SITE] == []


def test_each_wording_of_an_outline_is_put_back_in_its_place():
    spots = dict(wordings.texts(DEFAULT))
    changed = DEFAULT
    for spot in spots:
        changed = wordings.put(changed, spot, {"fr": f"{spot.part} {spot.code} {spot.name}"})

    after = dict(wordings.texts(changed))

    assert {spot.part for spot in spots} >= {Part.SECTION, Part.QUESTION, Part.OPTION, Part.SETTING}
    assert after == {it: {"fr": f"{it.part} {it.code} {it.name}"} for it in spots}
    assert Spot(Part.QUESTION, "stance", "label") in after


def test_text_is_listed_in_the_languages_in_which_it_is_read():
    group = Group(Kind.OUTLINE, "Le questionnaire", tags=("ar",))
    text = OrganiserText(group, (Kind.SITE, "host"), "Ici", "Texte", {"fr": "Un"}, 9)
    stored = OrganiserTexts([text], StaleTranslations({}))

    assert [it.text for it in stored.lines("ar")] == [text]
    assert stored.lines("en") == []
    assert (group, "en") not in stored.counts
