"""What somebody else has stored where it differs from what was typed, field by field."""

from collections.abc import Mapping, Sequence

from consultation.questionnaires.composing_forms import TEXT_FIELDS, TypedOption, TypedQuestion
from consultation.questionnaires.composing_words import KIND_WORDS, SCOPE_LABELS
from consultation.questionnaires.outline import Scope
from consultation.questionnaires.section_forms import TypedSection

BOXES = frozenset({"is_required", "needs_care", "statement"})
NOT_SHOWN = frozenset({"shown_kind", "shown_controller", "new_code", "digest", "code"})


def of_question(
    stored: TypedQuestion, typed: TypedQuestion, titles: Mapping[str, str]
) -> dict[str, str]:
    """Return what is stored, in words, by the field that holds something else.

    `titles` are those of the sections by code.
    """
    found = {}
    for name in TEXT_FIELDS:
        there = getattr(stored, name)
        if name not in NOT_SHOWN and there != getattr(typed, name):
            found[name] = _words(name, there, titles)
    if stored.any_of != typed.any_of and stored.controller:
        found["controller"] = f"{stored.controller} : {', '.join(stored.any_of)}"
    if _filled(stored.options) != _filled(typed.options):
        found["options"] = "\n".join(map(_line, stored.options)) or "–"
    return found


def of_section(stored: TypedSection, typed: TypedSection) -> dict[str, str]:
    """Return what is stored, in words, by the field that holds something else."""
    found = {
        name: getattr(stored, name) or "–"
        for name in ("title", "title_en", "intro", "intro_en")
        if getattr(stored, name) != getattr(typed, name)
    }
    if stored.scope != typed.scope:
        found["scope"] = SCOPE_LABELS[Scope(stored.scope)]
    if set(stored.measures) != set(typed.measures):
        found["measures"] = ", ".join(stored.measures) or "–"
    return found


def _words(name: str, there: str, titles: Mapping[str, str]) -> str:
    if name in BOXES:
        return "oui" if there else "non"
    if name == "kind":
        return next(words for kind, words in KIND_WORDS.items() if kind == there)
    if name == "section":
        return titles.get(there, there)
    return there or "–"


def _filled(options: Sequence[TypedOption]) -> list[TypedOption]:
    return [option for option in options if not option.is_blank]


def _line(option: TypedOption) -> str:
    english = f" / {option.en}" if option.en else ""
    return f"{option.code} : {option.fr}{english}"
