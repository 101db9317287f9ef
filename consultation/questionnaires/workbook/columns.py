"""Columns of the questionnaire workbook: header, expected content, length, choices."""

from consultation.i18n import folded
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.kinds.scales import ENDS
from consultation.questionnaires.models import Destination, QuestionKind
from consultation.questionnaires.outline.codes import LONGEST_CODE
from consultation.questionnaires.outline.labels import YES_NO
from consultation.questionnaires.outline.question_validation import (
    LONGEST_LABEL,
    LONGEST_OPTION,
)
from consultation.questionnaires.outline.structure import Scope
from consultation.questionnaires.outline.validation import LONGEST_INTRO, LONGEST_TITLE
from consultation.spreadsheets.reader.rows import Field, Holds, columns_of

QUESTIONS_SHEET = "Questions"
OPTIONS_SHEET = "Réponses proposées"
FORMER_OPTIONS_SHEET = "Modalités"
"""Its name in files written before, which are read like new ones; so are their columns."""

CODE_NOTE = "Minuscules sans accent, chiffres et « _ », en commençant par une lettre"
FIRST_ROW = "Sur la première ligne de la rubrique ; vide ou identique sur les autres."
WORD, FIGURES, LONGEST_LIST = 60, 40, 10_000
OF_ROWS = next(kind.label for kind, it in KINDS.items() if it.has_rows)

SECTION_FIELDS = (
    Field(
        "section",
        "Rubrique",
        Holds.CODE,
        LONGEST_CODE,
        note=f"Code de la rubrique, sur chaque ligne. {CODE_NOTE}.",
        width=16,
        is_filled=True,
    ),
    Field(
        "scope",
        "Portée",
        Holds.LINE,
        WORD,
        note=f"Les formulaires où se pose la rubrique. {FIRST_ROW}",
        width=24,
    ),
    Field(
        "title",
        "Titre de la rubrique",
        Holds.TEXT,
        LONGEST_TITLE,
        note=f"Vide pour une rubrique posée pour chaque indicateur. {FIRST_ROW}",
        width=28,
        is_translated=True,
    ),
    Field(
        "intro",
        "Introduction",
        Holds.TEXT,
        LONGEST_INTRO,
        note=f"Ce qui est dit sous le titre. Peut rester vide. {FIRST_ROW}",
        width=28,
        is_translated=True,
    ),
    Field(
        "measures",
        "Mesures",
        Holds.FIGURE,
        LONGEST_LIST,
        note="Codes des mesures d'une rubrique posée dans certaines seulement, séparés par des"
        f" virgules. {FIRST_ROW}",
        width=16,
    ),
)

