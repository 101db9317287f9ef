"""Indicator answers: what staff read in a message of each indicator, in the fields of its form."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.questionnaires.form import rendering, validation
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.form.validation import Checked
from consultation.responses import transcription
from consultation.responses.transcription import Form, Part


@dataclass(frozen=True)
class IndicatorAnswers:
    """The answers on the indicators of one form; `checked` is None where none was sent."""

    form: Form
    instrument: Instrument
    checked: Checked | None

    @property
    def values(self) -> Mapping[int, Any]:
        """The checked values by question id."""
        return self.checked.values if self.checked else {}

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """What is wrong, for the list above the page."""
        if self.checked is None:
            return []
        return rendering.list_errors(self.instrument, self.checked, DEFAULT_LOCALE)

    def part(self, text: str) -> Part:
        """Return the message's part that answers the form, with its text."""
        return Part(self.form, text, validation.rows(self.instrument, self.values))

    def described(self) -> str:
        """Return the answers in words, a line each: to be given back where no field holds them."""
        if self.checked is None:
            return ""
        sections = rendering.answers_by_section(self.instrument, self.checked, DEFAULT_LOCALE)
        return "\n".join(
            f"{section.section.indicator.code if section.section.indicator else ''} ·"
            f" {localized(question.label, DEFAULT_LOCALE)} {', '.join(values)}"
            for section in sections
            for question, values in section.answers
        )


def read(
    session: Session, forms: Iterable[Form], formdata: MultiDict[str, str] | None
) -> dict[int, IndicatorAnswers]:
    """Return the answers to each form by its id, checked if they were sent."""
    return {
        form.id: _read(form, transcription.indicators_of(session, form), formdata) for form in forms
    }


def _read(
    form: Form, instrument: Instrument, formdata: MultiDict[str, str] | None
) -> IndicatorAnswers:
    checked = validation.check(instrument, formdata) if formdata is not None else None
    return IndicatorAnswers(form, instrument, checked)
