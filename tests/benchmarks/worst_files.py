"""Files at their worst: workbooks, CSV, and what is attached to a mail."""

import io
import multiprocessing
import random
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from consultation.inbox import attached
from consultation.sheets.reading import read_workbook

BOOK = "4 Mio reçus, 200 Mo dépliés, 20 000 × 500"
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
    yield "pièce jointe : archive", "10 Mo, 2000 entrées", _archive


def _workbook(cell: Callable[[random.Random], str]) -> str:
    """Read a workbook of nearly four mebibytes; it is made by another process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.xlsx"
        maker = multiprocessing.get_context("fork").Process(target=_make, args=(path, cell))
        maker.start()
        maker.join()
        return _read(path)


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


def _read(path: Path) -> str:
    book = read_workbook(path)
    return f"{path.stat().st_size} octets, {sum(map(len, book.sheets.values()))} lignes"


def _archive() -> bool:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number in range(1_999):
            archive.writestr(f"{number}", b"")
    return attached._is_bomb(made.getvalue())
