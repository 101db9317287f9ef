"""DOCX of a document, with heading styles, heads of tables, languages and text alternatives.

Its texts are exact, for those who go on working on it.  The same document gives the same bytes.
`main` runs in a subprocess.
"""

import pickle
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from itertools import count
from typing import Any

import docx
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from consultation.documents.docx_parts import (
    DELETED,
    INSERTED,
    add_run,
    attach_json,
    begin_field,
    by_direction,
    element,
    end_field,
    keep_last,
    lay_out,
    link_to,
    link_within,
    mark,
    page_of,
    revise,
    set_direction,
    set_language,
    set_style,
    stable,
)
from consultation.documents.model import (
    CHARACTERS,
    AxisEntry,
    ChangeLine,
    DecisionEntry,
    Document,
    Fact,
    FrontSummary,
    IndicatorEntry,
    MeasureEntry,
    SummaryPart,
    Table,
    Text,
)
from consultation.i18n import SHIPPED, is_french, language_of
from consultation.plan.text_diff import Part, TextChange, joined
from consultation.subprocesses import end_with
from consultation.typesetting.markdown import blocks
from consultation.typesetting.qr import picture

ACCENT, SOFT, WARM = RGBColor(0x0B, 0x55, 0x53), RGBColor(0x51, 0x5C, 0x59), RGBColor(0x8A, 0x3F, 8)
CHARACTER_STYLES = {
    "Soft": SOFT, "Accent": ACCENT, "Warm": WARM, "Link": ACCENT,
    "StrongAccent": ACCENT, "StrongWarm": WARM,
}  # fmt: skip
"""Styles of characters, by name, and their colours."""
CODE_WIDTH = Mm(24)
MARGIN = Mm(22)
LINE_WIDTH = Mm(210 - 2 * 22)
FONT, RTL_FONT = "Calibri", "Arial"
SIZES = {"Normal": 10.5, "Title": 28, "Heading 1": 18, "Heading 2": 14, "Heading 3": 11.5,
         "Heading 4": 10.5}  # fmt: skip
"""Sizes of styles of paragraphs, in points."""
LISTED = 2
"""Levels of headings that the contents list."""
REMARK = "Remark"
"""Style of what the document says beside the plan: decisions, and what it adds to revisions."""
FIRST_OF_PLACES, FIRST_OF_REVISIONS = 500_000, 1_000_000
"""Numbers of the bookmarks that the list of changes leads to, and of revisions."""


def bookmark(number: int) -> str:
    """Return the bookmark of the heading with this number in the contents."""
    return f"_Toc{number:08}"


def written(document: Document) -> bytes:
    made = BytesIO()
    _Writer(document).write().save(made)
    return stable(made)


def main(parent: int) -> None:
    """Write the DOCX of the document on standard input, pickled by the process of that number."""
    end_with(parent)
    document = pickle.load(sys.stdin.buffer)  # noqa: S301 - what our own process has written
    sys.stdout.buffer.write(written(document))


