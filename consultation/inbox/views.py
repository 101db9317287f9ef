"""Inbox pages: those of the staff, and the public one that confirms a contribution."""

from collections.abc import Callable, Sequence
from io import BytesIO

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.inbox import attachments, confirmation, decisions, forms, labels, queries
from consultation.inbox.confirmation import CannotAsk
from consultation.inbox.decisions import MovedOn, ReasonUnknown
from consultation.inbox.forms import Choice, Orphan
from consultation.inbox.models import IncomingMessage, State
from consultation.mail.addresses import masked
from consultation.moderation import labels as moderation_wording
from consultation.moderation.danger import alerts, screening
from consultation.moderation.danger import labels as danger_labels
from consultation.moderation.danger.alerts import AlreadyClosed, NoteMissing, NoteTooLong, Referent
from consultation.responses import transcription
from consultation.web.headers import keep_private, shut_in
from consultation.web.permissions import Actor, Permission, require, requires

confirming_blueprint = Blueprint("confirming", __name__, url_prefix="/courriel/confirmer")


@confirming_blueprint.get("/<token>")
@requires(Permission.PUBLIC)
def knock(token: str) -> ResponseReturnValue:
    """Show the button that confirms: scanners of mail follow links, and press nothing."""
    keep_private()
    found = confirmation.find(db.session(), token)
    if found is None:
        abort(404)
    return render_template(
        "inbox/confirm.html",
        is_confirmed=found.confirmed_at is not None,
        came_at=confirmation.came_at(found),
    )


@confirming_blueprint.post("/<token>")
@requires(Permission.PUBLIC)
def confirm(token: str) -> ResponseReturnValue:
    """Note that the sender has confirmed."""
    with writing(db.session()):
        found = confirmation.find(db.session(), token)
        if found is None:
            abort(404)
        confirmation.confirm(db.session(), found.public_id, now())
    return redirect(url_for(".knock", token=token), 303)


inbox_blueprint = Blueprint("inbox", __name__, url_prefix="/organisation/courrier")

LONGEST_SHOWN = 100_000
"""Signs of an original that a page shows; the text that is converted is whole."""


@inbox_blueprint.get("")
@requires(Permission.SORT_INBOX)
def messages() -> ResponseReturnValue:
    """List the messages in one state."""
    state = _wanted_state()
    reason = request.args.get("raison", "") if state is State.SET_ASIDE else ""
    page = request.args.get("page", 1, type=int)
    return render_template(
        "inbox/messages.html",
        listed=queries.received(db.session(), _actor(), state, reason, page),
        counts=queries.counts(db.session(), _actor()),
        reasons=queries.reasons(db.session(), _actor()) if state is State.SET_ASIDE else {},
        standing=queries.standing(db.session(), current_app.config, now()),
        state=state,
        wanted=reason,
        words=labels,
        masked=masked,
        alerted=alerts.open_messages(db.session(), _actor()),
        came_at=confirmation.came_at,
    )


@inbox_blueprint.get("/<public_id>")
@requires(Permission.SORT_INBOX)
def message(public_id: str) -> ResponseReturnValue:
    """Show one message, its sender included."""
    found = _found(public_id)
    return _page(found, _choices(found, forms.proposed))


@inbox_blueprint.post("/<public_id>/convertir")
@requires(Permission.SORT_INBOX)
def convert(public_id: str) -> ResponseReturnValue:
    """Show a text for each measure that is ticked; or make contributions of them."""
    found = _found(public_id)
    choices, seen = _choices(found, forms.posted), _seen()
    if found.state is not seen:
        return _moved_on(public_id, choices)
    left = forms.orphans(choices)
    is_asked = request.form.get("geste") == "convertir"
    faults = forms.gone(left, choices) or (forms.faults(choices) if is_asked else [])
    if faults or not is_asked:
        return _page(found, choices, faults, left), 400 if faults else 200
    parts = [(choice.form, choice.text) for choice in choices if choice.is_chosen]
    try:
        with writing(db.session()):
            made = decisions.convert(db.session(), _actor(), public_id, parts, seen=seen, at=now())
    except MovedOn:
        return _moved_on(public_id, choices)
    flash(f"Ce message est devenu {len(made)} contribution{'s' if len(made) > 1 else ''}.")
    return redirect(url_for(".message", public_id=public_id), 303)


