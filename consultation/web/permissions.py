"""Who may do what: every view states its permission, or the application does not start."""

import enum
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar

from flask import Flask, abort, g
from flask.typing import ResponseReturnValue


class Permission(enum.StrEnum):
    """What a view asks of who calls it, as `resource:action`."""

    PUBLIC = "public"
    WORKSPACE = "workspace:open"
    EDIT_PLAN = "plan:edit"
    COMPOSE = "questionnaires:compose"
    RUN_ROUNDS = "rounds:run"
    FOLLOW = "coverage:read"
    READ_RESPONSES = "responses:read"
    EXPORT_UNREAD = "exports:unread"
    EXPORT_CONTACTS = "contacts:export"
    INVITE = "invitations:send"
    PUBLISH_RESULTS = "results:publish"
    SORT_INBOX = "inbox:sort"
    MODERATE = "texts:moderate"
    READ_OUTBOX = "outbox:read"
    DIRECT_OUTBOX = "outbox:direct"
    READ_MAILBOX = "mailbox:read"
    GUARD = "site:guard"
    MANAGE_ACCOUNTS = "accounts:manage"
    READ_TRAIL = "trail:read"


class Actor(Protocol):
    """A signed-in member of staff, as far as permissions go."""

    id: int
    email: str

    def may(self, permission: Permission) -> bool:
        """Say whether one of the actor's roles grants `permission`."""


View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


class NotAllowed(Exception):
    """An actor asked a service for what their roles do not open."""


class UnstatedPermission(Exception):
    """A view was registered that does not say who may call it."""


def requires(permission: Permission) -> Callable[[View], View]:
    """Let the view run only for an actor with `permission`: strangers get 404, colleagues 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if permission is not Permission.PUBLIC:
                require(permission)
            return view(*args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def require(permission: Permission) -> Actor:
    """Return the signed-in actor, who has `permission`; abort with 404 or 403 otherwise."""
    actor = current_actor()
    if actor is None:
        abort(404)
    if not actor.may(permission):
        abort(403)
    return actor


def current_actor() -> Actor | None:
    """Return who is signed in, or None.  Not to be asked on public pages."""
    if "actor" not in g:
        loader: Callable[[], Actor | None] = _loaders["actor"]
        g.actor = loader()
    actor: Actor | None = g.actor
    return actor


_loaders: dict[str, Callable[[], Actor | None]] = {"actor": lambda: None}


def load_actor_with(loader: Callable[[], Actor | None]) -> None:
    """Say how the signed-in actor is found; the room of accounts does."""
    _loaders["actor"] = loader


def check_every_view(app: Flask) -> None:
    """Raise `UnstatedPermission` naming the views that state none."""
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and not hasattr(view, "permission")
    ]
    if silent:
        raise UnstatedPermission(", ".join(sorted(silent)))
