"""Texts of figures, in the language that is in force."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import gettext as _

from consultation.documents import labels as document_labels
from consultation.i18n import localized
from consultation.institutions.replies.queries import PublicReply
from consultation.plan.measurement.values import Value
from consultation.plan.models import Assessor, Level, MeasuredAs
from consultation.plan.overview.labels import dated_text, hidden_reason, hidden_text
from consultation.plan.overview.value_texts import rule_text
from consultation.plan.values.models import (
    MissingBecause,
    Progress,
    Reporter,
    Showing,
    ValuePoint,
)
from consultation.plan.values.progress import Rule
from consultation.plan.values.record import Report
from consultation.records.fields import descriptions, public_names
from consultation.reports.figures import (
    BASELINE,
    JUDGEMENT,
    KEPT,
    MEDIAN,
    OPINION,
    PROGRESS,
    TARGET,
    VALUE,
    Figure,
)
from consultation.web.locale import current_locale
from consultation.web.typography import day, isolated, label_of, number, typeset


def text_of(figure: Figure) -> str:
    """Return a figure as it is printed: « 150 personnes », « moins de 11 », « réalisée »."""
    return _TEXTS[figure.kind](figure.facts)


def _measured(facts: Mapping[str, Any]) -> str:
    if facts.get("missing_because"):
        return label_of(MissingBecause(facts["missing_because"]))
    unit = localized(facts["unit"], current_locale())
    if showing := _hidden(facts):
        if showing is Showing.HELD_BACK:
            return hidden_text(showing, None)
        written = hidden_text(showing, facts["less_than"])
    else:
        is_share = facts["measured_as"] == MeasuredAs.PERCENTAGE and not unit.startswith("%")
        kind = MeasuredAs.PERCENTAGE if is_share else None
        written = document_labels.value_text(_value(facts["value"]), kind)
    if facts.get("is_comparable") is False:
        other = _("autre définition")
        unit = f"{unit} ({other})".lstrip()
    return typeset(f"{written} {unit}" if unit else written)


def _hidden(facts: Mapping[str, Any]) -> Showing | None:
    """Return how a value is shown where its number is not."""
    if facts.get("less_than"):
        return Showing.SMALL
    return Showing(facts["hidden"]) if facts.get("hidden") else None


def _value(stored: Any) -> Value:
    value: Value = date.fromisoformat(stored["day"]) if isinstance(stored, Mapping) else stored
    return value


def _judgement(facts: Mapping[str, Any]) -> str:
    return label_of(Level(facts["level"]))


def _progress(facts: Mapping[str, Any]) -> str:
    if not facts["progress"]:
        return str(_("sans conclusion"))
    return label_of(Progress(facts["progress"]))


def _opinion(facts: Mapping[str, Any]) -> str:
    if facts["value"] is None:
        return str(_("masqué"))
    return number(facts["value"])


_TEXTS = {
    VALUE: _measured,
    TARGET: _measured,
    BASELINE: _measured,
    JUDGEMENT: _judgement,
    PROGRESS: _progress,
    OPINION: _opinion,
}


def moment_of(facts: Mapping[str, Any]) -> str:
    """Return for when a value is, with its date where that says more."""
    when = day(date.fromisoformat(facts["day"])) if facts["day"] else ""
    if facts["point"]:
        when = label_of(ValuePoint(facts["point"]))
    dated = dated_text(facts["dated"]) if facts["dated"] else when
    return when if dated == when else f"{when} ({dated})"


def origin_of(facts: Mapping[str, Any]) -> str:
    """Return who reports a value, and from which source."""
    reporter = label_of(Reporter(facts["reported_by"]))
    return " · ".join(it for it in (reporter, facts["reporter"], facts["source"]) if it)


def speaker_of(figure: Figure) -> str:
    """Return who reports a value or judges a measure; empty for other figures."""
    facts = figure.facts
    if figure.kind == VALUE:
        reporter = label_of(Reporter(facts["reported_by"]))
        return f"{reporter}, {facts['reporter']}" if facts["reporter"] else reporter
    return label_of(Assessor(facts["assessor"])) if figure.kind == JUDGEMENT else ""


def assessed_on(facts: Mapping[str, Any]) -> str:
    return day(date.fromisoformat(facts["assessed_on"]))


def reason_of(facts: Mapping[str, Any]) -> str:
    """Return why a word of progress is given: a person's reason, or the rule."""
    return facts["reason"] or label_of(Rule(facts["rule"]))


