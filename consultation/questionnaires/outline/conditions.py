"""Conditions between the questions of an outline: which question may depend on which."""

from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.outline.structure import (
    Outline,
    OutlineQuestion,
    OutlineSection,
    Scope,
)


def choosable_codes(question: OutlineQuestion) -> frozenset[str]:
    """Return the codes that a condition may name: options and steps of a scale."""
    kind = KINDS[question.kind]
    if not kind.may_control:
        return frozenset()
    codes = {option.code for option in question.options}
    codes |= {code for code, _label in kind.offers} - kind.never_sent(question.settings)
    return frozenset(codes | set(map(str, kind.steps(question.settings))))


def possible_controllers(outline: Outline, code: str) -> list[OutlineQuestion]:
    """Return the questions on which that of `code` may depend, in order.

    They are asked before it in every form that asks it, about the same indicator if it is asked per
    indicator, and answered by choosing.
    """
    own_section = outline.section_of(code)
    controllers: list[OutlineQuestion] = []
    for section in outline.sections:
        for question in section.questions:
            if question.code == code:
                return controllers
            if (
                own_section
                and _is_asked_wherever(section, own_section)
                and choosable_codes(question)
            ):
                controllers.append(question)
    return controllers


def _is_asked_wherever(section: OutlineSection, other: OutlineSection) -> bool:
    """Tell whether every form with `other` has `section`, about the same indicator if any."""
    if section is other:
        return True
    if Scope.INDICATOR in (section.scope, other.scope):
        return section.scope is other.scope
    if section.scope is Scope.EVERYONE:
        return True
    if section.scope is Scope.INSERT:
        return other.scope is Scope.INSERT and set(other.measures) <= set(section.measures)
    return section.scope is other.scope or (
        section.scope is Scope.MEASURE and other.scope is Scope.INSERT
    )


def dependents(outline: Outline, code: str) -> list[OutlineQuestion]:
    """Return the questions whose condition names that of `code`."""
    return [
        question
        for question in outline.questions
        if question.condition is not None and question.condition.question == code
    ]


def condition_path(outline: Outline, code: str) -> list[str]:
    """Return the codes along the conditions that lead from a question.

    The path ends at a code that comes a second time (a cycle) or has no question.
    """
    path = [code]
    question = outline.question(code)
    while question is not None and question.condition is not None:
        following = question.condition.question
        path.append(following)
        if following in path[:-1]:
            break
        question = outline.question(following)
    return path
