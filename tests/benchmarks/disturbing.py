"""What visitors notice of a silent mail server, of an export: `-m tests.benchmarks.disturbing`."""

import json
import sqlite3
import statistics
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.benchmarks import exporting, sending
from tests.benchmarks.answering import GROWN_PATH, PATH
from tests.benchmarks.deployed import Deployed
from tests.benchmarks.sizes import sized
from tests.faults.visiting import Form

CLIENTS, SECONDS = 2, sized(10, 0.5)  # so few leave the machine room: else it is what is measured
EXPORTED, SETTLING = sized((40_000, 2), (40, 0))
MAIL_ROUNDS, EXPORT_ROUNDS = sized((2, 3), (1, 1))


def main():
    with tempfile.TemporaryDirectory() as folder:
        answering_while_mail_hangs(Path(folder))
    answering_while_exporting()


def posted(server, path=PATH):
    """Let visitors answer for a while; return how long each POST took, the shortest first."""
    stop, latencies = time.monotonic() + SECONDS, []

    def visit(number):
        count = 0
        while time.monotonic() < stop:
            count += 1
            form = Form(server, path, f"Réponse {number}", f"b{number}.{count}@exemple.fr")
            began = time.monotonic()
            assert form.post(server)[1]
            latencies.append(time.monotonic() - began)

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(CLIENTS)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    return sorted(latencies)


def p95(latencies):
    return latencies[int(len(latencies) * 0.95)]


def answering_while_mail_hangs(home, rounds=MAIL_ROUNDS):
    """The POST of a form, with a mail server that takes every mail and one that falls silent."""
    found = {"": [], "RCPT": []}
    for number in range(rounds):
        for verb, seen in found.items():
            folder = home / f"mail{number}{verb}"
            folder.mkdir()
            sink = sending.start_sink(folder, verb)
            server = Deployed(folder, **json.loads(sink.stdout.readline()))
            server.start()
            latencies = posted(server)
            seen.append(p95(latencies))
            server.close()
            sink.stdin.close()
            mails = len(sink.stdout.read().split())
            sink.wait(30)
            print(f"  {verb or 'healthy':8} {len(latencies)} submits, {mails} mails arrived")
    healthy, hanging = (min(found[verb]) for verb in ("", "RCPT"))
    print(f"page submit p95, healthy     {[round(it * 1000) for it in found['']]} ms")
    print(f"page submit p95, hanging     {[round(it * 1000) for it in found['RCPT']]} ms")
    print(f"  ratio (best of each)       {hanging / healthy:.2f}")


def answering_while_exporting(responses=EXPORTED, rounds=EXPORT_ROUNDS):
    """The POST of a form, with and without an export that the worker would make as well."""
    alone, beside = [], []
    with tempfile.TemporaryDirectory() as folder:
        exporting.in_process(exporting.fill, folder, responses)
        home = Path(folder) / "home"
        server = Deployed(home, f"sqlite:///{home / 'db.sqlite'}")
        server.start()
        wait_until_counted(home / "db.sqlite")
        for _ in range(rounds):
            alone.append(p95(posted(server, GROWN_PATH)))
            with exporting.forked() as pool:
                export = pool.submit(exporting.export, folder, "xlsx")
                time.sleep(SETTLING)  # it has begun to read
                beside.append(p95(posted(server, GROWN_PATH)))
                is_whole = not export.done()
            print(f"  export {'went on all the while' if is_whole else 'ended before: add to N'}")
        server.close()
    print(f"page submit p95, alone              {[round(it * 1000) for it in alone]} ms")
    print(f"page submit p95, beside an export   {[round(it * 1000) for it in beside]} ms")
    ratio = statistics.median(beside) / statistics.median(alone)
    print(f"  ratio of medians, {responses} responses exported: {ratio:.2f}")


def wait_until_counted(database):
    """Wait until the worker has counted what the home was filled with."""
    end = time.monotonic() + 300
    with closing(sqlite3.connect(database)) as connection:
        while connection.execute("SELECT EXISTS (SELECT 1 FROM tally_change)").fetchone()[0]:
            assert time.monotonic() < end
            time.sleep(1)


if __name__ == "__main__":
    main()
