"""Staff pages of publication: the values that wait, and a second look at those chosen."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import groupby

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.permanent_rows import TrialRefused
from consultation.db.stale import StaleEdit
from consultation.editions.publication import SecondPersonNeeded
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.models import Indicator
from consultation.plan.values import publication
from consultation.plan.values.disclosure import GivenAway, given_away
from consultation.plan.values.forms import PublicationForm
from consultation.plan.values.lists import ValueLists, lists_of
from consultation.plan.values.publication import NumbersGivenAway, SourceNeeded, Waiting
from consultation.plan.values.views import page_labels
from consultation.questionnaires.rounds import queries as rounds
from consultation.web.errors import OF_TRIAL
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import AtField, act, current_work
from consultation.work.services import Work

blueprint = Blueprint("value_publication", __name__, url_prefix="/organisation/valeurs-a-publier")

NONE_TICKED = "Cochez une valeur au moins."
SECOND = (
    "Il faut deux personnes : une autre que celle qui a noté une valeur doit la publier."
    " Demandez-lui d'ouvrir cette page, ou décochez celles que vous avez notées."
)
NO_SOURCE = (
    "Un petit nombre n'est montré tel quel que si sa source l'a publié : notez d'abord cette source"
    " dans la valeur."
)

GIVEN_AWAY = (
    "Un petit nombre se retrouverait par les autres : cochez-en un qui ne sera pas montré, ou"
    " revenez et ne publiez pas ces valeurs ensemble."
)


@blueprint.get("")
@requires(Permission.PUBLISH_VALUES)
def page() -> ResponseReturnValue:
    """List the values that are not public, by measure."""
    return _page()


@blueprint.post("/verifier")
@requires(Permission.PUBLISH_VALUES)
def check() -> ResponseReturnValue:
    """Show once more the values that are ticked, and ask for the rule of their source."""
    form = PublicationForm(request.form)
    if "toutes" in request.form:
        form.values.data = [
            row.public_id for it in _lists().waiting.page.rows for row in it.waiting
        ]
    if not form.values.data:
        return _page(NONE_TICKED), 422
    return _check(form)


@blueprint.post("")
@requires(Permission.PUBLISH_VALUES)
def publish() -> ResponseReturnValue:
    """Publish the values that were shown, all or none."""
    ticked = PublicationForm(request.form).values.data
    form = PublicationForm(request.form, needs_rule=_is_any_counted(_chosen(ticked)))

    def publish(work: Work) -> int:
        chosen = _chosen(form.values.data)
        if sum(len(it.values) for it in chosen) != len(form.values.data):
            raise StaleEdit("une valeur")
        return publication.publish(
            work,
            _ids(chosen),
            source_rule=form.source_rule.data,
            smallest=current_app.config["SMALL_CELL"],
            as_they_are=form.as_they_are.data,
            held_back=form.held_back.data,
            needs_second=current_app.config["TWO_MODERATORS"],
        )

    return act(
        publish,
        form=form,
        page=partial(_check, form),
        refusals={
            TrialRefused: AtField("values", OF_TRIAL.body),
            SecondPersonNeeded: AtField("values", SECOND),
            NumbersGivenAway: AtField("held_back", GIVEN_AWAY),
            SourceNeeded: AtField("values", NO_SOURCE),
        },
        done=lambda count: f"{counted(count, 'valeur est publique', 'valeurs sont publiques')}.",
        to=url_for(".page"),
    )


def _lists() -> ValueLists:
    work = current_work()
    return lists_of(work, queries.whole_measures(work.session))


def _page(problem: str = "") -> str:
    lists = _lists()
    listing = lists.waiting
    rows = groupby(listing.page.rows, lambda it: it.indicator.measure)
    return render_template(
        "plan/values/publish.html",
        listing=listing,
        tabs=lists.tabs(listing),
        groups=[(measure, list(lines)) for measure, lines in rows],
        count=sum(len(it.waiting) for it in listing.kept_rows),
        problem=problem,
        **page_labels(),
    )


def _check(form: PublicationForm, stale: StaleEdit | None = None) -> str:
    chosen = _chosen(form.values.data)
    smallest, at = current_app.config["SMALL_CELL"], now()
    return render_template(
        "plan/values/check.html",
        form=form,
        chosen=chosen,
        count=sum(len(it.values) for it in chosen),
        small={
            row.public_id
            for it in chosen
            for row in it.values
            if publication.is_small(row, smallest)
        },
        smallest=smallest,
        given_away=_given_away(form, chosen),
        needs_rule=_is_any_counted(chosen),
        stale_edit=stale,
        round=rounds.current(db.session(), at),
        at=at,
        **page_labels(),
    )


def _given_away(form: PublicationForm, chosen: Sequence[Waiting]) -> Sequence[GivenAway]:
    """Return the small values that would follow from what is shown, whatever is ticked."""
    ids, smallest = _ids(chosen), current_app.config["SMALL_CELL"]
    try:
        values = publication.displayed_with(db.session(), ids, smallest, form.as_they_are.data, ())
    except SourceNeeded:
        return ()
    return [it for of in values for it in given_away(of, values[of])]


def _ids(chosen: Sequence[Waiting]) -> Mapping[Indicator, Collection[str]]:
    return {it.indicator: [row.public_id for row in it.values] for it in chosen}


def _chosen(public_ids: Collection[str]) -> list[Waiting]:
    """Return the values of these public ids that still wait."""
    wanted = set(public_ids)
    waiting = publication.waiting(db.session(), queries.whole_measures(db.session()))
    chosen = []
    for lines in waiting.values():
        for line in lines:
            rows = [row for row in line.values if row.public_id in wanted]
            if rows:
                chosen.append(Waiting(line.indicator, rows))
    return chosen


def _is_any_counted(chosen: Sequence[Waiting]) -> bool:
    return any(publication.is_counted(row) for it in chosen for row in it.values)
