"""Commands of stored data: retention, results."""

import sys

import click
from flask import current_app

from consultation.cli.base import session, with_app
from consultation.clock import now
from consultation.operations.retention import apply as retention_apply
from consultation.questionnaires.rounds import queries
from consultation.results.tallies import maintain


@click.group("retention")
def retention_group() -> None:
    """La durée de garde."""


@retention_group.command()
@click.option("--dry-run", is_flag=True, help="Compter, sans rien effacer.")
@with_app
def apply(dry_run: bool) -> None:
    """Effacer ce qui a passé sa durée de garde."""
    for line in retention_apply.apply(session(), current_app.config, now(), dry_run=dry_run):
        click.echo(line)


@click.group()
def results() -> None:
    """Ce qui est compté."""


@results.command()
@with_app
def refresh() -> None:
    """Recompter ce qui a changé, sans attendre le service."""
    count = maintain.refresh(session())
    click.echo(f"Recomptés : {count}." if count else "Rien n'avait changé : tout est compté.")


@results.command()
@click.option("--round", "code", help="Code du tour ; tous par défaut.")
@with_app
def check(code: str | None) -> None:
    """Comparer ce qui est compté aux réponses ; ne dire que les différences."""
    chosen = queries.by_code(session(), code) if code else None
    differences = maintain.check(session(), chosen)
    click.echo("\n".join(differences.lines))
    if differences.differ:
        sys.exit(1)
