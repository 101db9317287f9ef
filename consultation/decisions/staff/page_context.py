"""Page context of decisions: the list that the address asks for, and a subject's place in it.

State and words stand in the address, and go along from page to page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, request

from consultation.decisions.decide import Subject
from consultation.decisions.staff import board
from consultation.decisions.staff.board import DecisionState, Row
from consultation.i18n import folded, localized
from consultation.questionnaires.models import Round
from consultation.text import clean_line
from consultation.work.services import Work

LONGEST_QUERY = 100


@dataclass(frozen=True)
class Listing:
    """The subjects that a page lists, in their order, and how many there are in each state."""

    state: DecisionState
    query: str
    rows: Sequence[Row]
    counts: Mapping[DecisionState, int]


@dataclass(frozen=True)
class ListPlace:
    """The place of a subject in a listing, from 1, with the subjects before and after it."""

    number: int
    total: int
    previous: Row | None
    following: Row | None


def kept() -> dict[str, Any]:
    """Give the arguments of round and list in the address, as another address repeats them."""
    names = ("tour", "etat", "q")
    return {name: value for name in names if (value := request.args.get(name))}


def listing(work: Work, round_: Round) -> Listing:
    """Return the listing that the address asks for."""
    rows = board.board(work, round_, current_app.config["SMALL_CELL"])
    counts = board.counts(rows)
    return _listing(rows, _state(counts), counts)


def place_of(work: Work, round_: Round, subject: Subject) -> ListPlace | None:
    """Return the place of a subject in that listing, else among those in its own state.

    None where it is no subject of the round, or has left the listing.
    """
    rows = board.board(work, round_, current_app.config["SMALL_CELL"])
    own = next((row for row in rows if _is_of(row, subject)), None)
    if own is None:
        return None
    listed = _listing(rows, _named() or own.state, {}).rows
    if own not in listed:
        return None
    at = listed.index(own)
    return ListPlace(
        at + 1,
        len(listed),
        listed[at - 1] if at else None,
        listed[at + 1] if at + 1 < len(listed) else None,
    )


def _listing(
    rows: Sequence[Row], state: DecisionState, counts: Mapping[DecisionState, int]
) -> Listing:
    query = clean_line(request.args.get("q", ""))[:LONGEST_QUERY]
    matches = [row for row in rows if row.state is state and _has(row, query)]
    return Listing(state, query, matches, counts)


def _state(counts: Mapping[DecisionState, int]) -> DecisionState:
    """Return the state that the address names, else the first in which there is a subject."""
    first = next((it for it in DecisionState if counts[it]), DecisionState.UNDECIDED)
    return _named() or first


def _named() -> DecisionState | None:
    wanted = request.args.get("etat", "")
    return DecisionState(wanted) if wanted in set(DecisionState) else None


def _is_of(row: Row, subject: Subject) -> bool:
    indicator_id = row.summary.subject.id if row.summary else None
    wanted = subject.indicator.id if subject.indicator else None
    return row.measure.id == subject.measure.id and indicator_id == wanted


def _has(row: Row, query: str) -> bool:
    texts = (row.code, row.measure.code, localized(row.label, "fr"), row.measure.title["fr"])
    searched = folded(" ".join(texts))
    return all(word in searched for word in folded(query).split())
