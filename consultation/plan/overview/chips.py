"""Filters of the overview that a visitor chose: as parameters of the address, and as texts.

Each is displayed with a link that takes it off.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from consultation.plan.models import Axis, Level
from consultation.plan.overview.lines import NO_WORD, UNJUDGED, Narrowing
from consultation.plan.values.models import Progress, Reporter
from consultation.web.typography import label_of, local, typeset


@dataclass(frozen=True)
class Chip:
    """A chosen filter; `others` are the parameters of the address without it."""

    text: str
    others: Mapping[str, str]


def parameters(narrowing: Narrowing) -> dict[str, str]:
    """Return the parameters that an address repeats to stay narrowed."""
    chosen = {
        "axe": narrowing.axis,
        "juge": narrowing.assessor,
        "niveau": narrowing.level,
        "progres": narrowing.progress,
        "desaccord": "1" if narrowing.is_disputed else None,
        "q": narrowing.query or None,
    }
    return {name: str(value) for name, value in chosen.items() if value is not None}


def chips(narrowing: Narrowing, axes: Sequence[Axis]) -> list[Chip]:
    """Return the chosen filters in the order of the form."""
    chosen = parameters(narrowing)
    text_by_name = _texts(narrowing, axes)
    return [
        Chip(typeset(text_by_name[name]), {it: chosen[it] for it in chosen if it != name})
        for name in chosen
    ]


def _texts(narrowing: Narrowing, axes: Sequence[Axis]) -> Mapping[str, str]:
    texts = {"q": _("« %(query)s »", query=narrowing.query), "desaccord": _("Avis divergents")}
    for axis in axes:
        if axis.code == narrowing.axis:
            texts["axe"] = local(axis.title)
    if narrowing.assessor:
        who = label_of(Reporter(narrowing.assessor.value))
        texts["juge"] = _("D'après %(who)s", who=who)
    if narrowing.level:
        is_unassessed = narrowing.level == UNJUDGED
        level = _("pas encore évaluée") if is_unassessed else label_of(Level(narrowing.level))
        texts["niveau"] = _("Mesure %(level)s", level=level)
    if narrowing.progress:
        has_word = narrowing.progress != NO_WORD
        word = label_of(Progress(narrowing.progress)) if has_word else _("sans conclusion")
        texts["progres"] = _("Indicateur %(progress)s", progress=word)
    return texts
