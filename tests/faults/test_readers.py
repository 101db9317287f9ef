"""Readers of documents by the dozen: few wait for each other, and nobody waits for them."""

import contextlib
import os
import signal
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from pathlib import Path

import pytest

from tests.faults.server import wait_for
from tests.faults.visiting import PATH, Form

THREADS, READERS = 6, 8
TYPESETTING = b"typesetting/program.py"


def typesetting(server):
    """The processes of a server that typeset a document."""
    found = []
    for pid in server.members():
        with contextlib.suppress(OSError):
            if TYPESETTING in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(pid)
    return found


def is_stopped(pid):
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[0] == "T"
    return False


def begin_a_document_that_takes_long(server, readers):
    """Ask for a blank form and stop what typesets it; return its address, reader and process."""
    for theme in range(1, 11):
        address = f"/mesures/T{theme}/formulaire.pdf"
        reader = readers.submit(server.fetch, "GET", address)
        while not reader.done():
            for pid in typesetting(server):
                with contextlib.suppress(OSError):
                    os.kill(pid, signal.SIGSTOP)
                    wait_for(lambda pid=pid: is_stopped(pid))
                    return address, reader, pid
    raise AssertionError("each document was there before it could be stopped")


@pytest.mark.timeout(120)
def test_readers_of_a_document_that_takes_long_hold_up_nobody(make_server):
    server = make_server(WEB_PROCESSES=1, WEB_THREADS=THREADS)
    server.start()
    forms = [Form(server, PATH, f"Texte {number}") for number in range(4)]
    with ThreadPoolExecutor(READERS + 1) as readers:
        address, first, typst = begin_a_document_that_takes_long(server, readers)
        try:
            others = [readers.submit(server.fetch, "GET", address) for _ in range(READERS)]
            refused = [it.result() for it in islice(as_completed(others), READERS - 1)]
            sent = [form.send(server) for form in forms]
            pages = [server.get(path)[0] for path in ("/", "/mesures", "/mesures/T7", "/bilan")]
            was_stopped_to_the_end = is_stopped(typst)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(typst, signal.SIGCONT)
        waited = next(it for it in others if it.result() not in refused)

    assert was_stopped_to_the_end
    assert {status for status, _headers, _page in refused} == {503}
    assert all(int(headers["Retry-After"]) <= 30 for _status, headers, _page in refused)
    assert all(headers["Refresh"] for _status, headers, _page in refused)
    assert [status for status, _code in sent] == [303] * len(forms)
    assert all(code for _status, code in sent)
    assert pages == [200, 200, 200, 404]  # there is no report yet
    assert first.result()[0] == waited.result()[0] == 200
