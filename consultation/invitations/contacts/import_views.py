"""Import pages of contacts: upload of a list, what its columns hold, preview and confirmation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.invitations import queries
from consultation.invitations.contacts import comparison, importer, workbook
from consultation.invitations.contacts.comparison import ListChanges
from consultation.invitations.contacts.forms import ColumnsForm, ContactListForm, columns_form
from consultation.invitations.contacts.importer import ColumnsUnknown, InviteeList
from consultation.invitations.contacts.views import log_viewed
from consultation.invitations.contacts.workbook import FIELDS
from consultation.invitations.labels import imported_sentence, read_sentence
from consultation.invitations.models import InviteeGroup
from consultation.spreadsheets import uploads as sheet_uploads
from consultation.spreadsheets.import_flow import ImportFlow
from consultation.spreadsheets.models import SentSheet, SheetPurpose
from consultation.spreadsheets.reader.rows import Header
from consultation.spreadsheets.writer import Format
from consultation.web import uploads
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import act, current_work

blueprint = Blueprint("contacts_import", __name__, url_prefix="/organisation/invitations")

MOST_CONTACTS = 500
"""How many contacts one table lists; the others are counted."""
FIELD_LABELS = {field.name: field.header for field in FIELDS}


@blueprint.get("/modele")
@requires(Permission.INVITE)
def model() -> ResponseReturnValue:
    """Give out the workbook to fill in."""
    with TemporaryDirectory(prefix="contacts-") as folder:
        path = Path(folder) / workbook.FILENAME
        workbook.write_template(path, workbook.load_vocabularies(db.session()))
        return uploads.send_copy(path, Format.XLSX.media_type)


@dataclass(frozen=True)
class SentList:
    """A list with the choices made beside it; no `invitees` before its columns are known."""

    choices: Mapping[str, Any]
    headers: Sequence[Header]
    invitees: InviteeList | None


class ContactImport(ImportFlow[SentList]):
    """The import of a list of contacts, which never removes one."""

    permission = Permission.INVITE
    purpose = SheetPurpose.CONTACTS
    template = "invitations/contacts/import.html"
    fallback_name = "contacts.csv"
    missing = "Choisissez le fichier de la liste."
    description = (
        "La première ligne nomme les colonnes : Adresse (ou Courriel, E-mail, Mail), Nom, Prénom,"
        " Organisation (ou Structure), Qualité, Territoire, Langue, Mesures. Seule l'adresse est"
        " obligatoire."
    )
    given_up = "L'import est annulé : rien n'a changé dans les contacts."

    def form(self, formdata: Mapping[str, str] | None) -> ContactListForm:
        return self._form(formdata, {"group": request.args.get("groupe", "")})

    def form_again(self, choices: Mapping[str, Any]) -> ContactListForm:
        return self._form(None, choices)

    def _form(self, formdata: Mapping[str, str] | None, data: Mapping[str, Any]) -> ContactListForm:
        form = ContactListForm(formdata, data=data)
        rows = queries.groups(current_work())
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

    def choices(self, form: ContactListForm) -> Mapping[str, Any]:
        return {name: form[name].data or "" for name in ("group", "new_group", "origin")}

    def register(
        self,
        blueprint: Blueprint,
        address: str,
        confirm: str = "",
        give_up: str = "/abandonner",
        annotated: str = "/annote",
    ) -> None:
        super().register(blueprint, address, confirm, give_up, annotated)
        columns = f"{address}/<public_id>/colonnes"
        self.add(blueprint, "GET", columns, "columns", self.columns)
        self.add(blueprint, "POST", columns, "choose_columns", self.choose_columns)

    def read(self, path: Path, choices: Mapping[str, Any]) -> SentList:
        try:
            invitees = importer.read(db.session(), path, choices.get("places"))
        except ColumnsUnknown as unknown:
            return SentList(choices, unknown.headers, None)
        return SentList(choices, invitees.headers, invitees)

    def preview_page(self, sheet: SentSheet, content: SentList, stale: StaleEdit | None) -> str:
        if content.invitees is None:
            return self._columns_page(sheet, columns_form(content.headers, None), content.headers)
        changes = self._compare(content, content.invitees)
        if changes.changed:
            log_viewed("liste", len(changes.changed))
            changes = self._compare(content, content.invitees)
        return render_template(
            "invitations/contacts/import_changes.html",
            sheet=sheet,
            changes=changes,
            invitees=content.invitees,
            read_note=read_sentence(content.invitees),
            choices=content.choices,
            stale=stale,
            most=MOST_CONTACTS,
            labels=FIELD_LABELS,
        )

    def apply(self, content: SentList, seen: str) -> str:
        if content.invitees is None:
            raise StaleEdit("la liste de contacts")
        work = current_work()
        importer.lock(work.session)
        changes = self._compare(content, content.invitees, is_locked=True)
        if changes.digest != seen:
            raise StaleEdit("la liste de contacts")
        name = content.choices["new_group"]
        group = changes.group or importer.new_group(work.session, name, work.at)
        importer.store(work, content.invitees.drafts, group, content.choices["origin"])
        details = {"added": len(changes.new), "updated": len(changes.changed)}
        audit_log.log(work, "contacts_imported", group.public_id, details)
        return imported_sentence(changes, group)

    def done_address(self) -> str:
        return url_for("contacts.listing")

    def columns(self, public_id: str) -> ResponseReturnValue:
        """Ask what each column of a kept file holds."""
        sheet = self._sheet(public_id)
        headers = self._headers(sheet)
        return self._columns_page(sheet, columns_form(headers, None), headers)

    def choose_columns(self, public_id: str) -> ResponseReturnValue:
        """Keep what each column holds, for this file alone."""
        sheet = self._sheet(public_id)
        headers = self._headers(sheet)
        form = columns_form(headers, request.form)
        return act(
            lambda work: sheet_uploads.choose(
                work.session, sheet, {**sheet.choices, "places": form.places}
            ),
            form=form,
            page=lambda: self._columns_page(sheet, form, headers),
            to=url_for(".preview", public_id=public_id),
        )

    def _columns_page(self, sheet: SentSheet, form: ColumnsForm, headers: Sequence[Header]) -> str:
        return render_template(
            "invitations/contacts/columns.html", sheet=sheet, form=form, headers=headers
        )

    def confirmed_address(self, content: SentList) -> str:
        group = self._group(content)
        if group is None:  # erased meanwhile
            return self.done_address()
        return url_for("invitations.group", public_id=group.public_id, importe="oui")

    def _compare(
        self, content: SentList, invitees: InviteeList, *, is_locked: bool = False
    ) -> ListChanges:
        return comparison.compare(
            current_work(), invitees.drafts, self._group(content), is_locked=is_locked
        )

    def _group(self, content: SentList) -> InviteeGroup | None:
        names = (content.choices.get(name, "") for name in ("group", "new_group"))
        return importer.find_group(db.session(), *names)

    def _headers(self, sheet: SentSheet) -> Sequence[Header]:
        """Return the headers of a kept file as they were sent, with errors below them or not."""
        with sheet_uploads.on_disk(sheet.filename, sheet.content) as path:
            return importer.read_headers(path, sheet.choices.get("places"))


ContactImport().register(blueprint, "/importer")
