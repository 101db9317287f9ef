"""What moderating costs while 50,000 texts wait: `python -m tests.benchmarks.moderating`.

Milliseconds of processor and queries of each page.
"""

import statistics
import tempfile
import time
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event

from consultation import create_app
from consultation.db import upgrade
from consultation.extensions import db
from consultation.moderation.models import ModeratedText, TextState
from tests.accounts.builders import Browser
from tests.benchmarks.sizes import sized
from tests.factories import make_measure, make_round
from tests.moderation.builders import make_actor
from tests.moderation.bulk import fill

WAITING, TIMES = sized((50_000, 15), (50, 2))
PAGES = {
    "queue": "/moderation",
    "queue, four filters": "/moderation?signe=phone&qui=invited&mesure=T7&tri=recents",
    "queue, its middle": "/moderation?apres={middle}",
    "next text": "/moderation/suivant?apres={middle}",
    "one text": "/moderation/textes/{middle}",
}


def main(waiting=WAITING):
    print(f"moderating while {waiting} texts wait, SQLite, {TIMES} times each")
    for name, (spent, queries) in pages(waiting).items():
        most = f"most {max(spent):.0f}"
        print(f"  {name:<22}{statistics.median(spent):6.0f} ms ({most}), {queries} queries")


def pages(waiting):
    """Return what each page costs: ms of processor each time, and queries."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        app = create_app(
            {
                "HOME": str(home),
                "DATABASE_URL": f"sqlite:///{home / 'db.sqlite'}",
                "BASE_URL": "https://consultation.example",
                "RATE_LIMITS": False,
            }
        )
        with app.app_context():
            upgrade.upgrade(db.engine)
            middle = fill_home(waiting)
            browser = Browser(app)
            browser.sign_in("camille@exemple.fr")
            found = {
                name: cost(browser, path.format(middle=middle)) for name, path in PAGES.items()
            }
            db.session.remove()
            db.engine.dispose()
    return found


def fill_home(waiting):
    """Store the texts, some decided ones and a moderator; return one from the middle."""
    session = db.session
    make_measure(session, "T7")
    opened = make_round(session)
    session.commit()
    fill(session, opened, waiting // 10, TextState.PUBLISHED)
    fill(session, opened, waiting)
    make_actor(session)
    middle = sa.select(ModeratedText.public_id).order_by(ModeratedText.answer_id)
    found = session.scalars(middle.offset(waiting // 2).limit(1)).one()
    session.rollback()
    return found


def cost(browser, path):
    """Return the ms of processor of each visit, and how many queries one takes."""
    asked, spent = [], []

    def note(_connection, _cursor, statement, *_rest):
        asked.append(statement)

    browser.get(path)
    event.listen(db.engine, "before_cursor_execute", note)
    for _ in range(TIMES):
        began = time.process_time()
        page = browser.get(path)
        spent.append((time.process_time() - began) * 1000)
        assert page.status_code in (200, 302)
    event.remove(db.engine, "before_cursor_execute", note)
    return spent, len(
        [one for one in asked if one.lstrip().startswith(("SELECT", "UPDATE"))]
    ) // TIMES


if __name__ == "__main__":
    main()
