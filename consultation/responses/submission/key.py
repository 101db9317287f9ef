"""The submission key: given out with a form, it makes one response of however many sendings."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from itsdangerous import URLSafeTimedSerializer

from consultation.crypto.keyring import Unreadable, keyring, new_id

PURPOSE = "submission"
SEPARATOR = ":"
LONGEST = 1000
"""Signs of a text that may be a key; ours have less than half of that."""
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class SubmissionKey:
    """A key that we signed: its own 128 random bits, the form it came with, and when."""

    id: str
    questionnaire: str
    """Public id of the questionnaire that was shown."""
    issued_at: datetime
    """When it was given out, or the one that it replaces since the round has closed."""
    holder: int | None = None
    """The respondent in whose space the form was shown, if it was in one."""
    seen: int | None = None
    """The response that the form was filled from there, 0 for none; None in older keys."""


NOBODY = 0
"""The holder of a key that was sealed by a key we no longer have."""


def mint(
    questionnaire: str,
    holder: int | None = None,
    seen: int | None = None,
    *,
    since: datetime | None = None,
) -> str:
    """Return a new key for the form with that public id, as its page holds it.

    The respondent travels sealed, and `seen` with them: a page says nothing of who else there is.
    It counts as given out at `since`, where a key of ours says so of the form that comes back.
    """
    content: list[str | int] = [new_id(), questionnaire]
    if holder is not None:
        sealed = str(holder) if seen is None else f"{holder}{SEPARATOR}{seen}"
        content.append(keyring.encrypt(sealed).decode())
    if since is not None:
        content.append(int(since.timestamp()))
    return keyring.sign(PURPOSE, content)


def read(text: str) -> SubmissionKey | None:
    """Return the key, or None when it is missing or not ours.  A key has no age of its own."""
    found = keyring.unsign(PURPOSE, text)
    if found is None:
        return None
    (identifier, questionnaire, *more), signed_at = found
    since = more.pop() if more and isinstance(more[-1], int) else signed_at
    issued_at = datetime.fromtimestamp(since, UTC)
    held = _opened(more[0]) if more else ()
    return SubmissionKey(identifier, questionnaire, issued_at, *held)


def _opened(sealed: str) -> tuple[int, ...]:
    """Return the holder, and what they had seen where the key says it."""
    try:
        return tuple(int(part) for part in keyring.decrypt(sealed.encode()).split(SEPARATOR))
    except (Unreadable, ValueError):
        return (NOBODY,)


def claimed_questionnaire(text: str) -> str | None:
    """Return the form that a key names, even one that we can't vouch for.

    Published forms are public: all that this decides is which fields are shown again.  What is too
    long to be a key is not opened: packed as ours may be, it could unpack to gigabytes.  And a name
    that is no id may hold what no database takes for text.
    """
    if len(text) > LONGEST:
        return None
    _valid, claimed = URLSafeTimedSerializer("", salt="").loads_unsafe(text)
    if not isinstance(claimed, list) or len(claimed) not in (2, 3, 4):
        return None
    named = claimed[1]
    return named if isinstance(named, str) and _ID.fullmatch(named) else None
