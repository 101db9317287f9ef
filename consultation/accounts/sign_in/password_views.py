"""Pages of the password: sign-in, a forgotten password, its reset, its change."""

from flask import Blueprint, Flask, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import staff
from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.accounts.sign_in import hashes, known_browser, passwords, signed_in
from consultation.accounts.sign_in.forms import (
    ChangePasswordForm,
    ForgotPasswordForm,
    ResetPasswordForm,
    SignInForm,
)
from consultation.accounts.sign_in.passwords import LinkOver
from consultation.accounts.sign_in.rate_limits import (
    BY_SOURCE,
    FAILED_SIGN_INS,
    MAILS_ASKED,
    WRONG_PASSWORDS,
)
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.web.permissions import Permission, requires
from consultation.web.rate_limits import throttle

blueprint = Blueprint("security", __name__, url_prefix="/connexion")

REFUSED = "L'adresse ou le mot de passe ne convient pas : vérifiez l'un et l'autre."
LINK_SENT = (
    "Si cette adresse a un compte, un courriel vient d'y être envoyé : son lien sert une fois,"
    f" pendant {passwords.MINUTES} minutes."
)
LINK_KEPT = (
    "Ce site n'a pas encore de serveur de courriel : aucun lien ne peut vous parvenir. Prévenez la"
    " personne qui administre le site."
)
RESET = "Votre mot de passe est changé : connectez-vous avec le nouveau."
CHANGED = "Votre mot de passe est changé. Les autres appareils ne sont plus connectés."
LIMITS = {
    "security.login": (BY_SOURCE, FAILED_SIGN_INS),
    "security.forgot_password": (BY_SOURCE, MAILS_ASKED),
    "security.reset_password": (BY_SOURCE,),
    "security.change_password": (BY_SOURCE, WRONG_PASSWORDS),
}


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def login() -> ResponseReturnValue:
    """Ask for an address and its password, and go on to the page that was wanted."""
    home = url_for("accounts.workspace")
    if signed_in.current_account() is not None:
        return redirect(home)
    form = SignInForm(request.form, data={"next": request.args.get("next", "")})
    if request.method == "POST":
        typed = form.password.data or ""
        account = _account_proven(form.email.data or "", typed)
        if account is not None:
            return _sign_in(account, typed, form.destination or home)
        form.form_errors.append(REFUSED)
    return render_template("accounts/sign_in/login.html", form=form)


def _sign_in(account: Account, password: str, destination: str) -> ResponseReturnValue:
    stronger_hash = hashes.stronger(password, account.password or "")
    if signed_in.sign_in(account, destination, stronger_hash):
        return redirect(destination)
    return redirect(url_for("second_factor.code"), 303)


def _account_proven(email: str, password: str) -> Account | None:
    """Return the account that may sign in by `password`; a failure is recorded."""
    account = staff.find(db.session(), email)
    is_right = hashes.matches(password, account.password if account else None)
    if account and is_right and account.active:
        return account
    account_id = account.id if account else None
    with writing(db.session()):
        audit_log.record(db.session(), account_id, "sign_in_failed", at=now())
    return None


@blueprint.route("/oubli", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def forgot_password() -> ResponseReturnValue:
    """Enqueue the mail of a reset, if any: the page is the same, and as much is written."""
    account = signed_in.current_account()
    form = ForgotPasswordForm(request.form, data={"email": account.email if account else ""})
    if request.method == "POST":
        requested = passwords.reset_request(db.session(), form.email.data or "")
        with writing(db.session()):
            passwords.request_reset(db.session(), requested, current_app.config["BASE_URL"], now())
        flash(LINK_SENT if current_app.config["MAIL_SERVER"] else LINK_KEPT, "info")
    return render_template("accounts/sign_in/forgot.html", form=form)


@blueprint.route("/oubli/<token>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def reset_password(token: str) -> ResponseReturnValue:
    """Ask for another password; only a post uses the link."""
    try:
        address = passwords.account_of_link(db.session(), token, now()).email
        form = ResetPasswordForm(request.form, address=address)
        if request.method == "POST" and form.validate():
            return _reset(token, hashes.hash_of(form.password.data or ""))
    except LinkOver as over:
        flash(str(over), "info")
        return redirect(url_for(".forgot_password"))
    return render_template("accounts/sign_in/reset.html", form=form, token=token)


def _reset(token: str, password_hash: str) -> ResponseReturnValue:
    with writing(db.session()):
        account = passwords.reset(db.session(), token, password_hash, now())
    known_browser.remember(account.email)  # a person who reads its mail owns the account
    flash(RESET, "info")
    return redirect(url_for(".login"))


@blueprint.route("/mot-de-passe", methods=["GET", "POST"])
@requires(Permission.WORKSPACE)
def change_password() -> ResponseReturnValue:
    """Ask for the present password and another one."""
    account = signed_in.own_account()
    form = ChangePasswordForm(request.form, account=account)
    if request.method == "POST" and form.validate():
        signed_in.change_password(account, hashes.hash_of(form.new_password.data or ""))
        flash(CHANGED, "info")
        return redirect(url_for("accounts.workspace"))
    return render_template("accounts/sign_in/change_password.html", form=form)


def register(app: Flask) -> None:
    """Limit guesses, and mails to others."""
    for endpoint, limits in LIMITS.items():
        throttle(app, endpoint, *limits)
