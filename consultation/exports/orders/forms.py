"""What the form of an order offers, what somebody chose there, and the order that this makes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.exports.models import Schedule
from consultation.exports.orders.order import Order
from consultation.exports.saved.settings import WEEKDAYS, Timing
from consultation.exports.selection import TOOL, Agreement
from consultation.i18n import DEFAULT_LOCALE, LOCALES, Localized
from consultation.plan.models import Axis, Measure
from consultation.questionnaires.models import Questionnaire, Round
from consultation.spreadsheets.writer import AnyFormat, Format, format_named, formats_here

YES = "oui"
HOURS = range(24)
DEFAULT_HOUR = 7
NO_SUCH_ROUND = "Choisissez un tour de la liste."
NO_SUCH_FORMAT = "Choisissez un format de la liste."
NO_SUCH_AGREEMENT = "Choisissez un accord de la liste."
NO_SUCH_LANGUAGE = "Choisissez une langue de la liste."
NO_SUCH_SCHEDULE = "Choisissez un calendrier, un jour et une heure des listes."
NOT_ASKED = "Rien de ce que vous avez coché n'a été demandé pendant ce tour : cochez autre chose."


Fields = Mapping[str, Sequence[str]]
"""All values of each field of a form, or of an address."""


class OrderRefused(Exception):
    """What was chosen makes no order; `faults` say why, by field, in French."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(*faults.values())
        self.faults = faults


@dataclass(frozen=True)
class Typed:
    """What stands in the form; the names are those of its fields."""

    tour: str = ""
    format: str = Format.XLSX.value
    axe: tuple[str, ...] = ()
    mesure: tuple[str, ...] = ()
    accord: str = Agreement.ANY.value
    langue: str = DEFAULT_LOCALE
    anonyme: bool = False
    courriel: bool = False
    nom: str = ""
    calendrier: str = Schedule.NONE.value
    jour: str = "0"
    heure: str = str(DEFAULT_HOUR)


@dataclass(frozen=True)
class OfferedAxis:
    """An axis and its measures, each by code and title."""

    code: str
    title: Localized
    measures: list[tuple[str, Localized]] = field(default_factory=list)


@dataclass(frozen=True)
class Offer:
    """The rounds that may hold contributions, the latest first, and what the plan has."""

    rounds: Sequence[Round]
    axes: Sequence[OfferedAxis]
    asked: Mapping[str, frozenset[str]]
    """Codes of the measures that were asked about, by the round's code; `TOOL` among them."""
    formats: Sequence[AnyFormat]

    @property
    def measure_codes(self) -> frozenset[str]:
        """The codes that may be ticked."""
        return frozenset(code for axis in self.axes for code, _ in axis.measures) | {TOOL}

    @property
    def axis_codes(self) -> frozenset[str]:
        """The axes that may be ticked."""
        return frozenset(axis.code for axis in self.axes)


def offered(session: Session, formats: Sequence[AnyFormat] | None = None) -> Offer:
    """Return what may be chosen from now, by default in every format that can be written here."""
    announced = sa.select(Round).where(Round.announced_at.is_not(None))
    rounds = session.scalars(announced.order_by(Round.opens_at.desc())).all()
    axes: dict[str, OfferedAxis] = {}
    rows = session.execute(
        sa.select(Axis.code, Axis.title, Measure.code, Measure.title)
        .join(Measure, Measure.axis_id == Axis.id)
        .order_by(Axis.position, Axis.id, Measure.position, Measure.id)
    )
    for axis, axis_title, code, title in rows:
        axes.setdefault(axis, OfferedAxis(axis, axis_title)).measures.append((code, title))
    return Offer(rounds, tuple(axes.values()), _asked(session), formats or formats_here())


