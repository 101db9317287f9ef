"""Rights pages: copy, withdrawal, erasure."""

from datetime import datetime

import structlog
from flask import (
    Blueprint,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import OutcomeUnknown, StorageUnavailable, writing
from consultation.extensions import db
from consultation.invitations.contacts import erasure as invitees
from consultation.mail.outbox import Caps
from consultation.moderation import visibility
from consultation.moderation.visibility import TextOutcome
from consultation.responses import revisions
from consultation.responses.models import Respondent, RespondentSession
from consultation.responses.models import Response as Response_
from consultation.responses.rights import (
    attachments,
    erasure,
    export,
    export_formats,
    withdrawal,
)
from consultation.responses.rights.erasure import AlreadyErased, Wish
from consultation.responses.rights.export import Copy
from consultation.responses.rights.withdrawal import Replaced
from consultation.responses.space import cookie, sessions
from consultation.responses.space.views import closed_at
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires

copy_blueprint = Blueprint("copies", __name__, url_prefix="/contributions")


@copy_blueprint.get("/copie")
@requires(Permission.PUBLIC)
def page() -> ResponseReturnValue:
    """Show everything that the respondent gave, as a page to read or to print."""
    copy = _own_copy()
    if copy is None:
        return _closed()
    described = export_formats.describe(copy, _sentences(copy))
    return render_template("responses/rights/copy.html", copy=described)


@copy_blueprint.get("/copie.pdf")
@requires(Permission.PUBLIC)
def document() -> ResponseReturnValue:
    """Return the same as a PDF."""
    copy = _own_copy()
    if copy is None:
        return _closed()
    return attachments.document(
        lambda: export_formats.describe(copy, _sentences(copy)), copy.made_at
    )


@copy_blueprint.get("/copie.json")
@requires(Permission.PUBLIC)
def file() -> ResponseReturnValue:
    """Return the same as JSON; `export_formats` documents its keys."""
    copy = _own_copy()
    if copy is None:
        return _closed()
    states = {
        response_id: {
            question_id: (outcome.state.value, sorted(reason.value for reason in outcome.reasons))
            for question_id, outcome in by_question.items()
        }
        for response_id, by_question in _text_outcomes(copy).items()
    }
    made = export_formats.file_of(copy, current_locale(), states)
    return attachments.attached(made, "application/json", "json", copy.made_at)


def _own_copy() -> Copy | None:
    """Return the copy of the respondent whose space is open, which no cache may keep."""
    keep_private()
    opened = cookie.used_session()
    return export.copy_of(db.session(), opened.respondent_id, now()) if opened else None


def _closed() -> ResponseReturnValue:
    return render_template("responses/space/closed.html"), 403


def _text_outcomes(copy: Copy) -> dict[int, dict[int, TextOutcome]]:
    """Return the moderation outcomes of the texts of each current response."""
    return {
        response.id: dict(visibility.outcomes_of_response(db.session(), response.id))
        for response in copy.responses
        if response.state == "current"
    }


def _sentences(copy: Copy) -> dict[int, dict[int, str]]:
    # Made for this page: a module that Jinja keeps would speak the language of its first reader.
    verdicts = current_app.jinja_env.get_template("responses/_verdict.html").make_module()
    return {
        response_id: {
            question_id: Markup(verdicts.outcome(outcome)).unescape()  # type: ignore[attr-defined]  # noqa: S704 - a macro of ours, made plain text
            for question_id, outcome in by_question.items()
        }
        for response_id, by_question in _text_outcomes(copy).items()
    }


exit_blueprint = Blueprint("leaving", __name__, url_prefix="/contributions")

DONE = "erased"
ERASING = "erasing"

log = structlog.get_logger()


@exit_blueprint.route("/retirer/<public_id>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def withdraw(public_id: str) -> ResponseReturnValue:
    """Show what withdrawing one response does; on a post, withdraw it."""
    keep_private()
    opened = cookie.used_session()
    if opened is None:
        return _space_closed()
    try:
        response = withdrawal.find(db.session(), opened.respondent_id, public_id)
    except Replaced:
        return render_template("responses/rights/replaced.html"), 409
    if response is None:
        abort(404)
    if request.method != "POST" or comes_from_elsewhere():
        return _ask_to_withdraw([] if response.withdrawn_at else [response], is_one=True)
    with writing(db.session()):
        gone = withdrawal.withdraw(db.session(), opened.respondent_id, public_id, now())
        _confirm_withdrawn(opened.respondent_id, gone)
    return redirect(url_for(".withdrawn"), 303)


@exit_blueprint.route("/retirer", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def withdraw_all() -> ResponseReturnValue:
    """Show what withdrawing everything does; on a post, withdraw it."""
    keep_private()
    opened = cookie.used_session()
    if opened is None:
        return _space_closed()
    if request.method != "POST" or comes_from_elsewhere():
        responses = withdrawal.current(db.session(), opened.respondent_id)
        return _ask_to_withdraw(list(responses), is_one=False)
    with writing(db.session()):
        gone = withdrawal.withdraw_all(db.session(), opened.respondent_id, now())
        _confirm_withdrawn(opened.respondent_id, gone)
    return redirect(url_for(".withdrawn"), 303)


@exit_blueprint.get("/retirees")
@requires(Permission.PUBLIC)
def withdrawn() -> ResponseReturnValue:
    """List what was withdrawn, and how to send it again."""
    keep_private()
    opened = cookie.used_session()
    if opened is None:
        return _space_closed()
    gone = withdrawal.withdrawn(db.session(), opened.respondent_id)
    return render_template(
        "responses/rights/withdrawn.html",
        gone=gone,
        numbers=revisions.first_codes(db.session(), gone),
        left=len(withdrawal.current(db.session(), opened.respondent_id)),
        closed_at=closed_at(db.session.get_one(Respondent, opened.respondent_id)),
    )


@exit_blueprint.route("/effacer", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def erase() -> ResponseReturnValue:
    """Show what erasing does and what it leaves; on a confirmed post, erase."""
    keep_private()
    opened = cookie.used_session()
    if opened is None:
        return _erased_a_moment_ago() or _space_closed()
    if request.method != "POST" or comes_from_elsewhere():
        return _ask_to_erase(opened)
    if not request.form.get("understood"):
        return _ask_to_erase(opened, is_unconfirmed=True), 422
    try:
        with writing(db.session()):
            mark = erasure.mark_of(db.session(), opened.respondent_id)
            is_invited = invitees.is_invited(db.session(), opened.respondent_id)
            will_come = _erase(opened.respondent_id, _wish())
    except AlreadyErased:
        return _erased_a_moment_ago() or _space_closed()
    except OutcomeUnknown:  # its own page says so: nothing here may
        raise
    except (StorageUnavailable, OSError) as error:
        # The erasure log is a file: without its entry a restored backup would bring all this back.
        log.error("erasure failed", error=type(error).__name__)
        return _ask_to_erase(opened, is_unavailable=True), 503, {"Retry-After": "60"}
    return _done(mark, is_invited, will_come)


@exit_blueprint.get("/efface/<token>")
@requires(Permission.PUBLIC)
def erased(token: str) -> ResponseReturnValue:
    """Show what was erased and what is left, without any name, for two hours or until left."""
    keep_private()
    signed = keyring.unsign(DONE, token)
    if signed is None or now().timestamp() - signed[1] >= sessions.SHOWN_FOR.total_seconds():
        abort(404)
    texts, invitee, is_invited, will_come, *since = signed[0]
    if since and erasure.was_left(db.session(), since[0], datetime.fromisoformat(since[1])):
        abort(404)
    return render_template(
        "responses/rights/erased.html",
        wish=Wish(texts, invitee),
        is_invited=is_invited,
        will_come=will_come and bool(current_app.config["MAIL_SERVER"]),
        sender=current_app.config["MAIL_SENDER"],
    )


def _ask_to_withdraw(responses: list[Response_], *, is_one: bool) -> ResponseReturnValue:
    page = render_template(
        "responses/rights/withdraw.html",
        responses=responses,
        numbers=revisions.first_codes(db.session(), responses),
        is_one=is_one,
    )
    return page, 400 if request.method == "POST" else 200


def _confirm_withdrawn(respondent_id: int, gone: list[Response_]) -> None:
    """Enqueue the mail that confirms it, in the transaction that withdraws."""
    if not gone:
        return
    respondent = db.session.get_one(Respondent, respondent_id)
    numbers = revisions.first_codes(db.session(), gone)
    withdrawal.enqueue_withdrawn(
        db.session(),
        list(dict.fromkeys(numbers[response.id] for response in gone)),
        address=_address_of(respondent),
        locale=respondent.locale,
        at=now(),
        caps=Caps.of(current_app.config),
    )


def _ask_to_erase(
    opened: RespondentSession, *, is_unconfirmed: bool = False, is_unavailable: bool = False
) -> str:
    respondent = db.session.get_one(Respondent, opened.respondent_id)
    is_invited = invitees.is_invited(db.session(), respondent.id)
    mark = erasure.mark_of(db.session(), respondent.id)
    return render_template(
        "responses/rights/erase.html",
        is_unconfirmed=is_unconfirmed,
        is_unavailable=is_unavailable,
        is_invited=is_invited,
        has_address=_address_of(respondent) is not None,
        chosen=request.form,
        erasing=keyring.sign(ERASING, [mark, is_invited]),
        sender=current_app.config["MAIL_SENDER"],
    )


def _erase(respondent_id: int, wish: Wish) -> bool:
    """Erase and enqueue the confirmation; return whether that will come."""
    at = now()
    respondent = db.session.get_one(Respondent, respondent_id)
    address, locale = _address_of(respondent), respondent.locale
    erasure.erase(db.session(), respondent_id, wish, at, home=current_app.config["HOME"])
    return withdrawal.enqueue_erased(
        db.session(),
        texts_too=wish.texts,
        address=address,
        locale=locale,
        at=at,
        caps=Caps.of(current_app.config),
    )


def _wish() -> Wish:
    return Wish(texts=bool(request.form.get("texts")), invitee=bool(request.form.get("invitee")))


def _done(mark: str, is_invited: bool, will_come: bool | None) -> ResponseReturnValue:
    """Redirect to the page that confirms it, and clear the browser's cookie and cache."""
    wish = _wish()
    at = now().isoformat()
    token = keyring.sign(DONE, [wish.texts, wish.invitee, is_invited, will_come, mark, at])
    answer = make_response(redirect(url_for(".erased", token=token), 303))
    cookie.delete_token(answer)
    cookie.add_displayed(answer, mark)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _erased_a_moment_ago() -> ResponseReturnValue | None:
    """Return the confirmation once more after a second click on the button, else None."""
    signed = keyring.unsign(ERASING, request.form.get("asked", ""))
    if signed is None or now().timestamp() - signed[1] >= sessions.SHOWN_FOR.total_seconds():
        return None
    mark, is_invited = signed[0]
    return _done(mark, is_invited, None) if erasure.was_erased(db.session(), mark) else None


def _address_of(respondent: Respondent) -> str | None:
    return respondent.contact.address if respondent.contact else None


def _space_closed() -> ResponseReturnValue:
    return render_template("responses/space/closed.html"), 403
