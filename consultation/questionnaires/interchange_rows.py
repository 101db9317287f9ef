"""How the rows of a questionnaire's workbook become an outline, and what they say amiss."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, TypeVar

from consultation.i18n import folded
from consultation.questionnaires.faults import Fault, of_code
from consultation.questionnaires.interchange_columns import (
    CHOICES,
    DESTINATION_OF,
    FLAGS,
    KIND_OF,
    QUESTION_COLUMNS,
    SCOPE_OF,
    SECTION_KEYS,
    TRUTH_OF,
)
from consultation.questionnaires.kinds.numbers import parse
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import (
    Condition,
    Outline,
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.questionnaires.question_soundness import ENDS
from consultation.sheets.cell_texts import plain_text
from consultation.sheets.rows import Row

SHOWN = 80
QUESTION_KEYS = [
    column.key
    for column in QUESTION_COLUMNS
    if column.key != "section" and column.key not in SECTION_KEYS
]
_SEPARATORS = re.compile(r"[,;\s]+")
Meant = TypeVar("Meant")


@dataclass
class Assembled:
    """The outline that rows make as far as they can be read, and the row of each thing."""

    outline: Outline = field(default_factory=Outline)
    section_rows: dict[str, Row] = field(default_factory=dict)
    question_rows: dict[str, Row] = field(default_factory=dict)


def assemble(rows: Sequence[Row], option_rows: Sequence[Row], measures: Iterable[str]) -> Assembled:
    """Return the outline of the rows of both sheets; what is wrong in one is noted at it.

    `measures` are the codes of those in force, which a row may write in another case.
    """
    found = Assembled()
    code_by_folded = {folded(code): code for code in measures}
    sections: dict[str, OutlineSection] = {}
    for row in rows:
        code, question = row.text("section"), _question(row, found.question_rows)
        if code is None:
            continue
        first = found.section_rows.setdefault(code, row)
        if first is row:
            sections[code] = _section(code, row, code_by_folded)
        else:
            _check_same(row, first)
        if question is not None:
            known = sections[code]
            sections[code] = replace(known, questions=(*known.questions, question))
    options = _options(option_rows, found.question_rows if rows else None)
    found.outline = Outline(tuple(_with_options(one, options) for one in sections.values()))
    return found


def _section(code: str, row: Row, code_by_folded: Mapping[str, str]) -> OutlineSection:
    if not plain_text(row.raw.cells.get("scope")):
        row.note("scope", "la portée de la rubrique n'est pas dite", _one_of("scope"))
    written = _listed(row, "measures")
    return OutlineSection(
        code=code,
        scope=_word(row, "scope", SCOPE_OF) or Scope.MEASURE,
        title=row.localized("title"),
        intro=row.localized("intro"),
        measures=tuple(dict.fromkeys(code_by_folded.get(folded(one), one) for one in written)),
    )


def _check_same(row: Row, first: Row) -> None:
    for key in SECTION_KEYS:
        text = row.text(key)
        if text and text != first.text(key):
            row.note(
                key,
                f"ce n'est pas ce que dit la ligne {first.number}, la première de la même rubrique",
                "Écrivez-le sur la première ligne ; laissez les suivantes vides ou identiques.",
            )


def _question(row: Row, question_rows: dict[str, Row]) -> OutlineQuestion | None:
    """Return the question of a row, if it holds one whose kind can be told."""
    if not any(plain_text(row.raw.cells.get(key)) for key in QUESTION_KEYS):
        return None
    code = _new_code(row, question_rows)
    if code is None:
        return None
    if not plain_text(row.raw.cells.get("kind")):
        row.note("kind", "la sorte de la question n'est pas dite", _one_of("kind"))
    kind = _word(row, "kind", KIND_OF)
    if kind is None:
        return None
    return OutlineQuestion(
        code=code,
        kind=kind,
        label=row.localized("label") or {},
        destination=_word(row, "destination", DESTINATION_OF) or Destination.ANSWER,
        hint=row.localized("hint"),
        is_required=bool(_word(row, "is_required", TRUTH_OF)),
        needs_care=bool(_word(row, "needs_care", TRUTH_OF)),
        settings=_settings(row),
        condition=_condition(row),
    )


def _new_code(row: Row, question_rows: dict[str, Row]) -> str | None:
    """Return the code of a question, which no earlier row has; note what is wrong with it."""
    code = row.text("code")
    if code is None:
        if not plain_text(row.raw.cells.get("code")):
            row.note("code", "la question n'a pas de code", "Donnez-lui en un, à elle seule.")
        return None
    first = question_rows.setdefault(code, row)
    if first is row:
        return code
    row.note(
        "code",
        f"le code « {code} » est déjà celui de la question de la ligne {first.number}",
        "Donnez un autre code à l'une des deux, ou supprimez une ligne.",
    )
    return None


def _settings(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {name: _number(row, name) for name in ("minimum", "maximum")}
    found |= {name: row.localized(name) for name in ENDS}
    found |= {name: True for name in FLAGS if _word(row, name, TRUTH_OF)}
    return {name: value for name, value in found.items() if value is not None}


def _number(row: Row, key: str) -> float | None:
    text = row.text(key)
    if text is None:
        return None
    number = parse(text)
    if number is None:
        row.note(
            key,
            f"« {text[:SHOWN]} » n'est pas un nombre",
            "Écrivez-le en chiffres, par exemple 12 ou 3,5, ou laissez vide.",
        )
        return None
    return int(number) if number.is_integer() else number


def _condition(row: Row) -> Condition | None:
    question, codes = row.text("condition_question"), _listed(row, "condition_options")
    if question is None:
        if codes and not plain_text(row.raw.cells.get("condition_question")):
            row.note(
                "condition_question",
                "des réponses sont données sans la question dont celle-ci dépend",
                "Écrivez le code de cette question, ou effacez les réponses.",
            )
        return None
    return Condition(question, tuple(codes))


def _listed(row: Row, key: str) -> list[str]:
    """Return the codes of a cell; a number of the spreadsheet is one code, or two with a comma."""
    cell = row.raw.cells.get(key)
    is_number = isinstance(cell, int | float) and not isinstance(cell, bool)
    text = plain_text(cell) if is_number and key == "measures" else row.text(key) or ""
    return list(dict.fromkeys(code for code in _SEPARATORS.split(text) if code))


def _options(
    rows: Sequence[Row], question_rows: Mapping[str, Row] | None
) -> dict[str, list[OutlineOption]]:
    """Return the options by their question; `question_rows` is None when those are not known."""
    found: dict[str, list[OutlineOption]] = {}
    first_rows: dict[tuple[str, str], Row] = {}
    for row in rows:
        question, code = row.text("question"), row.text("code")
        label = row.localized("label") or {}
        if question and question_rows is not None and question not in question_rows:
            row.note(
                "question",
                f"aucune question n'a pour code « {question[:SHOWN]} »",
                "Corrigez ce code, ou ajoutez la question dans la feuille « Questions ».",
            )
        if question and code and _is_new(row, code, first_rows.setdefault((question, code), row)):
            found.setdefault(question, []).append(OutlineOption(code, label))
    return found


def _is_new(row: Row, code: str, first: Row) -> bool:
    """Say whether no earlier row gives the same option; note what is wrong with its code."""
    if first is not row:
        row.note(
            "code",
            f"le code « {code[:SHOWN]} » est déjà celui de la ligne {first.number}",
            "Changez l'un des deux, ou supprimez une ligne.",
        )
        return False
    for fault in of_code(code, lambda *said: Fault(None, None, *said)):
        row.note("code", fault.what, fault.remedy)
    return True


def _with_options(
    section: OutlineSection, options: Mapping[str, list[OutlineOption]]
) -> OutlineSection:
    questions = (
        replace(question, options=tuple(options.get(question.code, ())))
        for question in section.questions
    )
    return replace(section, questions=tuple(questions))


def _word(row: Row, key: str, meanings: Mapping[str, Meant]) -> Meant | None:
    """Return what a word of a list stands for; note one that is not in the list."""
    text = row.text(key)
    if text is None:
        return None
    if folded(text) in meanings:
        return meanings[folded(text)]
    near = get_close_matches(folded(text), meanings, n=1)
    meant = next((word for word in CHOICES[key] if near and folded(word) == near[0]), "")
    guess = f"Vouliez-vous dire « {meant} » ? " if meant else ""
    row.note(key, f"« {text[:SHOWN]} » n'est pas un des mots attendus", guess + _one_of(key))
    return None


def _one_of(key: str) -> str:
    listed = ", ".join(f"« {word} »" for word in CHOICES[key])
    return f"Écrivez l'un de ceux-ci : {listed}."
