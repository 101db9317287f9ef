"""Indicator pages: the summary of each indicator, and the proposals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.plan.models import Axis, Measure
from consultation.questionnaires.models import Destination, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds.choice import working_round
from consultation.results.indicators import labels, proposals, summary
from consultation.results.indicators.summary import IndicatorSummary, Order, details
from consultation.web.navigation import Paged, Row, page_of
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work

blueprint = Blueprint("indicator_summaries", __name__, url_prefix="/organisation/indicateurs")

PAGE_LENGTH = 25
STANCES = (
    ("keep", "Garder"),
    ("amend", "Modifier"),
    ("replace", "Remplacer"),
    ("drop", "Supprimer"),
    ("none", "Sans avis"),
)
ORDERS = (
    (Order.PLAN, "Ordre du plan"),
    (Order.DISAGREEMENT, "Désaccords d'abord"),
    (Order.SCORE, "Mieux notés d'abord"),
    (Order.ANSWERS, "Plus de réponses d'abord"),
)


@dataclass(frozen=True)
class Chosen:
    """The filters of the address; unknown codes are ignored."""

    round: Round
    axis: Axis | None
    measure: Measure | None

    @property
    def address(self) -> Mapping[str, str | None]:
        """The parameters that keep it in addresses of other pages."""
        return {
            "tour": self.round.code,
            "axe": self.axis.code if self.axis else None,
            "mesure": self.measure.code if self.measure else None,
        }


@blueprint.get("")
@requires(Permission.FOLLOW)
def table() -> ResponseReturnValue:
    """Show the summaries of the indicators of a round, a page at a time."""
    axes, measures = _listed()
    chosen = _chosen(axes, measures)
    if chosen is None:
        return render_template("results/indicators/table.html", chosen=None)
    order = _order()
    page = _summaries(chosen, order)
    rows = details(current_work(), chosen.round.id, page.rows)
    return render_template(
        "results/indicators/table.html",
        chosen=chosen,
        axes=axes,
        measures=measures,
        listed=page.with_rows(rows),
        order=order,
        orders=ORDERS,
        stances=_stances(chosen.round.id),
        wording=labels,
        capacities=store.french_labels(db.session(), Destination.CAPACITY),
        missing=sum(proposals.missing_counts(db.session(), chosen.round.id).values()),
    )


@blueprint.get("/manquants")
@requires(Permission.FOLLOW)
def missing() -> ResponseReturnValue:
    """Show the indicators that respondents miss, by measure."""
    axes, measures = _listed()
    chosen = _chosen(axes, measures)
    if chosen is None:
        return render_template("results/indicators/table.html", chosen=None)
    counts = proposals.missing_counts(db.session(), chosen.round.id)
    concerned = [
        measure for measure in measures if measure.id in counts and _is_in(measure, chosen)
    ]
    page = _page(concerned)
    proposed = proposals.missing(
        current_work(), chosen.round.id, [measure.id for measure in page.rows]
    )
    return render_template(
        "results/indicators/missing.html",
        chosen=chosen,
        axes=axes,
        measures=measures,
        listed=page,
        proposed_by_measure=proposed,
        missing=sum(counts.values()),
    )


def _summaries(chosen: Chosen, order: Order) -> Paged[IndicatorSummary]:
    """Return a page of the table; in the plan's order, only its own indicators are read."""
    session, round_id = db.session(), chosen.round.id
    axis = chosen.axis.code if chosen.axis else None
    measure_id = chosen.measure.id if chosen.measure else None
    if order is not Order.PLAN:
        rows = summary.summaries(session, round_id, axis=axis, measure_id=measure_id, order=order)
        return _page(rows)
    page = _page(summary.subjects(session, round_id, axis, measure_id))
    ids = [subject.id for subject in page.rows]
    return page.with_rows(summary.summarize(session, round_id, page.rows, ids))


def _listed() -> tuple[Sequence[Axis], Sequence[Measure]]:
    return (
        db.session.scalars(sa.select(Axis).order_by(Axis.position, Axis.id)).all(),
        db.session.scalars(sa.select(Measure).order_by(Measure.position, Measure.id)).all(),
    )


def _chosen(axes: Sequence[Axis], measures: Sequence[Measure]) -> Chosen | None:
    consultation_round = working_round()
    if consultation_round is None:
        return None
    axis, measure = request.args.get("axe"), request.args.get("mesure")
    return Chosen(
        consultation_round,
        next((it for it in axes if it.code == axis), None),
        next((it for it in measures if it.code == measure), None),
    )


def _is_in(measure: Measure, chosen: Chosen) -> bool:
    return (chosen.axis is None or measure.axis_id == chosen.axis.id) and (
        chosen.measure is None or measure == chosen.measure
    )


def _order() -> Order:
    wanted = request.args.get("tri", "")
    return Order(wanted) if wanted in set(Order) else Order.PLAN


def _page(rows: Sequence[Row]) -> Paged[Row]:
    return page_of(rows, request.args.get("page", 1, type=int), PAGE_LENGTH)


def _stances(round_id: int) -> list[tuple[str, str]]:
    """Return the shipped stances in one word, then those that organisers added."""
    shipped = dict(STANCES)
    added = {
        code: localized(label, DEFAULT_LOCALE)
        for code, label in summary.stance_labels(db.session(), round_id).items()
        if code not in shipped
    }
    return [*STANCES, *((code, label[:1].upper() + label[1:]) for code, label in added.items())]
