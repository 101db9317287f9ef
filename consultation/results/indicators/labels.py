"""French labels of an indicator's verdict, one sentence each."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from consultation.results.indicators.verdicts import FEWEST, Conclusion, Verdict

OTHER_SCALE = _l("Pas de conclusion : la méthode demande une échelle de 1 à 9")
RELEVANCE = {
    Verdict.KEPT: _l("Retenu, sans désaccord"),
    Verdict.UNCERTAIN: _l("Incertain, sans désaccord"),
    Verdict.DISMISSED: _l("Écarté, sans désaccord"),
    Verdict.DISAGREED: _l("Désaccord"),
    Verdict.OTHER_SCALE: OTHER_SCALE,
}
FEASIBILITY = {
    Verdict.KEPT: _l("Suivi possible, sans désaccord"),
    Verdict.UNCERTAIN: _l("Suivi incertain, sans désaccord"),
    Verdict.DISMISSED: _l("Suivi difficile, sans désaccord"),
    Verdict.DISAGREED: _l("Désaccord sur le suivi"),
    Verdict.OTHER_SCALE: OTHER_SCALE,
}

SHORT = {
    Verdict.KEPT: _l("retenu"),
    Verdict.UNCERTAIN: _l("incertain"),
    Verdict.DISMISSED: _l("écarté"),
    Verdict.DISAGREED: _l("désaccord"),
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
    """Return the verdict on feasibility."""
    return _sentence(FEASIBILITY, conclusion)


def _sentence(labels: Mapping[Verdict, object], conclusion: Conclusion) -> str:
    if conclusion.verdict is not Verdict.TOO_FEW:
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
