"""What the environment may set, and what it may not."""

import pytest

from consultation import settings
from consultation.settings import SettingRefused


@pytest.mark.parametrize("value", ["3", "0", "-1", "beaucoup"])
def test_a_limit_that_would_show_who_answered_is_refused(monkeypatch, value):
    monkeypatch.setenv("CONSULTATION_SMALL_CELL", value)

    with pytest.raises(SettingRefused, match="4 au moins"):
        settings.load()


def test_a_limit_is_taken_from_four_on(monkeypatch):
    monkeypatch.setenv("CONSULTATION_SMALL_CELL", "4")

    assert settings.load()["SMALL_CELL"] == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BACKUP_KEEP_DAYS", "0"), ("BACKUP_KEEP_DAYS", "-1"),
        ("RETENTION_CONTACT_DAYS", "-1"), ("RETENTION_TEXT_DAYS", "-1"),
        ("RETENTION_INVITEE_DAYS", "-1"), ("RETENTION_EXPORT_DAYS", "-1"),
        ("RETENTION_MAIL_DAYS", "-1"), ("RETENTION_INCOMING_DAYS", "-1"),
        ("WEB_PROCESSES", "0"), ("WEB_THREADS", "0"),
    ],
)  # fmt: skip
def test_a_number_that_would_erase_or_serve_nothing_is_refused(monkeypatch, name, value):
    monkeypatch.setenv(f"CONSULTATION_{name}", value)

    with pytest.raises(SettingRefused, match=f"CONSULTATION_{name} est illisible"):
        settings.load()
