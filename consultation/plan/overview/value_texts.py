"""Texts of public values as pages show them; what the team typed, such as a source, is in French.

An overview has hundreds: they are made here, as calls of macros would take longer than the rest.
"""

from collections.abc import Iterable

from flask_babel import gettext
from markupsafe import Markup, escape

from consultation.i18n import DEFAULT_LOCALE, N_, Localized
from consultation.plan.measurement.values import Value, measurement_of
from consultation.plan.models import IndicatorVersion, MeasuredAs
from consultation.plan.overview.labels import (
    dated_text,
    hidden_text,
    progress_text,
    value_text,
)
from consultation.plan.values.models import IndicatorValue, MissingBecause, Showing
from consultation.plan.values.publication import PublicProgress, PublicValue
from consultation.text import capitalized
from consultation.web.typography import (
    day,
    french,
    in_its_language,
    isolated,
    label_of,
    lang_of,
    typeset,
)

MISSING = {
    MissingBecause.NEVER_REQUESTED: N_("%(when)s : cette donnée n'a jamais été demandée."),
    MissingBecause.NO_ANSWER: N_("%(when)s : demandée, sans réponse (%(who)s)."),
    MissingBecause.REFUSED: N_("%(when)s : demandée, refusée (%(who)s)."),
    MissingBecause.DOES_NOT_EXIST: N_("%(when)s : selon %(who)s, cette donnée n'existe pas."),
    MissingBecause.CONFIDENTIAL: N_(
        "%(when)s : selon %(who)s, cette donnée relève du secret statistique."
    ),
    MissingBecause.NOT_COMPARABLE: N_("%(when)s : selon %(who)s, cette donnée ne se compare pas."),
}
"""Why there is no value, in a sentence."""


def typed(text: str) -> Markup:
    """Return a text that the team typed, with its language where the page has another."""
    return Markup("<bdi{}>{}</bdi>").format(lang_of({DEFAULT_LOCALE: text}), french(text))


def figure_text(value: Value, version: IndicatorVersion, kind: MeasuredAs | None = None) -> str:
    """Return a value with its unit; `kind` is known where the version was asked before."""
    kind = kind or measurement_of(version).measured_as
    if isinstance(value, str):
        return typed(value)
    unit = None if kind is MeasuredAs.PERCENTAGE else version.unit
    return _with_unit(value_text(value, kind), unit)


def public_text(it: PublicValue) -> Markup:
    """Return a value, or why there is none; a number that is not shown is nowhere."""
    if absent := _absent(it):
        return Markup("<em>{}</em>").format(absent)
    version = it.row.version
    small = _with_unit(hidden_text(it.showing, it.less_than), version.unit)
    text = small if it.value is None else figure_text(it.value, version)
    return Markup("<b>{}</b>").format(text)


def _absent(it: PublicValue) -> str:
    """Return the words that stand alone in the place of a value; empty where there is one."""
    if it.row.missing_because:
        return label_of(it.row.missing_because)
    return hidden_text(it.showing, None) if it.showing is Showing.HELD_BACK else ""


NO_RULE = frozenset(("aucune", "aucun", "non", "néant", "sans"))
"""Rules, without their full stop, of a source that masks no small number."""


def rules_of(values: Iterable[PublicValue]) -> list[str]:
    """Write the rules of the sources for small numbers, each once and as a sentence."""
    return list(dict.fromkeys(filter(None, (rule_text(it.source_rule) for it in values))))


def rule_text(rule: str) -> str:
    """Write what a source does with small numbers as a sentence, empty where nobody noted it."""
    bare = rule.strip().rstrip(".").rstrip()
    if bare.casefold() in NO_RULE:
        return typeset(gettext("La source n'en masque aucun."))
    return typed(f"{bare}.") if bare else ""


def moment_text(row: IndicatorValue) -> str:
    """Return for when a value is, and when it was observed where that says more."""
    if row.point is None:
        assert row.day is not None
        when = day(row.day)
        is_dated = row.observed_on not in ("", row.day.isoformat(), str(row.day.year))
    else:
        when, is_dated = label_of(row.point), bool(row.observed_on)
    if not is_dated:
        return when
    observed = dated_text(row.observed_on)
    return Markup('{} <span class="hint">({})</span>').format(when, observed)


def reporter_text(row: IndicatorValue) -> str:
    """Return who reports a value: the organisation where it is named."""
    return typed(row.reporter) if row.reporter else label_of(row.reported_by)


def plain_texts(it: PublicValue) -> list[str]:
    """List for when a value is, the value and who reports it, as text without markup."""
    texts = (moment_text(it.row), public_text(it), reporter_text(it.row))
    return [escape(text).striptags() for text in texts]


def missing_text(row: IndicatorValue) -> str:
    """Return in a sentence for when there is no value, and why."""
    assert row.missing_because is not None
    if row.observed_on:
        when = dated_text(row.observed_on)
    else:
        when = day(row.day) if row.day else label_of(row.point)  # type: ignore[arg-type]
    sentence = Markup(typeset(gettext(MISSING[row.missing_because])))  # noqa: S704 - of ours
    return sentence % {"when": capitalized(when), "who": reporter_text(row)}


def word(public: PublicProgress) -> str:
    """Return the word for the progress of an indicator, capitalised."""
    return capitalized(progress_text(public))


def _with_unit(text: str, unit: Localized | None) -> str:
    if not unit:
        return text
    return isolated(Markup("{} {}").format(text, in_its_language(unit)))
