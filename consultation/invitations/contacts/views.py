"""Contact pages: groups, and the import of a list."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

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
from werkzeug.exceptions import RequestEntityTooLarge

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import StorageUnavailable, writing
from consultation.extensions import db
from consultation.invitations import queries
from consultation.invitations.contacts import erasure, importer, workbook
from consultation.invitations.contacts.importer import GroupRefused, Imported, InviteeList
from consultation.invitations.labels import PURPOSES, STATES, imported_sentence
from consultation.invitations.mailings import lifecycle, statistics
from consultation.invitations.mailings.statistics import Followed
from consultation.invitations.models import Invitee, InviteeGroup, Mailing
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.spreadsheets.reader.problems import Problem, SheetRefused
from consultation.spreadsheets.writer import Format
from consultation.web import errors, uploads
from consultation.web.navigation import Paged
from consultation.web.permissions import Permission, require, requires
from consultation.web.request_body import takes_files
from consultation.web.uploads import Received

importing_blueprint = Blueprint("contacts_import", __name__, url_prefix="/organisation/invitations")

FILE_AGAIN = "Choisissez aussi le fichier de nouveau."
MOST_PROBLEMS = 500
"""How many faults of a file one page shows; the others are counted."""


@importing_blueprint.get("/importer")
@requires(Permission.INVITE)
def import_page() -> ResponseReturnValue:
    """Ask for a list of contacts and the group it goes into."""
    return _import_page({}, {"group": request.args.get("groupe", "")})


@importing_blueprint.post("/importer")
@takes_files
@requires(Permission.INVITE)
def import_list() -> ResponseReturnValue:
    """Import a list whole, or say all that is wrong with it."""
    require(Permission.INVITE)
    file = uploads.received("contacts.csv")
    faults = _form_faults(file)
    if faults or file is None:
        return _import_page(faults, request.form), 422
    try:
        with _on_disk(file) as path:
            invitees = importer.read(db.session(), path)
    except SheetRefused as refused:
        return _import_page({}, request.form, refused.problems), 422
    try:
        imported = _store(invitees)
    except GroupRefused as refused:
        faults = {"file": FILE_AGAIN, _group_field(): str(refused)}
        return _import_page(faults, request.form), 422
    flash(imported_sentence(imported, invitees.unread))
    return redirect(url_for("invitations.group", public_id=imported.group.public_id), 303)


@importing_blueprint.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say at its field that a file is too big; nothing of such a post has been read."""
    fault = uploads.too_big("contacts_import.import_list", Permission.INVITE)
    return (_import_page({"file": fault}, {}), 413) if fault else errors.page(413)


@importing_blueprint.get("/modele")
@requires(Permission.INVITE)
def model() -> ResponseReturnValue:
    """Give out the workbook to fill in."""
    with TemporaryDirectory(prefix="contacts-") as folder:
        path = Path(folder) / workbook.FILENAME
        workbook.write_template(path, workbook.words(db.session()))
        return uploads.given(path, Format.XLSX.media_type)


def _import_page(
    faults: Mapping[str, str], typed: Mapping[str, str], problems: Sequence[Problem] = ()
) -> str:
    actor = require(Permission.INVITE)
    return render_template(
        "invitations/contacts/import.html",
        faults=faults,
        problems=problems[:MOST_PROBLEMS],
        problem_count=len(problems),
        groups=queries.groups(db.session(), actor),
        typed=typed,
        limit=uploads.megabytes(),
    )


def _form_faults(file: Received | None) -> dict[str, str]:
    faults = {}
    chosen, new_name = request.form.get("group", ""), request.form.get("new_group", "")
    if chosen and new_name.strip():
        faults["new_group"] = "Choisissez un groupe ou donnez un nom, pas les deux."
    try:
        if not chosen:
            importer.checked_name(db.session(), new_name)
    except GroupRefused as refused:
        faults["new_group"] = str(refused)
    if file is None:
        faults["file"] = "Choisissez le fichier de la liste."
    elif faults:
        faults["file"] = FILE_AGAIN
    return faults


