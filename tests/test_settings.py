"""What the environment may set, and what it may not."""

import contextlib
import os
import pwd
import tempfile
from pathlib import Path

import pytest

from consultation import create_app, settings
from consultation.extensions import db
from consultation.settings import SettingRefused


@pytest.mark.parametrize("value", ["3", "0", "-1", "beaucoup"])
def test_limit_that_would_show_who_answered_is_refused(monkeypatch, value):
    monkeypatch.setenv("CONSULTATION_SMALL_CELL", value)

    with pytest.raises(SettingRefused, match="4 au moins"):
        settings.load()


def test_limit_is_taken_from_four_on(monkeypatch):
    monkeypatch.setenv("CONSULTATION_SMALL_CELL", "4")

    assert settings.load()["SMALL_CELL"] == 4


@pytest.mark.parametrize("name", ["BACKUP_KEEP_DAYS", "WEB_PROCESSES", "WEB_THREADS", "FORM_CAP"])
def test_what_nothing_works_without_is_not_set_to_zero(monkeypatch, name):
    monkeypatch.setenv(f"CONSULTATION_{name}", "0")

    with pytest.raises(SettingRefused, match=f"CONSULTATION_{name} vaut 1 au moins"):
        settings.load()


@pytest.mark.parametrize(
    "name", [setting.name for setting in settings.SETTINGS if type(setting.default) is int]
)
def test_no_number_is_negative(monkeypatch, name):
    monkeypatch.setenv(f"CONSULTATION_{name}", "-1")

    with pytest.raises(SettingRefused, match=f"CONSULTATION_{name} vaut . au moins"):
        settings.load()


@pytest.mark.parametrize(
    "name", [setting.name for setting in settings.SETTINGS if setting.name.endswith("_DAYS")]
)
def test_no_delay_leads_out_of_the_calendar(monkeypatch, name):
    monkeypatch.setenv(f"CONSULTATION_{name}", "999999")

    with pytest.raises(SettingRefused, match=f"CONSULTATION_{name} vaut 36500 au plus"):
        settings.load()


@pytest.mark.parametrize(
    ("host", "address"),
    [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]"), ("2001:db8::7", "[2001:db8::7]"),
     ("site.example", "site.example")],
)  # fmt: skip
def test_address_that_is_told_is_one_that_answers(monkeypatch, host, address):
    monkeypatch.setenv("CONSULTATION_HOST", host)

    assert settings.load()["BASE_URL"] == f"http://{address}:8000"


def test_end_of_the_line_in_a_file_is_no_part_of_a_secret(monkeypatch, tmp_path):
    file = tmp_path / "password"
    file.write_bytes(b" d'accord \r\n")
    monkeypatch.setenv("CONSULTATION_MAIL_PASSWORD_FILE", str(file))

    assert settings.load()["MAIL_PASSWORD"] == " d'accord "


OTHER_ACCOUNT = 65534


@pytest.fixture
def as_other_account():
    """Run a block as an account that may not read all, which root may."""

    @contextlib.contextmanager
    def as_other_account():
        own = os.geteuid()
        if own == 0:
            os.seteuid(OTHER_ACCOUNT)
        try:
            yield pwd.getpwuid(os.geteuid()).pw_name
        finally:
            os.seteuid(own)

    return as_other_account


@pytest.fixture
def open_folder():
    """A folder that every account may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.parametrize("where", ["password", "closed/password"])
def test_file_that_the_account_may_not_read_is_told_with_its_rights(
    monkeypatch, open_folder, as_other_account, where
):
    file = open_folder / where
    file.parent.mkdir(exist_ok=True)
    file.write_text("d'accord")
    closed = open_folder / where.partition("/")[0]
    closed.chmod(0)
    monkeypatch.setenv("CONSULTATION_MAIL_PASSWORD_FILE", str(file))

    with as_other_account() as account, pytest.raises(SettingRefused) as refused:
        settings.load()

    closed.chmod(0o700)
    owner = pwd.getpwuid(os.geteuid()).pw_name
    right = "r" if closed == file else "x"
    sentence = str(refused.value)
    assert sentence.startswith(
        f"CONSULTATION_MAIL_PASSWORD_FILE : {file} n'est pas lisible par le compte « {account} » :"
        f" {closed} appartient à « {owner} »"
    )
    assert "droits 000." in sentence
    assert f"chmod g+{right} {closed}" in sentence


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("absent", "est introuvable"), (".", "est un dossier"), ("bytes", "n'est pas un texte")],
)
def test_file_of_a_setting_that_is_none_is_named(monkeypatch, tmp_path, name, sentence):
    (tmp_path / "bytes").write_bytes(b"\xff")
    file = tmp_path / name
    monkeypatch.setenv("CONSULTATION_MAIL_PASSWORD_FILE", str(file))

    with pytest.raises(SettingRefused, match=f"MAIL_PASSWORD_FILE : {file} {sentence}"):
        settings.load()


@pytest.mark.parametrize("name", ["BASE_URL", "DOCUMENT_URL"])
@pytest.mark.parametrize(
    "value", ["consultation.example", "//consultation.example", "https:/un", "https://[un/deux"]
)
def test_address_that_no_link_could_hold_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"CONSULTATION_{name}", value)

    with pytest.raises(SettingRefused, match=f"CONSULTATION_{name} n'est pas une adresse entière"):
        settings.load()


def test_address_is_taken_as_it_is(monkeypatch):
    monkeypatch.setenv("CONSULTATION_BASE_URL", "https://consultation.example:8443/")

    assert settings.load()["BASE_URL"] == "https://consultation.example:8443"


def test_front_server_is_named_by_its_ip_address(monkeypatch):
    monkeypatch.setenv("CONSULTATION_TRUSTED_PROXY", "localhost")

    with pytest.raises(SettingRefused, match="CONSULTATION_TRUSTED_PROXY n'est pas une adresse IP"):
        settings.load()


def test_each_of_many_threads_can_hold_two_connections(settings):
    app = create_app(settings | {"WEB_THREADS": 20})
    with app.app_context(), contextlib.ExitStack() as held:
        for _ in range(40):
            held.enter_context(db.engine.connect())
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_database_in_memory_opens_as_well(settings, url):
    app = create_app(settings | {"DATABASE_URL": url})
    with app.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
