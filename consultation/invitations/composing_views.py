"""The staff pages of a message: write, preview for a real contact, try on oneself."""

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.invitations import composing, letters, listing, mailings, trying
from consultation.invitations.composing import MessageRefused, NoLongerDraft, Typed
from consultation.invitations.models import Mailing, MailingState
from consultation.invitations.views import found_mailing, note_viewed, page_number
from consultation.invitations.wording import EXPLAINED, FIRST_MESSAGE, trial_sentence
from consultation.questionnaires import rounds
from consultation.questionnaires.models import Round
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("messages", __name__, url_prefix="/organisation/invitations/messages")

NO_DRAFT = "Ce message est déjà parti : il ne peut plus être modifié."
NOT_TAKEN = f"{NO_DRAFT} Ce que vous avez écrit est encore ci-dessous, à copier."


@blueprint.get("/nouveau")
@requires(Permission.INVITE)
def new() -> ResponseReturnValue:
    """Offer a message to write, with the groups ticked that the address names."""
    groups = tuple(dict.fromkeys(request.args.getlist("groupe")))
    return _form(replace(FIRST_MESSAGE, groups=groups), {})


@blueprint.post("/nouveau")
@requires(Permission.INVITE)
def add() -> ResponseReturnValue:
    """Store a new message as a draft."""
    actor = require(Permission.INVITE)
    typed = _typed()
    try:
        with writing(db.session()):
            current = _round_to_come()
            mailing = composing.add_draft(db.session(), actor, typed, current.id, now())
            auditing.record(db.session(), actor.id, "mailing_composed", mailing.public_id, at=now())
            public_id = mailing.public_id
    except MessageRefused as refused:
        return _form(typed, refused.faults), 422
    return redirect(url_for("mailings.mailing", public_id=public_id), 303)


@blueprint.get("/<public_id>/modifier")
@requires(Permission.INVITE)
def edit(public_id: str) -> ResponseReturnValue:
    """Offer a draft to change."""
    found = found_mailing(public_id)
    if found.state is not MailingState.DRAFT:
        flash(NO_DRAFT)
        return redirect(url_for("mailings.mailing", public_id=public_id), 303)
    return _form(composing.typed_of(found), {}, found)


@blueprint.post("/<public_id>/modifier")
@requires(Permission.INVITE)
def change(public_id: str) -> ResponseReturnValue:
    """Store a draft anew."""
    actor = require(Permission.INVITE)
    typed = _typed()
    try:
        with writing(db.session()):
            found = found_mailing(public_id)
            mailings.lock(db.session(), found)
            composing.change_draft(db.session(), actor, found, typed)
            auditing.record(db.session(), actor.id, "mailing_changed", public_id, at=now())
    except MessageRefused as refused:
        return _form(typed, refused.faults, found_mailing(public_id)), 422
    except NoLongerDraft:
        return _form(typed, {"subject": NOT_TAKEN}, found_mailing(public_id)), 409
    return redirect(url_for("mailings.mailing", public_id=public_id), 303)


@blueprint.get("/<public_id>/apercu")
@requires(Permission.INVITE)
def preview(public_id: str) -> ResponseReturnValue:
    """Show the message as one of its contacts will read it."""
    actor = require(Permission.INVITE)
    note_viewed(public_id, 1)
    found = found_mailing(public_id)
    number = page_number()
    invitee, count = listing.addressee(db.session(), actor, found, number)
    wanted = request.args.get("langue") or (invitee.locale if invitee else "")
    locale = letters.locale_for(found, wanted)
    letter = invitee and letters.letter_for(
        found,
        invitee,
        locale=locale,
        link=letters.example_link(current_app.config["BASE_URL"], locale),
        closes_at=db.session.get_one(Round, found.round_id).closes_at,
    )
    return render_template(
        "invitations/preview.html",
        mailing=found,
        invitee=invitee,
        letter=letter,
        locale=locale,
        number=number,
        count=count,
    )


@blueprint.post("/<public_id>/essai")
@requires(Permission.INVITE)
def try_out(public_id: str) -> ResponseReturnValue:
    """Send the message to who is signed in, with made-up values."""
    actor = require(Permission.INVITE)
    with writing(db.session()):
        count = trying.owe(
            db.session(), actor, found_mailing(public_id), current_app.config["BASE_URL"], now()
        )
        auditing.record(db.session(), actor.id, "mailing_tried", public_id, at=now())
    flash(trial_sentence(count, leaves=bool(current_app.config["MAIL_SERVER"])))
    return redirect(url_for("mailings.mailing", public_id=public_id), 303)


def _form(typed: Typed, faults: Mapping[str, str], mailing: Mailing | None = None) -> str:
    actor = require(Permission.INVITE)
    return render_template(
        "invitations/compose.html",
        typed=typed,
        faults=faults,
        mailing=mailing,
        groups=listing.groups(db.session(), actor),
        round=rounds.current(db.session(), now()),
        at=now(),
        explained=EXPLAINED,
        limits=composing,
    )


def _typed() -> Typed:
    form = request.form
    texts = {
        name: form.get(name, "") for name in ("subject", "body", "subject_en", "body_en", "pace")
    }
    return Typed(**texts, groups=tuple(dict.fromkeys(form.getlist("groups"))))


def _round_to_come() -> Round:
    """Return the round to invite to; raise `MessageRefused` when none takes answers or will."""
    current = rounds.current(db.session(), now())
    if current is None or current.closes_at <= now():
        raise MessageRefused(
            {"subject": "Aucun tour n'est ouvert ni prévu : ouvrez-en un avant d'écrire."}
        )
    return current


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
