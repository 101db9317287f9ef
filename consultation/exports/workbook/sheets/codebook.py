"""Sheet « Dictionnaire »: every variable of every sheet, with each wording of its question."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from consultation.exports.workbook.instrument import AskedQuestion, RoundInstrument
from consultation.exports.workbook.sheets import texts
from consultation.exports.workbook.variables import MEDIUM, TEXT_WIDTH, WIDE, Sheet, Variable
from consultation.i18n import localized
from consultation.questionnaires.models import QuestionKind
from consultation.spreadsheets.cells import Cell
from consultation.spreadsheets.style import Tone
from consultation.spreadsheets.table import ResearchOptions

NAME = "Dictionnaire"
MOST_NAMED = 8
"""Forms that a cell names; more are counted."""

KINDS = {kind: kind.label for kind in QuestionKind} | {
    QuestionKind.SINGLE_CHOICE: "choix unique",
    QuestionKind.MULTIPLE_CHOICE: "choix multiple",
}

VARIABLES = (
    Variable("sheet", "Feuille", "Feuille où se trouve la variable."),
    Variable("column", "Colonne", "Titre de la colonne.", width=44),
    Variable("variable", "Variable", "Nom stable de la variable, d'un export à l'autre.", width=30),
    Variable("meaning", "Question ou définition", "Ce que dit la colonne.", width=TEXT_WIDTH),
    Variable("kind", "Nature", "Ce que contient une cellule.", width=MEDIUM),
    Variable("options", "Réponses proposées", "Leurs codes et leurs libellés.", width=TEXT_WIDTH),
    Variable("condition", "Condition", "Quand la question est posée.", width=WIDE),
    Variable(
        "asked_in",
        "Versions du questionnaire",
        "Versions des formulaires qui ont posé la question ainsi, et pour quelles mesures.",
        width=WIDE,
    ),
)


def sheet(instrument: RoundInstrument, sheets: Sequence[Sheet]) -> Sheet:
    """Return the codebook of `sheets` and of itself."""
    return Sheet(
        NAME,
        "Une ligne par variable de chaque feuille ; plusieurs quand la question a changé de"
        " formulation pendant le tour.",
        VARIABLES,
        partial(_rows, instrument, sheets),
        kept_columns=2,
        tone=Tone.GUIDE,
        package=ResearchOptions(is_codebook=True),
    )


def _rows(instrument: RoundInstrument, sheets: Sequence[Sheet]) -> Iterator[Sequence[Cell]]:
    for each in sheets:
        for header, variable in zip(each.headers(), each.variables, strict=True):
            yield from _variable(instrument, each.name, header, variable)
        if each.name == texts.NAME:
            for variable in texts.questions(instrument):
                yield from _variable(instrument, each.name, "Texte", variable)
    for variable in VARIABLES:
        yield from _variable(instrument, NAME, variable.header, variable)


def _variable(
    instrument: RoundInstrument, sheet_name: str, header: str, variable: Variable
) -> Iterator[Sequence[Cell]]:
    start = (sheet_name, header, variable.code)
    if variable.group is None:
        options = _listed(variable.options)
        yield (*start, variable.meaning, variable.kind, options, None, None)
        return
    for wording in _wordings(variable.group.questions):
        question = wording[0]
        yield (
            *start,
            question.label,
            f"{variable.kind} ({KINDS[question.kind]})",
            _offered(question, instrument.selection.locale),
            _condition(question),
            _asked_in(wording),
        )


def _wordings(questions: Sequence[AskedQuestion]) -> list[list[AskedQuestion]]:
    """Group questions by wording, in the order in which each wording was first asked."""
    same: dict[str, list[AskedQuestion]] = {}
    for question in sorted(questions, key=lambda question: question.id):
        wording = (question.label, question.kind, question.settings, question.options)
        same.setdefault(repr((wording, question.condition)), []).append(question)
    return list(same.values())


def _listed(options: Mapping[str, str]) -> str:
    return " ; ".join(f"{code} = {label}" for code, label in options.items())


def _offered(question: AskedQuestion, locale: str) -> str:
    options = _listed(question.options)
    if question.ends is None:
        return options
    settings = question.settings
    low, middle, high = (
        localized(settings.get(name), locale) for name in ("low", "middle", "high")
    )
    ends = f"de {settings['minimum']} ({low}) à {settings['maximum']} ({high})"
    return f"{ends} ; au milieu : {middle} ; {options}" if middle else f"{ends} ; {options}"


def _condition(question: AskedQuestion) -> str | None:
    if question.condition is None:
        return None
    codes = " ou ".join(question.condition["any_of"])
    return f"posée seulement si {question.condition['question']} vaut {codes}"


def _asked_in(questions: Sequence[AskedQuestion]) -> str:
    measures: dict[int, dict[str, None]] = {}
    for question in questions:
        measures.setdefault(question.form.version, {})[question.form.measure] = None
    return " ; ".join(
        f"{version} : {_named(list(codes))}" for version, codes in sorted(measures.items())
    )


def _named(codes: Sequence[str]) -> str:
    return ", ".join(codes) if len(codes) <= MOST_NAMED else f"{len(codes)} formulaires"
