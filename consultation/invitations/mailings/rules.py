"""Rules of the texts of a message: how long and how heavy they may be, and their placeholders."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import escape

from consultation.invitations.mailings import placeholders
from consultation.invitations.models import Purpose
from consultation.text import length
from consultation.web.typography import french

LONGEST_SUBJECT = 150
LONGEST_BODY = 3500
HEAVIEST_BODY = 14_000
"""Bytes of a mail that the body may come to in both parts, of the 20 kB that a mail may have."""


@dataclass(frozen=True)
class MessageRules:
    """What the texts of a message may hold, the same in each language.

    `values` are those of the placeholders, as heavy as they may be.
    """

    in_subject: Sequence[str]
    in_body: Sequence[str]
    values: Mapping[str, str]
    needs_link: bool

    def subject_error(self, text: str) -> str | None:
        """Return the error of a subject, as a French sentence, or None."""
        if (count := length(text)) > LONGEST_SUBJECT:
            return f"L'objet compte {count} caractères, la limite est de {LONGEST_SUBJECT}."
        return placeholders.error(text, self.in_subject)

    def body_error(self, text: str) -> str | None:
        """Return the error of a body, as a French sentence, or None."""
        if (count := length(text)) > LONGEST_BODY:
            return f"Le texte compte {count} caractères, la limite est de {LONGEST_BODY}."
        if error := placeholders.error(text, self.in_body):
            return error
        if self.needs_link and placeholders.LINK not in placeholders.names_in(text):
            return "Il manque {{lien}} : c'est par ce lien personnel que chaque contact répond."
        if self.weight(text) > HEAVIEST_BODY:
            return (
                "Une fois les repères remplis, ce message serait trop lourd pour un courriel :"
                " raccourcissez-le, ou écrivez chaque repère une seule fois."
            )
        return None

    def weight(self, text: str) -> int:
        """Return about how many bytes of a mail a text makes, in its text and HTML parts."""
        filled = french(placeholders.fill(text, self.values))
        encoded = (
            _quoted_length(filled) + _quoted_length(str(escape(filled))) + 12 * filled.count("\n")
        )
        return encoded * 104 // 100  # the ends of encoded lines


def _quoted_length(text: str) -> int:
    """Return how long a text is as quoted-printable."""
    return sum(
        1
        if character.isascii() and character != "="
        else 3 * len(character.encode("utf-8", "replace"))
        for character in text
    )


OF_INVITATION = MessageRules(
    placeholders.IN_SUBJECT,
    placeholders.IN_BODY,
    {
        placeholders.NAME: "é" * placeholders.LONGEST_NAME,
        placeholders.ORGANISATION: "é" * placeholders.LONGEST_ORGANISATION,
        placeholders.MEASURES: "noté "
        * (placeholders.LONGEST_TITLE // 5 * placeholders.MOST_MEASURES),
        placeholders.LINK: "x" * 250,
        placeholders.END: "x" * 30,
    },
    needs_link=True,
)
OF_EDITION = MessageRules(
    placeholders.OF_EDITION,
    placeholders.OF_EDITION,
    {placeholders.EDITION: "é" * placeholders.LONGEST_TITLE, placeholders.NUMBER: "9" * 4},
    needs_link=False,
)
"""The mail about an edition adds the links and the measures by itself."""


def rules_of(purpose: Purpose) -> MessageRules:
    """Return the rules of messages of a purpose."""
    return OF_EDITION if purpose is Purpose.EDITION else OF_INVITATION
