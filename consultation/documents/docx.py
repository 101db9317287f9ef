"""DOCX of a document, with heading styles, heads of tables, languages and text alternatives.

Its texts are exact, for those who go on working on it.  The same document gives the same bytes.
`main` runs in a subprocess.
"""

import pickle
import sys
from collections.abc import Iterable
from io import BytesIO
from itertools import count
from typing import Any

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from consultation.documents.docx_parts import (
    add_run,
    attach_json,
    begin_field,
    end_field,
    keep_rows_whole,
    link_to,
    link_within,
    mark,
    set_language,
    set_style,
    set_table_head,
    stable,
)
from consultation.documents.model import (
    CHARACTERS,
    AxisEntry,
    DecisionEntry,
    Difference,
    Document,
    Fact,
    FrontSummary,
    IndicatorEntry,
    MeasureEntry,
    SummaryPart,
    Table,
    Text,
)
from consultation.i18n import DEFAULT_LOCALE
from consultation.subprocesses import end_with
from consultation.typesetting.markdown import blocks
from consultation.typesetting.qr import picture

ACCENT, SOFT, WARM = RGBColor(0x0B, 0x55, 0x53), RGBColor(0x51, 0x5C, 0x59), RGBColor(0x8A, 0x3F, 8)
LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}
CHARACTER_STYLES = {
    "Soft": SOFT, "Accent": ACCENT, "Warm": WARM, "Link": ACCENT, "Added": ACCENT,
    "Removed": WARM, "StrongAccent": ACCENT, "StrongWarm": WARM,
}  # fmt: skip
"""Styles of characters, by name, and their colours."""
CODE_WIDTH = Mm(24)
FONT = "Calibri"
SIZES = {"Normal": 10.5, "Title": 28, "Heading 1": 18, "Heading 2": 14, "Heading 3": 11.5,
         "Heading 4": 10.5}  # fmt: skip
