"""Rate limits shared by all web processes: keys, counts, limited views."""

import ipaddress
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial, wraps
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
import structlog
from flask import Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.schema import CreateTable
from werkzeug.exceptions import HTTPException

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.statements import Statement
from consultation.extensions import db

log = structlog.get_logger()
T = TypeVar("T")

BUSY_TIMEOUT_MS = 1000
TRIES = 3
KEPT_FOR = 60  # seconds
SWEPT_EVERY = 60.0  # seconds between two deletions of ended windows by one process
FAILURES = (sa.exc.SQLAlchemyError, sqlite3.Error)


def _table(*prefixes: str) -> sa.Table:
    return sa.Table(
        "rate_limit",
        sa.MetaData(),
        sa.Column("name", sa.String(200), primary_key=True),
        sa.Column("hits", sa.Integer, nullable=False),
        sa.Column("ends_at", sa.Double, nullable=False),
        prefixes=list(prefixes),
    )


TABLE = _table()
_COUNT = TABLE.c
_IS_OF_KEY = _COUNT.name == sa.bindparam("key")
_LASTS = _COUNT.ends_at > sa.bindparam("now")


def _hit(dialect: str) -> sa.ClauseElement:
    insert: Any = (sqlite if dialect == "sqlite" else postgresql).insert(TABLE)
    added = insert.excluded
    hit: sa.ClauseElement = insert.on_conflict_do_update(
        index_elements=[_COUNT.name],
        set_={
            "hits": sa.case((_LASTS, _COUNT.hits), else_=0) + added.hits,
            "ends_at": sa.case((_LASTS, _COUNT.ends_at), else_=added.ends_at),
        },
    ).returning(_COUNT.hits, _COUNT.ends_at)
    return hit


HIT = Statement(_hit, ("name", "hits", "ends_at"))
LOOK = sa.select(_COUNT.hits).where(_IS_OF_KEY, _LASTS)
GIVE_BACK = (
    sa.update(TABLE)
    .where(_IS_OF_KEY, _COUNT.ends_at == sa.bindparam("end"), _COUNT.hits > 0)
    .values(hits=_COUNT.hits - 1)
)
FORGET_ENDED = sa.delete(TABLE).where(~_LASTS)


class Window(NamedTuple):
    """Number of hits of a key, in a window that ends at `ends_at`, in seconds since 1970."""

    hits: int
    ends_at: float


class Counts:
    """Counts of posts in a table of their own, which is created at the first.

    Fails open: while the table is unreachable, requests pass and an error is logged.
    """

    def __init__(self, engine: Callable[[], Engine], *, enabled: bool = True) -> None:
        self.engine, self.enabled = engine, enabled
        self._swept_at = 0.0

    def take(self, key: str, seconds: int, amount: int = 1) -> Window:
        """Add `amount` hits to the window of `key`; return the window, for `give_back`."""
        return self.query(lambda it: self.hit(it, key, seconds, amount), Window(0, 0))

    def give_back(self, key: str, window: Window) -> None:
        """Take a hit back from `window`, unless it has ended since."""
        hit = {"key": key, "end": window.ends_at}
        self.query(lambda connection: connection.execute(GIVE_BACK, hit).rowcount, 0)

    def look(self, key: str) -> int:
        parameters = {"key": key, "now": now().timestamp()}
        return self.query(lambda connection: connection.scalar(LOOK, parameters) or 0, 0)

    def hit(self, connection: Connection, key: str, seconds: int, amount: int = 1) -> Window:
        """Add `amount` hits to the window of `key`, within a transaction; return the window."""
        at = now().timestamp()
        hit = {"name": key, "hits": amount, "ends_at": at + seconds, "now": at}
        window = Window(*HIT.rows(connection, hit)[0])
        if abs(at - self._swept_at) >= SWEPT_EVERY:
            connection.execute(FORGET_ENDED, {"now": at})
            self._swept_at = at
        return window

    def query(self, question: Callable[[Connection], T], otherwise: T) -> T:
        """Return the result of a query, or `otherwise` while the storage is unreachable."""
        try:
            for _ in range(TRIES - 1):
                # SQLite reports a file that another process is opening or closing as busy at
                # once, whatever the timeout.
                try:
                    return self._in_transaction(question)
                except sa.exc.DBAPIError as error:
                    if _lacks_table(error):
                        self._create_table()
            return self._in_transaction(question)
        except FAILURES as error:
            log.error("rate limits out of reach", error=type(error).__name__)
            return otherwise

    def _in_transaction(self, question: Callable[[Connection], T]) -> T:
        with self.engine().begin() as connection:
            return question(connection)

    def _create_table(self) -> None:
        # PostgreSQL empties an unlogged table after a crash: counts are not worth the log.
        table = _table("UNLOGGED") if self.engine().dialect.name == "postgresql" else TABLE
        # On PostgreSQL one of two processes that create a table at the same time fails.
        with suppress(sa.exc.DBAPIError):
            self._in_transaction(partial(_create, table))


def _create(table: sa.Table, connection: Connection) -> None:
    if connection.dialect.name == "postgresql":  # nor worth waiting for a standby
        connection.exec_driver_sql("SET LOCAL synchronous_commit = local")
    connection.execute(CreateTable(table, if_not_exists=True))


