"""What an import or an edit changes in the plan, and how that is said."""

from collections.abc import Sequence
from dataclasses import dataclass, field

FIELD_LABELS = {
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
    changes.  Of an indicator, `measure` says that it moves to another one.  `keeps_english` says
    that a French text changes beside an English one that does not.
    """

    code: str
    title: str
    fields: tuple[str, ...] = ()
    keeps_english: bool = False

    @property
    def words(self) -> str:
        """What changes, in French."""
        return ", ".join(FIELD_LABELS[name] for name in self.fields)


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

    @property
    def counts(self) -> dict[str, int]:
        """How many measures and indicators are new, changed or absent, as the trail keeps it."""
        parts = {"measures": self.measures, "indicators": self.indicators}
        return {
            f"{name}_{kind}": len(getattr(part, kind))
            for name, part in parts.items()
            for kind in ("new", "changed", "absent")
        }


@dataclass(frozen=True)
class Told:
    """So many axes, measures or indicators to which one thing happens, and its French words.

    `is_listed` says that each is worth being named.
    """

    words: str
    found: Sequence[Change]
    is_listed: bool = True


def told(changes: PlanChanges, *, is_file: bool = True) -> list[Told]:
    """Return what happens to the axes, the measures and the indicators, the empty left out.

    Without `is_file`, what goes is said to be retired, with no word of a file.
    """
    return [
        *_told(changes.axes, "axe", "axes", "", "supprimé", is_file),
        *_told(changes.measures, "mesure", "mesures", "e", "retirée", is_file),
        *_told(changes.indicators, "indicateur", "indicateurs", "", "retiré", is_file),
    ]


def describe(changes: PlanChanges) -> list[str]:
    """Return the changes as lines of French, for the command line."""
    lines = [_line(part) for part in told(changes)]
    if changes.is_reordered:
        lines.append("L'ordre des mesures change.")
    if changes.is_empty:
        lines.append("Rien ne change dans le plan.")
    if changes.unread:
        lines.append(
            f"Dans le fichier mais pas dans le plan, non lu : {' ; '.join(changes.unread)}"
        )
    return lines


def _told(
    part: Changes, one: str, many: str, feminine: str, gone: str, is_file: bool
) -> list[Told]:
    """Return what there is of each kind of change; `feminine` ends the adjectives."""
    new = ("nouvelle", "nouvelles") if feminine else ("nouveau", "nouveaux")
    absent = (f"absent{feminine} du fichier, ", f"absent{feminine}s du fichier, ")
    absent_one, absent_many = absent if is_file else ("", "")
    kinds = (
        (part.new, *new, True),
        (part.changed, f"modifié{feminine}", f"modifié{feminine}s", True),
        (part.unchanged, f"inchangé{feminine}", f"inchangé{feminine}s", False),
        (part.absent, f"{absent_one}{gone}", f"{absent_many}{gone}s", True),
    )
    return [
        Told(f"{one} {singular}" if len(found) == 1 else f"{many} {plural}", found, is_listed)
        for found, singular, plural, is_listed in kinds
        if found
    ]


def _line(part: Told) -> str:
    counted = f"{len(part.found)} {part.words}"
    return f"{counted} : {', '.join(map(_named, part.found))}" if part.is_listed else counted


def _named(change: Change) -> str:
    return f"{change.code} ({change.words})" if change.fields else change.code
