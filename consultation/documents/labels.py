"""Labels of documents, in the language that is in force."""

from collections.abc import Mapping
from datetime import date

from flask_babel import gettext as _

from consultation.decisions.basis import Basis
from consultation.documents.model import Quotation, Text
from consultation.plan.measurement.values import Value
from consultation.plan.models import MeasuredAs
from consultation.web.typography import day, number, percent, typeset, written_in

MEGABYTE = 1_000_000


def quotations(basis: Basis, document: str) -> list[Quotation]:
    quoted = zip(basis.quotations, basis.locales, strict=True)
    return [Quotation(Text(text, tag), written_in(tag, document)) for text, tag in quoted]


def fixed() -> Mapping[str, str]:
    """Return the labels that every document has."""
    return {
        "contents": _("Sommaire"),
        "introduction": _("Introduction"),
        "annex": typeset(_("Annexe : tous les chiffres")),
        "no_indicator": _("Aucun indicateur n'est encore proposé."),
        "nothing": typeset(_("Rien n'en est encore précisé : ni définition, ni source, ni cible.")),
        "address": typeset(_("Donner son avis :")),
        "changed": _("Ce qui a changé"),
        "missing": _("Ce qui manquait"),
        "removed": _("Indicateurs retirés"),
        "removed_measures": _("Mesures retirées"),
        "reason": typeset(_("Pourquoi :")),
        "quotations": typeset(_("Ce qui a été écrit :")),
        "numbers": _("Les chiffres de ce document, pour qui veut les vérifier"),
        "taken_away": typeset(_("enlevé :")),
        "added": typeset(_("ajouté :")),
        "not_drawn": typeset(
            _("Certains caractères n'ont pas pu être dessinés : ils sont écrits par leur code.")
        ),
    }


def value_text(value: Value, measured_as: MeasuredAs | None) -> str:
    """Return a typed value as the language in force writes it."""
    if isinstance(value, bool):
        return str(_("Oui") if value else _("Non"))
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str):
        return value
    written = number(value)
    if measured_as is not MeasuredAs.PERCENTAGE:
        return written
    return percent(value)


def size_text(count: int) -> str:
    """Return a number of bytes in kB or MB, as the language in force writes it."""
    if count < MEGABYTE:
        return typeset(_("%(size)s ko", size=number(-(-count // 1000))))
    return typeset(_("%(size)s Mo", size=number(round(count / MEGABYTE, 1))))
