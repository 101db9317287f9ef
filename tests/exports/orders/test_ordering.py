"""Exports as jobs of the worker."""

import errno
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.exports.orders import jobs
from consultation.exports.orders.order import Order
from consultation.exports.request import ExportRequest
from consultation.exports.workbook import writer
from consultation.exports.workbook.sheets import texts
from consultation.jobs import progress, queue
from consultation.jobs.models import Job, JobStatus
from consultation.spreadsheets.table import TextTooLong
from consultation.spreadsheets.writer import Format
from consultation.web.permissions import NotAllowed, Permission
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.exports.reading import records_of
from tests.exports.staff import Staff
from tests.factories import make_measure, make_round, screen_all
from tests.jobs.builders import side_by_side


@pytest.fixture
def organiser(session):
    return Staff(make_account(session, "equipe@exemple.fr"))


@pytest.fixture
def opened(session):
    make_measure(session, "T7")
    opened = make_round(session)
    respond(session, opened, "T7", {"suggestions": "Bien."})
    session.commit()
    return opened


def order(session, actor, format=Format.XLSX, round_code="tour-1"):
    with writing(session):
        job, is_new = jobs.order(Work(session, actor, now()), Order(round_code, format))
        return job.public_id, is_new


def test_worker_makes_what_was_ordered(app, session, organiser, opened):
    public_id, _ = order(session, organiser)

    queue.run_due(session)

    ordered = jobs.find(Work(session, organiser), public_id)
    path = ordered.path(app.config["EXPORTS_DIR"])
    assert ordered.job.status is JobStatus.DONE
    assert ordered.email == "equipe@exemple.fr"
    assert ordered.manifest["counts"]["included"] == 1
    assert records_of(path, "Textes")[0]["Texte"] == "Bien."


def test_one_order_given_twice_is_one_job(session, organiser, opened):
    first = order(session, organiser)
    second = order(session, organiser)
    other_format = order(session, organiser, Format.CSV)

    assert second == (first[0], False)
    assert other_format[1] is True


def test_order_given_after_the_first_was_made_is_a_new_one(session, organiser, opened):
    first, _ = order(session, organiser)
    queue.run_due(session)

    second, is_new = order(session, organiser)

    assert is_new
    assert second != first


def test_who_may_not_export_gets_nothing_from_the_services(session, organiser, opened):
    public_id, _ = order(session, organiser)
    moderator = Staff(organiser.id, granted={Permission.READ_RESPONSES})

    for ask in (
        lambda: order(session, moderator),
        lambda: jobs.latest(Work(session, moderator)),
        lambda: jobs.find(Work(session, moderator), public_id),
    ):
        with pytest.raises(NotAllowed):
            ask()


def test_latest_exports_come_first(session, organiser, opened):
    ids = [order(session, organiser, format)[0] for format in Format]

    ordered = jobs.latest(Work(session, organiser))

    assert [each.job.public_id for each in ordered] == ids[::-1]


def test_removed_round_is_told(session, organiser):
    public_id, _ = order(session, organiser, round_code="tour-9")

    queue.run_due(session)

    ordered = jobs.find(Work(session, organiser), public_id)
    assert ordered.job.status is JobStatus.FAILED
    assert ordered.job.result == {"refusal": jobs.ROUND_GONE}


def test_unwritable_workbook_is_refused_with_its_reason(session, organiser, opened, monkeypatch):
    def refuse(*given):
        raise TextTooLong("Textes", "Texte", 7)
        yield

    monkeypatch.setattr(texts, "_rows", refuse)
    public_id, _ = order(session, organiser)

    queue.run_due(session)

    ordered = jobs.find(Work(session, organiser), public_id)
    assert ordered.job.status is JobStatus.FAILED
    assert "ligne 7" in ordered.job.result["refusal"]


def test_file_of_a_job_never_leaves_the_folder(app, session, organiser, opened, tmp_path):
    public_id, _ = order(session, organiser)
    queue.run_due(session)
    (tmp_path / "secret").write_text("clé")
    ordered = jobs.find(Work(session, organiser), public_id)
    ordered.job.result = {**ordered.job.result, "file": "../secret"}

    assert ordered.path(app.config["EXPORTS_DIR"]) is None