def unanswered(reply: PublicReply) -> str:
    """Return why there is no text of a reply."""
    if reply.withheld_because:
        why = typeset(_("La réponse n'est pas publiée :"))
        return f"{why} {reply.withheld_because}"
    if reply.is_unanswered:
        silence = _(
            "L'institution a été invitée à répondre jusqu'au %(day)s ; elle n'a pas répondu.",
            day=day(reply.asked_until),
        )
        return typeset(silence)
    return typeset(_("L'institution a répondu. Le texte de sa réponse a été effacé."))


def name_of(figure: Figure) -> str:
    """Return in a few words what a figure is, without its subject."""
    facts = figure.facts
    match figure.kind:
        case "valeur":
            return typeset(_("valeur, %(moment)s", moment=moment_of(facts)))
        case "cible":
            is_final = facts["point"] == "final"
            return str(_("cible finale") if is_final else _("cible à mi-parcours"))
        case "depart":
            return str(_("valeur de départ"))
        case "mot":
            return typeset(_("où en est l'indicateur"))
        case "jugement":
            assessor = label_of(Assessor(facts["assessor"]))
            return typeset(_("évaluation selon %(who)s", who=assessor))
    names = {MEDIAN: _("note médiane"), KEPT: _("avis pour le garder")}
    return str(names.get(facts["statistic"], _("nombre de notes")))


def facts_of(figure: Figure) -> list[tuple[str, str]]:
    """Return the facts on a figure, with their labels: its table."""
    facts = figure.facts
    rows: list[tuple[str, str]]
    match figure.kind:
        case "valeur":
            rows = [
                (_("Date"), moment_of(facts)),
                (_("Selon"), label_of(Reporter(facts["reported_by"]))),
                *(_described(name, facts) for name in DESCRIBED),
                (_("Petits nombres"), rule_text(facts["source_rule"])),
            ]
        case "cible" | "depart":
            dated = dated_text(facts["dated"]) if facts["dated"] else ""
            rows = [(_("Date"), dated), (_("Source"), facts["source"])]
        case "mot":
            rows = [(_("Pourquoi"), typeset(reason_of(facts)))]
        case "jugement":
            rows = [
                (_("Le"), assessed_on(facts)),
                (_("Pourquoi"), localized(facts["evidence"], current_locale())),
                (_("Lien"), facts["source_url"] or ""),
            ]
        case _:
            rows = [
                (_("Tour"), localized(facts["round"], current_locale())),
                (_("Publié le"), day(date.fromisoformat(facts["taken_at"][:10]))),
            ]
    return [(label, text) for label, text in rows if text]


DESCRIBED = public_names(
    Report,
    first=("reporter", "source", "source_kind", "source_url", "covers"),
    without=("point", "day", "value", "missing_because", "observed_on", "reported_by"),
)
"""What a value is told with, as `Report` describes it."""


def _described(name: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    description = descriptions(Report)[name]
    kind, value = description.kind, facts.get(name)
    text = label_of(kind.restore(value)) if value and kind.choices else value or ""
    return typeset(_(description.label)), text


def masked(figure: Figure) -> str:
    """Return the sentence on the hidden part of a figure; empty where all of it is shown."""
    if showing := _hidden(figure.facts):
        return hidden_reason(showing)
    if figure.kind == OPINION and figure.facts["value"] is None:
        threshold = number(figure.facts["threshold"])
        hidden = _(
            "Ce nombre n'est pas montré : il ferait connaître un groupe de moins de %(count)s"
            " contributions.",
            count=threshold,
        )
        return typeset(hidden)
    return ""


def warning_of(figure: Figure) -> str:
    """Return why a value is not to be compared; empty for other figures."""
    if figure.facts.get("is_comparable") is not False:
        return ""
    return typeset(
        _(
            "Cette valeur a été observée d'après une autre définition : on ne la compare ni aux"
            " cibles, ni à la suite."
        )
    )


def sentence_of(figure: Figure, edition_number: int, published: date) -> str:
    """Return the sentence by which a text may quote a figure."""
    return typeset(
        _(
            "%(code)s, « %(subject)s », %(name)s : %(text)s (bilan n° %(number)s du %(day)s,"
            " chiffre %(id)s).",
            code=figure.code,
            subject=isolated(localized(figure.subject, current_locale())),
            name=name_of(figure),
            text=isolated(text_of(figure)),
            number=edition_number,
            day=day(published),
            id=isolated(figure.id),
        )
    )
