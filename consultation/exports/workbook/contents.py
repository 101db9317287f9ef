"""Contents of a workbook: the names of its sheets, in order."""

from collections.abc import Sequence

DASHBOARD, README, AXES, CHECK = "Tableau de bord", "Lisez-moi", "Axes", "Contrôle"
VALUES, JUDGEMENTS = "Valeurs", "Jugements"
REVISIONS = "Révisions"
SHORT = (
    DASHBOARD,
    README,
    AXES,
    "Synthèse",
    "Indicateurs",
    "Contributions",
    "Textes",
    "Décisions",
    VALUES,
    CHECK,
)
COMPLETE = (
    DASHBOARD,
    README,
    AXES,
    "Synthèse",
    "Indicateurs",
    "Avis",
    "Contributions",
    "Textes",
    "Tableaux croisés",
    "Couverture",
    "Désaccords",
    "Textes semblables",
    "Décisions",
    "Éditions",
    VALUES,
    JUDGEMENTS,
    REVISIONS,
    "Dictionnaire",
    "Journal",
    CHECK,
)


def names(*, is_complete: bool, is_evaluated: bool, is_anonymised: bool = False) -> Sequence[str]:
    """Name the sheets of a workbook, of a site that evaluates its plan or does not."""
    left_out = {
        *(() if is_evaluated else (VALUES, JUDGEMENTS)),
        *((REVISIONS,) if is_anonymised else ()),
    }
    return [name for name in (COMPLETE if is_complete else SHORT) if name not in left_out]


def description(is_evaluated: bool) -> str:
    """Say on the page of exports how many sheets each workbook has, and which."""
    short = names(is_complete=False, is_evaluated=is_evaluated)
    complete = names(is_complete=True, is_evaluated=is_evaluated)
    return (
        f"{len(complete)} feuilles, {len(complete) - 1} si le classeur est anonymisé : avis un à"
        " un, tableaux croisés, désaccords, éditions, journal, dictionnaire… Sinon"
        f" {len(short)} : {', '.join(short[:-1])} et {short[-1]}."
    )
