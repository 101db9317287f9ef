"""Commands of the plan: import, template."""

from pathlib import Path

import click

from consultation.accounts.audit import audit_log
from consultation.cli.base import counted, session, with_app, write
from consultation.cli.group import fail
from consultation.clock import now
from consultation.plan.workbook import reader, writer
from consultation.responses import plan_changes
from consultation.spreadsheets.reader.problems import SheetRefused
from consultation.spreadsheets.writer import Format


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
        for problem in refused.problems:
            click.echo(problem.sentence, err=True)
        points = counted(len(refused.problems), "point", "points")
        fail(f"{points} à corriger : rien n'est importé.")
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
    format = _format_of(file)
    if file.exists():
        fail(f"{file} existe déjà : rien n'est remplacé, donnez un autre nom.")
    writer.write_template(file, format)
    click.echo(f"{file} est prêt : remplissez-le, puis « consultation plan import {file} ».")


def _format_of(file: Path) -> Format:
    try:
        return Format(file.suffix.lower().lstrip("."))
    except ValueError:
        fail(f"{file.name} : donnez un nom qui finit par .xlsx, .ods ou .csv.")
