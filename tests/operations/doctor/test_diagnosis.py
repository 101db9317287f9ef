"""What `consultation doctor` finds: what counts as a fault, and what is only told."""

import json
import os
import re
import socket
import ssl
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import trustme
from alembic import command

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.crypto import key_files
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.documents import office
from consultation.extensions import db
from consultation.i18n import SHIPPED
from consultation.jobs import erase_copies, queue, worker
from consultation.jobs.models import Job, JobStatus
from consultation.operations import deployment
from consultation.operations.doctor import checks, database, machine
from consultation.operations.keys import verification
from consultation.plan.values.models import Showing
from consultation.questionnaires.rounds import service
from consultation.questionnaires.rounds.lifecycle import Step
from consultation.web.locale import letters_of
from consultation.work.services import Work
from tests.decisions.builders import make_organiser
from tests.mail.dns_server import names as names
from tests.plan.values.builders import make_measured_indicator, make_value, publish_as
from tests.questionnaires.rounds.builders import organiser_of, prepare, take

pytestmark = pytest.mark.database

PAGE = 4096  # bytes, of SQLite's files


@pytest.fixture
def settings(settings):
    return settings | {
        "MAIL_SERVER": "relais.exemple.fr",
        "MAIL_USE_TLS": False,  # nothing is connected to
        "MAIL_SENDER": "contact@exemple.fr",
        "BASE_URL": "http://127.0.0.1:8000",  # nor here
    }


def findings(app, session, names):
    report = checks.examine(session, app.config, names.resolver)
    return {finding.subject: finding for finding in report}


def test_what_the_domain_lacks_is_a_fault_with_the_record_to_publish(app, session, names):
    names.holds("exemple.fr", "MX", "10 boite.exemple.fr.")

    finding = findings(app, session, names)["SPF de exemple.fr"]

    assert not finding.is_fine
    assert finding.says.endswith(
        '\n        À publier : exemple.fr. TXT "v=spf1 a:relais.exemple.fr ~all"'
    )


def test_small_value_of_an_unknown_rule_is_to_be_published_once_more(app, session, names):
    organiser = make_organiser(session)
    known, unknown, mended = (
        make_value(session, organiser, make_measured_indicator(session, code), 3.0)
        for code in ("T7", "T8", "T9")
    )
    publish_as(session, organiser, known, Showing.SMALL, less_than=5)
    publish_as(session, organiser, mended, Showing.SMALL)
    publish_as(session, organiser, mended, Showing.SMALL, less_than=5)
    assert "petits nombres" not in findings(app, session, names)

    publish_as(session, organiser, unknown, Showing.SMALL)

    finding = findings(app, session, names)["petits nombres"]
    assert not finding.is_fine
    assert finding.says.startswith("de T8.1, un nombre trop petit est publié")


def test_small_value_that_others_give_away_is_to_be_protected(app, session, names):
    indicator, organiser = make_measured_indicator(session), make_organiser(session)
    small, *shown = (
        make_value(session, organiser, indicator, number, covers=str(number))
        for number in (3.0, 29.0, 32.0)
    )
    publish_as(session, organiser, small, Showing.SMALL, less_than=5)
    for value in shown:
        publish_as(session, organiser, value, Showing.EXACT)

    finding = findings(app, session, names)["nombres masqués"]

    assert not finding.is_fine
    assert finding.says.startswith("de T7.1, un nombre masqué se retrouve par une addition")


def test_what_could_not_be_looked_at_is_told_and_is_no_fault(app, session, names):
    finding = findings(app, session, names)["domaine exemple.fr"]

    assert finding.is_fine
    assert not finding.is_known
    assert "rien n'a pu être vérifié" in finding.says


def test_domain_is_looked_at_after_the_server_and_before_what_waits(app, session, names):
    subjects = list(findings(app, session, names))

    place = subjects.index("domaine exemple.fr")
    assert subjects.index("courrier") < place < subjects.index("courriels en attente")


def test_mails_that_stay_here_need_no_domain(app, session, names):
    app.config["MAIL_SERVER"] = ""

    finding = findings(app, session, names)

    assert "adresse d'expéditeur" not in finding
    assert names.queries == []


