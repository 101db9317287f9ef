"""Mailing forms: the message, its pace, and its groups or what it announces."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape
from wtforms import BooleanField, Field, HiddenField
from wtforms.validators import StopValidation, ValidationError

from consultation.decisions.announcements.message import EDITION, LONGEST_TITLE, NUMBER
from consultation.i18n import keyed
from consultation.invitations.mailings import placeholders
from consultation.invitations.mailings.drafts import Draft
from consultation.invitations.queries import CountedGroup
from consultation.text import length
from consultation.web.forms import (
    BoxesField,
    LineField,
    StaffForm,
    TextField,
    Translated,
    language_phrase,
    required,
)
from consultation.web.typography import counted, french

LONGEST_SUBJECT = 150
LONGEST_BODY = 3500
HEAVIEST_BODY = 14_000
"""Bytes of a mail that the body may come to in both parts, of the 20 kB that a mail may have."""

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

_VALUES = {
    placeholders.NAME: "é" * placeholders.LONGEST_NAME,
    placeholders.ORGANISATION: "é" * placeholders.LONGEST_ORGANISATION,
    placeholders.MEASURES: "noté " * (placeholders.LONGEST_TITLE // 5 * placeholders.MOST_MEASURES),
    placeholders.LINK: "x" * 250,
    placeholders.END: "x" * 30,
}
"""Values of the placeholders, as heavy as they may be."""
_VALUES_OF_EDITION = {EDITION: "é" * LONGEST_TITLE, NUMBER: "9" * 4}


def weight(text: str, values: Mapping[str, str] = _VALUES) -> int:
    """Return about how many bytes of a mail a text makes, in its text and HTML parts together.

    `values` are those of the placeholders, as heavy as they may be.
    """
    filled = french(placeholders.fill(text, values))
    encoded = _quoted_length(filled) + _quoted_length(str(escape(filled))) + 12 * filled.count("\n")
    return encoded * 104 // 100  # the ends of encoded lines


def _quoted_length(text: str) -> int:
    """Return how long a text is as quoted-printable."""
    return sum(
        1
        if character.isascii() and character != "="
        else 3 * len(character.encode("utf-8", "replace"))
        for character in text
    )


def _check_subject(form: Any, field: Field) -> None:
    count = length(field.data)
    if count > LONGEST_SUBJECT:
        raise ValidationError(
            f"L'objet compte {count} caractères, la limite est de {LONGEST_SUBJECT}."
        )
    _check_placeholders(field.data, form.IN_SUBJECT)


def _check_body(form: Any, field: Field) -> None:
    text = field.data.strip()
    count = length(text)
    if count > LONGEST_BODY:
        raise ValidationError(
            f"Le texte compte {count} caractères, la limite est de {LONGEST_BODY}."
        )
    _check_placeholders(text, form.IN_BODY)
    if form.needs_link and placeholders.LINK not in placeholders.names_in(text):
        raise ValidationError(
            "Il manque {{lien}} : c'est par ce lien personnel que chaque contact répond."
        )
    if weight(text, form.VALUES) > HEAVIEST_BODY:
        raise ValidationError(
            "Une fois les repères remplis, ce message serait trop lourd pour un courriel :"
            " raccourcissez-le, ou écrivez chaque repère une seule fois."
        )


def _check_placeholders(text: str, allowed: Sequence[str]) -> None:
    error = placeholders.error(text, allowed)
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

    `IN_SUBJECT` and `IN_BODY` name the placeholders, `VALUES` are as heavy as theirs may be.
    `seen` is the version of a stored draft that the page displayed.
    """

    IN_SUBJECT: Sequence[str] = placeholders.IN_SUBJECT
    IN_BODY: Sequence[str] = placeholders.IN_BODY
    VALUES: Mapping[str, str] = _VALUES
    needs_link = True

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
    """A message about an edition; the mail adds the links and the measures by itself."""

    IN_SUBJECT = IN_BODY = (EDITION, NUMBER)
    VALUES = _VALUES_OF_EDITION
    needs_link = False

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
