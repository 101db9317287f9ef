"""Rate limits: how often a source or an account may try."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, cast

from flask import Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from limits import parse
from sqlalchemy.engine import Engine
from werkzeug.exceptions import HTTPException

from consultation.clock import now
from consultation.crypto import keyring
from consultation.extensions import db
from consultation.web.counts import SqlCounts, file_engine


@dataclass(frozen=True)
class Limit:
    """How often posts may share a key: `times` as in « 5 per 15 minutes ».

    Every post counts before it is answered, so that posts at once are no more than posts in turn.
    Without `counted` each page counts for itself.  With it, the pages whose limits have the same
    key count together, and an answer that `counted` does not pick gives its count back.
    """

    times: str
    key: Callable[[], str]
    counted: Callable[[Response], bool] | None = None


def by_source() -> str:
    """Return a key for where the request comes from, under which no address can be read."""
    return key_of("source", _network(request.remote_addr or ""))


def key_of(purpose: str, value: str) -> str:
    """Return a keyed hash of `value` that is another one tomorrow."""
    return keyring.blind_index(f"limit {purpose}", f"{now():%Y-%m-%d} {value}")


def count(purpose: str, *, seconds: int, amount: int = 1) -> int:
    """Count more from the neighbourhood of the request in a while; 0 where limits are off."""
    store = _store()
    place = _network(request.remote_addr or "", PLACE)
    return store.incr(key_of(purpose, place), seconds, amount) if store else 0


def count_different(purpose: str, what: str, *, seconds: int) -> int:
    """Count how many different `what` came from the neighbourhood of the request in a while.

    Nothing is counted, and none returned, where the limits are switched off.
    """
    store = _store()
    if store is None:
        return 0
    place = _network(request.remote_addr or "", PLACE)
    pair = key_of(f"{purpose} pair", f"{place} {what}")
    return store.incr_different(key_of(purpose, place), pair, seconds)


def count_same(purpose: str, what: str, *, seconds: int) -> None:
    """Count one more time that the same came from the neighbourhood of the request in a while."""
    if store := _store():
        store.incr(_pair(purpose, what), seconds)


def times_same(purpose: str, what: str) -> int:
    """Return how often the same has come from there; 0 where limits are off."""
    store = _store()
    return store.get(_pair(purpose, what)) if store else 0


def _pair(purpose: str, what: str) -> str:
    place = _network(request.remote_addr or "", PLACE)
    return keyring.blind_index(f"limit {purpose} pair", f"{place} {what}")


def _store() -> SqlCounts | None:
    limiter: Limiter = current_app.extensions["throttle"]
    return cast(SqlCounts, limiter.storage) if limiter.enabled else None


SUBSCRIBER = (32, 64)
PLACE = (24, 56)
"""How many bits of an IPv4 and of an IPv6 address name one subscriber, and one place."""


def _network(address: str, bits: tuple[int, int] = SUBSCRIBER) -> str:
    """Return the network that `address` is in, by so many bits."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network((parsed, bits[parsed.version == 6]), strict=False))


def throttle(app: Flask, endpoint: str, *limits: Limit) -> None:
    """Put `limits` on the posts of a registered view; beyond them it answers 429."""
    limiter: Limiter = app.extensions["throttle"]
    view: Any = app.view_functions[endpoint]
    for limit in limits:
        if limit.counted is None:
            view = limiter.limit(limit.times, key_func=limit.key, methods=["POST"])(view)
        else:
            view = _counting_first(limit, limit.counted, view)
    app.view_functions[endpoint] = view


def _counting_first(
    limit: Limit, is_counted: Callable[[Response], bool], view: Callable[..., ResponseReturnValue]
) -> Callable[..., ResponseReturnValue]:
    """Let `view` answer a post only within `limit`, and keep the count of what is counted.

    The count also stays where the view fails: a guess may have been examined before.
    """
    times = parse(limit.times)

    @wraps(view)
    def counting(**values: Any) -> ResponseReturnValue:
        store = _store()
        if store is None or request.method != "POST":
            return view(**values)
        key = limit.key()
        window = store.take(key, times.get_expiry())
        try:
            if window.hits > times.amount:
                abort(429)
            answer = current_app.make_response(view(**values))
        except HTTPException:
            store.give_back(key, window)
            raise
        if not is_counted(answer):
            store.give_back(key, window)
        return answer

    return counting


def _engine_of(app: Flask) -> Callable[[], Engine]:
    """Return how to reach the counts: a file of their own, or the server that is there anyway."""
    if not app.config["DATABASE_URL"].startswith("sqlite"):
        return lambda: db.engine
    engine = file_engine(app.config["HOME"] / "limits.sqlite")
    return lambda: engine


def register(app: Flask) -> None:
    """Bind the limiter to `app`; `RATE_LIMITS` switches every limit off."""
    options: dict[str, Any] = {"engine": _engine_of(app)}
    app.extensions["throttle"] = Limiter(
        by_source,
        app=app,
        storage_uri="consultationsql://",
        storage_options=options,
        enabled=bool(app.config["RATE_LIMITS"]),
    )
