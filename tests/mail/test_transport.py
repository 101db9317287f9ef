"""Transports: SMTP with a verified certificate, and a maildir without a server."""

import socket
import stat
import time
from dataclasses import replace

import pytest
import time_machine
import trustme

from consultation.mail import rendering
from consultation.mail.models import MessageStatus
from consultation.mail.transport import (
    Mailbox,
    NotNow,
    Refused,
    SmtpTransport,
    mailbox_of,
    open_transport,
    safe_mail,
)
from consultation.responses.submission.acknowledgement import KIND
from tests.mail.builders import (
    ADDRESS,
    START,
    deliver,
    enqueue,
    enqueue_alone,
    make_acknowledgement,
    messages,
    minutes,
)
from tests.mail.smtp_server import Dripping, Slow, SmtpSink


@pytest.fixture
def sink_of(tmp_path, certificate_authority):
    """Start a server with the TLS of one's choice."""
    started = []

    def start(tls="starttls", authority=certificate_authority):
        started.append(SmtpSink(tmp_path, authority, tls=tls))
        return started[-1]

    yield start
    for sink in started:
        sink.stop()


SENDER = "contre.la.traite@secours-catholique.org"


def use(app, sink, **changes):
    """Let the application send to `sink`."""
    app.config.update(sink.settings | changes)
    safe_mail.init_app(app)


def a_mail(app, recipient="jeanne@exemple.fr"):
    letter = rendering.render(KIND, "fr", [make_acknowledgement()], ADDRESS)
    return rendering.compose(
        letter,
        sender=app.config["MAIL_SENDER"],
        recipient=recipient,
        message_id="<essai@secours-catholique.org>",
        at=START,
    )


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_verified_server_takes_the_mail(session, app, sink_of, tls):
    sink = sink_of(tls)
    use(app, sink)
    enqueue_alone(session)

    count = deliver(session, app)

    assert count == (1, 0, 0)
    assert len(sink.mails) == 1


@pytest.mark.parametrize("tls", ["starttls", "ssl"])
def test_certificate_of_an_unknown_authority_is_refused(session, app, sink_of, tls):
    sink = sink_of(tls, trustme.CA())
    use(app, sink, MAIL_CAFILE="")
    enqueue_alone(session)

    count = deliver(session, app)

    (message,) = messages(session)
    assert count == (0, 1, 0)
    assert (message.status, message.last_error) == (MessageStatus.RETRYING, "tls")
    assert sink.offered == []


def test_certificate_of_another_name_is_refused(session, app, sink_of):
    sink = sink_of()
    use(app, sink, MAIL_SERVER="localhost.localdomain")
    enqueue_alone(session)
    resolves = socket.getaddrinfo

    def to_loopback(host, *others, **named):
        return resolves("127.0.0.1" if host == "localhost.localdomain" else host, *others, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", to_loopback)
        deliver(session, app)

    assert messages(session)[0].last_error == "tls"
    assert sink.offered == []


def test_server_without_tls_gets_nothing(session, app, sink_of):
    sink = sink_of("none")
    use(app, sink)
    enqueue_alone(session)

    deliver(session, app)

    (message,) = messages(session)
    assert (message.status, message.last_error) == (MessageStatus.RETRYING, "not_supported")
    assert sink.offered == []


def test_unreadable_authority_trusts_nobody(session, app, sink_of):
    sink = sink_of()
    use(app, sink, MAIL_CAFILE="/nowhere/authority.pem")
    enqueue_alone(session)

    deliver(session, app)

    assert messages(session)[0].last_error == "tls"


def test_account_of_the_settings_is_used(session, app, sink_of):
    sink = sink_of()
    use(app, sink, MAIL_USERNAME="site", MAIL_PASSWORD="secret")
    enqueue_alone(session)

    count = deliver(session, app)

    assert count == (1, 0, 0)


def test_machine_presents_itself_as_the_site(app, sink_of):
    sink = sink_of()
    use(app, sink)

    with open_transport(app.config) as line:
        line.send(a_mail(app), SENDER)

    assert sink.greeted_as == {"consultation.example"}


def test_mail_with_a_second_recipient_is_not_sent(app, sink_of):
    sink = sink_of()
    use(app, sink)
    mail = replace(a_mail(app), recipient="jeanne@exemple.fr, paul@exemple.fr")

    with open_transport(app.config) as line, pytest.raises(Refused, match="unsendable"):
        line.send(mail, SENDER)

    assert sink.offered == []


TIMEOUT = 0.15
WHOLE_DRIP = 200 * TIMEOUT / 3
"""Seconds that the answer of a dripping server would take, character by character."""
HANDSHAKE = b"\x16\x03\x03\x40\x00"  # the head of a TLS record of sixteen kilobytes


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("first", "byte", "is_ssl"), [(b"220-", b"a", False), (HANDSHAKE, b"\x00", True)]
)
def test_dripping_server_is_left_in_time(session, app, first, byte, is_ssl):
    enqueue_alone(session)
    dripping = Dripping(first, byte, TIMEOUT / 3)
    app.config.update(
        MAIL_SERVER="127.0.0.1", MAIL_PORT=dripping.port, MAIL_TIMEOUT=TIMEOUT,
        MAIL_USE_SSL=is_ssl, MAIL_USE_TLS=not is_ssl,
    )  # fmt: skip
    safe_mail.init_app(app)

    began = time.monotonic()
    count = deliver(session, app)
    took = time.monotonic() - began
    dripping.stop()

    (message,) = messages(session)
    assert count == (0, 1, 0)
    assert (message.status, message.last_error) == (MessageStatus.RETRYING, "timeout")
    assert TIMEOUT < took < WHOLE_DRIP / 2


