"""The staff pages of contacts: the groups, erasing."""

from collections.abc import Callable

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import StorageUnavailable, writing
from consultation.extensions import db
from consultation.invitations import erasing, following, listing, mailings
from consultation.invitations.following import Followed
from consultation.invitations.models import Invitee, InviteeGroup, Mailing
from consultation.invitations.wording import PURPOSES, STATES
from consultation.questionnaires import rounds
from consultation.web.paging import Paged
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("invitations", __name__, url_prefix="/organisation/invitations")


@blueprint.get("")
@requires(Permission.INVITE)
def overview() -> ResponseReturnValue:
    """Show the groups, the mailings, and what to do next."""
    actor = require(Permission.INVITE)
    return render_template(
        "invitations/overview.html",
        groups=listing.groups(db.session(), actor),
        mailings=listing.mailings(db.session(), actor),
        round=rounds.current(db.session(), now()),
        at=now(),
        states=STATES,
        purposes=PURPOSES,
    )


@blueprint.get("/groupes/<public_id>")
@requires(Permission.INVITE)
def group(public_id: str) -> ResponseReturnValue:
    """Show the contacts of a group, and note that somebody read their names."""
    actor = require(Permission.INVITE)
    found = _found_group(public_id)
    current = rounds.current(db.session(), now())
    round_id, number = current.id if current else None, page_number()
    page = noted(
        public_id, lambda: following.group_page(db.session(), actor, found, round_id, number)
    )
    return render_template(
        "invitations/group.html", group=_found_group(public_id), page=page, round=current
    )


@blueprint.get("/contacts/<public_id>/effacer")
@requires(Permission.INVITE)
def erase_page(public_id: str) -> ResponseReturnValue:
    """Ask for a confirmation before a contact is erased, and note that its name was read."""
    note_viewed(_found_invitee(public_id).public_id, 1)
    return render_template("invitations/erase.html", invitee=_found_invitee(public_id))


@blueprint.post("/contacts/<public_id>/effacer")
@requires(Permission.INVITE)
def erase(public_id: str) -> ResponseReturnValue:
    """Erase a contact."""
    actor, at = require(Permission.INVITE), now()
    try:
        with writing(db.session()):
            invitee = _found_invitee(public_id)
            erasing.erase(db.session(), actor, invitee, at, home=current_app.config["HOME"])
            auditing.record(db.session(), actor.id, "contact_erased", public_id, at=at)
    except OSError as error:  # the list of erasures is a file
        raise StorageUnavailable("list of erasures") from error
    flash("Le contact est effacé : ni son nom, ni son adresse, ni son organisation ne restent ici.")
    return redirect(url_for(".overview"), 303)


def page_number() -> int:
    """Return the page that was asked for, the first when that says nothing."""
    return min(max(1, request.args.get("page", 1, type=int)), 10_000)


def noted(subject: str, load: Callable[[], Paged[Followed]]) -> Paged[Followed]:
    """Return a page of contacts, and note that they were shown.

    It is loaded anew after that: what is loaded before is asked for again, row by row.
    """
    note_viewed(subject, len(load().rows))
    return load()


def note_viewed(subject: str, count: int) -> None:
    """Note that the signed-in actor has been shown names and addresses of so many contacts."""
    actor = require(Permission.INVITE)
    with writing(db.session()):
        details = {"count": count}
        auditing.record(db.session(), actor.id, "contacts_viewed", subject, details, at=now())


def found_mailing(public_id: str) -> Mailing:
    """Return a mailing; abort with 404 when there is none of that id."""
    found = mailings.find(db.session(), require(Permission.INVITE), public_id)
    if found is None:
        abort(404)
    return found


def _found_group(public_id: str) -> InviteeGroup:
    found = listing.group(db.session(), require(Permission.INVITE), public_id)
    if found is None:
        abort(404)
    return found


def _found_invitee(public_id: str) -> Invitee:
    found = listing.invitee(db.session(), require(Permission.INVITE), public_id)
    if found is None or found.address_index is None:
        abort(404)
    return found


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
