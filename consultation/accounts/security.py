"""The adapter to Flask-Security: its settings in French, our accounts, our outbox, our sessions.

It checks passwords and tokens and holds the four views; what they decide is written here, by our
services, in one transaction each.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Any, NoReturn

import sqlalchemy as sa
from flask import Flask, abort, flash, g, redirect, session, url_for
from flask_security import MailUtil, PasswordUtil, Security, SQLAlchemyUserDatastore
from flask_security.mail_util import EmailValidateException
from flask_security.signals import password_reset, user_authenticated
from flask_security.utils import hash_password, set_request_attr

from consultation.accounts import auditing, passwords, resetting, sessions, staffing
from consultation.accounts.forms import ChangePasswordForm, SignInForm
from consultation.accounts.granting import StaffActor, actor_of
from consultation.accounts.models import Account, AccountRole
from consultation.clock import now
from consultation.database import StorageUnavailable, writing
from consultation.extensions import db

TOKEN = "staff_session"
MESSAGES = {
    "GENERIC_AUTHN_FAILED": "L'adresse ou le mot de passe ne convient pas : vérifiez l'un et"
    " l'autre.",
    "PASSWORD_RESET_REQUEST": "Si cette adresse a un compte, un courriel vient d'y être envoyé :"
    f" son lien sert une fois, pendant {resetting.MINUTES} minutes.",
    "PASSWORD_RESET_EXPIRED": "Ce lien a expiré : demandez-en un autre ci-dessous.",
    "INVALID_RESET_PASSWORD_TOKEN": "Ce lien a déjà servi ou n'est pas complet : demandez-en un"
    " autre ci-dessous.",
    "PASSWORD_RESET_NO_LOGIN": "Votre mot de passe est changé : connectez-vous avec le nouveau.",
    "PASSWORD_CHANGE": "Votre mot de passe est changé. Les autres appareils où vous étiez"
    " connecté·e ne le sont plus.",
    "PASSWORD_NOT_PROVIDED": "Écrivez le mot de passe.",
    "INVALID_PASSWORD": "Ce n'est pas votre mot de passe actuel.",
    "RETYPE_PASSWORD_MISMATCH": "Les deux mots de passe ne sont pas les mêmes : écrivez-les de"
    " nouveau.",
    "EMAIL_NOT_PROVIDED": "Écrivez votre adresse.",
    "INVALID_EMAIL_ADDRESS": "Écrivez une adresse complète, comme prenom@association.example.",
}
SETTINGS: dict[str, Any] = {
    "LOGIN_URL": "/connexion",
    "RESET_URL": "/connexion/oubli",
    "CHANGE_URL": "/connexion/mot-de-passe",
    "LOGOUT_METHODS": None,  # `accounts.leave` signs out
    "FRESHNESS": timedelta(days=-1),  # no view that asks for the password again
    "STATIC_FOLDER": None,
    "RECOVERABLE": True,
    "CHANGEABLE": True,
    "LOGIN_USER_TEMPLATE": "accounts/login.html",
    "FORGOT_PASSWORD_TEMPLATE": "accounts/forgot.html",
    "RESET_PASSWORD_TEMPLATE": "accounts/reset.html",
    "CHANGE_PASSWORD_TEMPLATE": "accounts/change.html",
    "POST_LOGIN_VIEW": "accounts.workspace",
    "POST_CHANGE_VIEW": "accounts.workspace",
    "POST_RESET_VIEW": "security.login",
    "RESET_PASSWORD_WITHIN": timedelta(minutes=resetting.MINUTES),
    "RETURN_GENERIC_RESPONSES": True,
    "PASSWORD_HASH": "argon2",
    "PASSWORD_SCHEMES": ["argon2"],
    "PASSWORD_SINGLE_HASH": {"argon2"},
    # 19 MiB, two passes, one lane: what OWASP advises where memory is shared with other threads.
    "PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": 19_456,
        "argon2__time_cost": 2,
        "argon2__parallelism": 1,
    },
    # Ties a link for a reset to the password's long random hash: no need to be slow.
    "HASHING_SCHEMES": ["hex_sha256"],
    "EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},  # no question to the DNS
    "EMAIL_PLAINTEXT": False,  # the worker renders mails
    "EMAIL_HTML": False,
    "SEND_PASSWORD_CHANGE_EMAIL": False,
    "SEND_PASSWORD_RESET_NOTICE_EMAIL": False,
    "API_ENABLED_METHODS": ["session"],
    "JOIN_USER_ROLES": False,
    "CLI_USERS_NAME": None,
    "CLI_ROLES_NAME": None,
    **{f"MSG_{name}": (text, "info") for name, text in MESSAGES.items()},
}


class StaffDatastore(SQLAlchemyUserDatastore):
    """Finds accounts as `staffing` spells them; writing is left to `_signed_in` and `_reset`."""

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> Account | None:
        """Return the account whose one attribute in `wanted` has that value."""
        if "email" in wanted:
            return staffing.find(db.session(), wanted["email"])
        return db.session.scalar(sa.select(Account).filter_by(**wanted))

    def commit(self) -> None:
        """Do nothing: what a view changed was written when it gave its signal."""


class StaffMail(MailUtil):
    """Spells addresses as `staffing` does, and leaves the mail of a reset to the view's write."""

    def normalize(self, email: str) -> str:
        """Return the spelling by which an account is found; raise `EmailValidateException`."""
        try:
            return staffing.address_of(email)
        except staffing.AddressInvalid:
            raise EmailValidateException(MESSAGES["INVALID_EMAIL_ADDRESS"]) from None

    def validate(self, email: str) -> str:
        """Do as `normalize` does."""
        return self.normalize(email)

    def send_mail(self, template: str, subject: str, recipient: Any, *_: Any, **told: Any) -> None:
        """Note that a link was asked for, at the cost that an unknown address has too."""
        hash_password("not a password")
        g.reset_owed = resetting.Owed(told["user"].id, recipient, told["reset_token"])


