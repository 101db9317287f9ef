"""Hashes of passwords: Argon2id, as they are stored.

The setting `PASSWORD_EFFORT` is of tests only, which hash thousands.
"""

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from flask import current_app

from consultation.accounts.sign_in import passwords

# 19 MiB, two passes, one lane: what OWASP advises where memory is shared with other threads.
EFFORT = {"memory_cost": 19_456, "time_cost": 2, "parallelism": 1}


def hash_of(password: str) -> str:
    """Return the hash of a password, however its accents were typed."""
    return _hasher().hash(passwords.normalized(password))


def matches(password: str, stored: str | None) -> bool:
    """Check a password; where none is `stored`, that takes as long as for a wrong one."""
    if stored is None:
        hash_of(password)
        return False
    try:
        return _hasher().verify(stored, passwords.normalized(password))
    except VerifyMismatchError:
        return False


def stronger(password: str, stored: str) -> str | None:
    """Return another hash of the same password if `stored` took another effort than is due."""
    return hash_of(password) if _hasher().check_needs_rehash(stored) else None


def _hasher() -> PasswordHasher:
    return PasswordHasher(**current_app.config.get("PASSWORD_EFFORT", EFFORT))
