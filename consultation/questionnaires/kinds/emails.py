"""Electronic addresses."""

from collections.abc import Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from consultation.mail.addresses import LONGEST, LONGEST_TYPED, is_sendable
from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import Given, Kind, Value
from consultation.text import clean


class Email(Kind):
    """One address; it is kept with the contact data, never as an answer."""

    macro = "email"

    def field(self, question: Question) -> Any:
        """Return a field that accepts one address, without asking any server about it."""
        return StringField(
            filters=[lambda text: clean(text or "").strip()],
            validators=[Given(question, self), _is_one_address],
        )

    def missing(self, question: Question, label: str) -> str:
        """Return what to do."""
        return str(_("Écrivez une adresse électronique en réponse à « %(label)s ».", label=label))

    def longest(self, question: Question) -> int:
        """Return how long an address may be."""
        return LONGEST

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return nothing: see `Destination.ADDRESS`."""
        return []


def _is_one_address(form: Any, field: Field) -> None:
    found = _normalized(field.data)
    if not is_sendable(found):
        raise ValidationError(
            _("Cette adresse est mal écrite : donnez-en une seule, comme nom@exemple.fr.")
        )
    field.data = found


def _normalized(text: str) -> str:
    """Return an address as it is written to; nothing for what is none."""
    if len(text) > LONGEST_TYPED:
        return ""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return ""
