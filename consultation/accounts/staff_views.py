"""Pages of staff accounts: the list with its invitations, and the page of one account."""

from collections.abc import Callable
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts import administration, invitations
from consultation.accounts.administration import ChangeRefused, NoSuchAccount
from consultation.accounts.forms import InvitationForm, RolesForm
from consultation.accounts.invitations import AccountClosed, InvitationGone, Outcome
from consultation.accounts.roles import names_of
from consultation.accounts.sign_in import sessions, two_factor
from consultation.accounts.staff import AddressInvalid, AddressTaken
from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.web.permissions import Actor, Permission, require, requires
from consultation.work.actions import current_work

blueprint = Blueprint("accounts_staff", __name__, url_prefix="/administration/comptes")

CLOSED = (
    "Cette adresse a un compte dont l'accès est fermé : rouvrez-le depuis sa page, puis donnez-lui"
    " ses rôles."
)
GONE = "Cette invitation a été acceptée ou annulée entre-temps."


@blueprint.get("")
@requires(Permission.MANAGE_ACCOUNTS)
def accounts() -> ResponseReturnValue:
    """List the accounts and the unused invitations."""
    return _list_page(InvitationForm())


@blueprint.post("/inviter")
@requires(Permission.MANAGE_ACCOUNTS)
def invite() -> ResponseReturnValue:
    """Invite an address, or grant the roles to the account that it has."""
    form = InvitationForm(request.form)
    if not form.validate():
        return _list_page(form), 422
    email, roles = form.email.data, form.roles.data
    try:
        with writing(db.session()):
            outcome = invitations.invite_staff(current_work(), email, roles, _base_url())
    except AddressInvalid as invalid:
        form.add_error("email", str(invalid))
    except AccountClosed:
        form.add_error("email", CLOSED)
    if form.errors:
        return _list_page(form), 422
    flash(_sentence(outcome, email))
    _hand_over(outcome)
    return redirect(url_for(".accounts"), 303)


@blueprint.post("/invitations/<public_id>/renvoyer")
@requires(Permission.MANAGE_ACCOUNTS)
def send_again(public_id: str) -> ResponseReturnValue:
    """Mail a new link, which lasts another seven days."""
    try:
        with writing(db.session()):
            outcome = invitations.send_again(current_work(), public_id, _base_url())
        way = "part" if current_app.config["MAIL_SERVER"] else "est prêt"
        flash(f"Un autre lien {way} ; le précédent n'ouvre plus rien.")
        _hand_over(outcome)
    except InvitationGone:
        flash(GONE)
    except AddressTaken as taken:
        flash(str(taken))
    return redirect(url_for(".accounts"), 303)


@blueprint.post("/invitations/<public_id>/annuler")
@requires(Permission.MANAGE_ACCOUNTS)
def cancel(public_id: str) -> ResponseReturnValue:
    """Cancel an invitation."""
    try:
        with writing(db.session()):
            invitations.cancel(current_work(), public_id)
        flash("L'invitation est annulée : son lien n'ouvre plus rien.")
    except InvitationGone:
        flash(GONE)
    return redirect(url_for(".accounts"), 303)


def _sentence(outcome: Outcome, email: str) -> str:
    if outcome.link is not None:
        way = f"part à {email}" if current_app.config["MAIL_SERVER"] else f"de {email} est prête"
        return f"L'invitation {way} : son lien sert une fois, pendant sept jours."
    if not outcome.added:
        return f"{email} a déjà un compte, avec ces rôles : rien n'a changé."
    *names, last = names_of(outcome.added)
    roles = f"les rôles {', '.join(names)} et {last}" if names else f"le rôle {last}"
    return f"{email} a déjà un compte : il a maintenant aussi {roles}."


def _hand_over(outcome: Outcome) -> None:
    """Show the link, to be handed over, where no mail server is set."""
    if outcome.link is not None and not current_app.config["MAIL_SERVER"]:
        flash(outcome.link, "link")


def _base_url() -> str:
    return str(current_app.config["BASE_URL"])


def _list_page(form: InvitationForm) -> str:
    actor = require(Permission.MANAGE_ACCOUNTS)
    return render_template(
        "accounts/accounts.html",
        actor=actor,
        rows=administration.accounts(current_work()),
        waiting=invitations.waiting(current_work()),
        names_of=_names_of,
        form=form,
        at=now(),
    )


