"""Memory of a site with 300 responses: `python -m tests.benchmarks.memory [PROGRAM]`.

Of all processes, proportional (PSS: shared pages counted in parts) and private, in megabytes; pages
of visitors and of staff are opened as a browser does, six at a time.

PROGRAM is `consultation` in an environment without the tools of the tests: of those structlog loads
one for itself (rich, 4 MB), and this benchmark shares its libraries with a site beside it (10 MB).
"""

import re
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.accounts.builders import PASSWORD
from tests.benchmarks import exporting
from tests.benchmarks.answering import GROWN_PATH, visit_of
from tests.benchmarks.deployed import Deployed
from tests.benchmarks.sizes import sized
from tests.benchmarks.visitors import visiting
from tests.faults.server import START_PATIENCE
from tests.faults.travelling import Traveller

RESPONSES, VISITORS, SECONDS, SETTLING = sized((300, 8, 8.0, 5), (20, 2, 0.2, 0))
WINDOWS, MOST_PAGES, MOST_ALIKE = 6, sized(300, 12), 4
EMAIL = "lou@association.example"
KINDS = ("parent", "web-1", "web-2", "worker")
LINK = re.compile(r'href="(/[^"#]*)"')


def main(program=Deployed.program):
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        exporting.in_process(fill, home)
        server = Deployed(home, f"sqlite:///{home / 'db.sqlite'}")
        server.program = program
        server.start()
        try:
            wait_for_worker(server)
            print(f"memory in MB, PSS (private), {RESPONSES} responses")
            time.sleep(SETTLING)
            print_memory(server, "idle")
            visiting(visit_of(server.port, GROWN_PATH), VISITORS, SECONDS)
            print_memory(server, f"{VISITORS} visitors, {SECONDS:.0f} s")
            browser = signed_in(server)
            pages = browse(browser)
            print_memory(server, f"{len(pages)} pages of staff")
            for _ in range(2):
                open_all(browser, pages)
            print_memory(server, "the same twice more")
        finally:
            server.close()


def fill(home):
    """Fill a home with invented responses, and an organiser."""
    from consultation import create_app
    from consultation.accounts.models import Role
    from consultation.extensions import db
    from consultation.results.tallies import maintain
    from tests.accounts.builders import make_account
    from tests.benchmarks import export_filling

    home.mkdir()
    app = create_app({"HOME": home, "DATABASE_URL": f"sqlite:///{home / 'db.sqlite'}"})
    with app.app_context():
        export_filling.fill(RESPONSES)
        maintain.refresh(db.session())
        make_account(db.session, EMAIL, Role.ORGANISER)
        db.session.remove()
        db.engine.dispose()


def wait_for_worker(server):
    """Wait until the last process is there: the worker comes after those that answer."""
    end = time.monotonic() + START_PATIENCE
    while len(server.members()) < len(KINDS):
        assert time.monotonic() < end, "the worker does not start"
        time.sleep(0.1)


def print_memory(server, moment):
    figures = []
    for pid in server.members()[: len(KINDS)]:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        names = ("Pss", "Pss_File", "Private_Dirty")
        figures.append([value_of(rollup, name) for name in names])
    each = ", ".join(
        f"{kind} {pss:.0f} ({private:.0f})"
        for kind, (pss, _, private) in zip(KINDS, figures, strict=True)
    )
    total, files, _ = map(sum, zip(*figures, strict=True))
    print(f"  {moment:22} {total:4.0f}, {files:.0f} of files: {each}", flush=True)


def value_of(rollup, name):
    """A line of `smaps_rollup`, in megabytes."""
    return int(re.search(rf"^{name}:\s+(\d+)", rollup, re.MULTILINE)[1]) * 1024 / 1e6


def signed_in(server):
    browser = Traveller([server])
    browser.get("/connexion")
    status, _location, page = browser.post("/connexion", {"email": EMAIL, "password": PASSWORD})
    assert status == 302, page[:2000]
    return browser


def browse(browser):
    """Follow links from the home pages, to a few addresses alike; return what was opened."""
    opened, alike, ahead = [], Counter(), ["/organisation/", "/"]
    while ahead and len(opened) < MOST_PAGES:
        path = ahead.pop(0)
        shape = re.sub(r"\d+", "N", path.partition("?")[0])
        if path in opened or alike[shape] == MOST_ALIKE or path.startswith(("/static", "/quitter")):
            continue
        alike[shape] += 1
        opened.append(path)
        status, headers, page = browser.turns.servers[0].fetch(
            "GET", path, headers=browser.sent_along
        )
        if status == 200 and headers.get_content_type() == "text/html":
            ahead += [link.replace("&amp;", "&") for link in LINK.findall(page.decode())]
    return opened


def open_all(browser, pages):
    server, headers = browser.turns.servers[0], browser.sent_along
    with ThreadPoolExecutor(WINDOWS) as windows:
        for _answer in windows.map(lambda path: server.fetch("GET", path, headers=headers), pages):
            pass


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