def test_installation_in_order_is_told_so(app, session, names):
    directory = app.config["KEYS_DIR"]
    worker.beat(session())
    with writing(session()):
        verification.confirm(session(), directory, now())
        audit_log.record(session(), None, "backup_made", at=now())

    by_subject = findings(app, session, names)

    output = {subject for subject, finding in by_subject.items() if not finding.is_fine}
    assert output == {"comptes", "courrier"}


@pytest.mark.parametrize(
    ("converts", "says"), [(True, "est proposé"), (False, "libreoffice-writer-nogui")]
)
def test_whether_libreoffice_makes_odt_is_told_and_never_a_fault(
    app, session, names, monkeypatch, tmp_path, converts, says
):
    program = tmp_path / "office"
    program.touch(0o755)
    monkeypatch.setattr(office, "PROGRAM", str(program))
    untried = findings(app, session, names)["ODT"]

    office.note_trial(app.config["HOME"], now(), converts=converts)

    finding = findings(app, session, names)["ODT"]
    assert (untried.is_fine, untried.is_known) == (True, False)
    assert (finding.is_fine, finding.is_known) == (True, True)
    assert says in finding.says


def test_language_whose_letters_no_font_has_is_told_with_the_package_to_install():
    rare = "\U0003134a"
    klingon = replace(SHIPPED["ro"], french_name="klingon", name=rare, fonts="fonts-klingon")

    lacking, whole = machine.fonts([SHIPPED["fr"], klingon]), machine.fonts([SHIPPED["fr"]])

    assert (lacking.is_fine, whole.is_fine) == (False, True)
    assert rare in letters_of(klingon)
    assert letters_of(SHIPPED["ar"]) > {*"ابتثجحخدذرزسشصضطظعغفقكلمنهوي"}
    assert "les lettres de cette langue : klingon." in lacking.says
    assert "Installez fonts-klingon, puis redémarrez le service." in lacking.says


def test_where_the_round_is_is_told_and_never_a_fault(app, session, names):
    sentences = []

    def look():
        finding = findings(app, session, names)["tour"]
        assert finding.is_fine
        sentences.append(finding.says.replace("\xa0", " "))

    look()
    actor = organiser_of(session)
    prepare(session, actor, now())
    look()
    for step in (Step.TRY_OUT, Step.END_TRIAL, Step.ANNOUNCE, Step.OPEN, Step.CLOSE):
        if step is Step.END_TRIAL:
            with writing(session()):
                service.end_trial(Work(session(), actor, now()), "tour-1")
            continue
        take(session, actor, "tour-1", step, now())
        look()

    title = "Deuxième consultation"
    assert sentences[:3] == [
        "aucun : l'équipe en prépare un sur la page « Tours »",
        f"{title}, en préparation",
        f"{title}, à l'essai",
    ]
    assert sentences[3].startswith(f"{title}, annoncé, s'ouvre le ")
    assert sentences[4].startswith(f"{title}, ouvert jusqu'au ")
    assert sentences[5].startswith(f"{title}, fermé depuis le ")


def test_silent_worker_is_a_fault(app, session, names, time_machine):
    never = findings(app, session, names)["service"]
    worker.beat(session())
    lives = findings(app, session, names)["service"]
    worker.beat(session())
    time_machine.move_to(now() + timedelta(minutes=6))
    silent = findings(app, session, names)["service"]

    assert [never.is_fine, lives.is_fine, silent.is_fine] == [False, True, False]
    assert "6 min" in silent.says
    unit = re.search(r"systemctl restart ([\w-]+)", silent.says)[1]
    assert (deployment.SOURCES / f"{unit}.service").exists()


def test_job_that_waits_too_long_is_a_fault(app, session, names):
    with writing(session()):
        at = now() - timedelta(hours=3)
        session.add(Job(kind="export", parameters={}, due_at=at, created_at=at))

    finding = findings(app, session, names)["travaux en attente"]

    assert not finding.is_fine
    assert "3 h" in finding.says


def end(session, kind, result, ago, status=JobStatus.FAILED):
    """Store a job of that kind that ended so long ago."""
    at = now() - ago
    ended = {"status": status, "result": result, "finished_at": at}
    with writing(session()):
        session.add(Job(kind=kind, parameters={}, due_at=at, created_at=at, **ended))


