"""How far each folder of a mail server has been read, and what the last try met."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto import keyring
from consultation.inbox.models import CollectedFolder
from consultation.inserting import insert_once


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


def advance(session: Session, place: Place, uid: int) -> None:
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
