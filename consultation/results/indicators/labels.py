"""French labels of an indicator's verdict, one sentence each."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from consultation.results.indicators.verdicts import FEWEST, Conclusion, IndicatorVerdict

OTHER_SCALE = _l("Pas de conclusion : la méthode demande une échelle de 1 à 9")
RELEVANCE = {
    IndicatorVerdict.KEPT: _l("Retenu, sans désaccord"),
    IndicatorVerdict.UNCERTAIN: _l("Incertain, sans désaccord"),
    IndicatorVerdict.DISMISSED: _l("Écarté, sans désaccord"),
    IndicatorVerdict.DISAGREED: _l("Désaccord"),
    IndicatorVerdict.OTHER_SCALE: OTHER_SCALE,
}
FEASIBILITY = {
    IndicatorVerdict.KEPT: _l("Suivi possible, sans désaccord"),
    IndicatorVerdict.UNCERTAIN: _l("Suivi incertain, sans désaccord"),
    IndicatorVerdict.DISMISSED: _l("Suivi difficile, sans désaccord"),
    IndicatorVerdict.DISAGREED: _l("Désaccord sur le suivi"),
    IndicatorVerdict.OTHER_SCALE: OTHER_SCALE,
}

SHORT = {
    IndicatorVerdict.KEPT: _l("retenu"),
    IndicatorVerdict.UNCERTAIN: _l("incertain"),
    IndicatorVerdict.DISMISSED: _l("écarté"),
    IndicatorVerdict.DISAGREED: _l("désaccord"),
}


def short(conclusion: Conclusion) -> str:
    """Return the verdict in a word, or an empty text if there are too few ratings."""
    return str(SHORT.get(conclusion.verdict, ""))


def relevance(conclusion: Conclusion, capacities: Mapping[str, str]) -> str:
    """Return the verdict on relevance; `capacities` are their labels by code."""
    if conclusion.divide is not None:
        high, low = conclusion.divide.high, conclusion.divide.low
        sentence: str = _(
            "Désaccord entre « %(high)s » (plutôt pour) et « %(low)s » (plutôt contre)",
            high=capacities.get(high, high),
            low=capacities.get(low, low),
        )
        return sentence
    return _sentence(RELEVANCE, conclusion)


def feasibility(conclusion: Conclusion) -> str:
    return _sentence(FEASIBILITY, conclusion)


def _sentence(labels: Mapping[IndicatorVerdict, object], conclusion: Conclusion) -> str:
    if conclusion.verdict is not IndicatorVerdict.TOO_FEW:
        return str(labels[conclusion.verdict])
    if conclusion.lacking == FEWEST:
        return str(_("Aucune note : il en faut %(count)s pour conclure", count=FEWEST))
    return str(
        ngettext(
            "Il manque %(num)s note pour conclure",
            "Il manque %(num)s notes pour conclure",
            conclusion.lacking,
        )
    )
