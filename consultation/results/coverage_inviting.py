"""Whom to write to so that an empty cell of the board fills: the groups that hold such contacts."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.invitations.models import (
    GroupMember,
    Invitation,
    Invitee,
    InviteeGroup,
    InviteeMeasure,
)
from consultation.invitations.recipients import has_answered, is_suppressed
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round
from consultation.results.coverage import Side
from consultation.web.permissions import Actor, NotAllowed, Permission

COLUMN_OF = {Side.CAPACITY: Invitee.capacity, Side.TERRITORY: Invitee.territory}


@dataclass(frozen=True)
class Candidate:
    """A group and its contacts of one capacity or territory.

    `silent` have not answered in the round; `reachable` of these may be sent mail, `concerned`
    of those name the measure or none, and `invited` were written to in this round already.
    """

    group: InviteeGroup
    total: int
    silent: int
    reachable: int
    concerned: int
    invited: int


def candidates(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    side: Side,
    code: str,
    measure: Measure | None,
) -> Sequence[Candidate]:
    """Return the groups with such contacts, the one to write to first; raise `NotAllowed`."""
    if not actor.may(Permission.INVITE):
        raise NotAllowed(Permission.INVITE)
    is_silent = ~has_answered(consultation_round.id)
    is_reachable = sa.and_(is_silent, ~is_suppressed())
    is_invited = sa.exists().where(
        Invitation.invitee_id == Invitee.id, Invitation.round_id == consultation_round.id
    )
    count = sa.func.count()
    total = count.label("total")
    reachable = count.filter(is_reachable).label("reachable")
    concerned = count.filter(is_reachable, _concerns(measure)).label("concerned")
    rows = session.execute(
        sa.select(
            InviteeGroup,
            total,
            count.filter(is_silent),
            reachable,
            concerned,
            count.filter(is_reachable, is_invited),
        )
        .join(GroupMember, GroupMember.group_id == InviteeGroup.id)
        .join(Invitee, Invitee.id == GroupMember.invitee_id)
        .where(COLUMN_OF[side] == code, Invitee.address_index.is_not(None))
        .group_by(InviteeGroup.id)
        .order_by(concerned.desc(), reachable.desc(), total.desc(), InviteeGroup.name)
    )
    return [Candidate(*row) for row in rows]


def _concerns(measure: Measure | None) -> sa.ColumnElement[bool]:
    """Return whether an `Invitee` is to be asked about a measure: they name it, or none at all."""
    if measure is None:
        return sa.true()
    names_any = sa.exists().where(InviteeMeasure.invitee_id == Invitee.id)
    names_it = sa.exists().where(
        InviteeMeasure.invitee_id == Invitee.id, InviteeMeasure.measure_id == measure.id
    )
    return sa.or_(names_it, ~names_any)
