"""Staff page of what is outstanding: who has still to judge, which figures to ask for."""

from itertools import groupby

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris
from consultation.plan import queries
from consultation.plan.overview.backlog import unjudged
from consultation.plan.values.lists import lists_of
from consultation.web.permissions import Permission, requires
from consultation.work.actions import current_work

blueprint = Blueprint("backlog", __name__, url_prefix="/organisation/reste-a-faire")


@blueprint.get("")
@requires(Permission.RECORD_VALUES)
def page() -> ResponseReturnValue:
    """Show what is still to be asked for, by institution, and to be judged, by assessor."""
    work = current_work()
    measures = queries.whole_measures(work.session)
    lists = lists_of(work, measures)
    listing = lists.unrequested
    by_lead = groupby(listing.page.rows, lambda it: it.indicator.measure.lead or "")
    return render_template(
        "plan/overview/backlog.html",
        tabs=lists.tabs(listing),
        listing=listing,
        groups=[(lead, list(rows)) for lead, rows in by_lead],
        count=sum(len(it.unrequested) for it in listing.kept_rows),
        unjudged=unjudged(work.session, measures, in_paris(work.at).date()),
    )
