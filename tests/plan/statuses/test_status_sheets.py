"""Assessment files: written, read again, refused with all their errors."""

import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.accounts.models import AuditEvent
from consultation.db.stale import StaleEdit
from consultation.plan.models import Assessor, Level, Measure, MeasureStatus
from consultation.plan.statuses import importer, workbook
from consultation.plan.statuses.assessments import assessment_of
from consultation.spreadsheets.reader.problems import SheetRefused
from consultation.spreadsheets.reader.rows import ValueRefused, text_of
from consultation.spreadsheets.reader.workbook import read_workbook
from consultation.spreadsheets.writer import Format
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.factories import make_measure
from tests.plan.builders import localized, paragraphs, write_sheets

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ORGANISER = SimpleNamespace(id=None, email="lou@association.fr", may=lambda permission: True)
OTHER_STAFF = SimpleNamespace(id=None, email="x@association.fr", may=lambda permission: False)
HEADERS = ["Mesure", "Évaluateur", "Date", "Niveau", "Éléments", "Éléments (anglais)", "Lien"]

evidence_column = next(column for column in workbook.COLUMNS if column.key == "evidence")


def is_no_error_of_a_spreadsheet(texts):
    try:
        return all(text_of(text, evidence_column) for text in texts.values())
    except ValueRefused:
        return False


links = st.from_regex(r"https://[a-z0-9]{1,20}\.fr/[a-z0-9/?=&%#+@-]{0,30}", fullmatch=True)
assessments = st.fixed_dictionaries(
    {
        "assessor": st.sampled_from(Assessor),
        "assessed_on": st.dates(date(2000, 1, 1), date(2026, 11, 24)),
        "level": st.sampled_from(Level),
        "evidence": st.none() | localized(paragraphs).filter(is_no_error_of_a_spreadsheet),
        "source_url": st.none() | links,
    }
)


def read(session, path):
    return importer.read(Work(session, ORGANISER, AT), path).drafts


def changes_of(session, path):
    return importer.compare(Work(session, ORGANISER), read(session, path))


def apply(session, path, previewed=None):
    drafts = read(session, path)
    previewed = previewed or importer.compare(Work(session, ORGANISER), drafts).digest
    return importer.apply(Work(session, ORGANISER, AT), drafts, previewed)


def rows_file(tmp_path, *rows, headers=HEADERS, name="avancement.xlsx"):
    return write_sheets(tmp_path / name, Avancement=[headers, *rows])


def store(session, measure, day=date(2026, 6, 1), assessor=Assessor.STATE, **values):
    values = {"level": Level.ENGAGED} | values
    status = MeasureStatus(measure_id=measure.id, assessor=assessor, assessed_on=day, **values)
    session.add(status)
    session.flush()
    return status


def export(session, folder, format):
    path = Path(folder) / f"avancement.{format}"
    workbook.write(Work(session, ORGANISER), path, format)
    return path


def problems_of(session, path):
    with pytest.raises(SheetRefused) as refused:
        read(session, path)
    return refused.value.problems


@pytest.mark.every_case
@pytest.mark.parametrize("format", list(Format))
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 2), assessments),
        unique_by=lambda row: (row[0], row[1]["assessor"], row[1]["assessed_on"]),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_assessments_written_to_a_sheet_and_read_again_change_nothing(session, format, rows):
    measures = [make_measure(session, code, indicators=0) for code in ("1", "1.10", "T-7")]
    stored = [MeasureStatus(measure_id=measures[place].id, **values) for place, values in rows]
    session.add_all(stored)
    session.flush()
    with tempfile.TemporaryDirectory() as folder:
        path = export(session, folder, format)

        drafts = read(session, path)

    changes = importer.compare(Work(session, ORGANISER), drafts)
    known = [assessment_of(status) for status in stored]
    texts_survive = all(draft.assessment in known for draft in drafts)
    latest = {(status.measure_id, status.assessor) for status in stored}
    session.rollback()
    assert changes.is_empty
    assert changes.unchanged_count == len(drafts) == len(latest)
    assert texts_survive


