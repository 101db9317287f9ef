"""Published figures as files: what a page shows, as JSON and as CSV for a French spreadsheet."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from consultation.clock import in_paris
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.results.public.queries import Listed
from consultation.results.public.tables import PublicTable
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import write_csv

HIDDEN = "masqué"
INDEX_FORMAT, INDEX_VERSION = "consultation-results-index", 2


def index_json(
    listed: Iterable[Listed], licence: str, links_of: Callable[[Listed], Mapping[str, str]]
) -> bytes:
    """Return what is published, of which measure, round and date, and where each of it is."""

    def told(one: Listed) -> dict[str, Any]:
        return {
            "measure": one.measure.code if one.measure else None,
            "title": one.title,
            "round": one.round,
            "taken_at": one.taken_at.isoformat(timespec="seconds"),
            "responses": one.responses,
            "links": links_of(one),
        }

    return _json(
        {
            "format": INDEX_FORMAT,
            "format_version": INDEX_VERSION,
            "licence": licence,
            "results": [
                {**told(one), "earlier": [told(before) for before in one.earlier]} for one in listed
            ],
        }
    )


def whole_json(public: Mapping[str, Any], licence: str) -> bytes:
    """Return everything that is public of a measure."""
    return _json({**public, "licence": licence})


def table_json(public: Mapping[str, Any], table: PublicTable, licence: str) -> bytes:
    """Return one table; a count is null where it is hidden."""
    named = ("format", "format_version", "round", "measure", "title", "taken_at", "threshold")
    return _json(
        {
            **{key: public[key] for key in named},
            "licence": licence,
            "table": table.slug,
            "label": table.title,
            "columns": [{"code": one.code, "label": one.label} for one in table.columns],
            "rows": [
                {"code": row.code, "label": row.label, "counts": list(row.counts)}
                for row in table.rows
            ],
        }
    )


def table_csv(public: Mapping[str, Any], table: PublicTable, licence: str) -> bytes:
    """Return the same for a spreadsheet, with what one needs to know of it on every line."""
    sheet = Table("tableau", _columns(table), lambda: _rows(public, table, licence))
    with TemporaryDirectory(prefix="table-") as folder:
        path = Path(folder) / "table.csv"
        write_csv(sheet, path)
        return path.read_bytes()


def _columns(table: PublicTable) -> list[Column]:
    counted = [Column(localized(column.label, DEFAULT_LOCALE)) for column in table.columns]
    return [
        Column("Mesure"), Column("Tour"), Column("Date des chiffres"), Column("Tableau"),
        Column("Code"), Column("Libellé"), *counted, Column("Licence"),
    ]  # fmt: skip


def _rows(public: Mapping[str, Any], table: PublicTable, licence: str) -> Iterator[list[Cell]]:
    measure, taken_at = public["measure"], datetime.fromisoformat(public["taken_at"])
    for row in table.rows:
        counts: list[Cell] = [HIDDEN if count is None else count for count in row.counts]
        yield [
            measure["code"] if measure else "",
            public["round"]["code"],
            in_paris(taken_at).date().isoformat(),
            f"{table.slug} · {localized(table.title, DEFAULT_LOCALE)}",
            row.code,
            localized(row.label, DEFAULT_LOCALE),
            *counts,
            licence,
        ]


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
