"""The cookie by which a browser is known again where it signed in before, at `/connexion` only.

It opens nothing.  Failures of browsers that an account knows are counted apart from those of
strangers, who so can't lock its holder out.
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
    """Let this browser be known again for the account at `address`."""
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
    """Return the browser's own id if the account at `address` signed in from it, else None."""
    opened = keyring.unsign(PURPOSE, request.cookies.get(_name(address), ""))
    if opened is None:
        return None
    (account, device), signed_at = opened
    is_fresh = now().timestamp() - signed_at < SECONDS
    return str(device) if is_fresh and account == _account(address) else None


def _account(address: str) -> str:
    """Return what stands for the account, under which no address can be read."""
    return keyring.blind_index(PURPOSE, address)


def _name(address: str) -> str:
    prefix = "__Secure-" if current_app.config["SESSION_COOKIE_SECURE"] else ""
    return f"{prefix}device-{_account(address)[:12]}"
