"""Open data files of published figures: JSON, and CSV for a French spreadsheet."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from consultation.clock import in_paris
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.results.public.queries import PublicMeasure, PublicTotals
from consultation.results.public.tables import PublicTable
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import csv_bytes

HIDDEN = "masqué"
INDEX_FORMAT, INDEX_VERSION = "consultation-results-index", 2


def index_json(
    measures: Iterable[PublicMeasure],
    totals: PublicTotals | None,
    licence: str,
    links_of: Callable[[PublicMeasure], Mapping[str, str]],
) -> bytes:
    """Return the index: measure, round, date and addresses of all public figures."""

    def entry(public: PublicMeasure) -> dict[str, Any]:
        return {
            "measure": public.measure.code if public.measure else None,
            "title": public.title,
            "round": public.round,
            "taken_at": public.taken_at.isoformat(timespec="seconds"),
            "responses": public.responses,
            "links": links_of(public),
        }

    return _json(
        {
            "format": INDEX_FORMAT,
            "format_version": INDEX_VERSION,
            "licence": licence,
            "totals": totals and {"round": totals.title, **totals.content},
            "results": [
                {**entry(latest), "earlier": [entry(before) for before in latest.earlier]}
                for latest in measures
            ],
        }
    )


def whole_json(public: Mapping[str, Any], licence: str) -> bytes:
    """Return all public figures of a measure."""
    return _json({**public, "licence": licence})


def table_json(public: Mapping[str, Any], table: PublicTable, licence: str) -> bytes:
    """Return one table; hidden counts are null."""
    keys = ("format", "format_version", "round", "measure", "title", "taken_at", "threshold")
    return _json(
        {
            **{key: public[key] for key in keys},
            "licence": licence,
            "table": table.slug,
            "label": table.title,
            "columns": [{"code": column.code, "label": column.label} for column in table.columns],
            "rows": [
                {"code": row.code, "label": row.label, "counts": list(row.counts)}
                for row in table.rows
            ],
        }
    )


def table_csv(public: Mapping[str, Any], table: PublicTable, licence: str) -> bytes:
    """Return one table for a spreadsheet, with measure, round, date and licence on each row."""
    return csv_bytes(Table("tableau", _columns(table), lambda: _rows(public, table, licence)))


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