def test_sheet_has_a_row_to_fill_for_each_measure_in_force_and_assessor(session, tmp_path):
    measure = make_measure(session, title="Hébergement")
    make_measure(session, "T8", retired_at=AT)
    store(session, measure, date(2025, 1, 1))
    store(session, measure, evidence={"fr": "Ouvert", "en": "Open"}, source_url="https://a.fr/")

    rows = read_workbook(export(session, tmp_path, Format.XLSX)).sheets["Avancement"]

    assert rows[0] == [
        "Mesure", "Intitulé", "Évaluateur", "Date", "Niveau", "Éléments", "Éléments (anglais)",
        "Lien",
    ]  # fmt: skip
    assert rows[1:] == [
        [
            "T7",
            "Hébergement",
            "État",
            date(2026, 6, 1),
            "engagée",
            "Ouvert",
            "Open",
            "https://a.fr/",
        ],
        ["T7", "Hébergement", "Collectif", None, None, None, None, None],
        ["T7", "Hébergement", "Rapporteur national", None, None, None, None, None],
    ]


def test_cells_of_the_sheet_offer_the_words_it_takes(session, tmp_path):
    from openpyxl import load_workbook

    make_measure(session)

    workbook = load_workbook(export(session, tmp_path, Format.XLSX))

    lists = [list(column) for column in workbook["_choix"].iter_cols(values_only=True)]
    assert [[word for word in column if word] for column in lists] == [
        ["État", "Collectif", "Rapporteur national"],
        ["non engagée", "engagée", "non réalisée", "partiellement réalisée", "réalisée"],
    ]
    sheet = workbook["Avancement"]
    assert len(sheet.data_validations.dataValidation) == 2
    as_text = [
        letter for letter in "ABCDEFH" if sheet.column_dimensions[letter].number_format == "@"
    ]
    assert as_text == ["A", "F", "H"]
    assert sheet.column_dimensions["F"].max == 7, "the two languages of the texts are alike"


@pytest.mark.parametrize("format", list(Format))
def test_blank_sheet_says_so(session, tmp_path, format):
    make_measure(session)

    [problem] = problems_of(session, export(session, tmp_path, format))

    assert problem.what == "aucune évaluation n'est remplie"


def test_import_adds_and_corrects_and_removes_nothing(session, tmp_path):
    measure, other = make_measure(session), make_measure(session, "T8")
    kept = store(session, other)
    same = store(session, measure, assessor=Assessor.COLLECTIVE, evidence={"fr": "Rien."})
    old = store(session, measure, evidence={"fr": "Au lancement."}, source_url="https://a.fr/")
    path = rows_file(
        tmp_path,
        ["t7", "collectif", date(2026, 6, 1), "Engagée", "Rien.", None, None],
        ["T7", "L'État", "1/6/2026", "realisee", "Terminé.", "Done.", None],
        [
            "T7",
            "state",
            datetime.fromisoformat("2026-11-24T08:00"),
            "done",
            None,
            None,
            "https://b.fr/",
        ],
        ["T8", "Rapporteur national", "2026-02-03", "Partiellement réalisée", "50 %", None, None],
        ["T8", "Collectif", None, None, None, None, None],
    )

    changes = changes_of(session, path)
    applied = apply(session, path, changes.digest)

    assert changes.counts == applied.counts == {"added": 2, "changed": 1, "unchanged": 1}
    assert [change.fields for change in changes.changed] == [("level", "evidence", "source_url")]
    session.expire_all()
    assert old.level is Level.DONE
    assert old.evidence == {"fr": "Terminé.", "en": "Done."}
    assert old.source_url is None
    assert {status.id for status in session.scalars(sa.select(MeasureStatus))} > {kept.id, same.id}
    assert session.scalars(sa.select(sa.func.count(MeasureStatus.id))).one() == 5
    [event] = session.scalars(sa.select(AuditEvent)).all()
    assert (event.action, event.details) == ("statuses_imported", applied.counts)
    assert changes_of(session, path).is_empty


def test_missing_column_leaves_what_is_stored(session, tmp_path):
    status = store(
        session,
        make_measure(session),
        evidence={"fr": "Ouvert.", "en": "Open."},
        source_url="https://a.fr/",
    )
    row = ["T7", "État", "01/06/2026", "engagée", "Fermé."]

    apply(session, rows_file(tmp_path, row[:4], headers=HEADERS[:4]))
    session.expire_all()
    assert status.evidence == {"fr": "Ouvert.", "en": "Open."}
    apply(session, rows_file(tmp_path, row, headers=HEADERS[:5]))
    session.expire_all()
    assert status.evidence == {"fr": "Fermé.", "en": "Open."}
    apply(session, rows_file(tmp_path, [*row[:4], None], headers=HEADERS[:5]))

    session.expire_all()
    assert status.evidence is None
    assert status.source_url == "https://a.fr/"


