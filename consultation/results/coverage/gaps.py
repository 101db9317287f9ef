"""Coverage gaps: measures and groups without responses, contacts who could fill them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from consultation.clock import in_paris
from consultation.i18n import form_for
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
from consultation.web.permissions import Permission
from consultation.web.typography import day
from consultation.work.services import Work, needs

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


@needs(Permission.INVITE)
def candidates(
    work: Work, consultation_round: Round, side: Side, code: str, measure: Measure | None
) -> Sequence[Candidate]:
    """Return the groups with such contacts, the best to write to first; raise `NotAllowed`."""
    is_silent = ~has_answered(consultation_round.id)
    is_reachable = sa.and_(is_silent, ~is_suppressed())
    is_invited = sa.exists().where(
        Invitation.invitee_id == Invitee.id, Invitation.round_id == consultation_round.id
    )
    count = sa.func.count()
    total = count.label("total")
    reachable = count.filter(is_reachable).label("reachable")
    concerned = count.filter(is_reachable, _concerns(measure)).label("concerned")
    rows = work.session.execute(
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
    """Return the condition that a measure concerns an `Invitee`: they name it, or none."""
    if measure is None:
        return sa.true()
    names_any = sa.exists().where(InviteeMeasure.invitee_id == Invitee.id)
    names_it = sa.exists().where(
        InviteeMeasure.invitee_id == Invitee.id, InviteeMeasure.measure_id == measure.id
    )
    return sa.or_(names_it, ~names_any)


MOST_NAMED = 8
"""Labels that a sentence names before it counts the others."""

LACKING = {
    Side.CAPACITY: "Aucune contribution de",
    Side.TERRITORY: "Aucune contribution venue de",
}
EVERYBODY = "Chaque mesure, chaque qualité et chaque territoire a été entendu."
ONE_OF = {Side.CAPACITY: "une qualité", Side.TERRITORY: "un territoire"}


def silences(board: Board, unheard_by_side: Mapping[Side, Sequence[str]]) -> list[str]:
    """Return the French sentences about gaps, or one that there are none."""
    open_rows = [row for row in board.rows if row.is_asked]
    if not board.total:
        return ["Aucune contribution pour l'instant."]
    sentences = []
    silent = sum(1 for row in open_rows if row.measure and not row.total)
    if silent:
        noun = form_for(silent, "mesure", "mesures")
        sentences.append(f"{silent} {noun} sans aucune contribution.")
    if any(row.measure is None and not row.total for row in open_rows):
        sentences.append("Rien sur l'ensemble des indicateurs.")
    for side, labels in unheard_by_side.items():
        if labels:
            sentences.append(f"{LACKING[side]} : {_named(labels, side)}.")
    return sentences or [
        "Chaque mesure, chaque qualité et chaque territoire a été entendu.",
        *_empty_cells(board),
    ]


def _empty_cells(board: Board) -> list[str]:
    """Say how many measures and groups have not met yet, though each was heard somewhere."""
    if not board.empty_count:
        return []
    return [
        f"Mais {board.empty_count} cases du tableau sur {board.cell_count} sont encore vides : "
        f"une mesure sur laquelle {ONE_OF[board.side]} n'a rien dit."
        if board.empty_count > 1
        else "Mais une case du tableau est encore vide."
    ]


def remaining_time(consultation_round: Round, at: datetime) -> str:
    """Return in French how long a round is still open, or since when it is closed."""
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
    named = [
        _within_sentence(label) if side is Side.CAPACITY else label for label in labels[:MOST_NAMED]
    ]
    left = len(labels) - len(named)
    if left == 1:
        return ", ".join(
            [*named, _within_sentence(labels[-1]) if side is Side.CAPACITY else labels[-1]]
        )
    return ", ".join(named) + (f" et {left} autres {side.label}" if left else "")


def _within_sentence(label: str) -> str:
    """Return a label for use within a sentence: « Élu·e » loses its capital, « ONG » does not."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label
