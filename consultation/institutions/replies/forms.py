"""Forms of a request for a reply, and of the reply."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from wtforms import BooleanField, Field, Form, HiddenField
from wtforms.validators import ValidationError

from consultation.crypto.keyring import new_id
from consultation.i18n import NAMES
from consultation.institutions.replies.reply import LONGEST_SIGNATURE, LONGEST_TEXT
from consultation.institutions.replies.requests import RequestDraft
from consultation.mail.addresses import is_robot, is_sendable
from consultation.plan.models import Assessor, MeasureStatus
from consultation.plan.statuses.assessments import assessment_of
from consultation.plan.statuses.forms import AssessmentForm, values_of
from consultation.text import length
from consultation.web.forms import (
    BoxesField,
    ChoiceField,
    LineField,
    StaffForm,
    TextField,
    at_most,
    required,
)
from consultation.web.typography import parse_date

LONGEST_INSTITUTION = 300
LONGEST_REASON = 1000
LONGEST_TERM = timedelta(days=366)
_KEY = re.compile(r"[A-Za-z0-9_-]{22}")


class RequestForm(AssessmentForm):
    """A judgement and values to be shown to an institution, and whom to ask until when."""

    assessor = None  # it is the collective's
    seen = None
    key = HiddenField()
    """Public id of the request to be, drawn when the form is displayed."""
    values = BoxesField(
        "Valeurs à lui montrer",
        description="L'institution les voit avec leurs sources, même celles qui ne sont pas"
        " publiques. La note interne n'est pas montrée. Cochez celles sur lesquelles"
        " l'évaluation s'appuie.",
        validate_choice=False,
    )
    institution = LineField(
        "Institution",
        [required("Donnez le nom de l'institution."), at_most(LONGEST_INSTITUTION)],
        description="Comme il sera publié à côté de l'évaluation.",
    )
    address = LineField(
        "Adresse de courriel",
        [required("Donnez l'adresse à laquelle écrire."), at_most(250)],
        description="De préférence celle d'un service, que plusieurs personnes lisent : le lien"
        " qu'elle reçoit permet de répondre au nom de l'institution.",
        render_kw={"type": "email"},
    )
    locale = ChoiceField("Langue du courriel", choices=list(NAMES.items()), validate_choice=False)
    due_on = LineField(
        "Dernier jour pour répondre",
        [required("Donnez le dernier jour pour répondre.")],
        description="Rien ne peut être publié d'ici avant la fin de ce jour.",
        render_kw={"type": "date"},
    )

    def __init__(
        self,
        formdata: Any = None,
        *,
        choices: Sequence[tuple[str, str]],
        today: date,
        **kwargs: Any,
    ) -> None:
        super().__init__(formdata, today=today, **kwargs)
        self["values"].choices = list(choices)

    def validate_key(self, field: Field) -> None:
        if not _KEY.fullmatch(field.data or ""):
            field.data = new_id()
            raise ValidationError("Le formulaire a vieilli : envoyez-le de nouveau.")

    def validate_address(self, field: Field) -> None:
        if not is_sendable(field.data):
            raise ValidationError("Donnez une seule adresse, entière, comme service@exemple.fr.")
        if is_robot(field.data):
            raise ValidationError("C'est l'adresse d'un automate : personne ne la lit.")

    def validate_locale(self, field: Field) -> None:
        if field.data not in NAMES:
            raise ValidationError("Choisissez dans la liste.")

    def validate_due_on(self, field: Field) -> None:
        day = parse_date(field.data)
        if day is None:
            raise ValidationError("Écrivez le jour, le mois et l'année, comme 30/06/2027.")
        if not self.today < day <= self.today + LONGEST_TERM:
            raise ValidationError("Donnez un jour après aujourd'hui, d'ici un an.")

    @property
    def chosen_assessor(self) -> Assessor:
        """The collective, whose judgement it is."""
        return Assessor.COLLECTIVE

    def draft(self) -> RequestDraft:
        """Return the request, once the form is valid."""
        due_on = parse_date(self.due_on.data)
        assert due_on is not None
        return RequestDraft(
            key=str(self.key.data),
            institution=self.institution.data,
            address=self.address.data,
            locale=self.locale.data,
            due_on=due_on,
            judgement=self.assessment(),
            value_ids=self["values"].data or [],
        )


class EndForm(StaffForm):
    """An act on a request; `seen` is the state of the request that was displayed."""

    seen = HiddenField()


class WithholdForm(EndForm):
    """Why the text of a reply is not shown."""

    because = TextField(
        "Pourquoi la réponse n'est pas publiée",
        [required("Écrivez pourquoi : la page publique le dit."), at_most(LONGEST_REASON)],
        rows=3,
        description="La page publique écrit : « La réponse n'est pas publiée », puis ceci.",
    )


class EraseForm(EndForm):
    """What to erase for good."""

    texts = BooleanField("Effacer aussi le texte de la réponse")


class ReplyForm(Form):
    """The reply of an institution, in the language of its page; read by `templates`."""

    seen = HiddenField()
    """Public id of the reply that the page displayed, empty where there was none."""
    text = TextField(rows=14)
    signature = LineField()

    def validate_text(self, field: Field) -> None:
        if not field.data.strip():
            raise ValidationError(_("Écrivez la réponse de l'institution."))
        _check_length(field, LONGEST_TEXT)

    def validate_signature(self, field: Field) -> None:
        if not field.data:
            raise ValidationError(_("Dites quelle fonction et quel service signent la réponse."))
        _check_length(field, LONGEST_SIGNATURE)


def first_values(status: MeasureStatus | None, institution: str, due_on: date) -> Mapping[str, Any]:
    """Return the first values of a new request: the collective's judgement, and no figure."""
    judgement = values_of(assessment_of(status)) if status else {}
    return judgement | {
        "key": new_id(),
        "institution": institution,
        "due_on": due_on.isoformat(),
        "locale": "fr",
    }


def _check_length(field: Field, longest: int) -> None:
    count = length(field.data)
    if count > longest:
        raise ValidationError(
            _(
                "Ce texte compte %(count)s caractères : %(longest)s au plus.",
                count=count,
                longest=longest,
            )
        )
