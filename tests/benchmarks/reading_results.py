"""What reading results costs, and keeping them: `python -m tests.benchmarks.reading_results`.

At a hundred responses and at a hundred thousand, or at two numbers given.
"""

import statistics
import sys
import tempfile
import time

import sqlalchemy as sa

from consultation import create_app
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.demo import fill
from consultation.extensions import db
from consultation.plan.models import Indicator, Measure
from consultation.questionnaires.models import Round
from consultation.results.indicators import summary
from consultation.results.models import Tally, TallySide
from consultation.results.publication.figures import stored_cells
from consultation.results.tallies import maintain, queries
from tests.accounts.builders import BASE, Browser
from tests.benchmarks.sizes import sized
from tests.exports.builders import respond
from tests.results.overview.test_overview_pages import PAGE as OVERVIEW
from tests.results.publishing_builders import publish, signed_in

FEW, MANY = sized((100, 100_000), (40, 80))
MEASURES, TIMES, VISITS = sized((60, 15, 100), (4, 2, 2))
DISPLAYED = (TallySide.ALL, TallySide.VOICE, TallySide.STANDING, TallySide.CAPACITY)


def main(few=FEW, many=MANY):
    small, large = (figures(count) for count in (few, many))
    print(f"reading results, {MEASURES} measures, SQLite, median of {TIMES}, ms of processor")
    print(f"  {'':<34}{few:>9}{many:>9}  ratio")
    # Public pages show what is there: a hundred responses are all given to one measure.
    small |= figures(few, measures=1, timed=timed_pages)
    large |= figures(many, timed=timed_pages)
    for name, before in small.items():
        after = large[name]
        print(f"  {name:<34}{before:9.1f}{after:9.1f}{after / before:7.1f}")


def figures(responses, measures=MEASURES, timed=None):
    """Fill a home with responses, and return what each thing costs, in ms of processor."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/db.sqlite"
        app = create_app(
            {"HOME": folder, "DATABASE_URL": database, "BASE_URL": BASE, "RATE_LIMITS": False}
        )
        with app.app_context():
            upgrade.upgrade(db.engine)
            session = db.session()
            with writing(session):
                fill.fill(session, measures=measures, responses=responses, at=now())
            began = time.process_time()
            maintain.refresh(session)
            filled = (time.process_time() - began) * 1000
            found = timed(app, session) if timed else services(session)
            found |= {} if timed else {"counting everything (once)": filled}
            db.session.remove()
            db.engine.dispose()
    return found


def timed_pages(app, session):
    """The public page of one measure, and its JSON: the 95th percentile."""
    opened = session.scalars(sa.select(Round).order_by(Round.id.desc())).first()
    measure = busiest(session, opened)
    code = measure.code
    publish(db.session, opened, measure.id)
    visitor = Browser(app)
    addresses = {
        "public page (p95)": f"/resultats/{code}",
        "its JSON (p95)": f"/resultats/{code}.json",
        "the list in JSON (p95)": "/resultats.json",
    }
    found = {
        name: slowest(session, lambda address=address: visitor.get(address))
        for name, address in addresses.items()
    }
    return found | tables_of_indicators(app, session)


def tables_of_indicators(app, session):
    """The pages that tell the team what becomes of each indicator: all in two orders, and one."""
    code = session.scalars(sa.select(Indicator.code).order_by(Indicator.id)).first()
    organiser = signed_in(app, db.session, Role.ORGANISER)
    addresses = {
        "one indicator": f"/organisation/indicateurs/{code}",
        "overview, plan's order": OVERVIEW,
        "overview, disagreement": f"{OVERVIEW}?tri=verdict",
    }
    return {
        name: median(session, lambda address=address: organiser.get(address))
        for name, address in addresses.items()
    }


def services(session):
    opened = session.scalars(sa.select(Round).order_by(Round.id.desc())).first()
    measure = busiest(session, opened)
    stored = session.scalar(sa.select(sa.func.count(Tally.id)))
    print(f"  {stored} tallies", file=sys.stderr)
    round_id, measure_id, code = opened.id, measure.id, measure.code
    session.rollback()
    return {
        "one measure, four sides": median(
            session, lambda: stored_cells(session, round_id, measure_id, DISPLAYED)
        ),
        "one measure, every side": median(
            session, lambda: stored_cells(session, round_id, measure_id, TallySide)
        ),
        "every indicator": median(session, lambda: summary.summaries(session, round_id)),
        "responses by measure": median(
            session, lambda: queries.responses_by_measure(session, round_id)
        ),
        "refresh after one new response": median(
            session,
            lambda: maintain.refresh(session),
            lambda: answer(session, session.get(Round, round_id), code),
        ),
    }


def busiest(session, opened):
    most = sa.select(Tally.measure_id).where(
        Tally.round_id == opened.id, Tally.question == "", Tally.side == TallySide.ALL
    )
    wanted = most.where(Tally.measure_id.is_not(None)).order_by(Tally.count.desc()).limit(1)
    return session.get(Measure, session.scalar(wanted))


def answer(session, opened, code):
    respond(session, opened, code, {"standing": "done", "suggestions": "Un mot."})
    session.commit()


def slowest(session, act):
    return statistics.quantiles(spent_on(session, act, times=VISITS), n=20)[-1]


def median(session, act, prepare=lambda: None):
    return statistics.median(spent_on(session, act, prepare))


def spent_on(session, act, prepare=lambda: None, times=TIMES):
    spent = []
    for _ in range(times + 1):
        prepare()
        began = time.process_time()
        act()
        spent.append((time.process_time() - began) * 1000)
        session.rollback()
    return spent[1:]


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
