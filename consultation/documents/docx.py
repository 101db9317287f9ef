"""DOCX of a document, with heading styles, heads of tables, languages and text alternatives.

Its texts are exact, for those who go on working on it.  The same document gives the same bytes.
"""

from collections.abc import Iterable
from io import BytesIO
from itertools import count
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from consultation.documents.docx_parts import (
    begin_field,
    end_field,
    link_to,
    link_within,
    mark,
    set_language,
    set_table_head,
    stable,
)
from consultation.documents.introduction import blocks
from consultation.documents.model import (
    AxisEntry,
    DecisionEntry,
    Difference,
    Document,
    Fact,
    IndicatorEntry,
    MeasureEntry,
    Table,
    Text,
)
from consultation.i18n import DEFAULT_LOCALE
from consultation.text import clean
from consultation.typesetting.qr import picture

ACCENT, SOFT, WARM = RGBColor(0x0B, 0x55, 0x53), RGBColor(0x51, 0x5C, 0x59), RGBColor(0x8A, 0x3F, 8)
LANGUAGES = {"fr": "fr-FR", "en": "en-GB"}
CODE_WIDTH = Mm(24)
FONT = "Calibri"
LISTED = 2
"""Levels of headings that the contents list."""


def bookmark(number: int) -> str:
    """Return the bookmark of the heading with this number in the contents."""
    return f"_Toc{number:08}"


def written(document: Document) -> bytes:
    """Return the DOCX."""
    made = BytesIO()
    _Writer(document).write().save(made)
    return stable(made)


