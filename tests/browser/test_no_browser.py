"""A machine without a browser."""

import os
import subprocess
import sys


def test_playwright_is_not_started_for_want_of_a_browser(monkeypatch, tmp_path):
    """It would start a Node.js of its own, only to learn that there is nothing to drive."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "false")
    page = "tests/moderation/detectors/test_form_warnings_js.py"
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--setup-show", page]

    ran = subprocess.run(command, capture_output=True, text=True, env=os.environ)

    assert "SKIPPED" in ran.stdout
    assert "no chromium-headless-shell" in ran.stdout
    assert "browser_type_launch_args" in ran.stdout
    assert "S playwright" not in ran.stdout
