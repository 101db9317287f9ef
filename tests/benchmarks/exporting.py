"""What an export costs, beside bare libraries that write the very same cells.

`python -m tests.benchmarks.exporting [N …]` fills a home with N responses of some thirty answers
(by default 10,000), and tells how long each format takes, its peak of memory, and the ratios to
xlsxwriter in constant memory and to csv.writer.  Both sides are measured in turn.  Of CSV it tells
apart what writing costs, of rows that are there: nearly all the rest is reading the database.
"""

import csv
import itertools
import multiprocessing
import operator
import os
import pickle
import re
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from datetime import date
from importlib import import_module
from pathlib import Path

import xlsxwriter

from consultation import create_app
from consultation.clock import now
from consultation.db.base import snapshot_session
from consultation.exports import process
from consultation.exports.request import ExportRequest
from consultation.exports.workbook.counts import count
from consultation.exports.workbook.instrument import load_instrument
from consultation.exports.workbook.writer import tables
from consultation.extensions import db
from consultation.questionnaires.rounds import queries
from consultation.spreadsheets import csv_files
from consultation.spreadsheets.table import Column, Table
from consultation.spreadsheets.writer import Format
from tests.benchmarks import export_filling
from tests.benchmarks.sizes import sized

SIZES = sized((10_000,), (20,))
TIMES = sized(3, 1)
CHUNK = 1000
process.GIVES_WAY = sized(process.GIVES_WAY, False)
MEBI = 1024 * 1024
ANSWERS = """SELECT answer.*, question.code, response.* FROM answer
    JOIN question ON question.id = answer.question_id
    JOIN response ON response.id = answer.response_id"""


def main(sizes=SIZES, times=TIMES, formats=("xlsx", "csv")):
    found = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            found[size] = measured(Path(folder), size, times, formats)
    first, *more = sizes
    for size in more:
        for kind in formats:
            small, large = found[first][kind], found[size][kind]
            print(
                f"{kind} {size} beside {first}: {large[0] / small[0] * first / size:.2f} of the"
                f" time in proportion (CPU {large[1] / small[1] * first / size:.2f}),"
                f" memory x {large[2] / small[2]:.2f}"
            )


def measured(folder, size, times, formats):
    """Print the figures of one size; return the median seconds and peak memory by format."""
    began = time.monotonic()
    responses, answers = in_process(fill, folder, size)
    print(
        f"{responses} responses, {answers} answers: filled in {time.monotonic() - began:.0f} s",
        flush=True,
    )
    cells = in_process(record, folder)
    print(f"  {cells} cells")
    found = {kind: _compared(folder, kind, times) for kind in formats}
    if "csv" in formats:
        _compare_writers(folder, times)
    return found


def _compare_writers(folder, times):
    """Print what our writer of CSV costs beside csv.writer on the same rows, which both are given.

    And what it takes to read the answers, of which the rows are made, without a word about them.
    """
    each = [
        (in_process(written, folder), in_process(bare, folder, "csv"), in_process(read, folder))
        for _ in range(times)
    ]
    ours, library, reading = (
        statistics.median(one[1] for one in side) for side in zip(*each, strict=True)
    )
    print(
        f"  csv, writing alone: CPU {ours:.1f} s, bare {library:.1f} s, ratio {ours / library:.2f}"
    )
    print(
        f"  csv, reading the answers and nothing else: CPU {reading:.1f} s,"
        f" {reading / library:.2f} of bare"
    )


def _compared(folder, kind, times):
    """Print the medians of an export and of the bare library, each in turn; return ours."""
    ours, library = [], []
    for _ in range(times):
        ours.append(in_process(export, folder, kind))
        library.append(in_process(bare, folder, kind))
    seconds, cpu, peak = map(statistics.median, zip(*ours, strict=True))
    bare_seconds, bare_cpu = map(statistics.median, zip(*library, strict=True))
    print(
        f"  {kind}: {seconds:.1f} s, bare {bare_seconds:.1f} s, ratio {seconds / bare_seconds:.2f};"
        f" CPU {cpu:.1f} s, bare {bare_cpu:.1f} s, ratio {cpu / bare_cpu:.2f};"
        f" peak {peak:.0f} MiB",
        flush=True,
    )
    return seconds, cpu, peak


def in_process(part, *arguments):
    """Run a part of this programme in a process of its own; return what it found."""
    with forked() as pool:
        return pool.submit(part, *arguments).result()


def forked():
    """One process, forked from this one so that it imports nothing again, not even the pages."""
    import_module("consultation.app")
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork"))


def _application(folder):
    home = Path(folder) / "home"
    home.mkdir(exist_ok=True)
    return create_app({"HOME": home, "DATABASE_URL": f"sqlite:///{home / 'db.sqlite'}"})


def fill(folder, size):
    with _application(folder).app_context():
        return export_filling.fill(size)


