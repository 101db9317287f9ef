"""Files at their worst: workbooks, CSV, and what is attached to a mail."""

import io
import os
import random
import sqlite3
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import xlsxwriter

from consultation.inbox.parsing import parts
from consultation.invitations.contacts.importer import read_invitees
from consultation.invitations.contacts.record import Vocabularies, Vocabulary
from consultation.invitations.contacts.workbook import COLUMNS as CONTACT_COLUMNS
from consultation.operations.backups import content, schemas
from consultation.plan.statuses.importer import READ_COLUMNS, read_statuses
from consultation.plan.workbook.columns import COMBINED_INDICATOR_COLUMNS, COMBINED_MEASURE_COLUMNS
from consultation.plan.workbook.reader import read_plan
from consultation.questionnaires.workbook.columns import (
    OPTION_COLUMNS,
    OPTIONS_SHEET,
    QUESTION_COLUMNS,
    QUESTIONS_SHEET,
)
from consultation.questionnaires.workbook.reader import read_outline
from consultation.spreadsheets.reader.problems import SheetRefused
from consultation.spreadsheets.reader.workbook import read_workbook

BOOK = "4 Mio reçus, 200 Mo dépliés, 20 000 × 500"
MANY_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000)"
SEED = 7
SHEET = "xl/worksheets/sheet1.xml"
_PARTS = {
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/'
    'package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships'
    '+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/'
    'package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/'
    'spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships"><sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<?xml version="1.0"?><Relationships xmlns="http://schemas.'
    'openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.'
    'openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/sheet1.xml"/></Relationships>',
}
_OPENED = (
    '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/'
    'main"><sheetData>'
)
_CLOSED = "</sheetData></worksheet>"


def cases() -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """Yield what the team may send, and what a mail may bring."""
    for name, cells in {
        "classeur : nombres": lambda chance: f"<c><v>{chance.randrange(10**6)}</v></c>",
        "classeur : textes": lambda chance: (
            f'<c t="inlineStr"><is><t>{chance.randrange(10**6)}</t></is></c>'
        ),
        "classeur : erreurs": lambda chance: f'<c t="e"><v>#{chance.randrange(10**6)}</v></c>',
    }.items():
        yield name, BOOK, partial(_workbook, cells)
    for name, text in {
        "CSV : cellules": lambda: (";" * 499 + "\n") * 8_000,
        "CSV : guillemets": lambda: '"' * 4_000_001,
        "CSV : une ligne": lambda: "a" * 4_000_000,
        "CSV : apostrophes": lambda: ("'=a;" * 100 + "\n") * 10_000,
    }.items():
        yield name, "4 Mio, 20 000 × 500", partial(_csv, text)
    for name, rows in {
        "ODS : répétées": _repeated,
        "ODS : nombres": _many_cells,
    }.items():
        yield name, BOOK, partial(_ods, rows)
    yield "import du plan", "4 Mio, 20 000 × 500", partial(_import, _plan, PLAN_HEADERS)
    yield "import d'évaluations", "4 Mio, 20 000 × 500", partial(_import, _statuses, STATUS_HEADERS)
    yield "import de contacts", "4 Mio, 20 000 × 500", partial(_import, _invitees, CONTACT_HEADERS)
    yield "import du questionnaire", BOOK, _questionnaire
    for name, statements in {
        "sauvegarde : une vue de 4 Mo": lambda: ["CREATE VIEW v AS SELECT '" + "(, " * 10**6 + "'"],
        "sauvegarde : 10 000 tables": lambda: (f"CREATE TABLE t{n} (a, b)" for n in range(10_000)),
        "sauvegarde : 300 000 lignes": lambda: [
            "CREATE TABLE t (a)",
            f"{MANY_NUMBERS} INSERT INTO t SELECT hex(randomblob(100)) FROM n",
        ],
    }.items():
        yield name, "aucune : donnée par qui administre", partial(_copy, statements)
    yield "pièce jointe : archive", "10 Mo, 2000 entrées", _archive


