"""Order of an export: what to prepare, as values and as JSON, and in French."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.selection import TOOL, Agreement, Selection
from consultation.i18n import DEFAULT_LOCALE, LOCALES, name_of
from consultation.plan.models import Axis, Measure
from consultation.spreadsheets.writer import AnyFormat, Package, format_named
from consultation.text import capitalized, natural_key


class OrderUnreadable(Exception):
    """The stored JSON is not an order that this version can read."""


@dataclass(frozen=True)
class Order:
    """One ordered workbook or contact list.

    `axes` and `measures` are codes, `TOOL` for the tool; without any, everything.  Axes are stored
    as such: a measure added to one later is in the next workbook.
    """

    round_code: str
    format: AnyFormat
    axes: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    agreement: Agreement = Agreement.ANY
    is_anonymised: bool = False
    locale: str = DEFAULT_LOCALE
    wants_mail: bool = False
    is_complete: bool = True
    """All sheets; also of orders that were stored before there was a choice."""
    is_reviewed_only: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the order as jobs and saved settings store it."""
        return {
            "round": self.round_code,
            "format": self.format.value,
            "axes": list(self.axes),
            "measures": list(self.measures),
            "agreement": self.agreement.value,
            "anonymised": self.is_anonymised,
            "locale": self.locale,
            "mail": self.wants_mail,
            "complete": self.is_complete,
            "reviewed": self.is_reviewed_only,
        }

    def selection(self, session: Session) -> Selection:
        """Return the filters, with the present measures of the axes."""
        measures = None
        if self.axes or self.measures:
            of_axes = sa.select(Measure.code).join(Axis).where(Axis.code.in_(self.axes))
            measures = frozenset(self.measures) | frozenset(session.scalars(of_axes))
        return Selection(
            measures,
            self.agreement,
            self.is_anonymised,
            self.locale,
            is_complete=self.is_complete or isinstance(self.format, Package),
            is_reviewed_only=self.is_reviewed_only,
        )


def order_from(stored: Mapping[str, Any]) -> Order:
    """Read what `Order.as_json` has stored; raise `OrderUnreadable`."""
    try:
        order = Order(
            round_code=_text(stored["round"]),
            format=format_named(stored["format"]),
            axes=_codes(stored.get("axes")),
            measures=_codes(stored.get("measures")),
            agreement=Agreement(stored.get("agreement", Agreement.ANY)),
            is_anonymised=stored.get("anonymised") is True,
            locale=stored.get("locale", DEFAULT_LOCALE),
            wants_mail=stored.get("mail") is True,
            is_complete=stored.get("complete", True) is True,
            is_reviewed_only=stored.get("reviewed") is True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OrderUnreadable from error
    if order.locale not in LOCALES:
        raise OrderUnreadable
    return order


def audit_details(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the details of a stored order, or of a manifest's filters, for the audit log.

    Defaults are left out; the value of an agreement is distinct from those of other details.
    """
    names = ("round", "format", "axes", "measures", "anonymised")
    agreement = stored.get("agreement", Agreement.ANY)
    is_usual = agreement == Agreement.ANY
    return {name: stored.get(name) or None for name in names} | {
        "agreement": None if is_usual else f"agreed_{agreement}"
    }


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _codes(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | None):
        raise TypeError
    return tuple(_text(code) for code in value or ())


EVERYTHING = "toutes les mesures, et le formulaire sur l'ensemble des indicateurs"
MOST_NAMED = 8
ANONYMISED = "sans organisation ni numéro de dépôt"


def order_label(order: Order) -> str:
    """Return an order in one French line, without round and format."""
    codes = [f"axe {code}" for code in order.axes]
    codes += ["l'ensemble des indicateurs" if code == TOOL else code for code in order.measures]
    return _sentence(_named(codes), order)


def selection_label(selection: Selection) -> str:
    """Return the filters of a workbook in one French line, with the codes of all measures."""
    measures = EVERYTHING
    if selection.measures is not None:
        measures = "mesures " + (
            ", ".join(sorted(selection.measures, key=natural_key)) or "d'un axe vide : aucune"
        )
    return _sentence(measures, selection)


def _named(codes: list[str]) -> str:
    if not codes:
        return EVERYTHING
    more = len(codes) - MOST_NAMED
    return ", ".join(codes[:MOST_NAMED]) + (f" et {more} de plus" if more > 0 else "")


def _sentence(measures: str, wanted: Order | Selection) -> str:
    sentence = " ; ".join(
        part
        for part in (
            measures,
            "" if wanted.agreement is Agreement.ANY else wanted.agreement.label.lower(),
            ANONYMISED if wanted.is_anonymised else "",
            "sans les textes que personne n'a relus" if wanted.is_reviewed_only else "",
            f"libellés en {name_of(wanted.locale)}" if wanted.locale != DEFAULT_LOCALE else "",
            "" if wanted.is_complete else "classeur court",
        )
        if part
    )
    return capitalized(sentence)
