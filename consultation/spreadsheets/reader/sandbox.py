"""Reader sandbox: a subprocess with bounded memory and time that opens untrusted workbooks.

Run as a script, it reads an XLSX or ODS file from its standard input and writes its cells,
pickled, to its standard output.  A file of one kilobyte can claim a sheet of seventeen thousand
million cells; calamine then allocates that memory at once, and the process dies: this one, and
not the web process.  As a script it imports nothing of the package.
"""

import io
import math
import pickle
import re
import resource
import sys
import zipfile
from datetime import date, datetime, time, timedelta
from typing import Any
from xml.parsers import expat

CellValue = str | int | float | bool | date | datetime | None
Sheets = dict[str, list[list[CellValue]]]

MAX_ROWS = 20_000
MAX_COLUMNS = 500
MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS = 30
ODS_PARTS = ("mimetype", "META-INF/manifest.xml", "content.xml")


_XLSX_ERROR = re.compile(rb'(<(?:\w+:)?c\b[^>]*\bt=)"e"')
_ODS_ERROR = re.compile(rb' office:string-value=""(?=[^>]*calcext:value-type="error")')


class TooTall(Exception):
    """A sheet, named by the argument, has more than MAX_ROWS rows."""


class TooWide(Exception):
    """A sheet, named by the argument, has more than MAX_COLUMNS columns."""


def extract(content: bytes) -> Sheets:
    """Return the cells of an XLSX or ODS file, from row 1 and column 1 on.

    A formula gives the value that was saved with it, an error such as #N/A its text.  Raise
    TooTall or TooWide, and what zipfile, expat and calamine raise for a damaged file.
    """
    # Only the script loads what opens a workbook.
    from python_calamine import CalamineWorkbook, SheetTypeEnum

    _check_parts(content)
    sheets: Sheets = {}
    with CalamineWorkbook.from_filelike(io.BytesIO(_readable(content))) as workbook:
        for index, about in enumerate(workbook.sheets_metadata):
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_index(index)
            last_row, last_column = sheet.end or (0, 0)
            if last_row >= MAX_ROWS:
                raise TooTall(about.name)
            if last_column >= MAX_COLUMNS:
                raise TooWide(about.name)
            rows = sheet.to_python(skip_empty_area=False)
            sheets[about.name] = [[_value(cell) for cell in row] for row in rows]
    return sheets


def _check_parts(content: bytes) -> None:
    """Raise for a truncated part, whose end calamine may drop, or on which it may hang."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                with archive.open(name) as part:
                    expat.ParserCreate().ParseFile(part)


def _value(cell: Any) -> CellValue:
    if isinstance(cell, time | timedelta):
        return str(cell)
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return None if cell == "" else cell


def _readable(content: bytes) -> bytes:
    """Return the file with, as texts, what calamine would leave out.

    That is tabs, line breaks and errors in ODS, errors such as #N/A in XLSX.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        is_ods = "content.xml" in names
        parts = {name: archive.read(name) for name in (ODS_PARTS if is_ods else names)}
    if is_ods:
        parts["content.xml"] = _readable_ods(parts["content.xml"])
        return _zipped(parts)
    marked = {
        name: _XLSX_ERROR.sub(rb'\1"str"', part)
        for name, part in parts.items()
        if name.startswith("xl/worksheets/") and _XLSX_ERROR.search(part)
    }
    return _zipped({**parts, **marked}) if marked else content


def _readable_ods(part: bytes) -> bytes:
    part = re.sub(rb"<text:tab\s*/>", b"\t", part)
    part = re.sub(rb"<text:line-break\s*/>", b"\n", part)
    return _ODS_ERROR.sub(b"", part)


def _zipped(parts: dict[str, bytes]) -> bytes:
    mended = io.BytesIO()
    with zipfile.ZipFile(mended, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return mended.getvalue()


def main() -> None:
    """Write the sheets, or the kind of excess and the sheet's name."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    outcome: tuple[str, Any]
    try:
        outcome = ("sheets", extract(sys.stdin.buffer.read()))
    except (TooTall, TooWide) as excess:
        outcome = (type(excess).__name__, str(excess))
    pickle.dump(outcome, sys.stdout.buffer, protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()
