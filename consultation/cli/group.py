"""Group of all commands: loads one when it is called, turns expected errors into a sentence."""

import errno
import gettext
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

import click

from consultation.files import PACKAGE
from consultation.i18n import DEFAULT_LOCALE
from consultation.imports import load
from consultation.settings import language_of_messages

FACTS = (
    "consultation.accounts.staff.AddressRefused",
    "consultation.crypto.keyring.KeysUnreadable",
    "consultation.db.base.DatabaseNotUtf8",
    "consultation.db.erasure_log.ListDamaged",
    "consultation.db.upgrade.DatabaseNewer",
    "consultation.demo.fill.NotEmpty",
    "consultation.documents.build.ChoiceRefused",
    "consultation.documents.formats.FormatLacking",
    "consultation.inbox.collection.causes.NotCollected",
    "consultation.operations.backups.backup.BackupRefused",
    "consultation.operations.backups.encryption.SealRefused",
    "consultation.operations.backups.postgresql.ProgramFailed",
    "consultation.operations.backups.schemas.SchemaNotMade",
    "consultation.operations.deployment.DeploymentRefused",
    "consultation.operations.keys.rotation.RotationRefused",
    "consultation.operations.keys.verification.KeysForeign",
    "consultation.questionnaires.rounds.lifecycle.RoundStateRefused",
    "consultation.questionnaires.rounds.queries.NoRound",
    "consultation.reports.verification.verify.NotOurs",
    "consultation.server.http_server.CannotListen",
    "consultation.settings.SettingRefused",
    "consultation.spreadsheets.table.TextTooLong",
    "consultation.spreadsheets.table.TooManyRows",
)
"""Errors that a person can mend: told in one sentence, with exit status 1."""
UNAVAILABLE = ("consultation.db.base.StorageUnavailable", "sqlalchemy.exc.OperationalError")
NO_ANSWER = (
    "La base de données ne répond pas : voyez si elle tourne et s'il reste de la place sur le"
    " disque, puis réessayez."
)


class Group(click.Group):
    """Commands by their place below `consultation.cli`, such as `backups.restore`."""

    def __init__(self, *args: Any, places: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command, and return the command; None if there is none."""
        if cmd_name not in self._places:
            return None
        module, _, name = self._places[cmd_name].partition(".")
        command: click.Command = getattr(load(f"consultation.cli.{module}"), name)
        return command

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command line; usage errors are in French."""
        with _in_french():
            return super().main(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; expected errors become one line on standard error."""
        try:
            return super().invoke(ctx)
        except _loaded(FACTS) as fact:
            fail(str(fact))
        except _loaded(UNAVAILABLE) as error:
            fail(load("consultation.db.base").refusal_of(error) or NO_ANSWER)
        except OSError as error:
            if error.filename is None and error.errno != errno.ENOSPC:
                raise
            fail(
                f"{error.filename or 'Un fichier'} ne peut pas être lu ou écrit ({error.strerror})"
                " : vérifiez le chemin, ses droits et la place sur le disque."
            )


def _loaded(names: tuple[str, ...]) -> tuple[type[Exception], ...]:
    """Return the classes of those names: a module that is not loaded has raised nothing."""
    places = (name.rpartition(".") for name in names)
    return tuple(
        getattr(sys.modules[module], name) for module, _, name in places if module in sys.modules
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
