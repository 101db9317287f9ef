"""Open data files of the overview: JSON, and CSV for a spreadsheet, of what is public only."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from flask_babel import gettext as _

from consultation.clock import in_paris
from consultation.i18n import localized
from consultation.plan.measurement.values import Figure, Value
from consultation.plan.models import MeasureStatus, Point
from consultation.plan.overview.labels import hidden_text, value_text
from consultation.plan.overview.lines import IndicatorLine, Line
from consultation.plan.values.models import Showing
from consultation.plan.values.publication import PublicValue
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import csv_bytes
from consultation.web.typography import label_of

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
        "judgements": [_judgement(status) for status in line.statuses],
        "indicators": [_indicator(it, link_of(line, it)) for it in line.indicators],
        "page": link_of(line, None),
    }


def _judgement(status: MeasureStatus) -> dict[str, Any]:
    return {
        "assessor": status.assessor,
        "level": status.level,
        "assessed_on": status.assessed_on.isoformat(),
        "evidence": status.evidence,
        "source_url": status.source_url,
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
        "point": row.point,
        "day": row.day and row.day.isoformat(),
        "value": _plain(value.value),
        "is_below_threshold": value.showing is Showing.SMALL,
        "less_than": value.less_than,
        "is_held_back": value.showing is Showing.HELD_BACK,
        "missing_because": row.missing_because,
        "observed_on": row.observed_on,
        "covers": row.covers,
        "series": of.series[row.indicator_version_id],
        "is_comparable": of.is_comparable(value),
        "reported_by": row.reported_by,
        "reporter": row.reporter,
        "source": row.source,
        "source_url": row.source_url,
        "source_kind": row.source_kind,
        "source_rule": value.source_rule,
        "published_on": in_paris(value.published_at).date().isoformat(),
    }


def _plain(value: Value | None) -> float | bool | str | None:
    return value.isoformat() if isinstance(value, date) else value


def plan_csv(lines: Sequence[Line], licence: str, locale: str, link_of: LinkOf) -> bytes:
    """Return a row for each judgement, baseline, target and value, told apart, in a language."""

    def rows() -> Iterator[list[Cell]]:
        for line in lines:
            for status in line.statuses:
                yield [*_judgement_cells(line, status, locale), link_of(line, None), licence]
            for it in line.indicators:
                for cells in _indicator_cells(line, it, locale):
                    yield [*cells, link_of(line, it), licence]

    return csv_bytes(Table("plan", _columns(), rows))


def _columns() -> list[Column]:
    return [
        Column(_("Mesure")), Column(_("Intitulé de la mesure")), Column(_("Indicateur")),
        Column(_("Intitulé")), Column(_("Nature")), Column(_("Selon qui")),
        Column(_("Pour quand")), Column(_("Date")), Column(_("Valeur ou niveau")),
        Column(_("Unité")), Column(_("Pourquoi elle manque")), Column(_("Ce qu'elle couvre")),
        Column(_("Source")), Column(_("Sorte de source")), Column(_("Lien")),
        Column(_("Se compare aux cibles")), Column(_("Où il en est")), Column(_("Page")),
        Column(_("Licence")),
    ]  # fmt: skip


def _judgement_cells(line: Line, status: MeasureStatus, locale: str) -> list[Cell]:
    return [
        line.measure.code,
        localized(line.measure.title, locale),
        "",
        "",
        _("jugement"),
        label_of(status.assessor),
        "",
        status.assessed_on.isoformat(),
        label_of(status.level),
        *[""] * 3,
        localized(status.evidence, locale),
        "",
        status.source_url or "",
        "",
        "",
    ]


def _indicator_cells(line: Line, it: IndicatorLine, locale: str) -> Iterator[list[Cell]]:
    version = it.indicator.version
    beginning: list[Cell] = [
        line.measure.code,
        localized(line.measure.title, locale),
        it.indicator.code,
        localized(version.label, locale),
    ]
    progress = label_of(it.public.progress) if it.public.progress else ""
    unit = localized(version.unit, locale)
    for point in Point:
        if figure := it.measurement.figure(point):
            nature = _("départ") if point is Point.BASELINE else _("cible")
            moment = label_of(point)
            worth = _cell(figure.value)
            yield [*beginning, nature, "", moment, figure.dated, worth, unit,
                   "", "", figure.source, "", "", _("oui"), progress]  # fmt: skip
    for value in it.public.values:
        yield [*beginning, *_value_cells(value, it, locale), progress]


def _value_cells(value: PublicValue, of: IndicatorLine, locale: str) -> list[Cell]:
    row = value.row
    hidden = hidden_text(value.showing, value.less_than) if value.is_hidden else None
    worth = hidden or _cell(value.value)
    return [
        _("valeur"),
        row.reporter or label_of(row.reported_by),
        label_of(row.point) if row.point else "",
        row.observed_on or (row.day.isoformat() if row.day else ""),
        worth,
        localized(row.version.unit, locale),
        label_of(row.missing_because) if row.missing_because else "",
        row.covers,
        row.source,
        label_of(row.source_kind) if row.source_kind else "",
        row.source_url or "",
        _("oui") if of.is_comparable(value) else _("non"),
    ]


def _cell(value: Value | None) -> Cell:
    """Return a value for a spreadsheet: a number stays one, whole where it is."""
    if isinstance(value, bool):
        return value_text(value, None)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value.isoformat() if isinstance(value, date) else value
