"""Questions of a demonstration that the shipped questionnaire lacks: a matrix and a ranking."""

from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline.structure import (
    Outline,
    OutlineOption,
    OutlineQuestion,
    OutlineSection,
    Scope,
)
from consultation.web.locale import in_each_language

SECTION = OutlineSection(
    "demonstration",
    Scope.TOOL,
    in_each_language("Faire vivre ces indicateurs"),
    questions=(
        OutlineQuestion(
            "demo_first",
            QuestionKind.RANKING,
            in_each_language("Par quoi commencer ?"),
            options=(
                OutlineOption(
                    "missing",
                    in_each_language("Recueillir ce qui manque"),
                ),
                OutlineOption(
                    "training",
                    in_each_language("Former les personnes qui comptent"),
                ),
                OutlineOption(
                    "yearly",
                    in_each_language("Publier chaque année"),
                ),
            ),
        ),
        OutlineQuestion(
            "demo_often",
            QuestionKind.MATRIX,
            in_each_language("À quel rythme faudrait-il mettre à jour ces chiffres ?"),
            settings={
                "rows": [
                    {
                        "code": "state",
                        "label": in_each_language("Ceux des ministères"),
                    },
                    {
                        "code": "courts",
                        "label": in_each_language("Ceux des tribunaux"),
                    },
                    {
                        "code": "associations",
                        "label": in_each_language("Ceux des associations"),
                    },
                ]
            },
            options=(
                OutlineOption("month", in_each_language("chaque mois")),
                OutlineOption("quarter", in_each_language("chaque trimestre")),
                OutlineOption("year", in_each_language("chaque année")),
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
