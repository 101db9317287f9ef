"""Files of values: written, read again, refused with all their errors."""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.accounts.models import AuditEvent
from consultation.db.stale import StaleEdit
from consultation.plan import queries
from consultation.plan.measurement import values as measurements
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.plan.values import importer, record, workbook
from consultation.plan.values.models import (
    IndicatorValue,
    MissingBecause,
    Reporter,
    SourceKind,
    ValuePoint,
)
from consultation.plan.values.record import Report
from consultation.spreadsheets.reader.problems import SheetRefused
from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.writer import Format
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.factories import make_measure
from tests.moderation.builders import make_actor
from tests.plan.builders import write_sheets
from tests.plan.values.builders import redefine

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HEADERS = [
    "Indicateur", "Échéance", "Valeur", "Valeur manquante", "Date de la valeur", "Couvre",
    "Qui la donne", "Organisation", "Source", "Lien", "Sorte de source", "Note", "Référence",
]  # fmt: skip
BLANK = dict.fromkeys(HEADERS)
KINDS = {
    "T7.1": Measurement(
        MeasuredAs.NUMBER,
        WantedDirection.MORE,
        Figure(100.0, "2024"),
        Figure(150.0, "2026-06"),
        Figure(200.0, "2027"),
    ),
    "T7.2": Measurement(MeasuredAs.PERCENTAGE, WantedDirection.LESS, Figure(12.5, "2024-06-30")),
    "T7.3": Measurement(MeasuredAs.DATE),
    "T7.4": Measurement(MeasuredAs.YES_NO),
    "T7.5": Measurement(MeasuredAs.LEVEL),
    "T7.6": Measurement(),
}


@pytest.fixture
def organiser(session):
    make_measure(session, "T7", indicators=6)
    for code, measurement in KINDS.items():
        version = queries.stored_indicator(session, code).version
        version.unit = {"fr": "places"} if code == "T7.1" else None
        measurements.store(version, measurement, AT)
    session.commit()
    return make_organiser(session)


def filled(code="T7.1", **cells):
    """A row of a file: a value that the State gives for mid-term, some cells replaced."""
    row = BLANK | {
        "Indicateur": code,
        "Échéance": "mi-parcours",
        "Valeur": "120",
        "Qui la donne": "État",
    }
    names = {column.key: column.header for column in workbook.READ_COLUMNS}
    row |= {names[key]: cell for key, cell in cells.items()}
    return [row[name] for name in HEADERS]


def rows_file(tmp_path, *rows, headers=HEADERS, name="valeurs.xlsx"):
    return write_sheets(tmp_path / name, Valeurs=[headers, *rows])


def report(session, organiser, code="T7.1", value=120.0, **values):
    values = {"reported_by": Reporter.STATE, "point": ValuePoint.MIDTERM} | values
    indicator = queries.stored_indicator(session, code)
    row = record.report(Work(session, organiser, AT), indicator, Report(value=value, **values))
    session.commit()
    return row


def export(session, folder, format=Format.XLSX):
    path = Path(folder) / f"valeurs.{format}"
    workbook.write(session, path, format)
    return path


def changes_of(session, organiser, path):
    drafts = importer.read(Work(session, organiser), path).drafts
    return importer.compare(Work(session, organiser), drafts)


def apply(session, organiser, path, previewed=None):
    drafts = importer.read(Work(session, organiser), path).drafts
    previewed = previewed or importer.compare(Work(session, organiser), drafts).digest
    changes = importer.apply(Work(session, organiser, AT), drafts, previewed)
    session.commit()
    return changes


def problems_of(session, organiser, path):
    with pytest.raises(SheetRefused) as refused:
        importer.read(Work(session, organiser), path)
    return refused.value.problems


def standing(session, code="T7.1"):
    indicator = queries.stored_indicator(session, code)
    return record.current(session, [indicator.id]).get(indicator.id, [])


def count(session):
    return session.scalar(sa.select(sa.func.count(IndicatorValue.id)))


lines = st.sampled_from(["", "2025", "Île-de-France ; mineurs", "=1+1", "-5 places", "30/06/2026"])
links = st.from_regex(r"https://[a-z0-9]{1,20}\.fr/[a-z0-9/?=&%#+@-]{0,30}", fullmatch=True)
content = {
    "T7.1": st.floats(-1e9, 1e9, allow_nan=False).map(lambda it: round(it, 6) + 0.0),
    "T7.2": st.decimals(-10, 200, places=2).map(lambda it: float(it) + 0.0),
    "T7.3": st.dates(date(1900, 1, 1), date(2099, 12, 31)),
    "T7.4": st.booleans(),
    "T7.5": st.sampled_from(["partout", "12", "oui", "-1", "12 %"]),
    "T7.6": st.none(),
}


