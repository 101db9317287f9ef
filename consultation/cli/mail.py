"""Commands of mail: deliver, status, test, collect."""

from pathlib import Path

import click
from flask import current_app

from consultation.cli.base import progress, session, with_app, write
from consultation.cli.group import fail
from consultation.clock import now
from consultation.inbox.collection import collector
from consultation.mail import labels, outbox_actions
from consultation.mail.delivery import loop
from consultation.server import run


@click.group()
def mail() -> None:
    """Le courrier."""


@mail.command()
@click.option("--once", is_flag=True, help="Un seul passage ; sinon, un toutes les cinq secondes.")
@with_app
def deliver(once: bool) -> None:
    """Envoyer ce qui attend."""
    run.deliver(session(), current_app.config, once, click.echo)


@mail.command()
@with_app
def status() -> None:
    """Dire où en sont les courriels."""
    click.echo("\n".join(labels.status_lines(session(), now())))


@mail.command("test")
@click.argument("address")
@with_app
def send_test(address: str) -> None:
    """Envoyer un message d'essai à ADDRESS."""
    try:
        with write():
            outbox_actions.enqueue_test(session(), address, now())
    except ValueError:
        fail(f"{address} n'est pas une adresse électronique : vérifiez-la.")
    count = loop.deliver(session(), current_app.config)
    label = labels.sent_label(current_app.config)
    click.echo(f"{label} : {count.sent}, remis à plus tard : {count.postponed}.")
    if count.postponed or not count.sent:
        fail("Le message attend : « consultation mail status » dit pourquoi.")


@mail.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@with_app
def collect(paths: tuple[Path, ...]) -> None:
    """Relever la boîte du collectif, ou reprendre des fichiers .eml, mbox et maildir."""
    settings = current_app.config
    with progress() as step:
        if paths:
            collector.collect_files(session(), settings, paths, report=click.echo, progress=step)
        else:
            collector.collect(session(), settings, report=click.echo, progress=step)
