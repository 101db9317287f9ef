"""A database worth copying, an empty place for the copy, and keys to seal it to or to lose."""

import shutil

import pytest

from consultation.crypto import key_files
from consultation.extensions import db
from consultation.operations.backups import encryption
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
def keys_but(settings, tmp_path, monkeypatch):
    """Let commands find the keys of the site, but for one that is another."""

    def lose(name):
        others = tmp_path / f"all but {name}"
        shutil.copytree(settings["KEYS_DIR"], others)
        key_files.replace(others / name, [key_files.new_key()])
        monkeypatch.setenv("CONSULTATION_KEYS_DIR", str(others))

    return lose