def test_progress_is_told_sheet_by_sheet(session, organiser, opened, tmp_path):
    steps = []
    screen_all(session)

    request = ExportRequest(opened.id, Format.XLSX, tmp_path, now())
    writer.write(session, request, steps.append)

    assert steps[0] == "Lecture de la base"
    assert "Feuille Textes : 1 ligne" in steps


def test_second_click_after_the_worker_has_begun_is_still_one_job(session, organiser, opened):
    first, _ = order(session, organiser)
    session.execute(sa.update(Job).values(status=JobStatus.RUNNING))
    session.commit()

    second, is_new = order(session, organiser)
    with time_machine.travel(now() + timedelta(seconds=11)):
        _third, is_third_new = order(session, organiser)

    assert (second, is_new) == (first, False)
    assert is_third_new


def test_clicks_at_the_same_moment_are_one_job(session, organiser, opened):
    engine = session.get_bind()
    session.rollback()

    def click():
        with Session(engine) as own:
            order(own, organiser)

    side_by_side(click, click, click, click)

    assert session.scalar(sa.select(sa.func.count()).select_from(Job)) == 1


def test_order_is_repeated_with_all_its_settings(session, organiser, opened):
    wanted = Order("tour-1", Format.CSV, measures=("T7",), is_anonymised=True)
    with writing(session):
        first = jobs.order(Work(session, organiser, now()), wanted)[0].public_id
    queue.run_due(session)

    with writing(session):
        job, is_new = jobs.again(Work(session, organiser, now()), first)
        ordered = job.public_id

    assert is_new
    assert ordered != first
    assert jobs.find(Work(session, organiser), ordered).order == wanted


def files_in(app):
    folder = app.config["EXPORTS_DIR"]
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def cancel_in_own_session(session, organiser, public_id):
    with Session(session.get_bind()) as other, writing(other):
        return jobs.cancel(Work(other, organiser, now()), public_id)


@pytest.mark.parametrize("moment", ["Lecture de la base", "Feuille Textes"])
def test_export_cancelled_while_it_runs_leaves_no_file(
    app, session, organiser, opened, monkeypatch, moment
):
    public_id, _ = order(session, organiser)
    screen_all(session)
    session.commit()
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_WRITES", 0)
    write = progress.ProgressReporter._write

    def cancel_then_write(self, step):
        if step.startswith(moment):
            cancel_in_own_session(session, organiser, public_id)
        write(self, step)

    monkeypatch.setattr(progress.ProgressReporter, "_write", cancel_then_write)

    queue.run_due(session)

    ordered = jobs.find(Work(session, organiser), public_id)
    assert ordered.job.status is JobStatus.CANCELLED
    assert files_in(app) == []


def test_export_cancelled_as_it_ends_leaves_no_file(app, session, organiser, opened, monkeypatch):
    public_id, _ = order(session, organiser)
    finished = writer._finished

    def finish_then_cancel(*given):
        made = finished(*given)
        assert files_in(app) != []
        cancel_in_own_session(session, organiser, public_id)
        return made

    monkeypatch.setattr(writer, "_finished", finish_then_cancel)

    queue.run_due(session)

    assert jobs.find(Work(session, organiser), public_id).job.status is JobStatus.CANCELLED
    assert files_in(app) == []


def test_what_is_done_is_not_cancelled(app, session, organiser, opened):
    public_id, _ = order(session, organiser)
    queue.run_due(session)

    assert not cancel_in_own_session(session, organiser, public_id)
    assert len(files_in(app)) == 2


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_is_told_at_once(session, organiser, opened, monkeypatch, code):
    def refuse(*given):
        raise OSError(code, "plein")
        yield

    monkeypatch.setattr(texts, "_rows", refuse)
    public_id, _ = order(session, organiser)

    queue.run_due(session)

    job = jobs.find(Work(session, organiser), public_id).job
    assert (job.status, job.attempts) == (JobStatus.FAILED, 1)
    assert job.result == {"refusal": jobs.NO_ROOM}


def test_other_failure_of_the_disk_is_tried_again(session, organiser, opened, monkeypatch):
    def refuse(*given):
        raise OSError(errno.EIO, "abîmé")
        yield

    monkeypatch.setattr(texts, "_rows", refuse)
    public_id, _ = order(session, organiser)

    queue.run_due(session)

    assert jobs.find(Work(session, organiser), public_id).job.status is JobStatus.QUEUED