def _lacks_table(error: sa.exc.DBAPIError) -> bool:
    return isinstance(error, sa.exc.ProgrammingError) or "no such table" in str(error.orig)


def file_engine(path: Path) -> Engine:
    """Return the engine of a SQLite file of counts, without syncs and with a short timeout.

    Connections are recycled: one to a file that was deleted would count for itself.
    """
    where = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(where, pool_recycle=KEPT_FOR)

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    return engine


@dataclass(frozen=True)
class Limit:
    """Limit of posts with the same key: so many `times` in so many `seconds`.

    Every post counts before the view runs, so that simultaneous posts can't exceed the limit.
    Without `counted` each view counts for itself.  With it, the views whose limits have the same
    key count together, and the count is given back for responses that `counted` refuses.
    """

    times: int
    seconds: int
    key: Callable[[], str]
    counted: Callable[[Response], bool] | None = None


def by_source() -> str:
    """Return a key for the network of the request, from which no address can be recovered."""
    return key_of("source", _network(request.remote_addr or ""))


def key_of(purpose: str, value: str) -> str:
    """Return a keyed hash of `value`, which changes every day."""
    return keyring.blind_index(f"limit {purpose}", f"{now():%Y-%m-%d} {value}")


class Tally:
    """Counts of the place of a request, all within one transaction of their store."""

    def __init__(self, store: Counts, connection: Connection) -> None:
        self._store, self._connection = store, connection
        self._place = _network(request.remote_addr or "", PLACE)

    def count(self, purpose: str, *, seconds: int, amount: int = 1) -> int:
        """Add `amount` to a count of the place; return it."""
        return self._hit(key_of(purpose, self._place), seconds, amount)

    def count_different(self, purpose: str, what: str, *, seconds: int) -> int:
        """Return how many different `what` came from the place in `seconds`."""
        pair, key = key_of(f"{purpose} pair", f"{self._place} {what}"), key_of(purpose, self._place)
        is_new = self._hit(pair, seconds) == 1
        return self._hit(key, seconds, int(is_new))

    def count_same(self, purpose: str, what: str, *, seconds: int) -> int:
        """Return how often `what` came from the place."""
        return self._hit(_pair_key(purpose, what), seconds)

    def _hit(self, key: str, seconds: int, amount: int = 1) -> int:
        return self._store.hit(self._connection, key, seconds, amount).hits


def tally(ask: Callable[[Tally], T], otherwise: T) -> T:
    """Return the counts that `ask` reads; `otherwise` where limits are off or out of reach.

    `ask` may run again after an error of the store, whose counts were rolled back.
    """
    store = _store()
    if store is None:
        return otherwise
    return store.query(lambda connection: ask(Tally(store, connection)), otherwise)


def times_same(purpose: str, what: str) -> int:
    """Return how often `what` came from the place of the request; 0 where limits are off."""
    store = _store()
    return store.look(_pair_key(purpose, what)) if store else 0


def _pair_key(purpose: str, what: str) -> str:
    place = _network(request.remote_addr or "", PLACE)
    return keyring.blind_index(f"limit {purpose} pair", f"{place} {what}")


def _store() -> Counts | None:
    counts: Counts = current_app.extensions["throttle"]
    return counts if counts.enabled else None


SUBSCRIBER = (32, 64)
PLACE = (24, 56)
"""Prefix lengths, in IPv4 and in IPv6, of the network of a subscriber and of a place."""


def _network(address: str, bits: tuple[int, int] = SUBSCRIBER) -> str:
    """Return the network of `address` by prefix length; an unreadable address as it is."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ipaddress.ip_network((parsed, bits[parsed.version == 6]), strict=False))


def throttle(app: Flask, endpoint: str, *limits: Limit) -> None:
    """Limit the posts of a registered view, which answers 429 beyond; the first counts first."""
    view: Any = app.view_functions[endpoint]
    for limit in reversed(limits):
        view = _with_limit(limit, endpoint, view)
    app.view_functions[endpoint] = view


def _with_limit(
    limit: Limit, endpoint: str, view: Callable[..., ResponseReturnValue]
) -> Callable[..., ResponseReturnValue]:
    """Wrap a view in a limit, and give back the count of responses that are not counted.

    The count stays where the view fails: it may have checked a guess before.
    """

    @wraps(view)
    def counting(**values: Any) -> ResponseReturnValue:
        store = _store()
        if store is None or request.method != "POST":
            return view(**values)
        key = limit.key() if limit.counted else f"{endpoint} {limit.key()}"
        window = store.take(key, limit.seconds)
        try:
            if window.hits > limit.times:
                abort(429)
            answer = current_app.make_response(view(**values))
        except HTTPException:
            if limit.counted:
                store.give_back(key, window)
            raise
        if limit.counted and not limit.counted(answer):
            store.give_back(key, window)
        return answer

    return counting


def _engine_of(app: Flask) -> Callable[[], Engine]:
    """Return the engine of the counts: a file of their own beside SQLite, else the database."""
    if not app.config["DATABASE_URL"].startswith("sqlite"):
        return lambda: db.engine
    engine = file_engine(app.config["HOME"] / "limits.sqlite")
    return lambda: engine


def register(app: Flask) -> None:
    """Give `app` its counts; `RATE_LIMITS` switches every limit off."""
    app.extensions["throttle"] = Counts(_engine_of(app), enabled=bool(app.config["RATE_LIMITS"]))
