"""A test that can't run here says so, and under CI it fails."""

import pytest

from tests.needing import lacking


@pytest.mark.parametrize("value", ["true", "1"])
def test_under_ci_what_is_lacking_fails_the_test(monkeypatch, value):
    monkeypatch.setenv("CI", value)

    with pytest.raises(pytest.fail.Exception, match="no IMAP server"):
        lacking("no IMAP server")


@pytest.mark.parametrize("value", ["", "false"])
def test_elsewhere_what_is_lacking_skips_the_test(monkeypatch, value):
    monkeypatch.setenv("CI", value)

    with pytest.raises(pytest.skip.Exception, match="no IMAP server"):
        lacking("no IMAP server")
