"""Summary of a document: what it holds and what changed, in sentences that follow from figures."""

from collections.abc import Iterator, Sequence

from babel.lists import format_list
from flask_babel import gettext as _
from flask_babel import ngettext

from consultation.documents.changes import ChangeCounts
from consultation.documents.model import AxisEntry, Fact
from consultation.text import capitalized
from consultation.web.locale import current_language
from consultation.web.typography import sentence


def held(axes: Sequence[AxisEntry]) -> str:
    """Return how many measures and indicators chapters hold: « 10 mesures et 40 indicateurs »."""
    held_measures = [it for axis in axes for it in axis.measures]
    measures, indicators = len(held_measures), sum(len(it.indicators) for it in held_measures)
    if not measures:
        return str(_("aucune mesure"))
    counted = ngettext("%(num)s mesure", "%(num)s mesures", measures)
    if not indicators:
        return str(_("%(measures)s, sans indicateur", measures=counted))
    of_them = ngettext("%(num)s indicateur", "%(num)s indicateurs", indicators)
    return str(_("%(measures)s et %(indicators)s", measures=counted, indicators=of_them))


def sentences(axes: Sequence[AxisEntry], changed: ChangeCounts) -> str:
    """Return the contents of a document, then its changes, as sentences."""
    content = held(axes)
    made = " ".join([f"{capitalized(content)}.", *_changes(changed)])
    return sentence(made)


def _changes(changed: ChangeCounts) -> Iterator[str]:
    if not changed.indicators and not changed.measures:
        if changed.since == 0 and changed.is_previous:
            yield _("C'est la première édition.")
        else:
            yield _("%(since)s, aucun indicateur n'a changé.", since=_since(changed))
        return
    of_measures = _measures(changed)
    if changed.indicators:
        yield f"{_since(changed)}, {_indicators(changed)}."
    if of_measures and changed.indicators:
        yield f"{_joined(of_measures)}."
    elif of_measures:
        yield f"{_since(changed)}, {_joined(of_measures)}."


def _since(changed: ChangeCounts) -> str:
    if changed.since == 0:
        return str(_("Depuis le début"))
    if changed.is_previous:
        return str(_("Depuis l'édition précédente"))
    return str(_("Depuis l'édition %(number)s", number=changed.since))


def _indicators(changed: ChangeCounts) -> str:
    """Return how many indicators changed, and how where they did so in several ways."""
    reworded, added, removed = changed.reworded, changed.added, changed.removed
    match bool(reworded), bool(added), bool(removed):
        case True, False, False:
            only = ngettext(
                "%(num)s indicateur a été reformulé",
                "%(num)s indicateurs ont été reformulés",
                reworded,
            )
        case False, True, False:
            only = ngettext(
                "%(num)s indicateur a été ajouté", "%(num)s indicateurs ont été ajoutés", added
            )
        case False, False, True:
            only = ngettext(
                "%(num)s indicateur a été retiré", "%(num)s indicateurs ont été retirés", removed
            )
        case _:
            only = ""
    return str(only) or _in_several_ways(changed)


def _in_several_ways(changed: ChangeCounts) -> str:
    reworded, added, removed = changed.reworded, changed.added, changed.removed
    ways = [
        ngettext("%(num)s reformulé", "%(num)s reformulés", reworded) if reworded else "",
        ngettext("%(num)s ajouté", "%(num)s ajoutés", added) if added else "",
        ngettext("%(num)s retiré", "%(num)s retirés", removed) if removed else "",
    ]
    total = ngettext(
        "%(num)s indicateur a changé", "%(num)s indicateurs ont changé", changed.indicators
    )
    return str(_("%(total)s : %(ways)s", total=total, ways=_joined([it for it in ways if it])))


def _measures(changed: ChangeCounts) -> list[str]:
    added, removed = changed.added_measures, changed.removed_measures
    ways = [
        ngettext("%(num)s mesure a été ajoutée", "%(num)s mesures ont été ajoutées", added),
        ngettext("%(num)s mesure a été retirée", "%(num)s mesures ont été retirées", removed),
    ]
    return [way for way, count in zip(ways, (added, removed), strict=True) if count]


def _joined(parts: Sequence[str]) -> str:
    return format_list(parts, locale=current_language().locale)


def shared(axis: AxisEntry) -> Sequence[Fact]:
    """Return the sentences that all measures of a chapter have, which a page gives once."""
    if len(axis.measures) < 2:
        return []
    first, *others = axis.measures
    return [it for it in first.facts if not it.label and all(it in other.facts for other in others)]
