"""Questions of a demonstration that the shipped questionnaire lacks: a matrix and a ranking."""

from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline.structure import (
    Outline,
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)

SECTION = OutlineSection(
    "demonstration",
    Scope.TOOL,
    {"fr": "Faire vivre ces indicateurs", "en": "Keeping these indicators alive"},
    questions=(
        OutlineQuestion(
            "demo_first",
            QuestionKind.RANKING,
            {"fr": "Par quoi commencer ?", "en": "Where to begin?"},
            options=(
                OutlineOption(
                    "missing",
                    {"fr": "Recueillir ce qui manque", "en": "Collecting what is missing"},
                ),
                OutlineOption(
                    "training",
                    {"fr": "Former les personnes qui comptent", "en": "Training those who count"},
                ),
                OutlineOption(
                    "yearly",
                    {"fr": "Publier chaque année", "en": "Publishing every year"},
                ),
            ),
        ),
        OutlineQuestion(
            "demo_often",
            QuestionKind.MATRIX,
            {
                "fr": "À quel rythme faudrait-il mettre à jour ces chiffres ?",
                "en": "How often should these figures be updated?",
            },
            settings={
                "rows": [
                    {
                        "code": "state",
                        "label": {"fr": "Ceux des ministères", "en": "Those of the ministries"},
                    },
                    {
                        "code": "courts",
                        "label": {"fr": "Ceux des tribunaux", "en": "Those of the courts"},
                    },
                    {
                        "code": "associations",
                        "label": {
                            "fr": "Ceux des associations",
                            "en": "Those of the associations",
                        },
                    },
                ]
            },
            options=(
                OutlineOption("month", {"fr": "chaque mois", "en": "every month"}),
                OutlineOption("quarter", {"fr": "chaque trimestre", "en": "every quarter"}),
                OutlineOption("year", {"fr": "chaque année", "en": "every year"}),
            ),
        ),
    ),
)


def with_questions(outline: Outline) -> Outline:
    """Return the outline with them before its last section, unless it has them."""
    if outline.section(SECTION.code):
        return outline
    *start, last = outline.sections
    return Outline((*start, SECTION, last))
