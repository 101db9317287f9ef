"""The workbook: made of one instant, reconciled, named, and given its manifest."""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import count as count_from
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zipfile import ZipFile

from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.exporting.asked import Asked
from consultation.exporting.counting import Counts, count
from consultation.exporting.readme_sheet import software_version
from consultation.exporting.recalling import recall
from consultation.exporting.remaking import beside_erasures
from consultation.exporting.selecting import EVERYTHING, Selection
from consultation.exporting.tables import tables
from consultation.questionnaires.models import Round
from consultation.results.instant import one_instant
from consultation.sheets.writing import AnyFormat, write_workbook

UNREAD = "non-relu"
"""Ends the name of a workbook with texts that nobody has read."""

BEING_WRITTEN = ".writing-"
"""Begins the names of what is only there while a workbook is written."""

_UNFIT_FOR_A_NAME = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Workbook:
    """A finished workbook."""

    path: Path
    counts: Counts
    rows_by_sheet: dict[str, int]
    sha256: str
    manifest: dict[str, Any]
    """What is in the file, as JSON holds it; also in a file beside it (see `manifest_of`)."""


def export(
    session: Session,
    *,
    round: Round,
    format: AnyFormat,
    directory: Path,
    at: datetime,
    selection: Selection = EVERYTHING,
    site: str = "",
    tell: Callable[[str], None] = lambda step: None,
) -> Workbook:
    """Write the workbook of a round into `directory`, which is made when absent.

    Everything is read in one instant, in a transaction apart from that of `session`.  The file
    is whole or not there.  Where something was erased meanwhile, it is made again: who removes
    what is older than an erasure may not have seen it.  Raise `CountsDisagree`, `TextTooLong`,
    `TooManyRows`, OSError.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return beside_erasures(
        session,
        at,
        lambda moment: _made(session, round, format, directory, moment, site, selection, tell),
        lambda made: remove_file(made.path),
    )


def _made(
    session: Session,
    round: Round,
    format: AnyFormat,
    directory: Path,
    at: datetime,
    site: str,
    selection: Selection,
    tell: Callable[[str], None],
) -> Workbook:
    tell("Lecture de la base")
    with ExitStack() as taking:
        with one_instant(session) as instant:
            asked = recall(instant, instant.get_one(Round, round.id), selection)
            counts = count(instant, round.id, selection)
            name = f"consultation-{round.code}{'-anonymise' if selection.is_anonymised else ''}"
            suffix = "" if not counts.texts_unread else f"-{UNREAD}"
            path = taking.enter_context(free_path(directory, name, format, at, suffix))
            rows = write_workbook(
                tables(instant, asked, counts, at, site),
                path,
                format,
                lambda sheet, rows: tell(_step(sheet, rows)),
                properties={"title": _title(asked, counts)},
            )
        counts.check_rows(rows)
        return _finished(path, asked, counts, rows, format, at)


def _title(asked: Asked, counts: Counts) -> str:
    return f"Consultation, {asked.round_title}{' : ne pas diffuser' if counts.texts_unread else ''}"


def _step(sheet: str, rows: int) -> str:
    count = f"{rows:,}".replace(",", " ")
    return f"Feuille {sheet} : {count} {'ligne' if rows < 2 else 'lignes'}"


def manifest_of(path: Path) -> Path:
    """Return where the manifest of a workbook is."""
    return path.with_name(f"{path.name}.json")


def remove_file(path: Path) -> None:
    """Remove a workbook and its manifest."""
    path.unlink(missing_ok=True)
    manifest_of(path).unlink(missing_ok=True)


@contextmanager
def free_path(
    directory: Path, name: str, format: AnyFormat, at: datetime, suffix: str = ""
) -> Iterator[Path]:
    """Give a path that says name, moment (Paris) and `suffix`, and that no other export has.

    Whatever is raised meanwhile, no file is left there.
    """
    stem = f"{_UNFIT_FOR_A_NAME.sub('-', name)}-{in_paris(at):%Y-%m-%d-%H%M%S}"
    numbers = ("" if number == 1 else f"-{number}" for number in count_from(1))
    paths = (directory / f"{stem}{number}{suffix}.{format.extension}" for number in numbers)
    path = next(path for path in paths if _take(path))
    try:
        yield path
    except BaseException:
        remove_file(path)
        raise
    finally:
        _taken(path).unlink(missing_ok=True)


def _take(path: Path) -> bool:
    """Take a name unless an export has it, or writes what will have it; say whether it was free."""
    try:
        _taken(path).touch(0o600, exist_ok=False)
    except FileExistsError:
        return False
    if path.exists():
        _taken(path).unlink()
        return False
    return True


def _taken(path: Path) -> Path:
    """Return the empty file that stands for a name as long as the file itself is written.

    A killed export leaves it behind: `keeping` removes it.
    """
    return path.with_name(f"{BEING_WRITTEN}{path.name}")


def _finished(
    path: Path,
    asked: Asked,
    counts: Counts,
    rows: dict[str, int],
    format: AnyFormat,
    at: datetime,
) -> Workbook:
    file = file_facts(path, format, at)
    manifest = {
        **file,
        "filters": {"round": asked.round_code, **asked.selection.as_json()},
        "counts": asdict(counts),
        "rows": rows,
        "questionnaires": [
            {"measure": form.measure, "version": form.version} for form in asked.forms
        ],
    }
    write_json(manifest_of(path), manifest)
    return Workbook(path, counts, rows, file["sha256"], manifest)


def file_facts(path: Path, format: AnyFormat, at: datetime) -> dict[str, Any]:
    """Return what a manifest says of the file itself, and of each file in an archive."""
    is_archive = format.extension == "zip"
    return {
        "file": path.name,
        "format": format.value,
        "bytes": path.stat().st_size,
        "sha256": _sha256(path),
        "made_at": at.isoformat(),
        "software": software_version(),
        **({"files": _members(path)} if is_archive else {}),
    }


def _members(path: Path) -> list[dict[str, Any]]:
    with ZipFile(path) as archive:
        return [
            {"file": member.filename, "bytes": member.file_size, "sha256": _sha256_of(opened)}
            for member in archive.infolist()
            for opened in [archive.open(member)]
        ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return _sha256_of(file)


def _sha256_of(file: Any) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest whole; only its owner may read it, as `NamedTemporaryFile` has it."""
    with NamedTemporaryFile(
        "w", dir=path.parent, prefix=BEING_WRITTEN, encoding="utf-8", delete=False
    ) as draft:
        try:
            json.dump(manifest, draft, ensure_ascii=False, indent=2)
            draft.flush()
            os.fsync(draft.fileno())
            Path(draft.name).replace(path)
        except BaseException:
            Path(draft.name).unlink(missing_ok=True)
            raise
