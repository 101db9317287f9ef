"""Command doctor: checks of the installation."""

import json
import sys

import click
from flask import current_app

from consultation import create_app
from consultation.cli.base import as_it_is, session
from consultation.operations.doctor import checks


@click.command()
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
            click.echo(f"{finding.mark:7} {finding.subject} : {finding.in_terminal}")
    if not all(finding.is_fine for finding in findings):
        sys.exit(1)
