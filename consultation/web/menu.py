"""The frame of the staff's pages: in French only, with a menu of what one's roles open."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Flask, abort, current_app, g, request

from consultation.web.headers import is_staff_path
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, current_actor


@dataclass(frozen=True)
class Entry:
    """A page of the staff as the menu names it; `description` is a sentence for its home page."""

    endpoint: str
    label: str
    permission: Permission
    description: str


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


def is_signed_in() -> bool:
    """Say whether this request was found to be an actor's; never looks anything up."""
    return g.get("actor") is not None


def _only_in_french() -> None:
    if is_staff_path(request.path) and current_locale() != "fr":
        abort(404)


def register(app: Flask) -> None:
    """Give templates the menu, and keep the staff's pages out of the English site."""
    app.before_request(_only_in_french)
    app.jinja_env.globals.update(staff_entries=staff_entries, is_signed_in=is_signed_in)
