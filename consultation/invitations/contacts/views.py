"""Invitation pages of the staff: the room, its groups, and the erasure of a contact."""

from collections.abc import Callable
from typing import NoReturn

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import StorageUnavailable, writing
from consultation.decisions import editions
from consultation.extensions import db
from consultation.invitations import queries
from consultation.invitations.contacts import erasure
from consultation.invitations.mailings import lifecycle, statistics
from consultation.invitations.mailings.statistics import RecipientStatus
from consultation.invitations.models import Invitee, InviteeGroup, Mailing
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.web.navigation import Paged
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work
from consultation.work.services import Work

invitations_blueprint = Blueprint("invitations", __name__, url_prefix="/organisation/invitations")


@invitations_blueprint.get("")
@requires(Permission.INVITE)
def overview() -> ResponseReturnValue:
    """Show the groups, the mailings, and what to do next."""
    work = current_work()
    return render_template(
        "invitations/mailings/mailings.html",
        groups=queries.groups(work),
        mailings=queries.mailings(work),
        round=rounds_queries.current(work.session, work.at),
        edition=editions.published_edition(work.session),
        at=work.at,
    )


@invitations_blueprint.get("/groupes/<public_id>")
@requires(Permission.INVITE)
def group(public_id: str) -> ResponseReturnValue:
    """Show the contacts of a group, and log that the actor read their names."""
    chosen = _find_group(public_id)
    current = rounds_queries.current(db.session(), now())
    round_id, number = current.id if current else None, page_number()
    page = load_and_log(
        public_id,
        lambda: statistics.group_page(current_work(), chosen, round_id, number),
    )
    return render_template(
        "invitations/contacts/group.html",
        group=_find_group(public_id),
        page=page,
        round=current,
        is_imported=bool(request.args.get("importe")),
    )


@invitations_blueprint.get("/contacts/<public_id>/effacer")
@requires(Permission.INVITE)
def erase_page(public_id: str) -> ResponseReturnValue:
    """Ask for a confirmation before a contact is erased, and log that its name was read."""
    log_viewed(_find_invitee(public_id).public_id, 1)
    return render_template("invitations/contacts/erase.html", invitee=_find_invitee(public_id))


@invitations_blueprint.post("/contacts/<public_id>/effacer")
@requires(Permission.INVITE)
def erase(public_id: str) -> ResponseReturnValue:
    def erase(work: Work) -> None:
        invitee = _find_invitee(public_id)
        erasure.erase(work, invitee, home=current_app.config["HOME"])
        audit_log.log(work, "contact_erased", public_id)

    return act(
        erase,
        refusals={OSError: not_listed},
        done="Le contact est effacé : ni son nom, ni son adresse, ni son organisation ne restent"
        " ici.",
        to=url_for(".overview"),
    )


def not_listed(error: OSError) -> NoReturn:
    """Tell that an erasure is not stored: the list of erasures is a file."""
    raise StorageUnavailable("list of erasures") from error


def page_number() -> int:
    """Return the page number of the address, 1 if it has none."""
    return min(max(1, request.args.get("page", 1, type=int)), 10_000)


def load_and_log(
    subject: str, load: Callable[[], Paged[RecipientStatus]]
) -> Paged[RecipientStatus]:
    """Return a page of contacts, and log that the actor read it.

    Loads it again after the commit, which expires rows: each would be queried by itself.
    """
    log_viewed(subject, len(load().rows))
    return load()


def log_viewed(subject: str, count: int) -> None:
    """Log that the actor has read names and addresses of `count` contacts."""
    with writing(db.session()):
        audit_log.log(current_work(), "contacts_viewed", subject, {"count": count})


def find_mailing(public_id: str) -> Mailing:
    """Return a mailing, or abort with 404."""
    mailing = lifecycle.find(current_work(), public_id)
    if mailing is None:
        abort(404)
    return mailing


def _find_group(public_id: str) -> InviteeGroup:
    group = queries.group(current_work(), public_id)
    if group is None:
        abort(404)
    return group


def _find_invitee(public_id: str) -> Invitee:
    invitee = queries.invitee(current_work(), public_id)
    if invitee is None or invitee.address_index is None:
        abort(404)
    return invitee
