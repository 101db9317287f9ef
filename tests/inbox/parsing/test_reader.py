"""Mail reader: a mail takes a few seconds at most, and stops no other."""

import subprocess

import pytest

from consultation.inbox.collection import collector
from consultation.inbox.models import Sort, State
from consultation.inbox.parsing import reader
from consultation.inbox.parsing.reader import Reader
from tests.inbox.builders import make_mail, messages


@pytest.fixture
def opened():
    """A reader whose process is ended with the test."""
    made = Reader()
    yield made
    made.close()


@pytest.fixture
def slow(monkeypatch):
    """Let the reader meet messages that it never gets to the end of."""
    monkeypatch.setattr(reader, "PROGRAM", "tests.inbox.slow_reader")


@pytest.fixture
def collect(app, session, tmp_path):
    """Collect mails as files; return the tally and the reported lines."""
    for number, subject in enumerate(("Avant", "Sans fin", "Mortel", "Après")):
        (tmp_path / f"{number}.eml").write_bytes(make_mail(subject=subject))

    def run():
        lines = []
        tally = collector.collect_files(session, app.config, [tmp_path], report=lines.append)
        return tally, lines

    return run


def test_messages_are_read_in_one_process_that_ends_with_the_reader(opened):
    first = opened.read(make_mail("Un avis", files=[("a.pdf", b"%PDF")]))
    process = opened._process
    second = opened.read(make_mail("Un autre"))
    same = opened._process
    opened.close()

    assert (first.sort, first.kept, first.enclosures[0].content) == (
        Sort.PERSON,
        "Un avis",
        b"%PDF",
    )
    assert second.kept == "Un autre"
    assert same is process
    assert isinstance(process, subprocess.Popen)
    assert process.returncode is not None


def test_endless_message_is_set_aside_by_its_headers_and_the_next_is_read(opened, slow):
    given_up = opened.read(make_mail(subject="Sans fin"))
    following = opened.read(make_mail("La suite"))

    assert (given_up.sort, given_up.reason) == (Sort.UNREADABLE, "took_too_long")
    assert (given_up.subject, given_up.sender) == ("Sans fin", "jeanne@exemple.fr")
    assert given_up.original == ""
    assert following.kept == "La suite"


def test_message_whose_headers_end_the_process_is_set_aside_all_the_same(opened, slow):
    given_up = opened.read(make_mail(subject="Mortel"))

    assert (given_up.sort, given_up.reason) == (Sort.UNREADABLE, "took_too_long")
    assert given_up.subject == ""
    assert opened.read(make_mail("La suite")).kept == "La suite"


def test_messages_that_take_too_long_come_in_once_and_stop_no_other(collect, session, slow):
    tally, lines = collect()
    again, _ = collect()

    stored = {message.subject: message for message in messages(session)}
    assert (tally.new, again.new, again.known) == (4, 0, 4)
    assert tally.set_aside == {"took_too_long": 2}
    assert [stored[subject].state for subject in ("Avant", "Après")] == [State.WAITING] * 2
    assert (stored["Sans fin"].state, stored[""].state) == (State.SET_ASIDE, State.SET_ASIDE)
    assert "  trop long à lire : seuls ses en-têtes ont été lus : 2" in lines
