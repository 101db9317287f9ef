"""Commands of accounts: create, reset-second-factor."""

import click
from flask import current_app

from consultation.accounts import invitations
from consultation.accounts.models import Role
from consultation.accounts.sign_in import two_factor
from consultation.cli.base import session, with_app, write
from consultation.clock import now


@click.group()
def accounts() -> None:
    """Les comptes de l'équipe."""


@accounts.command("create")
@click.argument("email")
@click.option("--role", "role", type=click.Choice([role.value for role in Role]), required=True)
@with_app
def create_account(email: str, role: str) -> None:
    """Inviter EMAIL, et afficher le lien par lequel choisir un mot de passe."""
    with write():
        link = invitations.create_link(
            session(), Role(role), email, current_app.config["BASE_URL"], now()
        )
    click.echo(f"Transmettez ce lien à {email} ; il ne sert qu'une fois :\n{link}")


@accounts.command("reset-second-factor")
@click.argument("email")
@with_app
def reset_second_factor(email: str) -> None:
    """Retirer la vérification en deux étapes de EMAIL, qui a tout perdu."""
    with write():
        lines = two_factor.reset_by_email(session(), email, now())
    click.echo("\n".join(lines))
