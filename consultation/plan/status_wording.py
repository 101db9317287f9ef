"""How the judgements of measures are said in French, to the staff and in their sheet."""

from collections.abc import Mapping

from consultation.plan.models import Assessor, Level

ASSESSORS: Mapping[Assessor, str] = {
    Assessor.STATE: "État",
    Assessor.COLLECTIVE: "Collectif",
    Assessor.RAPPORTEUR: "Rapporteur national",
}
LEVELS: Mapping[Level, str] = {
    Level.NOT_ENGAGED: "non engagée",
    Level.ENGAGED: "engagée",
    Level.NOT_DONE: "non réalisée",
    Level.PARTLY_DONE: "partiellement réalisée",
    Level.DONE: "réalisée",
}
SCALES: Mapping[str, tuple[Level, ...]] = {
    "Engagée ou non": (Level.NOT_ENGAGED, Level.ENGAGED),
    "Réalisée ou non": (Level.NOT_DONE, Level.PARTLY_DONE, Level.DONE),
}
"""The two scales in use; whoever judges may use either."""

FIELD_LABELS: Mapping[str, str] = {
    "assessed_on": "Date de l'évaluation",
    "assessor": "Qui évalue",
    "level": "Niveau",
    "evidence": "Éléments à l'appui",
    "evidence_en": "Éléments à l'appui, en anglais",
    "source_url": "Lien vers la source",
}
