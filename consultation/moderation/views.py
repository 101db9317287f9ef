"""Pages of moderation: the queue of texts and the charter."""

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import forms, labels, screening
from consultation.moderation import queue as moderation_queue
from consultation.moderation.queue import Filters, Flag, Tab
from consultation.moderation.texts import page
from consultation.plan.models import Measure
from consultation.responses.staff.queries import TOOL
from consultation.web.permissions import Actor, Permission, require, requires

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")

TABS = {
    Tab.WAITING: "À relire",
    Tab.SECONDING: "À confirmer",
    Tab.PUBLISHED: "Publiés",
    Tab.REDACTED: "Passages masqués",
    Tab.WITHHELD: "Écartés",
    Tab.ASIDE: "Contributions de côté",
}


@blueprint.get("")
@requires(Permission.MODERATE)
def queue() -> ResponseReturnValue:
    """List the texts that wait, or those in another state."""
    session, actor = db.session(), _actor()
    filters = forms.filters()
    counts = moderation_queue.counts(session, actor)
    after = request.args.get("apres", "")
    return render_template(
        "moderation/queue.html",
        undo=page.load_undoable(session, actor, request.args.get("precedent", "")),
        listed=moderation_queue.page(session, actor, filters, after, now()),
        total=moderation_queue.total(session, actor, filters)
        if filters.is_narrowed
        else counts[filters.tab],
        counts=counts,
        filters=filters,
        kept=forms.kept_filters(),
        is_beginning="apres" not in request.args,
        measures=_measures(),
        tabs=TABS,
        tool=TOOL,
        flags=Flag,
        reads_names=screening.reads_names(),
        labels=labels,
    )


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
            db.session(),
            _actor(),
            filters,
            after,
            now(),
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
    return render_template("moderation/charter.html", reasons=labels.REASONS)


def _actor() -> Actor:
    return require(Permission.MODERATE)


def _measures() -> Sequence[Measure]:
    return db.session.scalars(sa.select(Measure).order_by(Measure.position)).all()


def _nothing_left(filters: Filters, after: str) -> str:
    if not moderation_queue.total(db.session(), _actor(), filters):
        return "Il ne reste rien ici."
    if after:
        return (
            "Vous êtes au bout de la liste. Il reste des textes que vous avez passés, ou que"
            " d'autres relisent."
        )
    if filters.tab is Tab.SECONDING and current_app.config["TWO_MODERATORS"]:
        return "Ce qui reste ici attend une autre personne que vous."
    return "Ce qui reste ici, d'autres le relisent en ce moment."
