"""Navigation: menu entries by permission, and pagination of lists."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import Flask, abort, current_app, g, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from consultation.clock import ticks
from consultation.settings import is_local
from consultation.web.headers import on_staff_pages
from consultation.web.locale import current_language, current_locale, displayed_languages
from consultation.web.permissions import Actor, Permission, current_actor


@dataclass(frozen=True)
class MenuStep:
    """A step of an act of the team's work, of one page or more."""

    act: str
    number: int
    """From 1, in the order of the act."""
    label: str
    says: str
    """What is done there."""


@dataclass(frozen=True)
class Entry:
    """A page of the staff menu; the home page is of no step."""

    step: MenuStep | None
    endpoint: str
    label: str
    permission: Permission
    blueprints: tuple[str, ...] = ()
    """Blueprints whose pages belong to the entry, though their addresses are not below its own."""
    status: Callable[[Actor], str] | None = None
    """Returns a few words in French for the home page, such as how many texts wait, or nothing."""


Narrowing = Callable[[Sequence[Entry]], Sequence[Entry]]


def _whole(entries: Sequence[Entry]) -> Sequence[Entry]:
    return entries


def set_menu(app: Flask, entries: Iterable[Entry], offered: Narrowing = _whole) -> None:
    """Set the entries of the staff menu of `app`, in their order.

    `offered` asks the site which of those that an actor may open are in the menu, once a request.
    """
    app.extensions["staff_menu"] = tuple(entries), offered


def staff_entries() -> Sequence[Entry]:
    """Return the entries that the signed-in actor may open; unregistered views are left out."""
    actor = current_actor()
    if actor is None:
        return ()
    if "staff_entries" not in g:
        entries, offered = current_app.extensions.get("staff_menu", ((), _whole))
        views = current_app.view_functions
        g.staff_entries = offered(
            [it for it in entries if it.endpoint in views and actor.may(it.permission)]
        )
    listed: Sequence[Entry] = g.staff_entries
    return listed


def staff_steps(act: str | None = None) -> dict[MenuStep, list[Entry]]:
    """Return the pages that the signed-in actor may open, by step, of one act or of all."""
    steps: dict[MenuStep, list[Entry]] = {}
    for entry in staff_entries():
        if entry.step and act in {None, entry.step.act}:
            steps.setdefault(entry.step, []).append(entry)
    return steps


def staff_acts() -> dict[str, Entry]:
    """Return home and the acts that the signed-in actor may open, each with its first page."""
    acts: dict[str, Entry] = {}
    for entry in staff_entries():
        acts.setdefault(entry.step.act if entry.step else entry.label, entry)
    return acts


def may_open(endpoint: str) -> bool:
    """Return whether the menu of the signed-in actor leads to that page."""
    return any(entry.endpoint == endpoint for entry in staff_entries())


def staff_place() -> Entry | None:
    """Return the entry of this page: by its blueprint, else by the closest address above it."""
    closest = None
    for entry in staff_entries():
        if request.blueprint in entry.blueprints:
            return entry
        address = url_for(entry.endpoint)
        is_above = (request.path + "/").startswith(address.rstrip("/") + "/")
        if is_above and (closest is None or len(address) > len(url_for(closest.endpoint))):
            closest = entry
    return closest


def is_signed_in() -> bool:
    """Return whether an actor was loaded for this request, without loading one."""
    return g.get("actor") is not None


ROUND_LINK, PLAN_LINK, RESULTS_LINK, DECISIONS_LINK, REPORTS_LINK, TRIAL = (
    "round_link",
    "plan_link",
    "results_link",
    "decisions_link",
    "reports_link",
    "trial",
)
PAGE_READING = "page_reading"
"""Key of what tells, for an application, who read the page of this request over."""
FLAG_SECONDS = 10
"""How long a process may take to notice that figures were published, or that a trial began."""


T = TypeVar("T")


class Remembered(Generic[T]):
    """What every page shows, asked of the database once in a while.

    Kept forms and receipts have it too: none of them may cost a statement.
    """

    def __init__(self, read: Callable[[], T], first: T) -> None:
        self._read, self._value, self._read_at = read, first, float("-inf")

    def value(self) -> T:
        """Return it as it is or was when it was last read, `first` until it could be."""
        if ticks() - self._read_at >= FLAG_SECONDS:
            with suppress(sa.exc.SQLAlchemyError, OSError):  # it may be the page of this error
                self._value = self._read()
            self._read_at = ticks()
        return self._value


class Flag(Remembered[bool]):
    """A truth that every page shows."""

    def __init__(self, read: Callable[[], bool]) -> None:
        super().__init__(read, False)


def _is_set(name: str) -> bool:
    flag: Flag = current_app.extensions[name]
    return flag.value()


def round_is_open() -> bool:
    """Return whether the pages of this request invite to respond."""
    return _is_set(ROUND_LINK)


