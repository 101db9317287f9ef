"""Signatures of backups, made under a key that is in no backup.

Appended to the file, where SQLite and pg_restore ignore it.  Lists the rows and checksum of each
table, so that a change can be located by table.
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
"""Purpose of the signing key (`Keyring.derived_key`)."""

_MARK = b"consultation-backup-signature-1"
_END = re.compile(rb"\n([0-9a-f]{64}) ([0-9]{8}) " + _MARK + rb"\n")
_END_LENGTH = 1 + 64 + 1 + 8 + 1 + len(_MARK) + 1


class State(Enum):
    """State of a copy by its signature."""

    GENUINE = "genuine"
    CHANGED = "changed"
    """The copy is not the one that was signed."""
    FORGED = "forged"
    """The signature itself was changed."""
    OF_OTHER_KEYS = "of other keys"
    """Made with keys that this site does not hold: it can't be checked."""
    MISSING = "missing"


@dataclass(frozen=True)
class Signature:
    """The signature of a copy, not to be trusted before `is_sound`."""

    payload: bytes
    mac: str

    @property
    def at(self) -> datetime:
        """When the copy was made."""
        return datetime.fromisoformat(self._fields["at"])

    @property
    def contents(self) -> Mapping[str, Content]:
        """Content of each table when the copy was made."""
        return {name: Content(*values) for name, values in self._fields["tables"].items()}

    def is_by(self, key: bytes) -> bool:
        """Return whether it claims to be made with `key`."""
        return self._fields.get("key") == _name_of(key)

    def is_sound(self, key: bytes) -> bool:
        """Return whether it was made with `key` and not changed since."""
        return hmac.compare_digest(_mac(self.payload, key), self.mac)

    def fits(self, copy: Path) -> bool:
        """Return whether it was made for exactly these bytes."""
        fields = self._fields
        return (fields["bytes"], fields["sha256"]) == (content_size(copy), _digest(copy))

    @property
    def _fields(self) -> dict[str, Any]:
        try:
            fields = json.loads(self.payload)
        except ValueError:
            return {}
        return fields if isinstance(fields, dict) else {}


def sign(copy: Path, key: bytes, at: datetime) -> None:
    """Append a signature to a copy that has none."""
    fields = {
        "at": at.isoformat(),
        "bytes": copy.stat().st_size,
        "sha256": _digest(copy),
        "key": _name_of(key),
        "tables": content.contents(copy),
    }
    payload = json.dumps(fields, sort_keys=True).encode()
    with copy.open("ab") as file:
        mac = _mac(payload, key).encode()
        file.write(b"%s\n%s %08d %s\n" % (payload, mac, len(payload), _MARK))


def read(copy: Path) -> Signature | None:
    with copy.open("rb") as file:
        file.seek(max(0, copy.stat().st_size - _END_LENGTH))
        end = _END.fullmatch(file.read())
        if not end:
            return None
        file.seek(max(0, copy.stat().st_size - _END_LENGTH - int(end[2])))
        return Signature(file.read(int(end[2])), end[1].decode())


def content_size(copy: Path) -> int:
    """Return the size of a copy without its signature, in bytes."""
    signature = read(copy)
    size = copy.stat().st_size
    return size if signature is None else size - len(signature.payload) - _END_LENGTH


def state(copy: Path, key: bytes) -> State:
    signature = read(copy)
    if signature is None:
        return State.MISSING
    if signature.is_sound(key):
        return State.GENUINE if signature.fits(copy) else State.CHANGED
    return State.FORGED if signature.is_by(key) else State.OF_OTHER_KEYS


def _name_of(key: bytes) -> str:
    """Return eight hexadecimal digits that identify a key and reveal nothing of it."""
    return hashlib.sha256(key).hexdigest()[:8]


def _mac(payload: bytes, key: bytes) -> str:
    return hmac.new(key, payload, "sha256").hexdigest()


def _digest(copy: Path) -> str:
    digest, left = hashlib.sha256(), content_size(copy)
    with copy.open("rb") as file:
        while piece := file.read(min(left, 1_048_576)):
            digest.update(piece)
            left -= len(piece)
    return digest.hexdigest()
