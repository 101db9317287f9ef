"""Commands of the round: open, close, publish."""

from datetime import datetime

import click

from consultation.cli.base import counted, session, with_app, write
from consultation.clock import PARIS, in_paris, now
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries, service


@click.group("round")
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
