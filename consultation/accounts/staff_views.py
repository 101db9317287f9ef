"""« Comptes » : who is of the staff, with which roles, and who is invited."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts import administering, inviting
from consultation.accounts.granting import ROLE_NAMES, names_of
from consultation.accounts.inviting import AccountClosed, InvitationGone, Outcome
from consultation.accounts.models import Role
from consultation.accounts.staffing import AddressInvalid, AddressTaken
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("accounts_staff", __name__, url_prefix="/administration/comptes")

INCOMPLETE = "Écrivez une adresse complète, comme prenom@association.example."
NO_ROLE = "Choisissez au moins un rôle."
CLOSED = (
    "Cette adresse a un compte dont l'accès est fermé : rouvrez-le depuis sa page, puis donnez-lui"
    " ses rôles."
)
GONE = "Cette invitation a été acceptée ou annulée entre-temps."
EXPLAINED = {
    Role.ORGANISER: "compose le plan et les questionnaires, invite, lit et exporte les"
    " contributions",
    Role.MODERATOR: "relit les textes avant qu'ils ne soient montrés, trie le courrier reçu",
    Role.ADMINISTRATOR: "invite l'équipe, donne les rôles, surveille les courriels ; la"
    " vérification en deux étapes est obligatoire",
}


@blueprint.get("")
@requires(Permission.MANAGE_ACCOUNTS)
def accounts() -> ResponseReturnValue:
    """Show the accounts and the invitations that wait."""
    return _list_page({}, {"email": "", "roles": []})


@blueprint.post("/inviter")
@requires(Permission.MANAGE_ACCOUNTS)
def invite() -> ResponseReturnValue:
    """Invite an address, or grant the roles to the account that it has."""
    actor = require(Permission.MANAGE_ACCOUNTS)
    email, roles = request.form.get("email", ""), roles_typed()
    typed = {"email": email, "roles": roles}
    if not roles:
        return _list_page({"roles": NO_ROLE}, typed), 422
    try:
        with writing(db.session()):
            outcome = inviting.invite(db.session(), actor, email, roles, _base_url(), now())
    except AddressInvalid:
        return _list_page({"email": INCOMPLETE}, typed), 422
    except AccountClosed:
        return _list_page({"email": CLOSED}, typed), 422
    flash(_sentence(outcome, email.strip()))
    return redirect(url_for(".accounts"), 303)


@blueprint.post("/invitations/<public_id>/renvoyer")
@requires(Permission.MANAGE_ACCOUNTS)
def send_again(public_id: str) -> ResponseReturnValue:
    """Send another link, which lasts seven days more."""
    actor = require(Permission.MANAGE_ACCOUNTS)
    try:
        with writing(db.session()):
            outcome = inviting.send_again(db.session(), actor, public_id, _base_url(), now())
        flash(f"Un autre lien part ; le précédent n'ouvre plus rien.{_to_copy(outcome)}")
    except InvitationGone:
        flash(GONE)
    except AddressTaken as taken:
        flash(str(taken))
    return redirect(url_for(".accounts"), 303)


@blueprint.post("/invitations/<public_id>/annuler")
@requires(Permission.MANAGE_ACCOUNTS)
def cancel(public_id: str) -> ResponseReturnValue:
    """Make an invitation worth nothing."""
    actor = require(Permission.MANAGE_ACCOUNTS)
    try:
        with writing(db.session()):
            inviting.cancel(db.session(), actor, public_id, now())
        flash("L'invitation est annulée : son lien n'ouvre plus rien.")
    except InvitationGone:
        flash(GONE)
    return redirect(url_for(".accounts"), 303)


def roles_typed() -> list[Role]:
    """Return the roles that are ticked in the form that was sent."""
    typed = request.form.getlist("roles")
    return [role for role in Role if role.value in typed]


def _sentence(outcome: Outcome, email: str) -> str:
    if outcome.link is not None:
        said = f"L'invitation part à {email} : son lien sert une fois, pendant sept jours."
        return said + _to_copy(outcome)
    if not outcome.added:
        return f"{email} a déjà un compte, avec ces rôles : rien n'a changé."
    *names, last = names_of(outcome.added)
    roles = f"les rôles {', '.join(names)} et {last}" if names else f"le rôle {last}"
    return f"{email} a déjà un compte : il a maintenant aussi {roles}."


def _to_copy(outcome: Outcome) -> str:
    """Return the link for who has no mail server to send it by, to be handed over."""
    if current_app.config["MAIL_SERVER"] or outcome.link is None:
        return ""
    return f" Aucun serveur de courrier n'est réglé : transmettez ce lien vous-même. {outcome.link}"


def _base_url() -> str:
    return str(current_app.config["BASE_URL"])


def _list_page(faults: dict[str, str], typed: dict[str, Any]) -> str:
    actor = require(Permission.MANAGE_ACCOUNTS)
    return render_template(
        "accounts/list.html",
        actor=actor,
        rows=administering.accounts(db.session(), actor),
        waiting=inviting.waiting(db.session(), actor),
        names_of=_names_of,
        roles=ROLE_NAMES,
        explained=EXPLAINED,
        faults=faults,
        typed=typed,
        at=now(),
    )


def _names_of(rows: list[Any]) -> str:
    return ", ".join(names_of([row.role for row in rows]))
