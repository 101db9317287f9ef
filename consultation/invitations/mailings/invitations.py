"""Invitations to a round: one per invitee, with their respondent and personal link."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.i18n import prefix_for
from consultation.invitations.models import Invitation, Invitee, InviteeMeasure
from consultation.responses.identity import NO_CAPACITY, Identity, new_respondent
from consultation.responses.models import Respondent, Standing
from consultation.responses.space import links
from consultation.responses.submission import context


def invite(session: Session, round_id: int, invitee: Invitee, at: datetime) -> Invitation:
    """Return the invitation of an invitee to a round, added if there is none; inside `writing`.

    The caller has locked the invitee's row, so that two workers don't add two respondents.
    """
    stored = session.scalars(
        sa.select(Invitation).where(
            Invitation.round_id == round_id, Invitation.invitee_id == invitee.id
        )
    ).one_or_none()
    if stored is not None:
        return stored
    invitation = Invitation(
        round_id=round_id,
        invitee_id=invitee.id,
        respondent_id=_respondent(session, round_id, invitee, at).id,
        created_at=at,
    )
    session.add(invitation)
    session.flush()
    return invitation


def is_asked(
    respondent_id: sa.ColumnElement[int], measure_id: sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    """Return the condition of a measure on which a respondent was invited in particular."""
    return sa.exists().where(
        Invitation.respondent_id == respondent_id,
        Invitation.invitee_id == InviteeMeasure.invitee_id,
        InviteeMeasure.measure_id == measure_id,
    )


def measures_asked(session: Session, respondent_id: int) -> set[int]:
    """Return the measures on which a respondent was invited to answer in particular."""
    rows = session.scalars(
        sa.select(InviteeMeasure.measure_id)
        .join(Invitation, Invitation.invitee_id == InviteeMeasure.invitee_id)
        .where(Invitation.respondent_id == respondent_id)
    )
    return set(rows)


def link_for(
    session: Session, invitation: Invitation, invitee: Invitee, base_url: str, at: datetime
) -> str:
    """Return the invitee's personal link in full; a new one if the last was revoked."""
    link = links.of_respondent(session, invitation.respondent_id)
    if link is None:
        link = links.create(session, invitation.respondent_id, at)
    return links.address(base_url, prefix_for(invitee.locale), link)


def _respondent(session: Session, round_id: int, invitee: Invitee, at: datetime) -> Respondent:
    respondent_id = new_respondent(
        session,
        _identity(invitee),
        round_id=round_id,
        locale=invitee.locale,
        notice=context.notice_version_at(session, round_id, at),
        at=at,
    )
    respondent = session.get_one(Respondent, respondent_id)
    respondent.standing = Standing.INVITED
    links.create(session, respondent.id, at)
    return respondent


def _identity(invitee: Invitee) -> Identity:
    """Return the identity in the list of contacts, without any consent."""
    return Identity(
        capacity=invitee.capacity or NO_CAPACITY,
        organisation=invitee.organisation,
        territory=invitee.territory,
        name=invitee.name,
        address=invitee.address,
        consent_contact=False,
        consent_anonymous=False,
        consent_named=False,
    )
