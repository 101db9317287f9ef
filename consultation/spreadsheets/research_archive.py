"""Research archive: CSV, SPSS and Parquet files with a Frictionless data package."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile

from consultation.files import sha256_of
from consultation.i18n import folded
from consultation.spreadsheets import csv_files
from consultation.spreadsheets.cells import RULE, UNDOING, Cell
from consultation.spreadsheets.table import Column, RowsOf, Table, TooManyRows

TYPES = {"nombre": "number", "date": "date", "oui ou non": "boolean"}
CSV_DIALECT = {"delimiter": ";", "lineTerminator": "\r\n", "doubleQuote": True, "header": True}
NOTE = (
    f"Séparateur « ; », virgule décimale, UTF-8. {RULE} {UNDOING} Les fichiers Parquet et SPSS ont"
    " les textes sans ces apostrophes."
)
SOURCES = [{"title": "Collectif Ensemble contre la traite des êtres humains"}]
LICENCE = {
    "name": "other-closed",
    "title": "Usage interne : à ne pas diffuser sans l'accord du collectif",
}


def descriptor(
    tables: Sequence[Table], files: Mapping[str, Path], properties: Mapping[str, str]
) -> dict[str, Any]:
    """Return the content of `datapackage.json`; `files` are by their names in the archive."""
    by_file = {f"{table.name}.csv": table for table in tables if table.kind == "data"}
    return {
        "profile": "data-package",
        "name": _slug(properties.get("title", "")) or "consultation",
        "title": properties.get("title", ""),
        "description": NOTE,
        "sources": SOURCES,
        "licenses": [LICENCE],
        "resources": [
            _resource(path, by_file[name]) for name, path in files.items() if name in by_file
        ],
        "files": [_file(path) for name, path in files.items() if name not in by_file],
    }


def _file(path: Path) -> dict[str, Any]:
    """Describe a file that is not the CSV of a table: the text sheets, Parquet and SPSS files."""
    return {
        "path": path.name,
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
    }


def _resource(path: Path, table: Table) -> dict[str, Any]:
    return {
        "name": _slug(table.name),
        "title": table.name,
        **_file(path),
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": CSV_DIALECT,
        "schema": schema_of(table),
    }


def schema_of(table: Table) -> dict[str, Any]:
    fields = [_json_field(column) for column in table.columns]
    schema: dict[str, Any] = {
        "fields": fields,
        "missingValues": [""],
    }
    if table.package and table.package.is_keyed:
        fields[0]["constraints"] = {"required": True, "unique": True}
        schema["primaryKey"] = [table.columns[0].header]
    if table.package and table.package.refers_to:
        target = {"resource": _slug(table.package.refers_to), "fields": [table.columns[0].header]}
        schema["foreignKeys"] = [{"fields": [table.columns[0].header], "reference": target}]
    return schema


def _json_field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.header,
        "type": TYPES.get(column.kind, "string"),
        "title": column.header,
        "description": column.meaning,
        "variable": column.code,
    }
    if column.kind == "nombre":
        field["decimalChar"] = ","
    if column.kind == "oui ou non":
        field |= {"trueValues": ["1"], "falseValues": ["0"]}
    if column.labels:
        field["labels"] = dict(column.labels)
    return field


def _slug(name: str) -> str:
    """Return a name as descriptors require it: lower case letters, digits and dashes."""
    return re.sub("[^a-z0-9]+", "-", folded(name)).strip("-")


if TYPE_CHECKING:
    from pandas import DataFrame

LIBRARIES = ("pyarrow", "pyreadstat")
PORTION = 10_000
MOST_ROWS = 250_000
"""Most rows of an SPSS file, which is written from a whole table in memory."""

MISSING = 99.0
"""Stands for « je ne sais pas » in SPSS files, which declare it as missing."""

NO_OPINION = "_no_opinion"
"""Suffix of the column that marks « je ne sais pas », after the code of its scale."""


class TooManyForSpss(TooManyRows):
    """A table has more rows than an SPSS file is made of; nothing was written."""

    def __init__(self, sheet: str) -> None:
        Exception.__init__(
            self,
            f"Feuille « {sheet} » : plus de 250 000 lignes, trop pour un fichier SPSS. "
            "Choisissez une partie des mesures, ou le format CSV.",
        )
        self.sheet = sheet

    def __reduce__(self) -> tuple[type["TooManyForSpss"], tuple[str]]:
        return TooManyForSpss, (self.sheet,)


def is_installed() -> bool:
    """Whether the libraries of the extra `research` are installed."""
    return all(find_spec(name) for name in LIBRARIES)


class Copies:
    """The Parquet copy of one table, written while its rows pass to the CSV writer."""

    def __init__(self, table: Table, folder: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        self.table = table
        self.parquet = folder / f"{table.name}.parquet"
        self._schema = pyarrow.schema([_arrow_field(column) for column in table.columns])
        self._writer = parquet.ParquetWriter(self.parquet, self._schema)
        self._count = 0

    def passed(self, rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
        """Yield the rows unchanged, each copied to the Parquet file."""
        import pyarrow

        source = iter(rows)
        while portion := list(islice(source, PORTION)):
            self._count += len(portion)
            is_for_spss = self.table.package is not None and self.table.package.is_for_spss
            if is_for_spss and self._count > MOST_ROWS:
                raise TooManyForSpss(self.table.name)
            columns = zip(zip(*portion, strict=True), self._schema, strict=True)
            arrays = [pyarrow.array(cells, field.type) for cells, field in columns]
            self._writer.write_batch(pyarrow.record_batch(arrays, schema=self._schema))
            yield from portion

    def close(self, questionnaire: Sequence[Mapping[str, Any]]) -> None:
        """Close the file with the codebook in its metadata."""
        if self._writer.is_open:
            content = json.dumps(questionnaire, ensure_ascii=False)
            self._writer.add_key_value_metadata({"questionnaire": content})
            self._writer.close()


def _arrow_field(column: Column) -> Any:
    import pyarrow

    types = {
        "nombre": pyarrow.float64(),
        "date": pyarrow.date32(),
        "oui ou non": pyarrow.bool_(),
    }
    labels = json.dumps(dict(column.labels), ensure_ascii=False)
    about = {"label": column.header, "description": column.meaning, "labels": labels}
    return pyarrow.field(column.code, types.get(column.kind, pyarrow.string()), metadata=about)


def write_spss(table: Table, copy: Path, path: Path) -> None:
    """Write the SPSS file of a table from its Parquet copy."""
    import pyreadstat
    from pyarrow import parquet

    frame = parquet.read_table(copy).to_pandas()
    codes = {column.code for column in table.columns}
    scales = [code for code in codes if f"{code}{NO_OPINION}" in codes]
    for code in scales:
        frame.loc[frame[f"{code}{NO_OPINION}"].eq(True), code] = MISSING
    names = _names([column.code for column in table.columns])
    labels: dict[str, Any] = {
        names[column.code]: dict(column.labels) for column in table.columns if column.labels
    }
    labels |= {names[code]: {MISSING: "je ne sais pas"} for code in scales}
    labels |= {
        names[column.code]: {0.0: "non", 1.0: "oui"}
        for column in table.columns
        if column.kind == "oui ou non"
    }
    pyreadstat.write_sav(
        _plain(frame, table).rename(columns=names),
        str(path),
        file_label=table.name,
        column_labels=[column.header[:256] for column in table.columns],
        variable_value_labels=labels,
        missing_ranges={names[code]: [MISSING] for code in scales},
    )


def _plain(frame: "DataFrame", table: Table) -> "DataFrame":
    """Return a frame of texts and numbers; SPSS has no booleans."""
    for column in table.columns:
        if column.kind == "oui ou non":
            frame[column.code] = frame[column.code].astype("Float64").astype(float)
        elif column.kind not in ("nombre", "date"):
            frame[column.code] = (
                frame[column.code].astype(object).where(frame[column.code].notna(), "")
            )
    return frame


def _names(codes: Sequence[str]) -> dict[str, str]:
    """Return unique names that SPSS accepts, by code: 64 characters, the first a letter."""
    names: dict[str, str] = {}
    for code in codes:
        fit = "".join(
            character if character.isascii() and character.isalnum() else "_" for character in code
        )
        fit = (fit if fit[:1].isalpha() else f"v{fit}")[:60]
        taken = {name.casefold() for name in names.values()}
        name, number = fit, 2
        while name.casefold() in taken or name.upper() in RESERVED:
            name, number = f"{fit}_{number}", number + 1
        names[code] = name
    return names


RESERVED = frozenset(
    {"ALL", "AND", "BY", "EQ", "GE", "GT", "LE", "LT", "NE", "NOT", "OR", "TO", "WITH"}
)
"""Keywords of SPSS, which can't name a variable."""


