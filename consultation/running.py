"""Start the site: prepare it, say where it is, and keep its processes alive."""

import gc
import signal
import threading
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from consultation import create_app, migrating, preparing
from consultation.accounts import staffing
from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.jobs import worker
from consultation.mail import delivering
from consultation.web.serving import Child, listen, serve_http, supervise

DELIVERY_PAUSE = 5.0  # seconds

Say = Callable[[str], None]


def serve(overrides: Mapping[str, Any], say: Say) -> int:
    """Prepare the installation, then serve until told to end; return the exit status.

    The web processes and the worker are forked from one application, whose memory they share;
    each makes its own connections.
    """
    app = create_app({**overrides, "EXPORTS_APART": True})
    listener = listen(app.config["HOST"], app.config["PORT"])
    with app.app_context():
        _prepare(app, say)
        db.session.remove()
        db.engine.dispose()
    web = [
        Child(f"web-{number}", lambda: _web(app, listener))
        for number in range(1, app.config["WEB_PROCESSES"] + 1)
    ]
    worker_child = Child("worker", lambda: _worker(app, listener))
    _share_memory()
    return supervise([*web, worker_child], listener=listener)


def _prepare(app: Flask, say: Say) -> None:
    migrating.upgrade(db.engine)
    base_url = app.config["BASE_URL"]
    with writing(db.session()):
        prepared = preparing.prepare(db.session(), now())
        link = staffing.first_administrator_link(db.session(), base_url, now())
    if prepared.opened is not None:
        say("Les dix thèmes du suivi sont chargés et un premier tour est ouvert.")
    if not app.config["MAIL_SERVER"]:
        say(f"Sans serveur de courrier, les messages vont dans {app.config['HOME'] / 'mailbox'}.")
    say(f"Le site est ici : {base_url}/")
    if link:
        say(f"Première administration (ce lien ne sert qu'une fois) : {link}")
    say("Ctrl-C l'arrête.")


def _share_memory() -> None:
    """Keep the garbage collector from what the children share: it would copy all that it looks at.

    It then looks at the garbage of requests only, which also takes less time.
    """
    gc.collect()
    gc.freeze()


def _web(app: Flask, listener: Any) -> None:
    serve_http(
        lambda: app.wsgi_app,
        listener,
        threads=app.config["WEB_THREADS"],
        front=app.config["TRUSTED_PROXY"],
    )


def _worker(app: Flask, listener: Any) -> None:
    listener.close()  # else newcomers would wait on it while the worker ends
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    worker.work(app, stop)


def deliver(session: Session, settings: Mapping[str, Any], once: bool, say: Say) -> None:
    """Send what waits, once or again and again until interrupted."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    while True:
        count = delivering.deliver(session, settings)
        if once or count.sent or count.undeliverable:
            say(
                f"Envoyés : {count.sent}, remis à plus tard : {count.postponed},"
                f" abandonnés : {count.undeliverable}."
            )
        if once or stop.wait(DELIVERY_PAUSE):
            return
