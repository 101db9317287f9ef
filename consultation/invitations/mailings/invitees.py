"""Invitees as the audience of a mailing: those of its groups, each with an invitation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, join

from consultation.invitations import queries
from consultation.invitations.mailings import invitations, message, recipients
from consultation.invitations.mailings.audiences import Audience, StepRefused
from consultation.invitations.models import (
    Invitation,
    Invitee,
    Mailing,
    MailingGroup,
    MailingRecipient,
    MailingState,
    Purpose,
)
from consultation.mail import circulars
from consultation.mail.circulars import Mail
from consultation.questionnaires.models import Round
from consultation.responses.models import PersonalLink
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish


class Invitees(Audience):
    """The audience of invitations and reminders."""

    kind = message.KIND
    table = MailingRecipient
    source = join(MailingRecipient, Invitee)
    recipient_id = MailingRecipient.__table__.c.invitee_id
    name = Invitee.__table__.c.public_id

    def check(self, session: Session, mailing: Mailing, at: datetime) -> None:
        """Raise `StepRefused` unless the round is open, so that the links open a form."""
        consultation_round = session.get_one(Round, mailing.round_id, populate_existing=True)
        if not consultation_round.is_open(at):
            raise StepRefused(
                "Le tour de ce message n'est pas ouvert : personne ne pourrait répondre. Ouvrez le"
                " tour, puis recommencez."
            )

    def freeze(self, session: Session, mailing: Mailing) -> int:
        """Store the invitees of the groups; raise `StepRefused`."""
        if mailing.purpose is Purpose.REMINDER:
            _check_invited(session, mailing)
        return recipients.freeze(session, mailing)

    def no_recipients(self, mailing: Mailing) -> str:
        """Return why there is nobody to write to."""
        if mailing.purpose is Purpose.REMINDER:
            return (
                "Les groupes choisis n'ont personne à relancer : personne n'y a encore été invité."
            )
        return (
            "Les groupes choisis n'ont aucun contact : importez-en, ou choisissez d'autres groupes."
        )

    def counts(self, session: Session, mailing: Mailing) -> tuple[int, int]:
        """Count the contacts of the groups, and those to whom the message would go now."""
        return queries.count_addressees(session, mailing), recipients.count_due(session, mailing)

    def mail_of_next(
        self, session: Session, mailing: Mailing, base_url: str, at: datetime
    ) -> Mail | None:
        """Return the mail of the next invitee, or skip them."""
        invitee_id = session.scalar(self.waiting(mailing).order_by(self.recipient_id).limit(1))
        invitee = session.get_one(Invitee, invitee_id, populate_existing=True, with_for_update=True)
        reason = recipients.reason_to_skip(session, mailing, invitee.id)
        if reason is not None:
            self.mark(session, mailing, invitee.id, skipped=reason)
            return None
        if not self.mark(session, mailing, invitee.id, queued_at=at):
            return None
        invitation = invitations.invite(session, mailing.round_id, invitee, at)
        locale = message.locale_for(mailing, invitee.locale)
        letter = message.letter_for(
            mailing,
            invitee,
            locale=locale,
            link=invitations.link_for(session, invitation, invitee, base_url, at),
            of_round=session.get_one(Round, mailing.round_id),
        )
        return self.mail(mailing, invitee.public_id, invitee.address or "", locale, letter)

    def may_be_forgotten(self, mailing: Mailing) -> sa.ColumnElement[bool]:
        """Add that the invitee has not answered."""
        is_kept = super().may_be_forgotten(mailing)
        return sa.and_(is_kept, ~recipients.has_answered(mailing.round_id))

    def forget(
        self, session: Session, mailing: Mailing, given_back: Sequence[int], at: datetime
    ) -> None:
        """Forget these invitees, each with their invitation to the round."""
        if mailing.purpose is Purpose.INVITATION:
            respondents = sa.select(Invitation.respondent_id).where(
                Invitation.round_id == mailing.round_id, Invitation.invitee_id.in_(given_back)
            )
            for respondent_id in session.scalars(respondents.order_by(Invitation.invitee_id)).all():
                erasure.expire(session, respondent_id, Wish(), at)
        super().forget(session, mailing, given_back, at)

    def reached(self, session: Session, mailing: Mailing) -> tuple[int, int]:
        """Count the invitees who have opened their link, and those who have answered."""
        opened = is_opened(Invitation.respondent_id)
        counted = session.execute(
            sa.select(
                sa.func.count().filter(opened),
                sa.func.count().filter(recipients.has_answered(mailing.round_id)),
            )
            .select_from(MailingRecipient)
            .join(Invitee, Invitee.id == MailingRecipient.invitee_id)
            .join(
                Invitation,
                sa.and_(
                    Invitation.invitee_id == Invitee.id, Invitation.round_id == mailing.round_id
                ),
            )
            .where(MailingRecipient.mailing_id == mailing.id)
        ).one()
        return counted[0], counted[1]


def is_opened(respondent_id: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a respondent has opened one of their links."""
    return sa.exists().where(
        PersonalLink.respondent_id == respondent_id, PersonalLink.opened_at.is_not(None)
    )


def dedup_key(mailing: Mailing, invitee: Invitee) -> str:
    """Return the outbox key, of which there is one for each mailing and invitee."""
    return circulars.key_of(message.KIND, mailing.public_id, invitee.public_id)


def _check_invited(session: Session, reminder: Mailing) -> None:
    """Raise `StepRefused` while a mailing to its groups is sending.

    The reminder would miss the invitees whose invitation has not been queued.
    """
    under_way = session.scalar(
        sa.select(Mailing.subject)
        .join(MailingGroup)
        .where(
            Mailing.round_id == reminder.round_id,
            Mailing.state == MailingState.SENDING,
            MailingGroup.group_id.in_([group.id for group in reminder.groups]),
        )
        .limit(1)
    )
    if under_way is not None:
        raise StepRefused(
            f"« {under_way['fr']} » part encore à ces groupes : la relance oublierait les personnes"
            " à qui il n'est pas encore parti. Lancez-la une fois cet envoi terminé ou suspendu."
        )
