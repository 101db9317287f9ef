"""On which questions of an outline another may depend, and the path of those that it does."""

from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline import Outline, OutlineQuestion, OutlineSection, Scope


def choosable(question: OutlineQuestion) -> frozenset[str]:
    """Return the codes that a condition may name: options, steps of a scale; none for a text."""
    kind = KINDS[question.kind]
    codes = {option.code for option in question.options}
    codes |= {code for code, _label in kind.offers} - kind.never_sent(question.settings)
    if question.kind is QuestionKind.SCALE:
        lowest, highest = question.settings.get("minimum"), question.settings.get("maximum")
        if isinstance(lowest, int) and isinstance(highest, int):
            codes |= {str(step) for step in range(lowest, highest + 1)}
    return frozenset(codes)


def possible_controllers(outline: Outline, code: str) -> list[OutlineQuestion]:
    """Return the questions on which that of `code` may depend, in order.

    They are asked before it in every form that asks it, about the same indicator if it is about
    one, and are answered by choosing.
    """
    asked = outline.section_of(code)
    found: list[OutlineQuestion] = []
    for section in outline.sections:
        for question in section.questions:
            if question.code == code:
                return found
            if asked and _stands_wherever(section, asked) and choosable(question):
                found.append(question)
    return found


def _stands_wherever(section: OutlineSection, other: OutlineSection) -> bool:
    """Say whether every form that holds `other` holds `section`, about the same thing."""
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


def path_of(outline: Outline, code: str) -> list[str]:
    """Return the codes from a question to what it depends on, to what that depends on…

    The path ends where a code comes for the second time, or has no question.
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
