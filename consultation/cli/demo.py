"""Command demo: invented measures and responses in an empty installation."""

import click

from consultation.cli.base import counted, progress, session, with_app, write
from consultation.clock import now
from consultation.demo import fill
from consultation.moderation import screening
from consultation.results.tallies import maintain


@click.command()
@click.option("--measures", type=click.IntRange(1, 200), default=60)
@click.option("--responses", type=click.IntRange(0, 200_000), default=500)
@with_app
def demo(measures: int, responses: int) -> None:
    """Remplir une installation vide de données inventées."""
    with progress() as report:
        with write():
            fill.fill(session(), measures=measures, responses=responses, at=now(), report=report)
        # What the worker would do, so that the first workbook does not wait for it.
        screening.screen_due(session(), report=report)
        maintain.refresh(session(), report)
    made = counted(responses, "contribution", "contributions")
    click.echo(f"{counted(measures, 'mesure', 'mesures')} et {made} de démonstration.")