@st.composite
def reports(draw, code):
    value = draw(content[code] | st.none())
    moment = draw(st.sampled_from(ValuePoint) | st.dates(date(2000, 1, 1), date(2040, 1, 1)))
    is_day = isinstance(moment, date)
    return Report(
        reported_by=draw(st.sampled_from(Reporter)),
        point=None if is_day else moment,
        day=moment if is_day else None,
        value=value,
        missing_because=draw(st.sampled_from(MissingBecause)) if value is None else None,
        covers=draw(lines),
        observed_on=draw(st.sampled_from(["", "2026", "2026-06", "2026-06-30"])),
        source=draw(lines),
        source_url=draw(st.none() | links),
        source_kind=draw(st.none() | st.sampled_from(SourceKind)),
        reporter=draw(lines),
        note=draw(lines | st.just("Deux\nlignes \n")),
    )


@pytest.mark.parametrize("format", list(Format))
@given(data=st.data())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_values_written_to_a_sheet_and_read_again_change_nothing(
    session, organiser, format, data
):
    codes = data.draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=8))
    for code in codes:
        reported = data.draw(reports(code))
        indicator = queries.stored_indicator(session, code)
        others = [
            record.report_of(it)
            for it in record.current(session, [indicator.id]).get(indicator.id, [])
        ]
        if not any(record.is_same(reported, it) for it in others):
            record.report(Work(session, organiser, AT), indicator, reported)
    session.flush()
    stored = count(session)
    with tempfile.TemporaryDirectory() as folder:
        drafts = importer.read(Work(session, organiser), export(session, folder, format)).drafts

    changes = importer.compare(Work(session, organiser), drafts)
    session.rollback()
    assert changes.is_empty
    assert changes.unchanged_count == len(drafts) == stored


def test_sheet_has_each_value_beside_the_plan_and_a_row_to_fill(session, organiser, tmp_path):
    row = report(
        session, organiser, covers="Métropole", observed_on="2026-06", source="Enquête",
        source_url="https://a.fr/", source_kind=SourceKind.SURVEY, note="Provisoire",
    )  # fmt: skip

    rows = read_workbook(export(session, tmp_path)).sheets["Valeurs"]

    assert rows[0] == [
        "Indicateur", "Intitulé", "Unité", "Type de valeur (plan)", "Départ (plan)",
        "Cible à mi-parcours (plan)", "Cible de fin (plan)", "Définition (plan)", "Échéance",
        "Valeur", "Valeur manquante", "Date de la valeur", "Couvre", "Qui la donne",
        "Organisation", "Source", "Lien", "Sorte de source", "Note", "Référence",
    ]  # fmt: skip
    plan = ["T7.1", rows[1][1], "places", "nombre", "100 (2024)", "150 (06/2026)", "200 (2027)"]
    assert rows[1] == [
        *plan, "celle du plan", "mi-parcours", "120", None, "06/2026", "Métropole", "État", None,
        "Enquête", "https://a.fr/", "enquête", "Provisoire", row.public_id,
    ]  # fmt: skip
    assert rows[2] == [*plan, *[None] * 13]
    assert [row[0] for row in rows[3:]] == ["T7.2", "T7.3", "T7.4", "T7.5", "T7.6"]


def test_blank_sheet_says_so(session, organiser, tmp_path):
    [problem] = problems_of(session, organiser, export(session, tmp_path))

    assert problem.what == "aucune valeur n'est remplie"


def test_import_adds_and_corrects_and_removes_nothing(session, organiser, tmp_path):
    kept = report(session, organiser, reported_by=Reporter.ASSOCIATION)
    same = report(session, organiser, "T7.2", 12.5)
    old = report(session, organiser, covers="Métropole", note="Provisoire")
    path = rows_file(
        tmp_path,
        filled(value="130", covers="Métropole", reference=old.public_id),
        filled("T7.2", value="12,5 %", reference=same.public_id),
        filled("t7.2", value=11, moment=date(2026, 6, 30), reported_by="Rapporteur national"),
        filled("T7.3", value=datetime.fromisoformat("2026-09-01"), moment="Fin du plan"),
        filled("T7.4", value=True, source_url="https://b.fr/", source_kind="PRESSE"),
        filled("T7.6", value=None, missing_because="Jamais demandé", observed_on=2026),
    )

    changes = changes_of(session, organiser, path)
    applied = apply(session, organiser, path, changes.digest)

    assert changes.counts == applied.counts == {"added": 4, "changed": 1, "unchanged": 1}
    assert changes.changed[0].fields == ["value", "note"]
    assert kept in standing(session)
    assert [record.value_of(it) for it in standing(session)] == [120.0, 130.0]
    assert old not in standing(session)
    assert count(session) == 8
    (day,) = [it for it in standing(session, "T7.2") if it.day]
    assert (record.value_of(day), day.day) == (11.0, date(2026, 6, 30))
    assert record.value_of(standing(session, "T7.3")[0]) == date(2026, 9, 1)
    assert record.value_of(standing(session, "T7.4")[0]) is True
    assert standing(session, "T7.6")[0].missing_because is MissingBecause.NEVER_REQUESTED
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.details) == ("values_imported", applied.counts)
    again = changes_of(session, organiser, path)
    assert (again.is_empty, again.unchanged_count) == (True, 6), (
        "done before, though references are old"
    )


