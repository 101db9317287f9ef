"""Rendering of the fields of a form.

Blank fields are cached with the instrument, for each language.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from babel.lists import format_list
from flask_babel import gettext as _
from jinja2 import Environment
from markupsafe import Markup

from consultation.i18n import language_of, localized
from consultation.plan.models import Measure
from consultation.questionnaires.form.instrument import FormMeasure, Instrument, Question, Section
from consultation.questionnaires.form.validation import Checked, find_controller
from consultation.questionnaires.form.version_diff import VersionChanges
from consultation.questionnaires.kinds import kind_of
from consultation.questionnaires.kinds.scales import NO_OPINION
from consultation.questionnaires.models import QuestionKind

NOTHING: Mapping[int, Sequence[str]] = {}
DOCUMENT = "document"
"""The section on the working document, of the form on the indicators as a whole."""


@dataclass(frozen=True)
class Sounds:
    """What of a form can be listened to in a language: names of files by what they read aloud."""

    state: Hashable = None
    """What changes with them."""
    introductions: Mapping[str, str] = field(default_factory=dict)
    """By the code of their section."""
    indicators: Mapping[str, str] = field(default_factory=dict)
    """By the code of the section on them."""
    questions: Mapping[int, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.introductions or self.indicators or self.questions)


SILENT = Sounds()


def place_of(measure: Measure | FormMeasure | None) -> str:
    """Return the subject of a form, in the language of the page: « Mesure T7 »."""
    if measure is None:
        return str(_("Réactions à l'ensemble"))
    if measure.is_shipped:
        return str(_("Thème %(code)s du suivi", code=measure.code))
    return str(_("Mesure %(code)s", code=measure.code))


OPENED_BY: Mapping[str, Sequence[str]] = {
    "reason": ("keep", "drop"),
    "proposed_wording": ("amend", "replace"),
    "source": ("amend", "replace"),
}
"""The answers to the stance that open a question of the shipped questionnaire, by its code."""


def is_foldable(section: Section) -> bool:
    """Return whether what a section asks after its first question may wait until it is wanted.

    They are the sections on an indicator, which begin with what one thinks of it.
    """
    first, *others = section.questions or (None,)
    return (
        section.indicator is not None
        and first is not None
        and first.kind is QuestionKind.SINGLE_CHOICE
        and bool(others)
    )


def without_document(instrument: Instrument, typed: Mapping[int, Sequence[str]]) -> Instrument:
    """Return a form as it is shown while there is no working document: it does not ask about it.

    What was typed before stays in sight.
    """
    sections = tuple(
        section
        for section in instrument.sections
        if section.code != DOCUMENT or any(any(typed.get(it.id, ())) for it in section.questions)
    )
    if sections == instrument.sections:
        return instrument
    displayed: Instrument = instrument.cache.setdefault(
        DOCUMENT, replace(instrument, sections=sections, cache={})
    )
    return displayed


def _folded(questions: Sequence[Question]) -> Sequence[Question]:
    """Return the questions that wait in the fold: ratings, but those that have to be given."""
    return [it for it in questions if it.kind is QuestionKind.SCALE and not it.is_required]


def _openers(section: Section, question: Question) -> Sequence[str]:
    """Return the answers to the first question that open `question`; none, and it is in sight.

    One that organisers have added is opened by whatever is said, but not by having no opinion.
    """
    first = section.questions[0]
    if question.is_required or question.id == first.id:
        return ()
    codes = [option.code for option in first.options if option.code != NO_OPINION]
    return [code for code in OPENED_BY.get(question.code, codes) if code in codes]


def _briefs() -> Mapping[str, str]:
    """Return in a word or two, by code, what a rating that is folded away is about."""
    return {
        "relevance": _("pertinence {answer}"),
        "feasibility": _("faisabilité {answer}"),
    }


def anchor(section: Section) -> str:
    """Return the id of a section on its page."""
    return "rubrique-" + section.code.replace(".", "-")


def blank_fields(
    environment: Environment, instrument: Instrument, locale: str, sounds: Sounds = SILENT
) -> Markup:
    """Return the blank fields of a form, from the cache after the first time."""
    if sounds:  # which the page that is kept has
        return _fields(environment, instrument, locale, NOTHING, NOTHING, sounds=sounds)
    key = ("fields", locale)
    if key not in instrument.cache:
        instrument.cache[key] = _fields(environment, instrument, locale, NOTHING, NOTHING)
    made: Markup = instrument.cache[key]
    return made


def filled_fields(
    environment: Environment,
    instrument: Instrument,
    locale: str,
    checked: Checked,
    changes: VersionChanges | None = None,
    *,
    who: Mapping[str, str] | None = None,
    sounds: Sounds = SILENT,
) -> Markup:
    """Return the fields with what was typed, its errors and the changes since another version.

    `who` is the capacity of a respondent who has said who they are: that is one line, to unfold.
    """
    typed, errors = checked.typed, checked.errors
    return _fields(environment, instrument, locale, typed, errors, changes, who, sounds)


def _fields(
    environment: Environment,
    instrument: Instrument,
    locale: str,
    typed: Mapping[int, Sequence[str]],
    errors: Mapping[int, Sequence[str]],
    changes: VersionChanges | None = None,
    who: Mapping[str, str] | None = None,
    sounds: Sounds = SILENT,
) -> Markup:
    template = environment.get_template("questionnaires/form/fields.html")
    return Markup(  # noqa: S704 - a template of ours, which has escaped what it shows
        template.render(
            instrument=instrument,
            typed=typed,
            errors=errors,
            changes=changes,
            who=who,
            sounds=sounds,
            briefs=_briefs(),
            is_short=language_of(locale).is_short,
            is_foldable=is_foldable,
            folded_of=_folded,
            openers=_openers,
            anchor=anchor,
            kind_of=kind_of,
            find_controller=lambda question: find_controller(instrument, question),
            when=lambda question: _condition_sentence(instrument, question, locale),
        )
    )


def _condition_sentence(instrument: Instrument, question: Question, locale: str) -> str:
    """Return when a conditional question applies, for respondents without scripts."""
    other = find_controller(instrument, question)
    if other is None or question.condition is None:
        return ""
    labels = [
        _("« %(answer)s »", answer=_reply_label(other, code, locale))
        for code in question.condition["any_of"]
    ]
    sentence: str = _(
        "À remplir si vous avez répondu %(answers)s à « %(question)s »",
        answers=format_list(labels, style="or", locale=language_of(locale).locale),
        question=localized(other.label, locale),
    )
    return sentence


def _reply_label(question: Question, code: str, locale: str) -> str:
    """Return the label of a reply; the steps of a scale are no options."""
    option = question.option(code)
    return localized(option.label, locale) if option else code


@dataclass(frozen=True)
class ReviewedSection:
    """A section with what was answered in it: never without an answer."""

    section: Section
    answers: Sequence[tuple[Question, Sequence[str]]]


def answers_by_section(
    instrument: Instrument, checked: Checked, locale: str
) -> Iterator[ReviewedSection]:
    """Yield the sections in which something was answered, with its answers as the form words them.

    What is not asked, given other answers, is not stored, and so is left out.
    """
    for section in instrument.sections:
        answers = [
            (question, kind_of(question).describe(question, checked.typed[question.id], locale))
            for question in section.questions
            if question.id in checked.values
        ]
        if answers:
            yield ReviewedSection(section, answers)


def list_errors(
    instrument: Instrument, checked: Checked, locale: str
) -> list[tuple[str, str, str]]:
    """Return for each question in error its anchor, its label and the sentence.

    The sentence of a question left empty names it, and stands in place of the label.
    """
    return [
        (question.name, _label_in(section, message), "")
        if question.id in checked.missing
        else (question.name, _label_in(section, localized(question.label, locale)), message)
        for section in instrument.sections
        for question in section.questions
        for message in checked.errors.get(question.id, ())[:1]
    ]


def _label_in(section: Section, label: str) -> str:
    return f"{section.indicator.code} · {label}" if section.indicator else label
