"""Recipients of a mailing: the invitees of its groups, and why some are skipped."""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations.models import (
    GroupMember,
    Invitation,
    Invitee,
    Mailing,
    MailingGroup,
    MailingRecipient,
    Purpose,
    Skipped,
)
from consultation.mail.kinds import Reach
from consultation.mail.models import Suppression
from consultation.mail.suppression import STOPS
from consultation.responses.models import Contact, Response


def freeze(session: Session, mailing: Mailing) -> int:
    """Store the invitees of the groups as the mailing's recipients; return how many there are.

    A reminder has only those who were invited to the round.
    """
    columns = ["mailing_id", "invitee_id", "skipped"]
    session.execute(sa.insert(MailingRecipient).from_select(columns, _candidates(mailing)))
    listed = sa.select(sa.func.count()).where(MailingRecipient.mailing_id == mailing.id)
    return session.scalar(listed) or 0


def count_due(session: Session, mailing: Mailing) -> int:
    """Count the invitees that the mailing would go to, if it started now."""
    candidates = _candidates(mailing).subquery()
    due = sa.select(sa.func.count()).select_from(candidates).where(candidates.c.skipped.is_(None))
    return session.scalar(due) or 0


def _candidates(mailing: Mailing) -> sa.Select[int, int, Skipped | None]:
    """Select the invitees of the groups, each once, with the reason to skip them."""
    query = (
        sa.select(
            sa.literal(mailing.id),
            Invitee.id,
            skip_reason(mailing.round_id, mailing.purpose).label("skipped"),
        )
        .join(GroupMember, GroupMember.invitee_id == Invitee.id)
        .join(MailingGroup, MailingGroup.group_id == GroupMember.group_id)
        .where(MailingGroup.mailing_id == mailing.id)
        .distinct()
    )
    if mailing.purpose is Purpose.REMINDER:
        query = query.where(_is_invited(mailing.round_id))
    return query


def reason_to_skip(session: Session, mailing: Mailing, invitee_id: int) -> Skipped | None:
    """Return why an invitee is to be skipped now, or None."""
    return session.scalar(
        sa.select(skip_reason(mailing.round_id, mailing.purpose)).where(Invitee.id == invitee_id)
    )


def skip_reason(round_id: int, purpose: Purpose) -> sa.ColumnElement[Skipped | None]:
    """Return the reason to skip an `Invitee` as an SQL expression; null if there is none."""
    already = (
        (has_answered(round_id), Skipped.ANSWERED)
        if purpose is Purpose.REMINDER
        else (_is_invited(round_id), Skipped.INVITED)
    )
    reasons = [
        (Invitee.address_index.is_(None), Skipped.ERASED),
        (is_suppressed(), Skipped.SUPPRESSED),
        already,
    ]
    column_type = MailingRecipient.skipped.type
    return sa.case(
        *((condition, sa.literal(reason, column_type)) for condition, reason in reasons),
        else_=sa.null(),
    )


def has_answered(round_id: int) -> sa.ColumnElement[bool]:
    """Return the condition that an `Invitee` has answered in a round, be it withdrawn since."""
    return sa.exists().where(
        Invitation.invitee_id == Invitee.id,
        Invitation.round_id == round_id,
        Response.respondent_id == Invitation.respondent_id,
    )


def is_suppressed(row: type[Invitee] | type[Contact] = Invitee) -> sa.ColumnElement[bool]:
    """Return the condition that an `Invitee` or `Contact` is suppressed from bulk mail.

    If the exact mailbox is not filled in yet (see `mailbox_identity`), enqueuing decides by the
    address.
    """
    return sa.exists().where(
        Suppression.address_index == row.address_index,
        sa.or_(
            Suppression.mailbox_index.is_(None),
            Suppression.mailbox_index == row.mailbox_index,
        ),
        Suppression.reason.in_(STOPS[Reach.BULK]),
        Suppression.lifted_at.is_(None),
    )


def _is_invited(round_id: int) -> sa.ColumnElement[bool]:
    return sa.exists().where(Invitation.invitee_id == Invitee.id, Invitation.round_id == round_id)
