"""What the board of coverage says in words, in French: who is missing, and how long is left."""

from collections.abc import Sequence
from datetime import datetime

from consultation.clock import in_paris
from consultation.questionnaires.models import Round
from consultation.results.coverage import Board, Side
from consultation.web.typography import day

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
