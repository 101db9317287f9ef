"""Examination of a backup before its restore: signature, content, schema.

A copy may have been changed where it was kept.  Nothing of it is executed here: its schema is
compared as text, and its tables are only read.
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
"""Detail of that audit action for a signed copy."""


@dataclass(frozen=True)
class Examination:
    """Result of an examination; `differences` are French sentences."""

    state: State
    differences: Sequence[str]
    at: datetime | None = None
    """When the copy was made, if its signature is genuine."""
    has_audit_log: bool = True
    """Whether the audit log is a table, so that it can record what was accepted."""

    @property
    def is_verifiable(self) -> bool:
        """Whether there is a signature that the keys of this site can check."""
        return self.state not in (State.MISSING, State.OF_OTHER_KEYS)


def examine(copy: Path, key: bytes, url: str, work: Path) -> Examination:
    """Examine a copy for a restore to `url`; `key` is the signing key of this site.

    Raises `ProgramFailed`, and errors of sqlite3 and SQLAlchemy.
    """
    state = signatures.state(copy, key)
    signature = signatures.read(copy)
    is_sound = state in (State.GENUINE, State.CHANGED)
    schema = schemas.of_copy(copy)
    expected = schemas.of_migrations(url, content.version_of(copy), work)
    return Examination(
        state,
        [*_differences_of_content(copy, state), *schemas.differences(expected, schema)],
        signature.at if signature and is_sound else None,
        ("table", AuditEvent.__tablename__) in schema.definitions,
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
        current = content.contents(copy)
    except (postgresql.ProgramFailed, sqlite3.Error):
        return ["un morceau du fichier ne se lit plus"]
    return [
        _changed(name, signed.get(name), current.get(name))
        for name in sorted(signed.keys() | current.keys())
        if signed.get(name) != current.get(name)
    ]


def _changed(name: str, signed: Content | None, current: Content | None) -> str:
    if signed is None or current is None:
        return f"la table « {name} » {'y a été ajoutée' if current else 'a été enlevée'}"
    if signed.rows == current.rows:
        return f"la table « {name} » a été changée, pour le même nombre de lignes : {current.rows}"
    return (
        f"la table « {name} » : lignes à la signature : {signed.rows}, maintenant : {current.rows}"
    )


def _says_it_was_signed(copy: Path) -> bool:
    return any(
        row["action"] == MADE and f'"{SIGNED}"' in str(row["details"])
        for row in content.rows(copy, AuditEvent.__tablename__)
    )
