"""Example rows of the plan file's template: an axis and two measures."""

from consultation.i18n import folded
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft

_AXIS = AxisDraft(
    "EXEMPLE",
    {"fr": "Exemple : intitulé de l'axe dans le plan", "en": "Example: title of the plan's axis"},
)

_FIRST = MeasureDraft(
    "EXEMPLE-1",
    _AXIS.code,
    {
        "fr": "Exemple : former les personnes qui accueillent le public",
        "en": "Example: train the people who receive the public",
    },
    summary={
        "fr": "Exemple : chaque service d'accueil suit une formation d'une journée.",
        "en": "Example: every reception service follows one day of training.",
    },
    lead="Exemple : nom de l'institution",
    indicators=(
        IndicatorDraft(
            "EXEMPLE-1.1",
            {
                "fr": "Exemple : part des services d'accueil formés",
                "en": "Example: share of reception services trained",
            },
            definition={
                "fr": "Exemple : services dont la moitié des agents a suivi la journée, "
                "au 31 décembre.",
                "en": "Example: services where half of the staff followed the day, on 31 December.",
            },
            unit={"fr": "%", "en": "%"},
            data_source={
                "fr": "Exemple : bilan annuel de formation",
                "en": "Example: yearly report on training",
            },
            baseline={"fr": "Exemple : 10 % (première année)", "en": "Example: 10% (first year)"},
            midterm_target={"fr": "Exemple : 40 %", "en": "Example: 40%"},
            final_target={"fr": "Exemple : 80 %", "en": "Example: 80%"},
        ),
        IndicatorDraft(
            "EXEMPLE-1.2",
            {"fr": "Exemple : indicateur dont on ne connaît encore que l'intitulé"},
        ),
    ),
)

_SECOND = MeasureDraft(
    "EXEMPLE-2", _AXIS.code, {"fr": "Exemple : mesure sans indicateur pour l'instant"}
)

EXAMPLES = PlanDraft((_AXIS,), (_FIRST, _SECOND))

EXAMPLE_PREFIX = "EXEMPLE"
"""Start of the codes of the template's example rows."""


def is_example(code: str) -> bool:
    return folded(code).startswith(folded(EXAMPLE_PREFIX))
