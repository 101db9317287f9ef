"""The `consultation` command line: each command calls one service and says what it did."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click
from flask import Flask, current_app
from sqlalchemy.orm import Session

from consultation import (
    backups,
    create_app,
    demonstration,
    diagnosis,
    erasures,
    migrating,
    retention,
    running,
)
from consultation.accounts import staffing
from consultation.accounts.models import Role
from consultation.clock import PARIS, in_paris, now
from consultation.crypto import KeysUnreadable
from consultation.database import StorageUnavailable, writing
from consultation.exporting import workbook
from consultation.extensions import db
from consultation.inbox import collecting
from consultation.inbox.imap import NotCollected
from consultation.mail import delivering, trying, wording
from consultation.moderation import screening_due
from consultation.plan import reading, template
from consultation.questionnaires import publishing, rounds
from consultation.responses import loading
from consultation.settings import SettingRefused
from consultation.sheets.problems import SheetRefused
from consultation.sheets.writing import Format
from consultation.web.serving import CannotListen

# What a person can mend: told in one sentence, with exit status 1.
FACTS = (
    backups.BackupRefused,
    demonstration.NotEmpty,
    rounds.NoRound,
    rounds.RoundStateRefused,
    staffing.AddressInvalid,
    staffing.AddressTaken,
    KeysUnreadable,
    NotCollected,
    SettingRefused,
    CannotListen,
)


class Group(click.Group):
    """A group whose commands end in a sentence, never in a traceback, on what a person can mend."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; refusals become one line on the standard error."""
        try:
            return super().invoke(ctx)
        except FACTS as fact:
            _fail(str(fact))
        except StorageUnavailable:
            _fail("La base de données ne répond pas : vérifiez la place sur le disque, réessayez.")


def _fail(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Run a command within the application, on an up-to-date database."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with opened(create_app()):
            return command(*args, **kwargs)

    return wrapped


@contextmanager
def opened(app: Flask) -> Iterator[None]:
    """Bring the database of `app` up to date, and leave no connection behind."""
    with app.app_context():
        try:
            migrating.upgrade(db.engine)
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


@click.group(cls=Group)
@click.version_option(package_name="consultation")
def main() -> None:
    """Consultation en ligne sur les indicateurs d'un plan d'action."""


@main.command()
@click.option("--host", help="Adresse d'écoute.")
@click.option("--port", type=int, help="Port d'écoute.")
def serve(host: str | None, port: int | None) -> None:
    """Servir le site et envoyer le courrier, jusqu'à Ctrl-C."""
    chosen = {"HOST": host, "PORT": port}
    overrides = {name: value for name, value in chosen.items() if value is not None}
    sys.exit(running.serve(overrides, click.echo))


@main.command()
@with_app
def doctor() -> None:
    """Vérifier l'installation et dire quoi faire."""
    findings = diagnosis.examine(session(), current_app.config)
    for finding in findings:
        mark = "?      " if not finding.is_known else "ok     " if finding.is_fine else "À VOIR "
        click.echo(f"{mark} {finding.subject} : {finding.says}")
    if not all(finding.is_fine for finding in findings):
        sys.exit(1)


@main.group()
def plan() -> None:
    """Le plan et ses indicateurs."""


@plan.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Montrer ce qui changerait, sans rien changer.")
@with_app
def import_plan(file: Path, dry_run: bool) -> None:
    """Charger la liste du collectif (XLSX, ODS ou CSV)."""
    try:
        draft = reading.read_plan(file)
    except SheetRefused as refused:
        for problem in refused.problems:
            click.echo(str(problem), err=True)
        _fail(f"{len(refused.problems)} point(s) à corriger : rien n'est importé.")
    at = now()
    with write():
        loaded = loading.load_plan(session(), draft, at)
        lines = loading.describe(loaded)
        if dry_run:
            session().rollback()
    click.echo("\n".join(lines))
    click.echo("Rien n'a été changé." if dry_run else "Le plan est chargé.")


@plan.command("template")
@click.argument("file", type=click.Path(path_type=Path))
def write_plan_template(file: Path) -> None:
    """Écrire le classeur à remplir."""
    template.write_template(file, _format_of(file))
    click.echo(f"{file} est prêt : remplissez-le, puis « consultation plan import {file} ».")


def _format_of(file: Path) -> Format:
    try:
        return Format(file.suffix.lower().lstrip("."))
    except ValueError:
        _fail(f"{file.name} : donnez un nom qui finit par .xlsx, .ods ou .csv.")


@main.group("round")
def round_() -> None:
    """Le tour de consultation."""


@round_.command("open")
@click.option("--closes", type=click.DateTime(["%Y-%m-%d"]), help="Dernier jour, à 23 h 59.")
@with_app
def open_round(closes: datetime | None) -> None:
    """Ouvrir un tour et publier un formulaire par mesure."""
    at = now()
    closes_at = closes and closes.replace(hour=23, minute=59, tzinfo=PARIS)
    with write():
        opened = rounds.open_round(session(), at, closes_at)
        publication = publishing.publish(session(), opened, at)
    click.echo(
        f"{opened.title['fr']} : ouvert jusqu'au {in_paris(opened.closes_at):%d/%m/%Y à %H h %M},"
        f" {len(publication.opened)} formulaires publiés."
    )


@round_.command("close")
@with_app
def close_round() -> None:
    """Fermer le tour ouvert."""
    with write():
        closed = rounds.close_round(session(), now())
    click.echo(f"{closed.title['fr']} : fermé le {in_paris(closed.closes_at):%d/%m/%Y à %H h %M}.")


@round_.command("publish")
@with_app
def publish_round() -> None:
    """Publier de nouveau les formulaires que le plan a changés."""
    at = now()
    with write():
        done = publishing.publish(session(), rounds.last(session()), at)
    click.echo(
        f"{len(done.opened)} formulaires ouverts, {len(done.renewed)} renouvelés,"
        f" {len(done.closed)} fermés, {len(done.unchanged)} inchangés."
    )


@main.group()
def accounts() -> None:
    """Les comptes de l'équipe."""


@accounts.command("create")
@click.argument("email")
@click.option("--role", "role", type=click.Choice([role.value for role in Role]), required=True)
@with_app
def create_account(email: str, role: str) -> None:
    """Inviter EMAIL, et afficher le lien par lequel choisir un mot de passe."""
    with write():
        token = staffing.invite(session(), Role(role), email, now())
    link = staffing.invitation_link(current_app.config["BASE_URL"], token)
    click.echo(f"Transmettez ce lien à {email} ; il ne sert qu'une fois :\n{link}")


@main.group()
def mail() -> None:
    """Le courrier."""


@mail.command()
@click.option("--once", is_flag=True, help="Un seul passage ; sinon, un toutes les cinq secondes.")
@with_app
def deliver(once: bool) -> None:
    """Envoyer ce qui attend."""
    running.deliver(session(), current_app.config, once, click.echo)


@mail.command()
@with_app
def status() -> None:
    """Dire où en sont les courriels."""
    click.echo("\n".join(wording.status_lines(session(), now())))


@mail.command("test")
@click.argument("address")
@with_app
def send_test(address: str) -> None:
    """Envoyer un message d'essai à ADDRESS."""
    try:
        with write():
            trying.owe_test(session(), address, now())
    except ValueError:
        _fail(f"{address} n'est pas une adresse électronique : vérifiez-la.")
    count = delivering.deliver(session(), current_app.config)
    click.echo(f"Envoyés : {count.sent}, remis à plus tard : {count.postponed}.")
    if count.postponed or not count.sent:
        _fail("Le message attend : « consultation mail status » dit pourquoi.")


@mail.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@with_app
def collect(paths: tuple[Path, ...]) -> None:
    """Relever la boîte du collectif, ou reprendre des fichiers .eml, mbox et maildir."""
    if paths:
        collecting.collect_files(session(), current_app.config, paths, say=click.echo)
    else:
        collecting.collect(session(), current_app.config, say=click.echo)


@main.command()
@click.option("--round", "code", help="Code du tour ; le dernier par défaut.")
@click.option("--format", "kind", type=click.Choice([one.value for one in Format]), default="xlsx")
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), help="Dossier.")
@with_app
def export(code: str | None, kind: str, output: Path | None) -> None:
    """Produire le classeur d'un tour."""
    chosen = rounds.by_code(session(), code) if code else rounds.last(session())
    screening_due.screen_due(session())
    made = workbook.export(
        session(),
        round=chosen,
        format=Format(kind),
        directory=output or current_app.config["EXPORTS_DIR"],
        at=now(),
        tell=lambda step: click.echo(step, err=True),
    )
    click.echo(f"{made.path}\nReçues : {made.counts.received}, incluses : {made.counts.included}.")
    if unread := made.counts.texts_unread:
        click.echo(f"Ne pas diffuser : {unread} textes n'ont été relus par personne.")


