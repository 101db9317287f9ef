"""Views of mail: the staff pages, and the public page that stops it."""

from collections.abc import Callable

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.mail import displayed_states, kinds, labels, outbox, outbox_actions, suppression
from consultation.mail.delivery import breakers, kept
from consultation.mail.displayed_states import DisplayedState
from consultation.mail.forms import SuppressionForm
from consultation.mail.kinds import Reach
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import OutboxMessage, SuppressionReason
from consultation.mail.outbox_actions import NotPossible
from consultation.mail.transport import mailbox_of, safe_mail
from consultation.settings import is_local
from consultation.web.headers import is_staff_path, keep_private
from consultation.web.permissions import Permission, current_actor, requires
from consultation.web.request_body import takes_files
from consultation.web.typography import counted
from consultation.work.actions import Elsewhere, act, current_work
from consultation.work.services import Work

blueprint = Blueprint("stopping", __name__, url_prefix="/courriel")


@blueprint.get("/arret/<token>")
@requires(Permission.PUBLIC)
def ask(token: str) -> ResponseReturnValue:
    """Show the button: scanners of mail follow links, but press nothing."""
    keep_private()
    reach, box = _read(token)
    is_stopped = suppression.find_reason(db.session(), box, reach) is not None
    return render_template(
        "mail/stop.html", is_bulk=reach is Reach.BULK, is_stopped=is_stopped, token=token
    )


@blueprint.post("/arret/<token>")
@requires(Permission.PUBLIC)
@takes_files
def stop(token: str) -> ResponseReturnValue:
    """Stop the mail; the button of a mail reader posts here as well, as multipart (RFC 8058)."""
    keep_private()
    reach, box = _read(token)
    with writing(db.session()):
        suppression.suppress(db.session(), box, suppression.reason_for(reach), now())
    return render_template("mail/stop.html", is_bulk=reach is Reach.BULK, is_stopped=True)


def _read(token: str) -> tuple[Reach, Box]:
    target = suppression.read_token(token)
    if target is None:
        abort(404)
    return target


staff_blueprint = Blueprint("mail", __name__, url_prefix="/administration/courriels")


@staff_blueprint.get("")
@requires(Permission.READ_OUTBOX)
def outbox_page() -> str:
    wanted, kind = _state_filter(), _kind_filter()
    return render_template(
        "mail/outbox.html",
        listed=outbox_actions.messages(db.session(), wanted, kind, _page()),
        counts=displayed_states.counts(db.session()),
        late_since=outbox.oldest_waiting(db.session()),
        breakers=labels.breaker_lines(db.session(), now()),
        answers_wait=breakers.answers_wait(db.session()),
        states=DisplayedState,
        kinds=kinds.kind_labels(),
        kept=kept.by_kind(db.session()),
        release=kept.progress(db.session()),
        pace=kept.PACE,
        has_server=bool(current_app.config["MAIL_SERVER"]),
        wanted=wanted,
        wanted_kind=kind,
        resendable=outbox_actions.RESENDABLE,
        cancellable=outbox_actions.CANCELLABLE,
    )


@staff_blueprint.post("/renvoyer")
@requires(Permission.DIRECT_OUTBOX)
def resend() -> ResponseReturnValue:
    """Queue a message for an attempt now."""
    return _change_message(
        outbox_actions.resend, "mail_resent", "Ce courriel repart dans un instant."
    )


@staff_blueprint.post("/annuler")
@requires(Permission.DIRECT_OUTBOX)
def cancel() -> ResponseReturnValue:
    return _change_message(outbox_actions.cancel, "mail_cancelled", "Ce courriel ne partira pas.")


@staff_blueprint.post("/laisser-partir")
@requires(Permission.DIRECT_OUTBOX)
def let_answers_go() -> ResponseReturnValue:
    """Release the acknowledgements that a flood stopped."""

    def let_go(work: Work) -> None:
        if outbox_actions.release_answers(work):
            audit_log.log(work, "answers_let_go")

    return act(
        let_go,
        done="Les accusés de réception en attente repartent.",
        to=url_for(".outbox_page"),
    )


@staff_blueprint.post("/envoyer-ce-qui-est-garde")
@requires(Permission.DIRECT_OUTBOX)
def release_kept() -> ResponseReturnValue:
    """Send what was kept on this machine, of the kinds that are ticked."""
    if not current_app.config["MAIL_SERVER"]:
        flash("Rien ne part : aucun serveur d'envoi n'est réglé.")
        return redirect(url_for(".outbox_page"), 303)

    def release(work: Work) -> int:
        count = kept.release(work, request.form.getlist("nature"))
        audit_log.log(work, "kept_mail_released", details={"count": count})
        return count

    return act(release, done=_released_sentence, to=url_for(".outbox_page"))


def _released_sentence(count: int) -> str:
    sentence = counted(count, "courriel gardé repart", "courriels gardés repartent")
    return f"{sentence}." if count else "Cochez une nature au moins : rien n'est parti."