def rows_copied(copies: Copies, rows_of: RowsOf) -> RowsOf:
    """Return `rows_of` with the rows copied on their way, before they are converted."""
    return lambda table: table.finished(copies.passed(rows_of(copies.table)))


CODEBOOK = ("sheet", "variable", "column", "meaning", "options", "condition")
"""Columns of the codebook that the metadata of a Parquet file holds."""


def write(
    tables: Sequence[Table], path: Path, properties: Mapping[str, str], rows_of: RowsOf
) -> None:
    """Write a zip; working files stay beside `path`.  Raise `TooManyForSpss`."""
    tables = [table.flat() for table in tables]
    with TemporaryDirectory(dir=path.parent) as workshop:
        folder = Path(workshop)
        copies: list[Copies] = []
        codebook: list[Mapping[str, Any]] = []
        for table in tables:
            if table.package is None:
                csv_files.write_one(table, folder, rows_of)
            elif table.package.is_codebook:
                rows = list(rows_of(table))
                csv_files.write_one(table, folder, partial(_given, rows))
                codebook += [_codebook_entry(table, row) for row in rows]
            else:
                copies.append(Copies(table, folder))
                csv_files.write_one(table, folder, rows_copied(copies[-1], rows_of))
        for copy in copies:
            copy.close(codebook)
            if copy.table.package and copy.table.package.is_for_spss:
                write_spss(copy.table, copy.parquet, copy.parquet.with_suffix(".sav"))
        files = {file.name: file for file in sorted(folder.iterdir())}
        whole = descriptor(tables, files, properties)
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            archive.writestr("datapackage.json", json.dumps(whole, ensure_ascii=False, indent=2))
            for name, file in files.items():
                archive.write(file, name)


def _given(rows: list[Sequence[Cell]], table: Table) -> Iterator[Sequence[Any]]:
    return table.finished(rows)


def _codebook_entry(table: Table, row: Sequence[Any]) -> dict[str, Any]:
    cells = {column.code: cell for column, cell in zip(table.columns, row, strict=True)}
    return {code: cells[code] for code in CODEBOOK if cells.get(code) is not None}