def test_sixty_measures_are_judged_by_three_at_once(session, tmp_path):
    codes = [str(number) for number in range(1, 61)]
    for code in codes:
        make_measure(session, code, indicators=0)
    path = rows_file(
        tmp_path,
        *(
            [code, assessor, "27/06/2025", "engagée", f"Mesure {code}", None, None]
            for code in codes
            for assessor in ("État", "Collectif", "Rapporteur national")
        ),
    )

    changes = apply(session, path)

    assert changes.counts == {"added": 180, "changed": 0, "unchanged": 0}
    assert [change.measure.code for change in changes.new[::3]] == codes
    assert changes_of(session, path).unchanged_count == 180
    assert changes_of(session, export(session, tmp_path, Format.ODS)).unchanged_count == 180


def test_every_fault_is_named_with_its_place_and_its_remedy(session, tmp_path):
    make_measure(session)
    make_measure(session, "T8", retired_at=AT)
    path = rows_file(
        tmp_path,
        ["T9", "Préfet", "31/02/2026", "finie", "Texte", None, "javascript:alert(1)"],
        ["T8", "État", "25/11/2026", 3, None, "Only English", "http://a.fr/"],
        ["T7", "État", None, "engagée", 0.19, None, None],
        [None, "État", 46000, "engagée", "#N/A", None, None],
        ["T7", "Collectif", "01/06/2026", "engagée", None, None, None],
        ["t7", "collectif", date(2026, 6, 1), "réalisée", "x" * 5001, None, None],
    )

    problems = problems_of(session, path)

    assert [(problem.row, problem.column) for problem in problems] == [
        (2, "Mesure"), (2, "Évaluateur"), (2, "Date"), (2, "Niveau"), (2, "Lien"),
        (3, "Mesure"), (3, "Date"), (3, "Niveau"), (3, "Éléments (anglais)"), (3, "Lien"),
        (4, "Date"), (4, "Éléments"),
        (5, "Mesure"), (5, "Éléments"), (5, "Date"),
        (7, "Éléments"), (7, "Date"),
    ]  # fmt: skip
    assert {problem.sheet for problem in problems} == {"Avancement"}
    assert all(problem.remedy for problem in problems)
    assert "la ligne 6 donne déjà" in problems[-1].what
    assert session.scalars(sa.select(MeasureStatus)).all() == []


def test_sheet_without_its_columns_or_its_name_is_refused(session, tmp_path):
    make_measure(session)
    two = write_sheets(tmp_path / "deux.xlsx", Un=[HEADERS], Deux=[HEADERS])
    bare = rows_file(tmp_path, ["T7"], headers=["Mesure"])
    text = tmp_path / "note.csv"
    text.write_bytes(b"%PDF-1.7")

    assert "la feuille « Avancement » manque" in problems_of(session, two)[0].what
    assert "« Évaluateur », « Date », « Niveau »" in problems_of(session, bare)[0].what
    with pytest.raises(SheetRefused) as refused:
        read(session, text)
    assert refused.value.is_unreadable


def test_columns_of_ones_own_are_told_but_not_the_title(session, tmp_path):
    make_measure(session)
    row = ["T7", "=1+1", "État", "2026-01-01", "engagée", "à voir"]
    headers = ["Mesure", "Intitulé", "Évaluateur", "Date", "Niveau", "Ma colonne"]

    statuses = importer.read(
        Work(session, ORGANISER, AT), rows_file(tmp_path, row, headers=headers)
    )

    assert statuses.unread == ["Ma colonne"]


def test_what_moved_since_it_was_shown_is_not_taken_in(session, tmp_path):
    measure = make_measure(session)
    path = rows_file(tmp_path, ["T7", "État", "01/06/2026", "réalisée", None, None, None])
    previewed = changes_of(session, path).digest
    drafts = read(session, path)
    status = store(session, measure, level=Level.NOT_DONE)

    with pytest.raises(StaleEdit):
        importer.apply(Work(session, ORGANISER, AT), drafts, previewed)
    session.delete(status)
    measure.retired_at = AT
    session.flush()
    with pytest.raises(StaleEdit):
        importer.apply(Work(session, ORGANISER, AT), drafts, previewed)

    assert session.scalars(sa.select(MeasureStatus)).all() == []
    assert session.scalars(sa.select(AuditEvent)).all() == []


def test_sheets_are_for_who_has_the_plan_in_hand(session, tmp_path):
    make_measure(session)

    for refused in (
        lambda: workbook.write(Work(session, OTHER_STAFF), tmp_path / "a.xlsx", Format.XLSX),
        lambda: importer.read(Work(session, OTHER_STAFF, AT), tmp_path / "a.xlsx"),
        lambda: importer.apply(Work(session, OTHER_STAFF, AT), [], ""),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert session.scalars(sa.select(Measure)).one()