def test_jobs_that_failed_of_late_are_a_fault_with_what_to_do(app, session, names):
    end(session, "export", {"error": "OSError"}, timedelta(days=2))
    end(session, "export", {"error": "LeaseLost"}, timedelta(hours=1))
    end(session, "recovery", {"error": "KeyError"}, timedelta(hours=1))

    finding = findings(app, session, names)["travaux échoués"]

    assert not finding.is_fine
    assert "2 : classeurs, à redemander" in finding.says
    assert "1 : liens perdus, que les personnes doivent redemander" in finding.says


@pytest.mark.parametrize(
    ("result", "days", "status"),
    [
        ({"error": "OSError"}, 4, JobStatus.FAILED),
        ({"refusal": "Non."}, 1, JobStatus.FAILED),
        ({"error": "OSError"}, 1, JobStatus.CANCELLED),
    ],
)
def test_failures_of_long_ago_refusals_and_cancelled_jobs_are_no_fault(
    app, session, names, result, days, status
):
    end(session, "export", result, timedelta(days=days), status)

    finding = findings(app, session, names)["travaux échoués"]

    assert (finding.is_fine, finding.says) == (True, "aucun depuis 3 jours")


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.RUNNING])
def test_unfinished_erasure_is_a_fault(app, session, names, time_machine, status):
    with writing(session()):
        erase_copies.order(session(), now())
        later = now() + timedelta(days=1)  # it was tried a moment ago
        session.execute(sa.update(Job).values(status=status, due_at=later))
    early = findings(app, session, names)["effacements"]
    time_machine.move_to(now() + timedelta(hours=3))

    late = findings(app, session, names)["effacements"]

    assert (early.is_fine, late.is_fine) == (True, False)
    assert "il y a 3 h" in late.says


def test_finished_erasure_is_no_fault(app, session, names, time_machine):
    with writing(session()):
        erase_copies.order(session(), now())
    queue.run_due(session())
    with writing(session()):
        queue.enqueue(session(), "export", {}, at=now())
    time_machine.move_to(now() + timedelta(hours=3))

    assert findings(app, session, names)["effacements"].is_fine


def test_old_or_missing_backup_is_a_fault(app, session):
    never = database.backup(session(), app.config)
    with writing(session()):
        audit_log.record(session(), None, "backup_made", at=now() - timedelta(days=3))
    old = database.backup(session(), app.config)
    with writing(session()):
        audit_log.record(session(), None, "backup_made", at=now())
    fresh = database.backup(session(), app.config)

    assert [never.is_fine, old.is_fine, fresh.is_fine] == [False, False, True]
    assert "3 jours" in old.says


def test_clock_behind_what_was_recorded_is_a_fault(app, session):
    right = machine.clock(session())
    with writing(session()):
        audit_log.record(session(), None, "signed_in", at=now() + timedelta(hours=5))
    wrong = machine.clock(session())

    assert [right.is_fine, wrong.is_fine] == [True, False]


def test_keys_that_others_may_read_or_that_have_no_copy_are_a_fault(app, session, tmp_path):
    key_files.read_or_make(tmp_path)
    config = app.config | {"KEYS_DIR": tmp_path, "HOME": tmp_path / "home"}
    no_copy = machine.keys(session(), config)
    with writing(session()):
        verification.confirm(session(), tmp_path, now())
    fine = machine.keys(session(), config)
    beside = machine.keys(
        session(), config | {"HOME": tmp_path, "BASE_URL": "https://consultation.example"}
    )
    key_files.replace(tmp_path / key_files.ENCRYPTION, [key_files.new_key(), key_files.new_key()])
    rotating = machine.keys(session(), config)
    (tmp_path / "link_key").chmod(0o644)
    open_to_all = machine.keys(session(), config)

    assert "keys show" in no_copy.says
    assert fine.is_fine
    assert "autre dossier" in beside.says
    assert "keys rotate" in rotating.says
    assert "chmod 600" in open_to_all.says


# PostgreSQL looks after its own files.
@pytest.mark.only("sqlite")
def test_damaged_database_is_a_fault(app, session, names):
    with writing(session()):
        for _ in range(300):
            audit_log.record(session(), None, "signed_in", details={"text": "x" * 500}, at=now())
    path = app.config["DATABASE_URL"].removeprefix("sqlite:///")
    with db.engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.session.remove()
    db.engine.dispose()
    with open(path, "r+b") as file:
        # What was written last: not a page that says which tables there are.
        file.seek(-20 * PAGE, os.SEEK_END)
        file.write(b"\xff" * 10 * PAGE)

    by_subject = {it.subject: it for it in database.file_or_size(session())}

    assert not by_subject["intégrité"].is_fine
    assert "sauvegarde" in by_subject["intégrité"].says


