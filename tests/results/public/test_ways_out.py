"""Whatever way figures go out, they say the same, and all of it together tells no small count."""

import csv
import io
import random
import re

import pytest

from consultation.questionnaires.models import QuestionKind
from consultation.results.public import preview_image
from consultation.results.public.tables import PublicFigures
from consultation.results.publication.snapshot_content import publication_from
from tests.exports.builders import add_question, form_of, respond
from tests.exports.reading import cells_of
from tests.factories import make_round
from tests.pages import main_text
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


@pytest.mark.parametrize("small", [4, 8])
def test_files_of_all_figures_and_overview_hold_only_what_the_json_does(
    client, session, opened, measure, chance, small, tmp_path
):
    answer_at_random(session, opened, chance, 45)
    snapshot = publish(session, opened, measure.id, small)
    public = client.get(f"{PAGE}.json").json
    totals = client.get("/resultats.json").json["totals"]
    (tmp_path / "all.xlsx").write_bytes(client.get("/resultats.xlsx").data)
    text = client.get("/resultats.csv").data.decode("utf-8-sig")

    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    known = dict(cells_in(public)) | dict(cells_of_totals(totals))
    written = {cell_of(row): row["Nombre"] for row in rows if row["Nombre"]}
    header, *cells = cells_of(tmp_path / "all.xlsx", "chiffres")["chiffres"]
    sheet = [dict(zip(header, map(str, row), strict=True)) for row in cells]

    assert written == {
        cell: "masqué" if count is None else str(count)
        for cell, count in known.items()
        if cell in written
    }
    missing = {cell[1] for cell in known if cell not in written}
    assert not any(known[cell] for cell in known if cell not in written)
    assert missing <= set(CAPACITIES)
    assert [it["Nombre"] for it in sheet if it["Nombre"] != "None"] == list(written.values())
    assert {it["Valeur"] for it in rows} <= {"", *values_in(public), str(len(totals["axes"]))}
    assert numbers_on(client.get("/resultats")) <= {
        "1",
        *(str(it) for it in [*counts_in(snapshot.public), *counts_in(totals)]),
    }


def cells_in(public):
    """Each count of a measure, by its table, group and value."""
    yield ("contributions", "", "contributions"), public["responses"]
    yield ("contributions", "", "par courriel"), public["responses_by_mail"]
    for slug, side in (("qualites", "capacity"), ("territoires", "territory")):
        for it in public["sides"][side]:
            yield (slug, it["code"], "responses"), it["count"]
    for table in PublicFigures(public).tables()[2:]:
        question = next(it for it in public["questions"] if slug_of(it) == table.slug)
        codes = [it["code"] for it in question["values"]]
        for it in question["values"]:
            yield (table.slug, "", it["code"]), it["count"]
        for row in question["by_capacity"]:
            for code, count in zip(codes, row["counts"], strict=True):
                yield (table.slug, row["code"], code), count
        for it in question["classes"] or ():
            yield (table.slug, "", f"class:{it['code']}"), it["count"]


def cells_of_totals(totals):
    for axis, it in [*((it["title"]["fr"], it) for it in totals["axes"]), ("", totals["plan"])]:
        for code in ("kept", "changed"):
            yield ("totaux", axis, code), it[code]


def slug_of(question):
    return ".".join(filter(None, (question["indicator"], question["code"])))


def cell_of(row):
    group = row["Axe"] if row["Tableau"] == "totaux" else row["Code du groupe"]
    is_measure = row["Tableau"] == "contributions"
    return (row["Tableau"], group, row["Réponse"] if is_measure else row["Code de la réponse"])


def values_in(public):
    """What is no count of contributions, as a French spreadsheet writes it."""
    for question in public["questions"]:
        for it in (question["statistics"] or {}).values():
            yield str(it).replace(".", ",")


def numbers_on(page):
    text = re.sub(r"T7(\.\d)?|\d{1,2}(er)?\s\w+\s20\d\d|2024-2027|2\.0", "", main_text(page))
    return set(re.findall(r"\d+", text))


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
