"""French labels of the editor."""

from collections.abc import Collection, Mapping, Sequence

from consultation.i18n import OTHER_LOCALES, form_for, lacking_counts, localized, names_of
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline.structure import (
    Condition,
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
)

KIND_SENTENCES = {name: kind.sentence for name, kind in KINDS.items() if kind.sentence}
"""The kinds that an organiser may choose; only the shipped questionnaire asks for an address."""

SCOPE_SENTENCES = {
    Scope.INDICATOR: "Répétée pour chaque indicateur d'une mesure, dont elle prend le libellé.",
    Scope.MEASURE: "Une fois dans le formulaire de chaque mesure.",
    Scope.INSERT: "Dans le formulaire des mesures que vous cochez plus bas.",
    Scope.TOOL: "Dans le formulaire sur l'ensemble des indicateurs, et dans aucune mesure.",
    Scope.EVERYONE: "Dans chaque mesure et dans le formulaire sur l'ensemble des indicateurs.",
}
MOST_NAMED = 12
"""How many measures a scope names; the others are counted."""

ABOUT_THE_PERSON = (
    "Cette question porte sur la personne : sa réponse est gardée à part des autres. Son type et"
    " ce qu'elle remplit ne changent donc pas."
)


def scope_phrase(section: OutlineSection) -> str:
    """Return in French the forms that have the section: « dans toutes les mesures »."""
    match section.scope:
        case Scope.INDICATOR:
            return "pour chaque indicateur"
        case Scope.MEASURE:
            return "dans toutes les mesures"
        case Scope.TOOL:
            return "outil dans son ensemble"
        case Scope.EVERYONE:
            return "partout"
    named = ", ".join(section.measures[:MOST_NAMED])
    more = len(section.measures) - MOST_NAMED
    noun = form_for(len(section.measures), "mesure", "mesures")
    return f"seulement : {noun} {named or '–'}" + (f" et {more} autres" if more > 0 else "")


def marks(question: OutlineQuestion, locales: Sequence[str] = OTHER_LOCALES) -> list[str]:
    """Return French tags of a question: required, about the person, without a translation…"""
    lacks = question_lacks(question, locales)
    marks = {
        "obligatoire": question.is_required,
        "sur la personne": question.destination is not Destination.ANSWER,
        "prudence": question.needs_care,
        missing(lacks): lacks,
    }
    return [mark for mark, is_so in marks.items() if is_so]


def missing(tags: Collection[str]) -> str:
    """Return in French that languages are missing."""
    return f"{names_of(tags)} : à traduire"


def question_lacks(question: OutlineQuestion, locales: Sequence[str]) -> Collection[str]:
    """The languages, of these, in which a text of a question is not."""
    setting_texts = (value for value in question.settings.values() if isinstance(value, Mapping))
    options = (option.label for option in question.options)
    rows = KINDS[question.kind].rows(question.settings).values()
    texts = [question.label, question.hint, *options, *rows, *setting_texts]
    return lacking_counts(texts, locales)


def section_lacks(section: OutlineSection, locales: Sequence[str]) -> Collection[str]:
    return lacking_counts((section.title, section.intro), locales)


def replies_of(question: OutlineQuestion) -> list[tuple[str, str]]:
    """Return the replies that a condition may name, as code and French text."""
    never = KINDS[question.kind].never_sent(question.settings)
    return [(code, text) for code, text in _all_replies(question) if code not in never]


def _all_replies(question: OutlineQuestion) -> list[tuple[str, str]]:
    kind = KINDS[question.kind]
    replies = [(str(step), str(step)) for step in kind.steps(question.settings)]
    replies += [(code, label["fr"]) for code, label in kind.offers]
    replies += [(option.code, localized(option.label, "fr")) for option in question.options]
    return replies


def condition_phrase(outline: Outline, condition: Condition) -> str:
    """Return in French when a question is asked: « si « Avis » : le modifier »."""
    other = outline.question(condition.question)
    if other is None:
        return f"si « {condition.question} », qui n'existe plus"
    labels = dict(_all_replies(other))
    chosen = " ou ".join(labels.get(code, code) for code in condition.any_of)
    return f"si « {localized(other.label, 'fr')} » : {chosen}"
