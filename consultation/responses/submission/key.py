"""Submission key (idempotency token): a form sent several times makes one response."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

from itsdangerous import URLSafeTimedSerializer

from consultation.crypto.keyring import Unreadable, keyring, new_id

PURPOSE, LINK_PURPOSE = "submission", "link of a form"
SEPARATOR = ":"
LONGEST = 1000
"""Characters of a text that may be a key; ours have less than half of that."""
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

    link_id: str = field(init=False)
    """Id of the personal link that a public form makes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "link_id", keyring.derived_id(LINK_PURPOSE, self.id))


NO_HOLDER = 0
"""The holder in a submission key that was encrypted with a key we no longer have."""


def mint(
    questionnaire: str,
    holder: int | None = None,
    seen: int | None = None,
    *,
    since: datetime | None = None,
) -> str:
    """Return a new key for the form with that public id, as its page holds it.

    The respondent and `seen` are encrypted: a page tells nothing of how many others there are.
    It counts as given out at `since`, the moment of the key that it replaces.
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
    unsigned = keyring.unsign(PURPOSE, text)
    if unsigned is None:
        return None
    (identifier, questionnaire, *more), signed_at = unsigned
    since = more.pop() if more and isinstance(more[-1], int) else signed_at
    issued_at = datetime.fromtimestamp(since, UTC)
    held = _opened(more[0]) if more else ()
    return SubmissionKey(identifier, questionnaire, issued_at, *held)


def _opened(sealed: str) -> tuple[int, ...]:
    """Return the holder, and what they had seen where the key says it."""
    try:
        return tuple(int(part) for part in keyring.decrypt(sealed.encode()).split(SEPARATOR))
    except (Unreadable, ValueError):
        return (NO_HOLDER,)


def claimed_questionnaire(text: str) -> str | None:
    """Return the form that a key names, even one that can't be verified.

    Published forms are public: this only decides which fields are shown again.  A text too long to
    be a key is not unpacked, since compressed content could expand to gigabytes.  A name that is no
    id may hold characters that no database takes.
    """
    if len(text) > LONGEST:
        return None
    _valid, claimed = URLSafeTimedSerializer("", salt="").loads_unsafe(text)
    if not isinstance(claimed, list) or len(claimed) not in (2, 3, 4):
        return None
    named = claimed[1]
    return named if isinstance(named, str) and _ID.fullmatch(named) else None
