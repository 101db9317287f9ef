"""Copies of the database: sealed, whole, and put back into an empty place only."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pyrage
import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.orm import Session

from consultation import create_app
from consultation.clock import now
from consultation.crypto import key_files
from consultation.db import base, erasure_log, upgrade
from consultation.db.base import writing
from consultation.decisions.models import DecisionBasis, IndicatorDecision, PlanEdition
from consultation.extensions import db
from consultation.operations.backups import backup, encryption, restore
from consultation.operations.doctor import database
from consultation.operations.keys import verification
from consultation.questionnaires.models import Round
from consultation.recordings.models import Recording
from consultation.responses.models import Answer
from consultation.server import run as server_run
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
)
from tests.factories import screen_all
from tests.operations.copied import ADDRESS, contacts, tables
from tests.questionnaires.rounds.builders import organiser_of
from tests.recordings.builders import mp3, record_all

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("postgres_programs", "schemas_kept")]


@pytest.mark.only("sqlite")
def test_backup_is_restored_into_an_empty_place_only(run, tmp_path, monkeypatch):
    run("demo", "--measures", "2", "--responses", "30")
    copy = tmp_path / "copie.sqlite"
    saved = run("backup", copy)
    assert saved.exit_code == 0
    assert re.search(r": \d+,\d Mo, signée", saved.output)
    assert run("backup", copy).exit_code == 1  # never overwrites
    assert run("restore", copy).exit_code == 1  # nor does it restore over a database
    monkeypatch.setenv("CONSULTATION_DATABASE_URL", f"sqlite:///{tmp_path / 'new' / 'site.sqlite'}")
    assert "peut être remise" in run("restore", copy, "--dry-run").output
    assert "30 contributions" in run("restore", copy).output


@pytest.mark.only("postgresql")
@pytest.mark.usefixtures("postgres_programs")
def test_postgresql_is_backed_up_and_restored_by_its_own_programs(
    run, databases, tmp_path, monkeypatch
):
    run("demo", "--measures", "2", "--responses", "8")
    copy, other = tmp_path / "copie.dump", databases.create_empty()

    taken = run("backup", copy)
    refused = run("restore", copy)
    monkeypatch.setenv("CONSULTATION_DATABASE_URL", other)
    restored = run("restore", copy)

    assert taken.exit_code == 0, taken.output
    assert refused.exit_code == 1
    assert "n'est pas vide" in refused.output
    assert "8 contributions" in restored.output
    databases.drop(other)


def test_dry_run_examines_a_copy_while_the_site_lives(run, filled, settings, tmp_path):
    copy, url = tmp_path / "copie", settings["DATABASE_URL"]
    run("backup", copy)
    before = tables(url)

    looked, restored = run("restore", copy, "--dry-run"), run("restore", copy)

    assert looked.exit_code == 0, looked.output
    assert "est intacte et peut être remise, dans un endroit vide." in looked.output
    assert tables(url) == before
    assert restored.exit_code == 1
    assert "n'est pas vide" in restored.output


@pytest.mark.only("sqlite")
def test_copy_of_postgresql_is_told_from_a_damaged_one(run, elsewhere, tmp_path):
    elsewhere()
    copy = tmp_path / "copie.dump"
    copy.write_bytes(b"PGDMP\x01\x0e\x00")

    refused = run("restore", copy)

    assert refused.exit_code == 1
    assert f"{copy} est la copie d'une base PostgreSQL" in refused.output
    assert "CONSULTATION_DATABASE_URL" in refused.output


@pytest.mark.only("postgresql")
def test_copy_of_sqlite_is_told_from_a_damaged_one(run, elsewhere, tmp_path):
    elsewhere()
    copy = tmp_path / "copie.sqlite"
    with closing(sqlite3.connect(copy)) as made:
        made.execute("CREATE TABLE alembic_version (version_num TEXT)")

    refused = run("restore", copy)

    assert refused.exit_code == 1
    assert f"{copy} est la copie d'une base SQLite" in refused.output
    assert "CONSULTATION_DATABASE_URL" in refused.output


@pytest.mark.only("sqlite")
def test_damaged_backup_is_refused(run, tmp_path, monkeypatch):
    broken = tmp_path / "copie.sqlite"
    broken.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    monkeypatch.setenv("CONSULTATION_DATABASE_URL", f"sqlite:///{tmp_path / 'site.sqlite'}")

    refused = run("restore", broken)

    assert refused.exit_code == 1
    assert "n'est pas une sauvegarde intacte" in refused.output
    assert not (tmp_path / "site.sqlite").exists()


@pytest.mark.only("sqlite")
def test_backup_goes_on_however_often_others_commit(filled, settings, tmp_path, monkeypatch):
    url, left = settings["DATABASE_URL"], []
    path = url.removeprefix("sqlite:///")

    def write(_status, remaining, total):
        left.append((total, remaining))
        assert remaining == total - len(left), "it has started over"
        writer.execute("INSERT INTO busy VALUES ('x')")

    class Watched(sqlite3.Connection):
        def backup(self, target, *, pages):
            super().backup(target, pages=1, progress=write)

    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("CREATE TABLE busy (word)")
        monkeypatch.setattr(backup.sqlite3, "connect", partial(sqlite3.connect, factory=Watched))
        backup.backup(url, tmp_path / "copie.sqlite")
        monkeypatch.undo()

    with closing(sqlite3.connect(tmp_path / "copie.sqlite")) as copy:
        assert left[-1][1] == 0
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM busy").fetchone() == (0,)


@pytest.mark.only("sqlite")
def test_backup_made_while_somebody_writes_is_whole(run, settings, tmp_path, monkeypatch):
    run("demo", "--measures", "2", "--responses", "5")
    path = settings["DATABASE_URL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM answer")
        monkeypatch.setattr(base, "BUSY_TIMEOUT_MS", 100)  # the trail of it waits in vain

        done = run("backup", tmp_path / "copie.sqlite")
        writer.execute("ROLLBACK")

    assert done.exit_code == 0, done.output
    with closing(sqlite3.connect(tmp_path / "copie.sqlite")) as copy:
        assert copy.execute("SELECT count(*) FROM answer").fetchone()[0] > 0
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize(
    "url",
    ["postgresql+psycopg://jean:s%40cret@base/site", "postgresql://jean@/site?password=s@cret"],
)
def test_password_of_the_database_is_on_no_command_line(tmp_path, monkeypatch, url):
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$PGPASSWORD $@" > {tmp_path}/told\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    backup.backup(url, tmp_path / "copie")

    password, *arguments = (tmp_path / "told").read_text().split()
    assert password == "s@cret"
    assert "cret" not in " ".join(arguments)
    assert "jean" in " ".join(arguments)


def test_sealed_backup_is_opened_by_its_identity_only(
    run, filled, identity, elsewhere, tmp_path, monkeypatch
):
    path, public = identity
    copy, other = tmp_path / "copie.age", tmp_path / "autre"
    encryption.make_identity(other)
    monkeypatch.setenv("CONSULTATION_BACKUP_RECIPIENT", public)

    taken = run("backup", copy)
    url = elsewhere()
    without = run("restore", copy)
    wrong = run("restore", copy, "--identity", other)
    before = tables(url)
    restored = run("restore", copy, "--identity", path)

    assert taken.exit_code == 0, taken.output
    assert "chiffrée." in taken.output
    assert copy.read_bytes().startswith(encryption.HEADER)
    assert (without.exit_code, wrong.exit_code) == (1, 1)
    assert "--identity" in without.output
    assert "Cette clé n'ouvre pas" in wrong.output
    assert before == []
    assert "1 contribution." in restored.output
    assert contacts(url) == [ADDRESS]


def test_nothing_clear_is_left_of_a_sealed_backup(run, settings, filled, identity, tmp_path):
    run("backup", tmp_path / "copie.age", "--to", identity[1])

    assert b"Un mot." not in (tmp_path / "copie.age").read_bytes()
    assert list(settings["HOME"].glob(".copy-*")) == []
    assert (tmp_path / "copie.age").stat().st_mode & 0o077 == 0


def test_backup_is_sealed_to_several_keys(tmp_path):
    (tmp_path / "clair").write_bytes(b"Bonjour")
    public = [encryption.make_identity(tmp_path / name) for name in ("une", "deux")]

    encryption.seal(
        tmp_path / "clair", tmp_path / "scelle", encryption.recipients_in(" ".join(public))
    )
    for name in ("une", "deux"):
        encryption.unseal(tmp_path / "scelle", tmp_path / f"ouvert-{name}", tmp_path / name)

    assert (tmp_path / "ouvert-une").read_bytes() == b"Bonjour"
    assert (tmp_path / "ouvert-deux").read_bytes() == b"Bonjour"


@pytest.mark.parametrize("left", [10, 120, 300, -1000, -1])
def test_cut_sealed_file_is_refused(tmp_path, left):
    identity, sealed = tmp_path / "cle", tmp_path / "scelle"
    public = encryption.make_identity(identity)
    (tmp_path / "clair").write_bytes(os.urandom(200_000))
    encryption.seal(tmp_path / "clair", sealed, encryption.recipients_in(public))
    os.truncate(sealed, left if left > 0 else sealed.stat().st_size + left)

    with pytest.raises(encryption.SealRefused, match="incomplète ou abîmée"):
        encryption.unseal(sealed, tmp_path / "ouvert", identity)


@pytest.mark.parametrize("text", ["age1", "AGE-SECRET-KEY-1ABC", "jeanne"])
def test_invalid_key_is_refused(text):
    with pytest.raises(encryption.SealRefused, match="age1"):
        encryption.recipients_in(text)


def test_identity_is_never_replaced(run, tmp_path):
    made = run("keys", "identity", tmp_path / "cle")
    again = run("keys", "identity", tmp_path / "cle")

    assert "age1" in made.output
    assert again.exit_code == 1
    assert (tmp_path / "cle").stat().st_mode & 0o077 == 0
    assert pyrage.x25519.Identity.from_str((tmp_path / "cle").read_text().split()[-1])


def test_backup_of_a_newer_version_is_refused(run, app, filled, elsewhere, tmp_path):
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    db.engine.dispose()
    url = app.config["DATABASE_URL"]
    backup.backup(url, tmp_path / "copie")

    refused_url = elsewhere()
    refused = run("restore", tmp_path / "copie")

    assert refused.exit_code == 1
    assert "version plus récente" in refused.output
    assert tables(refused_url) == []


def test_backup_can_be_made_before_the_tables_change(run, filled, elsewhere, tmp_path):
    command.downgrade(upgrade.config_for(db.engine), "-1")

    taken = run("backup", tmp_path / "copie")
    pending = upgrade.pending_count(db.engine)
    db.engine.dispose()
    url = elsewhere()
    restored = run("restore", tmp_path / "copie")

    assert (taken.exit_code, restored.exit_code) == (0, 0), taken.output
    assert pending == 1
    assert contacts(url) == [ADDRESS]


@pytest.mark.parametrize("lost", [*key_files.LASTING, key_files.ENCRYPTION])
def test_with_the_keys_of_another_nothing_is_put_back_and_with_the_right_ones_all_is(
    run, settings, session, filled, elsewhere, keys_but, tmp_path, monkeypatch, lost
):
    with writing(session()):
        verification.verify_keys(session(), settings["KEYS_DIR"], now())
    db.engine.dispose()
    run("backup", tmp_path / "copie")
    url = elsewhere()
    keys_but(lost)

    looked, refused = (
        run("restore", tmp_path / "copie", "--dry-run"),
        run("restore", tmp_path / "copie"),
    )
    before = tables(url)
    monkeypatch.setenv("CONSULTATION_KEYS_DIR", str(settings["KEYS_DIR"]))
    restored = run("restore", tmp_path / "copie")

    assert (looked.exit_code, refused.exit_code, restored.exit_code) == (1, 1, 0)
    assert "se lit, mais les clés de" in looked.output
    assert "rien n'est remis" in refused.output
    assert before == []
    assert contacts(url) == [ADDRESS]


def test_one_value_that_was_lost_before_does_not_keep_a_copy_from_being_put_back(
    run, session, filled, elsewhere, tmp_path
):
    with writing(session()):
        session.execute(sa.text("UPDATE contact SET name = :it"), {"it": b"gAAAA-of-another"})
    db.engine.dispose()
    run("backup", tmp_path / "copie")
    elsewhere()

    assert run("restore", tmp_path / "copie").exit_code == 0


def test_without_the_keys_what_needs_none_can_still_be_put_back(
    run, filled, elsewhere, keys_but, tmp_path
):
    run("backup", tmp_path / "copie")
    elsewhere()
    keys_but(key_files.ENCRYPTION)

    restored = run("restore", tmp_path / "copie", "--without-keys")

    assert restored.exit_code == 0, restored.output
    assert "1 contribution." in restored.output
    assert "consultation keys abandon" in restored.output


def test_texts_read_aloud_come_back_and_their_size_is_said(
    run, app, session, filled, elsewhere, tmp_path
):
    consultation_round = session.scalars(sa.select(Round)).one()
    record_all(session, consultation_round, organiser_of(session), content=mp3(500))
    count = session.scalar(sa.select(sa.func.count(Recording.id)))
    megabytes = f"{count * len(mp3(500)) / 1_048_576:.1f}".replace(".", ",")
    session.remove()

    saved = run("backup", tmp_path / "copie")
    url = elsewhere()
    restored = run("restore", tmp_path / "copie")

    assert f"Les enregistrements de textes en font {megabytes} Mo." in saved.output
    assert restored.exit_code == 0, restored.output
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with Session(engine) as there:
        contents = there.scalars(sa.select(Recording.content)).all()
    assert contents == [mp3(500)] * count


def list_everybody_as_erased(session, home):
    public_ids = session.scalars(sa.text("SELECT public_id FROM response")).all()
    erasure_log.note(
        home, "respondent", now(), links=[], responses=public_ids, texts=True, invitee=False
    )


def test_who_was_erased_since_is_erased_again(run, app, session, filled, elsewhere, tmp_path):
    run("backup", tmp_path / "copie")
    list_everybody_as_erased(session, app.config["HOME"])

    url = elsewhere()
    restored = run("restore", tmp_path / "copie")

    assert "Effacements refaits : 1." in restored.output
    assert contacts(url) == []


def test_decisions_come_back_and_rest_no_more_on_who_was_erased_since(
    run, app, session, filled, elsewhere, tmp_path
):
    organiser = make_organiser(session)
    answer = session.scalars(sa.select(Answer.id).where(Answer.text == "Un mot.")).one()
    screen_all(session)
    decision = make_decision(session, organiser, indicator_subject(session), answer_ids=[answer])
    content_hash = make_edition(session, organiser, decision).content_hash
    run("backup", tmp_path / "copie")
    list_everybody_as_erased(session, app.config["HOME"])

    url = elsewhere()
    run("restore", tmp_path / "copie")

    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert connection.scalars(sa.select(IndicatorDecision.id)).all() == [decision.id]
        assert connection.scalars(sa.select(PlanEdition.content_hash)).all() == [content_hash]
        assert connection.scalars(sa.select(DecisionBasis.answer_id)).all() == [None]
        assert "Un mot." not in connection.scalars(sa.select(Answer.text)).all()


@pytest.mark.every_case
@pytest.mark.parametrize("next_step", ["command", "site"])
def test_interrupted_restore_is_finished_before_anything_else(
    run, app, session, filled, elsewhere, restore_cut_short, tmp_path, next_step
):
    run("backup", tmp_path / "copie")
    list_everybody_as_erased(session, app.config["HOME"])
    url = elsewhere()
    restore_cut_short(tmp_path / "copie")
    before = len(contacts(url))

    if next_step == "command":
        run("mail", "status")
    else:
        again = create_app({**app.config, "DATABASE_URL": url})
        with again.app_context():
            server_run._prepare(again, lambda _output: None)
            db.engine.dispose()

    assert (before, contacts(url)) == (1, [])
    assert not (app.config["HOME"] / restore.MARK).exists()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"kind": "respondent", "at": "20', "est abîmée"),
        ('"respondent"', "est abîmée"),
        ('{"kind": "of tomorrow"}', "version plus récente"),
    ],
)
def test_damaged_erasure_list_is_told_before_anything_is_put_back(
    run, settings, filled, elsewhere, tmp_path, line, says
):
    run("backup", tmp_path / "copie")
    (settings["HOME"] / erasure_log.NAME).write_text(f"\n{line}\n")

    url = elsewhere()
    refused = run("restore", tmp_path / "copie")

    assert refused.exit_code == 1
    assert "La ligne 2 de" in refused.output
    assert says in refused.output
    assert tables(url) == []


def forge(session, home):
    """Add a line to the list, as someone may who writes in its folder but has no keys."""
    list_everybody_as_erased(session, home)
    path = home / erasure_log.NAME
    path.write_text(path.read_text().replace('"invitee": false', '"invitee": true'))


def test_changed_erasure_list_is_told_before_anything_is_put_back(
    run, app, session, filled, elsewhere, tmp_path
):
    run("backup", tmp_path / "copie")
    forge(session, app.config["HOME"])

    url = elsewhere()
    refused = run("restore", tmp_path / "copie")
    is_empty = tables(url) == []
    accepted = run("restore", tmp_path / "copie", "--accept-tampered")

    assert refused.exit_code == 1
    assert "La ligne 1 de" in refused.output
    assert "--accept-tampered" in refused.output
    assert is_empty
    assert "Effacements refaits : 1." in accepted.output
    assert contacts(url) == []
    assert erasure_log.refusal(app.config["HOME"] / erasure_log.NAME) == ""
    assert "restored" in " ".join(audit_actions(url))


def audit_actions(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return connection.scalars(sa.text("SELECT action FROM audit_event")).all()


def test_changed_erasure_list_that_is_brought_is_refused_too(
    run, app, session, filled, elsewhere, tmp_path
):
    run("backup", tmp_path / "copie")
    (tmp_path / "brought").mkdir()
    forge(session, tmp_path / "brought")

    url = elsewhere()
    brought = tmp_path / "brought" / erasure_log.NAME
    refused = run("restore", tmp_path / "copie", "--erasures", brought)

    assert refused.exit_code == 1
    assert f"La ligne 1 de {brought}" in refused.output
    assert tables(url) == []


def test_doctor_and_command_tell_of_a_changed_list_until_it_is_accepted(run, app, session, filled):
    home = app.config["HOME"]
    before = database.erasure_list(home)
    forge(session, home)
    found = database.erasure_list(home)
    told = run("erasures")
    accepted = run("erasures", "--accept")

    assert (before.is_fine, found.is_fine) == (True, False)
    assert "consultation erasures --accept" in found.says
    assert told.exit_code == 1
    assert "La ligne 1 de" in told.output
    assert accepted.exit_code == 0, accepted.output
    assert "1 effacement : la liste est signée." in accepted.output
    assert database.erasure_list(home).is_fine
    assert run("erasures").exit_code == 0


def test_erasure_list_that_is_brought_is_kept_for_the_next_time(
    run, settings, filled, elsewhere, tmp_path
):
    run("backup", tmp_path / "copie")
    for folder in ("brought", "here"):
        (tmp_path / folder).mkdir()
        erasure_log.note(tmp_path / folder, "erasure", now(), text=folder, ranges=[])
    brought = tmp_path / "brought" / erasure_log.NAME
    (tmp_path / "here" / erasure_log.NAME).rename(settings["HOME"] / erasure_log.NAME)

    elsewhere()
    restored = run("restore", tmp_path / "copie", "--erasures", brought)
    erasure_log.add(settings["HOME"], erasure_log.read(brought))

    listed = erasure_log.read(settings["HOME"] / erasure_log.NAME)
    assert "Effacements refaits : 2." in restored.output
    assert [entry["text"] for entry in listed] == ["here", "brought"]


def test_folder_of_backups_keeps_as_many_days_as_it_is_told(run, tmp_path, filled):
    folder = tmp_path / "copies"
    folder.mkdir()
    others = ["notes.txt", "consultation-2020.sqlite"]
    for name in (*others, "consultation-2020-01-01-030000.sqlite.age"):
        (folder / name).write_text("x")

    done = run("backup", folder, "--keep", "30")
    names = {path.name for path in folder.iterdir()}

    assert "1 sauvegarde supprimée : plus de 30 jours." in done.output
    assert names >= set(others)
    assert len(names) == 3
    assert backup.outlived(folder, 30, now()) == []
    assert len(backup.outlived(folder, 30, now() + timedelta(days=31))) == 1


@pytest.fixture
def long_ago(settings, tmp_path):
    """What copies cut short have left, two days ago and just now."""
    (tmp_path / "copies").mkdir()
    old, young = [], [tmp_path / "copies" / ".consultation-2026-01-03-030000.sqlite.part"]
    for name in ("2026-01-01-030000.sqlite", "2026-01-02-030000.dump.age"):
        old.append(tmp_path / "copies" / f".consultation-{name}.part")
        old.append(tmp_path / "copies" / f".consultation-{name}.part-journal")
    old.append(settings["HOME"] / ".copy-abc.part-journal")
    for path in (*old, *young):
        path.write_text("x")
    then = (now() - timedelta(days=2)).timestamp()
    for path in old:
        os.utime(path, (then, then))
    return old, young


def test_what_a_copy_that_was_cut_short_has_left_goes_a_day_later(
    run, filled, long_ago, identity, tmp_path
):
    old, young = long_ago

    done = run("backup", tmp_path / "copies", "--to", identity[1])

    assert done.exit_code == 0, done.output
    assert [path for path in old if path.exists()] == []
    assert all(path.exists() for path in young)


@pytest.mark.only("sqlite")
def test_what_a_restoring_that_was_cut_short_has_left_goes_too(run, settings, filled, tmp_path):
    place = Path(settings["DATABASE_URL"].removeprefix("sqlite:///"))
    left = place.with_name(f".{place.name}.part")
    left.write_text("x")
    os.utime(left, (0, 0))

    run("backup", tmp_path / "copie")

    assert not left.exists()


CUT_SHORT = """
import os, signal, sys
from consultation import files
from consultation.cli import main
files.sync = lambda path: os.kill(os.getpid(), signal.SIGTERM)
main.main(["backup", sys.argv[1]])
"""


def test_interrupted_backup_leaves_nothing(run, filled, tmp_path):
    (tmp_path / "copies").mkdir()

    ended = subprocess.run([sys.executable, "-c", CUT_SHORT, tmp_path / "copies"], check=False)

    assert ended.returncode == 128 + signal.SIGTERM
    assert list((tmp_path / "copies").iterdir()) == []


def test_copies_are_named_by_the_hour_of_paris(tmp_path):
    at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)

    named = backup.place_in(tmp_path, "sqlite:///x", "age1", at)

    assert named.name == "consultation-2026-07-02-003000.sqlite.age"
