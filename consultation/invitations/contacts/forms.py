"""Form of one contact, under the rules of the columns of a list."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import Field, HiddenField
from wtforms.validators import ValidationError

from consultation.invitations.contacts import importer
from consultation.invitations.contacts.importer import InviteeDraft
from consultation.invitations.contacts.workbook import FIELDS, Vocabularies
from consultation.invitations.models import Invitee
from consultation.mail.mailbox_identity import Box
from consultation.web.forms import BoxesField, ChoiceField, LineField, StaffForm, at_most, required

LIMITS = {field.name: field.limit for field in FIELDS}
LONGEST_ORIGIN = 300
UNKNOWN = "Choisissez dans la liste."
ORIGIN = LineField(
    "D'où vient cette adresse ?",
    [required("Dites d'où vient cette adresse."), at_most(LONGEST_ORIGIN)],
    description="Par exemple : rencontrée aux journées d'octobre, avec son accord. Le site le garde"
    " et le montre avec le contact.",
)


class ContactForm(StaffForm):
    """A contact; `seen` is the version displayed."""

    seen = HiddenField()
    address = LineField(
        "Adresse de courriel",
        [required("Donnez l'adresse de courriel."), at_most(LIMITS["address"])],
    )
    name = LineField(
        "Nom",
        [at_most(LIMITS["name"])],
        description="Comme il doit être écrit après « Bonjour » : Jeanne Martin.",
    )
    organisation = LineField("Organisation", [at_most(LIMITS["organisation"])])
    capacity = ChoiceField("Qualité", choices=(), validate_choice=False)
    territory = ChoiceField("Territoire", choices=(), validate_choice=False)
    locale = ChoiceField("Langue", choices=(), validate_choice=False)
    measures = LineField(
        "Mesures",
        [at_most(LIMITS["measures"])],
        description="Codes des mesures qui concernent ce contact, séparés par des virgules.",
    )
    groups = BoxesField("Groupes", [required("Choisissez au moins un groupe.")])

    def __init__(
        self,
        formdata: Any = None,
        *,
        vocabularies: Vocabularies,
        measure_by_code: Mapping[str, int],
        groups: Sequence[tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(formdata, **kwargs)
        self.measure_by_code = measure_by_code
        self.capacity.choices = _choices(vocabularies.capacity.label_by_code)
        self.territory.choices = _choices(vocabularies.territory.label_by_code)
        self.locale.choices = list(vocabularies.locale.label_by_code.items())
        self.groups.choices = list(groups)

    @property
    def draft(self) -> InviteeDraft:
        """The contact as typed; the form is valid."""
        address = importer.normalized(self.address.data)
        ids, _unknown = importer.measure_ids(self.measures.data, self.measure_by_code)
        return InviteeDraft(
            address=address,
            box=Box.of(address),
            name=self.name.data or None,
            organisation=self.organisation.data or None,
            capacity=self.capacity.data or None,
            territory=self.territory.data or None,
            locale=self.locale.data or None,
            measure_ids=ids,
        )

    def validate_address(self, field: Field) -> None:
        refusal = importer.address_refusal(field.data)
        if refusal is not None:
            raise ValidationError(refusal.sentence)

    def validate_measures(self, field: Field) -> None:
        _ids, unknown = importer.measure_ids(field.data, self.measure_by_code)
        if unknown:
            listed = ", ".join(f"« {code[:40]} »" for code in unknown)
            raise ValidationError(f"Aucune mesure du plan n'a pour code {listed}.")

    def validate_capacity(self, field: Field) -> None:
        _check_choice(field)

    def validate_territory(self, field: Field) -> None:
        _check_choice(field)

    def validate_locale(self, field: Field) -> None:
        if field.data:
            _check_choice(field)


class NewContactForm(ContactForm):
    """A contact to be added, with the origin of its address."""

    origin = ORIGIN


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


def values_of(invitee: Invitee) -> dict[str, Any]:
    """Return the fields of the form of a stored contact."""
    return {
        "address": invitee.address or "",
        "name": invitee.name or "",
        "organisation": invitee.organisation or "",
        "capacity": invitee.capacity or "",
        "territory": invitee.territory or "",
        "locale": invitee.locale,
        "measures": ", ".join(measure.code for measure in invitee.measures),
        "groups": [group.public_id for group in invitee.groups],
    }


def _choices(label_by_code: Mapping[str, str]) -> list[tuple[str, str]]:
    return [("", "Non précisé"), *label_by_code.items()]


def _check_choice(field: Field) -> None:
    if (field.data or "") not in {value for value, *_ in field.choices}:
        raise ValidationError(UNKNOWN)
