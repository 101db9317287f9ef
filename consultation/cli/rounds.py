"""Commands of the round: open, close, publish."""

from datetime import datetime

import click
from flask import current_app

from consultation.cli.base import counted, session, with_app, write
from consultation.clock import PARIS, in_paris, now
from consultation.operations import readiness
from consultation.questionnaires.models import Round
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import checklist, queries, service
from consultation.questionnaires.rounds.checklist import Point


@click.group("round")
def round_() -> None:
    """Le tour de consultation."""


@round_.command("open")
@click.option("--closes", type=click.DateTime(["%Y-%m-%d"]), help="Dernier jour, à 23 h 59.")
@click.option("--round", "code", help="Code du tour ; celui qui attend, ou un nouveau par défaut.")
@click.option(
    "--despite",
    multiple=True,
    type=click.Choice(checklist.NAMES),
    help="Passer outre ce point de la liste de vérification ; le journal le dira.",
)
@with_app
def open_round(closes: datetime | None, code: str | None, despite: tuple[str, ...]) -> None:
    """Ouvrir un tour et publier un formulaire par mesure, si rien ne reste à vérifier."""
    at = now()
    closes_at = closes and closes.replace(hour=23, minute=59, tzinfo=PARIS)
    with write():
        opened = service.choose_to_open(session(), at, closes_at, code)
        open_points = checklist.refuse_open_points(_points(opened), despite)
        service.open_chosen(session(), opened, at, closes_at, open_points)
        service.refuse_errors(session(), opened)
        publication = publish.publish_outline(session(), opened, at)
    click.echo(
        f"{opened.title['fr']} : ouvert jusqu'au {in_paris(opened.closes_at):%d/%m/%Y à %H h %M},"
        f" {counted(len(publication.opened), 'formulaire publié', 'formulaires publiés')}."
    )


def _points(chosen: Round) -> list[Point]:
    return checklist.checklist(session(), chosen, readiness.site_of(session(), current_app.config))


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