QUESTION_FIELDS = (
    Field(
        "code",
        "Question",
        Holds.CODE,
        LONGEST_CODE,
        note=f"Code de la question, jamais deux fois le même. {CODE_NOTE}. Gardez celui d'une"
        " question déjà posée.",
        width=20,
    ),
    Field(
        "kind",
        "Type",
        Holds.LINE,
        WORD,
        note="Le type de question.",
        width=24,
        synonyms=("Sorte",),
    ),
    Field(
        "label",
        "Intitulé",
        Holds.TEXT,
        LONGEST_LABEL,
        note="Ce qui est demandé.",
        width=50,
        is_translated=True,
    ),
    Field(
        "hint",
        "Aide",
        Holds.TEXT,
        LONGEST_LABEL,
        note="Une ligne sous la question. Peut rester vide.",
        width=40,
        is_translated=True,
    ),
    Field("is_required", "Obligatoire", Holds.LINE, WORD, note="oui ou non ; vide : non."),
    Field(
        "needs_care",
        "Prudence",
        Holds.LINE,
        WORD,
        note="oui : le formulaire rappelle que personne ne doit pouvoir être reconnu. Vide : non.",
    ),
    Field(
        "minimum",
        "Minimum",
        Holds.FIGURE,
        FIGURES,
        note="Le plus petit nombre : d'une échelle, d'un nombre.",
        width=12,
    ),
    Field(
        "maximum",
        "Maximum",
        Holds.FIGURE,
        FIGURES,
        note="Le plus grand nombre ; pour un texte, le nombre de caractères.",
        width=12,
    ),
    *(
        Field(
            name,
            header,
            Holds.FIGURE,
            LONGEST_OPTION,
            note="Ce qui est écrit sous l'échelle.",
            width=18,
            is_translated=True,
        )
        for name, header in zip(
            ENDS, ("Bas de l'échelle", "Milieu de l'échelle", "Haut de l'échelle"), strict=True
        )
    ),
    Field(
        "statement",
        "Phrase à cocher",
        Holds.LINE,
        WORD,
        note="Pour « oui ou non » : oui montre une seule case à cocher. Vide : non.",
    ),
    Field(
        "no_opinion",
        "Sans avis",
        Holds.LINE,
        WORD,
        note="Une échelle offre toujours « je ne sais pas » : laissez oui.",
    ),
    Field(
        "condition_question",
        "Condition : question",
        Holds.CODE,
        LONGEST_CODE,
        note="Code d'une question posée avant, dont dépend celle-ci. Vide : toujours posée.",
        width=20,
    ),
    Field(
        "condition_options",
        "Condition : réponses",
        Holds.FIGURE,
        LONGEST_LIST,
        note="Codes des réponses pour lesquelles elle est posée, séparés par des virgules.",
        width=24,
    ),
    Field(
        "destination",
        "Destination",
        Holds.LINE,
        WORD,
        note="Où va la réponse ; vide : une réponse parmi les autres. N'y touchez pas pour les"
        " questions sur la personne.",
        width=24,
    ),
)

OPTION_FIELDS = (
    Field(
        "question",
        "Question",
        Holds.CODE,
        LONGEST_CODE,
        note=f"Code de la question, tel qu'il est dans la feuille « {QUESTIONS_SHEET} ».",
        width=24,
        is_filled=True,
    ),
    Field(
        "code",
        "Réponse",
        Holds.CODE,
        LONGEST_CODE,
        note=f"Code de la réponse proposée. {CODE_NOTE}. Gardez celui d'une réponse déjà offerte.",
        width=24,
        synonyms=("Modalité",),
        is_filled=True,
    ),
    Field(
        "label",
        "Intitulé",
        Holds.FIGURE,
        LONGEST_OPTION,
        note="Ce que lit la personne.",
        width=60,
        is_filled=True,
        is_translated=True,
    ),
    Field(
        "is_row",
        "Ligne",
        Holds.LINE,
        WORD,
        note=f"Pour « {OF_ROWS} » : oui, si c'est une ligne à laquelle on répond."
        " Vide : non, c'est une réponse.",
        may_lack=True,
    ),
)

QUESTION_COLUMNS = columns_of((*SECTION_FIELDS, *QUESTION_FIELDS))
OPTION_COLUMNS = columns_of(OPTION_FIELDS)
SECTION_KEYS = frozenset(
    column.key for column in columns_of(SECTION_FIELDS) if column.key != "section"
)

CHOICES = {
    "scope": tuple(Scope.labels()),
    "kind": tuple(QuestionKind.labels()),
    "destination": tuple(Destination.labels()),
    **dict.fromkeys(
        ("is_required", "needs_care", "statement", "no_opinion", "is_row"), tuple(YES_NO.values())
    ),
}
"""The words that a cell may hold, by the key of its column."""

SCOPE_OF = {folded(scope.label): scope for scope in Scope}
KIND_OF = {folded(kind.label): kind for kind in QuestionKind}
DESTINATION_OF = {folded(where.label): where for where in Destination}
TRUTH_OF = {folded(word): is_so for is_so, word in YES_NO.items()}
FLAGS = ("statement", "no_opinion")
"""The settings that are yes or absent."""
