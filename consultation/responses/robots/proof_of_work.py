"""Proof of work (altcha): what a browser has to compute for each form that it sends.

The sender of a thousand forms has to compute a thousand times.  It is required of the public form
while an administrator has it switched on; a form without it is stored all the same, with a spam
signal (see `spam`).
"""

import json
import secrets
from datetime import datetime, timedelta

import altcha

from consultation.crypto.keyring import keyring
from consultation.responses.submission.key import SubmissionKey

PROOF_FIELD = "proof"
ALGORITHM = "PBKDF2/SHA-256"
# Under a second of one core of a desk, some of an old phone; for us one try, as the page is made.
ROUNDS_OF_A_TRY = 5_000
FEWEST_TRIES, MOST_TRIES = 300, 700
LASTS = timedelta(hours=24)
LONGEST = 4_000
MALFORMED = (ValueError, KeyError, TypeError, RecursionError)


def challenge(key: SubmissionKey, at: datetime) -> str:
    """Return the challenge of the form with that key, as JSON."""
    made = altcha.create_challenge(
        ALGORITHM,
        ROUNDS_OF_A_TRY,
        counter=FEWEST_TRIES + secrets.randbelow(MOST_TRIES - FEWEST_TRIES),
        expires_at=at + LASTS,
        data=_bound_to(key),
        hmac_secret=_secret("challenge"),
        hmac_key_secret=_secret("solution"),
    )
    return json.dumps(made.to_dict())


def is_proof(text: str, key: SubmissionKey, at: datetime) -> bool:
    """Return whether `text` solves an unexpired challenge that we made for that key.

    A key makes one response of however many sendings: bound to it, a proof serves once.
    """
    if len(text) > LONGEST:
        return False
    try:
        payload = altcha.Payload.from_base64(text)
    except MALFORMED:
        return False
    verified = altcha.verify_solution(
        payload, _secret("challenge"), hmac_key_secret=_secret("solution")
    ).verified
    parameters = payload.challenge.parameters  # ours, now that their signature is known to be
    lasts = verified and (parameters.expires_at or 0) > at.timestamp()
    return lasts and parameters.data == _bound_to(key)


def _bound_to(key: SubmissionKey) -> dict[str, str]:
    return {"key": key.id}


def _secret(purpose: str) -> str:
    return keyring.blind_index("proof", purpose)
