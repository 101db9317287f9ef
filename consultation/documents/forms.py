"""Form of the team for a document: which edition, with what changed or without, as which file."""

from collections.abc import Sequence
from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError

from consultation.decisions.models import PlanEdition
from consultation.documents.build import Choice
from consultation.documents.formats import DocumentFormat
from consultation.i18n import DEFAULT_LOCALE, choices_of_language, localized
from consultation.web.forms import ChoiceField, StaffForm

NOTHING = ""


class DocumentForm(StaffForm):
    """A document; without any published edition, of the plan as it is."""

    edition = ChoiceField("Édition", invalid_choice_message="Choisissez une édition de la liste.")
    depuis = ChoiceField(
        "Ce qui a changé, et pourquoi", invalid_choice_message="Choisissez une édition de la liste."
    )
    format = ChoiceField("Format", invalid_choice_message="Choisissez un format de la liste.")
    langue = ChoiceField(
        "Langue",
        choices=choices_of_language(),
        invalid_choice_message="Choisissez une langue de la liste.",
    )

    def __init__(
        self,
        formdata: Any = None,
        *,
        editions: Sequence[PlanEdition],
        formats: Sequence[DocumentFormat],
        **kwargs: Any,
    ) -> None:
        super().__init__(formdata, **kwargs)
        self.edition.choices = [
            (str(it.number), f"{it.number} · {localized(it.title, DEFAULT_LOCALE)}")
            for it in editions
        ] or [(NOTHING, "Aucune n'est publiée : le plan tel qu'il est")]
        self.depuis.choices = [(NOTHING, "Sans les changements")]
        if editions:
            earlier = [(str(it.number), f"Depuis l'édition {it.number}") for it in editions[1:]]
            self.depuis.choices += [*earlier, ("0", "Depuis le début")]
        self.format.choices = [(it.value, it.label) for it in formats]

    def validate_depuis(self, field: Field) -> None:
        """Refuse changes since an edition that does not come before the chosen one."""
        if not (field.data and self.edition.data) or self.edition.errors:
            return
        if int(field.data) >= int(self.edition.data):
            raise ValidationError("Choisissez une édition plus ancienne que celle du document.")

    def choice(self) -> Choice:
        """Return the document of a form that is valid."""
        numbers = (self.edition.data, self.depuis.data)
        edition, since = (int(it) if it else None for it in numbers)
        return Choice(edition, since, self.langue.data)

    def file_format(self) -> DocumentFormat:
        """Return the format of a form that is valid."""
        return DocumentFormat(self.format.data)
