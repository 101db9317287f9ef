"""On how many forms each change of an outline has effect, and the sentence that sums it up."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from consultation.questionnaires.outline import OutlineSection, Scope
from consultation.questionnaires.outline_changes import Change, Fate, OutlineChanges
from consultation.questionnaires.publishing import TOOL

FATE_WORDS = {
    Fate.CHANGED: "modifiée",
    Fate.ADDED: "ajoutée",
    Fate.MOVED: "déplacée",
    Fate.REMOVED: "retirée",
}


@dataclass(frozen=True)
class Weighed:
    """A change and the forms that it has effect on: codes of measures, the tool as « outil »."""

    change: Change
    forms: tuple[str, ...]


@dataclass(frozen=True)
class Weights:
    """The changes with their forms, and how many forms there are in all."""

    sections: tuple[Weighed, ...]
    questions: tuple[Weighed, ...]
    form_count: int

    @property
    def sentence(self) -> str:
        """« 3 questions modifiées sur 60 formulaires, 2 ajoutées sur 4 », without a full stop."""
        parts = (("question", self.questions), ("rubrique", self.sections))
        return " ; ".join(said for noun, found in parts if (said := _sentence(noun, found)))


def weigh(changes: OutlineChanges, indicator_counts: Mapping[str, int]) -> Weights:
    """Return the changes with the forms of the measures in force, and of the tool, that show them.

    `indicator_counts` says how many indicators each measure in force has, by its code.
    """
    return Weights(
        _weighed(changes.sections, indicator_counts),
        _weighed(changes.questions, indicator_counts),
        len(indicator_counts) + 1,
    )


def _weighed(changes: Iterable[Change], indicator_counts: Mapping[str, int]) -> tuple[Weighed, ...]:
    return tuple(
        Weighed(
            change,
            tuple(
                code or TOOL
                for code in (*indicator_counts, None)
                if any(
                    _shows(section, code, indicator_counts)
                    for section in (change.before, change.after)
                    if section is not None
                )
            ),
        )
        for change in changes
    )


def _shows(
    section: OutlineSection, measure: str | None, indicator_counts: Mapping[str, int]
) -> bool:
    """Say whether a form shows the section; without question or indicator, none does."""
    if not section.questions or not section.is_for(measure):
        return False
    return section.scope is not Scope.INDICATOR or bool(indicator_counts[measure or ""])


def _sentence(noun: str, found: Sequence[Weighed]) -> str:
    said: list[str] = []
    for fate, word in FATE_WORDS.items():
        these = [one for one in found if one.change.fate is fate]
        if not these:
            continue
        forms = len({form for one in these for form in one.forms})
        plural = "s" if len(these) > 1 else ""
        subject = "" if said else f"{noun}{plural} "
        said.append(f"{len(these)} {subject}{word}{plural} {_on(forms, with_noun=not said)}")
    return ", ".join(said)


def _on(count: int, *, with_noun: bool) -> str:
    if not count:
        return "sur aucun formulaire" if with_noun else "sur aucun"
    noun = f" formulaire{'s' if count > 1 else ''}" if with_noun else ""
    return f"sur {count}{noun}"
