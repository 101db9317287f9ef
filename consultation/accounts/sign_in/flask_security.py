"""Adapter to Flask-Security: our accounts, outbox and sessions behind its four views.

The library checks passwords and tokens; what its views decide is written here, by our services, in
one transaction each. The second factor is ours (`sign_in.two_factor_views`): a session is opened
after it, and until then the cookie opens no page.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeVar

import sqlalchemy as sa
from flask import Flask, abort, current_app, flash, g, redirect, request, session, url_for
from flask_security import Security
from flask_security.signals import password_reset, user_authenticated
from flask_security.utils import set_request_attr
from sqlalchemy.orm import joinedload

from consultation.accounts import staff
from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account, AccountRole
from consultation.accounts.roles import StaffActor, actor_of
from consultation.accounts.sign_in import known_browser, sessions
from consultation.accounts.sign_in.flask_security_config import (
    MESSAGES,
    RESET_KEPT,
    SETTINGS,
    StaffDatastore,
    StaffMail,
    StaffPasswords,
    new_hash,
    uniquifier_as_read,
)
from consultation.accounts.sign_in.forms import (
    ChangePasswordForm,
    ForgotPasswordForm,
    ResetPasswordForm,
    SignInForm,
)
from consultation.accounts.sign_in.two_factor import CodeRefused
from consultation.clock import now
from consultation.db.base import StorageUnavailable, writing
from consultation.extensions import db
from consultation.web.headers import on_staff_pages
from consultation.web.permissions import Permission

T = TypeVar("T")

TOKEN = "staff_session"  # noqa: S105 - the name of a key of the cookie
AWAITED_CODE = "code_owed"
"""Key of the cookie for an account that has proven its password, not yet its code."""
READING = ("GET", "HEAD")
CODE_PATIENCE = timedelta(minutes=10)


def current_account() -> Account | None:
    """Return the signed-in account of this request, looked up once."""
    if "account" not in g:
        g.account = None  # if the look-up fails, the error page does not repeat it
        if TOKEN in session:
            g.account = _account_behind(session[TOKEN])
    account: Account | None = g.account
    return account


def _account_behind(token: str) -> Account | None:
    at = now()
    staff_session = sessions.find(db.session(), token, at)
    if staff_session is None:
        return None
    account_id = staff_session.account_id
    if sessions.is_sighting_due(staff_session, at):
        _note_sighting(token)
    return db.session.get(Account, account_id, options=[joinedload(Account.second_factor)])


def _note_sighting(token: str) -> None:
    with suppress(StorageUnavailable), writing(db.session()):  # reading goes on
        sessions.note_sighting(db.session(), token, now())


def load_actor() -> StaffActor | None:
    """Return the signed-in actor, for the permissions of a view."""
    account = current_account()
    return None if account is None else actor_of(account)


def _load_user(_uniquifier: str) -> Account | None:
    """Return Flask-Login's user by our session, whatever else the cookie holds."""
    account = current_account()
    if account is not None:
        set_request_attr("fs_authn_via", "session")
    return account


def _signed_in(_app: Flask, user: Account, authn_via: list[str], **_: Any) -> None:
    """Open a session after a password was proven, or changed: other sessions then end.

    An account with a second factor has to show a code first.
    """
    is_change = authn_via == ["change"]
    account_id, as_read, password_hash = user.id, uniquifier_as_read(user), new_hash(user)
    at = now()
    with writing(db.session()):
        account = db.session.get_one(Account, account_id, with_for_update=True)
        if account.fs_uniquifier != as_read:
            abort(403)  # another password, or none, since this one was checked
        if is_change and password_hash:
            staff.set_password(db.session(), account, password_hash, at)
        elif password_hash:  # the same password, hashed as is now due
            account.password = password_hash
        sessions.revoke(db.session(), session.get(TOKEN, ""), at)
        needs_code = account.second_factor is not None and not is_change
        token = None if needs_code else _open(account, _action(is_change), at)
    if token is None:
        _require_code(account, at)
    else:
        _rotate(account, token)
        known_browser.remember(account.email)


def _action(is_change: bool) -> str:
    return "password_changed" if is_change else "signed_in"


def _open(account: Account, action: str, at: datetime) -> str:
    audit_log.record(db.session(), account.id, action, at=at)
    return sessions.open_session(db.session(), account, at)


def _rotate(account: Account, token: str) -> None:
    """Replace the whole content of the cookie, so that nothing from before signing in remains."""
    session.clear()
    for known in ("csrf_token", "account", "actor"):
        g.pop(known, None)
    session["_user_id"] = account.get_id()
    session[TOKEN] = token


def _require_code(account: Account, at: datetime) -> None:
    """Remember in the cookie that the password was proven, until the password changes."""
    session.clear()
    session[AWAITED_CODE] = {"who": account.fs_uniquifier, "since": at.timestamp()}
    g.is_code_required = True


