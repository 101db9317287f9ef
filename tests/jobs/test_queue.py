"""What the queue promises: each job once, whoever works, whatever fails."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from consultation.clock import now
from consultation.db.base import writing
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from tests.jobs.builders import another_session, order, side_by_side, stored

pytestmark = pytest.mark.database


class Killed(BaseException):
    """Stands for what ends a worker in the middle of a job."""


def test_job_is_run_with_its_parameters_and_its_result_is_kept(session):
    job_id = order(session, lambda session, job, report: {"twice": 2 * job.parameters["n"]}, n=21)

    count = queue.run_due(session)

    job = stored(session, job_id)
    assert count == 1
    assert job.status is JobStatus.DONE
    assert job.result == {"twice": 42}
    assert job.finished_at is not None
    assert queue.run_due(session) == 0


def test_job_of_unknown_kind_is_not_ordered(session):
    with pytest.raises(ValueError, match="never_heard_of"):
        queue.enqueue(session, "never_heard_of", {}, at=now())


def test_job_of_a_later_day_waits(session):
    queue.register_job("probe", lambda session, job, report: {})
    with writing(session):
        queue.enqueue(session, "probe", {}, at=now() + timedelta(days=1))

    count = queue.run_due(session)

    assert count == 0


def test_job_that_has_waited_longest_goes_first(session):
    ran = []
    queue.register_job("probe", lambda session, job, report: ran.append(job.parameters["n"]) or {})
    with writing(session):
        for number, hours in ((1, 1), (2, 3), (3, 2)):
            queue.enqueue(session, "probe", {"n": number}, at=now() - timedelta(hours=hours))

    while queue.run_due(session):
        pass

    assert ran == [2, 3, 1]


def test_two_workers_run_each_job_once(session):
    ran = []
    for number in range(20):
        order(session, lambda session, job, report: ran.append(job.parameters["n"]) or {}, n=number)

    engine = session.get_bind()

    def work():
        with Session(engine) as own:
            while queue.run_due(own):
                pass

    side_by_side(work, work)

    assert sorted(ran) == list(range(20))


def test_running_job_is_not_claimed_by_another_worker(session):
    seen = []

    def run(session, job, report):
        with another_session(session) as other:
            seen.append(queue.run_due(other))
        return {}

    order(session, run)

    queue.run_due(session)

    assert seen == [0]


def test_job_of_a_killed_worker_is_run_again_when_its_lease_ends(session):
    def run(session, job, report):
        if job.attempts == 1:
            raise Killed
        return {"attempt": job.attempts}

    job_id = order(session, run)
    with pytest.raises(Killed):
        queue.run_due(session)

    early = queue.run_due(session)
    with time_machine.travel(now() + timedelta(minutes=10, seconds=1)):
        late = queue.run_due(session)

    assert (early, late) == (0, 1)
    assert stored(session, job_id).result == {"attempt": 2}


def test_job_that_kills_three_workers_is_abandoned(session):
    def run(session, job, report):
        raise Killed

    job_id = order(session, run)
    for hours in range(3):
        with time_machine.travel(now() + timedelta(hours=hours)), pytest.raises(Killed):
            queue.run_due(session)

    with time_machine.travel(now() + timedelta(hours=4)):
        queue.run_due(session)

    job = stored(session, job_id)
    assert (job.status, job.attempts) == (JobStatus.FAILED, 3)


def test_telling_shows_the_step_and_renews_the_lease(session):
    seen = []

    def run(session, job, report):
        with time_machine.travel(now() + timedelta(minutes=9)):
            report("Feuille Avis : 500 lignes")
        seen.append(stored(session, job.id))
        return {}

    job_id = order(session, run)

    queue.run_due(session)

    assert seen[0].step == "Feuille Avis : 500 lignes"
    assert seen[0].due_at > now() + timedelta(minutes=18)
    assert stored(session, job_id).status is JobStatus.DONE


def test_telling_often_writes_at_most_once_a_second(session):
    steps = []

    def run(session, job, report):
        for number in range(200):
            report(f"étape {number}")
        steps.append(stored(session, job.id).step)
        return {}

    order(session, run)

    queue.run_due(session)

    assert steps == ["étape 0"]


def test_worker_whose_job_was_taken_over_stops_and_changes_nothing(session):
    went_on = []

    def run(session, job, report):
        with another_session(session) as other, writing(other):
            other.execute(sa.update(Job).values(attempts=2))
        report("encore là")
        went_on.append(True)
        return {"of": "the first worker"}

    job_id = order(session, run)

    queue.run_due(session)

    job = stored(session, job_id)
    assert went_on == []
    assert (job.status, job.attempts, job.result) == (JobStatus.RUNNING, 2, None)


def test_late_worker_writes_no_result(session):
    def run(session, job, report):
        with another_session(session) as other, writing(other):
            other.execute(sa.update(Job).values(attempts=2, status=JobStatus.DONE))
        return {"of": "the first worker"}

    job_id = order(session, run)

    queue.run_due(session)

    assert stored(session, job_id).result is None


def test_raising_job_is_tried_three_times_with_pauses(session):
    def run(session, job, report):
        raise OSError("no space left on /secret/place")

    job_id = order(session, run)
    states = []
    for minutes in (0, 0, 1, 1, 3, 60):
        with time_machine.travel(now() + timedelta(minutes=minutes), tick=False):
            ran = queue.run_due(session)
            states.append((ran, stored(session, job_id).status.value))

    assert states == [
        (1, "queued"),
        (0, "queued"),
        (1, "queued"),
        (0, "queued"),
        (1, "failed"),
        (0, "failed"),
    ]
    assert stored(session, job_id).result == {"error": "OSError"}


@pytest.mark.parametrize("failure", [OSError, queue.JobRefused])
def test_owed_job_is_repeated_with_growing_pauses_until_it_succeeds(session, failure):
    def run(session, job, report):
        if job.attempts < 8:
            raise failure
        return {}

    job_id, at, waited = order(session, run, must_succeed=True), now(), []
    while (job := stored(session, job_id)).status is not JobStatus.DONE:
        waited.append((job.due_at - at).total_seconds())
        at = job.due_at
        with time_machine.travel(at, tick=False):
            assert queue.run_due(session) == 1

    assert waited[1:] == [5, 60, 300, 900, 3600, 3600, 3600]
    assert job.attempts == 8


def test_owed_job_is_not_abandoned_by_the_workers_that_it_kills(session):
    def run(session, job, report):
        if job.attempts <= queue.MOST_ATTEMPTS:
            raise Killed
        return {}

    job_id = order(session, run, must_succeed=True)
    for hours in range(queue.MOST_ATTEMPTS):
        with time_machine.travel(now() + timedelta(hours=hours)), pytest.raises(Killed):
            queue.run_due(session)

    with time_machine.travel(now() + timedelta(hours=4)):
        queue.run_due(session)

    assert stored(session, job_id).status is JobStatus.DONE


def test_refused_job_fails_at_once_and_says_why(session):
    def run(session, job, report):
        raise queue.JobRefused("Choisissez des filtres plus étroits.")

    job_id = order(session, run)

    queue.run_due(session)

    job = stored(session, job_id)
    assert (job.status, job.attempts) == (JobStatus.FAILED, 1)
    assert job.result == {"refusal": "Choisissez des filtres plus étroits."}


def test_job_gives_way_to_a_stopping_worker_and_loses_no_attempt(session):
    def run(session, job, report):
        report("encore là")
        return {}

    job_id = order(session, run)

    queue.run_due(session, stopping=lambda: True)

    job = stored(session, job_id)
    assert (job.status, job.attempts) == (JobStatus.QUEUED, 0)
    assert queue.run_due(session) == 1
    assert stored(session, job_id).status is JobStatus.DONE


def test_failing_job_leaves_nothing_of_its_own_in_the_database(session):
    def run(session, job, report):
        session.add(Job(kind="left behind", due_at=now(), created_at=now()))
        session.flush()
        raise ValueError

    order(session, run)

    queue.run_due(session)

    assert session.scalars(sa.select(Job.kind)).all() == ["probe"]


def test_log_of_a_failure_holds_no_value(session):
    def run(session, job, report):
        raise ValueError("Camille Martin, 12 rue des Lilas")

    order(session, run)

    with capture_logs() as lines:
        queue.run_due(session)

    assert lines[0]["error"] == "ValueError"
    assert "Camille" not in str(lines)


def test_waiting_job_is_cancelled_and_never_runs(session):
    ran = []
    job_id = order(session, lambda session, job, report: ran.append(job.id) or {})

    with writing(session):
        cancelled = queue.cancel(session, job_id, now())

    assert cancelled
    assert queue.run_due(session) == 0
    assert ran == []
    assert stored(session, job_id).status is JobStatus.CANCELLED


def cancel_elsewhere(session, job_id):
    with another_session(session) as other, writing(other):
        return queue.cancel(other, job_id, now())


def test_running_job_stops_at_its_next_word_when_cancelled(session):
    went_on = []

    def run(session, job, report):
        cancel_elsewhere(session, job.id)
        report("encore là")
        went_on.append(True)
        return {}

    job_id = order(session, run)

    with capture_logs() as lines:
        queue.run_due(session)

    assert went_on == []
    assert stored(session, job_id).status is JobStatus.CANCELLED
    assert [line["event"] for line in lines] == ["job cancelled"]


def test_what_a_job_made_is_taken_back_when_it_was_cancelled_at_its_end(session):
    discarded, ended = [], []

    def run(session, job, report):
        cancel_elsewhere(session, job.id)
        return {"file": "made"}

    job_id = order(session, run)
    queue.register_job(
        "probe", run, discard=discarded.append, ended=lambda session, job: ended.append(job.id)
    )

    queue.run_due(session)

    assert discarded == [{"file": "made"}]
    assert ended == []
    assert stored(session, job_id).result is None


def test_finished_job_is_not_cancelled(session):
    job_id = order(session, lambda session, job, report: {"kept": True})
    queue.run_due(session)

    with writing(session):
        cancelled = queue.cancel(session, job_id, now())

    assert not cancelled
    assert stored(session, job_id).result == {"kept": True}


@pytest.mark.parametrize("fails", [False, True])
def test_end_of_a_job_is_told_once(session, fails):
    steps = []

    def run(session, job, report):
        if fails:
            raise queue.JobRefused("Non.")
        return {}

    order(session, run)
    queue.register_job("probe", run, ended=lambda session, job: steps.append(job.status))

    queue.run_due(session)

    assert steps == [JobStatus.FAILED if fails else JobStatus.DONE]


def test_end_that_cannot_be_told_is_no_end(session):
    def ended(session, job):
        raise Killed

    job_id = order(session, lambda session, job, report: {})
    queue.register_job("probe", lambda session, job, report: {}, ended=ended)

    with pytest.raises(Killed):
        queue.run_due(session)

    assert stored(session, job_id).status is JobStatus.RUNNING


def test_abandoned_job_is_told_as_failed(session):
    steps = []

    def run(session, job, report):
        raise Killed

    order(session, run)
    queue.register_job("probe", run, ended=lambda session, job: steps.append(job.status))
    for hours in range(3):
        with time_machine.travel(now() + timedelta(hours=hours)), pytest.raises(Killed):
            queue.run_due(session)

    with time_machine.travel(now() + timedelta(hours=4)):
        queue.run_due(session)

    assert steps == [JobStatus.FAILED]
