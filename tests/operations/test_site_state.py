"""State of the site: findings, the job of a backup, what may be seen of the copies."""

import json
import re
from datetime import timedelta

import pyrage
import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.accounts.roles import StaffActor
from consultation.clock import now
from consultation.db.base import writing
from consultation.jobs import queue, worker
from consultation.jobs.models import Job, JobStatus, TaskRun, WorkerHeartbeat
from consultation.operations import views
from consultation.operations.backups import jobs as backup_jobs
from consultation.operations.doctor import checks
from consultation.operations.doctor import jobs as examination_jobs
from consultation.settings import SETTINGS
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.accounts.builders import Browser, make_account

ADDRESS = "/administration/etat"
EMAIL = "claire@association.example"

pytestmark = pytest.mark.usefixtures("postgres_programs")


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False, "BASE_URL": "https://consultation.example"}


@pytest.fixture
def administrator(session):
    account = make_account(session, EMAIL, Role.ADMINISTRATOR)
    return StaffActor(account, EMAIL, frozenset({Role.ADMINISTRATOR}))


@pytest.fixture
def staff(administrator, app):
    staff = Browser(app)
    staff.sign_in(EMAIL)
    staff.get(ADDRESS)
    return staff


def run_jobs(session):
    while queue.run_due(session):
        pass
    session.rollback()


def test_backup_ordered_on_screen_is_made_into_the_folder_and_recorded(
    app, session, staff, administrator
):
    answer = staff.post(ADDRESS + "/sauvegarder")
    under_way = staff.get(ADDRESS)
    run_jobs(session)

    assert answer.status_code == 303
    assert under_way.headers["Refresh"] == "2"
    assert ">Sauvegarder maintenant<" not in under_way.text
    (copy,) = backup_jobs.stored(app.config["BACKUPS_DIR"])
    path = app.config["BACKUPS_DIR"] / copy.name
    assert copy.size == path.stat().st_size
    assert path.stat().st_mode & 0o777 == 0o600
    assert not copy.is_sealed
    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "backup_made")).one()
    assert event.account_id == administrator.id
    assert event.details == {"bytes": copy.size, "signed": True}
    done = staff.get(ADDRESS)
    assert "Refresh" not in done.headers
    assert copy.name in done.text
    assert "Les copies ne sont pas chiffrées" in done.text


def test_backup_is_sealed_where_a_recipient_is_set(app, session, administrator):
    app.config["BACKUP_RECIPIENT"] = str(pyrage.x25519.Identity.generate().to_public())
    with writing(session):
        backup_jobs.order(Work(session, administrator, now()))
    run_jobs(session)

    (copy,) = backup_jobs.stored(app.config["BACKUPS_DIR"])
    assert copy.is_sealed
    content = (app.config["BACKUPS_DIR"] / copy.name).read_bytes()
    assert content.startswith(b"age-encryption.org")
    assert not list(app.config["HOME"].glob(".copy-*"))


def test_backup_under_way_is_not_ordered_twice(session, administrator):
    with writing(session):
        first = backup_jobs.order(Work(session, administrator, now())).id
        second = backup_jobs.order(Work(session, administrator, now())).id

    assert first == second


def test_backup_that_can_not_be_written_says_why_on_the_page(app, session, staff):
    app.config["BACKUPS_DIR"].parent.mkdir(exist_ok=True)
    app.config["BACKUPS_DIR"].write_text("a file")
    staff.post(ADDRESS + "/sauvegarder")
    run_jobs(session)

    job = session.scalars(sa.select(Job)).one()
    assert job.status is JobStatus.FAILED
    assert "ne peut pas être écrit" in job.result["refusal"]
    page = staff.get(ADDRESS).text
    assert "La dernière sauvegarde n’a pas pu être faite" in page
    assert "Sauvegarder maintenant" in page


