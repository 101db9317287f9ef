"""Short forms of the programmes: with what each is run to see, in seconds, that it still runs.

`SHORT=1` is set for all of them (`tests.benchmarks.sizes`).
"""

from dataclasses import dataclass

BROWSER = "chromium-headless-shell"


@dataclass(frozen=True)
class ShortForm:
    """How a programme is run, and what becomes of it."""

    arguments: str = ""
    says: str = ""
    """An expression that what it prints matches; without one it prints nothing."""
    writes: str = ""
    """The folder in which it leaves a new file."""
    lacks: str = ""
    """The program that it is run without, since what that one does leaves the machine."""
    needs: str = ""
    """The program without which it is not run."""


BENCHMARKS = {
    "tests.benchmarks": ShortForm("campaigning", r"campaigning\n[\s\S]* memory, peak"),
    "tests.benchmarks.ablation": ShortForm(says=r"\| compiled statements \|"),
    "tests.benchmarks.editor_pages": ShortForm(says=r"editor, 60 questions"),
    "tests.benchmarks.memory": ShortForm(says=r"the same twice more"),
    "tests.benchmarks.moderating": ShortForm(says=r"one text .* queries"),
    "tests.benchmarks.publishing": ShortForm(says=r"least number of possible values: \d+, for 5"),
    "tests.benchmarks.reading_results": ShortForm(says=r"overview, disagreement"),
    "tests.benchmarks.staff_pages": ShortForm(says=r"\| `/organisation/"),
    "tests.benchmarks.worst_cases": ShortForm(
        "Cookie parties apostrophes", r"\| CSV : apostrophes"
    ),
}

OF_FILES = {
    "tests.benchmarks.campaigning": ShortForm("20 5", r"memory, peak"),
    "tests.benchmarks.delivering": ShortForm(says=r"mailbox folder: .* a mail"),
    "tests.benchmarks.documents": ShortForm(says=r" with changes +\d"),
    "tests.benchmarks.exporting": ShortForm(says=r"csv, reading the answers"),
    "tests.benchmarks.importing": ShortForm(says=r"forms published: \d"),
    "tests.benchmarks.reports": ShortForm(says=r"data +\d"),
    "tests.benchmarks.sending": ShortForm(says=r"arrived more than once +0"),
    "tests.benchmarks.value_files": ShortForm(says=r"sheet of csv read again"),
}
"""Benchmarks of what comes and leaves: files and mails."""

UNDER_LOAD = {
    "tests.benchmarks.answering": ShortForm(
        says=r"\| le cadre nu[\s\S]*2 langues[\s\S]*7 langues[\s\S]*\| reçu : page \|"
    ),
    "tests.benchmarks.disturbing": ShortForm(says=r"ratio of medians"),
    "tests.benchmarks.growth": ShortForm(says=r"\| un courriel parmi"),
    "tests.benchmarks.reading_documents": ShortForm(says=r"affiche\.pdf +\d"),
    "tests.benchmarks.servers": ShortForm("consultation", r"overload"),
    "tests.benchmarks.several_servers": ShortForm(says=r"par réponse : \d+ instructions"),
}
"""Benchmarks of a site that serves visitors, which wait more than they work."""

JOURNEYS = {
    "tests.journeys.team": ShortForm(
        "--measures 12 --responses 60", r"five hundred contributions", needs=BROWSER
    ),
    "tests.journeys.ten_minutes": ShortForm(
        "--measures 4 --responses 10", r"total .* gestures", needs=BROWSER
    ),
}
"""What people do in a browser, on a site that is filled for them."""

TOOLS = {
    "tests.authorisation": ShortForm(),
    "tests.bare": ShortForm(says=r"needs root and mmdebstrap", lacks="mmdebstrap"),
    "tests.glossary": ShortForm("consultation/mail"),
    "tests.inbox.corpus": ShortForm(says=r"held out +measure proposed right"),
    "tests.mail.examples": ShortForm(),
    "tests.migration": ShortForm("Nothing", r"_nothing\.py .* done", "migrations/versions"),
    "tests.needing": ShortForm("test", r"programmes of test: "),
    "tests.moderation.detectors.corpus": ShortForm(says=r"Held out, [\s\S]* to a person flagged"),
    "tests.mutations": ShortForm("--lines 1 crypto", r"crypto: (LIVES|died): "),
    "tests.package_map": ShortForm(),
    "tests.pins": ShortForm(says=r"uv is not installed", lacks="uv"),
    "tests.readability_table": ShortForm(says=r"Ce que nous gardons"),
    "tests.sentences": ShortForm(),
    "tests.settings_table": ShortForm(says=r"`CONSULTATION_HOME`"),
    "tests.share_picture": ShortForm(),
    "tests.simulate.allocation": ShortForm("--people 20", r"proposed +\d"),
    "tests.stored_strings": ShortForm(),
    "tests.ways": ShortForm("3", r"\b(1?\d|20) returns [\s\S]* the workbook: \d+ modules"),
}

STARTED = {
    "tests.benchmarks.receipt_steps": "tests/responses/submission/test_receipt_cost.py",
    "tests.faults.export_worker": "tests/faults/test_export_faults.py",
    "tests.faults.forks": "tests/faults/conftest.py",
    "tests.faults.launcher": "tests/faults/server.py",
    "tests.faults.mail_workers": "tests/faults/test_mail_kill.py",
    "tests.guide": "tests/operations/test_guide.py",
    "tests.hearing.speech_module": "tests/hearing/desktop.py",
    "tests.mail.worker": "tests/mail/delivery/test_workers.py",
    "tests.programmes.launcher": "tests/programmes/conftest.py",
    "tests.release": "tests/test_release.py",
    "tests.surfaces": "tests/surfaces/test_surfaces.py",
    "tests.surfaces.record": "tests/surfaces/__main__.py",
    "tests.translations": "Makefile",
    "tests.server.toy_server": "tests/server/test_serving.py",
}
"""Programmes that other tests start, or `make check`, and where."""
