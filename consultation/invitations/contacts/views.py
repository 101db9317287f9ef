"""Contact pages of the staff: groups, and the import of a list."""

from collections.abc import Callable, Mapping
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
from wtforms import Field, SelectField, ValidationError

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.base import StorageUnavailable, writing
from consultation.extensions import db
from consultation.invitations import queries
from consultation.invitations.contacts import erasure, importer, workbook
from consultation.invitations.contacts.importer import GroupRefused, Imported, InviteeList
from consultation.invitations.labels import PURPOSES, STATES, imported_sentence
from consultation.invitations.mailings import lifecycle, statistics
from consultation.invitations.mailings.statistics import RecipientStatus
from consultation.invitations.models import Invitee, InviteeGroup, Mailing
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.spreadsheets.import_flow import FILE_AGAIN, UploadForm, UploadPage
from consultation.spreadsheets.uploads import on_disk
from consultation.spreadsheets.writer import Format
from consultation.web import uploads
from consultation.web.forms import LineField, at_most, required
from consultation.web.navigation import Paged
from consultation.web.permissions import Permission, require, requires
from consultation.web.typography import counted
from consultation.web.uploads import UploadedFile

LONGEST_ORIGIN = 300

importing_blueprint = Blueprint("contacts_import", __name__, url_prefix="/organisation/invitations")


@importing_blueprint.get("/modele")
@requires(Permission.INVITE)
def model() -> ResponseReturnValue:
    """Give out the workbook to fill in."""
    with TemporaryDirectory(prefix="contacts-") as folder:
        path = Path(folder) / workbook.FILENAME
        workbook.write_template(path, workbook.load_vocabularies(db.session()))
        return uploads.send_copy(path, Format.XLSX.media_type)


class ContactListForm(UploadForm):
    """A list of contacts and its group: one there is, or a new one."""

    group = SelectField("Groupe", validate_choice=False)
    new_group = LineField("Nom du nouveau groupe")
    origin = LineField(
        "D'où viennent ces adresses ?",
        [required("Dites d'où viennent ces adresses."), at_most(LONGEST_ORIGIN)],
        description="Par exemple : adhérents du collectif, prévenus par la lettre de mars. Chaque"
        " contact peut le demander : le site le garde et le montre avec lui.",
    )

    def validate_new_group(self, field: Field) -> None:
        if self.group.data and field.data:
            raise ValidationError("Choisissez un groupe ou donnez un nom, pas les deux.")
        if not self.group.data:
            try:
                importer.checked_name(db.session(), field.data or "")
            except GroupRefused as refused:
                raise ValidationError(str(refused)) from None


class ContactImport(UploadPage):
    """The import of a list of contacts, at once: addresses wait nowhere for a confirmation."""

    permission = Permission.INVITE
    template = "invitations/contacts/import.html"
    fallback_name = "contacts.csv"
    missing = "Choisissez le fichier de la liste."
    description = (
        "La première ligne nomme les colonnes : Adresse (ou Courriel, E-mail, Mail), Nom, Prénom,"
        " Organisation (ou Structure), Qualité, Territoire, Langue, Mesures. Seule l'adresse est"
        " obligatoire."
    )

    def form(self, formdata: Mapping[str, str] | None) -> ContactListForm:
        form = ContactListForm(formdata, data={"group": request.args.get("groupe", "")})
        rows = queries.groups(db.session(), self.actor())
        form.group.choices = [
            ("", "Un nouveau groupe"),
            *(
                (
                    row.group.public_id,
                    f"{row.group.name} ({counted(row.count, 'contact', 'contacts')})",
                )
                for row in rows
            ),
        ]
        hint = " Laissez vide si vous avez choisi un groupe." if rows else ""
        form.new_group.description = f"Par exemple : Associations du collectif.{hint}"
        return form

    def receive(self, form: ContactListForm, file: UploadedFile) -> ResponseReturnValue:
        with on_disk(file.name, file.content) as path:
            invitees = importer.read(db.session(), path)
        try:
            imported = self._store(form, invitees)
        except GroupRefused as refused:
            name = "group" if form.group.data else "new_group"
            form.add_errors({"file": FILE_AGAIN, name: str(refused)})
            return self.page(form), 422
        flash(imported_sentence(imported, invitees))
        return redirect(url_for("invitations.group", public_id=imported.group.public_id), 303)

    def _store(self, form: ContactListForm, invitees: InviteeList) -> Imported:
        actor, at = self.actor(), now()
        with writing(db.session()):
            importer.lock(db.session())
            group = importer.group_for(
                db.session(), form.group.data or "", form.new_group.data or "", at
            )
            imported = importer.store(
                db.session(), actor, invitees.drafts, group, form.origin.data or "", at
            )
            details = {"added": imported.added, "updated": imported.updated}
            audit_log.record(
                db.session(), actor.id, "contacts_imported", group.public_id, details, at=at
            )
        return imported


ContactImport().register(importing_blueprint, "/importer")


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
    """Show the contacts of a group, and log that the actor read their names."""
    actor = require(Permission.INVITE)
    chosen = _find_group(public_id)
    current = rounds_queries.current(db.session(), now())
    round_id, number = current.id if current else None, page_number()
    page = load_and_log(
        public_id, lambda: statistics.group_page(db.session(), actor, chosen, round_id, number)
    )
    return render_template(
        "invitations/contacts/group.html", group=_find_group(public_id), page=page, round=current
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
    """Erase a contact."""
    actor, at = require(Permission.INVITE), now()
    try:
        with writing(db.session()):
            invitee = _find_invitee(public_id)
            erasure.erase(db.session(), actor, invitee, at, home=current_app.config["HOME"])
            audit_log.record(db.session(), actor.id, "contact_erased", public_id, at=at)
    except OSError as error:  # the list of erasures is a file
        raise StorageUnavailable("list of erasures") from error
    flash("Le contact est effacé : ni son nom, ni son adresse, ni son organisation ne restent ici.")
    return redirect(url_for(".overview"), 303)


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
    actor = require(Permission.INVITE)
    with writing(db.session()):
        details = {"count": count}
        audit_log.record(db.session(), actor.id, "contacts_viewed", subject, details, at=now())


def find_mailing(public_id: str) -> Mailing:
    """Return a mailing, or abort with 404."""
    mailing = lifecycle.find(db.session(), require(Permission.INVITE), public_id)
    if mailing is None:
        abort(404)
    return mailing


def _find_group(public_id: str) -> InviteeGroup:
    group = queries.group(db.session(), require(Permission.INVITE), public_id)
    if group is None:
        abort(404)
    return group


def _find_invitee(public_id: str) -> Invitee:
    invitee = queries.invitee(db.session(), require(Permission.INVITE), public_id)
    if invitee is None or invitee.address_index is None:
        abort(404)
    return invitee
