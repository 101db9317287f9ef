"""Rate limits: keys and counts, in a SQL storage that several processes share."""

import ipaddress
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import sqlalchemy as sa
import structlog
from flask import Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from limits import parse
from limits.storage import Storage
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from werkzeug.exceptions import HTTPException

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.extensions import db

log = structlog.get_logger()
T = TypeVar("T")

BUSY_TIMEOUT_MS = 1000
TRIES = 3
KEPT_FOR = 60  # seconds
SWEPT_EVERY = 60.0  # seconds between two looks of a process for windows that have ended
FAILURES = (sa.exc.SQLAlchemyError, sqlite3.Error)
TABLE = """
CREATE {kind} TABLE IF NOT EXISTS rate_limit (
    name VARCHAR(200) PRIMARY KEY, hits INTEGER NOT NULL, ends_at DOUBLE PRECISION NOT NULL)
"""
HIT = sa.text("""
INSERT INTO rate_limit (name, hits, ends_at) VALUES (:name, :amount, :ends_at)
ON CONFLICT (name) DO UPDATE SET
    hits = CASE WHEN rate_limit.ends_at > :now THEN rate_limit.hits ELSE 0 END + excluded.hits,
    ends_at = CASE WHEN rate_limit.ends_at > :now THEN rate_limit.ends_at ELSE excluded.ends_at END
RETURNING hits, ends_at
""")
GIVE_BACK = sa.text("""
UPDATE rate_limit SET hits = hits - 1 WHERE name = :name AND ends_at = :ends_at AND hits > 0
""")
LOOK = sa.text("SELECT hits, ends_at FROM rate_limit WHERE name = :name AND ends_at > :now")
FORGET_ENDED = sa.text("DELETE FROM rate_limit WHERE ends_at <= :now")
FORGET = sa.text("DELETE FROM rate_limit WHERE name = :name")
FORGET_ALL = sa.text("DELETE FROM rate_limit")


class Window(NamedTuple):
    """How many hits share a key until a moment, in seconds since 1970."""

    hits: int
    ends_at: float


class SqlCounts(Storage):
    """Counts that several processes share, in a table that is made when it is first missed.

    Limits protect, they are not the service: a store out of reach lets everybody pass, and says so
    in the log.
    """

    STORAGE_SCHEME = ["consultationsql"]  # noqa: RUF012 - the library asks for a list

    def __init__(self, uri: str | None = None, *, engine: Callable[[], Engine], **_: Any) -> None:
        super().__init__(uri)
        self._engine = engine
        self._swept_at = 0.0

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """What the library may wrap: nothing gets as far."""
        return FAILURES

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `amount` more hits in the window of `key`, and return how many it holds."""
        return self._ask(lambda connection: self._hit(connection, key, expiry, amount).hits, 0)

    def take(self, key: str, expiry: int) -> Window:
        """Count one more hit of `key`, and return the window that holds it, for `give_back`."""
        return self._ask(lambda connection: self._hit(connection, key, expiry), Window(0, 0))

    def give_back(self, key: str, window: Window) -> None:
        """Count one hit less in `window`, unless it has ended since."""
        hit = {"name": key, "ends_at": window.ends_at}
        self._ask(lambda connection: connection.execute(GIVE_BACK, hit).rowcount, 0)

    def incr_different(self, key: str, pair: str, expiry: int) -> int:
        """Count one more hit of `key` if the window of `pair` opens; return how many it holds."""

        def count(connection: Connection) -> int:
            if self._hit(connection, pair, expiry).hits == 1:
                return self._hit(connection, key, expiry).hits
            return self._window(connection, key)[0]

        return self._ask(count, 0)

    def _hit(self, connection: Connection, key: str, expiry: int, amount: int = 1) -> Window:
        at = now().timestamp()
        hit = {"name": key, "amount": amount, "ends_at": at + expiry, "now": at}
        window = Window(*connection.execute(HIT, hit).one())
        if abs(at - self._swept_at) >= SWEPT_EVERY:
            connection.execute(FORGET_ENDED, {"now": at})
            self._swept_at = at
        return window

    def get(self, key: str) -> int:
        """Return how many hits the window of `key` holds."""
        return self._look(key)[0]

    def get_expiry(self, key: str) -> float:
        """Return when the window of `key` ends, in seconds since 1970."""
        return self._look(key)[1]

    def check(self) -> bool:
        """Say whether the store can be reached."""
        return self._ask(lambda connection: connection.scalar(sa.text("SELECT 1")) == 1, False)

    def reset(self) -> int | None:
        """Forget every count, and return how many there were."""
        forgotten: int | None = None
        return self._ask(lambda connection: connection.execute(FORGET_ALL).rowcount, forgotten)

    def clear(self, key: str) -> None:
        """Forget the count of `key`."""
        self._ask(lambda connection: connection.execute(FORGET, {"name": key}).rowcount, 0)

    def _look(self, key: str) -> tuple[int, float]:
        return self._ask(lambda connection: self._window(connection, key), (0, now().timestamp()))

    def _window(self, connection: Connection, key: str) -> tuple[int, float]:
        at = now().timestamp()
        found = connection.execute(LOOK, {"name": key, "now": at}).one_or_none()
        return (found.hits, found.ends_at) if found else (0, at)

    def _ask(self, question: Callable[[Connection], T], otherwise: T) -> T:
        """Return the answer of the store, or `otherwise` when it gives none."""
        try:
            for _ in range(TRIES - 1):
                # A file that another process opens or closes at this moment is busy at once,
                # whatever the timeout; a table that is missing is made.
                try:
                    return self._in_transaction(question)
                except sa.exc.DBAPIError as error:
                    if _lacks_table(error):
                        self._make_table()
            return self._in_transaction(question)
        except FAILURES as error:
            log.error("rate limits out of reach", error=type(error).__name__)
            return otherwise

    def _in_transaction(self, question: Callable[[Connection], T]) -> T:
        with self._engine().begin() as connection:
            return question(connection)

    def _make_table(self) -> None:
        # After a crash PostgreSQL empties an unlogged table, which is all that counts deserve.
        kind = "UNLOGGED" if self._engine().dialect.name == "postgresql" else ""
        # PostgreSQL lets one of two processes that make a table at once fail.
        with suppress(sa.exc.DBAPIError):
            self._in_transaction(lambda it: it.exec_driver_sql(TABLE.format(kind=kind)))


def _lacks_table(error: sa.exc.DBAPIError) -> bool:
    return isinstance(error, sa.exc.ProgrammingError) or "no such table" in str(error.orig)


def file_engine(path: Path) -> Engine:
    """Return how to reach counts in a file, which need not survive and are not waited for.

    A connection is kept for a while only: to a file that was deleted it would count for itself.
    """
    where = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(where, pool_recycle=KEPT_FOR)

    @event.listens_for(engine, "connect")
    def hurry(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    return engine


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
