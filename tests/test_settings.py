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
