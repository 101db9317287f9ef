"""The copy of the keys on paper: shown, checked line by line, confirmed."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent
from consultation.crypto import key_files
from consultation.crypto.keyring import Keyring, KeysUnreadable
from consultation.operations.keys import verification

pytestmark = pytest.mark.database


@pytest.fixture
def settings(settings, tmp_path):
    return settings | {"KEYS_DIR": tmp_path / "keys"}


def test_paper_copy_holds_every_key_with_its_check_sum(run, app):
    output = run("keys", "show")

    for line in key_files.lines(app.config["KEYS_DIR"]):
        assert line.key in output.output
        assert f"somme {line.sum}" in output.output
    assert key_files.whole_sum(app.config["KEYS_DIR"]) in output.output


def test_showing_the_keys_leaves_no_secret_in_the_trail(run, app, session):
    run("keys", "show")

    events = session.scalars(sa.select(AuditEvent)).all()
    output = str([(event.action, event.subject, event.details) for event in events])
    assert "keys_shown" in output
    assert not [line for line in key_files.lines(app.config["KEYS_DIR"]) if line.key in output]


def test_sums_alone_show_no_key(run, app):
    checked = run("keys", "check")

    lines = list(key_files.lines(app.config["KEYS_DIR"]))
    assert len(re.findall(r"^[0-9A-F]{8}  ", checked.output, re.MULTILINE)) == len(lines) + 1
    assert not [line for line in lines if line.key in checked.output]


@pytest.mark.only("sqlite")
def test_sums_are_compared_before_a_backup_is_put_back(run, settings, tmp_path, monkeypatch):
    copy = tmp_path / "copie.sqlite"
    run("backup", copy)
    monkeypatch.setenv("CONSULTATION_HOME", str(tmp_path / "ailleurs"))
    monkeypatch.setenv("CONSULTATION_DATABASE_URL", f"sqlite:///{tmp_path}/ailleurs/base.sqlite")

    checked = run("keys", "check")
    restored = run("restore", copy)

    assert key_files.whole_sum(settings["KEYS_DIR"]) in checked.output
    assert restored.exit_code == 0, restored.output


def test_copy_is_confirmed_by_its_sum_until_a_key_changes(run, app, session):
    directory = app.config["KEYS_DIR"]
    wrong = run("keys", "confirm", "00000000")
    before = verification.is_confirmed(session(), directory)
    session.rollback()

    done = run("keys", "confirm", key_files.whole_sum(directory).lower())
    after = verification.is_confirmed(session(), directory)
    key_files.replace(directory / key_files.ENCRYPTION, [key_files.new_key()])

    assert (wrong.exit_code, done.exit_code) == (1, 0)
    assert (before, after) == (False, True)
    assert not verification.is_confirmed(session(), directory)


@pytest.mark.usefixtures("postgres_programs")
def test_backup_asks_for_the_copy_of_the_keys_until_it_is_confirmed(run, app, tmp_path):
    directory = app.config["KEYS_DIR"]
    asks = run("backup", tmp_path / "une")

    run("keys", "confirm", key_files.whole_sum(directory))
    asks_no_more = run("backup", tmp_path / "deux")

    assert str(directory) in asks.output
    assert "keys show" in asks.output
    assert "keys show" not in asks_no_more.output


@pytest.mark.parametrize(
    ("name", "content"), [("link_key", ""), (key_files.ENCRYPTION, "une clé fautive")]
)
def test_empty_key_file_is_refused_in_a_sentence(tmp_path, name, content):
    key_files.read_or_make(tmp_path)
    (tmp_path / name).write_text(content, "utf-8")

    with pytest.raises(KeysUnreadable, match="illisible"):
        Keyring().load(tmp_path)


@pytest.mark.parametrize("name", key_files.NAMES)
def test_missing_key_file_is_asked_for_and_never_made_again(tmp_path, name):
    key_files.read_or_make(tmp_path)
    (tmp_path / name).unlink()

    with pytest.raises(KeysUnreadable, match=f"Il manque {name} dans .* remettez ce fichier"):
        Keyring().load(tmp_path)

    assert not (tmp_path / name).exists()


def test_what_a_first_start_cut_short_has_not_made_is_made_by_the_next(tmp_path):
    made = key_files.read_or_make(tmp_path)
    (tmp_path / key_files.MAKE_MISSING).touch()
    (tmp_path / "index_key").unlink()

    finished = key_files.read_or_make(tmp_path)

    assert finished == made | {"index_key": finished["index_key"]}
    assert {path.name for path in tmp_path.iterdir()} == set(key_files.NAMES)


@pytest.mark.parametrize("attempt", range(10))
def test_processes_that_start_at_once_on_an_empty_folder_agree(tmp_path, attempt):
    start = threading.Barrier(8)

    def load(_place):
        start.wait()
        return key_files.read_or_make(tmp_path)

    with ThreadPoolExecutor(8) as starting:
        first, *others = starting.map(load, range(8))

    assert others == [first] * 7
    assert {path.name for path in tmp_path.iterdir()} == set(key_files.NAMES)
