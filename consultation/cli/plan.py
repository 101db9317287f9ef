"""Commands of the plan and of its values: import, template."""

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click
import sqlalchemy as sa

from consultation.accounts import staff
from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.accounts.roles import StaffActor, actor_of
from consultation.cli.base import counted, session, with_app, write
from consultation.cli.group import fail
from consultation.clock import now
from consultation.plan.values import importer
from consultation.plan.values import workbook as values_workbook
from consultation.plan.values.importer import ValueChange, ValueChanges
from consultation.plan.workbook import reader, writer
from consultation.responses import plan_changes
from consultation.spreadsheets.reader.problems import SheetRefused
from consultation.spreadsheets.writer import Format
from consultation.web.permissions import Permission
from consultation.work.services import Work


@click.group()
def plan() -> None:
    """Le plan et ses indicateurs."""


@plan.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Montrer ce qui changerait, sans rien changer.")
@with_app
def import_plan(file: Path, dry_run: bool) -> None:
    """Charger la liste du collectif (XLSX, ODS ou CSV)."""
    try:
        draft = reader.read_plan(file)
    except SheetRefused as refused:
        _refuse(refused)
    at = now()
    with write():
        loaded = plan_changes.load_plan(session(), draft, at)
        lines = plan_changes.describe(loaded)
        audit_log.record(session(), None, "plan_imported", details=loaded.changes.counts, at=at)
        if dry_run:
            session().rollback()
    click.echo("\n".join(lines))
    click.echo("Rien n'a été changé." if dry_run else "Le plan est chargé.")


@plan.command("template")
@click.argument("file", type=click.Path(path_type=Path))
def write_plan_template(file: Path) -> None:
    """Écrire le classeur à remplir."""
    writer.write_template(file, _format_of_new(file))
    click.echo(f"{file} est prêt : remplissez-le, puis « consultation plan import {file} ».")


@click.group()
def values() -> None:
    """Les valeurs observées des indicateurs."""


@values.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Montrer ce qui changerait, sans rien changer.")
@click.option(
    "--account",
    "email",
    help="Adresse du compte au nom duquel noter ; inutile s'il n'y en a qu'un qui le peut.",
)
@click.option("--confirmed", is_flag=True, help="Les valeurs peu probables sont vérifiées.")
@with_app
def import_values(file: Path, dry_run: bool, email: str | None, confirmed: bool) -> None:
    """Noter les valeurs d'un classeur rempli (XLSX, ODS ou CSV)."""
    actor = _actor(email)
    try:
        listed = importer.read(Work(session(), actor), file)
    except SheetRefused as refused:
        _refuse(refused)
    with write():
        previewed = importer.compare(Work(session(), actor), listed.drafts).digest
        changes = importer.apply(Work(session(), actor, now()), listed.drafts, previewed)
        lines = _lines(changes)
        if changes.doubtful and not (confirmed or dry_run):
            _refuse_doubtful(changes.doubtful)
        if dry_run:
            session().rollback()
    click.echo("\n".join(lines))
    click.echo("Rien n'a été changé." if dry_run else f"Noté au nom de {actor.email}.")


@values.command("template")
@click.argument("file", type=click.Path(path_type=Path))
@with_app
def write_values_template(file: Path) -> None:
    """Écrire le classeur à remplir, avec les valeurs déjà notées."""
    values_workbook.write(session(), file, _format_of_new(file))
    click.echo(f"{file} est prêt : remplissez-le, puis « consultation values import {file} ».")


def _actor(email: str | None) -> StaffActor:
    """Return the actor whose values these are, the only one who may record any by default."""
    if email is None:
        accounts = session().scalars(sa.select(Account).where(Account.active.is_(True)))
        actors = [actor for it in accounts if (actor := _recorder(it))]
        if len(actors) == 1:
            return actors[0]
        fail("Dites au nom de quel compte noter les valeurs : « --account ADRESSE ».")
    account = staff.find(session(), email)
    actor = _recorder(account) if account else None
    return actor or fail(f"Aucun compte ouvert de l'adresse {email} ne peut noter des valeurs.")


def _recorder(account: Account) -> StaffActor | None:
    actor = actor_of(account)
    return actor if account.active and actor.may(Permission.RECORD_VALUES) else None


def _lines(changes: ValueChanges) -> Sequence[str]:
    return [
        counted(len(changes.new), "valeur nouvelle", "valeurs nouvelles"),
        *map(_line, changes.new),
        counted(len(changes.changed), "valeur corrigée", "valeurs corrigées"),
        *map(_line, changes.changed),
        counted(changes.unchanged_count, "valeur inchangée", "valeurs inchangées"),
    ]


def _line(change: ValueChange) -> str:
    texts = change.after
    value = texts["value"] or texts["missing_because"]
    return f"  {change.indicator.code}, {texts['moment']} : {value} ({texts['reported_by']})"


def _refuse_doubtful(changes: Sequence[ValueChange]) -> None:
    for change in changes:
        click.echo(f"{_line(change)} : un tel pourcentage est possible mais rare.", err=True)
    fail("Vérifiez ces valeurs, puis ajoutez « --confirmed » : rien n'est importé.")


def _refuse(refused: SheetRefused) -> NoReturn:
    """End the command with the errors of a file, one a line."""
    for problem in refused.problems:
        click.echo(problem.sentence, err=True)
    points = counted(len(refused.problems), "point", "points")
    fail(f"{points} à corriger : rien n'est importé.")


def _format_of_new(file: Path) -> Format:
    """Return the format that the name of a new file says; fail where it says none or is taken."""
    try:
        format = Format(file.suffix.lower().lstrip("."))
    except ValueError:
        fail(f"{file.name} : donnez un nom qui finit par .xlsx, .ods ou .csv.")
    if file.exists():
        fail(f"{file} existe déjà : rien n'est remplacé, donnez un autre nom.")
    return format
