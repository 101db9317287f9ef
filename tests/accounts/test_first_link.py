"""The link of the first administrator: on a terminal, or in a file that goes once it has served."""

import os
import stat
import sys

import pytest

from consultation.accounts import first_link
from consultation.accounts.models import Role
from consultation.server import run
from tests.accounts.builders import make_account, make_invitation

EMAIL = "admin@association.example"
LINK = "https://exemple.fr/connexion/bienvenue/JETON"


@pytest.fixture
def prepare(app):
    """Prepare the site as each start does; return the sentences that it prints."""

    def do():
        sentences = []
        with app.app_context():
            run._prepare(app, sentences.append)
        return "\n".join(sentences)

    return do


@pytest.fixture
def file(app):
    return app.config["HOME"] / first_link.NAME


def test_link_is_printed_on_a_terminal_and_lies_nowhere(tmp_path, monkeypatch):
    first_link.hand_over(LINK, tmp_path)
    reader, writer = os.openpty()
    with open(writer, "w") as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        sentence = first_link.hand_over(LINK, tmp_path)
        monkeypatch.undo()
    os.close(reader)

    assert LINK in sentence
    assert [*tmp_path.iterdir()] == []


def test_link_of_a_service_lies_in_a_file_and_not_in_its_log(session, prepare, file):
    printed = prepare()

    assert "bienvenue" not in printed
    assert str(file) in printed
    assert "/connexion/bienvenue/" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_file_of_an_earlier_start_is_replaced(session, prepare, file):
    prepare()
    earlier = file.read_text()
    file.chmod(0o644)  # as a copy of the folder may leave it
    prepare()

    assert file.read_text() != earlier
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_file_goes_with_the_link_that_was_used(session, prepare, file, visitor):
    prepare()
    token = file.read_text().strip().rpartition("/")[2]
    moderator = make_invitation(session, email="moderer@association.example")
    visitor.get("/connexion")

    visitor.open_account(moderator, "moderer@association.example")
    is_left = file.exists()  # the site has no administrator yet
    visitor.post("/deconnexion")
    visitor.get("/connexion")
    visitor.open_account(token, EMAIL)

    assert (is_left, file.exists()) == (True, False)


def test_file_goes_at_the_start_of_a_site_that_has_an_administrator(session, prepare, file):
    prepare()
    make_account(session, EMAIL, Role.ADMINISTRATOR)

    assert "administration" not in prepare()
    assert not file.exists()
