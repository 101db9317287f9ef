"""Invitees as the audience of a mailing: those of its groups, each with an invitation."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations import queries
from consultation.invitations.mailings import invitations, message, recipients
from consultation.invitations.mailings.audiences import MailingProgress, StepRefused
from consultation.invitations.models import (
    Invitation,
    Invitee,
    Mailing,
    MailingGroup,
    MailingRecipient,
    MailingState,
    Purpose,
)
from consultation.mail import displayed_states, outbox, retention
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Round
from consultation.responses.models import PersonalLink
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish

_WAITS = (MailingRecipient.queued_at.is_(None), MailingRecipient.skipped.is_(None))


class Invitees:
    """The audience of invitations and reminders."""

    table = MailingRecipient

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

    def advance(
        self, session: Session, mailing: Mailing, base_url: str, at: datetime
    ) -> MailingProgress:
        """Enqueue the message of the next invitee, or skip them."""
        invitee_id = session.scalar(
            sa.select(MailingRecipient.invitee_id)
            .where(MailingRecipient.mailing_id == mailing.id, *_WAITS)
            .order_by(MailingRecipient.invitee_id)
            .limit(1)
        )
        invitee = session.get_one(Invitee, invitee_id, populate_existing=True, with_for_update=True)
        reason = recipients.reason_to_skip(session, mailing, invitee.id)
        if reason is not None:
            _mark(session, mailing, invitee, skipped=reason)
            return MailingProgress.SKIPPED
        if _mark(session, mailing, invitee, queued_at=at):
            _enqueue(session, mailing, invitee, base_url, at)
        return MailingProgress.QUEUED

    def statuses(self, mailing: Mailing) -> sa.Select[*tuple[Any, ...]]:
        """Select the state of each invitee."""
        return (
            sa.select(
                MailingRecipient.skipped,
                MailingRecipient.queued_at.is_not(None).label("is_queued"),
                displayed_states.column().label("state"),
            )
            .join(Invitee, Invitee.id == MailingRecipient.invitee_id)
            .outerjoin(OutboxMessage, OutboxMessage.dedup_key == outbox_key(mailing))
            .where(MailingRecipient.mailing_id == mailing.id)
        )

    def give_back(self, session: Session, mailing: Mailing, most: int, at: datetime) -> int:
        """Forget invitees, with the invitation of those who have not answered by its link."""
        rows = session.execute(
            sa.select(Invitee.id, OutboxMessage.id, Invitation.respondent_id)
            .join(MailingRecipient, MailingRecipient.invitee_id == Invitee.id)
            .join(OutboxMessage, OutboxMessage.dedup_key == outbox_key(mailing))
            .outerjoin(
                Invitation,
                sa.and_(
                    Invitation.invitee_id == Invitee.id, Invitation.round_id == mailing.round_id
                ),
            )
            .where(
                MailingRecipient.mailing_id == mailing.id,
                displayed_states.is_kept(),
                ~recipients.has_answered(mailing.round_id),
            )
            .order_by(Invitee.id)
            .limit(most)
        ).all()
        retention.cancel_and_blank(session, [message_id for _, message_id, _ in rows])
        retention.forget_kept(session, [message_id for _, message_id, _ in rows])
        if mailing.purpose is Purpose.INVITATION:
            for _, _, respondent_id in rows:
                if respondent_id is not None:
                    erasure.expire(session, respondent_id, Wish(), at)
        session.execute(
            sa.delete(MailingRecipient).where(
                MailingRecipient.mailing_id == mailing.id,
                MailingRecipient.invitee_id.in_([invitee_id for invitee_id, _, _ in rows]),
            ),
            execution_options={"synchronize_session": False},
        )
        return len(rows)

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


def outbox_key(mailing: Mailing) -> sa.ColumnElement[str]:
    """Return the outbox key of the message to an `Invitee`, as `dedup_key` in SQL."""
    return sa.literal(f"{message.KIND.name}:{mailing.public_id}:") + Invitee.public_id


def dedup_key(mailing: Mailing, invitee: Invitee) -> str:
    """Return the outbox key, of which there is one for each mailing and invitee."""
    return f"{message.KIND.name}:{mailing.public_id}:{invitee.public_id}"


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


def _mark(session: Session, mailing: Mailing, invitee: Invitee, **values: Any) -> bool:
    """Update a recipient who waits; return whether they still did."""
    marked = session.execute(
        sa.update(MailingRecipient)
        .where(
            MailingRecipient.mailing_id == mailing.id,
            MailingRecipient.invitee_id == invitee.id,
            *_WAITS,
        )
        .values(**values)
        .returning(MailingRecipient.invitee_id),
        execution_options={"synchronize_session": False},
    )
    return marked.first() is not None


def _enqueue(
    session: Session, mailing: Mailing, invitee: Invitee, base_url: str, at: datetime
) -> None:
    invitation = invitations.invite(session, mailing.round_id, invitee, at)
    locale = message.locale_for(mailing, invitee.locale)
    outbox.enqueue(
        session,
        message.KIND.name,
        dedup_key=dedup_key(mailing, invitee),
        recipient=invitee.address or "",
        locale=locale,
        parameters=message.letter_for(
            mailing,
            invitee,
            locale=locale,
            link=invitations.link_for(session, invitation, invitee, base_url, at),
            of_round=session.get_one(Round, mailing.round_id),
        ),
        at=at,
    )
