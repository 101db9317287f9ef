"""An order: what a workbook is to hold and how, as the pages, jobs and kept settings have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exporting.selecting import Agreement, Selection
from consultation.i18n import DEFAULT_LOCALE, LOCALES
from consultation.plan.models import Axis, Measure
from consultation.sheets.writing import AnyFormat, format_named


class OrderUnreadable(Exception):
    """What was stored is no order, or not one that this version knows."""


@dataclass(frozen=True)
class Order:
    """One workbook that is asked for.

    `axes` and `measures` are codes, `selecting.TOOL` for the tool; neither: everything.  An axis
    is kept as such, so that a measure that joins it later is in the next workbook.
    """

    round_code: str
    format: AnyFormat
    axes: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    agreement: Agreement = Agreement.ANY
    is_anonymised: bool = False
    locale: str = DEFAULT_LOCALE
    wants_mail: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the order as a job or a kept setting stores it."""
        return {
            "round": self.round_code,
            "format": self.format.value,
            "axes": list(self.axes),
            "measures": list(self.measures),
            "agreement": self.agreement.value,
            "anonymised": self.is_anonymised,
            "locale": self.locale,
            "mail": self.wants_mail,
        }

    def selection(self, session: Session) -> Selection:
        """Return the filters, with the measures that the axes have now."""
        measures = None
        if self.axes or self.measures:
            of_axes = sa.select(Measure.code).join(Axis).where(Axis.code.in_(self.axes))
            measures = frozenset(self.measures) | frozenset(session.scalars(of_axes))
        return Selection(measures, self.agreement, self.is_anonymised, self.locale)


def order_from(stored: Mapping[str, Any]) -> Order:
    """Return what `Order.as_json` has stored; raise `OrderUnreadable`."""
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
        )
    except (KeyError, TypeError, ValueError) as error:
        raise OrderUnreadable from error
    if order.locale not in LOCALES:
        raise OrderUnreadable
    return order


def traced(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a stored order, or of a manifest's filters, what the trail keeps of its part.

    What is as usual is left out; an agreement has a name that no other detail has.
    """
    told = ("round", "format", "axes", "measures", "anonymised")
    agreement = stored.get("agreement", Agreement.ANY)
    is_usual = agreement == Agreement.ANY
    return {name: stored.get(name) or None for name in told} | {
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
