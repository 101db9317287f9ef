"""Tables for statistics programmes: Parquet as rows come, SPSS at the end, each with its labels."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from consultation.sheets.cells import Cell
from consultation.sheets.tables import Column, RowsOf, Table, TooManyRows

if TYPE_CHECKING:
    from pandas import DataFrame

LIBRARIES = ("pyarrow", "pyreadstat")
PORTION = 10_000
MOST_ROWS = 250_000
"""Rows of an SPSS file at most: unlike all others, it is made of a whole table in memory."""

MISSING = 99.0
"""What SPSS files hold where a reply was « sans avis »: a value that they know to be missing."""

NO_OPINION = "_no_opinion"
"""Ends the code of the column that says so, after the code of its scale."""


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
    """Say whether the libraries of the extra `research` are there."""
    return all(find_spec(name) for name in LIBRARIES)


class Copies:
    """The copies of one table, made while its rows go by."""

    def __init__(self, table: Table, folder: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        self.table = table
        self.parquet = folder / f"{table.name}.parquet"
        self._schema = pyarrow.schema([_field(column) for column in table.columns])
        self._writer = parquet.ParquetWriter(self.parquet, self._schema)
        self._count = 0

    def passed(self, rows: Iterable[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
        """Give the rows on, each copied."""
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
        """End the file with what was asked, as the codebook tells it."""
        if self._writer.is_open:
            said = json.dumps(questionnaire, ensure_ascii=False)
            self._writer.add_key_value_metadata({"questionnaire": said})
            self._writer.close()


def _field(column: Column) -> Any:
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
    labels |= {names[code]: {MISSING: "sans avis"} for code in scales}
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
    """Return a frame of texts and numbers; SPSS has no truth values."""
    for column in table.columns:
        if column.kind == "oui ou non":
            frame[column.code] = frame[column.code].astype("Float64").astype(float)
        elif column.kind not in ("nombre", "date"):
            frame[column.code] = (
                frame[column.code].astype(object).where(frame[column.code].notna(), "")
            )
    return frame


def _names(codes: Sequence[str]) -> dict[str, str]:
    """Return names that SPSS takes, by code: 64 signs, the first a letter, no two alike."""
    names: dict[str, str] = {}
    for code in codes:
        fit = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in code)
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
"""Words of SPSS that name no variable."""


def rows_copied(copies: Copies, rows_of: RowsOf) -> RowsOf:
    """Return `rows_of` with the rows copied on their way, before they are finished."""
    return lambda table: table.finished(copies.passed(rows_of(copies.table)))