@pytest.mark.parametrize(
    ("verb", "tls"), [("EHLO", "starttls"), ("DATA", "starttls"), ("DATA", "none")]
)
def test_mail_whose_server_drips_is_cut_in_time_and_repeated_unchanged(
    session, app, sink_of, verb, tls
):
    sink = sink_of(tls)
    use(app, sink, MAIL_TIMEOUT=TIMEOUT, MAIL_USE_TLS=tls == "starttls")
    enqueue_alone(session)
    sink.answers(verb, Slow("250 " + "é" * 200, TIMEOUT / 3))

    with time_machine.travel(START, tick=False) as clock:
        began = time.monotonic()
        first = deliver(session, app)
        took = time.monotonic() - began
        message_id = messages(session)[0].delivery.message_id
        left = messages(session)[0].last_error
        clock.shift(minutes(2))
        use(
            app, sink, MAIL_TIMEOUT=20, MAIL_USE_TLS=tls == "starttls"
        )  # the usual patience: this machine may be busy
        second = deliver(session, app)

    assert (first, left, second) == ((0, 1, 0), "timeout", (1, 0, 0))
    assert TIMEOUT < took < WHOLE_DRIP / 2
    assert {mail.message_id for mail in sink.offered} == {message_id}
    assert len({mail.content for mail in sink.offered}) == 1


def test_broken_connection_is_opened_again(app, sink_of):
    sink = sink_of()
    use(app, sink)
    line = SmtpTransport(30)
    line.send(a_mail(app), SENDER)
    line._host.sock.shutdown(socket.SHUT_RDWR)

    line.send(a_mail(app), SENDER)
    line.close()

    assert len(sink.mails) == 2


def test_closing_a_line_never_fails(app, sink_of):
    sink = sink_of()
    use(app, sink)
    line = SmtpTransport(30)
    line.close()
    line.send(a_mail(app), SENDER)
    line._host.sock.shutdown(socket.SHUT_RDWR)

    line.close()

    assert len(sink.mails) == 1


def test_without_a_server_mails_stay_in_a_maildir_that_others_cannot_read(session, app):
    enqueue(session, "CODE-1")

    count = deliver(session, app)

    folder = app.config["HOME"] / "mailbox"
    assert count == (1, 0, 0)
    assert len(list((folder / "new").iterdir())) == 1
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert messages(session)[0].status is MessageStatus.SENT


def test_mail_of_the_maildir_reads_as_it_was_written(app):
    box = mailbox_of(app.config)

    for recipient in ("jeanne@exemple.fr", "élise@exemple.fr"):
        box.send(a_mail(app, recipient), SENDER)

    newest, oldest = (box.get(key) for key in box.names())
    assert (newest["To"], oldest["To"]) == ("élise@exemple.fr", "jeanne@exemple.fr")
    assert oldest.get_body(("plain",)).get_content().startswith("Bonjour,\n")
    assert str(oldest["From"]) == f"{rendering.COLLECTIVE} <{SENDER}>"


def test_missing_mailbox_is_empty(tmp_path):
    box = Mailbox(tmp_path / "mailbox")

    assert box.names() == []
    assert box.get("../../etc/passwd") is None


def test_unwritable_folder_puts_the_mail_off(app, tmp_path):
    (tmp_path / "mailbox").write_text("not a folder")

    with pytest.raises(NotNow) as refusal:
        Mailbox(tmp_path / "mailbox").send(a_mail(app), SENDER)

    assert (refusal.value.reason, refusal.value.stop) == ("mailbox", True)
