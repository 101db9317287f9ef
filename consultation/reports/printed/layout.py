"""Layout of a report's files: summary, contents, an overview of each measure, figures in an annex.

Editions that were published before this layout keep theirs (`content.SUMMED_UP`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from consultation.documents.build import Site
from consultation.documents.model import (
    AxisEntry,
    Document,
    IndicatorEntry,
    MeasureEntry,
    Table,
    Text,
)
from consultation.plan.overview.labels import dated_text
from consultation.reports import build, comparison, figures, labels, references
from consultation.reports import content as report_content
from consultation.reports.build import Front, Others
from consultation.reports.comparison import Earlier
from consultation.reports.figures import BASELINE, PROGRESS, TARGET, Figure
from consultation.reports.models import ReportEdition
from consultation.reports.pages import counts
from consultation.reports.pages.counts import ByCode
from consultation.reports.printed.summary import SummaryBuild, opening_of
from consultation.text import capitalized
from consultation.web.locale import current_locale, in_language
from consultation.web.typography import typeset

SUMMARY = "summary"
"""As which part of a report the numbers that a file carries name it."""


def is_summed_up(edition: ReportEdition) -> bool:
    """Whether the files of a published edition begin with a summary."""
    assert edition.content is not None
    return bool(edition.content["format"] >= report_content.SUMMED_UP)


def published_document(
    session: Session, edition: ReportEdition, language: str, site: Site, part: str = ""
) -> Document:
    """The document of the files of a published edition, with what may be quoted now."""
    assert edition.content is not None
    before = comparison.before(session, edition.number)
    front, others = build.front_of(edition), build.public_texts_of_others(session, edition)
    return document_of(edition.content, front, others, language, site, before, part)


def document_of(
    content: Mapping[str, Any],
    front: Front,
    others: Others,
    language: str,
    site: Site,
    before: Earlier | None,
    part: str = "",
) -> Document:
    """The document of a report as its files are written.

    `before` is the report before it; `part` is empty, or `SUMMARY` for the summary alone.
    """
    made = build.document_of(content, front, others, language, site)
    if content["format"] < report_content.SUMMED_UP:
        return made
    known = counts.by_code(report_content.figures_of(content))
    opening, introduction = opening_of(made.introduction)
    with in_language(language):
        changes = comparison.changes(before, content)
        summary = SummaryBuild(content, language, known, changes).summary(opening)
        if part == SUMMARY:
            return _alone(replace(made, summary=summary, keeps_rows=True), content)
        return replace(
            made,
            summary=summary,
            keeps_rows=True,
            introduction=introduction,
            axes=[_with_overviews(it, known) for it in made.axes],
            annex=[it for axis in made.axes if (it := _figures_alone(axis)).measures],
        )


def _alone(document: Document, content: Mapping[str, Any]) -> Document:
    """The summary of a document, with the figures that it cites as numbers."""
    stored = figures.indexed(report_content.figures_of(content))
    texts = (content["introduction"] or {}).values()
    cited = {it.id for text in texts for it in references.cited(text, stored)[0]}
    assert document.numbers is not None
    printed = {id: text for id, text in document.numbers["figures"].items() if id in cited}
    return replace(
        document,
        eyebrow=typeset(_("%(report)s · résumé", report=document.eyebrow)),
        introduction=None,
        axes=[],
        name=summary_name(document.name),
        numbers={**document.numbers, "part": SUMMARY, "figures": printed},
    )


def summary_name(name: str) -> str:
    """The beginning of the name of a summary's file, by that of the whole report."""
    number, _dash, language = name.rpartition("-")
    return f"{number}-resume-{language}"


def _with_overviews(axis: AxisEntry, known: ByCode) -> AxisEntry:
    measures = [
        replace(it, indicators=(), overview=_overview(it, known)) if it.indicators else it
        for it in axis.measures
    ]
    return replace(axis, measures=measures)


def _overview(measure: MeasureEntry, known: ByCode) -> Table:
    columns = [
        _("Indicateur"),
        _("Départ"),
        _("Cible"),
        _("Dernière valeur"),
        _("Où il en est"),
    ]
    rows = [
        [Text(f"{it.code} {it.label.value}", it.label.language), *_cells(known.get(it.code, ()))]
        for it in measure.indicators
    ]
    return Table("", columns, rows)


def overview_figures(known: Sequence[Figure]) -> list[list[Figure]]:
    """The figures of an indicator in each cell of its row, after the first one."""
    start = [it for it in known if it.kind == BASELINE]
    targets = [it for it in known if it.kind == TARGET]
    progress = [it for it in known if it.kind == PROGRESS]
    return [start, targets[-1:], list(counts.last_values(known)), progress]


def _cells(known: Sequence[Figure]) -> list[Text]:
    start, target, last, progress = overview_figures(known)
    dated = [" · ".join(_dated(it) for it in part) for part in (start, target)]
    values = "\n".join(f"{labels.text_of(it)}, {_giver(it)}" for it in last)
    word = "".join(capitalized(labels.text_of(it)) for it in progress)
    return [Text(it, current_locale()) for it in (*dated, values, word)]


def _giver(figure: Figure) -> str:
    """The organisation that reports a value, else the kind of its source."""
    return str(figure.facts["reporter"] or labels.speaker_of(figure))


def _dated(figure: Figure) -> str:
    text, dated = labels.text_of(figure), figure.facts["dated"]
    return typeset(f"{text} ({dated_text(dated)})" if dated else text)


def _figures_alone(axis: AxisEntry) -> AxisEntry:
    """An axis with the figures of its indicators alone."""
    measures = [
        MeasureEntry(
            code=it.code,
            title=it.title,
            state="",
            facts=(),
            judgements=None,
            indicators=[_figures_of(each) for each in it.indicators],
            removed=(),
            decisions=(),
            address="",
            scan="",
        )
        for it in axis.measures
        if it.indicators
    ]
    return AxisEntry(axis.code, axis.title, measures)


def _figures_of(indicator: IndicatorEntry) -> IndicatorEntry:
    """An indicator whose values to start from, to reach and observed are one table."""
    rows: list[Sequence[Text]] = []
    for row in indicator.points.rows if indicator.points else ():
        by_column = dict(zip(indicator.points.columns, row, strict=True))  # type: ignore[union-attr]
        point, value = row[:2]
        dated, source = (by_column.get(it) for it in (_("Date"), _("Source")))
        when = f" ({dated.value})" if dated and dated.value else ""
        head = replace(point, value=f"{point.value}{when}")
        rows.append([head, value, source or replace(point, value=""), replace(point, value="")])
    rows += indicator.values.rows if indicator.values else ()
    columns = [_("Chiffre"), _("Valeur"), _("Selon"), _("Périmètre")]
    table = Table("", columns, rows) if rows else None
    return replace(indicator, points=table, values=None, brief=())
