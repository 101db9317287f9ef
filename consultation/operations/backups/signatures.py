"""Signatures of backups: what a copy held when it was made, under a key that is in no copy.

A signature is written after the content, in the same file: SQLite and `pg_restore` read the file
as if it were not there.  It lists the rows of each table, so that a copy that was changed can be
told from the one that was signed, table by table.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any

from consultation.operations.backups import content
from consultation.operations.backups.content import Content

PURPOSE = "backup-signature"
"""Of what key is derived for it (`Keyring.derived_key`)."""

_MARK = b"consultation-backup-signature-1"
_END = re.compile(rb"\n([0-9a-f]{64}) ([0-9]{8}) " + _MARK + rb"\n")
_END_LENGTH = 1 + 64 + 1 + 8 + 1 + len(_MARK) + 1


class State(Enum):
    """What a signature says of its copy."""

    GENUINE = "genuine"
    CHANGED = "changed"
    """The copy is not the one that was signed."""
    FORGED = "forged"
    """The signature itself was changed."""
    OF_OTHER_KEYS = "of other keys"
    """It can't be checked here."""
    MISSING = "missing"


@dataclass(frozen=True)
class Signature:
    """What stands after the content of a copy; nothing of it is true before it is checked."""

    words: bytes
    mac: str

    @property
    def at(self) -> datetime:
        """When the copy was made."""
        return datetime.fromisoformat(self._told["at"])

    @property
    def contents(self) -> Mapping[str, Content]:
        """What each table held."""
        return {name: Content(*told) for name, told in self._told["tables"].items()}

    def is_by(self, key: bytes) -> bool:
        """Say whether it claims to be made with `key`."""
        return self._told.get("key") == _name_of(key)

    def is_sound(self, key: bytes) -> bool:
        """Say whether it is as it was made with `key`."""
        return hmac.compare_digest(_mac(self.words, key), self.mac)

    def fits(self, copy: Path) -> bool:
        """Say whether it was made for these bytes."""
        told = self._told
        return (told["bytes"], told["sha256"]) == (content_size(copy), _digest(copy))

    @property
    def _told(self) -> dict[str, Any]:
        try:
            told = json.loads(self.words)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


def sign(copy: Path, key: bytes, at: datetime) -> None:
    """Write a signature after the content of a copy that has none."""
    told = {
        "at": at.isoformat(),
        "bytes": copy.stat().st_size,
        "sha256": _digest(copy),
        "key": _name_of(key),
        "tables": content.contents(copy),
    }
    words = json.dumps(told, sort_keys=True).encode()
    with copy.open("ab") as file:
        file.write(b"%s\n%s %08d %s\n" % (words, _mac(words, key).encode(), len(words), _MARK))


def read(copy: Path) -> Signature | None:
    """Return the signature of a copy, if it has one."""
    with copy.open("rb") as file:
        file.seek(max(0, copy.stat().st_size - _END_LENGTH))
        end = _END.fullmatch(file.read())
        if not end:
            return None
        file.seek(max(0, copy.stat().st_size - _END_LENGTH - int(end[2])))
        return Signature(file.read(int(end[2])), end[1].decode())


def content_size(copy: Path) -> int:
    """Return how many bytes of a copy are its database."""
    signature = read(copy)
    size = copy.stat().st_size
    return size if signature is None else size - len(signature.words) - _END_LENGTH


def state(copy: Path, key: bytes) -> State:
    """Say what the signature of a copy tells to whoever has `key`."""
    signature = read(copy)
    if signature is None:
        return State.MISSING
    if signature.is_sound(key):
        return State.GENUINE if signature.fits(copy) else State.CHANGED
    return State.FORGED if signature.is_by(key) else State.OF_OTHER_KEYS


def _name_of(key: bytes) -> str:
    """Return what tells a key from another, and nothing of it."""
    return hashlib.sha256(key).hexdigest()[:8]


def _mac(words: bytes, key: bytes) -> str:
    return hmac.new(key, words, "sha256").hexdigest()


def _digest(copy: Path) -> str:
    digest, left = hashlib.sha256(), content_size(copy)
    with copy.open("rb") as file:
        while piece := file.read(min(left, 1_048_576)):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()
