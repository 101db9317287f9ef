"""Outlines and questions made from what a test cares about."""

import string
from dataclasses import replace

from hypothesis import strategies as st

from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.questionnaires.outline import structure
from consultation.questionnaires.outline.structure import (
    Condition,
    Outline,
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)

SETTINGS = {
    QuestionKind.SHORT_TEXT: {"maximum": 200},
    QuestionKind.LONG_TEXT: {"maximum": 5000},
    QuestionKind.SCALE: {"minimum": 1, "maximum": 9},
    QuestionKind.MATRIX: {
        "rows": [
            {"code": "delai", "label": {"fr": "Le délai", "en": "The delay"}},
            {"code": "cout", "label": {"fr": "Le coût", "en": "The cost"}},
        ]
    },
}
CHOICES = tuple(kind for kind, it in KINDS.items() if it.has_options)


def options(*codes):
    return tuple(OutlineOption(code, {"fr": code.capitalize()}) for code in codes)


def make_question(code, kind=QuestionKind.LONG_TEXT, **values):
    """A sound question of that kind."""
    values.setdefault("settings", SETTINGS.get(kind, {}))
    if kind in CHOICES:
        values.setdefault("options", options("oui", "non"))
    return OutlineQuestion(code, kind, values.pop("label", {"fr": f"Question {code} ?"}), **values)


CAPACITY = make_question(
    "capacity",
    QuestionKind.SINGLE_CHOICE,
    destination=Destination.CAPACITY,
    is_required=True,
    options=options("citizen", "justice"),
)


def make_section(code, *questions, scope=Scope.MEASURE, **values):
    values.setdefault("title", {"fr": f"Rubrique {code}"})
    return OutlineSection(code, scope, questions=questions, **values)


def make_outline(*questions, others=()):
    """An outline with these questions for the measures, one for the tool, and the capacity."""
    return Outline(
        (
            make_section("core", *questions),
            *others,
            make_section("tool", make_question("on_the_tool"), scope=Scope.TOOL),
            make_section("who", CAPACITY, scope=Scope.EVERYONE),
        )
    )


def with_question(base, code, **values):
    """The outline with one question changed, without any check."""
    section = base.section_of(code)
    return base.with_section(
        replace(
            section,
            questions=tuple(
                replace(it, **values) if it.code == code else it for it in section.questions
            ),
        )
    )


def without_question(base, code):
    section = base.section_of(code)
    left = tuple(it for it in section.questions if it.code != code)
    return base.with_section(replace(section, questions=left))


def stance(*any_of):
    return Condition("stance", any_of)


DEFAULT = structure.default()
CONDITIONAL = with_question(
    DEFAULT, "proposed_wording", condition=Condition("stance", ("amend", "replace"))
)
"""The shipped questionnaire, with a question that depends on another one."""

codes = st.text(string.ascii_lowercase + "_09", min_size=1, max_size=12)
texts = st.text(max_size=30)
localized = st.fixed_dictionaries({"fr": texts}, optional={"en": texts})
maybe_localized = st.none() | localized


def settings():
    values = st.none() | st.booleans() | st.integers(0, 9) | localized
    return st.dictionaries(st.sampled_from(["minimum", "maximum", "low", "statement"]), values)


questions = st.builds(
    OutlineQuestion,
    code=codes,
    kind=st.sampled_from(list(QuestionKind)),
    label=localized,
    destination=st.sampled_from(list(Destination)),
    hint=maybe_localized,
    is_required=st.booleans(),
    needs_care=st.booleans(),
    settings=settings(),
    condition=st.none() | st.builds(Condition, codes, st.lists(codes, max_size=3).map(tuple)),
    options=st.lists(st.builds(OutlineOption, codes, localized), max_size=3).map(tuple),
)
sections = st.builds(
    OutlineSection,
    code=codes,
    scope=st.sampled_from(list(Scope)),
    title=maybe_localized,
    intro=maybe_localized,
    measures=st.lists(codes, max_size=3).map(tuple),
    questions=st.lists(questions, max_size=3).map(tuple),
)
outlines = st.builds(Outline, st.lists(sections, max_size=3).map(tuple))


def with_grids(outline=None):
    """The outline, that which is shipped by default, with a matrix and a ranking for measures."""
    wording = {"fr": "Est-ce suivi ?", "en": "Is it followed?"}
    order = {"fr": "Par quoi commencer ?", "en": "Where to begin?"}
    first = options("donnees", "formation", "accueil")
    section = make_section(
        "grids",
        make_question(
            "followed", QuestionKind.MATRIX, label=wording, options=options("oui", "non")
        ),
        make_question("first", QuestionKind.RANKING, label=order, options=first),
    )
    outline = outline or structure.default()
    *start, last = outline.sections
    return Outline((*start, section, last))
