"""The submission key: given out with a form, it makes one response of however many sendings."""

from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import URLSafeTimedSerializer

from consultation.crypto import keyring, new_id

PURPOSE = "submission"


@dataclass(frozen=True)
class SubmissionKey:
    """A key that we signed: its own 128 random bits, the form it came with, and when."""

    id: str
    questionnaire: str
    """Public id of the questionnaire that was shown."""
    issued_at: datetime
    holder: str | None = None
    """Whose space the form was shown in, as `holder_of` writes it, if in one."""


def mint(questionnaire: str, holder: str | None = None) -> str:
    """Return a new key for the form with that public id, as its page holds it."""
    content = [new_id(), questionnaire]
    return keyring.sign(PURPOSE, [*content, holder] if holder else content)


def holder_of(respondent_id: int) -> str:
    """Return how a key names a respondent: a keyed hash, as it travels through a page."""
    return keyring.blind_index("holder", str(respondent_id))[:32]


def read(text: str) -> SubmissionKey | None:
    """Return the key, or None when it is missing or not ours.  A key has no age of its own."""
    found = keyring.unsign(PURPOSE, text)
    if found is None:
        return None
    (identifier, questionnaire, *holder), signed_at = found
    issued_at = datetime.fromtimestamp(signed_at, UTC)
    return SubmissionKey(identifier, questionnaire, issued_at, *holder)


def claimed_questionnaire(text: str) -> str | None:
    """Return the form that a key names, even one that we can't vouch for.

    Published forms are public: all that this decides is which fields are shown again.
    """
    _valid, claimed = URLSafeTimedSerializer("", salt="").loads_unsafe(text)
    if isinstance(claimed, list) and len(claimed) in (2, 3) and isinstance(claimed[1], str):
        return claimed[1]
    return None
