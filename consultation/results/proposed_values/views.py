"""Staff pages of proposed values: those that wait, and one to take over or to set aside."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import localized
from consultation.plan.measurement.texts import value_text
from consultation.plan.measurement.values import measurement_of
from consultation.plan.models import Indicator
from consultation.plan.queries import IndicatorRetired
from consultation.plan.values import record
from consultation.plan.values.forms import ValueForm
from consultation.plan.values.models import Reporter, SourceKind
from consultation.plan.values.record import AlreadyReported
from consultation.results.proposed_values import decide, queries
from consultation.results.proposed_values.forms import SetAsideForm
from consultation.results.proposed_values.queries import HIDDEN, Proposal
from consultation.web import errors
from consultation.web.navigation import paged
from consultation.web.permissions import Permission, requires
from consultation.work.actions import AtField, act, current_work

blueprint = Blueprint("proposed_values", __name__, url_prefix="/organisation/valeurs-proposees")

PAGE_LENGTH = 50
GONE = errors.Refusal(
    "Cette proposition n'est plus là",
    "Elle a été retirée, corrigée ou effacée entre-temps : rien n'est enregistré.",
    "proposed_values.board",
    "Voir celles qui attendent",
)
ALREADY = (
    "Cette valeur est déjà notée, pour cette échéance et de cette source. Écartez la proposition."
)
RETIRED = "L'indicateur a été retiré du plan : remettez-le, ou écartez la proposition."


@blueprint.get("")
@requires(Permission.RECORD_VALUES)
def board() -> ResponseReturnValue:
    """List the proposals that wait, or those that a person decided on."""
    work, is_decided = current_work(), request.args.get("etat") == "decidees"
    wanted = queries.decided(work) if is_decided else queries.waiting(work)
    listed = paged(work.session, wanted, request.args.get("page", 1, type=int), PAGE_LENGTH)
    return render_template(
        "results/proposed_values/board.html",
        listed=listed.with_rows(queries.proposals(work.session, listed.rows)),
        is_decided=is_decided,
        value_text=value_text,
    )


@blueprint.get("/<public_id>/<code>")
@requires(Permission.RECORD_VALUES)
def details(public_id: str, code: str) -> ResponseReturnValue:
    """Show a proposal, and the form of the value that it would become."""
    return _page(_find(public_id, code))


@blueprint.post("/<public_id>/<code>")
@requires(Permission.RECORD_VALUES)
def take_over(public_id: str, code: str) -> ResponseReturnValue:
    """Store the value that a person made from a proposal."""
    form = _form(_find(public_id, code), request.form)
    return act(
        lambda work: decide.take_over(work, public_id, code, form.report()),
        form=form,
        page=lambda: _page(_find(public_id, code), form),
        refusals={
            AlreadyReported: AtField("value", ALREADY),
            IndicatorRetired: AtField("value", RETIRED),
            StaleEdit: lambda stale: _conflict(public_id, code, stale, form),
        },
        done="La valeur est notée.",
        to=url_for(".board"),
    )


@blueprint.post("/<public_id>/<code>/ecarter")
@requires(Permission.RECORD_VALUES)
def set_aside(public_id: str, code: str) -> ResponseReturnValue:
    proposal, form = _find(public_id, code), SetAsideForm(request.form)
    return act(
        lambda work: decide.set_aside(work, public_id, code, form.reason.data),
        form=form,
        page=lambda: _page(proposal, aside=form),
        refusals={StaleEdit: lambda stale: _conflict(public_id, code, stale, aside=form)},
        done="La proposition est écartée.",
        to=url_for(".board"),
    )


@blueprint.post("/<public_id>/<code>/reprendre")
@requires(Permission.RECORD_VALUES)
def put_back(public_id: str, code: str) -> ResponseReturnValue:
    """Let a proposal that was set aside wait again."""
    proposal = _find(public_id, code)
    return act(
        lambda work: decide.put_back(work, public_id, code),
        page=lambda: _page(proposal),
        refusals={StaleEdit: lambda stale: _conflict(public_id, code, stale)},
        done="La proposition attend de nouveau.",
        to=url_for(".details", public_id=public_id, code=code),
    )


def _find(public_id: str, code: str) -> Proposal:
    return queries.find(current_work(), public_id, code) or abort(404)


def _conflict(
    public_id: str,
    code: str,
    stale: StaleEdit,
    form: ValueForm | None = None,
    aside: SetAsideForm | None = None,
) -> ResponseReturnValue:
    """Show what a colleague decided, or that the proposal is gone, with what was typed."""
    proposal = queries.find(current_work(), public_id, code)
    if proposal is None:
        return errors.page(409, refusal=GONE)
    return _page(proposal, form, aside, stale), 409


def _indicator(proposal: Proposal) -> Indicator:
    return db.session.get_one(Indicator, proposal.indicator_id)


def _form(proposal: Proposal, posted: Any = None) -> ValueForm:
    measured_as = measurement_of(_indicator(proposal).version).measured_as
    proposed = _values(proposal)
    if posted is None:
        return ValueForm(data=proposed, measured_as=measured_as)
    form = ValueForm(posted, measured_as=measured_as)
    form.compare_with(proposed)
    return form


def _values(proposal: Proposal) -> dict[str, str]:
    """Return the values of the form of a value; the person says for which moment."""
    year = proposal.year_code.removeprefix("year_")
    is_readable = proposal.source not in (None, HIDDEN)
    source = f"consultation, {localized(proposal.round, 'fr')}"
    return {
        "value": value_text(proposal.number),
        "observed_on": year if year.isdecimal() else "",
        "reported_by": Reporter.ASSOCIATION.value if proposal.organisation else "",
        "reporter": proposal.organisation,
        "source": f"{source} : {proposal.source}" if is_readable else source,
        "source_kind": SourceKind.ASSOCIATION_COUNT.value if proposal.organisation else "",
    }


def _page(
    proposal: Proposal,
    form: ValueForm | None = None,
    aside: SetAsideForm | None = None,
    stale: StaleEdit | None = None,
) -> str:
    indicator = _indicator(proposal)
    series = record.series_of(indicator)
    return render_template(
        "results/proposed_values/proposal.html",
        proposal=proposal,
        indicator=indicator,
        is_of_series=series[proposal.version_id] == series[indicator.version.id],
        form=form or _form(proposal),
        aside=aside or SetAsideForm(),
        stale_edit=stale,
        value_text=value_text,
    )