def _names_of(rows: list[Any]) -> str:
    return ", ".join(names_of([row.role for row in rows]))


@blueprint.get("/<public_id>")
@requires(Permission.MANAGE_ACCOUNTS)
def account(public_id: str) -> ResponseReturnValue:
    """Show one account and its actions."""
    return _account_page(public_id)


@blueprint.post("/<public_id>/roles")
@requires(Permission.MANAGE_ACCOUNTS)
def set_roles(public_id: str) -> ResponseReturnValue:
    """Set the roles of an account to those ticked."""
    form = RolesForm(request.form)
    if not form.validate():
        return _account_page(public_id, form=form), 422

    def change(actor: Actor) -> str:
        roles = form.roles.data or []
        account = administration.set_roles(current_work(), public_id, roles)
        sentence = "Les rôles sont enregistrés : ils prennent effet immédiatement."
        if account.must_set_up_second_factor:
            sentence += " La vérification en deux étapes sera demandée avant toute autre page."
        return sentence

    return _change(public_id, change, form)


@blueprint.post("/<public_id>/fermer")
@requires(Permission.MANAGE_ACCOUNTS)
def disable(public_id: str) -> ResponseReturnValue:
    """Disable an account at once."""

    def change(actor: Actor) -> str:
        administration.disable(current_work(), public_id)
        return "L'accès est fermé : ce compte n'ouvre plus rien, ses connexions sont terminées."

    return _change(public_id, change)


@blueprint.post("/<public_id>/rouvrir")
@requires(Permission.MANAGE_ACCOUNTS)
def enable(public_id: str) -> ResponseReturnValue:
    """Enable an account again."""

    def change(actor: Actor) -> str:
        administration.enable(current_work(), public_id)
        return "L'accès est rouvert, avec le même mot de passe et les mêmes rôles."

    return _change(public_id, change)


@blueprint.post("/<public_id>/connexions/fermer")
@requires(Permission.MANAGE_ACCOUNTS)
def end_sessions(public_id: str) -> ResponseReturnValue:
    """Revoke the sessions of an account."""

    def change(actor: Actor) -> str:
        count = administration.end_sessions(current_work(), public_id)
        return f"Connexions fermées : {count}." if count else "Aucune connexion n'était ouverte."

    return _change(public_id, change)


@blueprint.post("/<public_id>/deux-etapes/retirer")
@requires(Permission.MANAGE_ACCOUNTS)
def reset_second_factor(public_id: str) -> ResponseReturnValue:
    """Remove the second factor of a person who lost telephone and recovery codes."""

    def change(actor: Actor) -> str:
        if not administration.reset_second_factor(current_work(), public_id):
            return "Ce compte n'avait pas de vérification en deux étapes."
        return (
            "La vérification en deux étapes et les codes de secours sont retirés, les connexions"
            " fermées : la personne se reconnecte avec son mot de passe."
        )

    return _change(public_id, change)


def _change(
    public_id: str, change: Callable[[Actor], str], form: RolesForm | None = None
) -> ResponseReturnValue:
    """Make a change in one transaction, then report its result or why it was refused."""
    actor = require(Permission.MANAGE_ACCOUNTS)
    try:
        with writing(db.session()):
            sentence = change(actor)
    except NoSuchAccount:
        abort(404)
    except ChangeRefused as refused:
        return _account_page(public_id, str(refused), form), 422
    flash(sentence)
    return redirect(url_for(".account", public_id=public_id), 303)


def _account_page(public_id: str, refusal: str = "", form: RolesForm | None = None) -> str:
    actor = require(Permission.MANAGE_ACCOUNTS)
    try:
        row = administration.account(current_work(), public_id)
    except NoSuchAccount:
        abort(404)
    roles = [held.role for held in row.account.roles]
    return render_template(
        "accounts/account.html",
        actor=actor,
        row=row,
        account=row.account,
        names=names_of(roles),
        form=form or RolesForm(data={"roles": roles}),
        refusal=refusal,
        sessions=sessions.opened(db.session(), row.account.id, now()),
        codes_left=two_factor.recovery_codes_left(db.session(), row.account.id),
    )
