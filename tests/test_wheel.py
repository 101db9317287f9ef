"""The wheel holds all that a site needs: installed alone, it starts."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.server import free_port

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from the checkout, as `python -m build` does with what is installed."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_wheel_ships_templates_files_migrations_and_translations(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())

    for name in (
        "consultation/_resources/templates/base.html",
        "consultation/_resources/templates/mail/messages/acknowledgement.txt",
        "consultation/_resources/static/consultation.css",
        "consultation/_resources/migrations/versions/0001_add_the_plan_and_its_indicators.py",
        "consultation/translations/en/LC_MESSAGES/messages.mo",
        "consultation/plan/seed.json",
        "consultation/privacy/inventory.toml",
        "consultation/privacy/records.toml",
        "consultation/web/site/accessibility.toml",
        "consultation/web/site/accessibility_machine.toml",
    ):
        assert name in names
    assert not [name for name in names if name.startswith(("tests/", "exports/"))]


def test_installed_in_an_empty_environment_it_starts_and_serves(wheel, tmp_path):
    """The environment holds the wheel alone; what it depends on is lent by a path file."""
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    packages = next(place.glob("lib/python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(packages)
    lent = next(Path(folder) for folder in sys.path if folder.endswith("site-packages"))
    (packages / "lent.pth").write_text(f"{lent}\n")
    port, home = free_port(), tmp_path / "home"
    code = (
        "import consultation, pathlib, sys;"
        f"assert str(pathlib.Path(consultation.__file__)).startswith({str(place)!r});"
        "from consultation.cli.main import main; main()"
    )
    server = subprocess.Popen(
        [place / "bin" / "python", "-c", code, "serve", "--port", str(port)],
        cwd=tmp_path,
        env={**os.environ, "CONSULTATION_HOME": str(home), "PYTHONPATH": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert json.loads(wait_for(port, "/readyz"))["pending_migrations"] == 0
        assert "Hébergement spécialisé" in wait_for(port, "/mesures")
        assert "Specialised accommodation" in wait_for(port, "/en/mesures")
        assert "--accent" in wait_for(port, "/static/consultation.css")
    finally:
        server.send_signal(signal.SIGTERM)
        said = server.communicate(timeout=60)[0]
    assert server.returncode == 0
    assert f"http://127.0.0.1:{port}/" in said


def wait_for(port, path, seconds=60):
    end = time.monotonic() + seconds
    while True:
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
                connection.request("GET", path)
                answer = connection.getresponse()
                text = answer.read().decode()
            assert answer.status == 200, text
            return text
        except OSError:
            assert time.monotonic() < end, "the site does not answer"
            time.sleep(0.1)