class StaffPasswords(PasswordUtil):
    """Holds a new password against the rule of `passwords`."""

    def validate(
        self, password: str, is_register: bool, **about: Any
    ) -> tuple[list[str] | None, str]:
        """Return what is wrong with `password`, if anything, and its normal form."""
        found = passwords.faults(password, about["user"].email)
        return found or None, passwords.normalized(password)


def current_account() -> Account | None:
    """Return the account that the cookie of this request signs in; looked up once a request."""
    if "account" not in g:
        g.account = None  # should looking up fail, the page that says so does not look again
        if TOKEN in session:
            g.account = _account_behind(session[TOKEN])
    account: Account | None = g.account
    return account


def _account_behind(token: str) -> Account | None:
    at = now()
    found = sessions.find(db.session(), token, at)
    if found is None:
        return None
    account_id = found.account_id
    if sessions.is_sighting_due(found, at):
        _note_sighting(token)
    return db.session.get(Account, account_id)


def _note_sighting(token: str) -> None:
    with suppress(StorageUnavailable), writing(db.session()):  # a page that reads goes on
        sessions.note_sighting(db.session(), token, now())


def load_actor() -> StaffActor | None:
    """Return who is signed in, as the permissions of a view ask for them."""
    account = current_account()
    return None if account is None else actor_of(account)


def _load_user(_uniquifier: str) -> Account | None:
    """Return Flask-Login's user, whom a session of ours names and nothing else of the cookie."""
    account = current_account()
    if account is not None:
        set_request_attr("fs_authn_via", "session")
    return account


def _signed_in(_app: Flask, user: Account, authn_via: list[str], **_: Any) -> None:
    """Open a session for who has just proven a password, or changed it: other sessions then end."""
    is_change = authn_via == ["change"]
    account_id, as_read, password_hash = user.id, _uniquifier_as_read(user), _new_hash(user)
    at = now()
    with writing(db.session()):
        account = db.session.get_one(Account, account_id, with_for_update=True)
        if account.fs_uniquifier != as_read:
            abort(403)  # another password, or none, since this one was checked
        if is_change and password_hash:
            staffing.set_password(db.session(), account, password_hash, at)
        elif password_hash:  # the same password, hashed as is now due
            account.password = password_hash
        sessions.revoke(db.session(), session.get(TOKEN, ""), at)
        token = sessions.open_session(db.session(), account, at)
        action = "password_changed" if is_change else "signed_in"
        auditing.record(db.session(), account_id, action, at=at)
    _rotate(account, token)


def _rotate(account: Account, token: str) -> None:
    """Start the cookie afresh: nothing that it held before signing in is worth anything after."""
    session.clear()
    g.pop("csrf_token", None)
    session["_user_id"] = account.get_id()
    session[TOKEN] = token


def _reset(_app: Flask, user: Account, **_: Any) -> None:
    """Write the password that a mailed link set; the link, and every session, end."""
    account_id, as_read, password_hash = user.id, _uniquifier_as_read(user), _new_hash(user)
    at = now()
    with writing(db.session()):
        account = db.session.get_one(Account, account_id, with_for_update=True)
        if password_hash is None or account.fs_uniquifier != as_read:
            _refuse_link()  # of two posts at once, the other was first
        staffing.set_password(db.session(), account, password_hash, at)
        auditing.record(db.session(), account_id, "password_reset", at=at)


def _refuse_link() -> NoReturn:
    flash(MESSAGES["INVALID_RESET_PASSWORD_TOKEN"], "info")
    abort(redirect(url_for("security.forgot_password"), 303))


def _new_hash(user: Account) -> str | None:
    """Return the hash that Flask-Security has put on `user` and nobody has written yet."""
    added = sa.inspect(user).attrs.password.history.added
    return str(added[0]) if added else None


def _uniquifier_as_read(user: Account) -> str:
    """Return what changes with each password, as it was when Flask-Security read the account."""
    history = sa.inspect(user).attrs.fs_uniquifier.history
    return str([*history.deleted, *history.unchanged][0])


def register(app: Flask) -> None:
    """Bind Flask-Security to `app`."""
    app.config.update({f"SECURITY_{name}": value for name, value in SETTINGS.items()})
    security = Security(
        app,
        StaffDatastore(db, Account, AccountRole),
        login_form=SignInForm,
        change_password_form=ChangePasswordForm,
        mail_util_cls=StaffMail,
        password_util_cls=StaffPasswords,
    )
    security.want_json(lambda _request: False)
    _sign_in_by_our_sessions_only(security.login_manager)
    user_authenticated.connect(_signed_in, app)
    password_reset.connect(_reset, app)


def _sign_in_by_our_sessions_only(manager: Any) -> None:
    """Leave Flask-Login no other way in: no token in a header, no hash of the visitor's address."""
    manager.session_protection = None
    manager.user_loader(_load_user)
    manager.request_loader(lambda _request: None)
