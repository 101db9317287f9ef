"""Public words of judgements, for files and pictures."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from consultation.plan.models import Assessor, Level

ASSESSORS: Mapping[Assessor, object] = {
    Assessor.STATE: _l("L'État"),
    Assessor.COLLECTIVE: _l("Le collectif"),
    Assessor.RAPPORTEUR: _l("Le rapporteur national"),
}
LEVELS: Mapping[Level, object] = {
    Level.NOT_ENGAGED: _l("non engagée"),
    Level.ENGAGED: _l("engagée"),
    Level.NOT_DONE: _l("non réalisée"),
    Level.PARTLY_DONE: _l("partiellement réalisée"),
    Level.DONE: _l("réalisée"),
}
