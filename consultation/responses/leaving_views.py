"""The pages by which a respondent withdraws what they gave, or has erased what identifies them."""

from datetime import timedelta

import structlog
from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.crypto import keyring
from consultation.database import OutcomeUnknown, StorageUnavailable, writing
from consultation.extensions import db
from consultation.invitations import forgetting as invitees
from consultation.mail.pacing import Caps
from consultation.responses import departing, forgetting, withdrawing
from consultation.responses.forgetting import AlreadyErased, Wish
from consultation.responses.forms import shut_out
from consultation.responses.models import Respondent, RespondentSession, Response
from consultation.responses.space_views import closed_at, opened_space
from consultation.responses.withdrawing import Replaced
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.headers import keep_private
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("leaving", __name__, url_prefix="/contributions")

DONE = "erased"
ASKED = "erasing"
TOLD_FOR = timedelta(hours=2)

log = structlog.get_logger()


@blueprint.route("/retirer/<public_id>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def withdraw(public_id: str) -> ResponseReturnValue:
    """Say what withdrawing one contribution does; on a post, withdraw it."""
    keep_private()
    opened = opened_space()
    if opened is None:
        return _space_closed()
    try:
        found = withdrawing.find(db.session(), opened.respondent_id, public_id)
    except Replaced:
        return render_template("responses/leave_replaced.html"), 409
    if found is None:
        abort(404)
    if request.method != "POST" or comes_from_elsewhere():
        return _ask_to_withdraw([] if found.withdrawn_at else [found], is_one=True)
    with writing(db.session()):
        gone = withdrawing.withdraw(db.session(), opened.respondent_id, public_id, now())
        _confirm_withdrawn(opened.respondent_id, gone)
    return redirect(url_for(".withdrawn"), 303)


@blueprint.route("/retirer", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def withdraw_all() -> ResponseReturnValue:
    """Say what withdrawing everything does; on a post, withdraw it."""
    keep_private()
    opened = opened_space()
    if opened is None:
        return _space_closed()
    if request.method != "POST" or comes_from_elsewhere():
        found = withdrawing.standing(db.session(), opened.respondent_id)
        return _ask_to_withdraw(list(found), is_one=False)
    with writing(db.session()):
        gone = withdrawing.withdraw_all(db.session(), opened.respondent_id, now())
        _confirm_withdrawn(opened.respondent_id, gone)
    return redirect(url_for(".withdrawn"), 303)


@blueprint.get("/retirees")
@requires(Permission.PUBLIC)
def withdrawn() -> ResponseReturnValue:
    """List what was withdrawn, and say how to send it again."""
    keep_private()
    opened = opened_space()
    if opened is None:
        return _space_closed()
    return render_template(
        "responses/leave_withdrawn.html",
        gone=withdrawing.withdrawn(db.session(), opened.respondent_id),
        left=len(withdrawing.standing(db.session(), opened.respondent_id)),
        closed_at=closed_at(db.session.get_one(Respondent, opened.respondent_id)),
    )


@blueprint.route("/effacer", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def erase() -> ResponseReturnValue:
    """Say what erasing does and what it leaves; on a confirmed post, erase."""
    keep_private()
    opened = opened_space()
    if opened is None:
        return _erased_a_moment_ago() or _space_closed()
    if request.method != "POST" or comes_from_elsewhere():
        return _ask_to_erase(opened)
    if not request.form.get("understood"):
        return _ask_to_erase(opened, is_unconfirmed=True), 422
    try:
        with writing(db.session()):
            is_invited = invitees.is_invited(db.session(), opened.respondent_id)
            will_come = _erase(opened.respondent_id, _wish())
    except AlreadyErased:
        return _erased_a_moment_ago() or _space_closed()
    except OutcomeUnknown:  # its own page says so: nothing here may
        raise
    except (StorageUnavailable, OSError) as error:
        # The list of erasures is a file: without it, a restored backup would bring all this back.
        log.error("erasure failed", error=type(error).__name__)
        return _ask_to_erase(opened, is_unavailable=True), 503, {"Retry-After": "60"}
    return _done(is_invited, will_come)


@blueprint.get("/efface/<token>")
@requires(Permission.PUBLIC)
def erased(token: str) -> ResponseReturnValue:
    """Say what was erased and what is left, for two hours; nothing of it names anybody."""
    keep_private()
    said = keyring.unsign(DONE, token)
    if said is None or now().timestamp() - said[1] >= TOLD_FOR.total_seconds():
        abort(404)
    texts, invitee, is_invited, will_come = said[0]
    return render_template(
        "responses/leave_erased.html",
        wish=Wish(texts, invitee),
        is_invited=is_invited,
        will_come=will_come and bool(current_app.config["MAIL_SERVER"]),
        sender=current_app.config["MAIL_SENDER"],
    )


def _ask_to_withdraw(found: list[Response], *, is_one: bool) -> ResponseReturnValue:
    page = render_template("responses/leave_withdraw.html", found=found, is_one=is_one)
    return page, 400 if request.method == "POST" else 200


def _confirm_withdrawn(respondent_id: int, gone: list[Response]) -> None:
    """Owe the mail that confirms it, in the transaction that withdraws."""
    if not gone:
        return
    respondent = db.session.get_one(Respondent, respondent_id)
    departing.owe_withdrawn(
        db.session(),
        [response.receipt_code for response in gone],
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
    mark = forgetting.mark_of(db.session(), respondent.id)
    return render_template(
        "responses/leave_erase.html",
        is_unconfirmed=is_unconfirmed,
        is_unavailable=is_unavailable,
        is_invited=is_invited,
        has_address=_address_of(respondent) is not None,
        chosen=request.form,
        asked=keyring.sign(ASKED, [mark, is_invited]),
        sender=current_app.config["MAIL_SENDER"],
    )


def _erase(respondent_id: int, wish: Wish) -> bool:
    """Erase, and owe the mail that says so; return whether it will come."""
    at = now()
    respondent = db.session.get_one(Respondent, respondent_id)
    address, locale = _address_of(respondent), respondent.locale
    forgetting.erase(db.session(), respondent_id, wish, at, home=current_app.config["HOME"])
    return departing.owe_erased(
        db.session(),
        texts_too=wish.texts,
        address=address,
        locale=locale,
        at=at,
        caps=Caps.of(current_app.config),
    )


def _wish() -> Wish:
    return Wish(texts=bool(request.form.get("texts")), invitee=bool(request.form.get("invitee")))


def _done(is_invited: bool, will_come: bool | None) -> ResponseReturnValue:
    """Go on to the page that says so, and leave nothing in this browser."""
    wish = _wish()
    token = keyring.sign(DONE, [wish.texts, wish.invitee, is_invited, will_come])
    answer = make_response(redirect(url_for(".erased", token=token), 303))
    shut_out(answer)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _erased_a_moment_ago() -> ResponseReturnValue | None:
    """Say again that it is done to whom has pressed the button twice, else nothing."""
    asked = keyring.unsign(ASKED, request.form.get("asked", ""))
    if asked is None or now().timestamp() - asked[1] >= TOLD_FOR.total_seconds():
        return None
    mark, is_invited = asked[0]
    return _done(is_invited, None) if forgetting.was_erased(db.session(), mark) else None


def _address_of(respondent: Respondent) -> str | None:
    return respondent.contact.address if respondent.contact else None


def _space_closed() -> ResponseReturnValue:
    return render_template("responses/space_closed.html"), 403


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
