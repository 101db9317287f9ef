"""Examination of a copy before it is put back: its signature, its schema, and who vouches for it.

Whoever can write where copies are kept can change one.  Nothing of a copy is run here: its schema
is compared as text, and of its tables only rows are read.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from consultation.accounts.models import AuditEvent
from consultation.operations.backups import content, postgresql, schemas, signatures
from consultation.operations.backups.content import Content
from consultation.operations.backups.signatures import State

MADE = "backup_made"
SIGNED = "signed"
"""The detail of that action which says that a copy was signed."""


@dataclass(frozen=True)
class Examination:
    """What was found of a copy; `differences` are in French, from what it should be."""

    state: State
    differences: Sequence[str]
    at: datetime | None = None
    """When the copy was made, if its signature is sound."""
    has_trail: bool = True
    """Whether the audit log is a table, which can say later what was accepted."""

    @property
    def is_vouched_for(self) -> bool:
        """Say whether a signature could be checked, well or badly."""
        return self.state not in (State.MISSING, State.OF_OTHER_KEYS)


def examine(copy: Path, key: bytes, url: str, work: Path) -> Examination:
    """Return what is wrong with a copy, for `url`; `key` is the one that signs here.

    Raise `ProgramFailed`, sqlite3's and SQLAlchemy's errors.
    """
    state = signatures.state(copy, key)
    signature = signatures.read(copy)
    is_sound = state in (State.GENUINE, State.CHANGED)
    found = schemas.of_copy(copy)
    expected = schemas.of_migrations(url, content.version_of(copy), work)
    return Examination(
        state,
        [*_differences_of_content(copy, state), *schemas.differences(expected, found)],
        signature.at if signature and is_sound else None,
        ("table", AuditEvent.__tablename__) in found.definitions,
    )


def _differences_of_content(copy: Path, state: State) -> Sequence[str]:
    if state is State.FORGED:
        return ["la signature elle-même a été changée"]
    if state is State.CHANGED:
        return _changed_tables(copy) or ["des octets ont changé hors des lignes des tables"]
    if state is State.MISSING and _says_it_was_signed(copy):
        return ["ce site signait déjà ses sauvegardes, et la signature de celle-ci a été ôtée"]
    return []


def _changed_tables(copy: Path) -> Sequence[str]:
    signature = signatures.read(copy)
    signed = signature.contents if signature else {}
    try:
        found = content.contents(copy)
    except (postgresql.ProgramFailed, sqlite3.Error):
        return ["un morceau du fichier ne se lit plus"]
    return [
        _changed(name, signed.get(name), found.get(name))
        for name in sorted(signed.keys() | found.keys())
        if signed.get(name) != found.get(name)
    ]


def _changed(name: str, signed: Content | None, found: Content | None) -> str:
    if signed is None or found is None:
        return f"la table « {name} » {'y a été ajoutée' if found else 'a été enlevée'}"
    if signed.rows == found.rows:
        return f"la table « {name} » a été changée, pour le même nombre de lignes : {found.rows}"
    return f"la table « {name} » : lignes à la signature : {signed.rows}, maintenant : {found.rows}"


def _says_it_was_signed(copy: Path) -> bool:
    return any(
        row["action"] == MADE and f'"{SIGNED}"' in str(row["details"])
        for row in content.rows(copy, AuditEvent.__tablename__)
    )
