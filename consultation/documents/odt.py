"""ODT of a document, which LibreOffice makes of its DOCX."""

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

SECONDS = 120


class NotConverted(Exception):
    """LibreOffice made no file."""


def converted(docx: bytes, program: str = "soffice") -> bytes:
    """Return a DOCX as ODT, made in a folder and with a profile of its own."""
    with TemporaryDirectory() as folder:
        before, after = Path(folder, "document.docx"), Path(folder, "document.odt")
        before.write_bytes(docx)
        subprocess.run(  # noqa: S603 - a program of the machine, with names that are ours
            [
                shutil.which(program) or program,
                f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
                *("--headless", "--convert-to", "odt", "--outdir", folder, str(before)),
            ],
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        if not after.is_file():
            raise NotConverted
        return after.read_bytes()