"""Sizes of styles of paragraphs, in points."""
LISTED = 2
"""Levels of headings that the contents list."""


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
        self.colon = " : " if document.language == DEFAULT_LOCALE else ": "
        self.marked = count(1)

    def write(self) -> Any:
        self._set_up()
        self._title_page()
        self._opening()
        for axis in self.document.axes:
            heading = self._heading(1, axis.code, axis.title)
            heading.paragraph_format.page_break_before = True
            if axis.introduction:
                self._markdown(axis.introduction)
            for measure in axis.measures:
                self._measure(measure)
        if self.document.removed:
            self._label_heading(1, self.labels["removed_measures"])
            for fact in self.document.removed:
                self._fact(Fact(fact.label, fact.text))
        if self.document.annex:
            self._annex()
        if self.document.numbers is not None:
            attach_json(self.docx, self.document.numbers)
        return self.docx

    def _opening(self) -> None:
        """Write what comes before the axes."""
        if self.document.summary is None:
            self._introduction()
            self._contents()
            return
        self._summary(self.document.summary)
        if self.document.axes:
            self._contents()
        self._introduction()

    def _set_up(self) -> None:
        properties, made_at = self.docx.core_properties, self.document.made_at
        properties.title, properties.author = self.document.title.value[:255], self.document.author
        properties.last_modified_by, properties.comments = self.document.author, ""
        language = LANGUAGES[self.document.language]
        properties.language, properties.revision = language, 1
        properties.created = properties.modified = made_at.replace(tzinfo=None)
        section = self.docx.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(22)
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
        self._add_character_styles()
        footer = section.footer.paragraphs[0]
        footer.text = f"{self.document.author} · {self.document.eyebrow} · "
        begin_field(footer, "PAGE")
        footer.add_run("1")
        end_field(footer)

    def _add_character_styles(self) -> None:
        for name, colour in CHARACTER_STYLES.items():
            font = self.docx.styles.add_style(name, WD_STYLE_TYPE.CHARACTER).font
            font.color.rgb = colour
            font.strike = name == "Removed" or None
            font.underline = name in ("Added", "Link") or None
            font.bold = name.startswith(("Added", "Strong")) or None

    def _title_page(self) -> None:
        self._line(self.document.author, "StrongAccent")
        self._line(self.document.eyebrow, "StrongWarm")
        self._text(self._paragraph("Title"), self.document.title)
        if self.document.plan != self.document.title:
            self._text(self.docx.add_paragraph(), self.document.plan)
        self._line(self.document.day)
        for note in self.document.notes:
            self._line(note)

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
        number = next(self.marked)
        mark(self._label_heading(1, self.labels["annex"]), number, bookmark(number))
        for axis in self.document.annex:
            self._titled(self._paragraph("Heading3"), axis.code, axis.title, "")
            for measure in axis.measures:
                self._titled(self._paragraph("Heading4"), measure.code, measure.title, "")
                for indicator in measure.indicators:
                    self._titled(self._paragraph("Heading5"), indicator.code, indicator.label, "")
                    self._figures(indicator)

    def _introduction(self) -> None:
        text = self.document.introduction
        if text is None:
            return
        self._label_heading(1, self.labels["introduction"], is_new_page=True)
        self._markdown(text)

    def _markdown(self, text: Text) -> None:
        for block in blocks(text.value):
            paragraph = self._paragraph("Heading2" if block.is_heading else "")
            if block.mark:
                paragraph.paragraph_format.left_indent = Mm(6 * block.depth)
                paragraph.paragraph_format.first_line_indent = Mm(-5)
                self._run(paragraph, f"{block.mark} ")
            for run in block.runs:
                added = add_run(
                    paragraph,
                    run.text,
                    style="Link" if run.link else "",
                    language=LANGUAGES[text.language],
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
        end_field(paragraphs[-1])

    def _measure(self, measure: MeasureEntry) -> None:
        self._heading(2, measure.code, measure.title, measure.state)
        for fact in measure.facts:
            self._fact(fact)
        if measure.address:
            self._address(measure)
        if measure.judgements:
            self._table(measure.judgements)
        self._indicators(measure)
        if measure.decisions:
            self._label_heading(3, self.labels["missing"])
            self._decisions(measure.decisions)
        for reply in measure.replies:
            add_run(self.docx.add_paragraph(), reply.label, is_strong=True)
            self._text(self._paragraph("Quote"), reply.text)
        if measure.quotations:
            self._line(self.labels["quotations"], "Soft")
        for quotation in measure.quotations:
            self._text(self._paragraph("Quote"), quotation)

    def _indicators(self, measure: MeasureEntry) -> None:
        if measure.overview:
            self._table(measure.overview)
        elif not measure.indicators:
            self._line(self.labels["no_indicator"], "Soft")
        for indicator in measure.indicators:
            self._indicator(indicator)
        if measure.removed:
            self._label_heading(3, self.labels["removed"])
            for indicator in measure.removed:
                self._titled(self.docx.add_paragraph(), indicator.code, indicator.label, "")
                self._decisions(indicator.decisions)

    def _address(self, measure: MeasureEntry) -> None:
        paragraph = self.docx.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        drawn = paragraph.add_run().add_picture(BytesIO(picture(measure.address)), CODE_WIDTH)
        drawn._inline.docPr.set("descr", measure.scan)
        paragraph.add_run().add_break()
        self._run(paragraph, f"{self.labels['address']} ", style="Soft")
        link_to(paragraph, self._run(paragraph, measure.address, style="Link"), measure.address)

    def _indicator(self, indicator: IndicatorEntry) -> None:
        self._heading(3, indicator.code, indicator.label, indicator.state)
        self._figures(indicator)
        if indicator.differences:
            self._label_heading(4, self.labels["changed"])
            for difference in indicator.differences:
                self._difference(difference)
        self._decisions(indicator.decisions)

    def _figures(self, indicator: IndicatorEntry) -> None:
        for fact in indicator.facts:
            self._fact(fact)
        if indicator.points:
            self._table(indicator.points)
        if indicator.values:
            self._table(indicator.values, 4)

    def _decisions(self, decisions: Iterable[DecisionEntry]) -> None:
        for decision in decisions:
            if decision.subject:
                self._text(self._inset(), decision.subject)
            add_run(self._inset(), decision.heading, is_strong=True)
            if decision.reason:
                paragraph = self._inset()
                self._run(paragraph, f"{self.labels['reason']} ", style="Soft")
                self._text(paragraph, decision.reason)
            if decision.contributions:
                self._run(self._inset(), decision.contributions, style="Soft")
            if decision.quotations:
                self._run(self._inset(), self.labels["quotations"], style="Soft")
            for quotation in decision.quotations:
                self._run(self._paragraph("Quote"), quotation, DEFAULT_LOCALE)

    def _inset(self) -> Any:
        paragraph = self.docx.add_paragraph()
        paragraph.paragraph_format.left_indent = Mm(6)
        return paragraph

    def _difference(self, difference: Difference) -> None:
        paragraph = self.docx.add_paragraph()
        self._run(paragraph, difference.label + self.colon, style="Soft")
        for part in difference.parts:
            if not part.is_removed and not part.is_added:
                self._run(paragraph, part.text, difference.language)
                continue
            label = self.labels["taken_away" if part.is_removed else "added"]
            colour = "Warm" if part.is_removed else "Accent"
            style = "Removed" if part.is_removed else "Added"
            self._run(paragraph, f"[{label} ", style=colour)
            self._run(paragraph, part.text, difference.language, style)
            self._run(paragraph, "]", style=colour)

    def _table(self, table: Table, level: int = 3) -> None:
        if table.caption:
            self._label_heading(level, table.caption)
        made = self.docx.add_table(len(table.rows) + 1, len(table.columns), "Table Grid")
        rows = [[Text(it, self.document.language) for it in table.columns], *table.rows]
        cells = [cell for row in made.rows for cell in row.cells]
        texts = [text for row in rows for text in row]
        for place, (cell, text) in enumerate(zip(cells, texts, strict=True)):
            is_head = place < len(table.columns)
            style = "Link" if text.address else "Strong" if is_head else ""
            run = self._run(cell.paragraphs[0], text.value, text.language, style)
            if text.address:
                link_to(cell.paragraphs[0], run, text.address)
        set_table_head(made.rows[0])
        if self.document.summary:
            keep_rows_whole(made)
        self.docx.add_paragraph()

    def _heading(self, level: int, code: str, label: Text, state: str = "") -> Any:
        """Add the heading of an axis, a measure or an indicator."""
        paragraph = self._paragraph(f"Heading{level}")
        self._titled(paragraph, code, label, state)
        if level <= LISTED:
            number = next(self.marked)
            mark(paragraph, number, bookmark(number))
        return paragraph

    def _titled(self, paragraph: Any, code: str, label: Text, state: str) -> None:
        self._run(paragraph, f"{code} ")
        self._text(paragraph, label)
        if state:
            self._run(paragraph, f" · {state}", style="Warm")

    def _label_heading(self, level: int, label: str, *, is_new_page: bool = False) -> Any:
        heading = self._paragraph(f"Heading{level}")
        if is_new_page or level == 1:
            heading.paragraph_format.page_break_before = True
        self._run(heading, label)
        return heading

    def _fact(self, fact: Fact) -> None:
        paragraph = self.docx.add_paragraph()
        if fact.label:
            self._run(paragraph, fact.label + self.colon, style="Soft")
        self._text(paragraph, fact.text)

    def _line(self, text: str, style: str = "") -> None:
        self._run(self.docx.add_paragraph(), text, style=style)

    def _paragraph(self, style: str) -> Any:
        paragraph = self.docx.add_paragraph()
        if style:
            set_style(paragraph, style)
        return paragraph

    def _text(self, paragraph: Any, text: Text) -> None:
        self._run(paragraph, text.value, text.language)

    def _run(self, paragraph: Any, text: str, language: str = "", style: str = "") -> Any:
        is_foreign = language not in ("", self.document.language)
        lang = LANGUAGES[language] if is_foreign else ""
        return add_run(paragraph, text, style=style, language=lang)
