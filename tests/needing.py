"""What a machine may lack for a test: it is said, and under CI it is a failure."""

import os

import pytest


def lacking(what):
    """End the test for want of something; under `CI=true` nothing may go unseen."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"under CI every test runs, and this machine lacks something: {what}")
    # The one skip for a missing part: a volunteer's machine may lack it, where the other tests are
    # worth running; what lands has passed under CI, which failed in the line above instead.
    pytest.skip(what)
