"""Mailing pages: write, test, send, pause, remind, follow."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.stale import StaleEdit
from consultation.decisions.announcements import drafts as announcements
from consultation.extensions import db
from consultation.i18n import LOCALES
from consultation.invitations import queries
from consultation.invitations.contacts.views import (
    find_mailing,
    load_and_log,
    log_viewed,
    page_number,
)
from consultation.invitations.labels import (
    FIRST_MESSAGE,
    PLACEHOLDERS,
    test_sentence,
)
from consultation.invitations.mailings import audiences, drafts, lifecycle, message, statistics
from consultation.invitations.mailings.audiences import StepRefused
from consultation.invitations.mailings.drafts import Draft
from consultation.invitations.mailings.forms import MailingForm, message_values
from consultation.invitations.mailings.statistics import Tally
from consultation.invitations.models import Mailing, MailingState, Purpose
from consultation.jobs import worker
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.web.permissions import Permission, require, requires
from consultation.work.actions import act, current_work
from consultation.work.services import Work

message_blueprint = Blueprint("messages", __name__, url_prefix="/organisation/invitations/messages")

NO_ROUND = "Aucun tour n'est ouvert ni prévu : ouvrez-en un avant d'écrire."
NO_DRAFT = "Ce message est déjà parti : il ne peut plus être modifié."
NOT_TAKEN = f"{NO_DRAFT} Ce que vous avez écrit est encore ci-dessous, à copier."


@message_blueprint.get("/nouveau")
@requires(Permission.INVITE)
def new() -> ResponseReturnValue:
    """Offer a message to write, with the groups ticked that the address names.

    One about the edition that the address names is another form.
    """
    if "edition" in request.args:
        return redirect(url_for("announcements.new", edition=request.args["edition"]))
    return _edit_page(_form(replace(FIRST_MESSAGE, groups=request.args.getlist("groupe"))))


@message_blueprint.post("/nouveau")
@requires(Permission.INVITE)
def add() -> ResponseReturnValue:
    """Store a new message as a draft."""
    form, round_ = _form(), _round_to_come()
    if round_ is None:
        form.validate()
        form.add_error("subject", NO_ROUND)
        return _edit_page(form), 422

    def add(work: Work) -> str:
        public_id = drafts.add(work, form.draft, round_.id).public_id
        audit_log.log(work, "mailing_composed", public_id)
        return public_id

    return act(
        add,
        form=form,
        page=lambda: _edit_page(form),
        to=lambda public_id: url_for("mailings.mailing", public_id=public_id),
    )


@message_blueprint.get("/<public_id>/modifier")
@requires(Permission.INVITE)
def edit(public_id: str) -> ResponseReturnValue:
    """Offer a draft to change."""
    mailing = _find_invitation(public_id)
    if mailing.state is not MailingState.DRAFT:
        flash(NO_DRAFT)
        return redirect(url_for("mailings.mailing", public_id=public_id), 303)
    return _edit_page(_form(drafts.draft_of(mailing), mailing), mailing)


@message_blueprint.post("/<public_id>/modifier")
@requires(Permission.INVITE)
def change(public_id: str) -> ResponseReturnValue:
    """Store another draft, unless the mailing has started since it was read."""
    mailing = _find_invitation(public_id)
    form = _form(mailing=mailing)
    if mailing.state is not MailingState.DRAFT:
        return _stale_page(form, public_id), 409

    def change(work: Work) -> None:
        drafts.change(work, _find_invitation(public_id), form.draft, form.seen.data or "")
        audit_log.log(work, "mailing_changed", public_id)

    return act(
        change,
        form=form,
        page=lambda: _edit_page(form, _find_invitation(public_id)),
        refusals={StaleEdit: lambda stale: (_stale_page(form, public_id, stale), 409)},
        to=url_for("mailings.mailing", public_id=public_id),
    )


@message_blueprint.get("/<public_id>/apercu")
@requires(Permission.INVITE)
def preview(public_id: str) -> ResponseReturnValue:
    """Show the message as a contact of its groups will read it."""
    log_viewed(public_id, 1)
    mailing = _find_invitation(public_id)
    number = page_number()
    invitee, count = queries.addressee(current_work(), mailing, number)
    wanted = request.args.get("langue") or (invitee.locale if invitee else "")
    locale = message.locale_for(mailing, wanted)
    letter = invitee and message.letter_for(
        mailing,
        invitee,
        locale=locale,
        link=message.example_link(current_app.config["BASE_URL"], locale),
        of_round=db.session.get_one(Round, mailing.round_id),
    )
    return render_template(
        "invitations/mailings/preview.html",
        mailing=mailing,
        invitee=invitee,
        letter=letter,
        locale=locale,
        number=number,
        count=count,
    )


@message_blueprint.post("/<public_id>/essai")
@requires(Permission.INVITE)
def try_out(public_id: str) -> ResponseReturnValue:
    """Send the actor a test mail, with made-up values."""
    base_url, leaves = current_app.config["BASE_URL"], bool(current_app.config["MAIL_SERVER"])

    def try_out(work: Work) -> int:
        count = message.enqueue_test(work, _find_invitation(public_id), base_url)
        audit_log.log(work, "mailing_tried", public_id)
        return count

    return act(
        try_out,
        done=lambda count: test_sentence(count, leaves=leaves),
        to=url_for("mailings.mailing", public_id=public_id),
    )


def _find_invitation(public_id: str) -> Mailing:
    """Return an invitation or a reminder, or abort with 404; other mailings have other pages."""
    mailing = find_mailing(public_id)
    if mailing.purpose is Purpose.EDITION:
        abort(404)
    return mailing


def _form(draft: Draft | None = None, mailing: Mailing | None = None) -> MailingForm:
    """Return the form filled from a draft, or else with what was sent.

    Its languages are those of the round to which it invites.
    """
    groups = queries.groups(current_work())
    if draft is None:
        form = MailingForm(request.form, groups)
    else:
        form = MailingForm(None, groups, data=message_values(draft))
    round_ = db.session.get_one(Round, mailing.round_id) if mailing else _round_to_come()
    form.locales = round_.locales if round_ else LOCALES
    return form


def _edit_page(
    form: MailingForm, mailing: Mailing | None = None, stale: StaleEdit | None = None
) -> str:
    return render_template(
        "invitations/mailings/edit.html",
        form=form,
        mailing=mailing,
        stale=stale,
        round=_round_to_come(),
        placeholders=PLACEHOLDERS,
    )


def _stale_page(form: MailingForm, public_id: str, stale: StaleEdit | None = None) -> str:
    """Show the stored draft beside what was typed, or say that the message has left."""
    mailing = _find_invitation(public_id)
    if mailing.state is MailingState.DRAFT:
        form.show_both(message_values(drafts.draft_of(mailing)))
        return _edit_page(form, mailing, stale)
    form.add_error("subject", NOT_TAKEN)
    return _edit_page(form, mailing)


def _round_to_come() -> Round | None:
    """Return the round that takes answers or will, to which a new mailing invites."""
    current = rounds_queries.current(db.session(), now())
    return current if current is not None and current.closes_at > now() else None


mailing_blueprint = Blueprint("mailings", __name__, url_prefix="/organisation/invitations/messages")

REFRESH_SECONDS = 10
WORKER_LATE = timedelta(minutes=2)


@mailing_blueprint.get("/<public_id>")
@requires(Permission.INVITE)
def mailing(public_id: str) -> ResponseReturnValue:
    """Show a mailing: its text, its progress, and its next steps."""
    is_sending = find_mailing(public_id).state is MailingState.SENDING
    refreshes = is_sending and request.args.get("actualiser") != "non"
    page = make_response(_page(public_id, refreshes=refreshes))
    if refreshes:
        # The header, not its <meta> twin, so that the page offers a link that stops it.
        page.headers["Refresh"] = str(REFRESH_SECONDS)
    return page


@mailing_blueprint.post("/<public_id>/depart")
@requires(Permission.INVITE)
def start(public_id: str) -> ResponseReturnValue:
    config = current_app.config
    return _step(
        public_id,
        "mailing_started",
        lambda work, mailing: {"count": lifecycle.start(work, mailing, config)},
    )


@mailing_blueprint.post("/<public_id>/pause")
@requires(Permission.INVITE)
def pause(public_id: str) -> ResponseReturnValue:
    """Stop enqueuing the messages that are left."""
    return _step(public_id, "mailing_paused", lifecycle.pause)


@mailing_blueprint.post("/<public_id>/reprise")
@requires(Permission.INVITE)
def resume(public_id: str) -> ResponseReturnValue:
    config = current_app.config
    return _step(
        public_id,
        "mailing_resumed",
        lambda work, mailing: lifecycle.resume(work, mailing, config),
    )


@mailing_blueprint.post("/<public_id>/rendre")
@requires(Permission.INVITE)
def give_back(public_id: str) -> ResponseReturnValue:
    """Let other messages be written to those whose mail was only kept on this machine."""
    return _step(
        public_id,
        "contacts_given_back",
        lambda work, mailing: {"count": lifecycle.give_back(work, mailing)},
    )


@mailing_blueprint.post("/<public_id>/relance")
@requires(Permission.INVITE)
def remind(public_id: str) -> ResponseReturnValue:
    """Add the draft of a reminder to the same groups."""

    def remind(work: Work) -> str:
        made = lifecycle.remind(work, find_mailing(public_id)).public_id
        audit_log.log(work, "reminder_drafted", made)
        return made

    return act(
        remind,
        page=partial(_page, public_id),
        refusals={StepRefused: lambda refused: (_page(public_id, str(refused)), 409)},
        done="Voici la relance, en brouillon : relisez son texte avant de l'envoyer.",
        to=lambda made: url_for("messages.edit", public_id=made),
    )


@mailing_blueprint.get("/<public_id>/suivi")
@requires(Permission.INVITE)
def followed(public_id: str) -> ResponseReturnValue:
    """Show who was written to, opened the link and answered; never what."""
    mailing, number = _find_invitation(public_id), page_number()
    page = load_and_log(public_id, lambda: statistics.mailing_page(current_work(), mailing, number))
    return render_template(
        "invitations/mailings/statistics.html",
        mailing=_find_invitation(public_id),
        page=page,
    )


def _step(
    public_id: str, action: str, take: Callable[[Work, Mailing], dict[str, int] | None]
) -> ResponseReturnValue:
    """Take a step of a mailing and log it, or show why it is refused."""
    return act(
        lambda work: audit_log.log(work, action, public_id, take(work, find_mailing(public_id))),
        page=partial(_page, public_id),
        refusals={StepRefused: lambda refused: (_page(public_id, str(refused)), 409)},
        to=url_for(".mailing", public_id=public_id),
    )


def _page(public_id: str, problem: str = "", *, refreshes: bool = False) -> str:
    actor = require(Permission.INVITE)
    mailing = find_mailing(public_id)
    tally = statistics.tally(current_work(), mailing)
    count, due, waits_for = 0, 0, ""
    if mailing.state is MailingState.DRAFT:
        count, due = audiences.of(mailing).counts(db.session(), mailing)
        waits_for = _waits_for(mailing)
    return render_template(
        "invitations/mailings/mailing.html",
        mailing=mailing,
        announcement=announcements.about(db.session(), mailing),
        round=db.session.get_one(Round, mailing.round_id),
        at=now(),
        tally=tally,
        count=count,
        due=due,
        waits_for=waits_for,
        may_leave=lifecycle.may_leave(db.session(), mailing, current_app.config),
        no_server=lifecycle.NO_SERVER,
        most_given_back=lifecycle.MOST_GIVEN_BACK,
        hours=math.ceil(due / mailing.pace),
        error=problem,
        refreshes=refreshes,
        refresh_seconds=REFRESH_SECONDS,
        is_late=_is_late(mailing, tally),
        email=actor.email,
    )


def _waits_for(mailing: Mailing) -> str:
    """Say why a sending would be refused now; empty where it would not."""
    try:
        audiences.of(mailing).check(db.session(), mailing, now())
    except StepRefused as refused:
        return str(refused)
    return ""


def _is_late(mailing: Mailing, tally: Tally) -> bool:
    """Say whether the worker should have sent a message by now, and has not."""
    return (
        mailing.state is MailingState.SENDING
        and mailing.resumed_at is not None
        and tally.waiting > 0
        and not any(tally.status.values())
        and now() - mailing.resumed_at > WORKER_LATE
        and worker.is_worker_down(db.session(), now())
    )
