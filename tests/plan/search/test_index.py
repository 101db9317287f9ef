"""Search for measures, by what people would type: forty queries on the shipped themes."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from consultation.db.base import UTCDateTime
from consultation.plan.apply import apply
from consultation.plan.models import Axis, Indicator, IndicatorVersion, Measure
from consultation.plan.queries import measures
from consultation.plan.search import index
from consultation.plan.seed import load_shipped
from tests.factories import make_round
from tests.pages import visible_text
from tests.plan.builders import AT, make_draft, make_indicator_draft, make_measure_draft
from tests.statements import selects

pytestmark = pytest.mark.database

FIRST = {
    "hébergements": "T7", "hebergement": "T7", "logement": "T7", "foyer": "T7", "housing": "T7",
    "shelters": "T7", "places d'hébergement": "T7", "outre-mer": "T7", "enfance": "T5",
    "enfants": "T5", "mineurs": "T5", "jeunes majeurs": "T5", "children": "T5", "travail": "T9",
    "inspecteurs du travail": "T9", "employeurs": "T9", "salaires": "T9", "labour inspector": "T9",
    "formations": "T3", "former les professionnels": "T3", "training": "T3", "magistrats": "T3",
    "campagnes": "T2", "sensibiliser": "T2", "communication": "T2", "Airbnb": "T2",
    "observatoires": "T1", "chiffres": "T1", "Miprof": "T1", "repérage": "T4",
    "identifier les victimes": "T4", "orientation": "T4", "délinquance": "T6",
    "crime prevention": "T6", "confiscations": "T8", "biens confisqués": "T8",
    "directive européenne": "T10", "Europe": "T10", "t10": "T10", "thèmes du suivi": "T1",
}  # fmt: skip
"""What a person types, and the measure that comes first."""
QUERIES = Path(__file__).with_name("queries.txt")
ALSO = {"justice": "T9", "police": "T10", "titre de séjour": "T4", "foyers": "T8", "ONG": "T9"}
"""What a person types, and a measure that is among those found."""


@pytest.fixture
def themes(session):
    load_shipped(session, AT)
    session.commit()
    return session


def codes(session, query):
    return [measure.code for measure in measures(session, query=query)]


def test_forty_queries_find_first_what_a_person_looks_for(themes):
    assert len(FIRST) == 40
    assert {query: codes(themes, query)[:1] for query in FIRST} == {
        query: [code] for query, code in FIRST.items()
    }


def test_synonyms_find_what_the_word_itself_does_not(themes):
    assert [query for query, code in ALSO.items() if code not in codes(themes, query)] == []


UNANSWERED = {
    "journaliste",  # of one stem with the « Journal officiel » of T10
    "préfecture",  # in the source of an indicator only, which is not searched
    "passeport confisqué",  # the page says that it answers for « confisqué »
}
"""Queries of the file that do not find the right theme, and why."""


def themes_of(session, query):
    """Return the codes that the page lists for a query, and the words that it searched instead."""
    instead = index.load(session).instead(query)
    return codes(session, instead or query), instead


def test_queries_written_before_any_search_find_the_right_theme(themes):
    lines = [it for it in QUERIES.read_text("utf-8").splitlines() if not it.startswith("#")]
    rows = [[part.strip() for part in line.split("|")] for line in lines]
    wrong = set()
    for _kind, query, expected in rows:
        listed, right = themes_of(themes, query)[0], set(expected.split()) - {"-"}
        if bool(listed) if not right else right.isdisjoint(listed[:3]):
            wrong.add(query)

    assert len(rows) == 40
    assert wrong == UNANSWERED


@pytest.mark.parametrize(
    ("query", "first", "instead"),
    [
        ("avocat", "T4", ""),
        ("santé", "T4", "accompagnement"),
        ("travail forcé", "T9", ""),
        ("école", "T5", "enfant"),
        ("esclavage", "T9", ""),
        ("avoirs criminels", "T8", ""),
        ("OFPRA", "T7", ""),
        ("hebergemant", "T7", "hébergement"),
        ("hebergemant à Lyon", "T7", "hébergement"),
        ("hopitale", "T4", "accompagnement"),
        ("mariage forcé", None, ""),  # « forcé » is a word, and not « forme » spelt wrongly
        ("enfants salaires", None, ""),
    ],
)
def test_words_that_nothing_holds_give_way_to_known_ones(themes, query, first, instead):
    listed, searched = themes_of(themes, query)

    assert (next(iter(listed), None), searched) == (first, instead)


def test_list_says_for_which_other_words_it_answers(themes, client):
    make_round(themes)
    themes.commit()

    page = visible_text(client.get("/mesures?q=hebergemant"))

    assert "Aucun résultat pour « hebergemant » ; voici ceux pour « hébergement »." in page
    assert "Aucun résultat" not in visible_text(client.get("/mesures?q=hébergement"))


def test_spelling_of_a_query_costs_no_more_than_its_first_characters(themes):
    loaded = index.load(themes)

    assert loaded.instead("é" * 100_000) == ""
    assert loaded.suggestions("é" * 100_000, "fr") == loaded.suggestions("é" * 200, "fr")


def test_search_reads_the_plan_in_one_query_and_makes_its_index_once(themes):
    index._index.cache_clear()

    with selects() as statements:
        first, again = codes(themes, "hébergement"), codes(themes, "hébergement")

    assert first == again
    assert len(statements) == 4
    assert index._index.cache_info()[:2] == (1, 1)  # a hit, a miss


GIRAFFE = {"fr": "Girafe"}


@pytest.mark.every_case
@pytest.mark.parametrize(
    "change",
    [
        sa.update(Axis).values(title=GIRAFFE),
        sa.update(Measure).where(Measure.code == "T1").values(title=GIRAFFE),
        sa.update(Measure).where(Measure.code == "T1").values(summary=GIRAFFE),
        sa.update(Measure).where(Measure.code == "T1").values(code="Girafe"),
        sa.insert(IndicatorVersion).from_select(
            ["indicator_id", "number", "created_at", "label"],
            sa.select(Indicator.id, 2, sa.literal(AT, UTCDateTime), sa.literal(GIRAFFE, sa.JSON))
            .where(Indicator.code == "T1.1"),
        ),
    ],
)  # fmt: skip
def test_search_follows_each_change_of_the_plan(themes, change):
    assert codes(themes, "girafe") == []

    themes.execute(change)
    themes.commit()

    assert codes(themes, "girafes")[:1] in (["T1"], ["Girafe"])


def test_titles_come_before_the_rest_and_the_order_of_the_plan_decides_between_equals(session):
    drafts = [
        make_measure_draft("1", make_indicator_draft("1.1", "Places d'accueil")),
        make_measure_draft("2", make_indicator_draft("2.1", "Places d'accueil"), title="Autre"),
        make_measure_draft("3", title="Accueillir"),
        make_measure_draft("4", title="Lieux d'accueil", axis="B"),
    ]
    apply(session, make_draft(*drafts), AT)

    assert codes(session, "accueils") == ["1", "3", "4", "2"]


def test_words_that_tell_nothing_are_left_out_unless_alone(themes):
    assert codes(themes, "le logement pour les victimes") == codes(themes, "logement victimes")
    assert codes(themes, "?!") == []


def test_list_of_a_search_begins_with_the_axis_of_the_best_measure(session, client):
    drafts = [
        make_measure_draft("1", make_indicator_draft("1.1", "Foyers"), title="Contrôler"),
        make_measure_draft("2", title="Un foyer", axis="B"),
    ]
    apply(session, make_draft(*drafts), AT)
    session.commit()

    page = client.get("/mesures?q=foyers").get_data(as_text=True)

    assert page.index('href="/mesures/2"') < page.index('href="/mesures/1"')


def test_empty_list_suggests_only_words_that_find_something(themes, client):
    for locale, query in (("fr", "girafe"), ("fr", "hébergmeent"), ("en", "giraffe")):
        suggested = index.load(themes).suggestions(query, locale)

        assert len(suggested) == 4
        assert [word for word in suggested if not codes(themes, word)] == []
    assert index.load(themes).suggestions("hébergmeent", "fr")[0] == "hébergement"
    page = client.get("/mesures?q=girafe").get_data(as_text=True)
    assert 'href="/mesures?q=observatoire#resultats"' in page


def test_empty_plan_suggests_nothing(session, client):
    assert index.load(session).suggestions("girafe", "fr") == []
    assert "l'un de ceux-ci" not in client.get("/mesures?q=girafe").get_data(as_text=True)
