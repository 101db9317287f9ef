"""Paper: the blank form of a measure and its poster, as PDF for A4 sheets."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from consultation.files import PACKAGE
from consultation.i18n import localized
from consultation.questionnaires.form.instrument import (
    IndicatorWording,
    Instrument,
    Question,
    Section,
)
from consultation.questionnaires.kinds import kind_of
from consultation.typesetting.font_coverage import FONT, drawable, not_drawn
from consultation.typesetting.qr import draw
from consultation.typesetting.subprocess import typeset

FORM, POSTER = PACKAGE / "typesetting" / "form.typ", PACKAGE / "typesetting" / "poster.typ"
STANDARD = "ua-1"


def form_content(instrument: Instrument, locale: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the content of a blank form; `labels` are its sentences outside the questionnaire.

    All questions are on it, those that depend on another too: paper asks in no order.
    """
    return {
        **labels,
        "locale": locale,
        "title": localized(instrument.title, locale),
        "sections": [_section(section, locale, labels) for section in instrument.sections],
    }


def blank_form(content: Mapping[str, Any]) -> bytes:
    """Return the PDF of a blank form; raise `Refused` or `NoTypesetting`."""
    return _typeset(FORM, content)


def poster(content: Mapping[str, Any], address: str) -> bytes:
    """Return the PDF of a poster with the QR code of an address; raise as `blank_form` does."""
    return _typeset(POSTER, {**content, "address": address, "code": draw(address).svg})


def _typeset(template: Any, content: Mapping[str, Any]) -> bytes:
    printable = {name: _printable(part) for name, part in content.items()}
    inputs = {"content": json.dumps(printable, ensure_ascii=False), "font": FONT}
    return typeset(template, format="pdf", sys_inputs=inputs, pdf_standards=[STANDARD])


def _section(section: Section, locale: str, labels: Mapping[str, str]) -> dict[str, Any]:
    indicator = section.indicator
    return {
        "tag": indicator.code if indicator else "",
        "heading": localized(indicator.label if indicator else section.title, locale),
        "intro": localized(section.intro, locale),
        "definition": localized(indicator.definition, locale) if indicator else "",
        "facts": _facts(indicator, locale, labels) if indicator else [],
        "questions": [_question(question, locale, labels) for question in section.questions],
    }


def _facts(
    indicator: IndicatorWording, locale: str, labels: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return the other facts of an indicator, as the page of its measure names them."""
    facts = (
        (labels["unit"], indicator.unit),
        (labels["source"], indicator.data_source),
        (labels["baseline"], indicator.baseline),
    )
    return [(label, localized(text, locale)) for label, text in facts if text]


def _question(question: Question, locale: str, labels: Mapping[str, str]) -> dict[str, Any]:
    printed = kind_of(question).on_paper(question, locale, labels)
    ends = (question.settings.get(end) for end in ("low", "high"))
    return {
        **asdict(printed),
        "label": printed.label + (f" ({labels['required']})" if question.is_required else ""),
        "hint": localized(question.hint, locale),
        "ends": [localized(end, locale) for end in ends],
    }


def _printable(content: Any) -> Any:
    """Return content with the characters that the fonts lack replaced by their codes."""
    if isinstance(content, Mapping):
        return {name: _printable(part) for name, part in content.items()}
    if isinstance(content, list):
        return [_printable(part) for part in content]
    if not isinstance(content, str):
        return content
    return drawable(content, not_drawn(content))
