"""What an import changes in the plan, and how that is said."""

from collections.abc import Sequence
from dataclasses import dataclass, field

FIELD_WORDS = {
    "code": "code",
    "title": "intitulé",
    "summary": "résumé",
    "lead": "pilote",
    "axis": "axe",
    "indicators": "ses indicateurs",
    "label": "intitulé",
    "definition": "définition",
    "unit": "unité",
    "data_source": "source des données",
    "baseline": "valeur de départ",
    "midterm_target": "cible à mi-parcours",
    "final_target": "cible finale",
    "measure": "mesure",
    "is_shipped": "n'est plus un exemple",
    "retired_at": "de retour",
}


@dataclass(frozen=True)
class Change:
    """One axis, measure or indicator and what of it changes, by the names of the models.

    Of a measure, `indicators` says that the set, the order or the wording of its indicators
    changes.  Of an indicator, `measure` says that it moves to another one.
    """

    code: str
    title: str
    fields: tuple[str, ...] = ()


@dataclass
class Changes:
    """Axes, measures or indicators by what becomes of them.

    `absent` are those in force that the file no longer has.
    """

    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Change] = field(default_factory=list)
    absent: list[Change] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Put something that was there before among the changed or the unchanged."""
        (self.changed if change.fields else self.unchanged).append(change)

    @property
    def is_empty(self) -> bool:
        """Say whether all is as before."""
        return not (self.new or self.changed or self.absent)


@dataclass
class PlanChanges:
    """What an import changes.

    `is_reordered` says that measures in force before and after come in another order; `unread`
    is what the file holds beside the plan.
    """

    axes: Changes = field(default_factory=Changes)
    measures: Changes = field(default_factory=Changes)
    indicators: Changes = field(default_factory=Changes)
    is_reordered: bool = False
    unread: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Say whether the plan is as before."""
        parts = (self.axes, self.measures, self.indicators)
        return all(part.is_empty for part in parts) and not self.is_reordered


def describe(changes: PlanChanges) -> list[str]:
    """Return the changes as lines of French, for the command line."""
    lines = [
        *_described(changes.axes, "axe", "axes", "", "supprimé"),
        *_described(changes.measures, "mesure", "mesures", "e", "retirée"),
        *_described(changes.indicators, "indicateur", "indicateurs", "", "retiré"),
    ]
    if changes.is_reordered:
        lines.append("L'ordre des mesures change.")
    if changes.is_empty:
        lines.append("Rien ne change dans le plan.")
    if changes.unread:
        lines.append(
            f"Dans le fichier mais pas dans le plan, non lu : {' ; '.join(changes.unread)}"
        )
    return lines


def _described(part: Changes, one: str, many: str, feminine: str, gone: str) -> list[str]:
    """Return a line for each kind of change that there is; `feminine` ends the adjectives."""
    new = ("nouvelle", "nouvelles") if feminine else ("nouveau", "nouveaux")
    kinds = (
        (part.new, *new, True),
        (part.changed, f"modifié{feminine}", f"modifié{feminine}s", True),
        (part.unchanged, f"inchangé{feminine}", f"inchangé{feminine}s", False),
        (part.absent, f"absent{feminine} du fichier, {gone}",
         f"absent{feminine}s du fichier, {gone}s", True),
    )  # fmt: skip
    return [
        _line(found, f"{one} {singular}" if len(found) == 1 else f"{many} {plural}", is_listed)
        for found, singular, plural, is_listed in kinds
        if found
    ]


def _line(found: Sequence[Change], words: str, is_listed: bool) -> str:
    counted = f"{len(found)} {words}"
    return f"{counted} : {', '.join(map(_named, found))}" if is_listed else counted


def _named(change: Change) -> str:
    words = ", ".join(FIELD_WORDS[name] for name in change.fields)
    return f"{change.code} ({words})" if words else change.code
