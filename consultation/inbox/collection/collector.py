"""Collector: fetches new messages, and keeps the place reached in each folder."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import OutcomeUnknown, StorageUnavailable, writing
from consultation.db.inserts import insert_once
from consultation.inbox import attachments, storage
from consultation.inbox.collection import files, imap
from consultation.inbox.collection.imap import Cause, NotCollected
from consultation.inbox.labels import collection_lines
from consultation.inbox.models import CollectedFolder, Sort
from consultation.inbox.parsing import message
from consultation.inbox.parsing.message import ReadMessage
from consultation.inbox.parsing.reader import Reader
from consultation.inbox.storage import Incoming, Source, Stored
from consultation.jobs.worker import Task


@dataclass(frozen=True)
class Place:
    """A folder, in the numbering that its server uses now."""

    name: str
    uid_validity: int


def name_of(settings: Mapping[str, Any]) -> str:
    """Return the keyed hash that stands for the folder that the settings name."""
    parts = ("IMAP_SERVER", "IMAP_PORT", "IMAP_USERNAME", "IMAP_FOLDER")
    return keyring.blind_index("folder", "\n".join(str(settings[part]) for part in parts))


def find(session: Session, name: str) -> CollectedFolder | None:
    """Return what is known of a folder, or None before the first try."""
    return session.get(CollectedFolder, name, populate_existing=True)


def last_uid(session: Session, place: Place) -> int:
    """Return the last message read; 0 when the server has numbered its messages anew."""
    found = find(session, place.name)
    return found.last_uid if found and found.uid_validity == place.uid_validity else 0


def advance_place(session: Session, place: Place, uid: int) -> None:
    """Note that a message was read, in the transaction that stores it; never goes back."""
    _ensure(session, place.name)
    is_further = sa.and_(
        CollectedFolder.uid_validity == place.uid_validity, CollectedFolder.last_uid > uid
    )
    _update(
        session,
        place.name,
        last_uid=sa.case((is_further, CollectedFolder.last_uid), else_=uid),
        uid_validity=place.uid_validity,
    )


def note_success(session: Session, place: Place, at: datetime) -> None:
    """Note that the folder was read, to its end or as far as a turn goes."""
    _ensure(session, place.name)
    _update(session, place.name, collected_at=at, failure=None, failed_at=None)


def note_failure(session: Session, name: str, failure: str, at: datetime) -> None:
    """Note why the folder could not be read."""
    _ensure(session, name)
    _update(session, name, failure=failure, failed_at=at)


def _ensure(session: Session, name: str) -> None:
    insert_once(session, CollectedFolder, {"name": name, "uid_validity": 0, "last_uid": 0})


def _update(session: Session, name: str, **values: Any) -> None:
    session.execute(
        sa.update(CollectedFolder).where(CollectedFolder.name == name).values(values),
        execution_options={"synchronize_session": False},
    )


EVERY_SECONDS = 60
LONGEST_TURN = 15.0
"""Seconds that the worker reads on: it has mail to send as well, and comes back in a minute."""

SAY_EVERY = 500
# What is no fault of the message at hand: to go on would set every other one aside too.
OUT_OF_ORDER = (StorageUnavailable, OSError, sa.exc.OperationalError, sa.exc.InterfaceError)

Say = Callable[[str], object]
Also = Callable[[], object]

log = structlog.get_logger()


@dataclass
class Tally:
    """What came of collecting; `set_aside` counts by reason, `passed` are files of another kind."""

    new: int = 0
    known: int = 0
    passed: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)

    def count(self, stored: Stored) -> None:
        """Count one message."""
        if not stored.is_new:
            self.known += 1
            return
        self.new += 1
        if stored.reason:
            self.set_aside[stored.reason] += 1

    @property
    def total(self) -> int:
        """How many messages were looked at."""
        return self.new + self.known


def collect(
    session: Session, settings: Mapping[str, Any], *, say: Say, seconds: float | None = None
) -> Tally:
    """Bring in what is new in the folder of the mail server, and say what came of it.

    Stops after `seconds`, to go on the next time.  Raise `NotCollected` once it is noted.
    """
    if not settings["IMAP_SERVER"]:
        raise NotCollected(Cause.NOT_SET)
    intake = _Intake(session, settings["HOME"], Source.IMAP, say)
    name = name_of(settings)
    try:
        with _naming_storage(), imap.opened(settings) as folder:
            place = Place(name, folder.uid_validity)
            _read_on(intake, folder, place, seconds)
            with writing(session):
                note_success(session, place, now())
    except NotCollected as failed:
        with suppress(*OUT_OF_ORDER), writing(session):
            note_failure(session, name, failed.cause.value, now())
        raise
    finally:
        intake.end()
    return intake.tally


def collect_files(
    session: Session, settings: Mapping[str, Any], paths: Iterable[Path], *, say: Say
) -> Tally:
    """Bring in the messages of files and of folders, and say what came of it.

    Raise `NotCollected` when they can't be stored; what was stored until then stays.
    """
    intake = _Intake(session, settings["HOME"], Source.FILE, say)
    try:
        with _naming_storage():
            for path in files.files(paths):
                _read_file(intake, path)
    finally:
        intake.end()
    return intake.tally


def task(settings: Mapping[str, Any]) -> Task:
    """Return the worker's task that collects every minute, where a mail server is set."""
    return Task("inbox", EVERY_SECONDS, partial(_take_turn, settings), has_own_thread=True)


