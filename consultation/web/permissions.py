"""Permissions: every view states one, or the application does not start."""

import enum
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, TypeVar

from flask import Flask, abort, g
from flask.typing import ResponseReturnValue


class Permission(enum.StrEnum):
    """Permission that a view requires of an actor, as `resource:action`."""

    PUBLIC = "public"
    WORKSPACE = "workspace:open"
    EDIT_PLAN = "plan:edit"
    COMPOSE = "questionnaires:compose"
    RUN_ROUNDS = "rounds:run"
    FOLLOW = "coverage:read"
    READ_RESPONSES = "responses:read"
    ENTER_RESPONSES = "responses:enter"
    EXPORT_UNREAD = "exports:unread"
    EXPORT_CONTACTS = "contacts:export"
    INVITE = "invitations:send"
    PUBLISH_RESULTS = "results:publish"
    DECIDE = "decisions:make"
    PUBLISH_EDITIONS = "editions:publish"
    RECORD_VALUES = "values:record"
    PUBLISH_VALUES = "values:publish"
    ASK_REPLIES = "replies:ask"
    SORT_INBOX = "inbox:sort"
    MODERATE = "texts:moderate"
    READ_OUTBOX = "outbox:read"
    DIRECT_OUTBOX = "outbox:direct"
    READ_MAILBOX = "mailbox:read"
    GUARD = "site:guard"
    CONFIGURE = "site:configure"
    MANAGE_ACCOUNTS = "accounts:manage"
    READ_TRAIL = "trail:read"


class Actor(Protocol):
    """Signed-in member of staff, as permissions see them."""

    id: int
    email: str

    def may(self, permission: Permission) -> bool:
        """Return whether one of the actor's roles grants `permission`."""


View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


class NotAllowed(Exception):
    """An actor called a service that their roles do not open."""


class UnstatedPermission(Exception):
    """A registered view states no permission."""


def requires(permission: Permission) -> Callable[[View], View]:
    """Run the view for actors with `permission` only: others get 403, visitors 404."""

    def decorate(view: View) -> View:
        @wraps(view)
        def protected(*args: Any, **kwargs: Any) -> ResponseReturnValue:
            if permission is not Permission.PUBLIC:
                require(permission)
            return view(*args, **kwargs)

        protected.permission = permission  # type: ignore[attr-defined]
        return protected  # type: ignore[return-value]

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
    """Return the signed-in actor, None for a visitor; public pages must not call it."""
    if "actor" not in g:
        loader: Callable[[], Actor | None] = _loaders["actor"]
        g.actor = loader()
    actor: Actor | None = g.actor
    return actor


_loaders: dict[str, Callable[[], Actor | None]] = {"actor": lambda: None}


def load_actor_with(loader: Callable[[], Actor | None]) -> None:
    """Set the function that loads the signed-in actor, which is in `accounts`."""
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
