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


ACCEPTED, REFUSED = "AcceptAllTrackedChanges", "RejectAllTrackedChanges"
_MACRO = """<?xml version="1.0" encoding="UTF-8"?>
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Revisions"
    script:language="StarBasic">
Sub Resolve(source As String, target As String, verdict As String)
  Dim hidden(0) As New com.sun.star.beans.PropertyValue
  Dim kind(0) As New com.sun.star.beans.PropertyValue
  hidden(0).Name = "Hidden" : hidden(0).Value = True
  text = StarDesktop.loadComponentFromURL(source, "_blank", 0, hidden())
  dispatcher = createUnoService("com.sun.star.frame.DispatchHelper")
  dispatcher.executeDispatch(text.CurrentController.Frame, ".uno:" &amp; verdict, "", 0, Array())
  kind(0).Name = "FilterName" : kind(0).Value = "MS Word 2007 XML"
  text.storeToURL(target, kind())
  text.close(True)
End Sub
</script:module>
"""
_LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"
    library:readonly="false" library:passwordprotected="false">
  <library:element library:name="Revisions"/>
</library:library>
"""


def resolved(path: Path, folder: Path, verdict: str) -> Path:
    """Return a DOCX as Writer saves it with all of its revisions accepted or refused."""
    profile, target = folder / "profile-of-macros", folder / f"{path.stem}-{verdict}.docx"
    start = [program("soffice"), f"-env:UserInstallation={profile.as_uri()}", "--headless"]
    if not profile.exists():  # a profile is made by a first start, without the macro
        subprocess.run([*start, "--terminate_after_init"], check=True, timeout=PATIENCE)
        macros = profile / "user" / "basic" / "Standard"
        macros.mkdir(parents=True, exist_ok=True)
        (macros / "Revisions.xba").write_text(_MACRO, "utf-8")
        (macros / "script.xlb").write_text(_LIBRARY, "utf-8")
    arguments = ",".join((path.as_uri(), target.as_uri(), verdict))
    macro = f"macro:///Standard.Revisions.Resolve({arguments})"
    subprocess.run([*start, macro], check=True, timeout=PATIENCE, capture_output=True)
    return target


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
