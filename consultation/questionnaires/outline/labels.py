"""The parts of an outline in French words, as pages and sheets name them."""

from collections.abc import Mapping
from typing import Any

from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.questionnaires.editor.labels import SCOPE_LABELS, title_of
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline.comparability import KIND_LABELS
from consultation.questionnaires.outline.model import Condition, OutlineQuestion, OutlineSection

__all__ = ["KIND_LABELS", "SCOPE_LABELS", "title_of"]

DESTINATION_WORDS = {
    Destination.ANSWER: "réponse",
    Destination.CAPACITY: "qualité de la personne",
    Destination.ORGANISATION: "organisation",
    Destination.TERRITORY: "territoire",
    Destination.NAME: "nom de la personne",
    Destination.ADDRESS: "adresse de la personne",
    Destination.CONSENT_CONTACT: "accord pour être contacté",
    Destination.CONSENT_ANONYMOUS: "accord pour être cité sans nom",
    Destination.CONSENT_NAMED: "accord pour être cité avec son nom",
}

YES_NO = {True: "oui", False: "non"}


def french(text: Mapping[str, str] | None) -> str:
    """Return the French of a text, nothing for none."""
    return localized(text, DEFAULT_LOCALE)


def asked_in(section: OutlineSection) -> str:
    """Return the forms that hold a section."""
    words = SCOPE_LABELS[section.scope]
    return f"{words} : {', '.join(section.measures)}" if section.measures else words


def named(question: OutlineQuestion) -> str:
    """Return what a question is called among others."""
    return french(question.label) or question.code


def condition_words(condition: Condition | None) -> str:
    """Return when a question is asked."""
    if condition is None:
        return "toujours posée"
    return f"posée si « {condition.question} » vaut {' ou '.join(condition.any_of)}"


def setting_words(value: Any) -> str:
    """Return the value of a setting that is no text."""
    if isinstance(value, bool):
        return YES_NO[value]
    return "" if value is None else str(value).replace(".", ",")
