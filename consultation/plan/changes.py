"""Plan changes of an import or an edit, described in French."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from consultation.plan.drafts import IndicatorDraft, MeasureDraft
from consultation.plan.text_diff import TextChange
from consultation.records.fields import descriptions

FIELD_LABELS = {
    **{
        name: description.label.lower()
        for record in (MeasureDraft, IndicatorDraft)
        for name, description in descriptions(record).items()
    },
    "axis": "axe",
    "indicators": "ses indicateurs",
    "measurement": "valeurs chiffrées",
    "measure": "mesure",
    "is_shipped": "n'est plus un exemple",
    "retired_at": "de retour",
}


@dataclass(frozen=True)
class Change:
    """An axis, measure or indicator and which of its fields change, by their names in the models.

    Of a measure, `indicators` stands for the set, the order or the wording of its indicators.
    Of an indicator, `measure` means that it moves to another one.  `keeps_translation` means that a
    French text changes beside a translation that does not.  `texts` are the French ones that
    change, before and after.
    """

    code: str
    title: str
    fields: tuple[str, ...] = ()
    keeps_translation: bool = False
    texts: tuple[TextChange, ...] = ()

    @property
    def labels(self) -> str:
        """The fields that change, in French."""
        return ", ".join(FIELD_LABELS[name] for name in self.fields)


@dataclass
class Changes:
    """Axes, measures or indicators that are new, changed, unchanged or absent.

    `absent` are those in force that the draft no longer has.
    """

    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: list[Change] = field(default_factory=list)
    absent: list[Change] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Add a stored row to the changed ones, or to the unchanged when no field changes."""
        (self.changed if change.fields else self.unchanged).append(change)

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.changed or self.absent)


@dataclass
class PlanChanges:
    """All that an import or an edit changes.

    `is_reordered`: the measures in force before and after come in another order.  `unread` names,
    in French, what the file holds beside the plan.
    """

    axes: Changes = field(default_factory=Changes)
    measures: Changes = field(default_factory=Changes)
    indicators: Changes = field(default_factory=Changes)
    is_reordered: bool = False
    unread: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        parts = (self.axes, self.measures, self.indicators)
        return all(part.is_empty for part in parts) and not self.is_reordered

    @property
    def is_of_measurements(self) -> bool:
        """Whether nothing changes but typed values, which no form has."""
        others = (self.axes, self.measures)
        parts = self.indicators
        return (
            all(part.is_empty for part in others)
            and not (parts.new or parts.absent or self.is_reordered)
            and all(change.fields == ("measurement",) for change in parts.changed)
        )

    @property
    def counts(self) -> dict[str, int]:
        """Counts of new, changed and absent measures and indicators, for the audit log."""
        parts = {"measures": self.measures, "indicators": self.indicators}
        return {
            f"{name}_{kind}": len(getattr(part, kind))
            for name, part in parts.items()
            for kind in ("new", "changed", "absent")
        }


@dataclass(frozen=True)
class ChangeGroup:
    """Axes, measures or indicators that change alike; `label` is French, agreed with their number.

    A group that is not listed, that of the unchanged, is displayed by its number only.
    """

    label: str
    changes: Sequence[Change]
    is_listed: bool = True


def groups_of(
    changes: PlanChanges, *, is_file: bool = True, removed: Collection[str] = ()
) -> list[ChangeGroup]:
    """Group axes, measures and indicators by what happens to them; empty groups are left out.

    Without `is_file`, the label of the absent says that they are retired and names no file.
    `removed` are codes of measures that go altogether, and are told elsewhere.
    """
    absent = [it for it in changes.measures.absent if it.code not in removed]
    measures = replace(changes.measures, absent=absent)
    return [
        *_groups(changes.axes, "axe", "axes", "", "supprimé", is_file),
        *_groups(measures, "mesure", "mesures", "e", "retirée", is_file),
        *_groups(changes.indicators, "indicateur", "indicateurs", "", "retiré", is_file),
    ]


def describe(changes: PlanChanges, *, removed: Collection[str] = ()) -> list[str]:
    """Return the changes as lines of French, for the command line."""
    lines = [_line(group) for group in groups_of(changes, removed=removed)]
    if changes.is_reordered:
        lines.append("L'ordre des mesures change.")
    if changes.is_empty:
        lines.append("Rien ne change dans le plan.")
    if changes.unread:
        lines.append(
            f"Dans le fichier mais pas dans le plan, non lu : {' ; '.join(changes.unread)}"
        )
    return lines


def _groups(
    part: Changes, noun: str, nouns: str, feminine: str, gone: str, is_file: bool
) -> list[ChangeGroup]:
    """Return a group for each kind of change; `feminine` ends the adjectives."""
    new = ("nouvelle", "nouvelles") if feminine else ("nouveau", "nouveaux")
    absent = (f"absent{feminine} du fichier, ", f"absent{feminine}s du fichier, ")
    absent_singular, absent_plural = absent if is_file else ("", "")
    kinds = (
        (part.new, *new, True),
        (part.changed, f"modifié{feminine}", f"modifié{feminine}s", True),
        (part.unchanged, f"inchangé{feminine}", f"inchangé{feminine}s", False),
        (part.absent, f"{absent_singular}{gone}", f"{absent_plural}{gone}s", True),
    )
    return [
        ChangeGroup(
            f"{noun} {singular}" if len(changes) == 1 else f"{nouns} {plural}", changes, is_listed
        )
        for changes, singular, plural, is_listed in kinds
        if changes
    ]


def _line(group: ChangeGroup) -> str:
    counted = f"{len(group.changes)} {group.label}"
    names = ", ".join(map(_name, group.changes))
    return f"{counted} : {names}" if group.is_listed else counted


def _name(change: Change) -> str:
    return f"{change.code} ({change.labels})" if change.fields else change.code
