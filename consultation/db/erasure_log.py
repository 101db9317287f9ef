"""Erasure log: an append-only file of erased ids, replayed on a restored backup.

Holds ids and ranges, never a text or an address.  Each line is signed together with the one before
it: a line that was changed or added outside the site does not verify, nor does the one after a line
that was removed.  Lines of earlier versions have no signature; the first that has one covers them.
That the last lines are missing is not seen.
"""

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from consultation import files
from consultation.crypto.keyring import keyring

NAME = "erasures.jsonl"
SIGNATURE = "mac"
"""The last field of a line: the keyed hash of the others and of the signature before."""
SEAL = "seal"
"""The kind of a line that erases nothing: signed with all lines before, it vouches for them."""
PURPOSE = "erasure log"
MOST_LISTED = 10

Entry = Mapping[str, Any]
Replay = Callable[[Session, Entry, datetime], None]

_replays: dict[str, Replay] = {}


def register_replay(kind: str, replay: Replay) -> None:
    """Register how erasures of `kind` are repeated on a restored database; must be idempotent."""
    _replays[kind] = replay


class ListDamaged(Exception):
    """A line of the log can't be read, or trusted; the message says in French which one."""


def note(home: Path, kind: str, at: datetime, **what: Any) -> None:
    """Append an erasure, on disk before this returns; raise OSError.

    Call it before the erasure is committed: an entry without its erasure does no harm.
    """
    _append(home, [{"kind": kind, "at": at.isoformat(), **what}])


def read(path: Path) -> list[Entry] | None:
    """Return the entries of a log, None when there is no file; raise `ListDamaged`."""
    if not path.exists():
        return None
    lines = enumerate(path.read_bytes().splitlines(), 1)
    entries = [_entry(path, number, line) for number, line in lines if line.strip()]
    return [_unsigned(entry) for entry in entries if entry["kind"] != SEAL]


def refusal(path: Path) -> str:
    """Say in French which lines of a log do not verify; empty where all do, or none is there."""
    wrong = _chain(path.read_bytes()).wrong if path.exists() else []
    if not wrong:
        return ""
    listed = ", ".join(map(str, wrong[:MOST_LISTED])) + (", …" if wrong[MOST_LISTED:] else "")
    which = (
        f"Les lignes {listed} de {path} ne se vérifient pas : elles ont été changées ou ajoutées"
    )
    if len(wrong) == 1:
        which = f"La ligne {listed} de {path} ne se vérifie pas : elle a été changée ou ajoutée"
    return (
        f"{which} hors du site, la ligne d'avant a été ôtée, ou les clés sont d'autres clés."
        " Remettez cette liste depuis votre copie hors de la machine."
    )


def seal(home: Path, at: datetime) -> None:
    """Vouch for every line of the log of `home` as it stands; raise `OSError`."""
    _append(home, [{"kind": SEAL, "at": at.isoformat()}])


def add(home: Path, entries: Sequence[Entry]) -> None:
    """Append the entries that the log of `home` lacks; raise OSError, `ListDamaged`."""
    present = read(home / NAME) or []
    if lacking := [entry for entry in entries if entry not in present]:
        _append(home, lacking)


def replay(session: Session, path: Path, at: datetime) -> int | None:
    """Repeat every erasure of a log, inside `writing`; return how many, None without a file.

    Raises `ListDamaged` before anything is erased.
    """
    entries = read(path)
    if entries is None:
        return None
    for entry in entries:
        _replays[entry["kind"]](session, entry, at)
    return len(entries)


def _entry(path: Path, number: int, line: bytes) -> Entry:
    try:
        kind = (entry := json.loads(line))["kind"]
    except (ValueError, TypeError, KeyError):
        raise ListDamaged(
            f"La ligne {number} de {path} est abîmée : rien n'est remis. Ôtez-en ce qui est coupé,"
            " gardez ce qui est entier, chaque effacement sur sa ligne, puis recommencez."
        ) from None
    if kind not in _replays and kind != SEAL:
        raise ListDamaged(
            f"La ligne {number} de {path} vient d'une version plus récente du site : rien n'est"
            " remis. Installez d'abord celle-ci (CHANGELOG), puis recommencez."
        )
    return entry  # type: ignore[no-any-return]  # JSON, of which `note` wrote the rest


class _Chain:
    """The signatures of a log, line by line; `wrong` are the numbers of those that do not verify.

    A line that a power cut has ended is none, so that it may be taken out.
    """

    def __init__(self) -> None:
        self.wrong: list[int] = []
        self._before, self._is_signed, self._everything = "", False, hashlib.sha256()

    def signature_of(self, entry: Entry) -> str:
        """Return the signature of the line to come."""
        before = self._everything.hexdigest() if entry["kind"] == SEAL else self._before
        text = f"{before}\n{json.dumps(_unsigned(entry))}"
        return hmac.digest(keyring.derived_key(PURPOSE), text.encode(), "sha256").hex()

    def take(self, entry: Entry, number: int = 0) -> None:
        """Go on to the next line."""
        due, signature = self.signature_of(entry), entry.get(SIGNATURE)
        if signature is None:
            is_valid = not self._is_signed
        else:
            is_valid = hmac.compare_digest(str(signature).encode(), due.encode())
        if not is_valid:
            self.wrong.append(number)
        elif entry["kind"] == SEAL:
            self.wrong.clear()
        self._is_signed = self._is_signed or signature is not None
        if signature is not None or not self._is_signed:
            self._before = str(signature or due)
        self._everything.update(json.dumps(entry).encode())


def _chain(content: bytes) -> _Chain:
    chain = _Chain()
    for number, line in enumerate(content.splitlines(), 1):
        with suppress(ValueError, TypeError, KeyError):
            entry = json.loads(line)
            entry["kind"]
            chain.take(entry, number)
    return chain


def _unsigned(entry: Entry) -> Entry:
    return {name: value for name, value in entry.items() if name != SIGNATURE}


def _signed(chain: _Chain, entries: Iterable[Entry]) -> Iterator[Entry]:
    for entry in entries:
        signed = {**entry, SIGNATURE: chain.signature_of(entry)}
        chain.take(signed)
        yield signed


def _append(home: Path, entries: Iterable[Entry]) -> None:
    """Append whole lines, or nothing."""
    handle = os.open(home / NAME, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        chain = _chain(os.pread(handle, size, 0))
        lines = "".join(json.dumps(entry) + "\n" for entry in _signed(chain, entries)).encode()
        if size and os.pread(handle, 1, size - 1) != b"\n":  # of a line that a power cut ended
            lines = b"\n" + lines
        try:
            _write(handle, lines)
        except OSError:
            with suppress(OSError):
                os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)
    files.sync(home)


def _write(handle: int, lines: bytes) -> None:
    while lines:
        lines = lines[os.write(handle, lines) :]
    os.fsync(handle)
