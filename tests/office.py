"""LibreOffice as a second opinion on spreadsheets, where its Calc is installed."""

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
    """Skip a test where Calc is not: its half a gigabyte is installed by `make faults` alone."""
    if not has_calc():
        pytest.skip("LibreOffice Calc is a second opinion, by make faults")


@functools.cache
def has_calc() -> bool:
    """Return whether Calc converts; `soffice` may be there for its Writer alone."""
    if OFFICE is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder, "table.csv")
        table.write_text("a;b\n", "utf-8")
        _convert([table], Path(folder), ";")
        return Path(folder, "flat", "table.fods").exists()


def flattened(paths: Sequence[Path], folder: Path, separator: str = ";") -> list[str]:
    """Return files as Calc reads them, formulas of CSV too, in flat XML."""
    _convert(paths, folder, separator)
    return [(folder / "flat" / f"{path.stem}.fods").read_text("utf-8") for path in paths]


def _convert(paths: Sequence[Path], folder: Path, separator: str) -> None:
    is_csv = paths[0].suffix == ".csv"
    options = [READS_FORMULAS.format(separator=ord(separator))] if is_csv else []
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [OFFICE, profile, "--headless", *options, "--convert-to", "fods"]
    subprocess.run(
        [*command, "--outdir", folder / "flat", *paths],
        check=True,
        timeout=PATIENCE,
        capture_output=True,
    )
