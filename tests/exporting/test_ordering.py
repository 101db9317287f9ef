"""Exports as jobs of the worker."""

from dataclasses import dataclass, field

import pytest

from consultation.clock import now
from consultation.database import writing
from consultation.exporting import making, ordering, texts, workbook
from consultation.exporting.orders import Order
from consultation.jobs import queue
from consultation.jobs.models import JobStatus
from consultation.sheets.tables import TextTooLong
from consultation.sheets.writing import Format
from consultation.web.permissions import NotAllowed, Permission
from tests.accounts.builders import make_account
from tests.exporting.builders import respond
from tests.exporting.reading import records_of
from tests.factories import make_measure, make_round, screen_all


@dataclass
class Staff:
    """Somebody who is signed in, with these permissions."""

    id: int
    granted: set = field(default_factory=lambda: {Permission.EXPORT_UNREAD})
    email: str = "equipe@exemple.fr"

    def may(self, permission):
        return permission in self.granted


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
        job, is_new = ordering.order(session, actor, Order(round_code, format), at=now())
        return job.public_id, is_new


def test_the_worker_makes_what_was_ordered(app, session, organiser, opened):
    public_id, _ = order(session, organiser)

    queue.run_due(session)

    found = ordering.one(session, organiser, public_id)
    path = found.path(app.config["EXPORTS_DIR"])
    assert found.job.status is JobStatus.DONE
    assert found.email == "equipe@exemple.fr"
    assert found.manifest["counts"]["included"] == 1
    assert records_of(path, "Textes")[0]["Texte"] == "Bien."


def test_one_order_given_twice_is_one_job(session, organiser, opened):
    first = order(session, organiser)
    second = order(session, organiser)
    other_format = order(session, organiser, Format.CSV)

    assert second == (first[0], False)
    assert other_format[1] is True


def test_an_order_given_after_the_first_was_made_is_a_new_one(session, organiser, opened):
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
        lambda: ordering.listed(session, moderator),
        lambda: ordering.one(session, moderator, public_id),
    ):
        with pytest.raises(NotAllowed):
            ask()


def test_the_latest_exports_come_first(session, organiser, opened):
    ids = [order(session, organiser, format)[0] for format in Format]

    found = ordering.listed(session, organiser)

    assert [each.job.public_id for each in found] == ids[::-1]


def test_a_round_that_is_gone_is_told(session, organiser):
    public_id, _ = order(session, organiser, round_code="tour-9")

    queue.run_due(session)

    found = ordering.one(session, organiser, public_id)
    assert found.job.status is JobStatus.FAILED
    assert found.job.result == {"refusal": making.ROUND_GONE}


def test_a_workbook_that_cannot_be_written_is_refused_with_its_reason(
    session, organiser, opened, monkeypatch
):
    def refuse(*given):
        raise TextTooLong("Textes", "Texte", 7)
        yield

    monkeypatch.setattr(texts, "_rows", refuse)
    public_id, _ = order(session, organiser)

    queue.run_due(session)

    found = ordering.one(session, organiser, public_id)
    assert found.job.status is JobStatus.FAILED
    assert "ligne 7" in found.job.result["refusal"]


def test_the_file_of_a_job_never_leaves_the_folder(app, session, organiser, opened, tmp_path):
    public_id, _ = order(session, organiser)
    queue.run_due(session)
    (tmp_path / "secret").write_text("clé")
    found = ordering.one(session, organiser, public_id)
    found.job.result = {**found.job.result, "file": "../secret"}

    assert found.path(app.config["EXPORTS_DIR"]) is None


def test_progress_is_told_sheet_by_sheet(session, organiser, opened, tmp_path):
    steps = []
    screen_all(session)

    workbook.export(
        session, round=opened, format=Format.XLSX, directory=tmp_path, at=now(), tell=steps.append
    )

    assert steps[0] == "Lecture de la base"
    assert "Feuille Textes : 1 lignes" in steps
