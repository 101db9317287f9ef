"""One account: its roles, its connections, its second factor, and whether it is let in."""

from collections.abc import Callable

from flask import Flask, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import administering, second_factors, sessions
from consultation.accounts.administering import ChangeRefused, NoSuchAccount
from consultation.accounts.granting import ROLE_NAMES, names_of
from consultation.accounts.models import Role
from consultation.accounts.staff_views import EXPLAINED, blueprint, roles_typed
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.web.permissions import Actor, Permission, require, requires


@blueprint.get("/<public_id>")
@requires(Permission.MANAGE_ACCOUNTS)
def account(public_id: str) -> ResponseReturnValue:
    """Show one account, and what can be done with it."""
    return _account_page(public_id)


@blueprint.post("/<public_id>/roles")
@requires(Permission.MANAGE_ACCOUNTS)
def set_roles(public_id: str) -> ResponseReturnValue:
    """Give an account exactly the roles that are ticked."""
    roles = roles_typed()

    def change(actor: Actor) -> str:
        found = administering.set_roles(db.session(), actor, public_id, roles, now())
        said = "Les rôles sont enregistrés : ils valent dès la prochaine page ouverte."
        if found.must_set_up_second_factor:
            said += " La vérification en deux étapes sera demandée avant toute autre page."
        return said

    return _change(public_id, change, roles)


@blueprint.post("/<public_id>/fermer")
@requires(Permission.MANAGE_ACCOUNTS)
def disable(public_id: str) -> ResponseReturnValue:
    """Shut an account out at once."""

    def change(actor: Actor) -> str:
        administering.disable(db.session(), actor, public_id, now())
        return "L'accès est fermé : ce compte n'ouvre plus rien, ses connexions sont terminées."

    return _change(public_id, change)


@blueprint.post("/<public_id>/rouvrir")
@requires(Permission.MANAGE_ACCOUNTS)
def enable(public_id: str) -> ResponseReturnValue:
    """Let an account sign in again."""

    def change(actor: Actor) -> str:
        administering.enable(db.session(), actor, public_id, now())
        return "L'accès est rouvert, avec le même mot de passe et les mêmes rôles."

    return _change(public_id, change)


@blueprint.post("/<public_id>/connexions/fermer")
@requires(Permission.MANAGE_ACCOUNTS)
def end_sessions(public_id: str) -> ResponseReturnValue:
    """End what an account has open."""

    def change(actor: Actor) -> str:
        count = administering.end_sessions(db.session(), actor, public_id, now())
        return f"Connexions fermées : {count}." if count else "Aucune connexion n'était ouverte."

    return _change(public_id, change)


@blueprint.post("/<public_id>/deux-etapes/retirer")
@requires(Permission.MANAGE_ACCOUNTS)
def reset_second_factor(public_id: str) -> ResponseReturnValue:
    """Take the second factor from who lost the telephone and the recovery codes."""

    def change(actor: Actor) -> str:
        if not administering.reset_second_factor(db.session(), actor, public_id, now()):
            return "Ce compte n'avait pas de vérification en deux étapes."
        return (
            "La vérification en deux étapes et les codes de secours sont retirés, les connexions"
            " fermées : la personne se reconnecte avec son mot de passe."
        )

    return _change(public_id, change)


def _change(
    public_id: str, change: Callable[[Actor], str], roles: list[Role] | None = None
) -> ResponseReturnValue:
    """Make a change in one transaction and say what it came to, or why it could not be."""
    actor = require(Permission.MANAGE_ACCOUNTS)
    try:
        with writing(db.session()):
            said = change(actor)
    except NoSuchAccount:
        abort(404)
    except ChangeRefused as refused:
        return _account_page(public_id, str(refused), roles), 422
    flash(said)
    return redirect(url_for(".account", public_id=public_id), 303)


def _account_page(public_id: str, why: str = "", roles: list[Role] | None = None) -> str:
    actor = require(Permission.MANAGE_ACCOUNTS)
    try:
        row = administering.account(db.session(), actor, public_id)
    except NoSuchAccount:
        abort(404)
    held = [held.role for held in row.account.roles]
    return render_template(
        "accounts/account.html",
        actor=actor,
        row=row,
        account=row.account,
        names=names_of(held),
        ticked=held if roles is None else roles,
        roles=ROLE_NAMES,
        explained=EXPLAINED,
        why=why,
        sessions=sessions.opened(db.session(), row.account.id, now()),
        codes_left=second_factors.recovery_codes_left(db.session(), row.account.id),
    )


def register(app: Flask) -> None:
    """Add the pages to `app`, those of `staff_views` with them."""
    app.register_blueprint(blueprint)
