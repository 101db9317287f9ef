"""E-mail question: one address."""

from collections.abc import Sequence
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from consultation.mail.addresses import LONGEST, LONGEST_TYPED, is_sendable
from consultation.questionnaires.form.instrument import Question
from consultation.questionnaires.kinds.base import AnswerGiven, Kind, Value
from consultation.text import clean_text


class Email(Kind):
    """An e-mail address, stored with the contact and never as an answer."""

    macro = "email"

    def field(self, question: Question) -> Any:
        """Return a field that accepts one address, without asking any server about it."""
        return StringField(
            filters=[lambda text: clean_text(text or "").strip()],
            validators=[AnswerGiven(question, self), _is_one_address],
        )

    def missing(self, question: Question, label: str) -> str:
        return str(_("Écrivez une adresse électronique en réponse à « %(label)s ».", label=label))

    def longest(self, question: Question) -> int:
        return LONGEST

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return nothing: see `Destination.ADDRESS`."""
        return []


def _is_one_address(form: Any, field: Field) -> None:
    address = _normalized(field.data)
    if not is_sendable(address):
        raise ValidationError(
            _("Vérifiez l'adresse : donnez-en une seule, entière, comme nom@exemple.fr.")
        )
    field.data = address


def _normalized(text: str) -> str:
    """Return an address in normal form, empty for a malformed one."""
    if len(text) > LONGEST_TYPED:
        return ""
    try:
        return validate_email(text, check_deliverability=False).normalized
    except EmailNotValidError:
        return ""
