"""A field is added to a record by describing it once: tried in a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ADDED = {
    "consultation/plan/values/models.py": (
        '    note: Mapped[str] = mapped_column(sa.Text, default="")\n',
        '    method: Mapped[str] = mapped_column(sa.String(200), default="")\n',
    ),
    "consultation/plan/values/record.py": (
        "    note: str = described(",
        '    method: str = described(line(200), N_("Méthode"), "Comment on compte.", default="")\n',
    ),
    "consultation/plan/models.py": (
        "    reason: Mapped[str | None] = mapped_column(sa.String(500))\n",
        "    limits: Mapped[Localized | None]\n",
    ),
    "consultation/plan/drafts.py": (
        "    measurement: Measurement = EMPTY\n",
        '    limits: Localized | None = translated(line(200), "Limites", default=None)\n',
    ),
}
"""Before which line of which file another line comes."""


@pytest.mark.once
def test_field_described_once_is_on_form_file_sheet_json_and_csv(tmp_path):
    for folder in ("consultation", "migrations", "static", "templates", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy2(ROOT / "pyproject.toml", tmp_path)
    for name, (line, added) in ADDED.items():
        path = tmp_path / name
        text = path.read_text("utf-8")
        assert text.count(line) == 1
        path.write_text(text.replace(line, added + line), "utf-8")

    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/records/added_field.py",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )

    assert "7 passed" in done.stdout, done.stdout
