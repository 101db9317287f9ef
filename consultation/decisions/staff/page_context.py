"""Page context of decisions: the list that the address asks for, and a subject's place in it.

State and words stand in the address, and go along from page to page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, request

from consultation.decisions.decide import Subject
from consultation.decisions.staff import board
from consultation.decisions.staff.board import DecisionState, Row
from consultation.i18n import folded, localized
from consultation.questionnaires.models import Round
from consultation.work.lists import ListFilter, Listing
from consultation.work.services import Work

STATE, SEARCH = "etat", "q"


@dataclass(frozen=True)
class ListPlace:
    """The place of a subject in a listing, from 1, with the subjects before and after it."""

    number: int
    total: int
    previous: Row | None
    following: Row | None


def kept() -> dict[str, Any]:
    """Give the arguments of round and list in the address, as another address repeats them."""
    names = ("tour", STATE, SEARCH)
    return {name: value for name in names if (value := request.args.get(name))}


def listing(work: Work, round_: Round) -> Listing[Row]:
    """Return the listing that the address asks for: first the first state that has a subject."""
    rows = board.board(work, round_, current_app.config["SMALL_CELL"])
    states = {row.state for row in rows}
    first = next((it for it in DecisionState if it in states), DecisionState.UNDECIDED)
    return _listing(rows, round_, first)


def place_of(work: Work, round_: Round, subject: Subject) -> ListPlace | None:
    """Return the place of a subject in that listing, else among those in its own state.

    None where it is no subject of the round, or has left the listing.
    """
    rows = board.board(work, round_, current_app.config["SMALL_CELL"])
    own = next((row for row in rows if _is_of(row, subject)), None)
    if own is None:
        return None
    listed = _listing(rows, round_, own.state).kept_rows
    if own not in listed:
        return None
    at = listed.index(own)
    return ListPlace(
        at + 1,
        len(listed),
        listed[at - 1] if at else None,
        listed[at + 1] if at + 1 < len(listed) else None,
    )


def _listing(rows: Sequence[Row], round_: Round, first: DecisionState) -> Listing[Row]:
    states = [(it.value, it.label) for it in DecisionState]
    filters = (
        ListFilter[Row](STATE, "État", lambda row, it: row.state == it, states, True, first.value),
        ListFilter[Row](SEARCH, "Mots ou code", _has),
    )
    return Listing("decisions.board_page", rows, filters, kept={"tour": round_.code})


def _is_of(row: Row, subject: Subject) -> bool:
    indicator_id = row.summary.subject.id if row.summary else None
    wanted = subject.indicator.id if subject.indicator else None
    return row.measure.id == subject.measure.id and indicator_id == wanted


def _has(row: Row, query: str) -> bool:
    texts = (row.code, row.measure.code, localized(row.label, "fr"), row.measure.title["fr"])
    content = folded(" ".join(texts))
    return all(word in content for word in folded(query).split())
