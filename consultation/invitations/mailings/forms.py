"""Mailing forms: the message, its pace, and its groups or what it announces."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup
from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import StopValidation, ValidationError

from consultation.i18n import keyed
from consultation.invitations.mailings.drafts import Draft
from consultation.invitations.mailings.rules import OF_EDITION, OF_INVITATION, MessageRules
from consultation.invitations.queries import CountedGroup
from consultation.web.forms import (
    BoxesField,
    LineField,
    StaffForm,
    TextField,
    Translated,
    language_phrase,
    required,
)
from consultation.web.typography import counted

FASTEST = 2000
NO_SUBJECT = "Écrivez l'objet du message."
NO_BODY = "Écrivez le texte du message."
NO_TRANSLATED_SUBJECT = "Écrivez aussi l'objet {language}, ou effacez le texte {language}."
NO_TRANSLATED_BODY = "Écrivez aussi le texte {language}, ou effacez l'objet {language}."
READ_IN_FRENCH = (
    "Facultatif. Sans texte en {name}, les contacts de cette langue reçoivent le texte français."
)
NO_GROUP = "Choisissez au moins un groupe."
UNKNOWN_GROUP = "L'un de ces groupes n'existe plus : choisissez de nouveau."


def _check_subject(form: Any, field: Field) -> None:
    _refuse(form.rules.subject_error(field.data))


def _check_body(form: Any, field: Field) -> None:
    _refuse(form.rules.body_error(field.data.strip()))


def _refuse(error: str | None) -> None:
    if error is not None:
        raise ValidationError(error)


def _required_with(name: str, other: str, sentence: str) -> Callable[[StaffForm, Field], None]:
    """Refuse a translation that is blank unless that of `other` is blank as well."""

    def validate(form: StaffForm, field: Field) -> None:
        if field.data.strip():
            return
        twin = form[field.short_name.replace(name, other)]
        language = language_phrase(field.render_kw["lang"])
        raise StopValidation(sentence.format(language=language) if twin.data.strip() else "")

    return validate


def _check_pace(_form: Any, field: Field) -> None:
    text = field.data
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= FASTEST):
        raise ValidationError(f"Donnez un nombre de courriels par heure, de 1 à {FASTEST}.")


def _check_groups(_form: Any, field: Field) -> None:
    known = {value for value, *_ in field.choices}
    if not known.issuperset(field.data):
        raise ValidationError(UNKNOWN_GROUP)


class MessageForm(StaffForm):
    """A message and its pace; in another language than French, it is whole or absent.

    `seen` is the version of a stored draft that the page displayed.
    """

    rules: MessageRules = OF_INVITATION

    seen = HiddenField()
    subject = Translated(
        LineField,
        "Objet",
        [_required_with("subject", "body", NO_TRANSLATED_SUBJECT), _check_subject],
        missing=NO_SUBJECT,
        translation=READ_IN_FRENCH,
    )
    body = Translated(
        TextField,
        "Texte",
        [_required_with("body", "subject", NO_TRANSLATED_BODY), _check_body],
        missing=NO_BODY,
        rows=12,
        description="Du texte simple ; une ligne vide sépare deux paragraphes. Les repères"
        " ci-dessous sont remplacés pour chaque contact.",
        translation="Les repères gardent leur nom français.",
    )
    pace = LineField(
        "Courriels par heure",
        [_check_pace],
        description=f"De 1 à {FASTEST}. Un rythme lent évite d'être pris pour un expéditeur de"
        " publicité.",
        render_kw={"inputmode": "numeric"},
    )

    @property
    def message(self) -> dict[str, Any]:
        """The message and its pace, of a form that is valid."""
        return {
            "subject": self.localized("subject") or {},
            "body": self.localized("body") or {},
            "pace": int(self.pace.data),
        }


def message_values(draft: Draft) -> dict[str, Any]:
    """Return the values of the form of a draft."""
    texts = keyed("subject", draft.subject) | keyed("body", draft.body)
    return texts | {"seen": draft.digest, "pace": draft.pace, "groups": draft.groups}


class MailingForm(MessageForm):
    """A message and the groups that it goes to; `groups` are those there are."""

    groups = BoxesField("Groupes", [required(NO_GROUP), _check_groups], validate_choice=False)

    def __init__(self, formdata: Any, groups: Sequence[CountedGroup], **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.groups.choices = [(row.group.public_id, _group_label(row)) for row in groups]

    @property
    def draft(self) -> Draft:
        """What is to be stored of a form that is valid."""
        return Draft(**self.message, groups=self.groups.data)


class AnnouncementForm(MessageForm):
    """A message about an edition, which names no group."""

    rules = OF_EDITION

    may_precede_closing = BooleanField(
        "Écrire avant la fermeture",
        description="Sinon, rien ne part tant qu'un tour est ouvert où une de ces personnes a"
        " répondu : elle pourrait changer ce qu'elle a dit.",
    )

    @property
    def draft(self) -> Draft:
        """The message that is to be stored of a form that is valid."""
        return Draft(**self.message)


def _group_label(row: CountedGroup) -> str:
    contacts = counted(row.count, "contact", "contacts")
    return Markup("<bdi>{}</bdi> ({})").format(row.group.name, contacts)
