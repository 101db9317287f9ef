"""French labels of the parts of an outline, on pages and in workbooks."""

from collections.abc import Mapping
from typing import Any

from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.questionnaires.outline.structure import (
    Condition,
    OutlineQuestion,
    OutlineSection,
    Scope,
)

YES_NO = {True: "oui", False: "non"}


def french(text: Mapping[str, str] | None) -> str:
    """Return the French of a text, empty for none."""
    return localized(text, DEFAULT_LOCALE)


def title_of(section: OutlineSection) -> str:
    """Return the title of a section, its code where it has none."""
    if section.scope is Scope.INDICATOR:
        return "Les indicateurs"
    return localized(section.title, DEFAULT_LOCALE) or section.code


def scope_label(section: OutlineSection) -> str:
    """Return in French the forms that have a section: « Dans toutes les mesures »."""
    label = section.scope.label
    return f"{label} : {', '.join(section.measures)}" if section.measures else label


def question_label(question: OutlineQuestion) -> str:
    """Return the French label of a question, its code where it has none."""
    return french(question.label) or question.code


def condition_label(condition: Condition | None) -> str:
    """Return in French when a question is asked, by code: « posée si « avis » vaut oui »."""
    if condition is None:
        return "toujours posée"
    return f"posée si « {condition.question} » vaut {' ou '.join(condition.any_of)}"


def setting_label(value: Any) -> str:
    """Return the French text of a setting that is a number or a box."""
    if isinstance(value, bool):
        return YES_NO[value]
    return "" if value is None else str(value).replace(".", ",")