def _group_field() -> str:
    return "group" if request.form.get("group") else "new_group"


def _store(invitees: InviteeList) -> Imported:
    actor = require(Permission.INVITE)
    at = now()
    with writing(db.session()):
        importer.lock(db.session())
        chosen = importer.group_for(
            db.session(), request.form.get("group", ""), request.form.get("new_group", ""), at
        )
        imported = importer.store(db.session(), actor, invitees.drafts, chosen, at)
        details = {"added": imported.added, "updated": imported.updated}
        audit_log.record(
            db.session(), actor.id, "contacts_imported", chosen.public_id, details, at=at
        )
    return imported


@contextmanager
def _on_disk(file: Received) -> Iterator[Path]:
    """Keep a list in a file of its own name for the time of a block."""
    with TemporaryDirectory(prefix="contacts-") as folder:
        path = Path(folder) / file.name
        path.write_bytes(file.content)
        yield path


invitations_blueprint = Blueprint("invitations", __name__, url_prefix="/organisation/invitations")


@invitations_blueprint.get("")
@requires(Permission.INVITE)
def overview() -> ResponseReturnValue:
    """Show the groups, the mailings, and what to do next."""
    actor = require(Permission.INVITE)
    return render_template(
        "invitations/mailings/mailings.html",
        groups=queries.groups(db.session(), actor),
        mailings=queries.mailings(db.session(), actor),
        round=rounds_queries.current(db.session(), now()),
        at=now(),
        states=STATES,
        purposes=PURPOSES,
    )


@invitations_blueprint.get("/groupes/<public_id>")
@requires(Permission.INVITE)
def group(public_id: str) -> ResponseReturnValue:
    """Show the contacts of a group, and note that somebody read their names."""
    actor = require(Permission.INVITE)
    found = _found_group(public_id)
    current = rounds_queries.current(db.session(), now())
    round_id, number = current.id if current else None, page_number()
    page = noted(
        public_id, lambda: statistics.group_page(db.session(), actor, found, round_id, number)
    )
    return render_template(
        "invitations/contacts/group.html", group=_found_group(public_id), page=page, round=current
    )


@invitations_blueprint.get("/contacts/<public_id>/effacer")
@requires(Permission.INVITE)
def erase_page(public_id: str) -> ResponseReturnValue:
    """Ask for a confirmation before a contact is erased, and note that its name was read."""
    note_viewed(_found_invitee(public_id).public_id, 1)
    return render_template("invitations/contacts/erase.html", invitee=_found_invitee(public_id))


@invitations_blueprint.post("/contacts/<public_id>/effacer")
@requires(Permission.INVITE)
def erase(public_id: str) -> ResponseReturnValue:
    """Erase a contact."""
    actor, at = require(Permission.INVITE), now()
    try:
        with writing(db.session()):
            invitee = _found_invitee(public_id)
            erasure.erase(db.session(), actor, invitee, at, home=current_app.config["HOME"])
            audit_log.record(db.session(), actor.id, "contact_erased", public_id, at=at)
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
        audit_log.record(db.session(), actor.id, "contacts_viewed", subject, details, at=now())


def find_mailing(public_id: str) -> Mailing:
    """Return a mailing; abort with 404 when there is none of that id."""
    found = lifecycle.find(db.session(), require(Permission.INVITE), public_id)
    if found is None:
        abort(404)
    return found


def _found_group(public_id: str) -> InviteeGroup:
    found = queries.group(db.session(), require(Permission.INVITE), public_id)
    if found is None:
        abort(404)
    return found


def _found_invitee(public_id: str) -> Invitee:
    found = queries.invitee(db.session(), require(Permission.INVITE), public_id)
    if found is None or found.address_index is None:
        abort(404)
    return found