class _Writer:
    def __init__(self, document: Document) -> None:
        self.document, self.labels = document, document.labels
        self.docx = docx.Document()
        self.colon = " : " if document.language == DEFAULT_LOCALE else ": "
        self.marked = count(1)

    def write(self) -> Any:
        self._set_up()
        self._title_page()
        self._introduction()
        self._contents()
        for axis in self.document.axes:
            heading = self._heading(1, axis.code, axis.title)
            heading.paragraph_format.page_break_before = True
            for measure in axis.measures:
                self._measure(measure)
        if self.document.removed:
            self._label_heading(1, self.labels["removed_measures"])
            for fact in self.document.removed:
                self._fact(Fact(fact.label, fact.text))
        return self.docx

    def _set_up(self) -> None:
        properties, made_at = self.docx.core_properties, self.document.made_at
        properties.title, properties.author = self.document.title.value[:255], self.document.author
        properties.last_modified_by, properties.comments = self.document.author, ""
        properties.language, properties.revision = LANGUAGES[self.document.language], 1
        properties.created = properties.modified = made_at.replace(tzinfo=None)
        section = self.docx.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = Mm(22)
        section.top_margin = section.bottom_margin = Mm(20)
        styles = self.docx.styles
        set_language(styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}"), self._lang())
        for name, size in (("Normal", 10.5), ("Title", 28), ("Heading 1", 18), ("Heading 2", 14),
                           ("Heading 3", 11.5), ("Heading 4", 10.5)):  # fmt: skip
            style = styles[name]
            style.font.size, style.font.name = Pt(size), FONT
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for theme in [key for key in fonts.attrib if key.endswith("Theme")]:
                del fonts.attrib[theme]
            if name.startswith("Heading"):
                style.font.color.rgb = SOFT if name.endswith("4") else ACCENT
        footer = section.footer.paragraphs[0]
        footer.text = f"{self.document.author} · {self.document.eyebrow} · "
        begin_field(footer, "PAGE")
        footer.add_run("1")
        end_field(footer)

    def _lang(self) -> str:
        return LANGUAGES[self.document.language]

    def _title_page(self) -> None:
        self._line(self.document.author, colour=ACCENT, is_strong=True)
        self._line(self.document.eyebrow, colour=WARM, is_strong=True)
        self._text(self.docx.add_paragraph(style="Title"), self.document.title)
        if self.document.plan != self.document.title:
            self._text(self.docx.add_paragraph(), self.document.plan)
        self._line(self.document.day)
        for note in self.document.notes:
            self._line(note)

    def _introduction(self) -> None:
        text = self.document.introduction
        if text is None:
            return
        self._label_heading(1, self.labels["introduction"], is_new_page=True)
        for block in blocks(text.value):
            paragraph = self.docx.add_paragraph(style="Heading 2" if block.is_heading else None)
            if block.mark:
                paragraph.paragraph_format.left_indent = Mm(6 * block.depth)
                paragraph.paragraph_format.first_line_indent = Mm(-5)
                paragraph.add_run(f"{block.mark} ")
            for run in block.runs:
                added = self._run(paragraph, run.text, text.language)
                added.bold, added.italic = run.is_strong or None, run.is_emphasised or None
                if run.link:
                    link_to(added, run.link)

    def _contents(self) -> None:
        """Write a field that a word processor fills with pages, and its entries until then."""
        self._line(self.labels["contents"], colour=ACCENT, is_strong=True).style = "TOC Heading"
        entries: list[tuple[int, AxisEntry | MeasureEntry]] = []
        for axis in self.document.axes:
            entries += [(1, axis), *((2, measure) for measure in axis.measures)]
        paragraphs = [self.docx.add_paragraph() for _number in range(max(1, len(entries)))]
        begin_field(paragraphs[0], 'TOC \\o "1-2" \\h \\z \\u')
        for number, (level, entry) in enumerate(entries, 1):
            paragraph = paragraphs[number - 1]
            paragraph.paragraph_format.left_indent = Mm(6 * (level - 1))
            paragraph.paragraph_format.space_after = Pt(2)
            label = clean(f"{entry.code} {entry.title.value}")
            link_within(paragraph.add_run(label), bookmark(number))
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

    def _indicators(self, measure: MeasureEntry) -> None:
        if not measure.indicators:
            self._line(self.labels["no_indicator"], colour=SOFT)
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
        paragraph.add_run(f"{self.labels['address']} ").font.color.rgb = SOFT
        link_to(paragraph.add_run(measure.address), measure.address)

    def _indicator(self, indicator: IndicatorEntry) -> None:
        self._heading(3, indicator.code, indicator.label, indicator.state)
        for fact in indicator.facts:
            self._fact(fact)
        if indicator.points:
            self._table(indicator.points)
        if indicator.differences:
            self._label_heading(4, self.labels["changed"])
            for difference in indicator.differences:
                self._difference(difference)
        self._decisions(indicator.decisions)

    def _decisions(self, decisions: Iterable[DecisionEntry]) -> None:
        for decision in decisions:
            if decision.subject:
                self._text(self._inset(), decision.subject)
            self._run(self._inset(), decision.heading, self.document.language).bold = True
            if decision.reason:
                paragraph = self._inset()
                paragraph.add_run(f"{self.labels['reason']} ").font.color.rgb = SOFT
                self._text(paragraph, decision.reason)
            if decision.contributions:
                self._run(self._inset(), decision.contributions, self.document.language)
            if decision.quotations:
                self._run(self._inset(), self.labels["quotations"], self.document.language)
            for quotation in decision.quotations:
                self._run(self.docx.add_paragraph(style="Quote"), quotation, DEFAULT_LOCALE)

    def _inset(self) -> Any:
        paragraph = self.docx.add_paragraph()
        paragraph.paragraph_format.left_indent = Mm(6)
        return paragraph

    def _difference(self, difference: Difference) -> None:
        paragraph = self.docx.add_paragraph()
        paragraph.add_run(difference.label + self.colon).font.color.rgb = SOFT
        for part in difference.parts:
            if not part.is_removed and not part.is_added:
                self._run(paragraph, part.text, difference.language)
                continue
            label = self.labels["taken_away" if part.is_removed else "added"]
            colour = WARM if part.is_removed else ACCENT
            paragraph.add_run(f"[{label} ").font.color.rgb = colour
            changed = self._run(paragraph, part.text, difference.language)
            changed.font.color.rgb = colour
            changed.font.strike = part.is_removed or None
            changed.font.underline = changed.font.bold = part.is_added or None
            paragraph.add_run("]").font.color.rgb = colour

    def _table(self, table: Table) -> None:
        if table.caption:
            self._label_heading(3, table.caption)
        made = self.docx.add_table(rows=0, cols=len(table.columns), style="Table Grid")
        own = self.document.language
        for cells in ([Text(it, own) for it in table.columns], *table.rows):
            for cell, text in zip(made.add_row().cells, cells, strict=True):
                self._text(cell.paragraphs[0], text)
        set_table_head(made.rows[0])
        self.docx.add_paragraph()

    def _heading(self, level: int, code: str, label: Text, state: str = "") -> Any:
        """Add the heading of an axis, a measure or an indicator."""
        paragraph = self.docx.add_paragraph(style=f"Heading {level}")
        self._titled(paragraph, code, label, state)
        if level <= LISTED:
            number = next(self.marked)
            mark(paragraph, number, bookmark(number))
        return paragraph

    def _titled(self, paragraph: Any, code: str, label: Text, state: str) -> None:
        self._run(paragraph, f"{code} ", self.document.language)
        self._text(paragraph, label)
        if state:
            paragraph.add_run(f" · {state}").font.color.rgb = WARM

    def _label_heading(self, level: int, label: str, *, is_new_page: bool = False) -> None:
        heading = self.docx.add_paragraph(style=f"Heading {level}")
        heading.paragraph_format.page_break_before = is_new_page or level == 1
        self._run(heading, label, self.document.language)

    def _fact(self, fact: Fact) -> None:
        paragraph = self.docx.add_paragraph()
        if fact.label:
            paragraph.add_run(fact.label + self.colon).font.color.rgb = SOFT
        self._text(paragraph, fact.text)

    def _line(self, text: str, *, colour: Any = None, is_strong: bool = False) -> Any:
        paragraph = self.docx.add_paragraph()
        run = self._run(paragraph, text, self.document.language)
        run.bold = is_strong or None
        if colour is not None:
            run.font.color.rgb = colour
        return paragraph

    def _text(self, paragraph: Any, text: Text) -> None:
        self._run(paragraph, text.value, text.language)

    def _run(self, paragraph: Any, text: str, language: str) -> Any:
        run = paragraph.add_run(clean(text))
        if language != self.document.language:
            set_language(run._r.get_or_add_rPr(), LANGUAGES[language])
        return run