@pytest.fixture
def https(request):
    """A server on the loopback with a certificate for so many days, and how to trust it."""
    authority, made = trustme.CA(), []

    def serve(days, trusted=True):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ends_at = now() + timedelta(days=days)
        authority.issue_cert("127.0.0.1", not_after=ends_at).configure_cert(context)
        listener = socket.create_server(("127.0.0.1", 0))
        made.append(listener)
        threading.Thread(target=_shake_hands, args=(listener, context), daemon=True).start()
        trusting = ssl.create_default_context()
        if trusted:
            authority.configure_trust(trusting)
        return f"https://127.0.0.1:{listener.getsockname()[1]}", trusting

    yield serve
    for listener in made:
        listener.close()


def _shake_hands(listener, context):
    try:
        plain, _address = listener.accept()
        with plain, context.wrap_socket(plain, server_side=True) as encrypted:
            encrypted.recv(1)
    except OSError:
        pass


@pytest.mark.parametrize(
    ("days", "trusted", "is_fine", "says"),
    [
        (60, True, True, "jours"),
        (5, True, False, "renouvelez-le"),
        (-1, True, False, "expired"),
        (60, False, False, "est refusé"),
    ],
)
def test_certificate_is_looked_at_to_its_last_day(https, days, trusted, is_fine, says):
    finding = machine.certificate(*https(days, trusted))

    assert finding.is_fine is is_fine
    assert says in finding.says


def test_unreachable_or_unencrypted_site_is_told(app):
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    silent.close()

    away = machine.certificate(f"https://127.0.0.1:{port}")
    clear = machine.certificate("http://consultation.example")

    assert (away.is_fine, away.is_known) == (True, False)
    assert not clear.is_fine


SITE = "https://consultation.example.org"


@pytest.fixture
def installed(tmp_path):
    """Nginx's file as this version writes it, where it is installed."""
    places = deployment.Places(name="consultation.example.org", port=8123)
    deployment.write(tmp_path, places)
    return tmp_path / "nginx" / "consultation.example.org.conf"


def proxy_findings(installed):
    return machine.proxy(SITE, [installed.parent.parent / "conf.d", installed.parent])


def test_proxy_file_of_this_version_is_fine_whatever_else_was_edited_in_it(installed):
    installed.write_text(installed.read_text("utf-8").replace("16m", "20m"), "utf-8")

    (finding,) = proxy_findings(installed)

    assert finding.is_fine
    assert str(installed) in finding.says


@pytest.mark.parametrize(
    "line", ["", "# consultation-proxy 0123456789ab", "# consultation-proxy \x00é"]
)
def test_proxy_file_of_another_version_is_a_fault_with_what_to_do(installed, line):
    _first, *others = installed.read_text("utf-8").splitlines(keepends=True)
    installed.write_text("".join([line, "\n", *others]), "utf-8")

    (finding,) = proxy_findings(installed)

    assert not finding.is_fine
    assert "consultation deployment --to" in finding.says
    assert "systemctl reload nginx" in finding.says


def test_proxy_file_that_can_not_be_read_is_told_and_another_server_is_not_missed(installed):
    installed.unlink()
    assert proxy_findings(installed) == []

    installed.symlink_to(installed.parent / "gone.conf")
    (finding,) = proxy_findings(installed)

    assert (finding.is_fine, finding.is_known) == (True, False)


def test_what_is_found_is_read_by_machines_too(run, monkeypatch):
    monkeypatch.setenv("CONSULTATION_BASE_URL", "http://127.0.0.1:8000")

    output = run("doctor", "--json")

    states = {each["subject"]: each["state"] for each in json.loads(output.stdout)}
    assert output.exit_code == 1
    assert states["base de données"] == "ok"
    assert states["service"] == "fault"


