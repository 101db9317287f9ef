"""LibreOffice where it is installed, and which parts of it: `soffice` alone says neither."""

import functools
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

OFFICE = shutil.which("soffice")
PATIENCE = 300
"""Seconds."""
READS_FORMULAS = "--infilter=CSV:{separator},34,76,1,,1036,false,true,false,false,0,true"
"""How Calc reads CSV: UTF-8, any cell may be a formula."""


def need_calc() -> None:
    """Skip a test where Calc does not convert.

    It is half a gigabyte, and a second opinion: other tests read the XML and the CSV themselves.
    `make faults` installs it.
    """
    if not converts("table.csv", "fods"):
        pytest.skip("LibreOffice Calc is not installed: make faults installs it")


def need_writer() -> None:
    """Skip a test where Writer does not convert: no part of the site but ODT needs it."""
    if not converts("text.txt", "fodt"):
        pytest.skip("LibreOffice Writer is not installed: make faults installs it")


@functools.cache
def converts(name: str, kind: str) -> bool:
    """Return whether LibreOffice converts a file of this name to this kind."""
    if OFFICE is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, name)
        source.write_text("a;b\n", "utf-8")
        _convert([source], Path(folder), ";", kind)
        return Path(folder, "flat", source.with_suffix(f".{kind}").name).exists()


def flattened(paths: Sequence[Path], folder: Path, separator: str = ";") -> list[str]:
    """Return files as Calc reads them, formulas of CSV too, in flat XML."""
    _convert(paths, folder, separator)
    return [(folder / "flat" / f"{path.stem}.fods").read_text("utf-8") for path in paths]


def _convert(paths: Sequence[Path], folder: Path, separator: str, kind: str = "fods") -> None:
    is_csv = paths[0].suffix == ".csv"
    options = [READS_FORMULAS.format(separator=ord(separator))] if is_csv else []
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [OFFICE, profile, "--headless", *options, "--convert-to", kind]
    subprocess.run(
        [*command, "--outdir", folder / "flat", *paths],
        check=True,
        timeout=PATIENCE,
        capture_output=True,
    )