def plan_is_assessed() -> bool:
    """Return whether the pages of this request link to where the plan stands."""
    return _is_set(PLAN_LINK)


def results_are_public() -> bool:
    """Return whether the pages of this request link to results."""
    return _is_set(RESULTS_LINK)


def decisions_are_public() -> bool:
    """Return whether the pages of this request link to decisions."""
    return _is_set(DECISIONS_LINK)


def reports_are_public() -> bool:
    """Return whether the pages of this request link to reports."""
    return _is_set(REPORTS_LINK)


def document_is_public(is_given: bool) -> bool:
    """Return whether visitors find a working document: of the round, of the site, of an edition."""
    return is_given or bool(current_app.config["DOCUMENT_URL"]) or decisions_are_public()


def page_reading() -> object | None:
    """Return who read the page of this request over as it is now, for its foot."""
    read: Callable[[], object | None] | None = current_app.extensions.get(PAGE_READING)
    return read() if read and current_language().has_readers else None


def frame_state() -> tuple[object, ...]:
    """Return the facts behind the frame of a public page, beside language and address."""
    links = (ROUND_LINK, PLAN_LINK, RESULTS_LINK, DECISIONS_LINK, REPORTS_LINK)
    facts = (request.script_root, trial_band(), displayed_languages(), page_reading())
    return (*facts, *map(_is_set, links))


def trial_band() -> str:
    """Return the sentence of this request's pages on the trial that runs, empty without one."""
    if not _is_set(TRIAL):
        return ""
    if is_local(current_app.config["BASE_URL"]):
        sentence = gettext("Essai sur cette machine : rien n'est public.")
    else:
        sentence = gettext(
            "Ceci est un essai : la consultation n'a pas commencé. Tout ce que vous envoyez ici"
            " sera effacé avant son ouverture."
        )
    return str(sentence)


def _only_in_french() -> None:
    if current_locale() != "fr":
        abort(404)


def register(app: Flask) -> None:
    """Give templates the menu, and answer 404 for staff pages in other languages."""
    app.before_request(on_staff_pages(_only_in_french))
    app.jinja_env.globals.update(
        staff_acts=staff_acts,
        staff_steps=staff_steps,
        staff_place=staff_place,
        may_open=may_open,
        is_signed_in=is_signed_in,
        round_is_open=round_is_open,
        plan_is_assessed=plan_is_assessed,
        results_are_public=results_are_public,
        decisions_are_public=decisions_are_public,
        reports_are_public=reports_are_public,
        page_reading=page_reading,
        trial_band=trial_band,
    )


SORT, FORMER_SORT = "tri", "ordre"
"""The parameter of the address that sorts a list, and its name in addresses kept from before."""
LONGEST_KEPT = 60
"""Characters of a parameter that goes along from page to page."""


def sent_sort() -> str:
    """Return by what the address sorts a list, empty where it does not say."""
    return request.args.get(SORT, request.args.get(FORMER_SORT, ""))


def kept_parameters(names: Iterable[str]) -> dict[str, str]:
    """Return the parameters of these names, cut, for the addresses on the page of this one."""
    sent = {**request.args.to_dict(), SORT: sent_sort()}
    return {name: value for name in names if (value := sent.get(name, "")[:LONGEST_KEPT])}


Row = TypeVar("Row")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Paged(Generic[Row]):
    """A page of a list; `number` is from 1 to `page_count`, `total` counts the whole list."""

    rows: Sequence[Row]
    number: int
    page_count: int
    total: int

    def with_rows(self, rows: Sequence[Other]) -> "Paged[Other]":
        """Return the same page of other rows, made from its own."""
        return Paged(rows, self.number, self.page_count, self.total)


def paged(
    session: Session, query: sa.Select[*tuple[Any, ...]], number: int, length: int
) -> Paged[Any]:
    """Return page `number` of the rows of `query`, or the nearest page that exists.

    Rows are scalars when the query selects a single column or entity, else tuples.
    """
    counted = query.order_by(None).with_only_columns(sa.literal(1), maintain_column_froms=True)
    total = session.scalar(sa.select(sa.func.count()).select_from(counted.subquery())) or 0
    number, page_count = nearest(number, total, length)
    window = query.limit(length).offset((number - 1) * length)
    is_single = len(query.column_descriptions) == 1
    rows = session.scalars(window).all() if is_single else session.execute(window).all()
    return Paged(rows, number, page_count, total)


def page_of(rows: Sequence[Row], number: int, length: int) -> Paged[Row]:
    """Return page `number` of rows that are all there, or the nearest page that exists."""
    number, page_count = nearest(number, len(rows), length)
    start = (number - 1) * length
    return Paged(rows[start : start + length], number, page_count, len(rows))


def nearest(number: int, total: int, length: int) -> tuple[int, int]:
    """Return the number of the page that exists nearest to `number`, and of the last page."""
    page_count = max(1, -(-total // length))
    return min(max(1, number), page_count), page_count
