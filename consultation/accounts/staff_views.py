"""Pages of staff accounts: the list with its invitations, and the page of one account."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts import administration, invitations
from consultation.accounts.administration import ChangeRefused, NoSuchAccount
from consultation.accounts.forms import InvitationForm, RolesForm
from consultation.accounts.invitations import AccountClosed, InvitationGone, InvitationOutcome
from consultation.accounts.roles import names_of
from consultation.accounts.sign_in import sessions, two_factor
from consultation.accounts.staff import AddressInvalid, AddressTaken
from consultation.db.stale import StaleEdit
from consultation.web.permissions import Permission, requires
from consultation.work.actions import AtField, Elsewhere, act, current_work
from consultation.work.services import Work

T = TypeVar("T")

GONE = "Cette invitation a été acceptée ou annulée entre-temps."

blueprint = Blueprint("accounts_staff", __name__, url_prefix="/administration/comptes")

CLOSED = (
    "Cette adresse a un compte dont l'accès est fermé : rouvrez-le depuis sa page, puis donnez-lui"
    " ses rôles."
)
ROLES_SET = "Les rôles sont enregistrés : ils prennent effet immédiatement."
FACTOR_DUE = " La vérification en deux étapes sera demandée avant toute autre page."
FACTOR_RESET = (
    "La vérification en deux étapes et les codes de secours sont retirés, les connexions"
    " fermées : la personne se reconnecte avec son mot de passe."
)
NO_FACTOR = "Ce compte n'avait pas de vérification en deux étapes."


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
    return act(
        lambda work: invitations.invite_staff(work, form.email.data, form.roles.data, _base_url()),
        form=form,
        page=lambda: _list_page(form),
        refusals={
            AddressInvalid: AtField("email", str, 422),
            AccountClosed: AtField("email", CLOSED, 422),
        },
        done=lambda outcome: _sentence(outcome, form.email.data),
        to=_hand_over,
    )


@blueprint.post("/invitations/<public_id>/renvoyer")
@requires(Permission.MANAGE_ACCOUNTS)
def send_again(public_id: str) -> ResponseReturnValue:
    """Mail a new link, which lasts another seven days."""
    way = "part" if current_app.config["MAIL_SERVER"] else "est prêt"
    return act(
        lambda work: invitations.send_again(work, public_id, _base_url()),
        refusals={
            InvitationGone: Elsewhere(url_for(".accounts"), GONE),
            AddressTaken: Elsewhere(url_for(".accounts")),
        },
        done=f"Un autre lien {way} ; le précédent n'ouvre plus rien.",
        to=_hand_over,
    )


@blueprint.post("/invitations/<public_id>/annuler")
@requires(Permission.MANAGE_ACCOUNTS)
def cancel(public_id: str) -> ResponseReturnValue:
    return act(
        lambda work: invitations.cancel(work, public_id),
        refusals={InvitationGone: Elsewhere(url_for(".accounts"), GONE)},
        done="L'invitation est annulée : son lien n'ouvre plus rien.",
        to=url_for(".accounts"),
    )


def _sentence(outcome: InvitationOutcome, email: str) -> str:
    if outcome.link is not None:
        way = f"part à {email}" if current_app.config["MAIL_SERVER"] else f"de {email} est prête"
        return f"L'invitation {way} : son lien sert une fois, pendant sept jours."
    if not outcome.added:
        return f"{email} a déjà un compte, avec ces rôles : rien n'a changé."
    *names, last = names_of(outcome.added)
    roles = f"les rôles {', '.join(names)} et {last}" if names else f"le rôle {last}"
    return f"{email} a déjà un compte : il a maintenant aussi {roles}."


def _hand_over(outcome: InvitationOutcome) -> str:
    """Show the link, to be handed over, where no mail server is set; the list has it."""
    if outcome.link is not None and not current_app.config["MAIL_SERVER"]:
        flash(outcome.link, "link")
    return url_for(".accounts")


def _base_url() -> str:
    return str(current_app.config["BASE_URL"])


def _list_page(form: InvitationForm) -> str:
    work = current_work()
    return render_template(
        "accounts/accounts.html",
        actor=work.actor,
        rows=administration.accounts(work),
        waiting=invitations.waiting(work),
        names_of=_names_of,
        form=form,
        at=work.at,
    )


def _names_of(rows: list[Any]) -> str:
    return ", ".join(names_of([row.role for row in rows]))


@blueprint.get("/<public_id>")
@requires(Permission.MANAGE_ACCOUNTS)
def account(public_id: str) -> ResponseReturnValue:
    return _account_page(public_id)


@blueprint.post("/<public_id>/roles")
@requires(Permission.MANAGE_ACCOUNTS)
def set_roles(public_id: str) -> ResponseReturnValue:
    form = RolesForm(request.form)

    def set_roles(work: Work) -> bool:
        roles, seen = form.roles.data or [], form.seen.data or ""
        account = administration.set_roles(work, public_id, roles, seen)
        return account.must_set_up_second_factor

    return _change(
        public_id,
        set_roles,
        lambda is_factor_due: ROLES_SET + (FACTOR_DUE if is_factor_due else ""),
        form,
    )


@blueprint.post("/<public_id>/fermer")
@requires(Permission.MANAGE_ACCOUNTS)
def disable(public_id: str) -> ResponseReturnValue:
    return _change(
        public_id,
        lambda work: administration.disable(work, public_id),
        "L'accès est fermé : ce compte n'ouvre plus rien, ses connexions sont terminées.",
    )


@blueprint.post("/<public_id>/rouvrir")
@requires(Permission.MANAGE_ACCOUNTS)
def enable(public_id: str) -> ResponseReturnValue:
    return _change(
        public_id,
        lambda work: administration.enable(work, public_id),
        "L'accès est rouvert, avec le même mot de passe et les mêmes rôles.",
    )


@blueprint.post("/<public_id>/connexions/fermer")
@requires(Permission.MANAGE_ACCOUNTS)
def end_sessions(public_id: str) -> ResponseReturnValue:
    return _change(
        public_id,
        lambda work: administration.end_sessions(work, public_id),
        lambda count: (
            f"Connexions fermées : {count}." if count else "Aucune connexion n'était ouverte."
        ),
    )


@blueprint.post("/<public_id>/deux-etapes/retirer")
@requires(Permission.MANAGE_ACCOUNTS)
def reset_second_factor(public_id: str) -> ResponseReturnValue:
    """Remove the second factor of a person who lost telephone and recovery codes."""
    return _change(
        public_id,
        lambda work: administration.reset_second_factor(work, public_id),
        lambda was_set_up: FACTOR_RESET if was_set_up else NO_FACTOR,
    )


def _change(
    public_id: str,
    service: Callable[[Work], T],
    done: str | Callable[[T], str],
    form: RolesForm | None = None,
) -> ResponseReturnValue:
    """Change an account, and display it again, with why where the change is refused."""

    def page(problem: str = "", stale: StaleEdit | None = None) -> str:
        return _account_page(public_id, problem, form, stale)

    return act(
        service,
        form=form,
        page=page,
        refusals={
            NoSuchAccount: lambda _: abort(404),
            ChangeRefused: lambda refused: (page(str(refused)), 422),
        },
        done=done,
        to=url_for(".account", public_id=public_id),
    )


def _account_page(
    public_id: str,
    problem: str = "",
    form: RolesForm | None = None,
    stale: StaleEdit | None = None,
) -> str:
    work = current_work()
    try:
        row = administration.account(work, public_id)
    except NoSuchAccount:
        abort(404)
    roles = [held.role for held in row.account.roles]
    values = {"roles": roles, "seen": administration.roles_version(row.account)}
    if form and stale:
        form.show_both(values)
    return render_template(
        "accounts/account.html",
        actor=work.actor,
        row=row,
        account=row.account,
        names=names_of(roles),
        form=form or RolesForm(data=values),
        refusal=problem,
        stale=stale,
        sessions=sessions.opened(work.session, row.account.id, work.at),
        codes_left=two_factor.recovery_codes_left(work.session, row.account.id),
    )
