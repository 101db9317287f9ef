"""The trial of a message: sent to who wrote it, with values that are nobody's."""

from datetime import datetime

from sqlalchemy.orm import Session

from consultation.crypto import new_id
from consultation.i18n import LOCALES
from consultation.invitations import letters
from consultation.invitations.letters import InvitationLetter
from consultation.invitations.models import Invitee, Mailing
from consultation.mail import outbox
from consultation.mail.models import MessageStatus
from consultation.questionnaires.models import Round
from consultation.web.permissions import Actor, NotAllowed, Permission

EXAMPLE_NAME = "Prénom Nom"
EXAMPLE_ORGANISATION = "Nom de l'organisation"


def owe(session: Session, actor: Actor, mailing: Mailing, base_url: str, at: datetime) -> int:
    """Owe the actor the message in each of its languages; return how many mails will leave.

    None leaves to an address that wants no mail of this kind, a colleague's included.  Raise
    `NotAllowed`.
    """
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
    owed = [
        outbox.enqueue(
            session,
            letters.KIND.name,
            dedup_key=f"invitation_test:{new_id()}",
            recipient=actor.email,
            locale=locale,
            parameters=_letter(session, mailing, locale, base_url),
            at=at,
        )
        for locale in LOCALES
        if mailing.body.get(locale)
    ]
    return sum(message.status is MessageStatus.QUEUED for message in owed)


def _letter(session: Session, mailing: Mailing, locale: str, base_url: str) -> InvitationLetter:
    return letters.letter_for(
        mailing,
        Invitee(name=EXAMPLE_NAME, organisation=EXAMPLE_ORGANISATION, locale=locale),
        locale=locale,
        link=letters.example_link(base_url, locale),
        closes_at=session.get_one(Round, mailing.round_id).closes_at,
    )