def record(folder):
    """Keep the rows of every sheet as they come to a writer, in portions; return their cells."""
    cells = 0
    with (
        _application(folder).app_context(),
        (Path(folder) / "rows").open("wb") as file,
        snapshot_session(db.session()) as snapshot,
    ):
        instrument = load_instrument(snapshot, queries.last(snapshot))
        counts = count(snapshot, instrument.round_id)
        for table in tables(snapshot, instrument, counts, now()):
            pickle.dump((table.name, [table.headers()]), file)
            rows = table.flat().checked_rows()
            while portion := list(itertools.islice(rows, CHUNK)):
                cells += sum(map(len, portion))
                pickle.dump((table.name, portion), file)
    return cells


def export(folder, kind):
    """Return the seconds of one export, those of its processor, and its peak of memory."""
    spent = _Spent()
    with _application(folder).app_context():
        began = time.monotonic()
        round_id = queries.last(db.session()).id
        request = ExportRequest(round_id, Format(kind), Path(folder) / "made", now())
        process.run(db.session(), request, spent.look)
        seconds = time.monotonic() - began
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, usage.ru_utime + usage.ru_stime, spent.peak


class _Spent:
    """Looks at the memory of this process's only child, at each of its steps."""

    peak = 0.0

    def look(self, step):
        children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        for child in children:
            self.peak = max(self.peak, _peak(child))


def _peak(pid):
    """Return the peak of a process in MiB; `ru_maxrss` would begin with that of its parent."""
    with suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
        return int(found[1]) / 1024 if found else 0.0
    return 0.0


def bare(folder, kind):
    """Return the seconds of a bare library with the recorded rows, their reading apart."""
    writer = {"xlsx": _BareXlsx, "csv": _BareCsv}[kind](Path(folder))
    spent = [0.0, 0.0]
    with (Path(folder) / "rows").open("rb") as file:
        while True:
            try:
                name, rows = pickle.load(file)
            except EOFError:
                break
            began = _now()
            writer.add(name, rows)
            spent = list(map(operator.add, spent, _since(began)))
    began = _now()
    writer.close()
    return list(map(operator.add, spent, _since(began)))


def read(folder):
    """Return the seconds that sqlite3 takes to give every answer with what it belongs to."""
    began = _now()
    with closing(sqlite3.connect(Path(folder) / "home" / "db.sqlite")) as connection:
        answers = connection.execute(ANSWERS)
        while answers.fetchmany(CHUNK):
            pass
    return _since(began)


def _now():
    """Return the clock's time and this process's own: others may load the same processors."""
    return time.monotonic(), time.process_time()


def _since(began):
    return list(map(operator.sub, _now(), began))


def written(folder):
    """Return the seconds of our writer of CSV with the recorded rows, their reading apart."""
    began, reading = _now(), [0.0, 0.0]
    with (Path(folder) / "rows").open("rb") as file:
        recorded = _recorded(file, reading)
        for name, portions in itertools.groupby(recorded, key=operator.itemgetter(0)):
            rows = itertools.chain.from_iterable(portion for _, portion in portions)
            headers = next(rows)
            if headers:  # a sheet of texts has none, and next to no rows
                table = Table(name, [Column(one) for one in headers], lambda rows=rows: rows)
                csv_files.write_one(table, Path(folder), Table.checked_rows)
    return list(map(operator.sub, _since(began), reading))


def _recorded(file, reading):
    """Give the recorded portions of rows, and add to `reading` what that takes."""
    while True:
        began = _now()
        try:
            portion = pickle.load(file)
        except EOFError:
            return
        reading[:] = map(operator.add, reading, _since(began))
        yield portion


class _BareXlsx:
    def __init__(self, folder):
        options = {
            "constant_memory": True,
            "tmpdir": str(folder),
            "strings_to_formulas": False,
            "strings_to_urls": False,
        }
        self.book = xlsxwriter.Workbook(str(folder / "bare.xlsx"), options)
        self.day = self.book.add_format({"num_format": "dd/mm/yyyy"})
        self.sheets, self.rows = {}, {}

    def add(self, name, rows):
        if name not in self.sheets:
            self.sheets[name], self.rows[name] = self.book.add_worksheet(name), 0
        sheet = self.sheets[name]
        for number, row in enumerate(rows, start=self.rows[name]):
            for index, cell in enumerate(row):
                if cell is None:
                    continue
                if isinstance(cell, date):
                    sheet.write_datetime(number, index, cell, self.day)
                else:
                    sheet.write(number, index, cell)
        self.rows[name] += len(rows)

    def close(self):
        self.book.close()


class _BareCsv:
    def __init__(self, folder):
        self.folder, self.files = folder, {}

    def add(self, name, rows):
        if name not in self.files:
            file = (self.folder / f"{name}.csv").open("w", encoding="utf-8-sig", newline="")
            self.files[name] = file, csv.writer(file, delimiter=";")
        self.files[name][1].writerows(rows)

    def close(self):
        for file, _ in self.files.values():
            file.close()


if __name__ == "__main__":
    main([int(one.replace("_", "")) for one in sys.argv[1:]] or SIZES)
