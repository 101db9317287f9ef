"""Signing in: from a proven password, by a code where one is due, to a session of the cookie.

A session is opened after the second factor (`sign_in.two_factor_views`); until then the cookie
opens no page.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa
from flask import abort, current_app, g, request, session
from sqlalchemy.orm import joinedload

from consultation.accounts import staff
from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.accounts.roles import StaffActor, actor_of
from consultation.accounts.sign_in import known_browser, sessions
from consultation.accounts.sign_in.two_factor import CodeRefused
from consultation.clock import now
from consultation.db.base import StorageUnavailable, writing
from consultation.extensions import db
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


def own_account() -> Account:
    """Return the signed-in account of a page that strangers don't reach; abort with 404."""
    account = current_account()
    if account is None:
        abort(404)
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


def sign_in(proven: Account, destination: str, stronger_hash: str | None = None) -> bool:
    """Open a session of the account that proved its password; return whether one is open.

    An account with a second factor has to show a code first, and then goes to `destination`. Abort
    with 403 if the password has changed since it was checked.
    """
    as_read, at = proven.fs_uniquifier, now()
    with writing(db.session()):
        account = db.session.scalar(
            sa.select(Account).where(Account.fs_uniquifier == as_read).with_for_update()
        )
        if account is None:
            abort(403)
        if stronger_hash is not None:
            account.password = stronger_hash
        sessions.revoke(db.session(), session.get(TOKEN, ""), at)
        needs_code = account.second_factor is not None
        token = None if needs_code else _open(account, "signed_in", at)
    if token is None:
        _require_code(account, destination, at)
        return False
    _rotate(token)
    known_browser.remember(account.email)
    return True


def _open(account: Account, action: str, at: datetime) -> str:
    audit_log.record(db.session(), account.id, action, at=at)
    return sessions.open_session(db.session(), account, at)


def _rotate(token: str) -> None:
    """Replace the whole content of the cookie, so that nothing from before signing in remains."""
    session.clear()
    for known in ("csrf_token", "account", "actor"):
        g.pop(known, None)
    session[TOKEN] = token


def _require_code(account: Account, destination: str, at: datetime) -> None:
    """Remember in the cookie that the password was proven, until it changes."""
    session.clear()
    session[AWAITED_CODE] = {
        "who": account.fs_uniquifier,
        "since": at.timestamp(),
        "next": destination,
    }


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
    _rotate(token)
    known_browser.remember(account.email)
    return checked, destination


def change_sign_in(change: Callable[[Account], T]) -> T:
    """Change how the signed-in account signs in, and replace its session, atomically."""
    account_id, at = own_account().id, now()
    with writing(db.session()):
        account = db.session.get_one(Account, account_id, with_for_update=True)
        changed = change(account)
        token = sessions.open_session(db.session(), account, at)
    _rotate(token)
    return changed


def change_password(account: Account, password_hash: str) -> None:
    """Replace the password of the signed-in account, whose other sessions end.

    Abort with 403 if another one has replaced it since it was checked.
    """
    as_read = account.fs_uniquifier

    def change(account: Account) -> None:
        if account.fs_uniquifier != as_read:
            abort(403)
        staff.set_password(db.session(), account, password_hash, now())
        audit_log.record(db.session(), account.id, "password_changed", at=now())

    change_sign_in(change)
    known_browser.remember(account.email)
