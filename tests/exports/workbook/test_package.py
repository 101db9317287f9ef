"""The package for researchers, read again by the programmes it is for."""

import hashlib
import json
import zipfile
from datetime import date

import frictionless
import pyreadstat
import pytest
from pyarrow import parquet

from consultation.questionnaires.models import QuestionKind
from consultation.spreadsheets import research_archive
from consultation.spreadsheets.writer import Format, Package, formats_here
from tests.exports.builders import add_question, form_of, respond
from tests.exports.reading import make
from tests.factories import make_measure, make_round

HOSTILE = [
    "007",
    "1E5",
    "3-12",
    "TRUE",
    "  blancs  ",
    "مرحبا 😀",
    "_x0041_",
    "un\ndeux",
    "x" * 100_000,
]


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    return make_round(session)


@pytest.fixture
def unpacked(session, opened, tmp_path):
    """Return a function that makes the package and gives the folder of what is in it."""

    def unpacked(**given):
        made = make(session, opened, tmp_path / "made", Package.RESEARCH, **given)
        with zipfile.ZipFile(made.path) as archive:
            archive.extractall(tmp_path / "unpacked")
        return tmp_path / "unpacked"

    return unpacked


def answers(**answers):
    return {("T7.1", code): value for code, value in answers.items()}


def test_frictionless_finds_no_fault_in_the_tables_and_their_links(session, opened, unpacked):
    respond(session, opened, "T7", answers(stance="keep", relevance=7, reason="=1+1 ; « où ? »"))
    respond(session, opened, None, {"tool_missing": "Un peu.", "tool_method": 3})

    report = frictionless.validate(str(unpacked() / "datapackage.json"))

    assert report.flatten(["title", "message"]) == []
    names = {task.name for task in report.tasks}
    assert {"avis", "contributions", "textes", "dictionnaire"} <= names


def test_each_file_is_described_with_its_size_and_hash(session, opened, unpacked):
    respond(session, opened, "T7", answers(stance="keep"))

    folder = unpacked()

    listed = json.loads((folder / "datapackage.json").read_text("utf-8"))
    described = {
        entry["path"]: (entry["bytes"], entry["hash"])
        for entry in listed["resources"] + listed["files"]
    }
    actual = {
        file.name: (file.stat().st_size, f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}")
        for file in folder.iterdir()
        if file.name != "datapackage.json"
    }
    assert described == actual
    assert {"Avis.csv", "Avis.sav", "Avis.parquet", "Textes.parquet"} <= set(actual)


def test_spss_knows_labels_of_variables_and_values_and_that_no_opinion_is_missing(
    session, opened, unpacked
):
    respond(session, opened, "T7", answers(stance="keep", relevance=7, feasibility="none"))

    rows, about = pyreadstat.read_sav(str(unpacked() / "Avis.sav"), user_missing=True)

    [row] = rows.to_dict("records")
    assert (row["stance_code"], row["relevance"], row["feasibility"]) == ("keep", 7, 99)
    assert row["feasibility_no_opinion"] == 1
    assert about.column_names_to_labels["relevance"] == "Pertinence"
    assert about.variable_value_labels["stance_code"]["keep"] == "Le garder"
    assert about.variable_value_labels["feasibility"] == {99: "je ne sais pas"}
    assert about.missing_ranges["feasibility"] == [{"lo": 99, "hi": 99}]


def test_spss_has_the_days_and_the_accords_of_contributions(session, opened, unpacked):
    respond(session, opened, "T7", {"standing": "done"}, organisation="Œuvre", consent_contact=True)

    rows, _ = pyreadstat.read_sav(str(unpacked() / "Contributions.sav"))

    [row] = rows.to_dict("records")
    assert (row["submitted_on"], row["organisation"]) == (date(2026, 11, 20), "Œuvre")
    assert (row["consent_contact"], row["consent_named"]) == (1, 0)


def test_parquet_has_types_labels_and_what_was_asked(session, opened, unpacked):
    respond(session, opened, "T7", answers(stance="keep", relevance=7))

    table = parquet.read_table(unpacked() / "Avis.parquet")

    assert table.column("relevance").to_pylist() == [7.0]
    assert table.column("feasibility").to_pylist() == [None]
    about = table.schema.field("stance_code").metadata
    assert json.loads(about[b"labels"])["keep"] == "Le garder"
    codebook = json.loads(
        parquet.read_metadata(unpacked() / "Avis.parquet").metadata[b"questionnaire"]
    )
    assert {"sheet": "Avis", "variable": "relevance"}.items() <= next(
        entry for entry in codebook if (entry["sheet"], entry["variable"]) == ("Avis", "relevance")
    ).items()


def test_question_coded_as_another_variable_has_a_variable_of_its_own(session, opened, unpacked):
    form = form_of(session, opened, "T7")
    steps = {"minimum": 1, "maximum": 5, "low": {"fr": "non"}, "high": {"fr": "oui"}}
    add_question(session, form, "revision", QuestionKind.SCALE, "none", settings=steps)
    add_question(session, form, "need", QuestionKind.MULTIPLE_CHOICE, "beds", "staff")
    add_question(session, form, "need_beds", QuestionKind.NUMBER)
    respond(session, opened, "T7", {"revision": 4, "need": ["beds"], "need_beds": 12})
    respond(session, opened, "T7", {"revision": "none"})

    rows, _ = pyreadstat.read_sav(str(unpacked() / "Contributions.sav"), user_missing=True)

    first, second = rows.to_dict("records")
    assert (first["revision"], first["question_revision"]) == (1, 4)
    assert (second["revision"], second["question_revision"]) == (1, research_archive.MISSING)
    assert (first["need_beds"], first["question_need_beds"]) == (1, 12)


def test_every_text_comes_back_to_the_letter(session, opened, unpacked):
    for text in HOSTILE:
        respond(session, opened, "T7", {"suggestions": text})

    table = parquet.read_table(unpacked() / "Textes.parquet")

    parts = [name for name in table.column_names if name.split("_")[0] == "text"]
    rows = table.select(parts).to_pylist()
    assert ["".join(value or "" for value in row.values()) for row in rows] == HOSTILE


def test_table_too_long_for_spss_is_refused_with_what_to_do(
    session, opened, unpacked, monkeypatch, tmp_path
):
    monkeypatch.setattr(research_archive, "MOST_ROWS", 1)
    for _ in range(2):
        respond(session, opened, "T7", answers(stance="keep"))

    with pytest.raises(research_archive.TooManyForSpss, match=r"« Avis ».*le format CSV"):
        unpacked()

    assert list((tmp_path / "made").iterdir()) == []


def test_it_is_offered_only_where_its_libraries_are(monkeypatch):
    assert Package.RESEARCH in formats_here()

    monkeypatch.setattr(research_archive, "LIBRARIES", ("no_such_library",))

    assert formats_here() == tuple(Format)