@main.command()
@click.option("--measures", type=click.IntRange(1, 200), default=60)
@click.option("--responses", type=click.IntRange(0, 200_000), default=500)
@with_app
def demo(measures: int, responses: int) -> None:
    """Remplir une installation vide de données inventées."""
    with write():
        demonstration.fill(session(), measures=measures, responses=responses, at=now())
    click.echo(f"{measures} mesures et {responses} contributions de démonstration.")


@main.group("retention")
def retention_group() -> None:
    """La durée de garde."""


@retention_group.command()
@click.option("--dry-run", is_flag=True, help="Compter, sans rien effacer.")
@with_app
def apply(dry_run: bool) -> None:
    """Effacer ce qui a passé sa durée de garde."""
    for line in retention.apply(session(), current_app.config, now(), dry_run=dry_run):
        click.echo(line)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_app
def backup(file: Path) -> None:
    """Copier la base dans FILE, pendant que le site tourne."""
    size = backups.backup(current_app.config["DATABASE_URL"], file)
    keys = current_app.config["KEYS_DIR"]
    click.echo(f"{file} : {size / 1_048_576:.1f} Mo. Les clés n'y sont pas : gardez {keys} à part.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Vérifier la sauvegarde, sans rien écrire.")
@click.option(
    "--erasures",
    "erased_list",
    type=click.Path(exists=True, path_type=Path),
    help=f"La liste des effacements, si {erasures.NAME} n'est pas dans HOME.",
)
def restore(file: Path, dry_run: bool, erased_list: Path | None) -> None:
    """Remettre la sauvegarde FILE dans un endroit vide."""
    app: Flask = create_app()
    url = app.config["DATABASE_URL"]
    if dry_run:
        backups.check(url, file)
        click.echo(f"{file} est intacte et peut être remise.")
        return
    backups.restore(url, file)
    with opened(app):
        with write():
            erased = erasures.replay(session(), erased_list or _list_in(app), now())
        count = diagnosis.response_count(session())
    click.echo(f"{file} est remise en place : {count} contributions.")
    click.echo(
        "Aucune liste d'effacements : ce qui a été effacé depuis cette sauvegarde y est peut-être"
        " encore. Remettez la sauvegarde de nouveau, avec --erasures, si vous avez cette liste."
        if erased is None
        else f"Effacements refaits : {erased}."
    )


def _list_in(app: Flask) -> Path:
    home: Path = app.config["HOME"]
    return home / erasures.NAME