@pytest.mark.parametrize(
    ("url", "verdicts"),
    [
        ("sqlite:////srv/consultation.sqlite", []),
        ("postgresql://consultation@localhost/consultation", []),
        ("postgresql://consultation@base.example/consultation?sslmode=verify-full", [True]),
        ("postgresql://consultation@base.example/consultation?sslmode=require", [False]),
        ("postgresql://consultation@base.example/consultation", [False]),
        ("postgresql://consultation@localhost,base.example/consultation", [False]),
        ("postgresql://consultation@/consultation?host=base.example", [False]),
        ("postgresql://consultation@/consultation?host=/run/postgresql", []),
    ],
)
def test_distant_database_without_tls_is_a_fault(url, verdicts):
    checks = database.connection(url)

    assert [finding.is_fine for finding in checks] == verdicts


def stamp(session, revision):
    with writing(session):
        session.execute(sa.text("UPDATE alembic_version SET version_num = :it"), {"it": revision})


def test_tables_that_are_to_be_changed_are_told_and_left(run, app, session):
    command.downgrade(upgrade.config_for(db.engine), "-1")

    output = run("doctor")

    assert "À VOIR  base de données : une migration attend" in output.stdout
    assert "disque" in output.stdout
    assert output.exit_code == 1
    assert upgrade.pending_count(db.engine) == 1


def test_database_of_a_later_version_is_told_and_left_by_every_command(run, app, session, client):
    stamp(session, "9999")

    output, other = run("doctor"), run("round", "open")
    ready = client.get("/readyz")
    revision = session.scalar(sa.text("SELECT version_num FROM alembic_version"))

    assert "vient d'une version plus récente" in output.stdout
    assert (output.exit_code, other.exit_code) == (1, 1)
    assert other.stderr.startswith("La base de données vient d'une version plus récente du site")
    assert (ready.status_code, ready.json["database"]) == (503, "newer")
    assert revision == "9999"


@pytest.mark.only("postgresql")
def test_database_in_another_encoding_is_told_with_the_command_that_mends(
    run, databases, monkeypatch
):
    with databases.made("ascii", "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'") as url:
        monkeypatch.setenv("CONSULTATION_DATABASE_URL", url)

        output, other = run("doctor"), run("mail", "status")

    assert (output.exit_code, other.exit_code) == (1, 1)
    assert other.stderr.startswith("La base PostgreSQL « ascii » est en SQL_ASCII, et non en UTF8.")
    assert "createdb --encoding=UTF8" in other.stderr
    assert f"À VOIR  base de données : {other.stderr.strip()}" in output.stdout


@pytest.fixture
def asking_for_a_password(databases, postgres_server):
    """The address, without its password, of a database to which nobody gets without one."""
    rules = postgres_server.pgdata / "pg_hba.conf"
    before = rules.read_text()
    with databases.made("guarded", "ENCODING 'UTF8' TEMPLATE template0") as url:
        postgres_server.psql("CREATE ROLE guard LOGIN PASSWORD 'sésame'")
        rules.write_text(f"local guarded guard scram-sha-256\n{before}")
        postgres_server.psql("SELECT pg_reload_conf()")
        yield sa.make_url(url).set(username="guard", password=None)
        rules.write_text(before)
        postgres_server.psql("SELECT pg_reload_conf()")
        postgres_server.psql("DROP ROLE guard")


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        (None, "PostgreSQL demande un mot de passe, et aucun n'est donné : écrivez-le dans"),
        ("faux", "PostgreSQL refuse la connexion (FATAL:  password authentication failed"),
    ],
)
def test_password_that_is_lacking_or_refused_is_told(
    run, asking_for_a_password, monkeypatch, password, sentence
):
    url = asking_for_a_password.set(password=password).render_as_string(hide_password=False)
    monkeypatch.setenv("CONSULTATION_DATABASE_URL", url)

    output, other = run("doctor"), run("mail", "status")

    assert (output.exit_code, other.exit_code) == (1, 1)
    assert other.stderr.startswith(sentence)
    assert "CONSULTATION_DATABASE_URL" in other.stderr
    assert f"À VOIR  base de données : {other.stderr.strip()}" in output.stdout
    assert "place sur le disque" not in other.stderr


def test_silent_database_is_told_in_a_sentence(run, monkeypatch):
    monkeypatch.setenv("CONSULTATION_DATABASE_URL", "postgresql+psycopg://x@127.0.0.1:1/x")

    output, other = run("doctor"), run("round", "open")

    assert "À VOIR  base de données : elle ne répond pas, ou" in output.stdout
    assert (output.exit_code, other.exit_code) == (1, 1)
    assert other.stderr.startswith("La base de données ne répond pas")
