"""A database worth copying, an empty place for the copy, and keys to seal it to or to lose."""

import os
import shutil
import signal

import pytest
import sqlalchemy as sa

from consultation.crypto import key_files
from consultation.extensions import db
from consultation.operations.backups import encryption, restore, schemas
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.operations.copied import ADDRESS


@pytest.fixture
def identity(tmp_path):
    """The file of a secret key, which is on no server; its public key beside it."""
    path = tmp_path / "ouvre-les-sauvegardes"
    return path, encryption.make_identity(path)


@pytest.fixture
def filled(session):
    """A contribution with an address, stored."""
    make_measure(session, "T7")
    respond(
        session, make_round(session), "T7", {"suggestions": "Un mot."}, contact=("Jeanne", ADDRESS)
    )
    session.commit()
    db.engine.dispose()


@pytest.fixture
def elsewhere(request, monkeypatch, tmp_path):
    """Another, empty place for the database, which commands take from now on."""

    def move():
        if request.config.getoption("database") == "sqlite":
            (tmp_path / "elsewhere").mkdir()
            url = f"sqlite:///{tmp_path / 'elsewhere' / 'site.sqlite'}"
        else:
            url = request.getfixturevalue("databases").create_empty()
            made.append(url)
        monkeypatch.setenv("CONSULTATION_DATABASE_URL", url)
        return url

    made = []
    yield move
    for url in made:
        request.getfixturevalue("databases").drop(url)


@pytest.fixture
def restore_cut_short(run):
    """Restore in another process, which is killed before the erasures are done again."""

    def restore_cut_short(*arguments):
        child = os.fork()
        if child == 0:
            restore.finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
            run("restore", *arguments)
            os._exit(0)
        _child, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL

    return restore_cut_short


@pytest.fixture(scope="session")
def migrated_schemas():
    """The schemas that migrations create, by the name of the database and the version."""
    return {}


@pytest.fixture
def schemas_kept(migrated_schemas, monkeypatch):
    """Let restores compare with a schema that the migrations created for an earlier one."""
    of_migrations = schemas.of_migrations

    def kept(url, revision, work):
        key = sa.make_url(url).get_backend_name(), revision
        if key not in migrated_schemas:
            migrated_schemas[key] = of_migrations(url, revision, work)
        return migrated_schemas[key]

    monkeypatch.setattr(schemas, "of_migrations", kept)


@pytest.fixture
def keys_but(settings, tmp_path, monkeypatch):
    """Let commands find the keys of the site, but for one that is another."""

    def lose(name):
        others = tmp_path / f"all but {name}"
        shutil.copytree(settings["KEYS_DIR"], others)
        key_files.replace(others / name, [key_files.new_key()])
        monkeypatch.setenv("CONSULTATION_KEYS_DIR", str(others))

    return lose
