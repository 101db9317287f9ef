"""Pages of moderation: the queue of texts and the charter."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import moment_of
from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import bulk, forms, labels, screening, visibility
from consultation.moderation import queue as moderation_queue
from consultation.moderation.forms import BulkForm
from consultation.moderation.handlers import undo_lot
from consultation.moderation.models import FindingKind, Reason
from consultation.moderation.queue import Filters, Flag, Tab
from consultation.moderation.texts import page
from consultation.plan.models import Measure
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import lifecycle
from consultation.responses.models import Standing
from consultation.responses.staff.queries import TOOL
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work
from consultation.work.services import Work

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")

KINDS = (*(kind for kind in FindingKind if kind not in page.UNMASKABLE), *page.UNMASKABLE)
"""The kinds in the order of the filter: those of a passage, then those of a whole text."""


@blueprint.get("")
@requires(Permission.MODERATE)
def queue() -> ResponseReturnValue:
    """List the texts that wait, or those in another state."""
    return _queue_page(BulkForm())


@blueprint.post("/lot")
@requires(Permission.MODERATE)
def decide_many() -> ResponseReturnValue:
    """Display the texts that it is for; once confirmed, decide on each of them."""
    form = BulkForm(request.form)
    if not form.validate():
        return _queue_page(form), 400
    if not form.is_confirmed:
        return _preview(form)
    two_moderators = current_app.config["TWO_MODERATORS"]

    def decide(work: Work) -> tuple[bulk.BulkOutcome, datetime]:
        texts, reason = form.texts.data, form.reason.data
        outcome = bulk.decide_named(
            work, texts, form.verdict, reason, two_moderators=two_moderators
        )
        return outcome, work.at

    return act(
        decide,
        page=lambda: _queue_page(form),
        done=lambda it: labels.outcome_label(form.verdict, it[0], two_moderators=two_moderators),
        to=lambda it: url_for(".queue", lot=it[1].isoformat(), **forms.kept_filters()),
    )


@blueprint.post("/lot/annuler")
@requires(Permission.MODERATE)
def undo_many() -> ResponseReturnValue:
    """Take back what the moderator has just decided for many texts."""
    return undo_lot(queue, url_for(".queue", **forms.kept_filters()))


@blueprint.get("/suivant")
@requires(Permission.MODERATE)
def following() -> ResponseReturnValue:
    """Claim the next text for these filters and lead there; or say that there is none."""
    kept = forms.kept_filters()
    if "precedent" in request.args:
        kept["precedent"] = request.args["precedent"]
    with writing(db.session()):
        filters = forms.filters()
        after = request.args.get("apres", "")
        public_id = moderation_queue.take_next(
            current_work(),
            filters,
            after,
            two_moderators=current_app.config["TWO_MODERATORS"],
        )
    if public_id is None:
        flash(_nothing_left(filters, after))
        return redirect(url_for(".queue", **kept))
    return redirect(url_for("moderated_texts.text", public_id=public_id, **kept))


@blueprint.get("/charte")
@requires(Permission.MODERATE)
def charter() -> ResponseReturnValue:
    """Display what to mask, what each verdict means, and who calls whom."""
    return render_template("moderation/charter.html", reasons=Reason)


@blueprint.get("/campagnes")
@blueprint.get("/campagnes/<public_id>")
@requires(Permission.MODERATE)
def former_clusters(public_id: str = "") -> ResponseReturnValue:
    """Lead a bookmark of similar texts from their former address to the present one."""
    if public_id:
        return redirect(url_for("clusters.cluster", public_id=public_id), 301)
    page = request.args.get("page", type=int)
    return redirect(url_for("clusters.clusters", page=page), 301)


def _measures() -> Sequence[Measure]:
    return db.session.scalars(sa.select(Measure).order_by(Measure.position)).all()


def _nothing_left(filters: Filters, after: str) -> str:
    if not moderation_queue.total(current_work(), filters):
        return "Il ne reste rien ici."
    if after:
        return (
            "Vous êtes au bout de la liste. Il reste des textes que vous avez passés, ou que"
            " d'autres relisent."
        )
    if filters.tab is Tab.SECONDING and current_app.config["TWO_MODERATORS"]:
        return "Ce qui reste ici attend une autre personne que vous."
    return "Ce qui reste ici, d'autres le relisent en ce moment."


def _queue_page(form: BulkForm) -> str:
    """Return the page of the queue, with what was ticked and what is to be corrected."""
    work = current_work()
    filters, after = forms.filters(), request.args.get("apres", "")
    counts = moderation_queue.counts(work)
    lot = request.args.get("lot", "")
    return render_template(
        "moderation/queue.html",
        form=form,
        unread=moderation_queue.unread_count(work.session),
        undo=page.load_undoable(work, request.args.get("precedent", "")),
        lot=lot,
        undoable=bulk.undoable(work, moment_of(lot)),
        listed=moderation_queue.page(work, filters, after),
        total=moderation_queue.total(work, filters) if filters.is_narrowed else counts[filters.tab],
        counts=counts,
        filters=filters,
        kept=forms.kept_filters(),
        is_beginning="apres" not in request.args,
        measures=_measures(),
        rounds=lifecycle.announced(work.session),
        capacities=store.labels_for(work.session, Destination.CAPACITY),
        tabs=Tab,
        tool=TOOL,
        flags=Flag,
        Standing=Standing,
        kinds=KINDS,
        reads_names=screening.reads_names(),
        labels=labels,
    )


def _preview(form: BulkForm) -> str:
    """Return the page of what would be decided, which changes nothing."""
    work, names = current_work(), form.texts.data
    if form.is_for_filter:
        names = moderation_queue.without_mark(work, forms.filters(), bulk.MOST_AT_ONCE)
    waiting = bulk.of_names(work, names)
    concerned = bulk.eligible(waiting, form.verdict, work.actor)
    contents = visibility.texts_for_moderators(work.session, [it.answer_id for it in concerned])
    return render_template(
        "moderation/bulk.html",
        form=form,
        texts=[(text.public_id, page.pieces(contents[text.answer_id])) for text in concerned],
        left=len(names) - len(concerned),
        kept=forms.kept_filters(),
        labels=labels,
        two_moderators=current_app.config["TWO_MODERATORS"],
    )
