"""Places of a report: where each of its texts is, in label, and which figures it prints.

They name what a comparison finds, in the language in force; it finds the same without them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from consultation.documents.build import text_in
from consultation.documents.model import (
    AxisEntry,
    Document,
    Fact,
    FrontSummary,
    IndicatorEntry,
    MeasureEntry,
    Table,
    Text,
)
from consultation.plan.models import Point
from consultation.reports import content as report_content
from consultation.reports import figures, references
from consultation.reports.figures import BASELINE, JUDGEMENT, PROGRESS, TARGET, VALUE, Figure
from consultation.reports.printed import layout
from consultation.reports.verification.comparison import Place, Role
from consultation.typesetting.markdown import Block, blocks
from consultation.web.locale import in_language
from consultation.web.typography import label_of, typeset


def places_of(document: Document, content: Mapping[str, Any]) -> list[Place]:
    """Return the places of a report, in the order of its pages."""
    return list(_Places(document, content).all())


class _Places:
    def __init__(self, document: Document, content: Mapping[str, Any]) -> None:
        self.document, self.content = document, content
        known = report_content.figures_of(content)
        self.cited = figures.indexed(known)
        self.ids: Mapping[tuple[str, str], list[Figure]] = defaultdict(list)
        for figure in known:
            self.ids[figure.kind, figure.code].append(figure)
        with in_language(document.language):
            self.points = {point: label_of(point) for point in Point}

    def all(self) -> Iterator[Place]:
        document = self.document
        front = _("la première page")
        for text in (document.author, document.eyebrow, document.title.value):
            yield Place(text, front)
        if document.plan != document.title:
            yield Place(document.plan.value, front)
        yield Place(document.day, front)
        yield from self._opening()
        for axis, stored in zip(document.axes, self.content["axes"], strict=False):
            yield from self._axis(axis, stored)  # a summary alone has none of them
        if document.annex:
            yield Place(document.labels["annex"], _("le titre de l'annexe"), role=Role.HEADING)
        for axis in document.annex:
            yield from self._annex(axis)

    def _opening(self) -> Iterator[Place]:
        if self.document.summary is None:
            yield from self._notes(_("la première page"))
            yield from self._introduction()
            yield from self._contents()
            return
        yield from self._summary(self.document.summary)
        yield from self._notes(_("le résumé"))
        yield from self._contents()
        yield from self._introduction()

    def _notes(self, where: str) -> Iterator[Place]:
        for text in self.document.notes:
            yield Place(text, where)

    def _introduction(self) -> Iterator[Place]:
        text = self.document.introduction
        if text:
            yield Place(self.document.labels["introduction"], _("le titre de l'introduction"))
        yield from self._written(text, self.content["introduction"], _("l'introduction"))

    def _summary(self, summary: FrontSummary) -> Iterator[Place]:
        where = _("le résumé")
        yield from self._written(summary.introduction, self.content["introduction"], where)
        drawn = [f"{it.code} {it.title.value}" for it in summary.squares]
        drawn += [label for _level, label in summary.key]
        for part in (summary.standing, *summary.parts):
            label = _("le résumé, « %(label)s »", label=part.heading)
            facts = [text for it in part.listed for text in (it.label, it.text.value)]
            between = drawn if part is summary.standing else ()
            for text in (part.heading, *part.sentences, *between, *facts, *part.codes):
                yield Place(text, typeset(label))

    def _annex(self, axis: AxisEntry) -> Iterator[Place]:
        yield _heading_of_annex(axis)
        for measure in axis.measures:
            yield _heading_of_annex(measure)
            for indicator in measure.indicators:
                yield from self._indicator(indicator)

    def _overview(self, measure: MeasureEntry, table: Table) -> Iterator[Place]:
        name = table.columns[0]
        head = _("%(code)s, la tête du tableau « %(table)s »", code=measure.code, table=name)
        for text in table.columns:
            yield Place(text, typeset(head))
        for row in table.rows:
            code = row[0].value.partition(" ")[0]
            known = [
                figure for (_kind, its), of in self.ids.items() if its == code for figure in of
            ]
            printed = [[], *layout.overview_figures(known)]
            for column, cell, cited in zip(table.columns, row, printed, strict=True):
                where = _("%(code)s, « %(label)s »", code=code, label=column)
                yield Place(cell.value, typeset(where), _ids(cited))

    def _contents(self) -> Iterator[Place]:
        where = _("le sommaire")
        yield Place(self.document.labels["contents"], where)
        for axis in self.document.axes:
            entries: list[AxisEntry | MeasureEntry] = [axis, *axis.measures]
            for entry in entries:
                text = f"{entry.code} {entry.title.value}"
                yield Place(text, where, role=Role.CONTENTS)

    def _axis(self, axis: AxisEntry, stored: Mapping[str, Any]) -> Iterator[Place]:
        heading = _("le titre de l'axe %(code)s", code=axis.code)
        yield Place(f"{axis.code} {axis.title.value}", heading, role=Role.HEADING)
        where = _("le texte de l'axe %(code)s", code=axis.code)
        yield from self._written(axis.introduction, stored["introduction"], where)
        for measure in axis.measures:
            yield from self._measure(measure)

    def _written(self, text: Text | None, stored: Any, where: str) -> Iterator[Place]:
        """Yield the paragraphs of a text of organisers, with the figures that each cites."""
        chosen = text_in(stored, self.document.language)
        if text is None or chosen is None:
            return
        printed, citing = blocks(text.value), blocks(chosen.value)
        is_alike = len(printed) <= len(citing)  # fewer in a summary, which has the first ones
        for number, block in enumerate(printed, 1):
            cited = (
                references.cited(_text_of(citing[number - 1]), self.cited)[0] if is_alike else ()
            )
            label = _("%(where)s, paragraphe %(number)s", where=where, number=number)
            yield Place(_text_of(block), typeset(label), _ids(cited))

    def _measure(self, measure: MeasureEntry) -> Iterator[Place]:
        code = measure.code
        where = _("le titre de la mesure %(code)s", code=code)
        yield Place(f"{code} {measure.title.value}", where, role=Role.HEADING)
        yield from _facts(code, measure.facts)
        if measure.judgements:
            judged = [[it] for it in self.ids.get((JUDGEMENT, code), ())]
            yield from _table(code, measure.judgements, judged)
        if measure.overview:
            yield from self._overview(measure, measure.overview)
        for indicator in measure.indicators:
            yield from self._indicator(indicator)
        for reply in measure.replies:
            label = _("%(code)s, la réponse de l'institution", code=code)
            yield Place(reply.label, label, role=Role.QUOTATION)
            yield Place(reply.text.value, label, role=Role.QUOTATION)
        if measure.quotations:
            label = _("%(code)s, les citations", code=code)
            yield Place(self.document.labels["quotations"], label, role=Role.QUOTATION)
        for number, quotation in enumerate(measure.quotations, 1):
            label = _("%(code)s, citation %(number)s", code=code, number=number)
            yield Place(quotation.value, label, role=Role.QUOTATION)

    def _indicator(self, indicator: IndicatorEntry) -> Iterator[Place]:
        code = indicator.code
        where = _("le titre de l'indicateur %(code)s", code=code)
        yield Place(f"{code} {indicator.label.value}", where)
        progress = _ids(self.ids.get((PROGRESS, code), ()))
        yield from _facts(code, indicator.facts, progress)
        if indicator.points:
            yield from _table(code, indicator.points, self._points(code, indicator.points))
        if indicator.values:
            values = [[it] for it in self.ids.get((VALUE, code), ())]
            yield from _table(code, indicator.values, values)

    def _points(self, code: str, table: Table) -> list[list[Figure]]:
        """The figures of each row of values to start from or to reach.

        In an annex the rows of observed values follow them.
        """
        by_label: dict[str, list[Figure]] = defaultdict(list)
        for kind in (BASELINE, TARGET):
            for figure in self.ids.get((kind, code), ()):
                by_label[self.points[Point(figure.facts["point"])]].append(figure)
        if not self.document.annex:
            return [by_label[row[0].value] for row in table.rows]
        observed = [[it] for it in self.ids.get((VALUE, code), ())]
        starts = [row[0].value for row in table.rows[: len(table.rows) - len(observed)]]
        points = [
            [it for label in by_label if at.startswith(label) for it in by_label[label]]
            for at in starts
        ]
        return points + observed


def _heading_of_annex(entry: AxisEntry | MeasureEntry) -> Place:
    label = typeset(_("l'annexe, le titre de %(code)s", code=entry.code))
    return Place(f"{entry.code} {entry.title.value}", label, role=Role.HEADING)


def _facts(code: str, facts: Sequence[Fact], last: Sequence[str] = ()) -> Iterator[Place]:
    """Yield labelled texts; `last` are the figures of the last one."""
    for number, fact in enumerate(facts, 1):
        label = (
            _("%(code)s, « %(label)s »", code=code, label=fact.label)
            if fact.label
            else _("%(code)s, le texte sous le titre", code=code)
        )
        yield Place(fact.label, typeset(label))
        yield Place(fact.text.value, typeset(label), last if number == len(facts) else ())


def _table(code: str, table: Table, rows: Sequence[Sequence[Figure]]) -> Iterator[Place]:
    """Yield the cells of a table, each row with its figures."""
    name = table.caption or table.columns[0]
    head = typeset(_("%(code)s, la tête du tableau « %(table)s »", code=code, table=name))
    for text in (table.caption, *table.columns):
        yield Place(text, head)
    for number, row in enumerate(table.rows, 1):
        printed = _ids(rows[number - 1]) if number <= len(rows) else ()
        for column, cell in zip(table.columns, row, strict=True):
            label = _(
                "%(code)s, tableau « %(table)s », ligne %(row)s, colonne « %(column)s »",
                code=code,
                table=name,
                row=number,
                column=column,
            )
            yield Place(cell.value, typeset(label), printed)


def _ids(known: Sequence[Figure]) -> tuple[str, ...]:
    return tuple(it.id for it in known)


def _text_of(block: Block) -> str:
    mark = f"{block.mark} " if block.mark else ""
    return mark + "".join(run.text for run in block.runs)
