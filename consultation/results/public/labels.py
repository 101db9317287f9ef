"""Public words for published figures: the headline of an indicator, without terms of the method."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consultation.i18n import localized
from consultation.results.indicators.verdicts import IndicatorVerdict
from consultation.results.public.tables import KeepOrChange, PublicIndicator
from consultation.results.tallies.queries import FEASIBILITY, RELEVANCE
from consultation.web.locale import current_locale

VERDICTS: Mapping[str, Mapping[IndicatorVerdict, object]] = {
    RELEVANCE: {
        IndicatorVerdict.KEPT: _l("Jugé pertinent"),
        IndicatorVerdict.UNCERTAIN: _l("Avis partagés sur sa pertinence"),
        IndicatorVerdict.DISMISSED: _l("Jugé peu pertinent"),
        IndicatorVerdict.DISAGREED: _l("Avis opposés sur sa pertinence"),
    },
    FEASIBILITY: {
        IndicatorVerdict.KEPT: _l("Jugé possible à mesurer"),
        IndicatorVerdict.UNCERTAIN: _l("Avis partagés sur la façon de le mesurer"),
        IndicatorVerdict.DISMISSED: _l("Jugé difficile à mesurer"),
        IndicatorVerdict.DISAGREED: _l("Avis opposés sur la façon de le mesurer"),
        IndicatorVerdict.DIVIDED: _l(
            "Avis opposés sur la façon de le mesurer"
        ),  # of earlier versions
    },
}


def hidden() -> str:
    """Return the words for a hidden count, whether it is small or would give one away.

    To say which of both would tell more of it.
    """
    return str(_("masqué (pour protéger un petit nombre)"))


def percent(share: float) -> str:
    """Return a share from 0 to 1 as a whole percentage."""
    number = f"{share * 100:.0f}"
    return f"{number} %" if current_locale() == "fr" else f"{number}%"


def headline(indicator: PublicIndicator, sides: Mapping[str, Any]) -> str:
    """Return in one line what the responses say of an indicator; empty if nothing was asked."""
    opinion = indicator.opinion
    parts = [] if opinion is None else [stance(opinion)]
    parts += [verdict(question.content, sides) for question in indicator.questions]
    first, *others = [part for part in parts if part] or [""]
    return "\N{NO-BREAK SPACE}· ".join([first, *(part[0].lower() + part[1:] for part in others)])


def stance(opinion: KeepOrChange) -> str:
    """Return how many would keep an indicator, of those who said so."""
    if opinion.base:
        return str(
            _(
                "À garder pour %(share)s des %(count)s avis",
                share=percent(opinion.share),
                count=opinion.base,
            )
        )
    if opinion.base == 0:
        return str(_("Personne n'a dit s'il faut le garder"))
    return str(_("Avis masqués, pour protéger un petit nombre"))


def verdict(question: Mapping[str, Any], sides: Mapping[str, Any]) -> str:
    """Return the verdict of the notes of a published question; empty if they conclude nothing."""
    statistics = question["statistics"]
    if not statistics or question["code"] not in VERDICTS:
        return ""
    divide = statistics["divide"]
    if divide and question["code"] == RELEVANCE:
        names = {it["code"]: it["label"] for it in sides.get("capacity", ())}
        high, low = (localized(names.get(it, {"fr": it}), current_locale()) for it in divide)
        return str(
            _(
                "Avis opposés entre « %(high)s » (plutôt pour) et « %(low)s » (plutôt contre)",
                high=high,
                low=low,
            )
        )
    return str(VERDICTS[question["code"]].get(IndicatorVerdict(statistics["verdict"]), ""))
