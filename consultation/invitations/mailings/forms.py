"""Composing: what the staff typed of a mailing, held against the rules, and stored as a draft."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from markupsafe import escape
from sqlalchemy.orm import Session

from consultation.i18n import Localized
from consultation.invitations.mailings import placeholders
from consultation.invitations.mailings.lifecycle import Typed
from consultation.invitations.models import InviteeGroup, Mailing, MailingState, Purpose
from consultation.text import clean, clean_line, length
from consultation.web.permissions import Actor, NotAllowed, Permission
from consultation.web.typography import french

LONGEST_SUBJECT = 150
LONGEST_BODY = 3500
HEAVIEST_BODY = 14_000
"""Bytes of a mail that the body may come to in both parts, of the 20 kB that a mail may have."""

FASTEST = 2000

_VALUES = {
    placeholders.NAME: "é" * placeholders.LONGEST_NAME,
    placeholders.ORGANISATION: "é" * placeholders.LONGEST_ORGANISATION,
    placeholders.MEASURES: "noté " * (placeholders.LONGEST_TITLE // 5 * placeholders.MOST_MEASURES),
    placeholders.LINK: "x" * 250,
    placeholders.END: "x" * 30,
}
"""As heavy as what the placeholders stand for may be."""


class MessageRefused(Exception):
    """A message has faults; `faults` has a French sentence by field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


class NoLongerDraft(Exception):
    """A mailing that has started is not written again."""


def typed_of(mailing: Mailing) -> Typed:
    """Return a draft as its form shows it."""
    return Typed(
        subject=mailing.subject["fr"],
        body=mailing.body["fr"],
        subject_en=mailing.subject.get("en", ""),
        body_en=mailing.body.get("en", ""),
        pace=str(mailing.pace),
        groups=tuple(group.public_id for group in mailing.groups),
    )


def add_draft(session: Session, actor: Actor, typed: Typed, round_id: int, at: datetime) -> Mailing:
    """Store a new message; raise `MessageRefused` or `NotAllowed`."""
    mailing = Mailing(round_id=round_id, purpose=Purpose.INVITATION, created_at=at)
    _write(session, actor, mailing, typed)
    session.add(mailing)
    session.flush()
    return mailing


def change_draft(session: Session, actor: Actor, mailing: Mailing, typed: Typed) -> None:
    """Store a draft anew; raise `MessageRefused`, `NoLongerDraft` or `NotAllowed`."""
    if mailing.state is not MailingState.DRAFT:
        raise NoLongerDraft
    _write(session, actor, mailing, typed)
    session.flush()


def faults_of(typed: Typed) -> dict[str, str]:
    """Return what is wrong with a message, by field."""
    faults = {
        "subject": _subject_fault(typed.subject),
        "body": _body_fault(typed.body),
        "pace": _pace_fault(typed.pace),
        "groups": None if typed.groups else "Choisissez au moins un groupe.",
        **_english_faults(typed),
    }
    return {field: fault for field, fault in faults.items() if fault}


def weight(text: str) -> int:
    """Return about how many bytes of a mail a text makes, in its text and HTML parts together."""
    filled = french(placeholders.fill(text, _VALUES))
    encoded = _quoted(filled) + _quoted(str(escape(filled))) + 12 * filled.count("\n")
    return encoded * 104 // 100  # the ends of encoded lines


def _write(session: Session, actor: Actor, mailing: Mailing, typed: Typed) -> None:
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
    faults = faults_of(typed)
    groups = session.scalars(
        sa.select(InviteeGroup).where(InviteeGroup.public_id.in_(typed.groups))
    ).all()
    if len(groups) != len(set(typed.groups)):
        faults["groups"] = "L'un de ces groupes n'existe plus : choisissez de nouveau."
    if faults:
        raise MessageRefused(faults)
    mailing.subject = _localized(clean_line(typed.subject), clean_line(typed.subject_en))
    mailing.body = _localized(clean(typed.body).strip(), clean(typed.body_en).strip())
    mailing.pace = int(typed.pace)
    mailing.groups = list(groups)


def _localized(french_text: str, english: str) -> Localized:
    return {"fr": french_text, "en": english} if english else {"fr": french_text}


def _english_faults(typed: Typed) -> dict[str, str | None]:
    """Check the English message; it may be absent, but not by half."""
    has_subject, has_body = bool(typed.subject_en.strip()), bool(typed.body_en.strip())
    if not has_subject and not has_body:
        return {}
    if not has_subject:
        return {
            "subject_en": "Écrivez aussi l'objet en anglais, ou effacez le texte anglais.",
            "body_en": _body_fault(typed.body_en),
        }
    if not has_body:
        return {
            "subject_en": _subject_fault(typed.subject_en),
            "body_en": "Écrivez aussi le texte en anglais, ou effacez l'objet anglais.",
        }
    return {"subject_en": _subject_fault(typed.subject_en), "body_en": _body_fault(typed.body_en)}


def _subject_fault(text: str) -> str | None:
    if not text.strip():
        return "Écrivez l'objet du message."
    if "\n" in clean(text).strip():
        return "L'objet tient sur une seule ligne : supprimez le saut de ligne."
    if length(text) > LONGEST_SUBJECT:
        return f"L'objet compte {length(text)} caractères, la limite est de {LONGEST_SUBJECT}."
    return placeholders.fault(text, placeholders.IN_SUBJECT)


def _body_fault(text: str) -> str | None:
    text = clean(text).strip()
    if not text:
        return "Écrivez le texte du message."
    if length(text) > LONGEST_BODY:
        return f"Le texte compte {length(text)} caractères, la limite est de {LONGEST_BODY}."
    fault = placeholders.fault(text, placeholders.IN_BODY)
    if fault is not None:
        return fault
    if placeholders.LINK not in placeholders.named(text):
        return "Il manque {{lien}} : c'est par ce lien personnel que chaque contact répond."
    if weight(text) > HEAVIEST_BODY:
        return (
            "Une fois les repères remplis, ce message serait trop lourd pour un courriel :"
            " raccourcissez-le, ou écrivez chaque repère une seule fois."
        )
    return None


def _pace_fault(text: str) -> str | None:
    if text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= FASTEST:
        return None
    return f"Donnez un nombre de courriels par heure, de 1 à {FASTEST}."


def _quoted(text: str) -> int:
    """Return how long a text is as quoted-printable."""
    return sum(
        1 if sign.isascii() and sign != "=" else 3 * len(sign.encode("utf-8", "replace"))
        for sign in text
    )
