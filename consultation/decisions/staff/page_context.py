"""Page context of decisions: the list that one came from, and a subject's place in it.

What was chosen in the list stands in the address, and goes along from page to page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, request

from consultation.decisions.decide import Subject
from consultation.decisions.staff import board
from consultation.decisions.staff.board import Row
from consultation.decisions.staff.lists import STATE, decisions_listing
from consultation.questionnaires.models import Round
from consultation.results.overview.lists import filters_of
from consultation.work.lists import DIRECTION, ORDER, PAGE, ListFilter
from consultation.work.services import Work


@dataclass(frozen=True)
class ListPlace:
    """The place of a subject in a listing, from 1, with the subjects before and after it."""

    number: int
    total: int
    previous: Row | None
    following: Row | None
    page: int
    """The page of the listing that has it, from 1."""


def kept() -> dict[str, Any]:
    """Give the arguments of round and list in the address, as another address repeats them."""
    shared: Sequence[ListFilter[Row]] = filters_of([])
    names = ("tour", STATE, *(it.name for it in shared), ORDER, DIRECTION, PAGE)
    return {name: value for name in names if (value := request.args.get(name))}


def place_of(work: Work, round_: Round, subject: Subject) -> ListPlace | None:
    """Return the place of a subject in that list, else among those in its own state.

    None where it is no subject of the round, or has left the list.
    """
    rows = board.board(work, round_)
    own = next((row for row in rows if _is_of(row, subject)), None)
    if own is None:
        return None
    listing = decisions_listing(rows, round_, own.state, current_app.config["SMALL_CELL"])
    listed = listing.kept_rows
    if own not in listed:
        return None
    at = listed.index(own)
    return ListPlace(
        at + 1,
        len(listed),
        listed[at - 1] if at else None,
        listed[at + 1] if at + 1 < len(listed) else None,
        at // listing.length + 1,
    )


def _is_of(row: Row, subject: Subject) -> bool:
    indicator_id = row.summary.subject.id if row.summary else None
    wanted = subject.indicator.id if subject.indicator else None
    return row.measure.id == subject.measure.id and indicator_id == wanted