def typed_from(fields: Fields) -> Typed:
    """Return what stands in the fields of a form, or of an address; what is missing is usual."""
    texts = ("tour", "format", "accord", "langue", "nom", "calendrier", "jour", "heure")
    return Typed(
        axe=tuple(dict.fromkeys(fields.get("axe", ()))),
        mesure=tuple(dict.fromkeys(fields.get("mesure", ()))),
        anonyme=YES in fields.get("anonyme", ()),
        courriel=YES in fields.get("courriel", ()),
        **{name: fields[name][0] for name in texts if fields.get(name)},
    )


def typed_of(order: Order, name: str = "", timing: Timing = Timing()) -> Typed:  # noqa: B008 - frozen
    """Return the form filled with an order that is kept."""
    return Typed(
        tour=order.round_code,
        format=order.format.value,
        axe=order.axes,
        mesure=order.measures,
        accord=order.agreement.value,
        langue=order.locale,
        anonyme=order.is_anonymised,
        courriel=order.wants_mail,
        nom=name,
        calendrier=timing.schedule.value,
        jour=str(timing.weekday or 0),
        heure=str(DEFAULT_HOUR if timing.hour is None else timing.hour),
    )


def order_of(typed: Typed, offer: Offer) -> Order:
    """Return the order that was chosen; raise `OrderRefused`."""
    faults = {
        name: fault
        for name, fault, is_wrong in (
            ("tour", NO_SUCH_ROUND, typed.tour not in {known.code for known in offer.rounds}),
            ("format", NO_SUCH_FORMAT, typed.format not in set(offer.formats)),
            ("accord", NO_SUCH_AGREEMENT, typed.accord not in set(Agreement)),
            ("langue", NO_SUCH_LANGUAGE, typed.langue not in LOCALES),
        )
        if is_wrong
    }
    if fault := _measures_fault(typed, offer):
        faults["mesure"] = fault
    if faults:
        raise OrderRefused(faults)
    return Order(
        typed.tour,
        format_named(typed.format),
        typed.axe,
        typed.mesure,
        Agreement(typed.accord),
        typed.anonyme,
        typed.langue,
        typed.courriel,
    )


def timing_of(typed: Typed) -> Timing:
    """Return the schedule that was chosen; raise `OrderRefused`."""
    days = {str(number) for number, _ in enumerate(WEEKDAYS)}
    hours = {str(hour) for hour in HOURS}
    if typed.calendrier not in set(Schedule) or typed.jour not in days or typed.heure not in hours:
        raise OrderRefused({"calendrier": NO_SUCH_SCHEDULE})
    schedule = Schedule(typed.calendrier)
    if schedule is Schedule.NONE:
        return Timing()
    weekday = None if schedule is Schedule.DAILY else int(typed.jour)
    return Timing(schedule, weekday, int(typed.heure))


def unknown_codes(typed: Typed, offer: Offer) -> list[str]:
    """Return what is ticked and no plan has, so that it can be unticked."""
    axes = [code for code in typed.axe if code not in offer.axis_codes]
    return axes + [code for code in typed.mesure if code not in offer.measure_codes]


def _measures_fault(typed: Typed, offer: Offer) -> str:
    unknown = unknown_codes(typed, offer)
    if unknown:
        names = ", ".join(f"« {code[:20]} »" for code in unknown[:5])
        return f"Le plan n'a pas de mesure ni d'axe {names} : décochez-les, ou cochez-en d'autres."
    chosen = set(typed.mesure)
    chosen.update(
        code for axis in offer.axes if axis.code in typed.axe for code, _ in axis.measures
    )
    asked = offer.asked.get(typed.tour)
    return NOT_ASKED if (typed.axe or typed.mesure) and asked and not asked & chosen else ""


def _asked(session: Session) -> dict[str, frozenset[str]]:
    rows = session.execute(
        sa.select(Round.code, Measure.code)
        .select_from(Questionnaire)
        .join(Round, Round.id == Questionnaire.round_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(Questionnaire.published_at.is_not(None))
        .distinct()
    )
    asked: dict[str, set[str]] = {}
    for round_code, code in rows:
        asked.setdefault(round_code, set()).add(code or TOOL)
    return {code: frozenset(measures) for code, measures in asked.items()}
