"""What the outbox costs beside smtplib alone: `python -m tests.benchmarks.sending [MAILS]`.

The same mails, one server in its own process.
"""

import json
import smtplib
import ssl
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path

import sqlalchemy as sa
import trustme

from consultation import create_app
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.extensions import db
from consultation.mail import addresses, outbox, rendering
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses.submission.acknowledgement import KIND
from tests.benchmarks.sizes import sized
from tests.mail.builders import make_acknowledgement
from tests.mail.smtp_server import HANG, SmtpSink

TOP = Path(__file__).parents[2]
MESSAGES = sized(5000, 20)
WORKERS = 2
SENDER = "contre.la.traite@secours-catholique.org"


def main(messages=MESSAGES):
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        sink = start_sink(home)
        settings = json.loads(sink.stdout.readline())
        app = create_app(
            settings
            | {
                "HOME": str(home / "home"),
                "DATABASE_URL": f"sqlite:///{home / 'db.sqlite'}",
                "BASE_URL": "https://consultation.example",
                "MAIL_HOURLY_CAP": 0,
            }
        )
        with app.app_context():
            upgrade.upgrade(db.engine)
            alone = by_smtplib(app, settings, messages)
            ours = {count: by_workers(app, home, messages, count) for count in (1, WORKERS)}
            db.session.remove()
            db.engine.dispose()
        sink.stdin.close()
        print_table(alone, ours, messages, Counter(sink.stdout.read().split()))
        sink.wait(30)


def print_table(alone, ours, messages, arrived):
    print(f"sending {messages} acknowledgements to one server on this machine")
    ready, composed = alone
    print(f"  smtplib, ready bytes      {ready:.0f} mails/s")
    print(f"  smtplib, composing each   {composed:.0f} mails/s")
    for count, rate in ours.items():
        ratios = f"{rate / ready:.2f} of ready bytes, {rate / composed:.2f} of composing each"
        print(f"  {count} worker(s), outbox       {rate:.0f} mails/s, {ratios}")
    expected = messages * (2 + len(ours))
    print(f"  mails that arrived        {sum(arrived.values())} of {expected}")
    print(f"  arrived more than once    {sum(1 for times in arrived.values() if times > 1)}")


def by_smtplib(app, settings, messages):
    """Mails a second of smtplib on one connection: of ready bytes, and of mails it composes.

    What is composed are the letters that the outbox sends, rendered before, as the standard
    library alone makes mails of them.
    """
    ready = [one_mail(app, number).content for number in range(messages)]
    letter = rendering.render(KIND, "fr", [make_acknowledgement("CODE-1")], "a@exemple.fr")
    return (
        _rate(app, settings, messages, lambda host, to, n: host.sendmail(SENDER, [to], ready[n])),
        _rate(app, settings, messages, lambda host, to, n: host.send_message(plain(letter, to, n))),
    )


def _rate(app, settings, messages, send):
    began = time.monotonic()
    with connected(settings) as host:
        for number in range(messages):
            send(host, f"personne{number}@exemple.fr", number)
    return messages / (time.monotonic() - began)


@contextmanager
def connected(settings):
    """A connection of smtplib to the server, encrypted."""
    with smtplib.SMTP("127.0.0.1", settings["MAIL_PORT"], timeout=20) as host:
        host.starttls(context=ssl.create_default_context(cafile=settings["MAIL_CAFILE"]))
        yield host


def plain(letter, recipient, number):
    """The same letter as the standard library composes it."""
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = Address(rendering.COLLECTIVE, addr_spec=SENDER)
    mail["To"] = recipient
    mail["Subject"] = letter.subject
    mail["Date"] = now()
    mail["Message-ID"] = f"<plain{number}@secours-catholique.org>"
    mail.set_content(letter.text, cte="quoted-printable")
    mail.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return mail


def one_mail(app, number):
    address = f"personne{number}@exemple.fr"
    return rendering.compose(
        rendering.render(KIND, "fr", [make_acknowledgement(f"CODE-{number}")], address),
        sender=app.config["MAIL_SENDER"],
        recipient=address,
        message_id=f"<alone{number}@secours-catholique.org>",
        at=now(),
    )


def by_workers(app, home, messages, count):
    """Mails a second of so many worker processes, from the outbox to the last mark."""
    enqueue_mails(messages, f"{count}-")
    told = {key: str(value) for key, value in app.config.items() if key in ("HOME", "DATABASE_URL")}
    told |= {key: app.config[key] for key in app.config if key.startswith("MAIL_")}
    told |= {"BASE_URL": app.config["BASE_URL"]}
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.mail.worker", json.dumps(told)],
            cwd=TOP,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for _ in range(count)
    ]
    for worker in workers:
        worker.stdout.readline()
    began = time.monotonic()
    for worker in workers:
        worker.stdin.write("\n")
        worker.stdin.flush()
    for worker in workers:
        worker.wait()
    elapsed = time.monotonic() - began
    with app.app_context():
        left = db.session.scalar(
            sa.select(sa.func.count()).where(OutboxMessage.status != MessageStatus.SENT)
        )
        assert not left, left
    return messages / elapsed


def enqueue_mails(messages, prefix):
    at = now() - timedelta(minutes=1)
    with writing(db.session()):
        for number in range(messages):
            message = outbox.prepare(
                db.session(),
                KIND,
                dedup_key=f"acknowledgement:{prefix}{number}",
                recipient=addresses.Address.of(f"personne{prefix}{number}@exemple.fr"),
                locale="fr",
                parameters=make_acknowledgement(f"CODE-{number}"),
                at=at,
            )
            outbox.enqueue_gathered(db.session(), message, outbox.Caps(3))


def start_sink(home, hangs_at=""):
    return subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.sending", "sink", str(home), hangs_at],
        cwd=TOP,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def serve(folder, hangs_at):
    """Be the server until the standard input ends, then say which mails came."""
    sink = SmtpSink(Path(folder), trustme.CA())
    if hangs_at:
        sink.always(hangs_at, HANG)
    print(json.dumps(sink.settings), flush=True)
    sys.stdin.read()
    print("\n".join(mail.message_id for mail in sink.mails), flush=True)
    sink.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["sink"]:
        serve(*sys.argv[2:])
    else:
        main(*map(int, sys.argv[1:]))
