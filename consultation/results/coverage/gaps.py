"""Coverage gaps: measures and groups not heard yet, and who could be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.invitations.mailings.recipients import has_answered, is_suppressed
from consultation.invitations.models import (
    GroupMember,
    Invitation,
    Invitee,
    InviteeGroup,
    InviteeMeasure,
)
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round
from consultation.results.coverage.board import Board, Side
from consultation.web.permissions import Actor, NotAllowed, Permission
from consultation.web.typography import day

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


MOST_NAMED = 8
"""How many a sentence names before it counts the others."""

LACKING = {
    Side.CAPACITY: "Aucune contribution de",
    Side.TERRITORY: "Aucune contribution venue de",
}
SIDES = {Side.CAPACITY: "qualités", Side.TERRITORY: "territoires"}


def silences(board: Board, unheard_by_side: dict[Side, Sequence[str]]) -> list[str]:
    """Return sentences that say what has not been heard, or that everything has."""
    asked = [row for row in board.rows if row.is_asked]
    if not board.total:
        return ["Aucune contribution pour l'instant."]
    sentences = []
    silent = sum(1 for row in asked if row.measure and not row.total)
    if silent:
        noun = "mesure" if silent == 1 else "mesures"
        sentences.append(f"{silent} {noun} sans aucune contribution.")
    if any(row.measure is None and not row.total for row in asked):
        sentences.append("Rien sur l'outil dans son ensemble.")
    for side, labels in unheard_by_side.items():
        if labels:
            sentences.append(f"{LACKING[side]} : {_named(labels, side)}.")
    return sentences or ["Chaque mesure, chaque qualité et chaque territoire a été entendu."]


def rest(consultation_round: Round, at: datetime) -> str:
    """Return how long a round still is open, or since when it is not."""
    opens, closes = in_paris(consultation_round.opens_at), in_paris(consultation_round.closes_at)
    if consultation_round.announced_at is None:
        return "pas encore annoncé"
    if at < consultation_round.opens_at:
        return f"ouvre le {day(opens.date())} à {_hour(opens)}"
    if at >= consultation_round.closes_at:
        return f"fermé le {day(closes.date())} à {_hour(closes)}"
    days = (closes.date() - in_paris(at).date()).days
    if days == 0:
        return f"ferme aujourd'hui à {_hour(closes)}"
    if days == 1:
        return f"ferme demain à {_hour(closes)}"
    return f"il reste {days} jours"


def _hour(moment: datetime) -> str:
    minutes = f" {moment:%M}" if moment.minute else ""
    return f"{moment:%-H} h{minutes}"


def _named(labels: Sequence[str], side: Side) -> str:
    shown = [_inside(label) if side is Side.CAPACITY else label for label in labels[:MOST_NAMED]]
    left = len(labels) - len(shown)
    if left == 1:
        return ", ".join([*shown, _inside(labels[-1]) if side is Side.CAPACITY else labels[-1]])
    return ", ".join(shown) + (f" et {left} autres {SIDES[side]}" if left else "")


def _inside(label: str) -> str:
    """Return a label as it stands within a sentence: « Élu·e » loses its capital, « ONG » not."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
