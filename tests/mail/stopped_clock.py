"""A clock that stands where a test puts it, and a real server for what leaves."""

import pytest
import time_machine

from tests.mail.builders import START


@pytest.fixture
def settings(settings, smtp_sink):
    return settings | smtp_sink.settings


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller
