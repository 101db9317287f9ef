"""What goes on beside, or hangs, makes nobody wait who sends a form."""

import statistics
import threading
import time

import pytest

from consultation.clock import now
from consultation.db.base import writing
from consultation.demo import fill
from consultation.plan.models import Measure
from consultation.spreadsheets.writer import Format
from tests.faults.test_backup_drill import command
from tests.faults.test_export_faults import order, stored, wait_until
from tests.faults.visiting import PATH, Form
from tests.mail.smtp_server import HANG

BLOCKS, BLOCK = 6, 25  # in turn with and without, so that a noisy machine disturbs both
RESPONSES = 1500
CLEARLY_SLOWER = 1.5  # a machine of two cores does the rest as well: no figure of the paper's


def submit(server, path, name, count=BLOCK):
    """Send so many forms; return how long each took."""
    took = []
    for number in range(count):
        form = Form(server, path, f"Texte {name} {number}", f"{name}.{number}@exemple.fr")
        began = time.monotonic()
        assert form.post(server)[0] == 303
        took.append(time.monotonic() - began)
    return took


def p95(took):
    return statistics.quantiles(took, n=20)[-1]


def compared(alone, beside):
    ratio = statistics.median(beside) / statistics.median(alone)
    return ratio, {
        "median": f"{statistics.median(alone) * 1000:.1f} ms",
        "beside it": f"{statistics.median(beside) * 1000:.1f} ms",
        "p95": f"{p95(alone) * 1000:.0f} ms",
        "p95 beside it": f"{p95(beside) * 1000:.0f} ms",
    }


@pytest.mark.long
@pytest.mark.timeout(300)
def test_hanging_mail_server_makes_no_submission_wait(make_server, smtp_sink, recorded):
    server = make_server(**smtp_sink.settings | {"MAIL_TIMEOUT": 20})
    server.start()
    submit(server, PATH, "warm")
    alone, beside = [], []

    for block in range(BLOCKS):
        smtp_sink.clear()
        alone += submit(server, PATH, f"a{block}")
        smtp_sink.always("greeting", HANG)
        smtp_sink.always("MAIL", HANG)
        beside += submit(server, PATH, f"b{block}")
    server.close()
    wait_until(lambda: not smtp_sink.open_connections)

    ratio, told = compared(alone, beside)
    recorded("M1 submissions while the mail server hangs", {"submissions": len(beside)} | told)
    assert ratio < CLEARLY_SLOWER


@pytest.mark.long
@pytest.mark.timeout(300)
def test_exports_and_a_backup_hold_no_submission_up(
    postgres_programs, app, session, make_server, tmp_path, recorded
):
    with writing(session):
        fill.fill(session, measures=20, responses=RESPONSES, at=now())
    path = f"/mesures/{session.query(Measure).first().code}/contribuer"
    server = make_server(EXPORTS_DIR=tmp_path / "made")
    server.start()
    alone = submit(server, path, "alone", BLOCK * 2)

    jobs = [order(session, format) for format in Format]
    copying = threading.Thread(target=command, args=(server, "backup", tmp_path / "copy"))
    copying.start()
    beside = submit(server, path, "beside", BLOCK * 2)
    copying.join()
    for job_id in jobs:
        wait_until(lambda job_id=job_id: stored(session, job_id).finished_at is not None, 120)

    _ratio, told = compared(alone, beside)
    recorded("R6 exports and a backup beside", {"responses": RESPONSES} | told)
    assert p95(beside) < 1
    assert (tmp_path / "copy").stat().st_size
