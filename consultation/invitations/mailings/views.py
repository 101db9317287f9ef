"""Mailing pages: write, send, pause, remind."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from flask import (
    Blueprint,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import log
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.invitations import queries
from consultation.invitations.contacts.views import found_mailing, note_viewed, noted, page_number
from consultation.invitations.labels import (
    EXPLAINED,
    FIRST_MESSAGE,
    PURPOSES,
    SKIPPED,
    STATES,
    trial_sentence,
)
from consultation.invitations.mailings import forms, lifecycle, message, recipients, statistics
from consultation.invitations.mailings.forms import MessageRefused, NoLongerDraft
from consultation.invitations.mailings.lifecycle import StepRefused, Typed
from consultation.invitations.mailings.statistics import Tally
from consultation.invitations.models import Mailing, MailingState
from consultation.jobs import worker
from consultation.mail.labels import STATES as MAIL_STATES
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.web.permissions import Permission, require, requires

composing_blueprint = Blueprint(
    "messages", __name__, url_prefix="/organisation/invitations/messages"
)

NO_DRAFT = "Ce message est déjà parti : il ne peut plus être modifié."
NOT_TAKEN = f"{NO_DRAFT} Ce que vous avez écrit est encore ci-dessous, à copier."


@composing_blueprint.get("/nouveau")
@requires(Permission.INVITE)
def new() -> ResponseReturnValue:
    """Offer a message to write, with the groups ticked that the address names."""
    groups = tuple(dict.fromkeys(request.args.getlist("groupe")))
    return _form(replace(FIRST_MESSAGE, groups=groups), {})


@composing_blueprint.post("/nouveau")
@requires(Permission.INVITE)
def add() -> ResponseReturnValue:
    """Store a new message as a draft."""
    actor = require(Permission.INVITE)
    typed = _typed()
    try:
        with writing(db.session()):
            current = _round_to_come()
            mailing = forms.add_draft(db.session(), actor, typed, current.id, now())
            log.record(db.session(), actor.id, "mailing_composed", mailing.public_id, at=now())
            public_id = mailing.public_id
    except MessageRefused as refused:
        return _form(typed, refused.faults), 422
    return redirect(url_for("mailings.mailing", public_id=public_id), 303)


@composing_blueprint.get("/<public_id>/modifier")
@requires(Permission.INVITE)
def edit(public_id: str) -> ResponseReturnValue:
    """Offer a draft to change."""
    found = found_mailing(public_id)
    if found.state is not MailingState.DRAFT:
        flash(NO_DRAFT)
        return redirect(url_for("mailings.mailing", public_id=public_id), 303)
    return _form(forms.typed_of(found), {}, found)


@composing_blueprint.post("/<public_id>/modifier")
@requires(Permission.INVITE)
def change(public_id: str) -> ResponseReturnValue:
    """Store a draft anew."""
    actor = require(Permission.INVITE)
    typed = _typed()
    try:
        with writing(db.session()):
            found = found_mailing(public_id)
            lifecycle.lock(db.session(), found)
            forms.change_draft(db.session(), actor, found, typed)
            log.record(db.session(), actor.id, "mailing_changed", public_id, at=now())
    except MessageRefused as refused:
        return _form(typed, refused.faults, found_mailing(public_id)), 422
    except NoLongerDraft:
        return _form(typed, {"subject": NOT_TAKEN}, found_mailing(public_id)), 409
    return redirect(url_for("mailings.mailing", public_id=public_id), 303)


@composing_blueprint.get("/<public_id>/apercu")
@requires(Permission.INVITE)
def preview(public_id: str) -> ResponseReturnValue:
    """Show the message as one of its contacts will read it."""
    actor = require(Permission.INVITE)
    note_viewed(public_id, 1)
    found = found_mailing(public_id)
    number = page_number()
    invitee, count = queries.addressee(db.session(), actor, found, number)
    wanted = request.args.get("langue") or (invitee.locale if invitee else "")
    locale = message.locale_for(found, wanted)
    letter = invitee and message.letter_for(
        found,
        invitee,
        locale=locale,
        link=message.example_link(current_app.config["BASE_URL"], locale),
        closes_at=db.session.get_one(Round, found.round_id).closes_at,
    )
    return render_template(
        "invitations/mailings/preview.html",
        mailing=found,
        invitee=invitee,
        letter=letter,
        locale=locale,
        number=number,
        count=count,
    )


@composing_blueprint.post("/<public_id>/essai")
@requires(Permission.INVITE)
def try_out(public_id: str) -> ResponseReturnValue:
    """Send the message to who is signed in, with made-up values."""
    actor = require(Permission.INVITE)
    with writing(db.session()):
        count = message.owe(
            db.session(), actor, found_mailing(public_id), current_app.config["BASE_URL"], now()
        )
        log.record(db.session(), actor.id, "mailing_tried", public_id, at=now())
    flash(trial_sentence(count, leaves=bool(current_app.config["MAIL_SERVER"])))
    return redirect(url_for("mailings.mailing", public_id=public_id), 303)


def _form(typed: Typed, faults: Mapping[str, str], mailing: Mailing | None = None) -> str:
    actor = require(Permission.INVITE)
    return render_template(
        "invitations/mailings/edit.html",
        typed=typed,
        faults=faults,
        mailing=mailing,
        groups=queries.groups(db.session(), actor),
        round=rounds_queries.current(db.session(), now()),
        at=now(),
        explained=EXPLAINED,
        limits=forms,
    )


def _typed() -> Typed:
    form = request.form
    texts = {
        name: form.get(name, "") for name in ("subject", "body", "subject_en", "body_en", "pace")
    }
    return Typed(**texts, groups=tuple(dict.fromkeys(form.getlist("groups"))))


def _round_to_come() -> Round:
    """Return the round to invite to; raise `MessageRefused` when none takes answers or will."""
    current = rounds_queries.current(db.session(), now())
    if current is None or current.closes_at <= now():
        raise MessageRefused(
            {"subject": "Aucun tour n'est ouvert ni prévu : ouvrez-en un avant d'écrire."}
        )
    return current


mailing_blueprint = Blueprint("mailings", __name__, url_prefix="/organisation/invitations/messages")

REFRESH_SECONDS = 10
WORKER_LATE = timedelta(minutes=2)


@mailing_blueprint.get("/<public_id>")
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


@mailing_blueprint.post("/<public_id>/depart")
@requires(Permission.INVITE)
def start(public_id: str) -> ResponseReturnValue:
    """Let the messages leave."""
    actor = require(Permission.INVITE)
    return _step(
        public_id,
        "mailing_started",
        lambda found: {"count": lifecycle.start(db.session(), actor, found, now())},
    )


@mailing_blueprint.post("/<public_id>/pause")
@requires(Permission.INVITE)
def pause(public_id: str) -> ResponseReturnValue:
    """Hold back the messages that have not left."""
    actor = require(Permission.INVITE)
    return _step(
        public_id, "mailing_paused", lambda found: lifecycle.pause(db.session(), actor, found)
    )


@mailing_blueprint.post("/<public_id>/reprise")
@requires(Permission.INVITE)
def resume(public_id: str) -> ResponseReturnValue:
    """Let the messages leave again."""
    actor = require(Permission.INVITE)
    return _step(
        public_id,
        "mailing_resumed",
        lambda found: lifecycle.resume(db.session(), actor, found, now()),
    )


@mailing_blueprint.post("/<public_id>/relance")
@requires(Permission.INVITE)
def remind(public_id: str) -> ResponseReturnValue:
    """Make the draft of a reminder to the same groups."""
    actor = require(Permission.INVITE)
    try:
        with writing(db.session()):
            reminder = lifecycle.remind(db.session(), actor, found_mailing(public_id), now())
            log.record(db.session(), actor.id, "reminder_drafted", reminder.public_id, at=now())
            made = reminder.public_id
    except StepRefused as refused:
        return _page(public_id, str(refused)), 409
    flash("Voici la relance, en brouillon : relisez son texte avant de l'envoyer.")
    return redirect(url_for("messages.edit", public_id=made), 303)


@mailing_blueprint.get("/<public_id>/suivi")
@requires(Permission.INVITE)
def followed(public_id: str) -> ResponseReturnValue:
    """Show who was written to, who opened their link and who answered; never what."""
    actor = require(Permission.INVITE)
    found, number = found_mailing(public_id), page_number()
    page = noted(public_id, lambda: statistics.mailing_page(db.session(), actor, found, number))
    return render_template(
        "invitations/mailings/statistics.html",
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
            log.record(
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
    tally = statistics.tally(db.session(), actor, found)
    _, count = queries.addressee(db.session(), actor, found, 1)
    is_draft = found.state is MailingState.DRAFT
    due = recipients.count_due(db.session(), found) if is_draft else 0
    return render_template(
        "invitations/mailings/mailing.html",
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
        and worker.is_silent(db.session(), now())
    )
