"""What the form of a question shows next, when a button of it stores nothing."""

from dataclasses import replace

from consultation.questionnaires.composing_forms import TypedOption, TypedQuestion
from consultation.questionnaires.editing import moved
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.question_soundness import CHOICES

MORE_ROWS = 5
FIRST_ROWS = 3
"""How many blank rows wait at the end of the options."""
USUAL = {
    QuestionKind.SHORT_TEXT: ("", "200"),
    QuestionKind.LONG_TEXT: ("", "5000"),
    QuestionKind.SCALE: ("1", "9"),
}
"""The smallest and the largest number that the settings of a kind begin with."""


def redrawn(typed: TypedQuestion, action: str) -> TypedQuestion | None:
    """Return what the form shows next when `action` is a button that stores nothing, else None."""
    name, _, place = action.partition("-")
    number = int(place) if place.isascii() and place.isdecimal() else -1
    if name == "rows":
        return replace(typed, options=typed.options + (TypedOption(),) * MORE_ROWS)
    if name in ("up", "down"):
        step = -1 if name == "up" else 1
        in_reach = 0 <= number < len(typed.options)
        options = moved(typed.options, number, step) if in_reach else typed.options
        return replace(typed, options=options)
    if name == "drop":
        left = tuple(row for at, row in enumerate(typed.options) if at != number)
        return replace(typed, options=left)
    return typed if name == "redraw" else None


def has_unseen_settings(typed: TypedQuestion) -> bool:
    """Say whether it has usual settings of a kind that the form had not shown."""
    return typed.kind != typed.shown_kind and typed.question_kind in USUAL


def shown(typed: TypedQuestion) -> TypedQuestion:
    """Return the fields with what a page adds to them: usual settings, blank rows to fill in."""
    kind = typed.question_kind
    if typed.kind != typed.shown_kind:
        lowest, highest = USUAL.get(kind, ("", ""))
        typed = replace(typed, minimum=lowest, maximum=highest)
    if typed.controller != typed.shown_controller:
        typed = replace(typed, any_of=())
    if kind in CHOICES:
        blank = sum(row.is_blank for row in typed.options)
        rows = max(0, FIRST_ROWS - blank)
        typed = replace(typed, options=typed.options + (TypedOption(),) * rows)
    return replace(typed, shown_kind=typed.kind, shown_controller=typed.controller)
