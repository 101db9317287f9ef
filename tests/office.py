"""LibreOffice, which `make faults` installs: `soffice` may be there without the part asked for."""

import functools
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.needing import lacking, program

PATIENCE = 300
"""Seconds."""
AT_ONCE = 20
"""Files that one start of the program converts."""
READS_FORMULAS = "--infilter=CSV:{separator},34,76,1,,1036,false,true,false,false,0,true"
"""How Calc reads CSV: UTF-8, any cell may be a formula."""


def need_calc() -> None:
    """End a test where Calc does not convert."""
    if not converts("table.csv", "fods"):
        lacking("LibreOffice without Calc")


def need_writer() -> None:
    """End a test where Writer does not convert."""
    if not converts("text.txt", "fodt"):
        lacking("LibreOffice without Writer")


@functools.cache
def converts(name: str, kind: str) -> bool:
    """Return whether LibreOffice converts a file of this name to this kind."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, name)
        source.write_text("a;b\n", "utf-8")
        _convert([source], Path(folder), ";", kind)
        return Path(folder, "flat", source.with_suffix(f".{kind}").name).exists()


def flattened(paths: Sequence[Path], folder: Path, separator: str = ";") -> list[str]:
    """Return files as Calc reads them, formulas of CSV too, in flat XML."""
    _convert(paths, folder, separator)
    return [(folder / "flat" / f"{path.stem}.fods").read_text("utf-8") for path in paths]


def convert(paths: Sequence[Path], folder: Path, kind: str) -> list[Path]:
    """Return files as Writer saves them as another kind, or as the same."""
    for portion in batched(paths, AT_ONCE):
        _convert(portion, folder, "", kind)
    return [folder / "flat" / f"{path.stem}.{kind}" for path in paths]


def batched(paths: Sequence[Path], most: int) -> Iterator[Sequence[Path]]:
    """Yield portions of so many at most, as `itertools.batched` does from Python 3.12 on."""
    return (paths[start : start + most] for start in range(0, len(paths), most))


def _convert(paths: Sequence[Path], folder: Path, separator: str, kind: str = "fods") -> None:
    is_csv = paths[0].suffix == ".csv"
    options = [READS_FORMULAS.format(separator=ord(separator))] if is_csv else []
    profile = f"-env:UserInstallation=file://{folder}/profile"
    command = [program("soffice"), profile, "--headless", *options, "--convert-to", kind]
    subprocess.run(
        [*command, "--outdir", folder / "flat", *paths],
        check=True,
        timeout=PATIENCE,
        capture_output=True,
    )
