"""Workbook writer: the sheets in order, one file, its manifest."""

import hashlib
import json
import os
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from zipfile import ZipFile

from sqlalchemy.orm import Session

from consultation.db.base import snapshot_session
from consultation.exports.files import (
    BEING_WRITTEN,
    UNREAD,
    beside_erasures,
    free_path,
    manifest_of,
    remove_file,
)
from consultation.exports.request import ExportRequest
from consultation.exports.workbook.counts import Counts, count
from consultation.exports.workbook.instrument import RoundInstrument, load_instrument
from consultation.exports.workbook.sheets import (
    check,
    codebook,
    contributions,
    coverage,
    crosstabs,
    dashboard,
    decisions,
    disagreements,
    indicators,
    journal,
    opinions,
    progress,
    readme,
    revisions,
    similar_texts,
    summary,
    texts,
)
from consultation.exports.workbook.sheets.check import software_version
from consultation.exports.workbook.statistics import Figures, figures_of
from consultation.exports.workbook.variables import Sheet
from consultation.files import sha256_of
from consultation.i18n import form_for
from consultation.jobs.progress import Report
from consultation.questionnaires.models import Round
from consultation.spreadsheets.table import Table
from consultation.spreadsheets.writer import AnyFormat, Package, write_workbook


def tables(
    snapshot: Session,
    instrument: RoundInstrument,
    counts: Counts,
    at: datetime,
    site: str = "",
    *,
    is_for_team: bool = True,
) -> list[Table]:
    """Return the sheets in order; `snapshot` reads their rows when they are written.

    What is not for the team has none of its notes.  Raise `CountsDisagree`.
    """
    is_complete = instrument.selection.is_complete
    crossed = crosstabs.CROSSED if is_complete else ()
    figures = figures_of(snapshot, instrument, {*indicators.COUNTED, *crossed})
    sheets = (
        _complete(snapshot, instrument, counts, figures, at, is_for_team=is_for_team)
        if is_complete
        else _short(snapshot, instrument, figures)
    )
    return [
        dashboard.table(instrument, counts, figures, axes=sheets[0]),
        readme.table(instrument, counts),
        *(sheet.table() for sheet in sheets),
        check.table(instrument, counts, sheets, at, site),
    ]


def _short(snapshot: Session, instrument: RoundInstrument, figures: Figures) -> list[Sheet]:
    """Return the sheets for those who decide: words, contributions and texts."""
    return [
        dashboard.sheet(instrument, figures),
        summary.sheet(snapshot, instrument),
        indicators.short_sheet(instrument, figures),
        contributions.sheet(snapshot, instrument),
        texts.sheet(snapshot, instrument),
        decisions.short_sheet(snapshot, instrument),
        *([progress.short_values_sheet(snapshot, instrument)] if instrument.is_evaluated else ()),
    ]


def _complete(
    snapshot: Session,
    instrument: RoundInstrument,
    counts: Counts,
    figures: Figures,
    at: datetime,
    *,
    is_for_team: bool,
) -> list[Sheet]:
    """Return all sheets, for researchers."""
    is_internal = is_for_team and not instrument.is_anonymised
    data = [
        dashboard.sheet(instrument, figures),
        summary.sheet(snapshot, instrument),
        indicators.sheet(instrument, figures),
        *(module.sheet(snapshot, instrument) for module in (opinions, contributions, texts)),
        crosstabs.sheet(instrument, figures),
        coverage.sheet(snapshot, instrument),
        disagreements.sheet(instrument, figures),
        similar_texts.sheet(snapshot, instrument),
        decisions.sheet(snapshot, instrument, is_internal=is_internal),
        decisions.editions_sheet(snapshot, instrument),
    ]
    if instrument.is_evaluated:
        data.append(progress.values_sheet(snapshot, instrument, is_internal=is_internal))
        data.append(progress.judgements_sheet(snapshot, instrument, at))
    if not instrument.is_anonymised:
        data.append(revisions.sheet(snapshot, instrument))
    last = journal.sheet(snapshot, instrument, counts)
    return [*data, codebook.sheet(instrument, [*data, last]), last]


@dataclass(frozen=True)
class Workbook:
    path: Path
    counts: Counts
    rows_by_sheet: dict[str, int]
    sha256: str
    manifest: dict[str, Any]
    """File, filters and counts as JSON; also in a file beside the workbook (`manifest_of`)."""


def write(session: Session, request: ExportRequest, report: Report = lambda step: None) -> Workbook:
    """Write the workbook of a round into the request's directory, which is made when absent.

    Everything is read in one snapshot, in a transaction of its own.  The file is whole or not
    there.  Where something was erased while it was written, it is made again: the erasure
    removes older files and may not have seen this one.  `report` is called with each step.
    Raise `CountsDisagree`, `TextTooLong`, `TooManyRows`, OSError.
    """
    request.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return beside_erasures(
        session,
        request.at,
        lambda moment: _write_once(session, replace(request, at=moment), report),
        lambda workbook: remove_file(workbook.path),
    )


def _write_once(session: Session, request: ExportRequest, report: Report) -> Workbook:
    report("Lecture de la base")
    with ExitStack() as stack:
        with snapshot_session(session) as snapshot:
            round = snapshot.get_one(Round, request.round_id)
            instrument = load_instrument(snapshot, round, request.selection)
            counts = count(snapshot, request.round_id, request.selection)
            path = stack.enter_context(_path(request, instrument, counts))
            rows = write_workbook(
                tables(
                    snapshot,
                    instrument,
                    counts,
                    request.at,
                    request.site,
                    is_for_team=not isinstance(request.format, Package),
                ),
                path,
                request.format,
                lambda sheet, rows: report(_step(sheet, rows)),
                properties={"title": _title(instrument, counts)},
            )
        counts.check_rows(rows)
        return _finished(path, instrument, counts, rows, request)


def _path(
    request: ExportRequest, instrument: RoundInstrument, counts: Counts
) -> AbstractContextManager[Path]:
    name = f"consultation-{instrument.round_code}{'-anonymise' if instrument.is_anonymised else ''}"
    suffix = f"-{UNREAD}" if counts.texts_unread else ""
    return free_path(request.directory, name, request.format, request.at, suffix)


def _title(instrument: RoundInstrument, counts: Counts) -> str:
    warning = " : ne pas diffuser" if counts.texts_unread else ""
    return f"Consultation, {instrument.round_title}{warning}"


def _step(sheet: str, rows: int) -> str:
    count = f"{rows:,}".replace(",", " ")
    return f"Feuille {sheet} : {count} {form_for(rows, 'ligne', 'lignes')}"


def _finished(
    path: Path,
    instrument: RoundInstrument,
    counts: Counts,
    rows: dict[str, int],
    request: ExportRequest,
) -> Workbook:
    file = file_facts(path, request.format, request.at)
    manifest = {
        **file,
        "filters": {"round": instrument.round_code, **instrument.selection.as_json()},
        "counts": asdict(counts),
        "rows": rows,
        "questionnaires": [
            {"measure": form.measure, "version": form.version} for form in instrument.forms
        ],
    }
    write_json(manifest_of(path), manifest)
    return Workbook(path, counts, rows, file["sha256"], manifest)


def file_facts(path: Path, format: AnyFormat, at: datetime) -> dict[str, Any]:
    """Return the part of a manifest about the file, with each member of an archive."""
    is_archive = format.extension == "zip"
    return {
        "file": path.name,
        "format": format.value,
        "bytes": path.stat().st_size,
        "sha256": sha256_of(path),
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


def _sha256_of(file: Any) -> str:
    return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest atomically, readable by its owner only."""
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
