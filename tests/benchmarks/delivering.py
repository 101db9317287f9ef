"""What one acknowledgement costs the worker: `python -m tests.benchmarks.delivering [MAILS]`.

Processor and statements, by share.  In this process, so that its processor time is that of the
delivery loop alone; the mail server has its own.  Beside it, in the same run, the same server takes
the same bytes from smtplib alone.
"""

import json
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, redirect_stderr
from pathlib import Path
from unittest import mock

import sqlalchemy as sa
from sqlalchemy import event

from consultation import create_app
from consultation.db import upgrade
from consultation.extensions import db
from consultation.mail import transport
from consultation.mail.delivery import claim, loop
from consultation.mail.models import MessageStatus, OutboxMessage
from tests.benchmarks import sending
from tests.benchmarks.sizes import sized

MAILS, ROUNDS = sized((200, 5), (10, 2))
SHARES = {
    "claim": (claim, "claim_due"),
    "letter and mail": (loop, "compose_mail"),
    "smtp": (transport.SmtpTransport, "send"),
    "maildir": (transport.Mailbox, "send"),
    "mark": (loop, "write"),
}


def main(mails=MAILS, rounds=ROUNDS):
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        sink = sending.start_sink(home)
        settings = json.loads(sink.stdout.readline())
        for name, way in {"mail server": settings, "mailbox folder": {}}.items():
            app = create_app(
                way
                | {
                    "HOME": str(home / name),
                    "DATABASE_URL": f"sqlite:///{home / name}.sqlite",
                    "BASE_URL": "https://consultation.example",
                    "MAIL_HOURLY_CAP": 0,
                }
            )
            with app.app_context():
                upgrade.upgrade(db.engine)
                with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
                    costs = [deliver(app, mails, f"{number}-") for number in range(rounds)]
                ready = spent_by_smtplib(app, settings, mails) if way else None
                db.session.remove()
                db.engine.dispose()
            print_table(name, mails, min(costs, key=lambda cost: cost[0]), ready)
        sink.stdin.close()
        sink.stdout.read()
        sink.wait(30)


def deliver(app, mails, prefix):
    """Deliver so many; return seconds of processor, those of each share, and statements."""
    sending.enqueue_mails(mails, prefix)
    shares, statements = Counter(), Counter()

    def note(_connection, _cursor, statement, *_rest):
        statements[statement.split()[0]] += 1

    with ExitStack() as stack:
        for name, (owner, attribute) in SHARES.items():
            timed = counted(getattr(owner, attribute), name, shares)
            stack.enter_context(mock.patch.object(owner, attribute, timed))
        event.listen(db.engine, "before_cursor_execute", note)
        began = time.process_time()
        loop.deliver(db.session(), app.config)
        spent = time.process_time() - began
        event.remove(db.engine, "before_cursor_execute", note)
    waiting = sa.select(sa.func.count()).where(OutboxMessage.status != MessageStatus.SENT)
    assert not db.session.scalar(waiting)
    return spent, shares, statements


def counted(call, name, shares):
    """Wrap `call` to add its processor time to a share."""

    def timed(*args, **kwargs):
        began = time.process_time()
        try:
            return call(*args, **kwargs)
        finally:
            shares[name] += time.process_time() - began

    return timed


def spent_by_smtplib(app, settings, mails):
    """Seconds of processor in which smtplib alone sends as many ready mails."""
    ready = [sending.one_mail(app, number).content for number in range(mails)]
    with sending.connected(settings) as host:
        began = time.process_time()
        for number, mail in enumerate(ready):
            host.sendmail(sending.SENDER, [f"personne{number}@exemple.fr"], mail)
        return time.process_time() - began


def print_table(name, mails, cost, ready):
    spent, shares, statements = cost
    each = f"{spent / mails * 1000:.2f} ms, {statements.total() / mails:.2f} statements a mail"
    print(f"delivering {mails} acknowledgements, {name}: {each}")
    for share, seconds in shares.items():
        print(f"  {share:18} {seconds / mails * 1000:.3f} ms")
    print(f"  {'begin, commit, rest':18} {(spent - shares.total()) / mails * 1000:.3f} ms")
    if ready:
        alone = f"{ready / mails * 1000:.3f} ms, ratio {spent / ready:.1f}"
        print(f"  smtplib, ready bytes {alone}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
