"""Views around sign-in: sign-in, sign-out and welcome; also the guards of staff pages."""

from contextlib import suppress
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
from sqlalchemy.exc import SQLAlchemyError

from consultation.accounts import first_link, invitations, roles, staff
from consultation.accounts.audit import audit_log
from consultation.accounts.invitations import InvitationOver
from consultation.accounts.roles import StaffActor, WhomToAsk
from consultation.accounts.sign_in import hashes, sessions, signed_in
from consultation.accounts.sign_in.forms import WelcomeForm
from consultation.accounts.sign_in.rate_limits import BY_SOURCE
from consultation.accounts.staff import AddressTaken
from consultation.clock import now
from consultation.db.base import StorageUnavailable, writing
from consultation.extensions import db
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

blueprint = Blueprint("accounts", __name__)

SETTING_UP = ("own.setting_up", "own.set_up")
TAKEN = (
    "Cette adresse a déjà un compte : connectez-vous avec son mot de passe, ou indiquez une autre"
    " adresse. Le lien reste valable."
)
SIGN_IN = "/connexion"
OPENED = "Votre compte est ouvert : connectez-vous avec le mot de passe que vous venez de choisir."


@blueprint.post("/connexion/quitter")
@requires(Permission.PUBLIC)
def leave() -> ResponseReturnValue:
    """Sign out, and revoke the session: no copy of the cookie is valid any more."""
    with writing(db.session()):
        account_id = sessions.revoke(db.session(), session.get(signed_in.TOKEN, ""), now())
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
    password_hash = hashes.hash_of(form.password.data)
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
        is_open = signed_in.sign_in(account, url_for(".workspace"))
    except StorageUnavailable:  # the account is open, and its link is used
        session.clear()
        flash(OPENED)
        return url_for("security.login")
    return url_for(".workspace" if is_open else "second_factor.code")


def _load_actor() -> ResponseReturnValue | None:
    """Load the signed-in actor before each request for a staff page, error pages included.

    Redirects a visitor without a session to sign in, and an administrator without a second factor
    to setting it up.
    """
    actor = current_actor()
    g.connection_ended = actor is None and signed_in.TOKEN in session
    if actor is None and signed_in.requires_sign_in():
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


def _whom_to_ask(actor: Actor, permission: Permission) -> WhomToAsk | None:
    if not isinstance(actor, StaffActor):
        return None
    return roles.whom_to_ask(db.session(), actor, permission)


def register(app: Flask) -> None:
    """Bind the current actor to `app`, and limit the guesses of links."""
    load_actor_with(signed_in.load_actor)
    errors.explain_refusals_with(_whom_to_ask)
    app.before_request(on_staff_pages(_load_actor))
    throttle(app, "accounts.welcome", BY_SOURCE)
