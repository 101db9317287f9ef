"""Known browser: cookie that recognises a browser from which an account has signed in.

It is sent to `/connexion` only, and opens no page.  Failed sign-ins from known browsers are counted
separately from those of strangers, who so can't lock the owner out.
"""

from functools import partial

from flask import Response, after_this_request, current_app, request

from consultation.clock import now
from consultation.crypto.keyring import keyring, new_id

PURPOSE = "known device"
DAYS = 180
SECONDS = DAYS * 86_400
PATH = "/connexion"


def remember(address: str) -> None:
    """Set the cookie that recognises this browser for the account of `address`."""
    after_this_request(partial(_send, address, known(address) or new_id()))


def _send(address: str, device: str, response: Response) -> Response:
    response.set_cookie(
        _name(address),
        keyring.sign(PURPOSE, [_account(address), device]),
        max_age=SECONDS,
        path=PATH,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Strict",
    )
    return response


def known(address: str) -> str | None:
    """Return the id of the browser if the account of `address` signed in from it, else None."""
    content = keyring.unsign(PURPOSE, request.cookies.get(_name(address), ""))
    if content is None:
        return None
    (account, device), signed_at = content
    is_fresh = now().timestamp() - signed_at < SECONDS
    return str(device) if is_fresh and account == _account(address) else None


def _account(address: str) -> str:
    """Return the keyed hash of the account, which reveals no address."""
    return keyring.blind_index(PURPOSE, address)


def _name(address: str) -> str:
    prefix = "__Secure-" if current_app.config["SESSION_COOKIE_SECURE"] else ""
    return f"{prefix}device-{_account(address)[:12]}"
