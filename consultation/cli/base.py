"""Base of all commands: application context, write transaction, errors in one French sentence."""

import errno
import gettext
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from types import FrameType
from typing import Any, NoReturn

import click
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from consultation import create_app
from consultation.accounts import staff
from consultation.clock import now
from consultation.crypto.keyring import KeysUnreadable
from consultation.db import erasure_log, upgrade
from consultation.db.base import StorageUnavailable, writing
from consultation.demo import fill
from consultation.extensions import db
from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE
from consultation.inbox.collection.imap import NotCollected
from consultation.operations import deployment
from consultation.operations.backups import backup, encryption, postgresql, restore, schemas
from consultation.operations.keys import rotation, verification
from consultation.questionnaires.rounds import lifecycle, queries
from consultation.server.http_server import CannotListen
from consultation.settings import SettingRefused, language_of_messages
from consultation.spreadsheets.table import TextTooLong, TooManyRows

# What a person can mend: told in one sentence, with exit status 1.
FACTS = (
    upgrade.DatabaseNewer,
    backup.BackupRefused,
    postgresql.ProgramFailed,
    encryption.SealRefused,
    schemas.SchemaNotMade,
    deployment.DeploymentRefused,
    rotation.RotationRefused,
    verification.KeysForeign,
    erasure_log.ListDamaged,
    fill.NotEmpty,
    queries.NoRound,
    lifecycle.RoundStateRefused,
    staff.AddressRefused,
    KeysUnreadable,
    NotCollected,
    SettingRefused,
    CannotListen,
    TextTooLong,
    TooManyRows,
)


class Group(click.Group):
    """Command group that turns expected errors into one sentence instead of a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line; usage errors are in French."""
        with _in_french():
            return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; expected errors become one line on standard error."""
        try:
            return super().invoke(ctx)
        except FACTS as fact:
            fail(str(fact))
        except (StorageUnavailable, sa.exc.OperationalError):
            fail("La base de données ne répond pas : vérifiez la place sur le disque, réessayez.")
        except OSError as error:
            if error.filename is None and error.errno != errno.ENOSPC:
                raise
            fail(
                f"{error.filename or 'Un fichier'} ne peut être lu ou écrit ({error.strerror}) :"
                " vérifiez le chemin, ses droits et la place sur le disque."
            )


@contextmanager
def _in_french() -> Iterator[None]:
    """Point click's gettext at our French catalogue of its messages."""
    before = gettext.textdomain()
    gettext.bindtextdomain("click", PACKAGE / "translations")
    gettext.textdomain("click")
    try:
        with language_of_messages(DEFAULT_LOCALE):
            yield
    finally:
        gettext.textdomain(before)


@contextmanager
def tidily() -> Iterator[None]:
    """Make the command's files private, and let TERM run its clean-up."""
    mask = os.umask(0o077)
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        yield
    finally:
        os.umask(mask)
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _leave(signum: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + signum)


def fail(sentence: str) -> NoReturn:
    """End the command with a sentence on standard error and status 1."""
    click.echo(sentence, err=True)
    sys.exit(1)


def counted(count: int, singular: str, many: str) -> str:
    """Return a number with its noun, for a terminal."""
    return f"{count} {singular if count < 2 else many}"


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command in the application context, with a current schema and the database's keys."""
    return _within(command, any_keys=False)


def with_any_keys(command: Callable[..., Any]) -> Callable[..., Any]:
    """Like `with_app`, even with the keys of another database: to display or abandon them."""
    return _within(command, any_keys=True)


def _within(command: Callable[..., Any], *, any_keys: bool) -> Callable[..., Any]:
    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        app = create_app()
        with opened(app, any_keys=any_keys):
            restore.finish_if_cut_short(session(), app.config["HOME"], now())
            return command(*args, **kwargs)

    return wrapped


@contextmanager
def opened(app: Flask, *, any_keys: bool = False) -> Iterator[None]:
    """Upgrade the database of `app` for a block, and close its connections.

    Raise `KeysForeign` rather than write, or give up, what the right keys would have read.
    """
    with as_it_is(app):
        upgrade.upgrade(db.engine)
        if not any_keys:
            verification.refuse_foreign(db.session(), app.config["KEYS_DIR"])
        yield


@contextmanager
def as_it_is(app: Flask) -> Iterator[None]:
    """Open the database of `app` unchanged for a block, and close its connections."""
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()
            db.engine.dispose()


def session() -> Session:
    """Return the session of the application that `with_app` opened."""
    return db.session()


def write() -> AbstractContextManager[None]:
    """Return the write transaction of one command."""
    return writing(db.session())
