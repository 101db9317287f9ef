"""The commands for what was counted: count it again, and say whether it is right."""

import sys

import click

from consultation.operating.command_line import session, with_app
from consultation.questionnaires import rounds
from consultation.results import checking, maintaining


@click.group()
def results() -> None:
    """Ce qui est compté."""


@results.command()
@with_app
def refresh() -> None:
    """Recompter ce qui a changé, sans attendre le service."""
    count = maintaining.refresh(session())
    click.echo(f"Recomptés : {count}." if count else "Rien n'avait changé : tout est compté.")


@results.command()
@click.option("--round", "code", help="Code du tour ; tous par défaut.")
@with_app
def check(code: str | None) -> None:
    """Comparer ce qui est compté aux réponses ; ne dire que les différences."""
    chosen = rounds.by_code(session(), code) if code else None
    found = checking.check(session(), chosen)
    click.echo("\n".join(found.said))
    if found.differ:
        sys.exit(1)
