"""The encryption key is changed under a running site: everything stays readable, and findable."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from consultation.accounts.models import SecondFactor
from consultation.crypto import key_files
from consultation.crypto.key_files import ENCRYPTION
from consultation.crypto.keyring import Keyring, keyring
from consultation.db.base import writing
from consultation.extensions import db
from consultation.inbox import attachments
from consultation.mail import addresses
from consultation.mail.models import Suppression
from consultation.operations.keys import rotation
from consultation.responses.models import Contact
from tests.factories import make_measure, make_round
from tests.sealed import fill_every_column, make_respondent, sealed_values

pytestmark = pytest.mark.database


@pytest.fixture
def settings(settings, tmp_path):
    return settings | {"KEYS_DIR": tmp_path / "keys"}


@pytest.fixture
def filled(session):
    """Three values in each encrypted column."""
    make_measure(session, "T7")
    made = make_round(session)
    session.commit()
    for name in ("anne", "zoé", "œnone"):
        fill_every_column(session(), made.id, name)


@pytest.fixture
def key_file(app):
    return app.config["KEYS_DIR"] / ENCRYPTION


def rotate(session, app, settling=0):
    config = app.config
    return rotation.rotate(
        session(), config["KEYS_DIR"], config["HOME"], lambda _line: None, settling=settling
    )


def test_every_encrypted_column_is_read_by_the_new_key_alone(app, session, filled, key_file):
    [old] = key_files.read(key_file)
    attachments.write(app.config["HOME"], "piece", b"une image")

    done = rotate(session, app)

    [new] = key_files.read(key_file)
    sealed = sealed_values(session)
    values = [value for stored in sealed.values() for value in stored]
    assert new != old
    assert all(len(stored) >= 3 for stored in sealed.values()), "a column that no row fills"
    assert [Fernet(new).decrypt(value) for value in values]
    assert (done.values, done.files, done.retired, done.unread) == (len(values), 1, 1, 0)
    assert Fernet(new).decrypt((app.config["HOME"] / "inbox" / "piece").read_bytes())
    assert attachments.read(app.config["HOME"], "piece") == b"une image"
    with pytest.raises(InvalidToken):
        Fernet(old).decrypt(values[0])


def test_blind_indexes_and_secrets_serve_as_before(app, session, filled):
    rotate(session, app)

    index = addresses.index_of("zoé@exemple.fr")
    values = session.scalars(sa.select(Suppression).where(Suppression.address_index == index)).one()
    secrets = session.scalars(sa.select(SecondFactor.secret).order_by(SecondFactor.account_id))
    assert values.address == "zoé@exemple.fr"
    assert secrets.all() == ["anne", "zoé", "œnone"]


def test_process_with_the_old_key_alone_reads_and_writes_on(app, session, filled, key_file):
    running = Keyring()
    running.load(app.config["KEYS_DIR"])
    in_its_hands = running.encrypt("avant")

    rotate(session, app)

    [new] = key_files.read(key_file)
    [address, *_others] = sealed_values(session)["contact.address"]
    assert Fernet(new).decrypt(running.encrypt("après")) == "après".encode()
    assert running.decrypt(address) == "anne@exemple.fr"
    assert running.decrypt(in_its_hands) == "avant"


def test_interrupted_rotation_is_finished_with_the_same_key(app, session, filled, key_file):
    newest = key_files.new_key()
    key_files.replace(key_file, [newest, *key_files.read(key_file)])

    done = rotate(session, app)

    assert done.is_resumed
    assert key_files.read(key_file) == [newest]


def test_what_is_written_meanwhile_is_not_overwritten(app, session, filled, monkeypatch):
    """A row that changes between the look and the write keeps what was written last."""
    look = rotation._Pass._renewed
    [first, *_others] = sealed_values(session)["contact.address"]

    def look_and_let_another_write(passed, sealed):
        if sealed != first:
            return look(passed, sealed)
        with writing(session()):
            session.execute(sa.update(Contact).values(address="autre@exemple.fr"))
        monkeypatch.setattr(rotation._Pass, "_renewed", look)
        return look(passed, sealed)

    monkeypatch.setattr(rotation._Pass, "_renewed", look_and_let_another_write)
    rotate(session, app)

    addresses_now = set(session.scalars(sa.select(Contact.address)))
    assert addresses_now == {"autre@exemple.fr"}


def test_unreadable_value_is_left_and_counted(app, session, filled):
    stranger = Fernet(Fernet.generate_key()).encrypt(b"x")
    table = sa.table("contact", sa.column("name", sa.LargeBinary))
    with writing(session()):
        session.execute(sa.update(table).values(name=stranger))

    done = rotate(session, app)

    assert done.unread == 3
    assert sealed_values(session)["contact.name"] == [stranger] * 3


def test_two_rotations_do_not_run_together(app, session, key_file):
    with (
        rotation._locked(app.config["KEYS_DIR"]),
        pytest.raises(rotation.RotationRefused, match="déjà en cours"),
    ):
        rotate(session, app)

    assert len(key_files.read(key_file)) == 1


def test_old_key_stays_until_who_writes_by_it_has_ended(app, session, key_file):
    """Nothing else waits for the writer here: no other row is to be encrypted anew."""
    round_id = make_round(session).id
    session.commit()
    old = Fernet(key_files.read(key_file)[0]).encrypt(b"tard")
    table = sa.table("contact", sa.column("respondent_id"), sa.column("name", sa.LargeBinary))
    rotation = threading.Thread(target=_rotate_in_a_thread, args=(app,))

    with writing(session()):
        person = make_respondent(session, round_id)
        session.execute(sa.insert(table).values(respondent_id=person.id, name=old))
        rotation.start()
        rotation.join(1)
        new_keys = key_files.read(key_file)
    rotation.join(60)

    [new] = key_files.read(key_file)
    [stored] = sealed_values(session)["contact.name"]
    assert len(new_keys) == 2
    assert Fernet(new).decrypt(stored) == b"tard"


def _rotate_in_a_thread(app):
    with app.app_context():
        rotate(db.session, app)
        db.session.remove()


@pytest.mark.only("sqlite")
def test_what_the_old_key_encrypted_leaves_the_log_once_nobody_reads_it(
    app, session, filled, database_url, monkeypatch
):
    path = sa.make_url(database_url).database
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        steps = iter([lambda: _begin_to_read(reader), reader.close])
        monkeypatch.setattr(rotation.time, "sleep", lambda seconds: next(steps)())

        rotate(session, app, settling=10)

    assert next(steps, None) is None
    assert Path(f"{path}-wal").stat().st_size == 0


def _begin_to_read(reader):
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM contact").fetchone()


def test_command_says_what_it_did_and_asks_for_a_new_copy(run, filled, monkeypatch):
    monkeypatch.setattr(rotation, "SETTLING", 0)

    done = run("keys", "rotate")

    assert done.exit_code == 0, done.output
    assert "La clé est changée. " in done.output
    assert "1 ancienne clé retirée" in done.output
    assert "keys show" in done.output


def test_keys_of_another_installation_open_nothing(app, session, filled, tmp_path):
    others = Keyring()
    others.load(tmp_path / "others")

    assert all(rotation.opened_samples(session(), keyring))
    assert not any(rotation.opened_samples(session(), others))