def test_missing_column_leaves_what_is_stored(session, organiser, tmp_path):
    old = report(session, organiser, covers="Métropole", note="Provisoire", source="Enquête")
    headers = ["Indicateur", "Échéance", "Valeur", "Qui la donne", "Source", "Référence"]
    row = ["T7.1", "mi-parcours", "130", "État", None, old.public_id]

    apply(session, organiser, rows_file(tmp_path, row, headers=headers))

    (row,) = standing(session)
    assert (row.covers, row.note, row.source) == ("Métropole", "Provisoire", "")


def test_missing_value_is_given_without_the_column_of_reasons(session, organiser, tmp_path):
    old = report(session, organiser, value=None, missing_because=MissingBecause.NO_ANSWER)
    headers = ["Indicateur", "Échéance", "Valeur", "Qui la donne", "Référence"]

    apply(
        session,
        organiser,
        rows_file(tmp_path, ["T7.1", "mi-parcours", "130", "État", old.public_id], headers=headers),
    )

    (row,) = standing(session)
    assert (row.number, row.missing_because) == (130.0, None)


def test_every_fault_is_named_with_its_place_and_its_remedy(session, organiser, tmp_path):
    make_measure(session, "T8", indicators=1)
    retired = queries.stored_indicator(session, "T8.1")
    retired.retired_at = AT
    session.commit()
    cases = [
        (filled(value="n.d."), "Valeur", "n'est pas une valeur"),
        (filled(value="12,5 %"), "Valeur", "est un pourcentage"),
        (filled(value="environ 300"), "Valeur", "approximation"),
        (filled(value="1e5"), "Valeur", "calculatrice"),
        (filled(value="300 personnes"), "Valeur", "n'est pas un nombre"),
        (filled("T7.2", value=0.125), "Valeur", "divisé par cent"),
        (filled("T7.3", value="30/02/2026"), "Valeur", "n'est pas une date"),
        (filled("T7.4", value="peut-être"), "Valeur", "ni oui ni non"),
        (filled("T7.6"), "Valeur", "sans que l'on sache ce qui se mesure"),
        (filled(value=None), "Valeur", "ne dit pas pourquoi elle manque"),
        (filled(missing_because="refusé"), "Valeur", "et dit qu'elle manque"),
        (filled(value=None, missing_because="perdu"), "Valeur manquante", "aucune raison"),
        (filled(moment="30/02/2026"), "Échéance", "ni un jour qui existe"),
        (filled(moment=None), "Échéance", "vide"),
        (filled(observed_on="30 février 2026"), "Date de la valeur", "n'est pas une date"),
        (filled(reported_by="préfet"), "Qui la donne", "aucune source ne s'appelle"),
        (filled(reported_by=None), "Qui la donne", "vide"),
        (filled(source_url="http://a.fr/"), "Lien", "https://"),
        (filled(source_kind="rumeur"), "Sorte de source", "aucune sorte"),
        (filled(note="x" * 2001), "Note", "la limite est de 2000"),
        (filled("T8.1"), "Indicateur", "est retiré du plan"),
        (filled("T9.1"), "Indicateur", "aucun indicateur"),
        (filled(None), "Indicateur", "vide"),
        (filled(reference="abc"), "Référence", "corrigée ou retirée entre-temps"),
    ]

    problems = problems_of(session, organiser, rows_file(tmp_path, *(row for row, _, _ in cases)))

    told = {problem.row: problem for problem in problems}
    assert len(problems) == len(told) == len(cases)
    for number, (_, column, what) in enumerate(cases, start=2):
        assert told[number].column == column, told[number].sentence
        assert what in told[number].what
        assert told[number].remedy
    assert count(session) == 0


def test_another_unit_than_that_of_the_plan_is_refused(session, organiser, tmp_path):
    headers = [*HEADERS, "Unité"]
    path = rows_file(
        tmp_path,
        [*filled(), "Places"],
        [*filled(reported_by="collectif"), "lits"],
        [*filled("T7.2"), "%"],
        headers=headers,
    )

    first, second = problems_of(session, organiser, path)
    assert (first.row, first.column) == (3, "Unité")
    assert first.what == "l'unité écrite est « lits », et celle de l'indicateur est « places »"
    assert second.what == "l'unité écrite est « % », et l'indicateur n'en a pas"


