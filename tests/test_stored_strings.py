"""What is stored, public or in somebody's hands keeps its name, however the code is arranged."""

import subprocess
import sys

from tests.stored_strings import LIST, ROOT


def test_stored_strings_are_those_of_the_list():
    """In a process of its own: other tests register kinds of their own in this one."""
    command = [sys.executable, "-m", "tests.stored_strings", "--print"]
    printed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout

    assert printed.splitlines() == LIST.read_text("utf-8").splitlines()
