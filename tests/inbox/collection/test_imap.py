"""Mail is collected from a real server: once, without a trace there, whatever breaks on the way."""

import pytest
import sqlalchemy as sa
import trustme
from structlog.testing import capture_logs

from consultation.clock import now
from consultation.inbox import queries
from consultation.inbox.collection import collector
from consultation.inbox.collection.causes import Cause, NotCollected
from consultation.inbox.models import CollectedFolder, State
from tests.inbox.builders import make_mail, messages
from tests.inbox.dovecot import Box

UNTOUCHED = ("\\Recent",)
"""The marks of a message in a folder that nobody has opened but to look."""


@pytest.fixture
def collect(app, session, box):
    """Collect from the mailbox of this test, with some settings changed; return the tally."""

    def run(report=lambda line: None, **changed):
        settings = {**app.config, **box.settings, **changed}
        return collector.collect(session, settings, report=report)

    return run


def subjects(session):
    return [message.subject for message in messages(session)]


def test_what_is_new_is_stored_and_nothing_changes_on_the_server(collect, session, box):
    box.add(make_mail(subject="Première idée"), make_mail(subject="Deuxième idée"))

    first, again = collect(), collect()
    box.add(make_mail(subject="Troisième idée"))
    later = collect()

    assert [(tally.new, tally.known) for tally in (first, again, later)] == [(2, 0), (0, 0), (1, 0)]
    assert subjects(session) == ["Première idée", "Deuxième idée", "Troisième idée"]
    assert box.marks() == [UNTOUCHED] * 3


def test_starttls_serves_as_well(collect, session, box):
    box.add(make_mail(subject="Chiffré"))

    collect(IMAP_USE_SSL=False, IMAP_PORT=box.server.starttls)

    assert subjects(session) == ["Chiffré"]


def test_messages_that_a_server_numbers_anew_are_known_and_not_fetched_again(
    session, dovecot, app, wire
):
    box = Box(dovecot, "Consultation")
    mails = [make_mail("Une ligne.\n" * 9000, subject=f"Idée {number}") for number in range(3)]
    box.add(*mails)
    settings = {**app.config, **box.settings, "IMAP_PORT": wire.port}
    collector.collect(session, settings, report=lambda line: None)
    passed = wire.passed

    box.create_anew()
    box.add(*mails, make_mail(subject="Nouvelle"))
    tally = collector.collect(session, settings, report=lambda line: None)

    assert (tally.new, tally.known) == (1, 3)
    assert wire.passed - passed < 90_000 < passed
    assert subjects(session) == ["Idée 0", "Idée 1", "Idée 2", "Nouvelle"]


def test_dropped_connection_goes_on_where_it_was(collect, session, box, wire):
    long = "Une ligne de texte qui se répète, sans plus.\n" * 3000
    box.add(*(make_mail(long, subject=f"Idée {number}") for number in range(5)))

    wire.cut_after = 250_000
    causes = []
    while len(causes) < 20:
        try:
            collect(IMAP_PORT=wire.port)
            break
        except NotCollected as failed:
            causes.append(failed.cause)

    assert 1 < len(causes) < 20
    assert set(causes) == {Cause.INTERRUPTED}
    assert subjects(session) == [f"Idée {number}" for number in range(5)]
    assert box.marks() == [UNTOUCHED] * 5


def test_message_that_the_server_can_not_give_is_named_and_moved_out_of_the_way(
    collect, session, box
):
    box.add(*(make_mail(f"Texte {number}", subject=f"Idée {number}") for number in range(3)))
    broken = box.file_with(b"Texte 1")
    broken.chmod(0)

    with pytest.raises(NotCollected, match="déplacez vers un autre dossier le plus ancien") as fact:
        collect()

    assert fact.value.cause is Cause.INTERRUPTED
    assert subjects(session) == ["Idée 0"]
    broken.unlink()
    collect()
    assert subjects(session) == ["Idée 0", "Idée 2"]


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"IMAP_CAFILE": ""}, Cause.CERTIFICATE),
        ({"IMAP_SERVER": "localhost"}, Cause.CERTIFICATE),
        ({"IMAP_PASSWORD": "autre"}, Cause.LOGIN),
        ({"IMAP_FOLDER": "Absent"}, Cause.FOLDER),
        ({"IMAP_PORT": 9}, Cause.UNREACHABLE),
    ],
)
def test_untrusted_or_unreadable_server_is_told_to_the_staff(
    collect, session, app, box, changed, cause
):
    box.add(make_mail())

    with pytest.raises(NotCollected) as failed:
        collect(**changed)

    settings = {**app.config, **box.settings, **changed}
    status = queries.collection_status(session, settings, now())
    assert failed.value.cause is cause
    assert status.warning == f"{cause.label} {queries.ADVICE}"
    assert messages(session) == []


def test_another_authority_is_refused_before_the_password_is_sent(collect, session, box, tmp_path):
    stranger = tmp_path / "stranger.pem"
    trustme.CA().cert_pem.write_to_path(str(stranger))

    for port, uses_ssl in ((box.server.tls, True), (box.server.starttls, False)):
        with pytest.raises(NotCollected) as failed:
            collect(IMAP_CAFILE=str(stranger), IMAP_PORT=port, IMAP_USE_SSL=uses_ssl)
        assert failed.value.cause is Cause.CERTIFICATE

    assert box.user not in (box.server.folder / "log").read_text()


def test_failure_is_forgotten_once_the_mail_is_collected_again(collect, session, app, box):
    with pytest.raises(NotCollected):
        collect(IMAP_PASSWORD="autre")

    collect()

    folder = session.scalars(sa.select(CollectedFolder)).one()
    assert (folder.failure, folder.collected_at is not None) == (None, True)


def test_message_of_more_than_30_megabytes_is_not_fetched(collect, session, box, wire):
    box.add(
        make_mail(subject="Lourd", files=[("film.pdf", bytes(23_000_000))]),
        make_mail(subject="Léger"),
    )

    tally = collect(IMAP_PORT=wire.port)

    heavy, light = messages(session)
    assert tally.set_aside == {"too_large": 1}
    assert wire.passed < 100_000
    assert (heavy.subject, heavy.state, heavy.original) == ("Lourd", State.SET_ASIDE, "")
    assert (light.subject, light.state) == ("Léger", State.WAITING)


def test_worker_collects_where_a_server_is_set_and_logs_no_address(app, session, box):
    box.add(make_mail())

    collector.task({**app.config, "IMAP_SERVER": ""}).run(session)
    with capture_logs() as logged:
        collector.task({**app.config, **box.settings, "IMAP_PASSWORD": "autre"}).run(session)
    collector.task({**app.config, **box.settings}).run(session)

    assert logged == [{"event": "mail not collected", "error": "login", "log_level": "error"}]
    assert len(messages(session)) == 1