@inbox_blueprint.post("/<public_id>/confirmer")
@requires(Permission.SORT_INBOX)
def ask(public_id: str) -> ResponseReturnValue:
    """Owe the mail that asks the sender to confirm."""
    found = _found(public_id)
    seen = _seen()
    try:
        with writing(db.session()):
            confirmation.ask(
                db.session(), _actor(), public_id, current_app.config, seen=seen, at=now()
            )
    except MovedOn:
        return _moved_on(public_id)
    except CannotAsk as refused:
        found = _found(public_id)
        faults = [("demander", labels.OBSTACLES[refused.obstacle.value])]
        return _page(found, _choices(found, forms.proposed), faults), 400
    leaves = current_app.config["MAIL_SERVER"]
    flash(labels.CONFIRMATION_LEAVES if leaves else labels.CONFIRMATION_STAYS)
    return redirect(url_for(".message", public_id=public_id), 303)


@inbox_blueprint.post("/<public_id>/ecarter")
@requires(Permission.SORT_INBOX)
def set_aside(public_id: str) -> ResponseReturnValue:
    """Set the message aside for a reason of the list."""
    found = _found(public_id)
    seen, reason = _seen(), request.form.get("raison", "")
    try:
        with writing(db.session()):
            decisions.set_aside(db.session(), _actor(), public_id, reason, seen=seen, at=now())
            if reason == labels.ALERTING:
                alerts.raise_for_message(db.session(), _actor(), public_id, _referent(), now())
    except MovedOn:
        return _moved_on(public_id)
    except ReasonUnknown:
        found = _found(public_id)
        faults = [("raison", "Choisissez dans la liste pourquoi ce message est mis de côté.")]
        return _page(found, _choices(found, forms.proposed), faults), 400
    flash("Ce message est mis de côté ; vous pouvez toujours le reprendre.")
    if reason == labels.ALERTING:
        flash(danger_labels.alert_raised(_referent()))
    return redirect(url_for(".message", public_id=public_id), 303)


@inbox_blueprint.post("/<public_id>/danger")
@requires(Permission.SORT_INBOX)
def alert(public_id: str) -> ResponseReturnValue:
    """Open an alert: somebody may be in danger."""
    _found(public_id)
    with writing(db.session()):
        alerts.raise_for_message(db.session(), _actor(), public_id, _referent(), now())
    flash(danger_labels.alert_raised(_referent()))
    return redirect(url_for(".message", public_id=public_id), 303)


@inbox_blueprint.post("/<public_id>/danger/fermer")
@requires(Permission.SORT_INBOX)
def close_alert(public_id: str) -> ResponseReturnValue:
    """Close the alert of the message by a note of what was done."""
    found, note = _found(public_id), request.form.get("note", "")
    last = alerts.of_message(db.session(), _actor(), found.id)
    if last is None:
        abort(404)
    try:
        with writing(db.session()):
            alerts.close(db.session(), _actor(), last.public_id, note, now())
    except (NoteMissing, NoteTooLong) as refused:
        faults = [("note", danger_labels.note_fault(refused))]
        return _page(found, _choices(found, forms.proposed), faults), 400
    except AlreadyClosed:
        faults = [("danger", danger_labels.NOTE_TOO_LATE)]
        return _page(found, _choices(found, forms.proposed), faults), 409
    flash(danger_labels.ALERT_CLOSED)
    return redirect(url_for(".message", public_id=public_id), 303)


