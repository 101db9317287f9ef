"""Public words for published figures, without terms of the method.

The headline and the tags of an indicator, the sentences that open the results, and the reasons why
figures of measures are hidden.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from consultation.i18n import localized
from consultation.results.indicators import labels as indicator_labels
from consultation.results.indicators.verdicts import IndicatorVerdict
from consultation.results.public.overview import Outcome, Part
from consultation.results.public.tables import KeepOrChange, PublicIndicator
from consultation.results.tallies.queries import FEASIBILITY, RELEVANCE
from consultation.web import typography
from consultation.web.locale import current_locale
from consultation.web.typography import day, number, typeset

VERDICTS: Mapping[str, Mapping[IndicatorVerdict, object]] = {
    RELEVANCE: indicator_labels.RELEVANCE,
    FEASIBILITY: indicator_labels.FEASIBILITY,
}
TAGS: Mapping[str, Mapping[IndicatorVerdict, object]] = {
    RELEVANCE: {
        IndicatorVerdict.KEPT: _l("pertinent"),
        IndicatorVerdict.UNCERTAIN: _l("pertinence : avis partagés"),
        IndicatorVerdict.DISMISSED: _l("peu pertinent"),
        IndicatorVerdict.DISAGREED: _l("pertinence : avis opposés"),
        IndicatorVerdict.DIVIDED: _l("pertinence : avis opposés"),
    },
    FEASIBILITY: {
        IndicatorVerdict.KEPT: _l("mesurable"),
        IndicatorVerdict.UNCERTAIN: _l("mesure : avis partagés"),
        IndicatorVerdict.DISMISSED: _l("difficile à mesurer"),
        IndicatorVerdict.DISAGREED: _l("mesure : avis opposés"),
        IndicatorVerdict.DIVIDED: _l("mesure : avis opposés"),
    },
}


def hidden() -> str:
    """Return the words for a hidden count, whether it is small or would give one away.

    To say which of both would tell more of it.
    """
    return str(_("masqué (pour protéger un petit nombre)"))


def percent(share: float) -> str:
    """Return a share from 0 to 1 as a whole percentage."""
    return typography.percent(round(share * 100))


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
        return typeset(_("Personne n'a dit s'il faut le garder"))
    return str(_("Avis masqués, pour protéger un petit nombre"))


def result(indicator: PublicIndicator, sides: Mapping[str, Any]) -> str:
    """Return in one sentence what contributions want of an indicator, or why that is not said."""
    opinion = indicator.opinion
    if opinion is None:
        verdicts = [verdict(it.content, sides) for it in indicator.questions]
        first = next((it for it in verdicts if it), "")
        return f"{first}." if first else str(_("Il n'y a pas de résultat sur cet indicateur."))
    if opinion.base is None:
        return str(_("Ce chiffre est caché, pour protéger les personnes."))
    if not opinion.base:
        return str(_("Personne n'a dit s'il faut garder cet indicateur."))
    count = number(opinion.base)
    if not opinion.kept:
        none = _("Sur %(count)s réponses, aucune ne demande de garder cet indicateur.", count=count)
        return str(none)
    sentence: str = ngettext(
        "%(kept)s réponse sur %(count)s demande de garder cet indicateur.",
        "%(kept)s réponses sur %(count)s demandent de garder cet indicateur.",
        opinion.kept,
        kept=number(opinion.kept),
        count=count,
    )
    return sentence


def verdict(question: Mapping[str, Any], sides: Mapping[str, Any]) -> str:
    """Return the verdict of the notes of a published question; empty if they conclude nothing."""
    statistics = question["statistics"]
    if not statistics or question["code"] not in VERDICTS:
        return ""
    divide = statistics["divide"]
    if divide and question["code"] == RELEVANCE:
        names = {it["code"]: it["label"] for it in sides.get("capacity", ())}
        high, low = (localized(names.get(it, {"fr": it}), current_locale()) for it in divide)
        return typeset(
            _(
                "Avis opposés entre « %(high)s » (plutôt pour) et « %(low)s » (plutôt contre)",
                high=high,
                low=low,
            )
        )
    return str(VERDICTS[question["code"]].get(IndicatorVerdict(statistics["verdict"]), ""))


def tags(indicator: PublicIndicator) -> list[str]:
    """Return the verdicts on an indicator in a word or two each, that on its relevance first."""
    verdicts = {it.content["code"]: it.verdict for it in indicator.questions}
    return [
        str(labels[verdict])
        for code, labels in TAGS.items()
        if (verdict := verdicts.get(code)) is not None
    ]


def statement(whole: Part) -> list[str]:
    """Return the sentences that open the results: who spoke, what is known, what most want."""
    return [it for it in (_spoken(whole), _concluded(whole), _wanted(whole)) if it]


def _spoken(whole: Part) -> str:
    spoken = _contributions(whole)
    if not whole.uncounted or whole.uncounted == whole.measures:
        return f"{spoken}."
    others = ngettext(
        "sur %(num)s autre, leur nombre est masqué",
        "sur %(num)s autres, leur nombre est masqué",
        whole.uncounted,
    )
    return str(_("%(contributions)s ; %(others)s.", contributions=spoken, others=others))


def _contributions(part: Part) -> str:
    """Return how many contributions there are, on how many measures, as far as that is public."""
    measures = part.measures - part.uncounted
    if not measures:
        return str(_("Nombre de contributions masqué"))
    contributions = ngettext(
        "%(count)s contribution",
        "%(count)s contributions",
        part.responses,
        count=number(part.responses),
    )
    return str(
        ngettext(
            "%(contributions)s sur %(num)s mesure",
            "%(contributions)s sur %(num)s mesures",
            measures,
            contributions=contributions,
        )
    )


def _concluded(whole: Part) -> str:
    if not whole.indicators:
        return ""
    if not whole.concluded:
        return str(
            ngettext(
                "Son indicateur n'a pas encore de résultat public.",
                "Aucun des %(num)s indicateurs n'a encore de résultat public.",
                whole.indicators,
            )
        )
    if whole.concluded == whole.indicators:
        return str(
            ngettext(
                "Leur indicateur a un résultat public.",
                "Les %(num)s indicateurs ont un résultat public.",
                whole.indicators,
            )
        )
    return str(
        ngettext(
            "%(num)s indicateur sur %(all)s a un résultat public.",
            "%(num)s indicateurs sur %(all)s ont un résultat public.",
            whole.concluded,
            all=whole.indicators,
        )
    )


def _wanted(whole: Part) -> str:
    """Return the wish of most people for the indicators whose opinions are public."""
    kept, changed, even = whole.majorities
    sentences = []
    if kept or changed:
        wanted = _sides(kept, changed)
        sentences.append(
            _("Là où les avis sont publics, la majorité veut %(wanted)s.", wanted=wanted)
        )
    if even:
        sentences.append(
            ngettext(
                "Sur %(num)s indicateur, autant veulent le garder que le changer.",
                "Sur %(num)s indicateurs, autant veulent les garder que les changer.",
                even,
            )
        )
    return " ".join(sentences)


def _sides(kept: int, changed: int) -> str:
    if not kept:
        text: str = ngettext("changer %(num)s indicateur", "changer %(num)s indicateurs", changed)
        return text
    text = ngettext("garder %(num)s indicateur", "garder %(num)s indicateurs", kept)
    return str(_("%(kept)s et en changer %(count)s", kept=text, count=changed)) if changed else text


def others(outcome: Outcome, count: int) -> str:
    """Return why the figures of measures say nothing, and how many they are.

    Only what is known of their public number of contributions is called too few.
    """
    if outcome is Outcome.FEW:
        return str(
            ngettext(
                "%(num)s autre mesure : trop peu de contributions pour publier ses avis",
                "%(num)s autres mesures : trop peu de contributions pour publier leurs avis",
                count,
            )
        )
    if outcome is Outcome.PROTECTED:
        return str(
            ngettext(
                "%(num)s autre mesure : chiffres masqués, pour protéger un petit nombre",
                "%(num)s autres mesures : chiffres masqués, pour protéger un petit nombre",
                count,
            )
        )
    return str(
        ngettext(
            "%(num)s autre mesure : pas de conclusion sur ses indicateurs",
            "%(num)s autres mesures : pas de conclusion sur leurs indicateurs",
            count,
        )
    )


def basis(part: Part) -> str:
    """Return how many contributions an axis has, and how many of its indicators a result."""
    concluded = ngettext(
        "%(num)s indicateur sur %(all)s a un résultat",
        "%(num)s indicateurs sur %(all)s ont un résultat",
        part.concluded,
        all=part.indicators,
    )
    return f"{_contributions(part)} · {concluded}" if part.concluded else _contributions(part)


def dated(days: Collection[date]) -> str:
    """Return from when figures are: one day, or the first and the last."""
    first, last = day(min(days)), day(max(days))
    if first == last:
        return str(_("Chiffres du %(day)s.", day=first))
    return str(_("Chiffres du %(first)s au %(last)s.", first=first, last=last))