def _change_message(
    change: Callable[[Work, int], OutboxMessage], action: str, done: str
) -> ResponseReturnValue:
    """Change one message, record it in the audit log, and return to the list."""
    number = request.form.get("message", 0, type=int)
    wanted, kind = _state_filter(), _kind_filter()
    address = url_for(".outbox_page", page=_page(), etat=wanted, nature=kind)

    def change_and_log(work: Work) -> None:
        change(work, number)
        audit_log.log(work, action, str(number))

    return act(change_and_log, refusals={NotPossible: Elsewhere(address)}, done=done, to=address)


@staff_blueprint.route("/arrets", methods=["GET", "POST"])
@requires(Permission.DIRECT_OUTBOX)
def stopped() -> ResponseReturnValue:
    """List the suppressed addresses, and add one."""
    form = SuppressionForm(request.form)
    return _stop(form) if request.method == "POST" else _stopped_page(form)


def _stop(form: SuppressionForm) -> ResponseReturnValue:
    def stop(work: Work) -> None:
        address, reason = form.adresse.data, SuppressionReason.STAFF
        if suppression.suppress_address(work.session, address, reason, work.at):
            audit_log.log(work, "address_stopped")

    return act(
        stop,
        form=form,
        page=lambda: _stopped_page(form),
        done="Cette adresse ne recevra plus de courriel.",
        to=url_for(".stopped"),
    )


@staff_blueprint.post("/arrets/<public_id>/lever")
@requires(Permission.DIRECT_OUTBOX)
def lift(public_id: str) -> ResponseReturnValue:

    def lift(work: Work) -> None:
        if suppression.lift(work.session, public_id, work.at) is None:
            abort(404)
        audit_log.log(work, "address_allowed", public_id)

    return act(
        lift,
        done="On peut de nouveau écrire à cette adresse.",
        to=url_for(".stopped"),
    )


def _stopped_page(form: SuppressionForm) -> str:
    listed = outbox_actions.suppressed_addresses(db.session(), _page())
    return render_template("mail/stopped.html", listed=listed, form=form)


@staff_blueprint.get("/boite")
@requires(Permission.READ_MAILBOX)
def local_box() -> str:
    """List the mails kept on this machine."""
    _require_loopback()
    listed = outbox_actions.local_mails(mailbox_of(current_app.config), _page())
    _record_reading(None, len(listed.rows))
    return render_template("mail/local_box.html", listed=listed)


@staff_blueprint.get("/boite/<key>")
@requires(Permission.READ_MAILBOX)
def local_mail(key: str) -> str:
    """Show a mail kept on this machine as text."""
    _require_loopback()
    mail = mailbox_of(current_app.config).get(key)
    if mail is None:
        abort(404)
    _record_reading(key[:100], 1)
    return render_template("mail/local_mail.html", mail=outbox_actions.local_mail(key, mail))


def _record_reading(subject: str | None, count: int) -> None:
    """Record in the audit log that the actor read so many mails, with addresses and links."""
    with writing(db.session()):
        audit_log.log(current_work(), "local_mails_viewed", subject, {"count": count})


def _page() -> int:
    return request.args.get("page", 1, type=int)


def _state_filter() -> DisplayedState | None:
    try:
        return DisplayedState(request.args.get("etat", ""))
    except ValueError:
        return None


def _kind_filter() -> str | None:
    wanted = request.args.get("nature", "")
    return wanted if wanted in kinds.kind_labels() else None


def _is_on_loopback() -> bool:
    """Allow the local mailbox only where no other machine reaches it: it holds personal links."""
    return is_local(current_app.config["BASE_URL"])


def _require_loopback() -> None:
    if not _is_on_loopback():
        abort(404)


def _may_open_mailbox() -> bool:
    actor = current_actor()
    keeps_mail = not current_app.config["MAIL_SERVER"] and _is_on_loopback()
    return keeps_mail and actor is not None and actor.may(Permission.READ_MAILBOX)


def keeps_all_mail() -> bool:
    """Say on staff pages whether no mail can leave, as no server is set."""
    return _is_for_staff() and not current_app.config["MAIL_SERVER"]


def _may_direct_outbox() -> bool:
    actor = current_actor()
    return actor is not None and actor.may(Permission.DIRECT_OUTBOX)


def _is_for_staff() -> bool:
    return is_staff_path(request.path) and current_actor() is not None


def stalled_mail() -> dict[str, str] | None:
    """Return the mail that does not leave, since when and why, for the banner of staff pages."""
    if not _is_for_staff():
        return None
    since = outbox.stalled_since(db.session())
    if since is None:
        return None
    at = now()
    lines = labels.breaker_lines(db.session(), at)
    of_flood = breakers.answers_wait(db.session())
    what = "Des accusés de réception attendent" if of_flood else "Aucun courriel ne part"
    return {"what": what, "since": labels.duration(at - since), "why": " ".join(lines)}


def register(app: Flask) -> None:
    """Bind Flask-Mail to `app`, and give templates the state of mail."""
    safe_mail.init_app(app)
    app.jinja_env.globals.update(
        stalled_mail=stalled_mail,
        keeps_all_mail=keeps_all_mail,
        may_direct_outbox=_may_direct_outbox,
        may_open_mailbox=_may_open_mailbox,
    )
