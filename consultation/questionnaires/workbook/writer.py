"""Writer of the questionnaire workbook: an outline to a file that organisers edit."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from consultation.i18n import LOCALES, key_of
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.kinds.scales import ENDS
from consultation.questionnaires.outline.labels import YES_NO
from consultation.questionnaires.outline.structure import Outline, OutlineQuestion, OutlineSection
from consultation.questionnaires.workbook.columns import (
    CHOICES,
    FLAGS,
    OPTION_COLUMNS,
    OPTIONS_SHEET,
    QUESTION_COLUMNS,
    QUESTIONS_SHEET,
)
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.reader.rows import FileColumn, Holds
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import EXPLANATIONS_SHEET, Format, write_workbook

FIGURE_KEYS = frozenset({"minimum", "maximum"})

_LINES = (
    ("Le questionnaire : classeur à modifier", ""),
    (
        f"Feuille « {QUESTIONS_SHEET} »",
        (
            "Une ligne par question, dans l'ordre du formulaire. Les colonnes de la rubrique se"
            " remplissent sur sa première ligne. Une rubrique vide a une ligne sans question."
        ),
    ),
    (
        f"Feuille « {OPTIONS_SHEET} »",
        "Une ligne par réponse proposée, avec le code de sa question, dans l'ordre du formulaire.",
    ),
    (
        "Codes",
        (
            "Les réponses se comptent par le code de la question et de la réponse : gardez ceux"
            " qui existent, même si vous corrigez leurs mots. Une question qui change de sens (son"
            " type, les bouts de son échelle, une réponse proposée retirée) demande un nouveau"
            " code."
        ),
    ),
    (
        "Traductions",
        "Les colonnes de traduction peuvent rester vides : le français paraîtra à la place.",
    ),
    (
        "Ce qui manque",
        (
            "Le fichier remplace tout le questionnaire : une question qui n'y est plus est retirée."
            " Rien ne change avant que vous ayez vu et confirmé les différences."
        ),
    ),
    (
        "Colonnes",
        "Gardez les en-têtes ; leur ordre est libre. Vos propres colonnes ne sont pas lues.",
    ),
    (
        "Erreurs",
        "Une seule erreur, et rien n'est importé : chacune est donnée avec sa ligne et sa colonne.",
    ),
)


def write_outline(
    outline: Outline, path: Path, format: Format, locales: Sequence[str] = LOCALES
) -> None:
    """Write a workbook in these languages that `reader.read_outline` reads; raise OSError."""
    columns = [Column("", 26), Column("", 100)]
    explanations = Table(EXPLANATIONS_SHEET, columns, lambda: _LINES, kind="text")
    write_workbook([explanations, *tables(outline, locales)], path, format)


def tables(outline: Outline, locales: Sequence[str] = LOCALES) -> list[Table]:
    """Return the sheets *Questions* and *Réponses proposées* of an outline."""
    questions = [column for column in QUESTION_COLUMNS if column.locale in locales]
    options = [column for column in OPTION_COLUMNS if column.locale in locales]
    return [
        _table(QUESTIONS_SHEET, questions, list(_question_rows(outline))),
        _table(OPTIONS_SHEET, options, list(_option_rows(outline))),
    ]


def _table(name: str, columns: Sequence[FileColumn], rows: Sequence[Mapping[str, Cell]]) -> Table:
    written = [
        Column(
            column.header,
            column.field.width,
            column.field.note,
            CHOICES.get(column.key, ()),
            is_text=column.field.holds in (Holds.CODE, Holds.FIGURE)
            and column.key not in FIGURE_KEYS,
        )
        for column in columns
    ]
    keys = [column.key for column in columns]
    cells = [[_cell(row.get(key)) for key in keys] for row in rows]
    return Table(name, written, lambda: cells)


def _cell(value: Cell) -> Cell:
    return None if value == "" else value


def _question_rows(outline: Outline) -> Iterator[Mapping[str, Cell]]:
    for section in outline.sections:
        start: dict[str, Cell] = {"section": section.code, **_section_cells(section)}
        for question in section.questions:
            yield {**start, **_question_cells(question)}
            start = {"section": section.code}
        if not section.questions:
            yield start


def _section_cells(section: OutlineSection) -> dict[str, Cell]:
    return {
        "scope": section.scope.label,
        **_localized("title", section.title),
        **_localized("intro", section.intro),
        "measures": ", ".join(section.measures),
    }


def _question_cells(question: OutlineQuestion) -> dict[str, Cell]:
    settings, condition = question.settings, question.condition
    return {
        "code": question.code,
        "kind": question.kind.label,
        **_localized("label", question.label),
        **_localized("hint", question.hint),
        "is_required": YES_NO[question.is_required],
        "needs_care": YES_NO[question.needs_care],
        **{name: settings.get(name) for name in FIGURE_KEYS},
        **{key: text for end in ENDS for key, text in _localized(end, settings.get(end)).items()},
        **{name: YES_NO[True] for name in FLAGS if settings.get(name)},
        "condition_question": condition.question if condition else None,
        "condition_options": ", ".join(condition.any_of) if condition else None,
        "destination": question.destination.label,
    }


def _option_rows(outline: Outline) -> Iterator[Mapping[str, Cell]]:
    for question in outline.questions:
        rows = KINDS[question.kind].rows(question.settings)
        options = {option.code: option.label for option in question.options}
        for listed, flag in ((rows, {"is_row": YES_NO[True]}), (options, {})):
            for code, label in listed.items():
                start = {"question": question.code, "code": code}
                yield {**start, **_localized("label", label), **flag}


def _localized(key: str, text: Mapping[str, Any] | None) -> dict[str, Cell]:
    return {key_of(key, tag): (text or {}).get(tag) for tag in LOCALES}
