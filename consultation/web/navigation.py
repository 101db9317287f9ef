"""Navigation: menu entries by permission, and pages of a list."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import Flask, abort, current_app, g, request, url_for
from sqlalchemy.orm import Session

from consultation.web.headers import is_staff_path
from consultation.web.locale import current_locale
from consultation.web.permissions import Actor, Permission, current_actor


@dataclass(frozen=True)
class Entry:
    """A page of the staff as the menu names it; `description` is a sentence for its home page."""

    group: str
    endpoint: str
    label: str
    permission: Permission
    description: str
    blueprints: tuple[str, ...] = ()
    """Those whose pages belong to the entry without standing under its address."""
    stands: Callable[[Actor], str] | None = None
    """What the home page says of how things stand there, in a few words, or nothing."""


def offer(app: Flask, entries: Iterable[Entry]) -> None:
    """Let the menu of `app` hold `entries`, in their order."""
    app.extensions["staff_menu"] = tuple(entries)


def staff_entries() -> list[Entry]:
    """Return what the signed-in actor may open; pages that do not exist are left out."""
    actor = current_actor()
    if actor is None:
        return []
    offered: tuple[Entry, ...] = current_app.extensions.get("staff_menu", ())
    return [
        entry
        for entry in offered
        if entry.endpoint in current_app.view_functions and actor.may(entry.permission)
    ]


def staff_groups() -> dict[str, list[Entry]]:
    """Return what the signed-in actor may open, by what it is for, in the menu's order."""
    groups: dict[str, list[Entry]] = {}
    for entry in staff_entries():
        groups.setdefault(entry.group, []).append(entry)
    return groups


def staff_place() -> Entry | None:
    """Return the entry whose page is shown: by its blueprint, else by what stands under it."""
    found = None
    for entry in staff_entries():
        if request.blueprint in entry.blueprints:
            return entry
        address = url_for(entry.endpoint)
        is_above = (request.path + "/").startswith(address.rstrip("/") + "/")
        if is_above and (found is None or len(address) > len(url_for(found.endpoint))):
            found = entry
    return found


def is_signed_in() -> bool:
    """Say whether this request was found to be an actor's; never looks anything up."""
    return g.get("actor") is not None


def _only_in_french() -> None:
    if is_staff_path(request.path) and current_locale() != "fr":
        abort(404)


def register(app: Flask) -> None:
    """Give templates the menu, and keep the staff's pages out of the English site."""
    app.before_request(_only_in_french)
    app.jinja_env.globals.update(
        staff_groups=staff_groups, staff_place=staff_place, is_signed_in=is_signed_in
    )


Row = TypeVar("Row")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Paged(Generic[Row]):
    """One page of a list; `number` is from 1 to `page_count`, `total` counts the whole list."""

    rows: Sequence[Row]
    number: int
    page_count: int
    total: int

    def showing(self, rows: Sequence[Other]) -> "Paged[Other]":
        """Return the page with what is shown of its rows in their place."""
        return Paged(rows, self.number, self.page_count, self.total)


def paged(
    session: Session, query: sa.Select[*tuple[Any, ...]], number: int, length: int
) -> Paged[Any]:
    """Return a page of what `query` selects, in its order; the nearest one there is.

    Rows are those of `scalars` when the query selects one thing, else tuples.
    """
    counted = query.order_by(None).with_only_columns(sa.literal(1), maintain_column_froms=True)
    total = session.scalar(sa.select(sa.func.count()).select_from(counted.subquery())) or 0
    number, page_count = nearest(number, total, length)
    window = query.limit(length).offset((number - 1) * length)
    is_single = len(query.column_descriptions) == 1
    rows = session.scalars(window).all() if is_single else session.execute(window).all()
    return Paged(rows, number, page_count, total)


def nearest(number: int, total: int, length: int) -> tuple[int, int]:
    """Return the page that exists nearest to the one asked for, and how many there are."""
    page_count = max(1, -(-total // length))
    return min(max(1, number), page_count), page_count