def requires_sign_in() -> bool:
    """Decide whether a visitor without a session is redirected from this page to sign in.

    Pages that exist and pages that don't are answered alike. Posts are not redirected: their text
    would be lost.
    """
    if request.method not in READING:
        return False
    view = current_app.view_functions.get(request.endpoint or "")
    is_sign_in = view is None or getattr(view, "permission", None) is Permission.PUBLIC
    return not (is_sign_in and request.path.startswith("/connexion"))


def is_code_required() -> bool:
    return bool(g.get("is_code_required"))


def remember_destination(address: str) -> None:
    """Remember the address to go to once the code has been shown."""
    session[AWAITED_CODE] = {**session[AWAITED_CODE], "next": address}


def account_awaiting_code() -> Account | None:
    """Return the account that proved its password within ten minutes and awaits its code."""
    return db.session.scalar(_awaiting_code())


def _awaiting_code() -> sa.Select[Account]:
    awaited = session.get(AWAITED_CODE) or {"who": "", "since": 0}
    is_in_time = now().timestamp() - awaited["since"] < CODE_PATIENCE.total_seconds()
    return sa.select(Account).where(
        Account.fs_uniquifier == (awaited["who"] if is_in_time else ""), Account.active
    )


def finish_signing_in(check: Callable[[Account], T]) -> tuple[T, str | None]:
    """Open a session if `check`, in the same transaction, accepts the code.

    Return its result and the address to go to. Raise `CodeRefused` as `check` does, and when the
    password, the second factor or the account has changed since the password was proven.
    """
    at = now()
    with writing(db.session()):
        account = db.session.scalar(_awaiting_code().with_for_update())
        if account is None:
            raise CodeRefused
        checked = check(account)
        token = _open(account, "signed_in", at)
    destination: str | None = session[AWAITED_CODE].get("next")
    _rotate(account, token)
    known_browser.remember(account.email)
    return checked, destination


def change_sign_in(change: Callable[[Account], T]) -> T:
    """Change the second factor of the signed-in account, and replace its session, atomically."""
    signed_in = current_account()
    account_id, at = signed_in.id if signed_in else 0, now()
    with writing(db.session()):
        account = db.session.get_one(Account, account_id, with_for_update=True)
        changed = change(account)
        token = sessions.open_session(db.session(), account, at)
    _rotate(account, token)
    return changed


def _reset(_app: Flask, user: Account, **_: Any) -> None:
    """Store the password chosen by a mailed link; the link and all sessions end."""
    account_id, as_read, password_hash = user.id, uniquifier_as_read(user), new_hash(user)
    at = now()
    with writing(db.session()):
        account = db.session.get_one(Account, account_id, with_for_update=True)
        if password_hash is None or account.fs_uniquifier != as_read:
            _refuse_link()  # another post with the same link was faster
        staff.set_password(db.session(), account, password_hash, at)
        audit_log.record(db.session(), account_id, "password_reset", at=at)
    known_browser.remember(account.email)  # a person who reads its mail owns the account


def _refuse_link() -> NoReturn:
    flash(MESSAGES["INVALID_RESET_PASSWORD_TOKEN"], "info")
    abort(redirect(url_for("security.forgot_password"), 303))


def register(app: Flask) -> None:
    """Bind Flask-Security to `app`, with our forms, accounts and sessions."""
    if not app.config["MAIL_SERVER"]:
        app.config.setdefault("SECURITY_MSG_PASSWORD_RESET_REQUEST", (RESET_KEPT, "info"))
    for name, value in SETTINGS.items():
        app.config.setdefault(f"SECURITY_{name}", value)
    security = Security(
        app,
        StaffDatastore(db, Account, AccountRole),
        login_form=SignInForm,
        change_password_form=ChangePasswordForm,
        forgot_password_form=ForgotPasswordForm,
        reset_password_form=ResetPasswordForm,
        mail_util_cls=StaffMail,
        password_util_cls=StaffPasswords,
    )
    security.want_json(lambda _request: False)
    _allow_our_sessions_only(security.login_manager)
    _limit_principal_to_staff(app, security.principal)
    user_authenticated.connect(_signed_in, app)
    password_reset.connect(_reset, app)


def _limit_principal_to_staff(app: Flask, principal: Any) -> None:
    """Run Flask-Principal on staff pages only: it would look up every visitor."""
    callbacks = app.before_request_funcs[None]
    identify = principal._on_before_request
    callbacks[callbacks.index(identify)] = on_staff_pages(identify)


def _allow_our_sessions_only(manager: Any) -> None:
    """Disable the other ways of Flask-Login: tokens in headers, hashes of IP addresses."""
    manager.session_protection = None
    manager.user_loader(_load_user)
    manager.request_loader(lambda _request: None)
