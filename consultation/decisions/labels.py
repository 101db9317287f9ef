"""Labels of decisions, for the public in each language and for the team in French."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from consultation.decisions.models import DecisionOutcome, IndicatorChange

OUTCOMES: Mapping[DecisionOutcome, object] = {
    DecisionOutcome.TAKEN: _l("Repris"),
    DecisionOutcome.TAKEN_IN_PART: _l("Repris en partie"),
    DecisionOutcome.NOT_TAKEN: _l("Non repris"),
    DecisionOutcome.OFF_TOPIC: _l("Hors sujet"),
    DecisionOutcome.LATER: _l("Plus tard"),
}
CHANGES: Mapping[IndicatorChange, object] = {
    IndicatorChange.KEEP: _l("Le texte reste le même"),
    IndicatorChange.REWORD: _l("Nouveau texte"),
    IndicatorChange.RETIRE: _l("Indicateur retiré"),
    IndicatorChange.ADD: _l("Nouvel indicateur"),
}


def contributions(count: int, smallest: int) -> str:
    """Return on how many contributions a decision rests; few of them are not counted exactly.

    `smallest` is the setting SMALL_CELL.  Empty for none.
    """
    if count == 0:
        return ""
    if count < smallest:
        return str(_("une ou plusieurs contributions"))
    return str(ngettext("%(num)s contribution", "%(num)s contributions", count))
