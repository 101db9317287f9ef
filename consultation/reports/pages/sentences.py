"""Sentences of a report: what its counts come to, by written rules, in the language in force."""

from collections.abc import Mapping, Sequence

from flask_babel import gettext as _
from flask_babel import ngettext

from consultation.plan.models import Assessor, Level
from consultation.plan.overview import sentences
from consultation.plan.values.models import Reporter
from consultation.reports.comparison import Changes
from consultation.reports.figures import JUDGEMENT
from consultation.reports.pages.counts import DRAWN, Counts
from consultation.web.typography import label_of, number, sentence


def of_part(counts: Counts, changes: Changes | None) -> Sequence[str]:
    """Return the sentences on a report or an axis, after what is achieved."""
    all_ = [disputed(counts), moved(counts, changes), late(counts), unknown(counts)]
    return [it for it in all_ if it]


def achieved(counts: Counts) -> str:
    """Return how many measures are done, then how many advance, as each assessor sees them."""
    if not counts.measure_count:
        return sentence(_("Ce bilan ne porte sur aucune mesure."))
    if not counts.assessors:
        return sentence(_("Aucune mesure n'a encore été évaluée."))
    first, *others = counts.assessors
    done = [_done(counts, first), *(_of(counts.done(it), it) for it in others)]
    advancing = [
        _advancing(counts, first),
        *(_of(counts.advancing(it), it) for it in others),
    ]
    return sentence(f"{', '.join(done)}. {', '.join(advancing)}.")


def _done(counts: Counts, assessor: Assessor) -> str:
    count, who, total = counts.done(assessor), _who(assessor), number(counts.measure_count)
    if not count:
        none = _("Aucune mesure sur %(total)s n'est réalisée d'après %(who)s", total=total, who=who)
        return str(none)
    return sentence(
        ngettext(
            "%(num)s mesure sur %(total)s est réalisée d'après %(who)s",
            "%(num)s mesures sur %(total)s sont réalisées d'après %(who)s",
            count,
            total=total,
            who=who,
        )
    )


def _advancing(counts: Counts, assessor: Assessor) -> str:
    count, who = counts.advancing(assessor), _who(assessor)
    if not count:
        return str(_("Aucune autre n'avance d'après %(who)s", who=who))
    return sentence(
        ngettext(
            "%(num)s autre avance d'après %(who)s",
            "%(num)s autres avancent d'après %(who)s",
            count,
            who=who,
        )
    )


def _of(count: int, assessor: Assessor) -> str:
    if not count:
        return str(_("aucune d'après %(who)s", who=_who(assessor)))
    return str(_("%(count)s d'après %(who)s", count=number(count), who=_who(assessor)))


def _who(assessor: Assessor) -> str:
    """Return who assesses, within a sentence."""
    return label_of(Reporter[assessor.name])


def disputed(counts: Counts) -> str:
    """Return on how many measures the assessments diverge; empty with fewer than two assessors."""
    if len(counts.assessors) < 2:
        return ""
    if not counts.disputed:
        return sentence(_("Les évaluations ne divergent sur aucune mesure."))
    return sentence(
        ngettext(
            "Les évaluations divergent sur %(num)s mesure.",
            "Les évaluations divergent sur %(num)s mesures.",
            counts.disputed,
        )
    )


def moved(counts: Counts, changes: Changes | None) -> str:
    """Return the movements since the report before, or since the baselines in the first one."""
    return _since_start(counts) if changes is None else _since_report(changes)


def _since_start(counts: Counts) -> str:
    if not counts.closer and not counts.further:
        return sentence(_("Aucun indicateur n'a encore bougé depuis sa valeur de départ."))
    if not counts.closer:
        return sentence(
            ngettext(
                "Depuis sa valeur de départ, %(num)s indicateur est allé dans le sens contraire.",
                "Depuis leur valeur de départ, %(num)s indicateurs sont allés dans le sens"
                " contraire.",
                counts.further,
            )
        )
    closer = ngettext(
        "Depuis sa valeur de départ, %(num)s indicateur est allé dans le sens voulu",
        "Depuis leur valeur de départ, %(num)s indicateurs sont allés dans le sens voulu",
        counts.closer,
    )
    further = (
        _("%(count)s dans l'autre sens", count=number(counts.further))
        if counts.further
        else _("aucun dans l'autre sens")
    )
    return sentence(f"{closer}, {further}.")


