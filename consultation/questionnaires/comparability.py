"""Whether answers to a question can still be counted with those already given under its code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.questionnaires import outline
from consultation.questionnaires.models import Destination, QuestionKind, StoredOutline
from consultation.questionnaires.outline import Outline, OutlineOption, OutlineQuestion

KIND_WORDS = {
    QuestionKind.SHORT_TEXT: "texte court",
    QuestionKind.LONG_TEXT: "texte long",
    QuestionKind.NUMBER: "nombre",
    QuestionKind.DATE: "date",
    QuestionKind.YES_NO: "oui ou non",
    QuestionKind.SINGLE_CHOICE: "une réponse au choix",
    QuestionKind.MULTIPLE_CHOICE: "plusieurs réponses au choix",
    QuestionKind.SCALE: "échelle",
    QuestionKind.EMAIL: "adresse électronique",
    QuestionKind.NOTE: "texte à lire",
}


@dataclass(frozen=True)
class Meaning:
    """What a code has meant since it was first published; options only ever join it."""

    kind: QuestionKind
    destination: Destination
    scale: tuple[Any, Any] | None
    options: Mapping[str, str]
    """The French label of every option that was ever offered, by code, in its last wording."""


def meanings(session: Session) -> dict[str, Meaning]:
    """Return the meaning of every code ever published, those of the shipped questionnaire too."""
    stored = session.scalars(
        sa.select(StoredOutline.content)
        .where(StoredOutline.published_at.is_not(None))
        .order_by(StoredOutline.id)
    )
    return meanings_in([outline.default(), *(outline.read(content) for content in stored)])


def meanings_in(outlines: Iterable[Outline]) -> dict[str, Meaning]:
    """Return the meaning of every code of the outlines, the earliest first."""
    found: dict[str, Meaning] = {}
    for one in outlines:
        for question in one.questions:
            found[question.code] = _joined(found.get(question.code), question)
    return found


def _joined(known: Meaning | None, question: OutlineQuestion) -> Meaning:
    options = {option.code: option.label["fr"] for option in question.options}
    if known is None:
        return Meaning(question.kind, question.destination, _scale(question), options)
    return replace(known, options={**known.options, **options})


def breaks(known: Mapping[str, Meaning], question: OutlineQuestion) -> list[str]:
    """Return in French why the question needs a new code; nothing when it can keep its own."""
    meaning = known.get(question.code)
    if meaning is None:
        return []
    found = []
    if meaning.kind is not question.kind:
        found.append(
            f"la sorte de question change : {KIND_WORDS[meaning.kind]}, puis"
            f" {KIND_WORDS[question.kind]}"
        )
    if meaning.destination is not question.destination:
        found.append("ce que la réponse remplit change")
    if meaning.scale != _scale(question):
        found.append("les bouts de l'échelle changent")
    offered = {option.code for option in question.options}
    removed = [f"« {label} »" for code, label in meaning.options.items() if code not in offered]
    if removed and meaning.kind is question.kind:
        found.append(f"des modalités disparaissent : {', '.join(removed)}")
    return found


def free_code(known: Iterable[str], current: Outline, code: str) -> str:
    """Return a code like `code` that nothing has had: `avis_2`, `avis_3`…"""
    taken = {*known, *(question.code for question in current.questions)}
    base, _, number = code.rpartition("_")
    stem, start = (base, int(number)) if base and number.isdecimal() else (code, 1)
    return next(
        candidate
        for candidate in (f"{stem}_{following}" for following in range(start + 1, start + 1000))
        if candidate not in taken
    )


def kept(meaning: Meaning, question: OutlineQuestion) -> OutlineQuestion:
    """Return the question with the options that its code must keep, at the end of its own."""
    offered = {option.code for option in question.options}
    missing = tuple(
        OutlineOption(code, {"fr": label})
        for code, label in meaning.options.items()
        if code not in offered
    )
    return replace(question, options=(*question.options, *missing))


def _scale(question: OutlineQuestion) -> tuple[Any, Any] | None:
    if question.kind is not QuestionKind.SCALE:
        return None
    return question.settings.get("minimum"), question.settings.get("maximum")
