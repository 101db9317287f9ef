"""Entry point `consultation`: serve, doctor, deployment, plan, round, accounts."""

import json
import sys
from datetime import datetime
from pathlib import Path

import click
from flask import current_app

from consultation import create_app
from consultation.accounts import invitations
from consultation.accounts.audit import audit_log
from consultation.accounts.models import Role
from consultation.accounts.sign_in import two_factor
from consultation.cli import backups, data, keys, mail
from consultation.cli.base import Group, as_it_is, counted, fail, session, tidily, with_app, write
from consultation.clock import PARIS, in_paris, now
from consultation.operations import deployment as deployment_files
from consultation.operations.doctor import checks
from consultation.plan.workbook import reader, writer
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries, service
from consultation.responses import plan_changes
from consultation.server import run
from consultation.spreadsheets.reader.problems import SheetRefused
from consultation.spreadsheets.writer import Format


@click.group(cls=Group)
@click.version_option(package_name="consultation", help="Dire la version.")
@click.pass_context
def main(context: click.Context) -> None:
    """Consultation en ligne sur les indicateurs d'un plan d'action."""
    context.with_resource(tidily())


@main.command()
@click.option("--host", help="Adresse d'écoute.")
@click.option("--port", type=int, help="Port d'écoute.")
@click.option("--only", type=click.Choice(run.PARTS), help="Le site seul, ou le service seul.")
def serve(host: str | None, port: int | None, only: str | None) -> None:
    """Servir le site et envoyer le courrier, jusqu'à Ctrl-C."""
    chosen = {"HOST": host, "PORT": port}
    overrides = {name: value for name, value in chosen.items() if value is not None}
    sys.exit(run.serve(overrides, click.echo, only=only))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Pour une machine qui surveille.")
def doctor(as_json: bool) -> None:
    """Vérifier l'installation et dire quoi faire ; sort en 1 si quelque chose est à voir."""
    with as_it_is(create_app()):
        findings = checks.examine(session(), current_app.config)
    if as_json:
        answers = [finding.as_json() for finding in findings]
        click.echo(json.dumps(answers, ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            click.echo(f"{finding.mark:7} {finding.subject} : {finding.says}")
    if not all(finding.is_fine for finding in findings):
        sys.exit(1)


@main.command()
@click.option("--to", "folder", type=click.Path(path_type=Path), required=True, help="Dossier.")
@click.option("--name", required=True, help="Nom du site, comme consultation.example.org.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535), help="Port du site, en local.")
def deployment(folder: Path, name: str, port: int) -> None:
    """Écrire les fichiers de systemd et de nginx dans un dossier, à relire puis à installer."""
    places = deployment_files.Places(name=name, port=port, program=deployment_files.program_here())
    for path in deployment_files.write(folder, places):
        click.echo(path)
    click.echo("Relisez-les, puis suivez « Installer sur un serveur » dans docs/deploiement.md.")


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


@main.group("round")
def round_() -> None:
    """Le tour de consultation."""


@round_.command("open")
@click.option("--closes", type=click.DateTime(["%Y-%m-%d"]), help="Dernier jour, à 23 h 59.")
@click.option("--round", "code", help="Code du tour ; celui qui attend, ou un nouveau par défaut.")
@with_app
def open_round(closes: datetime | None, code: str | None) -> None:
    """Ouvrir un tour et publier un formulaire par mesure."""
    at = now()
    closes_at = closes and closes.replace(hour=23, minute=59, tzinfo=PARIS)
    with write():
        opened = service.open_round(session(), at, closes_at, code)
        service.refuse_errors(session(), opened)
        publication = publish.publish_outline(session(), opened, at)
    click.echo(
        f"{opened.title['fr']} : ouvert jusqu'au {in_paris(opened.closes_at):%d/%m/%Y à %H h %M},"
        f" {counted(len(publication.opened), 'formulaire publié', 'formulaires publiés')}."
    )


@round_.command("close")
@with_app
def close_round() -> None:
    """Fermer le tour ouvert."""
    with write():
        closed = service.close_round(session(), now())
    click.echo(f"{closed.title['fr']} : fermé le {in_paris(closed.closes_at):%d/%m/%Y à %H h %M}.")


@round_.command("publish")
@with_app
def publish_round() -> None:
    """Publier de nouveau les formulaires que le plan a changés."""
    at = now()
    with write():
        done = publish.publish(session(), queries.in_force(session(), at), at)
    click.echo(
        f"Formulaires ouverts : {len(done.opened)}, renouvelés : {len(done.renewed)},"
        f" fermés : {len(done.closed)}, inchangés : {len(done.unchanged)}."
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
        link = invitations.create_link(
            session(), Role(role), email, current_app.config["BASE_URL"], now()
        )
    click.echo(f"Transmettez ce lien à {email} ; il ne sert qu'une fois :\n{link}")


@accounts.command("reset-second-factor")
@click.argument("email")
@with_app
def reset_second_factor(email: str) -> None:
    """Retirer la vérification en deux étapes de EMAIL, qui a tout perdu."""
    with write():
        lines = two_factor.reset_by_email(session(), email, now())
    click.echo("\n".join(lines))


for command in (
    mail.mail,
    data.results,
    data.export,
    data.demo,
    data.retention_group,
    backups.backup,
    backups.restore,
    keys.keys,
):
    main.add_command(command)