def _since_report(changes: Changes) -> str:
    assessed = [it.figure for it in changes.rows if it.figure.kind == JUDGEMENT]
    indicators = {it.figure.code for it in changes.rows if it.figure.kind != JUDGEMENT}
    parts = []
    if assessed:
        parts.append(
            ngettext("%(num)s évaluation a changé", "%(num)s évaluations ont changé", len(assessed))
        )
    if indicators:
        parts.append(
            ngettext("%(num)s indicateur a bougé", "%(num)s indicateurs ont bougé", len(indicators))
        )
    if not parts:
        return sentence(_("Rien n'a changé depuis le bilan n° %(number)s.", number=changes.since))
    since = _("Depuis le bilan n° %(number)s", number=changes.since)
    if len(parts) == 1:
        return sentence(f"{since}, {parts[0]}.")
    both = _("%(first)s et %(second)s", first=parts[0], second=parts[1])
    return sentence(f"{since}, {both}.")


def late(counts: Counts) -> str:
    """Return how many measures have an indicator that is late; empty without any indicator."""
    if not counts.indicator_count:
        return ""
    if not counts.late_measures:
        return sentence(_("Aucun indicateur n'est en retard."))
    return sentence(
        ngettext(
            "%(num)s mesure a au moins un indicateur en retard.",
            "%(num)s mesures ont au moins un indicateur en retard.",
            counts.late_measures,
        )
    )


def unknown(counts: Counts) -> str:
    """Return of how many measures nobody can say anything; empty where there is none."""
    if not counts.unknown_measures:
        return ""
    return sentence(
        ngettext(
            "De %(num)s mesure, personne ne peut rien dire : ni évaluation, ni indicateur qui"
            " conclut.",
            "De %(num)s mesures, personne ne peut rien dire : ni évaluation, ni indicateur qui"
            " conclut.",
            counts.unknown_measures,
        )
    )


def figures(counts: Counts) -> Sequence[tuple[int, str]]:
    """Return the three figures on the indicators of a part of a report, each with its label."""
    on_track, late, unknown = counts.on_track, counts.late, counts.unknown
    labelled = [
        (
            on_track,
            ngettext(
                "indicateur atteint ou en bonne voie",
                "indicateurs atteints ou en bonne voie",
                on_track,
            ),
        ),
        (late, _("en retard")),
        (unknown, _("sans conclusion")),
    ]
    return [(count, sentence(label)) for count, label in labelled]


def counted(counts: Counts) -> str:
    """Return the contents of a part of a report, on a line."""
    measures = ngettext("%(num)s mesure", "%(num)s mesures", counts.measure_count)
    return sentence(" · ".join(filter(None, [measures, indicators(counts)])))


def indicators(counts: Counts) -> str:
    """Return how far the indicators are: « 4 indicateurs : 1 en retard, 3 sans conclusion »."""
    if not counts.indicator_count:
        return ""
    states = [
        (
            counts.on_track,
            ngettext(
                "%(num)s atteint ou en bonne voie",
                "%(num)s atteints ou en bonne voie",
                counts.on_track,
            ),
        ),
        (counts.late, ngettext("%(num)s en retard", "%(num)s en retard", counts.late)),
        (
            counts.unknown,
            ngettext("%(num)s sans conclusion", "%(num)s sans conclusion", counts.unknown),
        ),
    ]
    total = ngettext("%(num)s indicateur", "%(num)s indicateurs", counts.indicator_count)
    listed = ", ".join(text for count, text in states if count)
    return sentence(_("%(label)s : %(count)s", label=total, count=listed))


def bar_text(counts: Counts, assessor: Assessor) -> str:
    """Return in words what the bar of an assessor draws."""
    levels = counts.levels[assessor]
    parts = [(label_of(it), levels[it]) for it in DRAWN if levels.get(it)]
    if counts.unassessed(assessor):
        parts.append((_("pas évaluée"), counts.unassessed(assessor)))
    counted = [
        _("%(label)s : %(count)s", label=label, count=number(count)) for label, count in parts
    ]
    return sentence(", ".join(counted))


def of_measure(levels: Mapping[Assessor, Level]) -> str:
    """Return how a measure is assessed: « Réalisée d'après l'État, engagée d'après … »."""
    if not levels:
        return sentence(_("Personne n'a encore évalué cette mesure."))
    return sentences.of_measure(levels)
