"""Whatever way figures go out, they say the same, and all of it together tells no small count."""

import random
import re

import pytest

from consultation.questionnaires.models import QuestionKind
from consultation.results.public import preview_image
from consultation.results.public.tables import PublicFigures
from consultation.results.publication.snapshot_content import publication_from
from tests.exports.builders import add_question, form_of, respond
from tests.factories import make_round
from tests.results.attacking import recovered
from tests.results.publishing_builders import measure as measure
from tests.results.publishing_builders import publish
from tests.results.publishing_builders import settings as settings

PAGE = "/resultats/T7"
CAPACITIES = ("justice", "justice", "justice", "police", "police", "association")
TERRITORIES = ("corse", "bretagne", None)
STANCES = ("keep", "keep", "keep", "amend", "amend", "drop", "none", None)
NEEDS = ("beds", "staff", "money")


@pytest.fixture
def opened(session, measure):
    opened = make_round(session)
    add_question(
        session, form_of(session, opened, "T7"), "needs", QuestionKind.MULTIPLE_CHOICE, *NEEDS
    )
    session.commit()
    return opened


@pytest.fixture(params=[1, 2, 3])
def chance(request):
    return random.Random(request.param)


def answer_at_random(session, opened, chance, count):
    for _ in range(count):
        drawn = {
            ("T7.1", "stance"): chance.choice(STANCES),
            ("T7.1", "relevance"): chance.choice([2, 5, 5, 8, 8, 9, None]),
            "needs": chance.sample(NEEDS, chance.choice([0, 1, 1, 2])),
        }
        answers = {key: value for key, value in drawn.items() if value}
        respond(
            session, opened, "T7", answers,
            capacity=chance.choice(CAPACITIES), territory=chance.choice(TERRITORIES),
        )  # fmt: skip
    session.commit()


def tables_of(page):
    """Every table of a page, as rows of counts, None where one is hidden."""
    tables = re.findall(r"<table class=\"(?:plain|crossed)\".*?</table>", page, re.DOTALL)
    return [
        [
            [counted(cell) for cell in re.findall(r'<td class="num"[^>]*>(.*?)</td>', row)]
            for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table.split("<tbody")[1], re.DOTALL)
        ]
        for table in tables
    ]


def counted(cell):
    """The count in a cell, None where it is hidden."""
    return None if "veiled" in cell else cell


@pytest.mark.parametrize("small", [4, 5, 8])
def test_page_files_and_picture_show_exactly_what_the_snapshot_does(
    client, session, opened, measure, chance, small
):
    answer_at_random(session, opened, chance, 45)
    snapshot = publish(session, opened, measure.id, small)
    published = PublicFigures(snapshot.public)
    page = client.get(PAGE).text

    whole = client.get(f"{PAGE}.json").json

    assert {key: whole[key] for key in snapshot.public} == snapshot.public
    for table in published.tables():
        rows = [list(row.counts) for row in table.rows]
        in_json = client.get(f"{PAGE}/{table.slug}.json").json["rows"]
        lines = client.get(f"{PAGE}/{table.slug}.csv").data.decode("utf-8-sig").splitlines()[1:]
        assert [row["counts"] for row in in_json] == rows
        written = [["masqué" if count is None else str(count) for count in row] for row in rows]
        assert [line.split(";")[6:-1] for line in lines] == written
    assert allowed(tables_of(page)) <= {str(count) for count in counts_in(snapshot.public)}
    assert set(re.findall(r"\d+", drawn_by(snapshot))) <= {
        str(count) for count in [*counts_in(snapshot.public), small]
    }


def allowed(tables):
    cells = {cell for rows in tables for row in rows for cell in row if cell}
    return {cell for cell in cells if "%" not in cell}


def drawn_by(snapshot):
    """What the picture says of the question it draws, its labels apart."""
    text = preview_image.alternative_text(snapshot.public).split(". ", 1)[1]
    return text.replace("T7.1", "")


def counts_in(content):
    if isinstance(content, dict):
        content = [content[key] for key in content if key not in ("code", "label", "threshold")]
    if isinstance(content, list):
        for part in content:
            yield from counts_in(part)
    elif isinstance(content, int) and not isinstance(content, bool):
        yield content


@pytest.mark.parametrize("small", [4, 5, 8])
def test_two_publications_together_tell_no_count_that_either_hides(
    client, session, opened, measure, chance, small
):
    seen = []
    for count in (45, chance.choice([2, 6, 12])):
        answer_at_random(session, opened, chance, count)
        publication = publication_from(publish(session, opened, measure.id, small).figures["cells"])
        seen.append((publication, client.get(f"{PAGE}.json").json))
    (first, before), (second, after) = seen

    for publication in (first, second):
        hidden = {cell for cell, count in publication.published.items() if count is None}
        revealed = recovered(publication.counts, hidden)
        assert {cell: count for cell, count in revealed.items() if count} == {}
        assert not any(0 < (it or 0) < small for it in publication.published.values())
    pairs = zip(each_count(before), each_count(after), strict=True)
    moved = {abs(now - was) for was, now in pairs if was is not None and now is not None}
    assert not any(0 < move < small for move in moved)


def each_count(figures):
    yield figures["responses"]
    for question in figures["questions"]:
        yield from (value["count"] for value in question["values"])
