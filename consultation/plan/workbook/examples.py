"""Example rows of the plan file's template: an axis and two measures."""

from consultation.i18n import folded
from consultation.plan.drafts import AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.web.locale import in_each_language

_AXIS = AxisDraft(
    "EXEMPLE",
    in_each_language("Exemple : intitulé de l'axe dans le plan"),
)

_FIRST = MeasureDraft(
    "EXEMPLE-1",
    _AXIS.code,
    in_each_language("Exemple : former les personnes qui accueillent le public"),
    summary=in_each_language(
        "Exemple : chaque service d'accueil suit une formation d'une journée."
    ),
    lead="Exemple : nom de l'institution",
    indicators=(
        IndicatorDraft(
            "EXEMPLE-1.1",
            in_each_language("Exemple : part des services d'accueil formés"),
            definition=in_each_language(
                "Exemple : services dont la moitié des agents a suivi la journée, au 31 décembre."
            ),
            unit=in_each_language("%"),
            data_source=in_each_language("Exemple : bilan annuel de formation"),
            baseline=in_each_language("Exemple : 10 % (première année)"),
            midterm_target=in_each_language("Exemple : 40 %"),
            final_target=in_each_language("Exemple : 80 %"),
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
