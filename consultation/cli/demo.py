"""Command demo: invented measures and responses in an empty installation."""

import click

from consultation.cli.base import counted, session, with_app, write
from consultation.clock import now
from consultation.demo import fill


@click.command()
@click.option("--measures", type=click.IntRange(1, 200), default=60)
@click.option("--responses", type=click.IntRange(0, 200_000), default=500)
@with_app
def demo(measures: int, responses: int) -> None:
    """Remplir une installation vide de données inventées."""
    with write():
        fill.fill(session(), measures=measures, responses=responses, at=now())
    made = counted(responses, "contribution", "contributions")
    click.echo(f"{counted(measures, 'mesure', 'mesures')} et {made} de démonstration.")
