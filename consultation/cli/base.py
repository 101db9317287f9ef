"""Base of commands: application context, write transaction, progress."""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any

import click
from flask import Flask
from sqlalchemy.orm import Session

from consultation import create_app
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.extensions import db
from consultation.i18n import form_for
from consultation.jobs.progress import Report
from consultation.operations.backups import restore
from consultation.operations.keys import verification


def counted(count: int, singular: str, many: str) -> str:
    """Return a number with its noun, for a terminal."""
    return f"{count} {form_for(count, singular, many)}"


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


SECONDS_BETWEEN_LINES = 60.0
"""How often a step of long work is told where no terminal is."""
CLEAR = "\r\x1b[K"


@contextmanager
def progress() -> Iterator[Report]:
    """Report the steps of long work on standard error, until the block ends.

    On a terminal each step takes the place of the one before.  Elsewhere, as in the log of a timer,
    the first is told after a minute, and one a minute then.
    """
    is_live, silent_until = sys.stderr.isatty(), time.monotonic() + SECONDS_BETWEEN_LINES

    def report(step: str) -> None:
        nonlocal silent_until
        if is_live:
            click.echo(CLEAR + step[: shutil.get_terminal_size().columns - 1], nl=False, err=True)
        elif time.monotonic() >= silent_until:
            click.echo(step, err=True)
            silent_until = time.monotonic() + SECONDS_BETWEEN_LINES

    try:
        yield report
    finally:
        if is_live:
            click.echo(CLEAR, nl=False, err=True)
