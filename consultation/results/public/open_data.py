"""Open data files of published figures: JSON, and CSV and XLSX for a French spreadsheet.

One file has all figures of all measures, a number on each row.  It leaves out the capacities of
which all answers to a question are hidden or zero: the files of single tables have them.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from consultation.clock import in_paris
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.results.public.queries import PublicMeasure, PublicTotals
from consultation.results.public.tables import COUNT, PublicFigures, PublicQuestion, PublicTable
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import Format, csv_bytes, write_list

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


FIGURES = (
    Column("Axe", 24), Column("Mesure"), Column("Titre", 40), Column("Tour"),
    Column("Date des chiffres"), Column("Indicateur"), Column("Tableau", 22),
    Column("Question", 40), Column("Groupe", 24), Column("Code du groupe"), Column("Réponse", 24),
    Column("Code de la réponse"), Column("Nombre"), Column("Valeur"), Column("Licence", 24),
)  # fmt: skip
EXPLANATIONS = (
    (
        "Nombre",
        f"Un nombre de contributions. « {HIDDEN} » protège un petit nombre, celui-ci ou un autre.",
    ),
    (
        "Valeur",
        "Ce qui n'est pas un nombre de contributions : médiane, quartiles, verdict, points.",
    ),
    (
        "Groupe",
        "« Ensemble », un territoire, ou à quel titre on répond si l'un de ces nombres est public.",
    ),
    ("totaux", "Les avis sur tous les indicateurs d'un axe ou, sans axe, de tout le plan."),
)
STATISTICS = {
    "count": "notes", "median": "médiane", "lower_quartile": "premier quartile",
    "upper_quartile": "troisième quartile", "disagreement": "désaccord (RAND/UCLA)",
    "verdict": "verdict",
}  # fmt: skip
EVERYBODY = "Ensemble"


def figures_file(
    contents: Iterable[Mapping[str, Any]],
    totals: PublicTotals | None,
    licence: str,
    format: Format,
) -> bytes:
    """Return all figures of snapshots and the totals, as one table; a CSV explains nothing."""

    def rows() -> Iterator[list[Cell]]:
        of_totals = _total_rows(totals) if totals else ()
        of_measures = (row for public in contents for row in _figure_rows(public))
        yield from ([*row, licence] for row in chain(of_totals, of_measures))

    with TemporaryDirectory(prefix="figures-") as folder:
        path = Path(folder) / "figures"
        write_list(Table("chiffres", FIGURES, rows), EXPLANATIONS, path, format)
        return path.read_bytes()


def _total_rows(totals: PublicTotals) -> Iterator[list[Cell]]:
    content = totals.content
    for part in [*content["axes"], content["plan"]]:
        axis = localized(part["title"], DEFAULT_LOCALE) if "title" in part else ""
        start = [axis, "", "", totals.round, _day(content), "", "totaux", "", EVERYBODY, ""]
        yield [*start, "indicateurs", "indicators", None, part["indicators"]]
        yield [*start, "à garder", "kept", _count(part["kept"]), None]
        yield [*start, "à changer", "changed", _count(part["changed"]), None]


def _figure_rows(public: Mapping[str, Any]) -> Iterator[list[Cell]]:
    figures, measure = PublicFigures(public), public["measure"]
    start = [
        localized(measure["axis"], DEFAULT_LOCALE) if measure else "",
        measure["code"] if measure else "",
        localized(public["title"], DEFAULT_LOCALE),
        public["round"]["code"],
        _day(public),
    ]
    numbers = {"contributions": figures.responses, "par courriel": figures.responses_by_mail}
    for name, number in numbers.items():
        yield [*start, "", "contributions", "", EVERYBODY, "", name, "", _count(number), None]
    for table, question in figures.tables_with_questions():
        content = question.content if question else {"indicator": None}
        place = [*start, content["indicator"] or "", table.slug, localized(table.title, "fr")]
        for cells in _table_rows(table):
            yield [*place, *cells, None]
        if question:
            for name, code, count, value in _conclusions(question):
                yield [*place, EVERYBODY, "", name, code, count, value]


def _table_rows(table: PublicTable) -> Iterator[list[Cell]]:
    for row in table.rows:
        if any(row.counts) or not row.code or table.columns == [COUNT]:
            for column, count in zip(table.columns, row.counts, strict=True):
                group = [localized(row.label, DEFAULT_LOCALE), row.code]
                yield [*group, localized(column.label, "fr"), column.code, _count(count)]


def _conclusions(question: PublicQuestion) -> Iterator[tuple[str, str, Cell, Cell]]:
    """Yield the conclusions from the counts of a question: its classes, statistics, points."""
    content = question.content
    for it in content.get("classes") or ():
        label = localized(it["label"], DEFAULT_LOCALE)
        yield f"{label} (deux classes)", f"class:{it['code']}", it["count"], None
    statistics = content["statistics"] or {}
    for name, label in STATISTICS.items():
        if statistics.get(name) is not None:
            yield label, name, None, statistics[name]
    for place in question.ranking:
        yield localized(place.label, DEFAULT_LOCALE), "points", None, place.points


def _count(count: int | None) -> Cell:
    return HIDDEN if count is None else count


def _day(content: Mapping[str, Any]) -> str:
    """Return the day in Paris on which figures were taken."""
    return in_paris(datetime.fromisoformat(content["taken_at"])).date().isoformat()


def _columns(table: PublicTable) -> list[Column]:
    counted = [Column(localized(column.label, DEFAULT_LOCALE)) for column in table.columns]
    return [
        Column("Mesure"), Column("Tour"), Column("Date des chiffres"), Column("Tableau"),
        Column("Code"), Column("Libellé"), *counted, Column("Licence"),
    ]  # fmt: skip


def _rows(public: Mapping[str, Any], table: PublicTable, licence: str) -> Iterator[list[Cell]]:
    measure = public["measure"]
    for row in table.rows:
        counts = [_count(count) for count in row.counts]
        yield [
            measure["code"] if measure else "",
            public["round"]["code"],
            _day(public),
            f"{table.slug} · {localized(table.title, DEFAULT_LOCALE)}",
            row.code,
            localized(row.label, DEFAULT_LOCALE),
            *counts,
            licence,
        ]


def _json(content: Mapping[str, Any]) -> bytes:
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()
