"""Labels of an indicator's verdict, one sentence each: the same for the team and the public."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from consultation.results.indicators.verdicts import FEWEST, Conclusion, IndicatorVerdict

OTHER_SCALE = _l("Pas de conclusion : la méthode demande une échelle de 1 à 9")
RELEVANCE = {
    IndicatorVerdict.KEPT: _l("Jugé pertinent"),
    IndicatorVerdict.UNCERTAIN: _l("Avis partagés sur sa pertinence"),
    IndicatorVerdict.DISMISSED: _l("Jugé peu pertinent"),
    IndicatorVerdict.DISAGREED: _l("Avis opposés sur sa pertinence"),
}
FEASIBILITY = {
    IndicatorVerdict.KEPT: _l("Jugé possible à mesurer"),
    IndicatorVerdict.UNCERTAIN: _l("Avis partagés sur la façon de le mesurer"),
    IndicatorVerdict.DISMISSED: _l("Jugé difficile à mesurer"),
    IndicatorVerdict.DISAGREED: _l("Avis opposés sur la façon de le mesurer"),
    IndicatorVerdict.DIVIDED: _l("Avis opposés sur la façon de le mesurer"),  # earlier versions
}
SHORT = {
    IndicatorVerdict.KEPT: _l("pertinent"),
    IndicatorVerdict.UNCERTAIN: _l("avis partagés"),
    IndicatorVerdict.DISMISSED: _l("peu pertinent"),
    IndicatorVerdict.DISAGREED: _l("avis opposés"),
}
"""Words on relevance."""


def short(conclusion: Conclusion) -> str:
    """Return the verdict in a word, or an empty text if there are too few ratings."""
    return str(SHORT.get(conclusion.verdict, ""))


def relevance(conclusion: Conclusion, capacities: Mapping[str, str]) -> str:
    """Return the verdict on relevance; `capacities` are their labels by code."""
    if conclusion.divide is not None:
        high, low = conclusion.divide.high, conclusion.divide.low
        sentence: str = _(
            "Avis opposés : « %(high)s » plutôt pour, « %(low)s » plutôt contre",
            high=capacities.get(high, high),
            low=capacities.get(low, low),
        )
        return sentence
    return _sentence(RELEVANCE, conclusion)


def feasibility(conclusion: Conclusion) -> str:
    return _sentence(FEASIBILITY, conclusion)


def _sentence(labels: Mapping[IndicatorVerdict, object], conclusion: Conclusion) -> str:
    if conclusion.verdict is IndicatorVerdict.OTHER_SCALE:
        return str(OTHER_SCALE)
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
