"""Commands of stored data: retention, results, data requests."""

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click
from flask import current_app

from consultation.cli.base import counted, progress, session, with_app
from consultation.clock import in_paris, now
from consultation.institutions.data_requests import queries as data_requests
from consultation.institutions.data_requests.life import delays_of
from consultation.institutions.data_requests.queries import Due, ListedRequest
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
    with progress() as report:
        count = maintain.refresh(session(), report)
    click.echo(f"Recomptés : {count}." if count else "Rien n'avait changé : tout est compté.")


@results.command()
@click.option("--round", "code", help="Code du tour ; tous par défaut.")
@with_app
def check(code: str | None) -> None:
    """Comparer ce qui est compté aux réponses ; ne dire que les différences."""
    chosen = queries.by_code(session(), code) if code else None
    with progress() as report:
        differences = maintain.check(session(), chosen, report)
    click.echo("\n".join(differences.lines))
    if differences.differ:
        sys.exit(1)


@click.group()
def requests() -> None:
    """Les chiffres demandés aux institutions."""


@requests.command()
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Le jour ; aujourd'hui par défaut.")
@click.option("--json", "as_json", is_flag=True, help="Pour une autre machine.")
@with_app
def due(on: datetime | None, as_json: bool) -> None:
    """Dire pour quelles demandes on peut saisir la CADA, ce jour-là."""
    day = on.date() if on else in_paris(now()).date()
    waiting = data_requests.due(session(), delays_of(current_app.config), day)
    if as_json:
        click.echo(json.dumps(_as_json(waiting), ensure_ascii=False, indent=1))
        return
    for row in waiting.requests:
        click.echo(_line(row))
    if not waiting.requests:
        click.echo("Aucune demande ce jour-là.")
    if waiting.undated_count:
        click.echo(
            f"{counted(waiting.undated_count, 'demande', 'demandes')} sans jour calculé :"
            " le conseil du collectif n'a pas encore donné les délais (voir les réglages)."
        )


def _line(row: ListedRequest) -> str:
    assert row.referral is not None
    until = row.referral.until
    end = f", au plus tard le {until:%d/%m/%Y}" if until else ""
    return (
        f"{row.request.institution} ({', '.join(row.codes)}) : {row.state.label},"
        f" depuis le {row.referral.since:%d/%m/%Y}{end}"
    )


def _as_json(waiting: Due) -> Mapping[str, Any]:
    rows = [
        {
            "id": row.request.public_id,
            "institution": row.request.institution,
            "indicators": row.codes,
            "state": row.state.value,
            "since": row.referral.since.isoformat(),
            "until": row.referral.until.isoformat() if row.referral.until else None,
        }
        for row in waiting.requests
        if row.referral
    ]
    return {"requests": rows, "undated_count": waiting.undated_count}
