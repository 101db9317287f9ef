"""A site as it is started by hand, empty or filled with the demonstration.

Nothing is imported beforehand.  In the short form each is a fork of this process, with what this
one has imported, its exports do not wait for idle processors, and its worker makes the files of
what is published in one format, where a workbook would wait for all of them.
"""

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

from consultation.cli.main import main
from consultation.documents.formats import DocumentFormat
from consultation.documents.public import frozen
from consultation.exports import process
from consultation.reports import files as report_files
from tests.benchmarks.sizes import IS_SHORT
from tests.faults import launcher
from tests.faults.server import ROOT, Server, wait_for

PROGRAM = Path(sys.executable).with_name("consultation")


class Deployed(Server):
    """`consultation serve`."""

    program = PROGRAM

    def begin(self):
        if IS_SHORT:
            told = self.environment, str(self.log), self.only
            started = _forked(launcher.serve, *told)
            self.group, self.wait = started.pid, started.join
            wait_for(lambda: os.getpgid(self.group) == self.group)  # it leads its own
            return
        command = [self.program, "serve", *(["--only", self.only] if self.only else [])]
        with self.log.open("ab") as log:
            started = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log,
                start_new_session=True,
            )  # fmt: skip
        self.group, self.wait = started.pid, started.wait

    def close(self):
        super().close()
        self.wait(30)


def demonstrate(home, measures, responses, **settings):
    """Fill a home with the demonstration of a size."""
    arguments = ["demo", "--measures", str(measures), "--responses", str(responses)]
    told = {f"CONSULTATION_{name}": str(value) for name, value in settings.items()}
    environment = os.environ | told | {"CONSULTATION_HOME": str(home)}
    if IS_SHORT:
        filling = _forked(_fill, environment, arguments)
        filling.join()
        assert filling.exitcode == 0
    else:
        command = [PROGRAM, *arguments]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def _fill(environment, arguments):
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    main(arguments)


def _forked(target, *arguments):
    process.GIVES_WAY = False
    frozen.formats_here = report_files.formats_here = lambda _home: (DocumentFormat.HTML,)
    forked = multiprocessing.get_context("fork").Process(target=target, args=arguments)
    forked.start()
    return forked
