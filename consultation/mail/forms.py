"""Form of the staff pages of mail: an address to suppress."""

from wtforms import ValidationError

from consultation.mail.addresses import is_sendable
from consultation.web.forms import LineField, StaffForm


class SuppressionForm(StaffForm):
    """An address that gets no more mail."""

    adresse = LineField("Ajouter une adresse", render_kw={"type": "email"})

    def validate_adresse(self, field: LineField) -> None:
        """Refuse what is not the address of one recipient."""
        if not is_sendable(field.data):
            raise ValidationError(
                "Ce n'est pas une adresse électronique : écrivez-la en entier, comme"
                " prenom@association.fr."
            )
