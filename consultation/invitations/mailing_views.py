"""The staff pages of mailings: send, pause, remind, and follow."""

import math
from collections.abc import Callable, Mapping
from datetime import timedelta

from flask import (
    Blueprint,
    Flask,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.invitations import following, listing, mailings, recipients
from consultation.invitations.following import Tally
from consultation.invitations.mailings import StepRefused
from consultation.invitations.models import Mailing, MailingState
from consultation.invitations.views import found_mailing, noted, page_number
from consultation.invitations.wording import PURPOSES, SKIPPED, STATES
from consultation.jobs import living
from consultation.mail.wording import STATES as MAIL_STATES
from consultation.questionnaires.models import Round
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("mailings", __name__, url_prefix="/organisation/invitations/messages")

REFRESH_SECONDS = 10
WORKER_LATE = timedelta(minutes=2)


@blueprint.get("/<public_id>")
@requires(Permission.INVITE)
def mailing(public_id: str) -> ResponseReturnValue:
    """Show a mailing: its text, how far it is, and what may be done with it."""
    is_sending = found_mailing(public_id).state is MailingState.SENDING
    refreshes = is_sending and request.args.get("actualiser") != "non"
    page = make_response(_page(public_id, refreshes=refreshes))
    if refreshes:
        # The header, not its <meta> twin, so that the page offers a link that stops it.
        page.headers["Refresh"] = str(REFRESH_SECONDS)
    return page


@blueprint.post("/<public_id>/depart")
@requires(Permission.INVITE)
def start(public_id: str) -> ResponseReturnValue:
    """Let the messages leave."""
    actor = require(Permission.INVITE)
    return _step(
        public_id,
        "mailing_started",
        lambda found: {"count": mailings.start(db.session(), actor, found, now())},
    )


@blueprint.post("/<public_id>/pause")
@requires(Permission.INVITE)
def pause(public_id: str) -> ResponseReturnValue:
    """Hold back the messages that have not left."""
    actor = require(Permission.INVITE)
    return _step(
        public_id, "mailing_paused", lambda found: mailings.pause(db.session(), actor, found)
    )


@blueprint.post("/<public_id>/reprise")
@requires(Permission.INVITE)
def resume(public_id: str) -> ResponseReturnValue:
    """Let the messages leave again."""
    actor = require(Permission.INVITE)
    return _step(
        public_id,
        "mailing_resumed",
        lambda found: mailings.resume(db.session(), actor, found, now()),
    )


@blueprint.post("/<public_id>/relance")
@requires(Permission.INVITE)
def remind(public_id: str) -> ResponseReturnValue:
    """Make the draft of a reminder to the same groups."""
    actor = require(Permission.INVITE)
    try:
        with writing(db.session()):
            reminder = mailings.remind(db.session(), actor, found_mailing(public_id), now())
            auditing.record(
                db.session(), actor.id, "reminder_drafted", reminder.public_id, at=now()
            )
            made = reminder.public_id
    except StepRefused as refused:
        return _page(public_id, str(refused)), 409
    flash("Voici la relance, en brouillon : relisez son texte avant de l'envoyer.")
    return redirect(url_for("messages.edit", public_id=made), 303)


@blueprint.get("/<public_id>/suivi")
@requires(Permission.INVITE)
def followed(public_id: str) -> ResponseReturnValue:
    """Show who was written to, who opened their link and who answered; never what."""
    actor = require(Permission.INVITE)
    found, number = found_mailing(public_id), page_number()
    page = noted(public_id, lambda: following.mailing_page(db.session(), actor, found, number))
    return render_template(
        "invitations/followed.html",
        mailing=found_mailing(public_id),
        page=page,
        mail_states=MAIL_STATES,
        skipped=SKIPPED,
    )


def _step(
    public_id: str, action: str, take: Callable[[Mailing], Mapping[str, int] | None]
) -> ResponseReturnValue:
    """Take a step of a mailing and note it, or say why it can't be taken."""
    actor = require(Permission.INVITE)
    try:
        with writing(db.session()):
            details = take(found_mailing(public_id))
            auditing.record(
                db.session(),
                actor.id,
                action,
                public_id,
                dict(details) if details else None,
                at=now(),
            )
    except StepRefused as refused:
        return _page(public_id, str(refused)), 409
    return redirect(url_for(".mailing", public_id=public_id), 303)


def _page(public_id: str, error: str = "", *, refreshes: bool = False) -> str:
    actor = require(Permission.INVITE)
    found = found_mailing(public_id)
    tally = following.tally(db.session(), actor, found)
    _, count = listing.addressee(db.session(), actor, found, 1)
    is_draft = found.state is MailingState.DRAFT
    due = recipients.count_due(db.session(), found) if is_draft else 0
    return render_template(
        "invitations/mailing.html",
        mailing=found,
        round=db.session.get_one(Round, found.round_id),
        at=now(),
        tally=tally,
        count=count,
        due=due,
        hours=math.ceil(due / found.pace),
        error=error,
        refreshes=refreshes,
        refresh_seconds=REFRESH_SECONDS,
        is_late=_is_late(found, tally),
        email=actor.email,
        states=STATES,
        purposes=PURPOSES,
        skipped=SKIPPED,
        mail_states=MAIL_STATES,
    )


def _is_late(mailing: Mailing, tally: Tally) -> bool:
    """Say whether the worker should have written to somebody by now, and has not."""
    return (
        mailing.state is MailingState.SENDING
        and mailing.resumed_at is not None
        and tally.waiting > 0
        and not any(tally.status.values())
        and now() - mailing.resumed_at > WORKER_LATE
        and living.is_silent(db.session(), now())
    )


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
