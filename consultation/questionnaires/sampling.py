"""One question of an outline as a respondent is shown it, before anything is published."""

from consultation.questionnaires.faults import Fault
from consultation.questionnaires.instrument import Option, Question
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.outline import Outline, OutlineQuestion, OutlineSection, Scope
from consultation.questionnaires.question_soundness import of_question


def sample_of(question: OutlineQuestion) -> Question | None:
    """Return the question, always asked, for the macros of the form; None while it has faults."""
    alone = OutlineSection("alone", Scope.EVERYONE, questions=(question,))
    if any(_is_its_own(fault) for fault in of_question(Outline((alone,)), alone, question)):
        return None
    offered = [*KINDS[question.kind].offers, *((one.code, one.label) for one in question.options)]
    return Question(
        id=0,
        code=question.code,
        kind=question.kind,
        destination=question.destination,
        label=question.label,
        hint=question.hint,
        is_required=question.is_required,
        needs_care=question.needs_care,
        settings=question.settings,
        condition=None,
        block=None,
        options=tuple(Option(0, code, label) for code, label in offered),
    )


def _is_its_own(fault: Fault) -> bool:
    return fault.field not in ("condition", "section")
