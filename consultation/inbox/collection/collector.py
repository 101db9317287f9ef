"""Collector of mail: fetches the new messages of each folder.

It stores how far each folder was read.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import OutcomeUnknown, StorageUnavailable, writing
from consultation.db.inserts import insert_once
from consultation.inbox import attachments, storage
from consultation.inbox.collection import files
from consultation.inbox.collection.causes import Cause, NotCollected
from consultation.inbox.labels import collection_lines
from consultation.inbox.models import CollectedFolder, Sort, State
from consultation.inbox.parsing import message
from consultation.inbox.parsing.message import ReadMessage
from consultation.inbox.parsing.reader import Reader
from consultation.inbox.storage import Incoming, Source, Stored
from consultation.jobs.worker import Task

if TYPE_CHECKING:
    from consultation.inbox.collection import imap


@dataclass(frozen=True)
class FolderKey:
    """A folder, in the numbering that its server uses now."""

    name: str
    uid_validity: int


def name_of(settings: Mapping[str, Any]) -> str:
    """Return the keyed hash that stands for the folder that the settings name."""
    parts = ("IMAP_SERVER", "IMAP_PORT", "IMAP_USERNAME", "IMAP_FOLDER")
    return keyring.blind_index("folder", "\n".join(str(settings[part]) for part in parts))


def find(session: Session, name: str) -> CollectedFolder | None:
    """Return how far a folder was read, or None before the first try."""
    return session.get(CollectedFolder, name, populate_existing=True)


def last_uid(session: Session, folder_key: FolderKey) -> int:
    """Return the id of the last message read; 0 when the server has numbered them anew."""
    folder = find(session, folder_key.name)
    return folder.last_uid if folder and folder.uid_validity == folder_key.uid_validity else 0


def note_read(session: Session, folder_key: FolderKey, uid: int) -> None:
    """Note that a message was read, in the transaction that stores it; never goes back."""
    _ensure(session, folder_key.name)
    is_further = sa.and_(
        CollectedFolder.uid_validity == folder_key.uid_validity, CollectedFolder.last_uid > uid
    )
    _update(
        session,
        folder_key.name,
        last_uid=sa.case((is_further, CollectedFolder.last_uid), else_=uid),
        uid_validity=folder_key.uid_validity,
    )


def note_success(session: Session, folder_key: FolderKey, at: datetime) -> None:
    """Note that the folder was read to its end, or for as long as a turn lasts."""
    _ensure(session, folder_key.name)
    _update(session, folder_key.name, collected_at=at, failure=None, failed_at=None)


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
"""Seconds of reading after which the worker's task ends, to run again in a minute."""

REPORT_EVERY = 50
# Not caused by the message at hand: going on would set every other message aside, too.
STORAGE_ERRORS = (StorageUnavailable, OSError, sa.exc.OperationalError, sa.exc.InterfaceError)

Report = Callable[[str], object]
InTransaction = Callable[[], object]

log = structlog.get_logger()


@dataclass
class Tally:
    """Counts of a collection; `set_aside` by reason, `skipped` are files that hold no mail."""

    new: int = 0
    known: int = 0
    skipped: int = 0
    set_aside: Counter[str] = field(default_factory=Counter)

    def count(self, stored: Stored) -> None:
        if not stored.is_new:
            self.known += 1
            return
        self.new += 1
        if stored.reason:
            self.set_aside[stored.reason] += 1

    @property
    def total(self) -> int:
        """How many messages were read."""
        return self.new + self.known


def collect(
    session: Session,
    settings: Mapping[str, Any],
    *,
    report: Report,
    progress: Report = lambda step: None,
    seconds: float | None = None,
) -> Tally:
    """Store the new messages of the mail server's folder, and report the counts.

    `progress` is called now and then meanwhile.  Stops after `seconds`; the next call goes on from
    there.  Raise `NotCollected`, after noting it.
    """
    if not settings["IMAP_SERVER"]:
        raise NotCollected(Cause.NOT_SET)
    from consultation.inbox.collection import imap  # only the process that collects loads it

    intake = _Intake(session, settings["HOME"], Source.IMAP, report, progress)
    name = name_of(settings)
    try:
        with _storage_errors(), imap.opened(settings) as folder:
            folder_key = FolderKey(name, folder.uid_validity)
            _read_folder(intake, folder, folder_key, seconds)
            with writing(session):
                note_success(session, folder_key, now())
    except NotCollected as failed:
        with suppress(*STORAGE_ERRORS), writing(session):
            note_failure(session, name, failed.cause.value, now())
        raise
    finally:
        intake.end()
    return intake.tally


def collect_files(
    session: Session,
    settings: Mapping[str, Any],
    paths: Iterable[Path],
    *,
    report: Report,
    progress: Report = lambda step: None,
) -> Tally:
    """Store the messages of files and of folders, and report the counts.

    `progress` is called now and then meanwhile.  Raise `NotCollected` when they can't be stored;
    what was stored until then stays.
    """
    intake = _Intake(session, settings["HOME"], Source.FILE, report, progress)
    try:
        with _storage_errors():
            for path in files.files(paths):
                _read_file(intake, path)
    finally:
        intake.end()
    return intake.tally


MOST_UPLOADED = 200
"""New messages that one upload stores; the same file sent again goes on from there."""


@dataclass(frozen=True)
class Taken:
    """One message of an upload, as it is stored, and whether it was there before."""

    public_id: str
    subject: str
    state: State
    reason: str | None
    is_new: bool


@dataclass
class Upload:
    """What became of the messages of uploaded files."""

    taken: list[Taken] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    """Names of the files that hold no mail."""
    is_cut: bool = False
    """Whether it ended before the last message."""

    @property
    def new_count(self) -> int:
        return sum(taken.is_new for taken in self.taken)


