"""What the pages of the team cost: the slowest that links lead to, in ms of processor and queries.

`python -m tests.benchmarks.staff_pages`; with `--postgresql`, on a cluster of its own.  A page is
an address of each route, with each set of parameters that a link or a form of another page gives.
"""

import argparse
import re
import statistics
import tempfile
from contextlib import ExitStack
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa

from consultation import create_app
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.demo import fill
from consultation.extensions import db
from consultation.moderation import screening
from consultation.moderation.clusters.clustering import cluster_due
from consultation.responses.models import Response
from consultation.results.tallies import maintain
from tests.accounts.builders import BASE, Browser, make_account
from tests.benchmarks.moderating import TIMES, cost
from tests.benchmarks.sizes import sized
from tests.faults.cluster import Cluster, make_folder, remove

MEASURES, RESPONSES, MOST_PAGES = sized((60, 10_000, 1_000), (4, 20, 20))
SLOWEST = 10
EMAIL = "equipe@exemple.fr"
HOME = "/organisation/"
STAFF = ("/organisation/", "/moderation", "/administration/")
LINK = re.compile(r'<a\b[^>]*? href="(/[^"#]*)')


def main():
    options = arguments()
    with ExitStack() as stack:
        home = options.home or stack.enter_context(tempfile.TemporaryDirectory())
        url = f"sqlite:///{home}/db.sqlite"
        if options.postgresql:
            folder = make_folder()
            stack.callback(remove, folder)
            cluster = Cluster(folder)
            stack.callback(cluster.close)
            url = cluster.url
        app = create_app(
            {"HOME": Path(home), "DATABASE_URL": url, "BASE_URL": BASE, "RATE_LIMITS": False}
        )
        with app.app_context():
            upgrade.upgrade(db.engine)
            if db.session.scalar(sa.select(Response.id).limit(1)) is None:
                fill_home(options.responses)
            found = costs(app)
            db.session.remove()
            db.engine.dispose()
    print(f"{len(found)} pages of the team, {MEASURES} measures, {options.responses} responses,")
    print(f"{'PostgreSQL' if options.postgresql else 'SQLite'}, {TIMES} times each, the slowest:")
    print("| page | p95, ms of processor | median | queries |")
    print("| --- | ---: | ---: | ---: |")
    for path, spent, queries in sorted(found, key=lambda it: -p95(it[1]))[: options.slowest]:
        print(f"| `{path}` | {p95(spent):.0f} | {statistics.median(spent):.0f} | {queries} |")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("responses", type=int, nargs="?", default=RESPONSES)
    parser.add_argument("--slowest", type=int, default=SLOWEST)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--home", help="folder of a site that is kept, filled when it is empty")
    return parser.parse_args()


def fill_home(responses):
    """Store responses, and what the worker makes of them."""
    session = db.session()
    with writing(session):
        fill.fill(session, measures=MEASURES, responses=responses, at=now())
    maintain.refresh(session)
    screening.screen_due(session)
    while cluster_due(session):
        pass
    make_account(db.session, EMAIL, *Role)


def costs(app):
    """Return for each page its address, the ms of processor of each visit, and its queries."""
    browser = Browser(app)
    browser.sign_in(EMAIL)
    return [(path, *cost(browser, path)) for path in pages(app, browser)]


def pages(app, browser):
    """Return the addresses of all pages of the team that links lead to, the first of each kind."""
    waiting, found, seen = [HOME], [], set()
    while waiting and len(found) < MOST_PAGES:
        path = waiting.pop(0)
        kind = kind_of(app, path)
        if kind in seen:
            continue
        seen.add(kind)
        page = browser.get(path)
        if page.mimetype == "text/html" and page.status_code == 200:
            found.append(path)
            links = map(unescape, LINK.findall(page.get_data(as_text=True)))
            waiting += [link for link in links if link.startswith(STAFF)]
    return found


def kind_of(app, path):
    """Return the route of an address, with the names of its parameters."""
    parts = urlsplit(path)
    endpoint, _values = app.url_map.bind("localhost").match(parts.path, method="GET")
    return endpoint, frozenset(name for name, _value in parse_qsl(parts.query))


def p95(spent):
    return statistics.quantiles(spent, n=20)[-1]


if __name__ == "__main__":
    main()
