"""Writer of the plan file: the plan, or the template."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy.orm import Session

from consultation.plan.drafts import (
    AxisDraft,
    IndicatorDraft,
    MeasureDraft,
    PlanDraft,
    measure_draft,
)
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.queries import indicators_in_force, whole_measures
from consultation.plan.workbook.columns import (
    COMBINED_INDICATOR_COLUMNS,
    COMBINED_MEASURE_COLUMNS,
    INDICATOR_COLUMNS,
    INDICATORS_SHEET,
    MEASURE_COLUMNS,
    MEASURES_SHEET,
)
from consultation.plan.workbook.examples import EXAMPLE_PREFIX, EXAMPLES
from consultation.spreadsheets.reader.rows import FileColumn, Holds
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import EXPLANATIONS_SHEET, Format, write_csv, write_workbook

OF_MEASUREMENT = "Valeurs chiffrées"
_LINES = (
    ("Le plan et ses indicateurs : classeur à remplir", ""),
    (
        f"Feuille « {MEASURES_SHEET} »",
        "Une ligne par mesure, dans l'ordre où elles doivent paraître sur le site.",
    ),
    (
        f"Feuille « {INDICATORS_SHEET} »",
        "Une ligne par indicateur, avec le code de sa mesure, dans l'ordre du formulaire.",
    ),
    (
        "Colonnes",
        (
            "Gardez les en-têtes ; leur ordre est libre. Les colonnes de traduction, « "
            "Mots-clés », « Motif du changement » et celles des valeurs chiffrées (de « Type de "
            "valeur » à « Fin : source ») peuvent manquer. Vos propres colonnes ne sont pas lues."
        ),
    ),
    (
        "Cellules à remplir",
        (
            "Axe, Code et Intitulé pour une mesure ; Mesure, Code et Intitulé pour un "
            "indicateur. Le reste peut être vide. Les lignes vides ne comptent pas."
        ),
    ),
    (
        "Codes",
        (
            "Lettres sans accent, chiffres, « - », « . » et « _ » ; 20 caractères au plus, 30 "
            "pour un indicateur. Deux mesures, ou deux indicateurs, n'ont jamais le même "
            "code, même écrit en d'autres majuscules. D'un import à l'autre, c'est le code "
            "qui dit de quelle mesure ou de quel indicateur il s'agit : ne le changez pas."
        ),
    ),
    (
        "Codes et nombres",
        (
            "Un nombre convient comme code (12). Pour des codes comme 1.10, mettez d'abord la "
            "colonne au format Texte, sans quoi le tableur écrit 1.1 ou une date."
        ),
    ),
    (
        "Axes",
        (
            "L'intitulé d'un axe est écrit au moins une fois, toujours le même ; son code est "
            "sur chaque ligne."
        ),
    ),
    (
        "Valeurs et cibles",
        (
            "Écrivez-les en toutes lettres, avec leur année : « 19 % (2023) ». Mettez ces "
            "colonnes au format Texte : un tableur enregistre 19 % comme 0,19, ce qui est "
            "refusé."
        ),
    ),
    (
        OF_MEASUREMENT,
        (
            "Les colonnes « Départ », « Mi-parcours » et « Fin » disent la même chose que les "
            "textes, pour que le site sache compter : la valeur seule, sa date, sa source. Elles "
            "ne changent rien aux formulaires. Sans elles, ce qui est enregistré reste."
        ),
    ),
    (
        "Traductions",
        "Facultatif, à côté d'un texte français. Ce qui n'est pas traduit paraît en français.",
    ),
    (
        "Lignes d'exemple",
        (
            f"Les lignes dont le code commence par {EXAMPLE_PREFIX} montrent comment remplir. "
            "Laissées telles quelles, elles ne sont pas importées ; vous pouvez les "
            "supprimer."
        ),
    ),
    (
        "Importer",
        (
            "À la page « Plan » de l'équipe, « Charger un fichier » montre ce qui va changer ; "
            "rien ne change avant votre confirmation. Une seule erreur, et rien n'est importé : "
            "chacune est donnée avec sa feuille, sa ligne et sa colonne. En ligne de commande : "
            "« consultation plan import FICHIER --dry-run », puis sans « --dry-run »."
        ),
    ),
    (
        "Ce que fait un import",
        (
            "Le plan devient celui du fichier. Un indicateur dont le texte change reçoit une "
            "nouvelle version, avec le motif indiqué. Une mesure ou un indicateur absent du "
            "fichier est retiré du site ; ce qui a déjà été répondu est gardé."
        ),
    ),
    (
        "Fichier CSV",
        (
            "Un seul tableau, une ligne par indicateur. La colonne « Mesure » (code) est "
            "remplie sur chaque ligne ; les autres colonnes de la mesure (axe, intitulé, "
            "résumé, pilote) le sont sur sa première ligne, puis vides ou identiques. Une "
            "mesure sans indicateur a une ligne dont les colonnes d'indicateur sont vides. "
            "Codes : « Mesure » et « Indicateur » ; intitulés : « Intitulé de la mesure » et "
            "« Intitulé de l'indicateur »."
        ),
    ),
)


def explanations(*, is_measured: bool = True) -> Table:
    """Return the sheet that explains how to fill in the others."""
    widths = [Column("", 26), Column("", 100)]
    lines = [line for line in _LINES if is_measured or line[0] != OF_MEASUREMENT]
    return Table(EXPLANATIONS_SHEET, widths, lambda: lines, kind="text")


Texts = Mapping[str, str]
"""Texts of a row of the file, by the key of their column."""

COMBINED_SHEET = "Plan"

_CODES = "ABCDEFGHI"[[column.key for column in MEASURE_COLUMNS].index("code")]
MEASURE_CODES = f"'{MEASURES_SHEET}'!${_CODES}$2:${_CODES}$501"
"""Cells with the codes of the measures, offered as a list in the rows of indicators."""

_INDICATOR_PART = tuple(
    column for column in COMBINED_INDICATOR_COLUMNS if column.field.name != "measure"
)


def _kept(columns: Sequence[FileColumn], *, is_measured: bool) -> Sequence[FileColumn]:
    """Return the columns but those of the measurement where that is left out."""
    left_out = () if is_measured else measurement_texts.FIELDS
    return [it for it in columns if it.field.name not in left_out]


def indicator_texts(indicator: IndicatorDraft, measure: MeasureDraft) -> Texts:
    """Return the texts of the row of an indicator."""
    typed = measurement_texts.texts_of(indicator.measurement)
    return _texts({**vars(indicator), **typed, "measure": measure.code}, INDICATOR_COLUMNS)


def measure_rows(draft: PlanDraft) -> list[Texts]:
    titles = {axis.code: axis.title for axis in draft.axes}
    return [
        _texts({**vars(measure), "axis_title": titles[measure.axis]}, MEASURE_COLUMNS)
        for measure in draft.measures
    ]


def indicator_rows(draft: PlanDraft) -> list[Texts]:
    """Return the rows of the indicators, measure by measure."""
    return [
        indicator_texts(indicator, measure)
        for measure in draft.measures
        for indicator in measure.indicators
    ]


def tables(draft: PlanDraft, *, is_measured: bool = True) -> list[Table]:
    """Return the sheets *Mesures* and *Indicateurs* of a plan."""
    of_indicators = _kept(INDICATOR_COLUMNS, is_measured=is_measured)
    return [
        _table(MEASURES_SHEET, MEASURE_COLUMNS, measure_rows(draft)),
        _table(INDICATORS_SHEET, of_indicators, indicator_rows(draft)),
    ]


def combined_table(draft: PlanDraft, *, is_measured: bool = True) -> Table:
    """Return the one sheet of a CSV: a row for each indicator, or for a measure without any."""
    of_indicators = _kept(_INDICATOR_PART, is_measured=is_measured)
    columns = _columns(COMBINED_MEASURE_COLUMNS) + _columns(of_indicators)
    rows = [
        _cells(first, MEASURE_COLUMNS) + _cells(second, of_indicators)
        for first, second in _pairs(draft)
    ]
    return Table(COMBINED_SHEET, columns, lambda: rows)


def _pairs(draft: PlanDraft) -> Iterator[tuple[Texts, Texts]]:
    """Yield the two parts of each row; the texts of a measure stand on its first row only."""
    for measure, texts in zip(draft.measures, measure_rows(draft), strict=True):
        rows = [indicator_texts(indicator, measure) for indicator in measure.indicators] or [{}]
        yield texts, rows[0]
        for row in rows[1:]:
            yield {"code": measure.code}, row


def _texts(values: Mapping[str, object], columns: Sequence[FileColumn]) -> Texts:
    return {column.key: _text(values[column.field.name], column.locale) for column in columns}


def _text(value: object, locale: str) -> str:
    if isinstance(value, Mapping):
        return str(value.get(locale) or "")
    return str(value) if value else ""


def _table(name: str, columns: Sequence[FileColumn], rows: Sequence[Texts]) -> Table:
    return Table(name, _columns(columns), lambda: [_cells(row, columns) for row in rows])


def _columns(columns: Sequence[FileColumn]) -> list[Column]:
    return [
        Column(
            column.header,
            column.field.width,
            column.field.note,
            choices=column.field.choices,
            choices_from=MEASURE_CODES if column.key == "measure" else "",
            is_text=column.field.holds in (Holds.CODE, Holds.FIGURE, Holds.VALUE),
        )
        for column in columns
    ]


def _cells(texts: Texts, columns: Sequence[FileColumn]) -> list[str | None]:
    return [texts.get(column.key) or None for column in columns]


def write_template(path: Path, format: Format, *, is_measured: bool = True) -> None:
    """Write a file to fill in, with example rows that an import leaves out.

    XLSX and ODS begin with a sheet of explanations.  CSV is one plain file, not a zip: the one
    sheet that `reader.read_plan` expects.  Raise OSError when the file can't be written.
    """
    before = [explanations(is_measured=is_measured)]
    write_draft(EXAMPLES, path, format, before=before, is_measured=is_measured)


def write_draft(
    draft: PlanDraft,
    path: Path,
    format: Format,
    *,
    before: Sequence[Table] = (),
    is_measured: bool = True,
) -> None:
    """Write a draft as a file that `reader.read_plan` reads; `before` are sheets for people.

    Without the columns of the measurement, an import keeps what is stored of it.
    """
    if format is Format.CSV:
        write_csv(combined_table(draft, is_measured=is_measured), path)
    else:
        write_workbook([*before, *tables(draft, is_measured=is_measured)], path, format)


def draft_of(session: Session) -> PlanDraft:
    """Return the plan in force as a draft, its axes in the order of its measures."""
    measures = whole_measures(session)
    axis_by_code = {
        measure.axis.code: AxisDraft(measure.axis.code, measure.axis.title) for measure in measures
    }
    drafts = (measure_draft(measure, indicators_in_force(measure)) for measure in measures)
    return PlanDraft(tuple(axis_by_code.values()), tuple(drafts))
