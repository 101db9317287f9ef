"""Forms of one contact, under the rules of the columns of a list, and of a list."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import BooleanField, Field, HiddenField, SelectField, StringField
from wtforms.validators import ValidationError

from consultation.extensions import db
from consultation.invitations.contacts import importer
from consultation.invitations.contacts.importer import GroupRefused
from consultation.invitations.contacts.membership import Act
from consultation.invitations.contacts.record import (
    LANGUAGES,
    LONGEST_QUOTED,
    STORED,
    InviteeDraft,
    Vocabularies,
)
from consultation.invitations.contacts.workbook import READ_COLUMNS
from consultation.invitations.models import Invitee
from consultation.records.controls import RecordForm, control_of
from consultation.spreadsheets.import_flow import UploadForm
from consultation.spreadsheets.reader.rows import Header
from consultation.web.forms import (
    BoxesField,
    ChoiceField,
    LineField,
    NamesField,
    StaffForm,
    at_most,
    required,
)

LONGEST_ORIGIN = 300


class ContactForm(RecordForm):
    """A contact; `seen` is the version displayed."""

    record = InviteeDraft
    seen = HiddenField()
    locale = control_of(InviteeDraft, "locale", choices=LANGUAGES.choices())
    groups = BoxesField("Groupes", [required("Choisissez au moins un groupe.")])

    def __init__(
        self,
        formdata: Any = None,
        *,
        vocabularies: Vocabularies,
        code_by_id: Mapping[int, str],
        groups: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(formdata, **kwargs)
        self.kinds = vocabularies.kinds(code_by_id)
        self.capacity.choices.extend(vocabularies.capacity.choices())
        self.territory.choices.extend(vocabularies.territory.choices())
        self.groups.choices = list(groups)

    @property
    def draft(self) -> InviteeDraft:
        """The contact as typed; the form is valid."""
        return InviteeDraft(**self.parsed)


class NewContactForm(ContactForm):
    """A contact to be added, with the origin of its address."""

    origin = LineField(
        "D'où vient cette adresse ?",
        [required("Dites d'où vient cette adresse."), at_most(LONGEST_ORIGIN)],
        description="Par exemple : rencontrée aux journées d'octobre, avec son accord. Le site le"
        " garde et le montre avec le contact.",
    )


class EraseForm(StaffForm):
    """The confirmation of an erasure of many contacts: their number, typed."""

    seen = HiddenField()
    count = LineField(
        "Combien de contacts seront effacés ?", render_kw={"inputmode": "numeric", "size": 8}
    )

    def __init__(self, formdata: Any = None, *, expected: int, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.expected = expected
        self.count.description = f"Écrivez {expected} pour confirmer."

    def validate_count(self, field: Field) -> None:
        if "".join(field.data.split()) != str(self.expected):
            raise ValidationError(f"Le nombre ne correspond pas : écrivez {self.expected}.")


class GroupForm(StaffForm):
    """The group of contacts: one there is, or a new one."""

    group = SelectField("Groupe", validate_choice=False)
    new_group = LineField("Nom du nouveau groupe")

    def validate_group(self, field: Field) -> None:
        if field.data and importer.find_group(db.session(), field.data, "") is None:
            raise ValidationError("Ce groupe n'existe plus : choisissez-en un dans la liste.")

    def validate_new_group(self, field: Field) -> None:
        if self.group.data and field.data:
            raise ValidationError("Choisissez un groupe ou donnez un nom, pas les deux.")
        if not self.group.data:
            try:
                importer.checked_name(db.session(), field.data or "")
            except GroupRefused as refused:
                raise ValidationError(str(refused)) from None


class ContactListForm(UploadForm, GroupForm):
    origin = LineField(
        "D'où viennent ces adresses ?",
        [required("Dites d'où viennent ces adresses."), at_most(LONGEST_ORIGIN)],
        description="Par exemple : adhérents du collectif, prévenus par la lettre de mars. Chaque"
        " contact peut le demander : le site le garde et le montre avec lui.",
    )


class MembershipForm(GroupForm):
    """Contacts ticked in the list, or all of a search, and the group to put them in or out of."""

    contacts = NamesField("Contacts cochés", name="contact", id="contacts", default=())
    is_for_all = BooleanField(name="tous", id="tous")
    button = StringField(name="geste", default="")
    seen = HiddenField()
    """The digest of the proposal that was displayed; empty before."""

    def __init__(
        self, formdata: Any = None, *, groups: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(formdata, **kwargs)
        self.group.choices = [("", "Un nouveau groupe"), *groups]

    @property
    def act(self) -> Act:
        """What the button that was pressed does."""
        return Act.REMOVE if self.button.data == Act.REMOVE else Act.PUT

    def validate_contacts(self, field: Field) -> None:
        if not field.data and not self.is_for_all.data:
            raise ValidationError("Cochez au moins un contact dans la liste.")

    def validate_new_group(self, field: Field) -> None:
        if self.act is Act.PUT:
            super().validate_new_group(field)
        elif not self.group.data:
            raise ValidationError("Choisissez dans la liste le groupe dont vous les retirez.")


class ColumnsForm(StaffForm):
    """What each column of a list holds; its fields are named by the place of the column."""

    @property
    def places(self) -> dict[str, int]:
        """The place of each column that is read, by its key; the form is valid."""
        return {field.data: int(field.name.removeprefix(COLUMN)) for field in self if field.data}

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        chosen = [field for field in self if field.data]
        first = {field.data: field for field in reversed(chosen)}
        for field in chosen:
            if first[field.data] is not field:
                self.add_error(field.name, TWICE)
                is_valid = False
        if "address" not in first:
            self.add_error(next(iter(self)).name, NO_ADDRESS)
            is_valid = False
        return is_valid


COLUMN = "column-"
NOT_READ = "Ne pas lire"
NO_ADDRESS = "Dites quelle colonne donne l'adresse de courriel."
TWICE = "Une autre colonne est déjà lue ainsi : choisissez-en une seule."
_KINDS = [("", NOT_READ), *((column.key, column.header) for column in READ_COLUMNS)]


def columns_form(headers: Sequence[Header], formdata: Mapping[str, str] | None) -> ColumnsForm:
    """Return the form of the columns of a file, as they are read so far."""
    fields = {
        f"{COLUMN}{header.place}": ChoiceField(
            header.name,
            choices=_KINDS,
            description=_example(header),
        )
        for header in headers
    }
    data = {f"{COLUMN}{header.place}": header.key for header in headers}
    form: ColumnsForm = type("ListColumnsForm", (ColumnsForm,), fields)(formdata, data=data)
    return form


def _example(header: Header) -> str:
    listed = " ; ".join(text[:LONGEST_QUOTED] for text in header.samples)
    return f"Par exemple : {listed}" if listed else ""


def values_of(invitee: Invitee) -> dict[str, Any]:
    """Return the fields of the form of a stored contact."""
    return {
        **{name: getattr(invitee, name) or "" for name in STORED},
        "measures": ", ".join(measure.code for measure in invitee.measures),
        "groups": [group.public_id for group in invitee.groups],
    }
