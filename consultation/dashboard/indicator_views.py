"""Page of one indicator for the team: its wording, what is said, decided, measured and asked."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from consultation.dashboard import indicator
from consultation.extensions import db
from consultation.institutions.data_requests.labels import moment_of
from consultation.plan import queries
from consultation.plan.measurement.texts import date_text, value_text
from consultation.plan.overview import evaluation
from consultation.plan.values import record
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds.choice import working_round
from consultation.results.indicators import labels
from consultation.results.indicators.summary import stances
from consultation.results.public.labels import stance
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work

blueprint = Blueprint("team_indicator", __name__, url_prefix="/organisation/indicateurs")


@blueprint.get("/<code>")
@requires(Permission.FOLLOW)
def page(code: str) -> ResponseReturnValue:
    """Show everything that the team has of an indicator, on one page."""
    row = queries.stored_indicator(db.session(), code)
    if row is None or row.code != code:
        abort(404)
    round_ = working_round()
    return render_template(
        "dashboard/indicator.html",
        made=indicator.overview(current_work(), row, round_),
        round=round_,
        is_evaluated=evaluation.is_evaluated(db.session()),
        stances=stances(db.session(), round_.id) if round_ else [],
        stance=stance,
        wording=labels,
        capacities=store.french_labels(db.session(), Destination.CAPACITY),
        moment_of_request=moment_of,
        date_text=date_text,
        value_of=record.value_of,
        value_text=value_text,
    )