@inbox_blueprint.post("/<public_id>/reprendre")
@requires(Permission.SORT_INBOX)
def take_back(public_id: str) -> ResponseReturnValue:
    """Let the message wait for a decision again."""
    _found(public_id)
    seen = _seen()
    try:
        with writing(db.session()):
            decisions.take_back(db.session(), _actor(), public_id, seen=seen, at=now())
    except MovedOn:
        return _moved_on(public_id)
    flash("Ce message est de nouveau à traiter.")
    return redirect(url_for(".message", public_id=public_id), 303)


@inbox_blueprint.get("/<public_id>/pieces/<attachment_id>")
@requires(Permission.SORT_INBOX)
def attachment(public_id: str, attachment_id: str) -> ResponseReturnValue:
    """Give out a file as bytes that no browser opens by itself, and note who took it."""
    kept = queries.attachment(db.session(), _actor(), public_id, attachment_id)
    content = queries.content(current_app.config["HOME"], kept) if kept else None
    if kept is None or content is None:
        abort(404)
    name = attachments.safe_name(kept.name)
    with writing(db.session()):
        audit_log.record(
            db.session(), _actor().id, "attachment_downloaded", attachment_id, at=now()
        )
    shut_in()
    return send_file(
        BytesIO(content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
        max_age=0,
    )


def _actor() -> Actor:
    return require(Permission.SORT_INBOX)


def _referent() -> Referent:
    return alerts.referent_of(current_app.config)


def _found(public_id: str) -> IncomingMessage:
    found = queries.one(db.session(), _actor(), public_id)
    if found is None:
        abort(404)
    return found


def _wanted_state() -> State:
    try:
        return State(request.args.get("etat", ""))
    except ValueError:
        return State.WAITING


def _seen() -> State:
    """Return the state that the message had on the page that was sent."""
    try:
        return State(request.form.get("etat", ""))
    except ValueError:
        abort(400)


def _choices(found: IncomingMessage, read: Callable[..., list[Choice]]) -> list[Choice]:
    clues = {row.measure_id: labels.CLUES[row.clue] for row in found.proposals}
    return read(transcription.forms(db.session(), now()), found, clues)


def _moved_on(public_id: str, choices: Sequence[Choice] = ()) -> ResponseReturnValue:
    """Tell who came second what the message has become, and give back what they had typed."""
    found = _found(public_id)
    typed = [choice for choice in choices if choice.is_chosen]
    faults = [("etat", labels.MOVED_ON.format(state=labels.STATES[found.state]))]
    return _page(found, _choices(found, forms.proposed), faults, typed), 409


def _page(
    found: IncomingMessage,
    choices: Sequence[Choice],
    faults: Sequence[tuple[str, str]] = (),
    typed: Sequence[Choice | Orphan] = (),
) -> str:
    """Return the page of a message, and note who has been shown it, whatever they came for."""
    public_id = found.public_id
    with writing(db.session()):
        audit_log.record(db.session(), _actor().id, "message_opened", public_id, at=now())
    found = _found(public_id)
    can_move = {move for state, move in decisions.TRANSITIONS if state is found.state}
    return render_template(
        "inbox/message.html",
        message=found,
        came_at=confirmation.came_at(found),
        original=(found.original or "")[:LONGEST_SHOWN],
        is_cut=len(found.original or "") > LONGEST_SHOWN,
        choices=choices,
        chosen=[choice for choice in choices if choice.is_chosen],
        faults=faults,
        fault_at=dict(faults),
        typed=typed,
        can=can_move,
        moves=decisions.Move,
        obstacle=confirmation.obstacle(db.session(), found, current_app.config),
        responses=decisions.responses_of(db.session(), found.id),
        words=labels,
        safe_name=attachments.safe_name,
        alert=alerts.of_message(db.session(), _actor(), found.id),
        danger_words=_danger_words(found),
        name_of=moderation_wording.name_of,
        note=request.form.get("note", ""),
    )


def _danger_words(found: IncomingMessage) -> Sequence[str]:
    """Return the danger words in a message that is marked by them."""
    if not found.has_danger_words:
        return []
    read = screening.words_of(found.subject, found.kept, found.original)
    return screening.words(db.session()).find(read)
