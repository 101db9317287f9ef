"""Open data files of the overview: JSON, and CSV for a spreadsheet, of what is public only."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from consultation.clock import in_paris
from consultation.i18n import Labelled, localized
from consultation.plan.measurement.values import Figure, Value
from consultation.plan.models import MeasureStatus, Point
from consultation.plan.overview.labels import hidden_text, value_text
from consultation.plan.overview.lines import IndicatorLine, Line
from consultation.plan.statuses.assessments import assessment_of
from consultation.plan.values.models import Showing
from consultation.plan.values.publication import PublicValue
from consultation.plan.values.record import Report, report_of
from consultation.records.fields import descriptions, public_json, public_names
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import csv_bytes
from consultation.web.typography import label_of, typeset

FORMAT, FORMAT_VERSION = "consultation-plan", 1

LinkOf = Callable[[Line, IndicatorLine | None], str]


def plan_json(lines: Sequence[Line], licence: str, smallest: int, link_of: LinkOf) -> bytes:
    """Return measures with judgements, indicators and values; what is not shown is null.

    `smallest` is the smallest count that is shown of what is published now; a small value says
    itself what it is less than, null where that is not known.
    """
    content = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "licence": licence,
        "threshold": smallest,
        "measures": [_measure(line, link_of) for line in lines],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _measure(line: Line, link_of: LinkOf) -> dict[str, Any]:
    measure = line.measure
    return {
        "code": measure.code,
        "title": measure.title,
        "axis": {"code": measure.axis.code, "title": measure.axis.title},
        "in_disagreement": line.is_disputed,
        "judgements": [public_json(assessment_of(it)) for it in line.statuses],
        "indicators": [_indicator(it, link_of(line, it)) for it in line.indicators],
        "page": link_of(line, None),
    }


def _indicator(it: IndicatorLine, link: str) -> dict[str, Any]:
    version, override = it.indicator.version, it.public.override
    return {
        "code": it.indicator.code,
        "label": version.label,
        "unit": version.unit,
        "measured_as": it.measurement.measured_as,
        "direction": it.measurement.direction,
        **{point.value: _figure(it.measurement.figure(point)) for point in Point},
        "progress": it.public.progress,
        "rule": it.public.conclusion.rule,
        "override": override and {"progress": override.progress, "reason": override.reason},
        "values": [_value(value, it) for value in it.public.values],
        "page": link,
    }


def _figure(figure: Figure | None) -> Mapping[str, Any] | None:
    if figure is None:
        return None
    return {"value": _plain(figure.value), "dated": figure.dated, "source": figure.source}


def _value(value: PublicValue, of: IndicatorLine) -> dict[str, Any]:
    row = value.row
    return {
        "id": row.public_id,
        **public_json(report_of(row)),
        "value": _plain(value.value),
        "is_below_threshold": value.showing is Showing.SMALL,
        "less_than": value.less_than,
        "is_held_back": value.showing is Showing.HELD_BACK,
        "series": of.series[row.indicator_version_id],
        "is_comparable": of.is_comparable(value),
        "source_rule": value.source_rule,
        "published_on": in_paris(value.published_at).date().isoformat(),
    }


def _plain(value: Value | None) -> float | bool | str | None:
    return value.isoformat() if isinstance(value, date) else value


def plan_csv(lines: Sequence[Line], licence: str, locale: str, link_of: LinkOf) -> bytes:
    """Return a row for each judgement, baseline, target and value, told apart, in a language."""
    columns = _columns()

    def rows() -> Iterator[list[Cell]]:
        for line in lines:
            for cells in _rows_of(line, locale, link_of):
                yield [{"licence": licence, **cells}.get(name, "") for name in columns]

    return csv_bytes(Table("plan", [Column(it) for it in columns.values()], rows))


DESCRIBED = public_names(
    Report,
    first=("missing_because", "covers", "source", "source_kind", "source_url"),
    without=("point", "day", "value", "observed_on", "reported_by", "reporter"),
)
"""Columns that values alone have, as `Report` describes them."""


def _columns() -> dict[str, str]:
    return {
        "measure": _("Mesure"),
        "title": _("Intitulé de la mesure"),
        "indicator": _("Indicateur"),
        "label": _("Intitulé"),
        "nature": _("Nature"),
        "who": _("Selon qui"),
        "moment": _("Échéance"),
        "dated": _("Date"),
        "worth": _("Valeur ou niveau"),
        "unit": _("Unité"),
        **{name: typeset(_(descriptions(Report)[name].label)) for name in DESCRIBED},
        "is_comparable": _("Se compare aux cibles"),
        "progress": _("Où il en est"),
        "page": _("Page"),
        "licence": _("Licence"),
    }


Cells = Mapping[str, Cell]


def _rows_of(line: Line, locale: str, link_of: LinkOf) -> Iterator[Cells]:
    of_measure = {
        "measure": line.measure.code,
        "title": localized(line.measure.title, locale),
    }
    for status in line.statuses:
        page = link_of(line, None)
        yield {**of_measure, **_judgement_cells(status, locale), "page": page}
    for it in line.indicators:
        version = it.indicator.version
        of_indicator = {
            **of_measure,
            "indicator": it.indicator.code,
            "label": localized(version.label, locale),
            "progress": label_of(it.public.progress) if it.public.progress else "",
            "page": link_of(line, it),
        }
        for point in Point:
            if figure := it.measurement.figure(point):
                unit = localized(version.unit, locale)
                yield {**of_indicator, "unit": unit, **_figure_cells(point, figure)}
        for value in it.public.values:
            yield {**of_indicator, **_value_cells(value, it, locale)}


def _judgement_cells(status: MeasureStatus, locale: str) -> Cells:
    return {
        "nature": _("jugement"),
        "who": label_of(status.assessor),
        "dated": status.assessed_on.isoformat(),
        "worth": label_of(status.level),
        "source": localized(status.evidence, locale),
        "source_url": status.source_url or "",
    }


def _figure_cells(point: Point, figure: Figure) -> Cells:
    return {
        "nature": _("départ") if point is Point.BASELINE else _("cible"),
        "moment": label_of(point),
        "dated": figure.dated,
        "worth": _cell(figure.value),
        "source": figure.source,
        "is_comparable": _("oui"),
    }


def _value_cells(value: PublicValue, of: IndicatorLine, locale: str) -> Cells:
    row = value.row
    hidden = hidden_text(value.showing, value.less_than) if value.is_hidden else None
    return {
        "nature": _("valeur"),
        "who": row.reporter or label_of(row.reported_by),
        "moment": label_of(row.point) if row.point else "",
        "dated": row.observed_on or (row.day.isoformat() if row.day else ""),
        "worth": hidden or _cell(value.value),
        "unit": localized(row.version.unit, locale),
        **{name: _described(getattr(row, name)) for name in DESCRIBED},
        "is_comparable": _("oui") if of.is_comparable(value) else _("non"),
    }


def _described(value: Labelled | str | None) -> str:
    return label_of(value) if isinstance(value, Labelled) else value or ""


def _cell(value: Value | None) -> Cell:
    """Return a value for a spreadsheet: a number stays one, whole where it is."""
    if isinstance(value, bool):
        return value_text(value, None)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if isinstance(value, date) else value
