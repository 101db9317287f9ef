"""Entry point `consultation`, which imports a command's module when the command is called."""

import click

from consultation.cli.group import Group, tidily

PLACES = {
    "accounts": "accounts.accounts",
    "backup": "backups.backup",
    "demo": "demo.demo",
    "deployment": "server.deployment",
    "doctor": "doctor.doctor",
    "document": "documents.document",
    "erasures": "backups.erasures",
    "export": "exports.export",
    "keys": "keys.keys",
    "mail": "mail.mail",
    "plan": "plan.plan",
    "report": "documents.report",
    "requests": "data.requests",
    "restore": "backups.restore",
    "results": "data.results",
    "retention": "data.retention_group",
    "round": "rounds.round_",
    "serve": "server.serve",
    "values": "plan.values",
}
"""By command, its module in this package and its name there."""


@click.group(cls=Group, places=PLACES)
@click.version_option(package_name="consultation", help="Dire la version.")
@click.pass_context
def main(context: click.Context) -> None:
    """Consultation en ligne sur les indicateurs d'un plan d'action."""
    context.with_resource(tidily())
