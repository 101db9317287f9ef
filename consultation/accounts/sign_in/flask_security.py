"""The adapter to Flask-Security: its settings in French, our accounts, our outbox, our sessions.

It checks passwords and tokens and holds the four views; what they decide is written here, by our
services, in one transaction each.  The second factor is ours alone (`second_factor_views`): a
session of ours is opened after it, and until then the cookie holds nothing that opens a page.
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
from consultation.web.headers import is_staff_path
from consultation.web.permissions import Permission

T = TypeVar("T")

TOKEN = "staff_session"  # noqa: S105 - the name of a key of the cookie
OWED = "code_owed"
"""What the cookie says of who has proven a password and owes a code: it opens no page."""
READING = ("GET", "HEAD")
CODE_PATIENCE = timedelta(minutes=10)


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
    """Open a session for who has just proven a password, or changed it: other sessions then end.

    An account with a second factor owes a code first.
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
        owes_code = account.second_factor is not None and not is_change
        token = None if owes_code else _open(account, _action(is_change), at)
    if token is None:
        _owe_code(account, at)
    else:
        _rotate(account, token)
        known_browser.remember(account.email)


def _action(is_change: bool) -> str:
    return "password_changed" if is_change else "signed_in"


def _open(account: Account, action: str, at: datetime) -> str:
    audit_log.record(db.session(), account.id, action, at=at)
    return sessions.open_session(db.session(), account, at)


def _rotate(account: Account, token: str) -> None:
    """Start the cookie afresh: nothing that it held before signing in is worth anything after."""
    session.clear()
    for known in ("csrf_token", "account", "actor"):
        g.pop(known, None)
    session["_user_id"] = account.get_id()
    session[TOKEN] = token


def _owe_code(account: Account, at: datetime) -> None:
    """Keep who has proven the password, until what changes with it changes."""
    session.clear()
    session[OWED] = {"who": account.fs_uniquifier, "since": at.timestamp()}
    g.owes_code = True


def leads_to_sign_in() -> bool:
    """Say whether this request for a page is answered by the sign-in when nobody is signed in.

    What is there and what is not are answered alike.  Posts lead nowhere: their text would be lost.
    """
    if request.method not in READING:
        return False
    view = current_app.view_functions.get(request.endpoint or "")
    is_door = view is None or getattr(view, "permission", None) is Permission.PUBLIC
    return not (is_door and request.path.startswith("/connexion"))


def owes_code_now() -> bool:
    """Say whether this very request has proven a password that is not enough."""
    return bool(g.get("owes_code"))


def lead_on_to(address: str) -> None:
    """Keep where to go once the code that is owed has been shown."""
    session[OWED] = {**session[OWED], "next": address}


def code_owed_by() -> Account | None:
    """Return who has proven a password within ten minutes, and still owes a code."""
    return db.session.scalar(_owing())


def _owing() -> sa.Select[Account]:
    owed = session.get(OWED) or {"who": "", "since": 0}
    is_in_time = now().timestamp() - owed["since"] < CODE_PATIENCE.total_seconds()
    return sa.select(Account).where(
        Account.fs_uniquifier == (owed["who"] if is_in_time else ""), Account.active
    )


def finish_signing_in(check: Callable[[Account], T]) -> tuple[T, str | None]:
    """Open the session of who owes a code once `check`, in the same transaction, accepts it.

    Return what it returned, and where to go.  Raise `CodeRefused` as it does, and when the
    password, the second factor or the account has changed in between.
    """
    at = now()
    with writing(db.session()):
        account = db.session.scalar(_owing().with_for_update())
        if account is None:
            raise CodeRefused
        checked = check(account)
        token = _open(account, "signed_in", at)
    wanted: str | None = session[OWED].get("next")
    _rotate(account, token)
    known_browser.remember(account.email)
    return checked, wanted


def sign_in_afresh(change: Callable[[Account], T]) -> T:
    """Change how the signed-in account signs in, in one transaction, and open another session."""
    found = current_account()
    account_id, at = found.id if found else 0, now()
    with writing(db.session()):
        account = db.session.get_one(Account, account_id, with_for_update=True)
        changed = change(account)
        token = sessions.open_session(db.session(), account, at)
    _rotate(account, token)
    return changed


def _reset(_app: Flask, user: Account, **_: Any) -> None:
    """Write the password that a mailed link set; the link, and every session, end."""
    account_id, as_read, password_hash = user.id, uniquifier_as_read(user), new_hash(user)
    at = now()
    with writing(db.session()):
        account = db.session.get_one(Account, account_id, with_for_update=True)
        if password_hash is None or account.fs_uniquifier != as_read:
            _refuse_link()  # of two posts at once, the other was first
        staff.set_password(db.session(), account, password_hash, at)
        audit_log.record(db.session(), account_id, "password_reset", at=at)
    known_browser.remember(account.email)  # who reads its mail is no stranger to the account


def _refuse_link() -> NoReturn:
    flash(MESSAGES["INVALID_RESET_PASSWORD_TOKEN"], "info")
    abort(redirect(url_for("security.forgot_password"), 303))


def register(app: Flask) -> None:
    """Bind Flask-Security to `app`."""
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
    _sign_in_by_our_sessions_only(security.login_manager)
    _ask_nobody_who_they_are(app, security.principal)
    user_authenticated.connect(_signed_in, app)
    password_reset.connect(_reset, app)


def _ask_nobody_who_they_are(app: Flask, principal: Any) -> None:
    """Keep Flask-Principal, which asks that of every request, to the staff's pages."""
    asks = app.before_request_funcs[None]
    ask = principal._on_before_request

    def ask_staff() -> None:
        if is_staff_path(request.path):
            ask()

    asks[asks.index(ask)] = ask_staff


def _sign_in_by_our_sessions_only(manager: Any) -> None:
    """Leave Flask-Login no other way in: no token in a header, no hash of the visitor's address."""
    manager.session_protection = None
    manager.user_loader(_load_user)
    manager.request_loader(lambda _request: None)
