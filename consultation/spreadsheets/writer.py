"""Workbook writer of all formats: XLSX, ODS, CSV.

A file is complete on disk, or not there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from consultation import files
from consultation.i18n import Labelled
from consultation.spreadsheets import csv_files, research_archive
from consultation.spreadsheets.cells import clean
from consultation.spreadsheets.table import Column, RowsOf, Table
from consultation.spreadsheets.xlsx import writer

Progress = Callable[[str, int], None]

ROWS_BETWEEN_REPORTS = 500
EXPLANATIONS_SHEET = "Explications"


class Format(Labelled):
    """A format of workbooks; `CSV` is a zip with one CSV file for each sheet."""

    XLSX = "xlsx", "Excel ou LibreOffice (XLSX)"
    ODS = "ods", "LibreOffice (ODS)"
    CSV = "csv", "CSV, dans une archive ZIP"

    @property
    def extension(self) -> str:
        """The end of a file's name, without its dot."""
        return "zip" if self is Format.CSV else self.value

    @property
    def media_type(self) -> str:
        """The Content-Type of a download."""
        return MEDIA_TYPES[self]

    @property
    def list_media_type(self) -> str:
        """The Content-Type of one table: a CSV is then a plain file."""
        return "text/csv; charset=utf-8" if self is Format.CSV else self.media_type


class Package(Labelled):
    """The archive for statistics programs, where the extra `research` is installed."""

    RESEARCH = (
        "package",
        "Pour les chercheurs : SPSS, Parquet et CSV décrits, dans une archive ZIP",
    )

    @property
    def extension(self) -> str:
        """The end of a file's name, without its dot."""
        return "zip"

    @property
    def media_type(self) -> str:
        """The Content-Type of a download."""
        return "application/zip"


AnyFormat = Format | Package


def format_named(name: str) -> AnyFormat:
    """Return the format of that name; raise ValueError."""
    return Package(name) if name in set(Package) else Format(name)


def formats_here() -> Sequence[AnyFormat]:
    """Return the formats that this installation can write."""
    return (*Format, *(Package if research_archive.is_installed() else ()))


MEDIA_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    Format.CSV: "application/zip",
}


def _write_ods(
    tables: Sequence[Table], path: Path, properties: Mapping[str, str], rows_of: RowsOf
) -> None:
    from consultation.spreadsheets import ods  # odfpy costs every process that has imported it 5 MB

    ods.write(tables, path, properties, rows_of)


def _write_package(
    tables: Sequence[Table], path: Path, properties: Mapping[str, str], rows_of: RowsOf
) -> None:
    research_archive.write(tables, path, properties, rows_of)


WRITERS: Mapping[Format | Package, Callable[..., None]] = {
    Format.XLSX: writer.write,
    Format.ODS: _write_ods,
    Format.CSV: csv_files.write,
    Package.RESEARCH: _write_package,
}


def write_workbook(
    tables: Iterable[Table],
    path: Path,
    format: AnyFormat,
    progress: Progress | None = None,
    *,
    properties: Mapping[str, str] | None = None,
) -> dict[str, int]:
    """Write `tables` at `path` and return the number of rows of each sheet, headers apart.

    Cells are typed and never formulas.  Booleans are booleans in XLSX and ODS, 1 or 0 in CSV.
    Whole numbers beyond 2**53 are written as text, so that no digit is lost.  A CSV is UTF-8
    with a mark, `;`, decimal comma, CRLF, ISO dates, and its texts go through
    `cells.neutralise`; a spreadsheet guesses the types of its cells again, and reads 007 as 7.
    `properties` may hold a `title` and an `author` (XLSX and ODS).  `progress` is called with
    a sheet's name and the rows it has so far.

    The file appears at `path` when it is complete and synced, readable by its owner only; on
    any failure nothing is left, and a file that was there stays.  Raises TextTooLong,
    TooManyRows, ValueError (names, rows that do not fit), TypeError, OSError.
    """
    tables = list(tables)
    _check_names(tables)
    counter = _RowCounter(progress)
    cleaned = {name: clean(value) for name, value in (properties or {}).items()}
    with TemporaryDirectory(prefix=".writing-", dir=path.parent) as workshop:
        draft = Path(workshop) / "draft"
        WRITERS[format](tables, draft, cleaned, counter.rows_of)
        draft.chmod(0o600)
        files.sync(draft)
        draft.replace(path)
    files.sync(path.parent)
    return counter.rows_by_sheet


def write_csv(table: Table, path: Path) -> None:
    """Write one table as a plain CSV file, not a zip; raise as `write_workbook` does."""
    with TemporaryDirectory(prefix=".writing-", dir=path.parent) as workshop:
        archive = Path(workshop) / "archive"
        write_workbook([table], archive, Format.CSV)
        with ZipFile(archive) as opened:
            draft = Path(opened.extract(f"{table.name}.csv", workshop))
        draft.chmod(0o600)
        draft.replace(path)


def write_list(
    table: Table, explanations: Sequence[tuple[str, str]], path: Path, format: Format
) -> None:
    """Write a list to fill in, and how; a CSV is one plain file, without explanations."""
    if format is Format.CSV:
        write_csv(table, path)
        return
    widths = [Column("", 26), Column("", 100)]
    explained = Table(EXPLANATIONS_SHEET, widths, lambda: explanations, kind="text")
    write_workbook([table, explained], path, format)


def csv_bytes(table: Table) -> bytes:
    """Return one table as a plain CSV file."""
    with TemporaryDirectory(prefix="table-") as folder:
        path = Path(folder) / "table.csv"
        write_csv(table, path)
        return path.read_bytes()


class _RowCounter:
    """Counts rows on their way into a sheet, and reports progress."""

    def __init__(self, progress: Progress | None) -> None:
        self.rows_by_sheet: dict[str, int] = {}
        self._progress = progress

    def rows_of(self, table: Table) -> Iterator[Sequence[Any]]:
        self.rows_by_sheet[table.name] = count = 0
        for count, row in enumerate(table.checked_rows(), start=1):
            yield row
            if count % ROWS_BETWEEN_REPORTS == 0:
                self._report(table.name, count)
        self.rows_by_sheet[table.name] = count
        self._report(table.name, count)

    def _report(self, name: str, count: int) -> None:
        if self._progress is not None:
            self._progress(name, count)


def _check_names(tables: list[Table]) -> None:
    names = [table.name.casefold() for table in tables]
    if not names:
        raise ValueError("a workbook has at least one sheet")
    if len(set(names)) != len(names):
        raise ValueError("two sheets of a workbook cannot have one name")
