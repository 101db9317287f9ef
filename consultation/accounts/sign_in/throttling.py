"""How often one may try to sign in, by source and by account, without locking an owner out."""

from contextlib import suppress

from flask import Response, g, request

from consultation.accounts import staff
from consultation.accounts.sign_in import flask_security, known_browser
from consultation.web.rate_limits import Limit, by_source, key_of

TIMES = "5 per 15 minutes"


def _account_typed() -> str:
    """Return the key of the account that a post names, known or not, however it is spelt."""
    typed = request.form.get("email", "")
    with suppress(staff.AddressInvalid):  # counted as it was typed
        typed = staff.address_of(typed)
    return _apart("account", typed)


def _account_owing_code() -> str:
    account = flask_security.code_owed_by()
    return _apart("code", account.email if account else "")


def _apart(purpose: str, address: str) -> str:
    """Return the key of an account, and another one for each browser where it signed in before.

    So strangers who fail on purpose lock out strangers only.
    """
    device = known_browser.known(address)
    return key_of(purpose, f"{address} {device}" if device else address)


def _account_signed_in() -> str:
    account = flask_security.current_account()
    return key_of("account signed in", account.email if account else "")


def _is_page(response: Response) -> bool:
    """Say whether a post was answered by its form again, not by going on."""
    return response.status_code == 200


def _is_wrong_password(_response: Response) -> bool:
    """Say whether the form found the present password wrong: a new one that is unfit is no try."""
    return bool(g.get("password_refused"))


def _is_refusal(response: Response) -> bool:
    return response.status_code == 422


BY_SOURCE = Limit("20 per 15 minutes", by_source)
FAILED_SIGN_INS = Limit(TIMES, _account_typed, _is_page)
MAILS_ASKED = Limit(TIMES, _account_typed)
WRONG_PASSWORDS = Limit(TIMES, _account_signed_in, _is_wrong_password)
WRONG_CODES = Limit(TIMES, _account_owing_code, _is_refusal)
OWN_WRONG_CODES = Limit(TIMES, _account_signed_in, _is_refusal)
