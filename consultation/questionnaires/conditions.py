"""When a question is asked: it may depend on what was chosen earlier in its own block."""

from collections.abc import Mapping

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
    for question in instrument.questions:
        other = controller(instrument, question)
        if other is None or question.condition is None:
            continue
        chosen = codes.get(other.id, frozenset())
        if other.id in out or chosen.isdisjoint(question.condition["any_of"]):
            out.add(question.id)
    return frozenset(out)
