"""The staff pages that bring a list of contacts into a group."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from consultation.accounts import auditing
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.invitations import importing, listing, template, vocabulary
from consultation.invitations.importing import GroupRefused, Imported
from consultation.invitations.reading import InviteeList
from consultation.invitations.wording import imported_sentence
from consultation.sheets.problems import Problem, SheetRefused
from consultation.sheets.writing import Format
from consultation.web import errors, files
from consultation.web.bodies import takes_files
from consultation.web.files import Received
from consultation.web.permissions import Permission, require, requires

blueprint = Blueprint("contacts_import", __name__, url_prefix="/organisation/invitations")

FILE_AGAIN = "Choisissez aussi le fichier de nouveau."
MOST_PROBLEMS = 500
"""How many faults of a file one page shows; the others are counted."""


@blueprint.get("/importer")
@requires(Permission.INVITE)
def import_page() -> ResponseReturnValue:
    """Ask for a list of contacts and the group it goes into."""
    return _import_page({}, {"group": request.args.get("groupe", "")})


@blueprint.post("/importer")
@takes_files
@requires(Permission.INVITE)
def import_list() -> ResponseReturnValue:
    """Import a list whole, or say all that is wrong with it."""
    require(Permission.INVITE)
    file = files.received("contacts.csv")
    faults = _form_faults(file)
    if faults or file is None:
        return _import_page(faults, request.form), 422
    try:
        with _on_disk(file) as path:
            invitees = importing.read(db.session(), path)
    except SheetRefused as refused:
        return _import_page({}, request.form, refused.problems), 422
    try:
        imported = _store(invitees)
    except GroupRefused as refused:
        faults = {"file": FILE_AGAIN, _group_field(): str(refused)}
        return _import_page(faults, request.form), 422
    flash(imported_sentence(imported, invitees.unread))
    return redirect(url_for("invitations.group", public_id=imported.group.public_id), 303)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say at its field that a file is too big; nothing of such a post has been read."""
    fault = files.too_big("contacts_import.import_list", Permission.INVITE)
    return (_import_page({"file": fault}, {}), 413) if fault else errors.page(413)


@blueprint.get("/modele")
@requires(Permission.INVITE)
def model() -> ResponseReturnValue:
    """Give out the workbook to fill in."""
    with TemporaryDirectory(prefix="contacts-") as folder:
        path = Path(folder) / template.FILENAME
        template.write_template(path, vocabulary.words(db.session()))
        return files.given(path, Format.XLSX.media_type)


def _import_page(
    faults: Mapping[str, str], typed: Mapping[str, str], problems: Sequence[Problem] = ()
) -> str:
    actor = require(Permission.INVITE)
    return render_template(
        "invitations/import.html",
        faults=faults,
        problems=problems[:MOST_PROBLEMS],
        problem_count=len(problems),
        groups=listing.groups(db.session(), actor),
        typed=typed,
        limit=files.megabytes(),
    )


def _form_faults(file: Received | None) -> dict[str, str]:
    faults = {}
    chosen, new_name = request.form.get("group", ""), request.form.get("new_group", "")
    if chosen and new_name.strip():
        faults["new_group"] = "Choisissez un groupe ou donnez un nom, pas les deux."
    try:
        if not chosen:
            importing.checked_name(db.session(), new_name)
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
        importing.lock(db.session())
        chosen = importing.group_for(
            db.session(), request.form.get("group", ""), request.form.get("new_group", ""), at
        )
        imported = importing.store(db.session(), actor, invitees.drafts, chosen, at)
        details = {"added": imported.added, "updated": imported.updated}
        auditing.record(
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


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
