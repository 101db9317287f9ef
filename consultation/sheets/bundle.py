"""The package for researchers: the CSV files, SPSS and Parquet, and what describes them all."""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from consultation.sheets import delimited, research
from consultation.sheets.cells import Cell
from consultation.sheets.datapackage import descriptor
from consultation.sheets.tables import RowsOf, Table

CODEBOOK = ("sheet", "variable", "column", "meaning", "options", "condition")
"""What the metadata of a Parquet file tells of the questionnaire."""


def write(
    tables: Sequence[Table], path: Path, properties: Mapping[str, str], rows_of: RowsOf
) -> None:
    """Write a zip; working files stay beside `path`.  Raise `TooManyForSpss`."""
    tables = [table.flat() for table in tables]
    with TemporaryDirectory(dir=path.parent) as workshop:
        folder = Path(workshop)
        copies: list[research.Copies] = []
        codebook: list[Mapping[str, Any]] = []
        for table in tables:
            if table.package is None:
                delimited.write_one(table, folder, rows_of)
            elif table.package.is_codebook:
                told = list(rows_of(table))
                delimited.write_one(table, folder, partial(_given, told))
                codebook += [_told(table, row) for row in told]
            else:
                copies.append(research.Copies(table, folder))
                delimited.write_one(table, folder, research.rows_copied(copies[-1], rows_of))
        for copy in copies:
            copy.close(codebook)
            if copy.table.package and copy.table.package.is_for_spss:
                research.write_spss(copy.table, copy.parquet, copy.parquet.with_suffix(".sav"))
        files = {file.name: file for file in sorted(folder.iterdir())}
        whole = descriptor(tables, files, properties)
        with ZipFile(path, "w", ZIP_DEFLATED) as archive:
            archive.writestr("datapackage.json", json.dumps(whole, ensure_ascii=False, indent=2))
            for name, file in files.items():
                archive.write(file, name)


def _given(rows: list[Sequence[Cell]], table: Table) -> Iterator[Sequence[Any]]:
    return table.finished(rows)


def _told(table: Table, row: Sequence[Any]) -> dict[str, Any]:
    cells = {column.code: cell for column, cell in zip(table.columns, row, strict=True)}
    return {code: cells[code] for code in CODEBOOK if cells.get(code) is not None}