def test_state_that_lacks_a_backup_has_its_button_and_no_command(app, session, staff):
    page = staff.get(ADDRESS).text

    row = page[page.index("Sauvegarde</th>") : page.index("</tr>", page.index("Sauvegarde</th>"))]
    assert "aucune encore" in row
    assert "consultation backup" not in row
    assert f'action="{ADDRESS}/sauvegarder"' in row
    findings = checks.examine(session, app.config, is_whole=False)
    (missing,) = [it for it in findings if it.subject == "sauvegarde"]
    assert missing.in_terminal == "aucune encore : « consultation backup DOSSIER »."


def test_backup_has_no_address_from_which_it_is_downloaded(app):
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith(ADDRESS)}

    acts = ("sauvegarder", "examiner", "retirer-les-restes-d-essai")
    assert rules == {ADDRESS, *(f"{ADDRESS}/{act}" for act in acts)}


def test_state_page_waits_for_no_other_server(app, session):
    subjects = {finding.subject for finding in checks.examine(session, app.config, is_whole=False)}

    assert "sauvegarde" in subjects
    assert not {"https", "intégrité"} & subjects
    assert not any("domaine" in subject for subject in subjects)


def test_whole_examination_is_a_job_whose_findings_are_kept(app, session, administrator):
    app.config["BASE_URL"] = "http://127.0.0.1:8000"
    with writing(session):
        examination_jobs.order(Work(session, administrator, now()))
    run_jobs(session)

    examined = examination_jobs.last(Work(session, administrator))
    assert {"base de données", "https"} <= {finding.subject for finding in examined.findings}
    job = session.scalars(sa.select(Job)).one()
    assert json.loads(json.dumps(job.result)) == job.result


def test_site_state_is_for_administrators(session, administrator):
    organiser = StaffActor(administrator.id, EMAIL, frozenset({Role.ORGANISER}))

    with pytest.raises(NotAllowed):
        backup_jobs.order(Work(session, organiser, now()))
    with pytest.raises(NotAllowed):
        examination_jobs.order(Work(session, organiser, now()))


def test_findings_name_variables_as_they_are_set(app, session):
    names = "|".join(setting.name for setting in SETTINGS if "_" in setting.name)
    says = " ".join(finding.says for finding in checks.examine(session, app.config, is_whole=False))

    assert "CONSULTATION_MAIL_SERVER" in says
    assert not re.findall(rf"(?<![A-Z_])(?:{names})\b", says)
    assert not re.findall(r"\d\.\d", says)


def state_of_tasks(staff):
    text = " ".join(staff.get(ADDRESS).get_data(as_text=True).split())
    section = text[text.index('id="taches"') : text.index('id="courrier"')]
    rows = re.findall(r'<tr role="row"><th role="rowheader".*?</tr>', section)
    return section, [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]


def test_every_task_of_the_worker_is_on_the_page(app):
    assert set(views.TASKS) == set(worker.task_names())


def test_tasks_say_when_they_ran_and_whether_it_ended_well(session, staff):
    _, rows = state_of_tasks(staff)
    assert all("jamais" in row for row in rows)

    at = now()
    with writing(session):
        session.add(WorkerHeartbeat(name="worker", seen_at=at))
        due = at + timedelta(hours=20)
        session.add(TaskRun(name="retention", ended_at=at, due_at=due, failure=None))
        session.add(TaskRun(name="inbox", ended_at=at, due_at=at, failure="TimeoutError"))
    _, rows = state_of_tasks(staff)

    assert rows[0].startswith("Relever le courrier reçu ! a échoué")
    assert "TimeoutError" in rows[0]
    assert rows[0].endswith("dans la minute")
    kept = next(row for row in rows if row.startswith("Effacer ce qui"))
    assert "✓ bien" in kept
    assert "jamais" not in kept
    assert not kept.endswith("dans la minute")


def test_tasks_wait_while_no_worker_runs(staff):
    section, rows = state_of_tasks(staff)

    assert "ne tourne pas" in section
    assert all(row.endswith("à la reprise") for row in rows)
