"""Rate limits of sign-in: by source and by account, without locking an owner out."""

from contextlib import suppress

from flask import Response, g, request

from consultation.accounts import staff
from consultation.accounts.sign_in import known_browser, signed_in
from consultation.web.rate_limits import Limit, by_source, key_of

ATTEMPTS, SECONDS = 5, 900


def _account_typed() -> str:
    """Return the key of the account of the posted address, known or not, however spelt."""
    address = request.form.get("email", "")
    with suppress(staff.AddressInvalid):  # counted as it was typed
        address = staff.address_of(address)
    return _key_of_browser("account", address)


def _account_awaiting_code() -> str:
    account = signed_in.account_awaiting_code()
    return _key_of_browser("code", account.email if account else "")


def _key_of_browser(purpose: str, address: str) -> str:
    """Return the key of an account, a different one for each browser where it signed in before.

    So strangers who fail on purpose lock out strangers only.
    """
    device = known_browser.known(address)
    return key_of(purpose, f"{address} {device}" if device else address)


def _account_signed_in() -> str:
    account = signed_in.current_account()
    return key_of("account signed in", account.email if account else "")


def _is_form_again(response: Response) -> bool:
    return response.status_code == 200


def _is_wrong_password(_response: Response) -> bool:
    """Count a wrong present password only; a new one that breaks the rule is no attempt."""
    return bool(g.get("password_refused"))


def _is_refusal(response: Response) -> bool:
    return response.status_code == 422


BY_SOURCE = Limit(20, SECONDS, by_source)
FAILED_SIGN_INS = Limit(ATTEMPTS, SECONDS, _account_typed, _is_form_again)
MAILS_ASKED = Limit(ATTEMPTS, SECONDS, _account_typed)
WRONG_PASSWORDS = Limit(ATTEMPTS, SECONDS, _account_signed_in, _is_wrong_password)
WRONG_CODES = Limit(ATTEMPTS, SECONDS, _account_awaiting_code, _is_refusal)
OWN_WRONG_CODES = Limit(ATTEMPTS, SECONDS, _account_signed_in, _is_refusal)
