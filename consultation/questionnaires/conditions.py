"""When a question is asked: it may depend on what was chosen earlier in its own block."""

from collections.abc import Mapping
from typing import Any

from consultation.questionnaires.instrument import Instrument, Question


def controller(instrument: Instrument, question: Question) -> Question | None:
    """Return the question on which `question` depends, or None when it is always asked."""
    if question.condition is None:
        return None
    wanted = question.condition["question"]
    return next(
        other
        for other in instrument.questions
        if other.code == wanted and other.block == question.block
    )


def ruled_out(instrument: Instrument, codes: Mapping[int, frozenset[str]]) -> frozenset[int]:
    """Return the ids of the questions that are not asked, given the option codes by question id."""
    out: set[int] = set()
    for question_id, other_id, any_of in _conditions(instrument):
        chosen = codes.get(other_id, frozenset())
        if other_id in out or chosen.isdisjoint(any_of):
            out.add(question_id)
    return frozenset(out)


def _conditions(instrument: Instrument) -> list[tuple[int, int, Any]]:
    """Return who depends on whom, and on which of their options; worked out once."""
    if "conditions" not in instrument.cache:
        instrument.cache["conditions"] = [
            (question.id, other.id, question.condition["any_of"])
            for question in instrument.questions
            if question.condition and (other := controller(instrument, question))
        ]
    made: list[tuple[int, int, Any]] = instrument.cache["conditions"]
    return made
