"""What an organiser waits for: `python -m tests.benchmarks.editor_pages`.

Publishing sixty forms, the editor's page, the coverage board.
"""

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from consultation import create_app
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.demo import fill
from consultation.extensions import db
from consultation.questionnaires.models import QuestionKind
from consultation.questionnaires.outline import store, structure
from consultation.questionnaires.publication import publish as publication_publish
from consultation.questionnaires.rounds import queries
from tests.accounts.builders import Browser, make_account
from tests.benchmarks.sizes import sized

MEASURES, RESPONSES, TIMES = sized((60, 2_000, 9), (4, 20, 2))
EMAIL = "lou@association.example"
EDITOR = "/organisation/tours/tour-1/questionnaire"
PAGES = {
    "editor, 25 questions": EDITOR,
    "one question": f"{EDITOR}/questions/stance",
    "what publishing changes": "/organisation/tours/tour-1/publication",
    "plan": "/organisation/plan",
    f"coverage, {RESPONSES} responses": "/organisation/couverture",
}


def main():
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        app = create_app(
            {
                "HOME": home,
                "DATABASE_URL": f"sqlite:///{home / 'db.sqlite'}",
                "BASE_URL": "https://consultation.example",
                "RATE_LIMITS": False,
            }
        )
        with app.app_context():
            upgrade.upgrade(db.engine)
            session = db.session
            with writing(session()):
                fill.fill(session(), measures=MEASURES, responses=RESPONSES, at=now())
            make_account(session, EMAIL, Role.ORGANISER)
            browser = Browser(app)
            browser.sign_in(EMAIL)
            print(f"composing, {MEASURES} measures, SQLite, median of {TIMES}")
            for name, path in PAGES.items():
                print_table(browser, name, path)
            print(f"  publishing {MEASURES + 1} forms      {publish(session):.2f} s")
            add_questions(session, 35)
            print_table(browser, "editor, 60 questions", EDITOR)
            session.remove()
            db.engine.dispose()


def print_table(browser, name, path):
    browser.get(path)
    spent = []
    for _ in range(TIMES):
        began = time.perf_counter()
        page = browser.get(path)
        spent.append((time.perf_counter() - began) * 1000)
        assert page.status_code == 200
    size = len(page.data) / 1000
    print(f"  {name:<26} {statistics.median(spent):6.0f} ms {size:6.0f} kB")


def publish(session):
    """How many seconds it takes to give every form a new version."""
    change(session, lambda question: {**question.label, "fr": question.label["fr"] + " (revu)"})
    began = time.perf_counter()
    with writing(session()):
        done = publication_publish.publish_outline(session(), queries.last(session()), now())
    assert len(done.renewed) == MEASURES + 1
    return time.perf_counter() - began


def change(session, label_of):
    """Give the first question that every form asks another label."""

    def edit(before):
        section = before.section("respondent")
        first, *others = section.questions
        changed = replace(first, label=label_of(first))
        return before.with_section(replace(section, questions=(changed, *others)))

    with writing(session()):
        store.change(session(), queries.last(session()), edit, now())


def add_questions(session, count):
    def edit(before):
        section = before.section("suggestions")
        added = tuple(
            structure.OutlineQuestion(
                f"added_{number}",
                QuestionKind.LONG_TEXT,
                {"fr": f"Question ajoutée numéro {number}", "en": f"Question added, {number}"},
                settings={"maximum": 5000},
            )
            for number in range(count)
        )
        return before.with_section(replace(section, questions=(*section.questions, *added)))

    with writing(session()):
        store.change(session(), queries.last(session()), edit, now())


if __name__ == "__main__":
    main()
