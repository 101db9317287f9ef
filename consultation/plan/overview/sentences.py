"""Sentences on the plan and on a measure, made from their figures by written rules.

A measure moves forward where it is engaged, partly done or done.  Who has assessed nothing is named
by itself, and counted nowhere: no assessment is not « none moves forward ».
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce

from flask_babel import gettext as _
from flask_babel import ngettext

from consultation.plan.models import Assessor, Level
from consultation.plan.overview.judgements import Counts, disagree
from consultation.plan.overview.labels import progress_count
from consultation.plan.values.models import Progress, Reporter
from consultation.text import capitalized
from consultation.web.locale import current_language
from consultation.web.typography import label_of, sentence

MOVING = (Level.ENGAGED, Level.PARTLY_DONE, Level.DONE)


def of_plan(counts: Counts, total: int, disputed: int) -> list[str]:
    """Return the sentences of the assessors on the plan, none before the first assessment.

    `disputed` is how many of the `total` measures they contradict each other on.
    """
    assessing = [it for it in Assessor if sum(counts[it].values())]
    if not assessing:
        return []
    moving = {it: sum(counts[it][level] for level in MOVING) for it in assessing}
    done = {it: counts[it][Level.DONE] for it in assessing}
    of_total = ngettext("Sur %(num)s mesure", "Sur %(num)s mesures", total)
    first = f"{of_total}, {_clauses(moving, _moving)}"
    if len(assessing) > 1:
        first = _continued(first, _disagreement(disputed))
    sentences = [f"{first}.", f"{capitalized(_clauses(done, _done))}."]
    if absent := [it for it in Assessor if it not in assessing]:
        sentences.append(_absence(absent))
    return [sentence(it) for it in sentences]


def of_measure(levels: Mapping[Assessor, Level]) -> str:
    """Return who assesses a measure how, and whether they contradict each other."""
    if not levels:
        return sentence(_("Aucune évaluation n'est encore publiée."))
    by_level: dict[Level, list[Assessor]] = {}
    for assessor in Assessor:
        if assessor in levels:
            by_level.setdefault(levels[assessor], []).append(assessor)
    clauses = [
        _("%(level)s d'après %(who)s", level=label_of(level), who=_listed(map(_name, assessors)))
        for level, assessors in by_level.items()
    ]
    assessed = f"{capitalized(reduce(_continued, clauses))}."
    if disagree(levels.values()):
        assessed = " ".join((assessed, _("Leurs avis divergent.")))
    return sentence(assessed)


def of_indicators(counts: Mapping[Progress | None, int]) -> str:
    """Return how many indicators there are and how far they are, empty without one."""
    total = sum(counts.values())
    if not total:
        return ""
    head = ngettext("%(num)s indicateur :", "%(num)s indicateurs :", total)
    return sentence(f"{head} {', '.join(progress_count(*it) for it in counts.items())}.")


def _moving(count: int, who: str) -> str:
    if not count:
        return str(_("aucune n'avance d'après %(who)s", who=who))
    return str(
        ngettext(
            "%(num)s avance d'après %(who)s", "%(num)s avancent d'après %(who)s", count, who=who
        )
    )


def _done(count: int, who: str) -> str:
    if not count:
        return str(_("aucune n'est réalisée d'après %(who)s", who=who))
    return str(
        ngettext(
            "%(num)s est réalisée d'après %(who)s",
            "%(num)s sont réalisées d'après %(who)s",
            count,
            who=who,
        )
    )


def _without_verb(count: int, who: str) -> str:
    if not count:
        return str(_("aucune d'après %(who)s", who=who))
    return str(_("%(num)s d'après %(who)s", num=count, who=who))


def _clauses(counts: Mapping[Assessor, int], verb: Callable[[int, str], str]) -> str:
    """Return the counts by assessor: the verb is repeated only after « none », for the first.

    Where pages are short, each is a sentence of its own.
    """
    if current_language().is_short:
        return ". ".join(capitalized(verb(count, _name(it))) for it, count in counts.items())
    clauses, known = [], [*counts.items()]
    for place, (assessor, count) in enumerate(known):
        is_first_of_any = bool(count) and not any(earlier for _it, earlier in known[:place])
        clause = verb if place == 0 or is_first_of_any else _without_verb
        clauses.append(clause(count, _name(assessor)))
    return _listed(clauses)


def _disagreement(count: int) -> str:
    if not count:
        return str(_("leurs avis ne divergent sur aucune"))
    return str(
        ngettext("leurs avis divergent sur %(num)s", "leurs avis divergent sur %(num)s", count)
    )


def _absence(assessors: Sequence[Assessor]) -> str:
    who = capitalized(_listed(map(_name, assessors)))
    return str(
        ngettext(
            "%(who)s n'a encore publié aucune évaluation.",
            "%(who)s n'ont encore publié aucune évaluation.",
            len(assessors),
            who=who,
        )
    )


def _name(assessor: Assessor) -> str:
    """Return who it is within a sentence."""
    return label_of(Reporter(assessor.value))


def _listed(parts: Iterable[str]) -> str:
    *others, last = parts
    if not others:
        return last
    return str(_("%(others)s et %(last)s", others=", ".join(others), last=last))


def _continued(first: str, second: str) -> str:
    return str(_("%(first)s ; %(second)s", first=first, second=second))