def _workbook(cell: Callable[[random.Random], str]) -> str:
    """Read a workbook of nearly four mebibytes; it is made by another process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        _in_a_child(_make, path, cell)
        return _read(path)


def _in_a_child(make: Callable[..., None], *given: Any) -> None:
    """Make a file in a process that counts for no case: the grandchild of this one."""
    if not os.fork():
        if not os.fork():
            make(*given)
            given[0].with_suffix(".made").touch()
        os._exit(0)
    os.wait()
    while not given[0].with_suffix(".made").exists():
        time.sleep(0.05)


def _make(path: Path, cell: Callable[[random.Random], str]) -> None:
    chance = random.Random(SEED)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, part in _PARTS.items():
            package.writestr(name, part)
        with package.open(SHEET, "w") as sheet:
            sheet.write(_OPENED.encode())
            for _ in range(2_500):
                sheet.write(f"<row>{''.join(cell(chance) for _ in range(400))}</row>".encode())
            sheet.write(_CLOSED.encode())


def _csv(text: Callable[[], str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(text(), "utf-8")
        return _read(path)


def _repeated() -> str:
    """A few bytes that stand for ten million cells."""
    cell = '<table:table-cell table:number-columns-repeated="499" office:value-type="string">'
    return (
        f'<table:table-row table:number-rows-repeated="19999">{cell}<text:p>a</text:p>'
        "</table:table-cell></table:table-row>"
    )


def _many_cells() -> str:
    chance = random.Random(SEED)
    cell = '<table:table-cell office:value-type="float" office:value="{}"/>'
    rows = ("".join(cell.format(chance.randrange(10**6)) for _ in range(400)) for _ in range(2_000))
    return "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)


def _ods(content: Callable[[], str]) -> str:
    """Read an ODS; it is made by another process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ods"
        _in_a_child(_make_ods, path, content)
        return _read(path)


def _make_ods(path: Path, content: Callable[[], str]) -> None:
    names = "urn:oasis:names:tc:opendocument:xmlns:"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("META-INF/manifest.xml", f'<manifest xmlns="{names}manifest:1.0"/>')
        package.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{names}office:1.0"'
            f' xmlns:table="{names}table:1.0" xmlns:text="{names}text:1.0"><office:body>'
            f'<office:spreadsheet><table:table table:name="A">{content()}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )


PLAN_HEADERS = [it.header for it in COMBINED_MEASURE_COLUMNS + COMBINED_INDICATOR_COLUMNS]
STATUS_HEADERS = [it.header for it in READ_COLUMNS]
CONTACT_HEADERS = [it.header for it in CONTACT_COLUMNS]


def _import(read: Callable[[Path], Any], headers: list[str]) -> str:
    """Read as many rows as a file may have, each of them wrong in every column."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        headers = list(dict.fromkeys(headers))
        row = ";".join(f"x y{n}" for n in range(len(headers)))
        rows = min(19_999, 4_000_000 // len(row))
        path.write_text("\n".join([";".join(headers), *[row] * rows]), "utf-8")
        return f"{rows} lignes, {_errors(read, path)} fautes"


def _errors(read: Callable[[Path], Any], path: Path) -> int:
    try:
        read(path)
    except SheetRefused as refusal:
        return len(refusal.problems)
    return 0


def _plan(path: Path) -> Any:
    return read_plan(path)


def _statuses(path: Path) -> Any:
    return read_statuses(path, [], date(2026, 1, 1))


def _invitees(path: Path) -> Any:
    vocabularies = Vocabularies(Vocabulary("une qualité", {}), Vocabulary("un territoire", {}))
    return read_invitees(path, {}, vocabularies)


def _questionnaire() -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        _in_a_child(_make_questionnaire, path)
        return f"{_errors(lambda it: read_outline(it, {}), path)} fautes"


def _make_questionnaire(path: Path) -> None:
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    for name, columns in ((QUESTIONS_SHEET, QUESTION_COLUMNS), (OPTIONS_SHEET, OPTION_COLUMNS)):
        sheet = book.add_worksheet(name)
        for place, column in enumerate(columns):
            sheet.write(0, place, column.header)
        for row in range(1, 10_000):
            for place in range(len(columns)):
                sheet.write(row, place, f"x y{row}")
    book.close()


def _make_copy(path: Path, statements: Callable[[], Iterable[str]]) -> None:
    with closing(sqlite3.connect(path)) as made, made:
        for statement in statements():
            made.execute(statement)


def _copy(statements: Callable[[], Iterable[str]]) -> str:
    """Examine a copy that somebody has made, but for what the migrations make."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "copy.sqlite"
        _in_a_child(_make_copy, path, statements)
        found = schemas.of_copy(path)
        told = schemas.differences(schemas.Schema({}), found)
        return f"{len(told)} différences, {len(content.contents(path))} tables"


def _read(path: Path) -> str:
    book = read_workbook(path)
    return f"{path.stat().st_size} octets, {sum(map(len, book.sheets.values()))} lignes"


def _archive() -> bool:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(1_999):
            archive.writestr(f"{number}", b"")
    return parts._is_bomb(made.getvalue())
