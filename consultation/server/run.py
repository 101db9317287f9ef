"""`consultation serve`: first start, then the web and worker processes."""

import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from consultation import cores, create_app, settings
from consultation.accounts import first_link, invitations
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import connection_of, writing
from consultation.extensions import db
from consultation.i18n import LOCALES, prefix_for
from consultation.jobs import worker
from consultation.mail import displayed_states, labels
from consultation.mail.delivery import loop
from consultation.operations.backups import restore
from consultation.operations.keys import verification
from consultation.plan import seed
from consultation.plan.models import Plan
from consultation.questionnaires.models import Round
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import service
from consultation.server import memory
from consultation.server.http_server import Listener, listen, serve_http
from consultation.server.processes import Child, fork, supervise


def prepare(session: Session, at: datetime, *, is_local: bool) -> Round | None:
    """Load the shipped plan and prepare a first round, unless there is a plan; inside `writing`.

    On this machine only, the round is tried out at once: at a public address, nobody meets
    indicators that the team has not read.  Of several servers that start at once, one does it.
    Return the new round, or None.
    """
    upgrade.lock_preparation(connection_of(session))
    is_empty = not session.scalar(sa.select(sa.func.count()).select_from(Plan))
    if not is_empty:
        return None
    seed.load_shipped(session, at)
    if not is_local:
        return service.prepare_first(session, at)
    tried = service.start_trial(session, at)
    publish.publish_outline(session, tried, at)
    return tried


DELIVERY_PAUSE = 5.0  # seconds
PREPARATION_PAUSE = 1.0  # seconds
WORKER_NICENESS = 5
"""Visitors go first: at full load they get a quarter more answers, while mail goes on leaving.

With more, a worker that holds the write lock may wait for the processor, and they for it.
"""
PARTS = ("web", "worker")
FOLLOWING = (
    "/recu/", "/contributions/", "/courriel/", "/connexion", "/organisation", "/moderation",
    "/administration",
)  # fmt: skip
"""Pages of visitors in the middle of something: receipt, space, staff pages."""
LARGE = ("/plan", "/bilan", "/document", "/organisation", "/moderation", "/administration")
"""Pages of the whole plan, or of a whole round: of 5 to 25 MB each while they are made."""
WAITING = (".pdf", ".docx", ".odt", ".html", ".zip", ".png")
"""Files that wait for their turn, or for another program, and would keep large pages waiting."""


def _in_all_languages(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(prefix_for(locale) + path for locale in LOCALES for path in paths)


_ALL_LARGE = _in_all_languages(LARGE)
Say = Callable[[str], None]


def serve(overrides: Mapping[str, Any], say: Say, *, only: str | None = None) -> int:
    """Prepare the installation, then serve until TERM; return the exit status.

    The web processes and the worker are forked from one application and share its memory; each
    opens its own connections.  With `only` one of `PARTS`, the other part runs elsewhere; the web
    part prepares.
    """
    memory.bound_heap()
    app = create_app({**overrides, "EXPORTS_IN_SUBPROCESS": True})
    if only == "worker":
        return supervise([Child("worker", lambda: _patient_worker(app))])
    with closing(listen(app.config["HOST"], app.config["PORT"])) as listener:
        with _connections_closed(app):
            with app.app_context():
                _prepare(app, say)
            memory.rehearse(app)
        web = [
            Child(f"web-{number + 1}", partial(_web, app, listener, number))
            for number in range(app.config["WEB_PROCESSES"])
        ]
        if only is None:
            web.append(Child("worker", lambda: _patient_worker(app, listener)))
        memory.share()
        return supervise(web, listener=listener)


@contextmanager
def _connections_closed(app: Flask) -> Iterator[None]:
    """Close all connections at the end: forked processes must not share one."""
    try:
        yield
    finally:
        with app.app_context():
            db.engine.dispose()


def _migrate(engine: sa.Engine) -> None:
    """Run the pending migrations in a process that ends, and takes Alembic with it.

    What fails there leaves the schema unchanged, and fails here again, where it can be reported.
    """
    if upgrade.pending_count(engine):
        engine.dispose()
        os.waitpid(fork(Child("migration", lambda: _try_to_upgrade(engine))), 0)
    upgrade.upgrade(engine)


def _try_to_upgrade(engine: sa.Engine) -> None:
    with suppress(Exception):
        upgrade.upgrade(engine)


def _prepare(app: Flask, say: Say) -> None:
    _migrate(db.engine)
    restore.finish_if_cut_short(db.session(), app.config["HOME"], now())
    base_url = app.config["BASE_URL"]
    with writing(db.session()):
        verification.verify_keys(db.session(), app.config["KEYS_DIR"], now())
        displayed_states.mark_kept_mails(db.session(), app.config)
        first = prepare(db.session(), now(), is_local=settings.is_local(base_url))
        link = invitations.first_administrator_link(db.session(), base_url, now())
    if first is not None:
        says = "s'essaie sur cette machine" if first.is_trial else "est en préparation"
        say(f"Les dix thèmes du suivi sont chargés et un premier tour {says}.")
    if not app.config["MAIL_SERVER"]:
        say(f"Sans serveur de courrier, les messages vont dans {app.config['HOME'] / 'mailbox'}.")
    say(f"Le site est ici : {base_url}/")
    if sentence := first_link.hand_over(link, app.config["HOME"]):
        say(sentence)
    say("Ctrl-C l'arrête.")


def _web(app: Flask, listener: Any, number: int) -> None:
    cores.keep_to_share(number, app.config["WEB_PROCESSES"])
    serve_http(
        lambda: app.wsgi_app,
        listener,
        threads=app.config["WEB_THREADS"],
        trusted_proxy=app.config["TRUSTED_PROXY"] or None,
        following=_in_all_languages(FOLLOWING),
        is_large=is_large,
        after_large=memory.Heap().settle,
    )


def is_large(path: str) -> bool:
    """Return whether a page takes so much memory that a process makes one at a time."""
    return path.startswith(_ALL_LARGE) and not path.endswith(WAITING)


def _patient_worker(app: Flask, listener: Listener | None = None) -> None:
    os.nice(WORKER_NICENESS)
    _worker(app, listener)


def _worker(app: Flask, listener: Listener | None = None) -> None:
    if listener is not None:
        listener.close()  # else new visitors would wait on it while the worker stops
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while not stop.is_set() and not _is_prepared(app):
        stop.wait(PREPARATION_PAUSE)
    if stop.is_set():
        return
    with app.app_context():
        restore.finish_if_cut_short(db.session(), app.config["HOME"], now())
        with writing(db.session()):
            verification.verify_keys(db.session(), app.config["KEYS_DIR"], now())
    worker.work(app, stop)


def _is_prepared(app: Flask) -> bool:
    """Return whether the schema is current: the web part upgrades it."""
    with app.app_context():
        return upgrade.is_current(db.engine)


def deliver(session: Session, settings: Mapping[str, Any], once: bool, say: Say) -> None:
    """Send due mails, once or repeatedly until TERM."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while True:
        count = loop.deliver(session, settings, stop.is_set)
        if once or count.sent or count.undeliverable:
            say(
                f"{labels.sent_label(settings)} : {count.sent}, remis à plus tard :"
                f" {count.postponed}, abandonnés : {count.undeliverable}."
            )
        if once or stop.wait(DELIVERY_PAUSE):
            return