def test_value_twice_in_a_file_is_refused(session, organiser, tmp_path):
    old = report(session, organiser)
    path = rows_file(
        tmp_path,
        filled(value="130", reference=old.public_id),
        filled(value="140", reference=old.public_id),
        filled("T7.2", value="12,5"),
        filled("t7.2", value="12,50", note="La même"),
    )

    first, second = problems_of(session, organiser, path)
    assert (first.row, first.column) == (3, "Référence")
    assert first.what == "la ligne 2 corrige déjà la valeur de cette référence"
    assert (second.row, second.column) == (5, "Valeur")
    assert second.what == "la ligne 4 donne déjà cette valeur de cette source"


def test_stored_value_is_not_added_beside_itself(session, organiser, tmp_path):
    report(session, organiser, note="Provisoire")

    (problem,) = problems_of(session, organiser, rows_file(tmp_path, filled(note="Définitif")))
    assert "déjà là, pour cette échéance et de cette source" in problem.what


def test_reference_of_another_indicator_is_told(session, organiser, tmp_path):
    old = report(session, organiser)

    path = rows_file(tmp_path, filled("T7.2", reference=old.public_id))

    (problem,) = problems_of(session, organiser, path)
    assert problem.what == "la référence est celle d'une valeur de « T7.1 »"


def test_corrected_value_keeps_its_definition(session, organiser, tmp_path):
    old = report(session, organiser, value=12.0)
    before = old.version
    later = redefine(session, before.indicator, Measurement(MeasuredAs.LEVEL))

    rows = read_workbook(export(session, tmp_path)).sheets["Valeurs"]
    assert rows[1][2:8] == [
        "places", "nombre", "100 (2024)", "150 (06/2026)", "200 (2027)",
        "une définition antérieure",
    ]  # fmt: skip
    apply(session, organiser, rows_file(tmp_path, filled(value="13", reference=old.public_id)))
    apply(session, organiser, rows_file(tmp_path, filled(value="partout")))

    corrected, new = sorted(standing(session), key=lambda it: it.id)
    assert (record.value_of(corrected), corrected.version) == (13.0, before)
    assert (record.value_of(new), new.version) == ("partout", later)


def test_unlikely_percentages_are_told_apart(session, organiser, tmp_path):
    path = rows_file(tmp_path, filled("T7.2", value="140"), filled("T7.2", value="14"))

    assert [it.after["value"] for it in changes_of(session, organiser, path).doubtful] == ["140"]


def test_what_was_stored_since_the_preview_stops_the_import(session, organiser, tmp_path):
    old = report(session, organiser)
    first = rows_file(tmp_path, filled(value="130", reference=old.public_id), name="1.xlsx")
    second = rows_file(
        tmp_path, filled(value="140", reference=old.public_id), filled("T7.2"), name="2.xlsx"
    )
    drafts = importer.read(Work(session, organiser), second).drafts
    previewed = importer.compare(Work(session, organiser), drafts).digest
    apply(session, organiser, first)

    with pytest.raises(StaleEdit):
        importer.apply(Work(session, organiser, AT), drafts, previewed)
    session.rollback()

    assert [record.value_of(it) for it in standing(session)] == [130.0]
    assert standing(session, "T7.2") == []
    (problem,) = problems_of(session, organiser, second)
    assert "corrigée ou retirée entre-temps" in problem.what


def test_sheets_are_for_who_records_values(session, organiser, tmp_path):
    other = make_actor(session, "relecture")
    path = rows_file(tmp_path, filled())

    with pytest.raises(NotAllowed):
        importer.read(Work(session, other), path)
    with pytest.raises(NotAllowed):
        importer.compare(Work(session, other), [])
    with pytest.raises(NotAllowed):
        importer.apply(Work(session, other, AT), [], "")


def test_columns_of_ones_own_are_told_but_not_those_of_the_plan(session, organiser, tmp_path):
    headers = [*HEADERS, "Départ (plan)", "Ma colonne"]

    path = rows_file(tmp_path, [*filled(), "99", "à voir"], headers=headers)

    assert importer.read(Work(session, organiser), path).unread == ["Ma colonne"]


@pytest.mark.parametrize("name", ["l'État", "Le collectif", "le rapporteur", "Une association"])
def test_giver_is_read_under_the_name_that_sentences_have(session, organiser, tmp_path, name):
    read = importer.read(Work(session, organiser), rows_file(tmp_path, filled(reported_by=name)))

    assert len(read.drafts) == 1
