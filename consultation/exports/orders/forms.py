"""Order forms: which file to prepare, of which round and of which part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from wtforms import BooleanField, Field
from wtforms.validators import ValidationError

from consultation.exports.orders.order import Order
from consultation.exports.selection import TOOL, Agreement
from consultation.exports.workbook import contents
from consultation.i18n import DEFAULT_LOCALE, Localized, choices_of_language, localized
from consultation.plan.models import Axis, Measure
from consultation.plan.overview.evaluation import is_evaluated
from consultation.questionnaires.models import Questionnaire, Round
from consultation.spreadsheets.writer import AnyFormat, Format, format_named, formats_here
from consultation.web.forms import BoxesField, ChoiceField, StaffForm

YES = "oui"
NOT_ASKED = "Rien de ce que vous avez coché n'a été demandé pendant ce tour : cochez autre chose."


@dataclass(frozen=True)
class OfferedAxis:
    """An axis and its measures, each by code and title."""

    code: str
    title: Localized
    measures: list[tuple[str, Localized]] = field(default_factory=list)


@dataclass(frozen=True)
class Offer:
    """Choices of a form: the announced rounds, the latest first, the axes and the formats."""

    rounds: Sequence[Round]
    axes: Sequence[OfferedAxis]
    measures_by_round: Mapping[str, frozenset[str]]
    """Codes of the measures that have a published form, by round code; `TOOL` among them."""
    formats: Sequence[AnyFormat]
    is_evaluated: bool
    tool: str = TOOL

    @property
    def measure_codes(self) -> frozenset[str]:
        """Codes of the measures of the plan, and `TOOL`."""
        return frozenset(code for axis in self.axes for code, _ in axis.measures) | {TOOL}

    @property
    def axis_codes(self) -> frozenset[str]:
        """Codes of the axes of the plan."""
        return frozenset(axis.code for axis in self.axes)


def offered(session: Session, formats: Sequence[AnyFormat] | None = None) -> Offer:
    """Return the present choices, by default with every format that can be written here."""
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
    measures = _measures_by_round(session)
    return Offer(
        rounds, tuple(axes.values()), measures, formats or formats_here(), is_evaluated(session)
    )


class FileForm(StaffForm):
    """Round and format of a file, and whether a mail says when it is ready."""

    tour = ChoiceField("Tour", invalid_choice_message="Choisissez un tour de la liste.")
    format = ChoiceField(
        "Format",
        default=Format.XLSX.value,
        invalid_choice_message="Choisissez un format de la liste.",
    )
    courriel = BooleanField("M'écrire quand c'est prêt", render_kw={"value": YES})

    def __init__(self, formdata: Any = None, *, offer: Offer, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.offer = offer
        self.tour.choices = [
            (round.code, localized(round.title, DEFAULT_LOCALE)) for round in offer.rounds
        ]
        self.format.choices = [(format.value, format.label) for format in offer.formats]

    def order(self) -> Order:
        """Return the order of a form that is valid."""
        return Order(self.tour.data, format_named(self.format.data), wants_mail=self.courriel.data)


def _distinct(codes: Sequence[str] | None) -> Sequence[str]:
    return tuple(dict.fromkeys(codes or ()))


class WorkbookForm(FileForm):
    """A workbook: a `FileForm` with the filters of the responses.

    `axe` and `mesure` take any code, so that one that is gone can be displayed and unticked.
    """

    axe = BoxesField("Axes", validate_choice=False, choices=[], filters=[_distinct])
    mesure = BoxesField("Mesures", validate_choice=False, choices=[], filters=[_distinct])
    accord = ChoiceField(
        "Contributions",
        choices=Agreement.choices(),
        default=Agreement.ANY.value,
        description="Selon ce que la personne a accepté.",
        invalid_choice_message="Choisissez un accord de la liste.",
    )
    langue = ChoiceField(
        "Langue des libellés",
        choices=choices_of_language(),
        default=DEFAULT_LOCALE,
        description="Du plan, des questions et des réponses proposées.",
        invalid_choice_message="Choisissez une langue de la liste.",
    )
    anonyme = BooleanField(
        "Anonymiser",
        render_kw={"value": YES},
        description="Sans organisation, ni numéro de dépôt, ni jour, ni langue. Un texte libre peut"
        " encore dire qui l'a écrit : relisez avant de transmettre.",
    )

    relus = BooleanField(
        "Sans les textes que personne n'a relus",
        render_kw={"value": YES},
        description="Seulement ceux que la modération a publiés, en entier ou en masquant.",
    )
    complet = BooleanField(
        "Complet, pour les chercheurs",
        render_kw={"value": YES},
    )

    def __init__(self, formdata: Any = None, *, offer: Offer, **kwargs: Any) -> None:
        super().__init__(formdata, offer=offer, **kwargs)
        self.complet.description = contents.description(offer.is_evaluated)

    def order(self) -> Order:
        """Return the order of a form that is valid."""
        return replace(
            super().order(),
            axes=self.axe.data,
            measures=self.mesure.data,
            agreement=Agreement(self.accord.data),
            is_anonymised=self.anonyme.data,
            locale=self.langue.data,
            is_reviewed_only=self.relus.data,
            is_complete=self.complet.data,
        )

    @property
    def unknown_codes(self) -> list[str]:
        """The ticked codes that the plan does not have."""
        axes = [code for code in self.axe.data if code not in self.offer.axis_codes]
        return axes + [code for code in self.mesure.data if code not in self.offer.measure_codes]

    @property
    def address_arguments(self) -> dict[str, Any]:
        """The choice as arguments of an address; what has its default value is left out."""
        chosen = {it.name: it.data for it in self if it.data and it.data != it.default}
        return {name: YES if value is True else value for name, value in chosen.items()}

    def validate_mesure(self, field: Field) -> None:
        """Refuse codes that the plan lacks, and measures that the round did not ask about."""
        if unknown := self.unknown_codes:
            names = ", ".join(f"« {code[:20]} »" for code in unknown[:5])
            raise ValidationError(
                f"Le plan n'a pas de mesure ni d'axe {names} : décochez-les, ou cochez-en d'autres."
            )
        chosen = set(field.data)
        for axis in self.offer.axes:
            if axis.code in self.axe.data:
                chosen.update(code for code, _ in axis.measures)
        in_round = self.offer.measures_by_round.get(self.tour.data)
        is_everything = not (self.axe.data or field.data)
        if not is_everything and in_round and in_round.isdisjoint(chosen):
            raise ValidationError(NOT_ASKED)


def order_data(order: Order) -> dict[str, Any]:
    """Return an order as the `data` of a `WorkbookForm`."""
    return {
        "tour": order.round_code,
        "format": order.format.value,
        "axe": order.axes,
        "mesure": order.measures,
        "accord": order.agreement.value,
        "langue": order.locale,
        "anonyme": order.is_anonymised,
        "courriel": order.wants_mail,
        "relus": order.is_reviewed_only,
        "complet": order.is_complete,
    }


def _measures_by_round(session: Session) -> dict[str, frozenset[str]]:
    rows = session.execute(
        sa.select(Round.code, Measure.code)
        .select_from(Questionnaire)
        .join(Round, Round.id == Questionnaire.round_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(Questionnaire.published_at.is_not(None))
        .distinct()
    )
    measures: dict[str, set[str]] = {}
    for round_code, code in rows:
        measures.setdefault(round_code, set()).add(code or TOOL)
    return {round_code: frozenset(codes) for round_code, codes in measures.items()}