@contextmanager
def _naming_storage() -> Iterator[None]:
    try:
        yield
    except OUT_OF_ORDER as error:
        raise NotCollected(Cause.STORAGE) from error


def _take_turn(settings: Mapping[str, Any], session: Session) -> None:
    if not settings["IMAP_SERVER"]:
        return
    try:
        collect(session, settings, say=lambda _line: None, seconds=LONGEST_TURN)
    except NotCollected as failed:
        # Told to the staff on the page of the mail received; a log holds the kind alone.
        log.error("mail not collected", error=failed.cause.value)


def _read_on(intake: "_Intake", folder: imap.Folder, place: Place, seconds: float | None) -> None:
    """Take message after message from where the last time ended."""
    until = None if seconds is None else time.monotonic() + seconds
    for uid in folder.uids_after(last_uid(intake.session, place)):
        if until is not None and time.monotonic() > until:
            return
        incoming = _fetch(intake, folder, uid)
        advance = partial(advance_place, intake.session, place, uid)
        if incoming is None:
            with writing(intake.session):
                advance()
        else:
            intake.take(incoming, advance)


def _fetch(intake: "_Intake", folder: imap.Folder, uid: int) -> Incoming | None:
    """Return a message, or as much of it as is wanted: headers show that one is known or large."""
    heading = folder.heading(uid)
    if heading is None:
        return None
    headers = intake.read(heading.raw)
    if heading.size >= message.LARGEST_MESSAGE:
        return replace(headers, message=_set_aside(headers.message, storage.TOO_LARGE))
    if headers.message.message_id and storage.is_known(intake.session, headers):
        return headers
    raw = folder.whole(uid)
    return None if raw is None else intake.read(raw)


def _read_file(intake: "_Intake", path: Path) -> None:
    try:
        found = files.messages(path)
    except OSError:
        found = None
    if found is None:
        intake.tally.passed += 1
        return
    for raw in found:
        intake.take(intake.read(raw), lambda: None)


def _set_aside(message: ReadMessage, reason: str) -> ReadMessage:
    """Return a message of which the headers alone are kept, with why."""
    return replace(
        message,
        sort=Sort.UNREADABLE,
        reason=reason,
        original="",
        kept="",
        bounced=None,
        enclosures=(),
    )


def _blank(message: ReadMessage) -> ReadMessage:
    """Return what can always be stored of a message: that it came, and why no more is known."""
    return replace(
        message,
        message_id=None,
        answers_to=(),
        sender=None,
        sender_name=None,
        recipients=(),
        subject="",
        sent_at=None,
    )


class _Intake:
    """Takes messages in, one transaction each, and counts them."""

    def __init__(self, session: Session, home: Path, source: Source, say: Say) -> None:
        self.session = session
        self.tally = Tally()
        self._home, self._source, self._say = home, source, say
        self._reader = Reader()

    def read(self, raw: bytes) -> Incoming:
        """Return what the bytes of a message, or of its headers, say."""
        return storage.recognised(self._reader.read(raw), raw)

    def take(self, incoming: Incoming, also: Also) -> None:
        """Store a message and do `also` in its transaction; when it resists, less of it."""
        whole = incoming.message
        headers = _set_aside(whole, storage.NOT_STORED)
        for part in (whole, headers):
            try:
                stored = self._store(replace(incoming, message=part), also)
                break
            except OUT_OF_ORDER:
                raise
            except Exception as error:  # noqa: BLE001 - one message stops none of the others
                log.error("message not stored", error=type(error).__name__)
        else:
            stored = self._store(replace(incoming, message=_blank(headers)), also)
        self.tally.count(stored)
        if not self.tally.total % SAY_EVERY:
            self._say(f"{self.tally.total} messages lus…")

    def end(self) -> None:
        """Read no more, and say what came of it, line by line."""
        self._reader.close()
        for line in collection_lines(
            self.tally.new, self.tally.known, self.tally.passed, self.tally.set_aside
        ):
            self._say(line)

    def _store(self, incoming: Incoming, also: Also) -> Stored:
        known = storage.is_known(self.session, incoming)
        files = [] if known else storage.keep_files(self._home, incoming.message)
        may_be_stored = False
        try:
            with writing(self.session):
                stored = storage.add(self.session, incoming, files, source=self._source, at=now())
                also()
            may_be_stored = stored.is_new
        except OutcomeUnknown:
            # Rows may name these files; if none does, they are swept away as strays.
            may_be_stored = True
            raise
        finally:
            if not may_be_stored:
                attachments.remove(self._home, [file.public_id for file in files])
        return stored