class _Writer:
    def __init__(self, document: Document) -> None:
        self.document, self.labels = document, document.labels
        self.docx = docx.Document()
        self.colon = " : " if is_french(document.language) else ": "
        self.marked = count(1)
        lines = document.changed.lines if document.changed else ()
        places = dict.fromkeys(it.place for it in lines if it.place)
        self.places = {place: FIRST_OF_PLACES + number for number, place in enumerate(places)}
        self.revisions = count(FIRST_OF_REVISIONS)
        self.is_rtl = language_of(document.language).direction == "rtl"
        self.is_revising, self.is_report = False, document.numbers is not None

    def write(self) -> Any:
        self._set_up()
        self._title_page()
        self._opening()
        self._body()
        if self.document.numbers is not None:
            attach_json(self.docx, self.document.numbers)
        return self.docx

    def _body(self) -> None:
        for axis in self.document.axes:
            self._begin_section(f"{axis.code} {axis.title.value}")
            heading = self._heading(1, axis.code, axis.title)
            heading.paragraph_format.page_break_before = self.is_report
            if axis.introduction:
                self._markdown(axis.introduction)
            for measure in axis.measures:
                self._measure(measure)
        if self.document.removed:
            self._begin_section(self.labels["removed_measures"])
            self._run(self._paragraph(REMARK), self.labels["removed_measures"], style="StrongWarm")
            for measure in self.document.removed:
                self._titled(self._paragraph(REMARK), measure.code, measure.title)
                with self._revision(DELETED):
                    self._measure(measure)
        if self.document.annex:
            self._annex()
        if next(self.revisions) > FIRST_OF_REVISIONS:
            self.docx.add_paragraph()  # no word processor takes away the last one

    def _opening(self) -> None:
        """Write what comes before the axes."""
        if self.document.summary is None:
            self._notes()
            self._changed()
            self._introduction()
            self._contents()
            return
        self._summary(self.document.summary)
        self._notes()
        if self.document.axes:
            self._contents()
        self._introduction()

    def _set_up(self) -> None:
        properties, made_at = self.docx.core_properties, self.document.made_at
        properties.title, properties.author = self.document.title.value[:255], self.document.author
        properties.last_modified_by, properties.comments = self.document.author, ""
        language = language_of(self.document.language).spelling
        properties.language, properties.revision = language, 1
        properties.created = properties.modified = made_at.replace(tzinfo=None)
        section = self.docx.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = MARGIN
        section.top_margin = section.bottom_margin = Mm(20)
        styles = self.docx.styles
        set_language(styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}"), language)
        sizes = SIZES | ({"Heading 5": 10.5} if self.document.annex else {})
        for name, size in sizes.items():
            style = styles[name]
            style.font.size, style.font.name = Pt(size), FONT
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in [key for key in fonts.attrib if key.endswith("Theme")]:
                del fonts.attrib[theme]
            if name.startswith("Heading"):
                style.font.color.rgb = SOFT if name.endswith(("4", "5")) else ACCENT
        if self.is_rtl:
            self._turn_styles(language)
        self._add_character_styles()
        remark = styles.add_style(REMARK, WD_STYLE_TYPE.PARAGRAPH)
        remark.base_style, remark.paragraph_format.left_indent = styles["Normal"], Mm(6)
        footer = section.footer.paragraphs[0]
        footer.text = f"{self.document.author} · {self.document.eyebrow} · "
        begin_field(footer, "PAGE")
        footer.add_run("1")
        end_field(footer)

    def _turn_styles(self, language: str) -> None:
        """Have paragraphs begin at the right, in a font that word processors have for Arabic."""
        styles = self.docx.styles
        set_direction(styles["Normal"].element.get_or_add_pPr(), is_rtl=True)
        defaults = styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
        defaults.find(qn("w:lang")).set(qn("w:bidi"), language)
        for name, size in SIZES.items():
            properties = styles[name].element.get_or_add_rPr()
            properties.get_or_add_rFonts().set(qn("w:cs"), RTL_FONT)
            for it in properties.findall(qn("w:szCs")):
                properties.remove(it)
            properties.find(qn("w:sz")).addnext(element("szCs", val=str(round(2 * size))))

    def _add_character_styles(self) -> None:
        for name, colour in CHARACTER_STYLES.items():
            font = self.docx.styles.add_style(name, WD_STYLE_TYPE.CHARACTER).font
            font.color.rgb = colour
            font.underline = name == "Link" or None
            font.bold = name.startswith("Strong") or None
            if self.is_rtl:
                font.cs_bold = font.bold

    def _title_page(self) -> None:
        self._line(self.document.author, "StrongAccent")
        self._line(self.document.eyebrow, "StrongWarm")
        self._text(self._paragraph("Title"), self.document.title)
        if self.document.plan != self.document.title:
            self._text(self.docx.add_paragraph(), self.document.plan)
        self._line(self.document.day)

    def _notes(self) -> None:
        for note in self.document.notes:
            self._line(note)

    def _begin_section(self, head: str) -> None:
        """Begin a page whose running head, as that of those after it, is this one.

        A report has none: whoever verifies one has its heads and feet compared, in ODT too.
        """
        if self.is_report:
            return
        header = self.docx.add_section(WD_SECTION.NEW_PAGE).header
        header.is_linked_to_previous = False
        self._run(header.paragraphs[0], head, style="Soft")

    def _changed(self) -> None:
        changed = self.document.changed
        if changed is None:
            return
        self._label_heading(1, changed.title, is_new_page=True)
        if changed.sentence:
            self._line(changed.sentence)
        for line in changed.lines:
            self._change(line)

    def _change(self, line: ChangeLine) -> None:
        paragraph = self.docx.add_paragraph()
        self._run(paragraph, f"{line.state} · ", style="Warm")
        style = "Link" if line.place else ""
        label = f"{line.code} {line.text.value}"
        runs = self._run(paragraph, label, line.text.language, style)
        if line.place:
            place = bookmark(self.places[line.place])
            link_within(runs, place)
            self._page_number(paragraph, place)

    def _page_number(self, paragraph: Any, place: str) -> None:
        stops = paragraph.paragraph_format.tab_stops
        stops.add_tab_stop(LINE_WIDTH, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
        page_of(paragraph, place)

    def _summary(self, summary: FrontSummary) -> None:
        if summary.introduction:
            self._markdown(summary.introduction)
        begun = len(self.docx.paragraphs)
        self._summary_part(summary.standing)
        counts = [f"{it.text.value} {it.label}" for it in summary.counts]
        if counts:
            self._line(", ".join(counts))
        for squares in summary.squares:
            paragraph = self.docx.add_paragraph()
            paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(26))
            paragraph.paragraph_format.keep_together = True
            self._run(paragraph, f"{squares.code} ", style="Strong")
            self._run(paragraph, squares.title.value, squares.title.language, "Strong")
            for place, assessor in enumerate(summary.assessors):
                self._run(paragraph, f"\n{assessor}\t{squares.characters(place)}")
        self._line(
            "  ".join(f"{CHARACTERS[level]} {label}" for level, label in summary.key), "Soft"
        )
        for part in summary.parts:
            self._summary_part(part)
        for paragraph in self.docx.paragraphs[begun:]:
            paragraph.paragraph_format.space_after = Pt(3)

    def _summary_part(self, part: SummaryPart) -> None:
        self._run(self._paragraph("Heading3"), part.heading)
        for it in part.sentences:
            self._line(it, "Strong")
        for fact in part.listed:
            self._fact(fact)
        for it in part.codes:
            self._line(it)

    def _annex(self) -> None:
        self._begin_section(self.labels["annex"])
        number = next(self.marked)
        mark(self._label_heading(1, self.labels["annex"]), number, bookmark(number))
        for axis in self.document.annex:
            self._titled(self._paragraph("Heading3"), axis.code, axis.title)
            for measure in axis.measures:
                self._titled(self._paragraph("Heading4"), measure.code, measure.title)
                for indicator in measure.indicators:
                    self._titled(self._paragraph("Heading5"), indicator.code, indicator.label)
                    self._figures(indicator)

    def _introduction(self) -> None:
        text = self.document.introduction
        if text is None:
            return
        is_first = self.document.changed is None
        self._label_heading(1, self.labels["introduction"], is_new_page=is_first)
        self._markdown(text)

    def _markdown(self, text: Text) -> None:
        for block in blocks(text.value):
            paragraph = self._paragraph("Heading2" if block.is_heading else "")
            if block.mark:
                paragraph.paragraph_format.left_indent = Mm(6 * block.depth)
                paragraph.paragraph_format.first_line_indent = Mm(-5)
                self._run(paragraph, f"{block.mark} ")
            for run in block.runs:
                added = self._run(
                    paragraph,
                    run.text,
                    text.language,
                    "Link" if run.link else "",
                    is_strong=run.is_strong,
                    is_emphasised=run.is_emphasised,
                )
                if run.link:
                    link_to(paragraph, added, run.link)

    def _contents(self) -> None:
        """Write a field that a word processor fills with pages, and its entries until then."""
        heading = self._paragraph("TOCHeading")
        heading.paragraph_format.page_break_before = self.document.summary is not None or None
        self._run(heading, self.labels["contents"], style="StrongAccent")
        entries: list[tuple[int, str]] = []
        for axis in self.document.axes:
            listed: list[AxisEntry | MeasureEntry] = [axis, *axis.measures]
            entries += [(1 if it is axis else 2, f"{it.code} {it.title.value}") for it in listed]
        if self.document.annex:
            entries.append((1, self.labels["annex"]))
        paragraphs = [self.docx.add_paragraph() for _number in range(max(1, len(entries)))]
        begin_field(paragraphs[0], 'TOC \\o "1-2" \\h \\z \\u')
        for number, (level, label) in enumerate(entries, 1):
            paragraph = paragraphs[number - 1]
            paragraph.paragraph_format.left_indent = Mm(6 * (level - 1))
            paragraph.paragraph_format.space_after = Pt(2)
            link_within(self._run(paragraph, label, style="Link"), bookmark(number))
            self._page_number(paragraph, bookmark(number))
        end_field(paragraphs[-1])

    @contextmanager
    def _revision(self, kind: str) -> Iterator[None]:
        """Mark what is written meanwhile as inserted or deleted, within another mark as that."""
        body, is_outermost = self.docx.element.body, not self.is_revising
        start, self.is_revising = len(body) - 1, True  # the last one is the section
        yield
        if is_outermost:
            self.is_revising = False
            for part in body[start:-1]:
                revise(part, partial(self._mark, kind))

    def _mark(self, kind: str) -> Any:
        document, number = self.document, str(next(self.revisions))
        date = f"{document.made_at:%Y-%m-%dT%H:%M:%SZ}"
        return element(kind, id=number, author=document.author, date=date)

    def _measure(self, measure: MeasureEntry) -> None:
        if measure.is_new:
            with self._revision(INSERTED):
                self._whole_measure(measure)
        else:
            self._whole_measure(measure)

    def _whole_measure(self, measure: MeasureEntry) -> None:
        before = measure.before or measure
        self._heading(2, measure.code, measure.title, before.title, measure.place)
        self._facts(before.facts, measure.facts)
        if measure.address:
            self._address(measure)
        self._changed_table(before.judgements, measure.judgements)
        self._indicators(measure)
        if measure.decisions:
            self._run(self._paragraph(REMARK), self.labels["missing"], style="StrongAccent")
            self._decisions(measure.decisions)
        for reply in measure.replies:
            self._run(self.docx.add_paragraph(), reply.label, is_strong=True)
            self._text(self._paragraph("Quote"), reply.text)
        if measure.quotations:
            self._line(self.labels["quotations"], "Soft")
        for quotation in measure.quotations:
            self._text(self._paragraph("Quote"), quotation)

    def _indicators(self, measure: MeasureEntry) -> None:
        if measure.overview:
            self._table(measure.overview)
        elif not measure.indicators and self.labels["no_indicator"]:
            self._line(self.labels["no_indicator"], "Soft")
        for indicator in measure.in_order():
            if indicator in measure.removed:
                self._removed(indicator)
            elif indicator.is_new:
                with self._revision(INSERTED):
                    self._indicator(indicator)
            else:
                self._indicator(indicator)
            self._decisions(indicator.decisions)

    def _removed(self, indicator: IndicatorEntry) -> None:
        with self._revision(DELETED):
            self._indicator(indicator)
        remark = self._paragraph(REMARK)
        self._titled(remark, indicator.code, indicator.label)
        self._run(remark, f" · {indicator.state}", style="Warm")

    def _address(self, measure: MeasureEntry) -> None:
        paragraph = self.docx.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        drawn = paragraph.add_run().add_picture(BytesIO(picture(measure.address)), CODE_WIDTH)
        drawn._inline.docPr.set("descr", measure.scan)
        paragraph.add_run().add_break()
        self._run(paragraph, f"{self.labels['address']} ", style="Soft")
        link_to(paragraph, self._run(paragraph, measure.address, style="Link"), measure.address)

    def _indicator(self, indicator: IndicatorEntry) -> None:
        before = indicator.before or indicator
        self._heading(3, indicator.code, indicator.label, before.label, indicator.place)
        self._figures(indicator)
        if indicator.is_bare:
            self._run(self._paragraph(REMARK), self.labels["nothing"], style="Soft")

    def _figures(self, indicator: IndicatorEntry) -> None:
        before = indicator.before or indicator
        self._facts(before.facts, indicator.facts)
        self._changed_table(before.points, indicator.points)
        if indicator.values:
            self._table(indicator.values, 4)

    def _decisions(self, decisions: Iterable[DecisionEntry]) -> None:
        for decision in decisions:
            if decision.subject:
                self._text(self._inset(), decision.subject)
            self._run(self._inset(), decision.heading, is_strong=True)
            if decision.reason:
                paragraph = self._inset()
                self._run(paragraph, f"{self.labels['reason']} ", style="Soft")
                self._text(paragraph, decision.reason)
            if decision.contributions:
                self._run(self._inset(), decision.contributions, style="Soft")
            if decision.quotations:
                self._run(self._inset(), self.labels["quotations"], style="Soft")
            for quotation in decision.quotations:
                paragraph = self._paragraph("Quote")
                self._text(paragraph, quotation.text)
                if quotation.mention:
                    self._run(paragraph, f" ({quotation.mention})", style="Soft")

    def _inset(self) -> Any:
        return self._paragraph(REMARK)

    def _facts(self, before: Sequence[Fact], after: Sequence[Fact]) -> None:
        old, new = _numbered(before), _numbered(after)
        for key in _merged(list(old), list(new)):
            if key not in old:
                with self._revision(INSERTED):
                    self._fact(new[key])
            elif key not in new:
                with self._revision(DELETED):
                    self._fact(old[key])
            else:
                self._fact(new[key], old[key].text)

    def _changed_table(self, before: Table | None, after: Table | None) -> None:
        """Write a table, its cells as they were and are; as two where it has other rows now."""
        if before and after and _heads(before) == _heads(after):
            self._table(after, before=before)
            return
        for table, kind in ((before, DELETED), (after, INSERTED)):
            if table:
                with self._revision(kind):
                    self._table(table)

    def _table(self, table: Table, level: int = 3, before: Table | None = None) -> None:
        keep_last(self.docx)
        if table.caption:
            self._label_heading(level, table.caption)
        made = self.docx.add_table(len(table.rows) + 1, len(table.columns), "Table Grid")
        heads = [Text(it, self.document.language) for it in table.columns]
        cells = [cell for row in made.rows for cell in row.cells]
        texts = [text for row in (heads, *table.rows) for text in row]
        old = [text for row in (heads, *(before or table).rows) for text in row]
        for place, (cell, text, was) in enumerate(zip(cells, texts, old, strict=True)):
            paragraph = cell.paragraphs[0]
            style = "Strong" if place < len(heads) else ""
            if text.address:
                link_to(
                    paragraph, self._run(paragraph, text.value, text.language, "Link"), text.address
                )
            else:
                self._text(paragraph, text, was, style)
        lay_out(made, LINE_WIDTH, is_rtl=self.is_rtl)
        self.docx.add_paragraph()

    def _heading(
        self, level: int, code: str, label: Text, before: Text | None = None, place: str = ""
    ) -> Any:
        """Add the heading of an axis, a measure or an indicator."""
        paragraph = self._paragraph(f"Heading{level}")
        self._titled(paragraph, code, label, before)
        if level <= LISTED:
            number = next(self.marked)
            mark(paragraph, number, bookmark(number))
        if number := self.places.get(place, 0):
            mark(paragraph, number, bookmark(number))
        return paragraph

    def _titled(self, paragraph: Any, code: str, label: Text, before: Text | None = None) -> None:
        self._run(paragraph, f"{code} ")
        self._text(paragraph, label, before)

    def _label_heading(self, level: int, label: str, *, is_new_page: bool = False) -> Any:
        heading = self._paragraph(f"Heading{level}")
        if is_new_page:
            heading.paragraph_format.page_break_before = True
        self._run(heading, label)
        return heading

    def _fact(self, fact: Fact, before: Text | None = None) -> None:
        paragraph = self.docx.add_paragraph()
        if fact.label:
            self._run(paragraph, fact.label + self.colon, style="Soft")
        self._text(paragraph, fact.text, before)

    def _line(self, text: str, style: str = "") -> None:
        self._run(self.docx.add_paragraph(), text, style=style)

    def _paragraph(self, style: str) -> Any:
        paragraph = self.docx.add_paragraph()
        if style:
            set_style(paragraph, style)
        return paragraph

    def _text(
        self, paragraph: Any, text: Text, before: Text | None = None, style: str = ""
    ) -> None:
        """Write a text, its words marked where it was another one before."""
        if before is None or before.value == text.value:
            self._run(paragraph, text.value, text.language, style)
            return
        for part in joined(TextChange("", before.value, text.value).parts):
            for run in self._run(paragraph, part.text, text.language, style):
                if kind := _kind(part):
                    revise(run, partial(self._mark, kind))

    def _run(
        self, paragraph: Any, text: str, language: str = "", style: str = "", **look: bool
    ) -> list[Any]:
        """Add a text as one run, as several where it has numbers between words of Arabic."""
        is_foreign = language not in ("", self.document.language)
        own = language_of(self.document.language)
        written = SHIPPED.get(language, language_of(language)) if is_foreign else own
        lang, is_rtl = written.spelling if is_foreign else "", written.direction == "rtl"
        pieces = by_direction(text) if is_rtl else [(text, False)]
        return [
            add_run(paragraph, it, style=style, language=lang, is_rtl=is_turned, **look)
            for it, is_turned in pieces
        ]


def _kind(part: Part) -> str:
    """Name the revision that a part of a difference is; empty where it stays."""
    return DELETED if part.is_removed else INSERTED if part.is_added else ""


def _numbered(facts: Sequence[Fact]) -> dict[tuple[str, int], Fact]:
    """Number the facts of each label, as some have none."""
    labels = [it.label for it in facts]
    return {(it.label, labels[:rank].count(it.label)): it for rank, it in enumerate(facts)}


def _merged(before: Sequence[Any], after: Sequence[Any]) -> list[Any]:
    """Put what only the first has after what it follows there."""
    merged, rank = list(after), 0
    for it in before:
        if it not in merged:
            merged.insert(rank, it)
        rank = merged.index(it) + 1
    return merged


def _heads(table: Table) -> tuple[list[str], list[str]]:
    return list(table.columns), [row[0].value for row in table.rows]
