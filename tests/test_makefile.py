"""What `make` sets up by itself, and what it says where it cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKEFILE = Path(__file__).parents[1] / "Makefile"
WITHOUT_ENSUREPIP = """#!/bin/sh
# Python as Debian has it without python3-venv: half an environment, and a failure.
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; ln -s "$0" "$3/bin/python"; exit 1;;
  *) exec "{python}" "$@";;
esac
"""
OLD = '#!/bin/sh\nexec "{python}" -c "import sys; sys.exit(1)"\n'


@pytest.fixture
def make(tmp_path):
    """Call `make` in a folder that has nothing but the Makefile."""
    shutil.copy(MAKEFILE, tmp_path)

    def make(target, python=sys.executable, **settings):
        # As from a shell: a `make` that runs the tests has told them of itself.
        environment = {name: it for name, it in os.environ.items() if not name.startswith("MAKE")}
        environment |= settings
        return subprocess.run(
            ["make", target, f"PYTHON={python}"],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    return make


def script(folder, text):
    path = folder / "python"
    path.write_text(text.format(python=sys.executable))
    path.chmod(0o755)
    return path


def test_environment_that_was_left_half_made_is_made_anew(make, tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)

    done = make(".venv/.made")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / ".venv" / "bin" / "pip").exists()


def test_python_without_venv_leaves_nothing_and_names_the_package(make, tmp_path):
    done = make(".venv/.made", script(tmp_path, WITHOUT_ENSUREPIP))

    assert done.returncode != 0
    assert "apt install python3-venv" in done.stdout
    assert not (tmp_path / ".venv").exists()


def test_older_python_is_refused_with_its_number(make, tmp_path):
    done = make(".venv/.made", script(tmp_path, OLD))

    assert done.returncode != 0
    assert "Python 3.11" in done.stdout
    assert not (tmp_path / ".venv").exists()


def test_packages_that_do_not_come_are_asked_for_again_the_next_time(make, tmp_path):
    shutil.copytree(MAKEFILE.parent / ".pins", tmp_path / ".pins")
    shutil.copy(MAKEFILE.with_name("pyproject.toml"), tmp_path)

    done = make(".venv/.runtime", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path))

    assert done.returncode != 0
    assert "Il manque des paquets Python" in done.stdout
    assert not (tmp_path / ".venv" / ".runtime").exists()
