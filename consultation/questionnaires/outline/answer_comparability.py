"""Comparability of answers: whether an edit of a question breaks it.

Answers are counted together with all others under the same code.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import Localized
from consultation.questionnaires.kinds import KINDS, Rows
from consultation.questionnaires.models import (
    IS_LISTED,
    Destination,
    QuestionKind,
    Round,
    StoredOutline,
)
from consultation.questionnaires.outline import structure
from consultation.questionnaires.outline.structure import (
    Outline,
    OutlineOption,
    OutlineQuestion,
    Scope,
)


@dataclass(frozen=True)
class Meaning:
    """What a code has meant since it was first published; options are only ever added."""

    kind: QuestionKind
    destination: Destination
    scale: tuple[Any, Any] | None
    options: Mapping[str, str]
    """The French label of every option that was ever offered, by code, in its last wording."""
    wordings: Mapping[str, Localized] = field(default_factory=dict)
    """The same labels, in every language."""
    is_per_indicator: bool = False
    rows: Mapping[str, Localized] = field(default_factory=dict)
    """The label of every row that was ever answered, by code, in its last wording."""
    is_statement: bool = False
    """Whether it is a box to tick, which says yes or nothing, and not a yes or a no."""


def load_meanings(session: Session) -> dict[str, Meaning]:
    """Load the meaning of every code ever published, else in a shipped questionnaire.

    A shipped questionnaire may offer more than the one that an open round began with.
    """
    shipped = collect_meanings([structure.default(), structure.evaluation()])
    return {**shipped, **collect_meanings(_load_ever_published(session))}


def load_section_codes(session: Session) -> frozenset[str]:
    """Load the codes of all sections ever published or in a shipped questionnaire."""
    return frozenset(
        section.code
        for outline in (
            structure.default(),
            structure.evaluation(),
            *_load_ever_published(session),
        )
        for section in outline.sections
    )


def load_breaks(session: Session, before_id: int, after_id: int) -> dict[str, list[str]]:
    """Load by code, for two rounds, why answers of the later don't compare with the earlier's."""
    known = collect_meanings(_load_published(session, StoredOutline.round_id == before_id))
    reasons: dict[str, dict[str, None]] = {}
    for outline in _load_published(session, StoredOutline.round_id == after_id):
        for section in outline.sections:
            for question in section.questions:
                breaks = find_breaks(known, question, section.scope)
                reasons.setdefault(question.code, {}).update(dict.fromkeys(breaks))
    return {code: list(breaks) for code, breaks in reasons.items() if breaks}


def _load_ever_published(session: Session) -> list[Outline]:
    return _load_published(session, IS_LISTED)


def _load_published(session: Session, which: sa.ColumnElement[bool]) -> list[Outline]:
    stored = session.scalars(
        sa.select(StoredOutline.content)
        .join(Round, Round.id == StoredOutline.round_id)
        .where(StoredOutline.published_at.is_not(None), which)
        .order_by(StoredOutline.id)
    )
    return [structure.load(content) for content in stored]


def collect_meanings(outlines: Iterable[Outline]) -> dict[str, Meaning]:
    """Return the meaning of every code of the outlines, which come earliest first."""
    meanings: dict[str, Meaning] = {}
    for outline in outlines:
        for section in outline.sections:
            for question in section.questions:
                known = meanings.get(question.code)
                meanings[question.code] = _join_meaning(known, question, section.scope)
    return meanings


def _join_meaning(known: Meaning | None, question: OutlineQuestion, scope: Scope) -> Meaning:
    wordings = {option.code: option.label for option in question.options}
    options = {code: label["fr"] for code, label in wordings.items()}
    if known is None:
        return Meaning(
            question.kind,
            question.destination,
            _scale(question),
            options,
            wordings,
            scope is Scope.INDICATOR,
            _rows(question),
            _is_statement(question),
        )
    return replace(
        known,
        options={**known.options, **options},
        wordings={**known.wordings, **wordings},
        rows={**known.rows, **_rows(question)},
    )


def find_breaks(
    known: Mapping[str, Meaning], question: OutlineQuestion, scope: Scope | None = None
) -> list[str]:
    """Return in French why a question needs a new code, nothing when it can keep its own.

    With the `scope` of its section, also that it would be asked per indicator, or no longer.
    """
    meaning = known.get(question.code)
    if meaning is None:
        return []
    reasons = []
    if meaning.kind is not question.kind:
        reasons.append(
            f"le type de question change : {meaning.kind.label}, puis {question.kind.label}"
        )
    if meaning.destination is not question.destination:
        reasons.append("ce que la réponse remplit change")
    if meaning.kind is question.kind:
        reasons += _find_answer_changes(meaning, question)
    return [*reasons, *_find_scope_changes(meaning, scope)]


def _find_answer_changes(meaning: Meaning, question: OutlineQuestion) -> Iterator[str]:
    """Yield how the answers to a question of the same kind would differ."""
    if meaning.scale != _scale(question):
        yield "les bouts de l'échelle changent"
    if meaning.is_statement and not _is_statement(question):
        yield "la phrase à cocher devient un oui ou non"
    elif _is_statement(question) and not meaning.is_statement:
        yield "le oui ou non devient une phrase à cocher, qu'une case vide laisse sans réponse"
    offered = {option.code for option in question.options}
    removed = [f"« {label} »" for code, label in meaning.options.items() if code not in offered]
    if removed:
        yield f"des réponses proposées disparaissent : {', '.join(removed)}"
    rows = _rows(question)
    gone = [f"« {label['fr']} »" for code, label in meaning.rows.items() if code not in rows]
    if gone:
        yield f"des lignes disparaissent : {', '.join(gone)}"


def _find_scope_changes(meaning: Meaning, scope: Scope | None) -> list[str]:
    is_per_indicator = scope is Scope.INDICATOR
    if scope is None or meaning.is_per_indicator is is_per_indicator:
        return []
    if meaning.is_per_indicator:
        return ["la question était posée pour chaque indicateur, et ne le serait plus"]
    return ["la question serait posée pour chaque indicateur, et ne l'était pas"]


def restore_meaning(meaning: Meaning, question: OutlineQuestion) -> OutlineQuestion:
    """Return the question with all that its code must keep, missing options after its own."""
    offered = {option.code for option in question.options}
    missing = tuple(
        OutlineOption(code, meaning.wordings.get(code) or {"fr": label})
        for code, label in meaning.options.items()
        if code not in offered
    )
    settings = {name: value for name, value in question.settings.items() if name != "statement"}
    if meaning.is_statement:
        settings["statement"] = True
    if meaning.scale is not None:
        settings |= {"minimum": meaning.scale[0], "maximum": meaning.scale[1]}
    if meaning.rows:
        rows = {**_rows(question), **meaning.rows, **_rows(question)}
        settings["rows"] = [{"code": code, "label": label} for code, label in rows.items()]
    return replace(
        question,
        kind=meaning.kind,
        destination=meaning.destination,
        settings=settings,
        options=(*question.options, *missing),
    )


def _scale(question: OutlineQuestion) -> tuple[Any, Any] | None:
    steps = KINDS[question.kind].steps(question.settings)
    return (steps[0], steps[-1]) if steps else None


def _rows(question: OutlineQuestion) -> Rows:
    return KINDS[question.kind].rows(question.settings)


def _is_statement(question: OutlineQuestion) -> bool:
    return question.kind is QuestionKind.YES_NO and bool(question.settings.get("statement"))
