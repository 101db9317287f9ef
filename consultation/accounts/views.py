"""Views around sign-in: sign-in, sign-out, welcome, and the home page of the staff.

Also the guards of staff pages.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import hash_password, login_user
from sqlalchemy.exc import SQLAlchemyError

from consultation.accounts import first_link, invitations, roles, staff
from consultation.accounts.audit import audit_log
from consultation.accounts.invitations import InvitationOver
from consultation.accounts.roles import StaffActor, WhomToAsk
from consultation.accounts.sign_in import flask_security, passwords, sessions
from consultation.accounts.sign_in.forms import WelcomeForm
from consultation.accounts.sign_in.rate_limits import (
    BY_SOURCE,
    FAILED_SIGN_INS,
    MAILS_ASKED,
    WRONG_PASSWORDS,
)
from consultation.accounts.staff import AddressTaken
from consultation.clock import now
from consultation.dashboard import home, tasks
from consultation.db.base import StorageUnavailable, writing
from consultation.extensions import db
from consultation.operations import readiness
from consultation.operations.retention import gaps
from consultation.operations.retention import notices as retention_notices
from consultation.questionnaires.rounds import lifecycle
from consultation.questionnaires.rounds.choice import working_round
from consultation.web import errors
from consultation.web.errors import ENDED
from consultation.web.headers import on_staff_pages
from consultation.web.permissions import (
    Actor,
    Permission,
    current_actor,
    load_actor_with,
    requires,
)
from consultation.web.rate_limits import throttle
from consultation.work.actions import current_work

blueprint = Blueprint("accounts", __name__)

View = Callable[..., ResponseReturnValue]
SETTING_UP = ("own.setting_up", "own.set_up")
TAKEN = (
    "Cette adresse a déjà un compte : connectez-vous avec son mot de passe, ou indiquez une autre"
    " adresse. Le lien reste valable."
)
SIGN_IN = "/connexion"
OPENED = "Votre compte est ouvert : connectez-vous avec le mot de passe que vous venez de choisir."


@blueprint.get("/organisation/")
@requires(Permission.WORKSPACE)
def workspace() -> ResponseReturnValue:
    """Show the home of the staff: what the roles open, and what is about to be erased."""
    work, worked_on, config = current_work(), working_round(), current_app.config
    organises = work.actor.may(Permission.RUN_ROUNDS)
    set_up, days = home.round_to_set_up(work), home.days(work, worked_on)
    return render_template(
        "dashboard/home.html",
        actor=work.actor,
        notices=[
            *gaps.notices(work.session, work.at),
            *retention_notices.notices(work.session, config, work.at),
        ]
        if organises
        else [],
        set_up=set_up,
        set_up_state=lifecycle.state_of(set_up, work.at) if set_up else None,
        checklist=home.checklist_of(work.session, set_up, config) if set_up else [],
        tasks=tasks.tasks(work, worked_on, readiness.site_of(work.session, config)),
        worked_on=worked_on,
        calendar=home.calendar(work.session, worked_on, work.at) if worked_on else [],
        days=days,
        total=sum(day.count for day in days),
    )


@blueprint.post("/connexion/quitter")
@requires(Permission.PUBLIC)
def leave() -> ResponseReturnValue:
    """Sign out, and revoke the session: no copy of the cookie is valid any more."""
    with writing(db.session()):
        account_id = sessions.revoke(db.session(), session.get(flask_security.TOKEN, ""), now())
        if account_id is not None:
            audit_log.record(db.session(), account_id, "signed_out", at=now())
    session.clear()
    flash("La session est fermée.", "info")
    answer = redirect(url_for("security.login"), 303)
    answer.headers["Clear-Site-Data"] = '"cache"'  # the cookie is emptied, and carries the notice
    return answer


@blueprint.route("/connexion/bienvenue/<token>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def welcome(token: str) -> ResponseReturnValue:
    """Ask for an address and a password; on a valid post, open the account and sign in."""
    try:
        invited_address = invitations.find_invitation(db.session(), token, now()).email
        form = WelcomeForm(request.form, address=invited_address)
        if request.method == "POST" and form.validate() and (place := _open_account(token, form)):
            return redirect(place, 303)
    except InvitationOver:
        return render_template("accounts/invitation_expired.html"), 404
    status = 422 if form.errors else 200
    return render_template("accounts/welcome.html", form=form), status


def _open_account(token: str, form: WelcomeForm) -> str | None:
    """Open the account and sign in; return the next address, or None with an error in the form."""
    password_hash = hash_password(passwords.normalized(form.password.data))
    try:
        with writing(db.session()):
            account = invitations.accept_invitation(
                db.session(), token, form.address, password_hash, now()
            )
    except AddressTaken:
        form.form_errors.append(TAKEN)
        return None
    with suppress(OSError, SQLAlchemyError):  # else the next start removes it
        if staff.is_administered(db.session()):
            first_link.forget(current_app.config["HOME"])
    try:
        login_user(account, authn_via=["invitation"])
    except StorageUnavailable:  # the account is open, and its link is used
        session.clear()
        flash(OPENED)
        return url_for("security.login")
    return url_for(".workspace")


def _load_actor() -> ResponseReturnValue | None:
    """Load the signed-in actor before each request for a staff page, error pages included.

    Redirects a visitor without a session to sign in, and an administrator without a second factor
    to setting it up.
    """
    actor = current_actor()
    g.connection_ended = actor is None and flask_security.TOKEN in session
    if actor is None and flask_security.requires_sign_in():
        return _sign_in_first()
    if not isinstance(actor, StaffActor) or not actor.must_set_up:
        return None
    view = current_app.view_functions.get(request.endpoint or "")
    is_public = getattr(view, "permission", None) is Permission.PUBLIC
    if is_public or request.endpoint in SETTING_UP:
        return None
    return redirect(url_for(SETTING_UP[0]), 303)


def _sign_in_first() -> ResponseReturnValue:
    """Redirect to the sign-in, and from there back to this address."""
    if g.connection_ended:
        flash(str(ENDED.title) + " : connectez-vous de nouveau.")
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    target = urlencode({"next": f"{request.path}{query}"})
    return redirect(f"{SIGN_IN}?{target}", 303)


LIMITS = {
    "security.login": (BY_SOURCE, FAILED_SIGN_INS),
    "security.forgot_password": (BY_SOURCE, MAILS_ASKED),
    "security.reset_password": (BY_SOURCE,),
    "security.change_password": (BY_SOURCE, WRONG_PASSWORDS),
    "accounts.welcome": (BY_SOURCE,),
}


def _whom_to_ask(actor: Actor, permission: Permission) -> WhomToAsk | None:
    if not isinstance(actor, StaffActor):
        return None
    return roles.whom_to_ask(db.session(), actor, permission)


def _recording_failures(view: View) -> View:
    """Record failed sign-ins: Flask-Security gives no signal for an unknown address."""

    @wraps(view)
    def sign_in(**values: Any) -> ResponseReturnValue:
        answer = view(**values)
        if request.method == "POST" and isinstance(answer, str):
            with writing(db.session()):
                account = staff.find(db.session(), request.form.get("email", ""))
                account_id = account.id if account else None
                audit_log.record(db.session(), account_id, "sign_in_failed", at=now())
        return answer

    return sign_in


def _requiring_code(view: View) -> View:
    """Redirect to the page of the code when the account has a second factor."""

    @wraps(view)
    def sign_in(**values: Any) -> ResponseReturnValue:
        answer = view(**values)
        if not flask_security.is_code_required():
            return answer
        flask_security.remember_destination(current_app.make_response(answer).location or "")
        return redirect(url_for("second_factor.code"), 303)

    return sign_in


def _mailing_reset(view: View) -> View:
    """Enqueue the mail of a reset, if any; as much is written when there is none."""

    @wraps(view)
    def forget(**values: Any) -> ResponseReturnValue:
        answer = view(**values)
        if request.method == "POST":
            requested = g.pop("password_reset", None)
            with writing(db.session()):
                passwords.request_reset(
                    db.session(), requested, current_app.config["BASE_URL"], now()
                )
        return answer

    return forget


def _without_autoflush(view: View) -> View:
    """Keep changes of the view to an account from being written outside of `writing`."""

    @wraps(view)
    def unflushed(**values: Any) -> ResponseReturnValue:
        with db.session.no_autoflush:
            return view(**values)

    return unflushed


def _wrap_view(
    app: Flask, endpoint: str, permission: Permission, *around: Callable[[View], View]
) -> None:
    """Give a view of Flask-Security its permission and our wrappers."""
    view_function: Any = app.view_functions[endpoint]
    view = _without_autoflush(view_function)
    for wrap in around:
        view = wrap(view)
    app.view_functions[endpoint] = requires(permission)(view)


def register(app: Flask) -> None:
    """Bind Flask-Security and the current actor to `app`, and limit sign-in."""
    flask_security.register(app)
    load_actor_with(flask_security.load_actor)
    errors.explain_refusals_with(_whom_to_ask)
    app.before_request(on_staff_pages(_load_actor))
    _wrap_view(app, "security.login", Permission.PUBLIC, _recording_failures, _requiring_code)
    _wrap_view(app, "security.forgot_password", Permission.PUBLIC, _mailing_reset)
    _wrap_view(app, "security.reset_password", Permission.PUBLIC)
    _wrap_view(app, "security.change_password", Permission.WORKSPACE)
    for endpoint, limits in LIMITS.items():
        throttle(app, endpoint, *limits)