def collect_uploads(
    session: Session,
    settings: Mapping[str, Any],
    uploads: Iterable[tuple[str, bytes]],
    *,
    most: int = MOST_UPLOADED,
    seconds: float = LONGEST_TURN,
) -> Upload:
    """Store at most `most` new messages of uploaded files, given by name and content.

    It ends after `seconds`, too.  Raise `NotCollected` when they can't be stored; what was stored
    until then stays.
    """
    upload, until = Upload(), time.monotonic() + seconds
    intake = _Intake(session, settings["HOME"], Source.FILE, lambda _line: None)
    try:
        with _storage_errors():
            for name, content in uploads:
                messages = files.uploaded_messages(name, content)
                if messages is None:
                    upload.skipped.append(name)
                    continue
                for raw in messages:
                    if upload.new_count >= most or time.monotonic() > until:
                        upload.is_cut = True
                        return upload
                    upload.taken.append(_take_uploaded(intake, raw))
    finally:
        intake.end()
    return upload


def _take_uploaded(intake: "_Intake", raw: bytes) -> Taken:
    incoming = intake.read(raw)
    is_new = intake.take(incoming, lambda: None).is_new
    stored = storage.find(intake.session, incoming)
    assert stored is not None
    return Taken(stored.public_id, stored.subject or "", stored.state, stored.reason, is_new)


def task(settings: Mapping[str, Any]) -> Task:
    """Return the task that collects every minute, if a mail server is set.

    It has its own thread, so that a slow server delays no mail to be sent.
    """
    return Task(
        "inbox", EVERY_SECONDS, partial(_collect_for_a_while, settings), has_own_thread=True
    )


@contextmanager
def _storage_errors() -> Iterator[None]:
    try:
        yield
    except STORAGE_ERRORS as error:
        raise NotCollected(Cause.STORAGE) from error


def _collect_for_a_while(settings: Mapping[str, Any], session: Session) -> None:
    if not settings["IMAP_SERVER"]:
        return
    try:
        collect(session, settings, report=lambda _line: None, seconds=LONGEST_TURN)
    except NotCollected as failed:
        # The staff's list of messages displays it; the log holds the cause alone.
        log.error("mail not collected", error=failed.cause.value)


def _read_folder(
    intake: "_Intake", folder: "imap.Folder", folder_key: FolderKey, seconds: float | None
) -> None:
    """Take the messages after the last one read, one by one."""
    until = None if seconds is None else time.monotonic() + seconds
    for uid in folder.uids_after(last_uid(intake.session, folder_key)):
        if until is not None and time.monotonic() > until:
            return
        incoming = _fetch(intake, folder, uid)
        advance = partial(note_read, intake.session, folder_key, uid)
        if incoming is None:
            with writing(intake.session):
                advance()
        else:
            intake.take(incoming, advance)


def _fetch(intake: "_Intake", folder: "imap.Folder", uid: int) -> Incoming | None:
    """Return a message, or its headers alone if they show that it is known or too large."""
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
        messages = files.messages(path)
    except OSError:
        messages = None
    if messages is None:
        intake.tally.skipped += 1
        return
    for raw in messages:
        intake.take(intake.read(raw), lambda: None)


def _set_aside(message: ReadMessage, reason: str) -> ReadMessage:
    """Return a message reduced to its headers, set aside for `reason`."""
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
    """Return a message of which only its arrival and the reason are kept, which any table takes."""
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
    """Stores messages, one transaction each, and counts them."""

    def __init__(
        self,
        session: Session,
        home: Path,
        source: Source,
        report: Report,
        progress: Report = lambda step: None,
    ) -> None:
        self.session = session
        self.tally = Tally()
        self._home, self._source, self._report, self._progress = home, source, report, progress
        self._reader = Reader()

    def read(self, raw: bytes) -> Incoming:
        """Return the parsed message of these bytes, or of its headers."""
        return storage.fingerprinted(self._reader.read(raw), raw)

    def take(self, incoming: Incoming, in_transaction: InTransaction) -> Stored:
        """Store a message and call `in_transaction`; if that fails, store less of it."""
        whole = incoming.message
        headers = _set_aside(whole, storage.NOT_STORED)
        for part in (whole, headers):
            try:
                stored = self._store(replace(incoming, message=part), in_transaction)
                break
            except STORAGE_ERRORS:
                raise
            except Exception as error:  # noqa: BLE001 - one message stops none of the others
                log.error("message not stored", error=type(error).__name__)
        else:
            stored = self._store(replace(incoming, message=_blank(headers)), in_transaction)
        self.tally.count(stored)
        if not self.tally.total % REPORT_EVERY:
            self._progress(f"Messages lus : {self.tally.total}")
        return stored

    def end(self) -> None:
        """End the reader's process, and report the counts, line by line."""
        self._reader.close()
        for line in collection_lines(
            self.tally.new, self.tally.known, self.tally.skipped, self.tally.set_aside
        ):
            self._report(line)

    def _store(self, incoming: Incoming, in_transaction: InTransaction) -> Stored:
        known = storage.is_known(self.session, incoming)
        files = [] if known else storage.keep_files(self._home, incoming.message)
        may_be_stored = False
        try:
            with writing(self.session):
                stored = storage.add(self.session, incoming, files, source=self._source, at=now())
                in_transaction()
            may_be_stored = stored.is_new
        except OutcomeUnknown:
            # Rows may name these files; if none does, `sweep_orphans` removes them.
            may_be_stored = True
            raise
        finally:
            if not may_be_stored:
                attachments.remove(self._home, [file.public_id for file in files])
        return stored
