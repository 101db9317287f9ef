"""Submission shortcuts, switched off one at a time: `python -m tests.benchmarks.ablation`.

Processor time of a blank form, of a posted form with 25 answers and of its receipt, all in this
process: no network, no server.  Each round runs every variant once, so that a machine that slows
down does so for all; a ratio is that of a variant's median to the median of the site as it is.
"""

import gzip
import random
import re
import statistics
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

import sqlalchemy as sa
from werkzeug.test import EnvironBuilder

from consultation import create_app
from consultation.accounts.models import SiteSwitch, Switch
from consultation.clock import now
from consultation.db import upgrade
from consultation.db.base import writing
from consultation.db.statements import Statement
from consultation.extensions import db
from consultation.plan import queries as plan_queries
from consultation.questionnaires.form import rendering
from consultation.questionnaires.form.instrument import FormMeasure
from consultation.questionnaires.models import Questionnaire, Round
from consultation.questionnaires.rounds import queries
from consultation.recordings import playback
from consultation.responses.submission import context, page, views
from consultation.server import run
from consultation.web import page_cache
from tests.benchmarks.answering import PATH, answers_of
from tests.benchmarks.sizes import sized

ROUNDS, WARM_UP = sized(200, 2), sized(10, 1)
KEY = re.compile(r'name="submission_key" value="([^"]+)"')
STEPS = ("blank form", "posted form", "receipt")


@contextmanager
def patched(*replacements):
    with ExitStack() as stack:
        for target, name, value in replacements:
            stack.enter_context(mock.patch.object(target, name, value))
        yield


def without_page_cache():
    """Render each page anew; the fields of a blank form are still kept by language."""

    def render_receipt(shape, _names):
        return lambda values: views._rendered(shape, values)

    def fill_page(render, values):
        return page_cache.Response(render(values), mimetype="text/html")

    def render_form(form_page):
        return lambda values: form_page.rendered(values["key"])

    return patched(
        (page.Page, "_cached", render_form),
        (views, "_cached", render_receipt),
        (page_cache, "fill", fill_page),
    )


def without_kept_fields():
    def blank_fields(environment, instrument, locale, sounds=rendering.SILENT):
        return rendering._fields(environment, instrument, locale, {}, {}, sounds=sounds)

    return patched((rendering, "blank_fields", blank_fields))


def without_either():
    stack = ExitStack()
    stack.enter_context(without_page_cache())
    stack.enter_context(without_kept_fields())
    return stack


def without_deflated_parts():
    """Join the kept parts as text, and leave compressing to `web.compression`."""

    def fill_page(cached, values):
        fillings = [str(page_cache.escape(values[name])).encode() for name in cached.placeholders]
        content = b"".join(page_cache._alternating(cached.parts, fillings))
        return page_cache.Response(content, mimetype="text/html")

    return patched((page_cache, "fill", fill_page))


def without_one_query():
    """Ask the services that other pages ask, one query each."""

    def load_context(session, shelf, row, key=None):
        form = session.scalars(
            sa.select(Questionnaire).where(Questionnaire.public_id == row.public_id)
        ).one()
        round_ = session.get_one(Round, form.round_id)
        measure = plan_queries.bare_measure(session, row.measure_code)
        queries.questionnaire_for(session, round_, measure.id)
        issued_at = key.issued_at if key else now()
        return context.FormContext(
            shelf.take(session, form.public_id),
            FormMeasure(measure.code, measure.is_shipped),
            round_.moments,
            session.get(SiteSwitch, Switch.PROOF_OF_WORK) is not None,
            context.notice_version_at(session, round_.id, issued_at),
            bool(round_.document_url),
            playback.state(session),
            round_.locales,
            key,
        )

    return patched((context, "_context", load_context))


def without_compiled_statements():
    """Run statements by the session, which looks each up in its cache and describes its result."""

    def rows(statement, session, values):
        result = session.execute(_statement_of(statement, session), values)
        return result.all() if result.returns_rows else []

    def run_for_each(statement, session, values):
        session.execute(_statement_of(statement, session), list(values))

    def encode(_statement, _session, values):
        return dict(values)

    return patched(
        (Statement, "rows", rows),
        (Statement, "run_for_each", run_for_each),
        (Statement, "encode", encode),
    )


def _statement_of(statement, session):
    own = statement._statement
    bind = session if isinstance(session, sa.Connection) else session.get_bind()
    return own if isinstance(own, sa.ClauseElement) else own(bind.dialect.name)


@contextmanager
def as_it_is():
    yield


VARIANTS = {
    "as it is": as_it_is,
    "page cache": without_page_cache,
    "fields kept": without_kept_fields,
    "page cache and fields": without_either,
    "deflated parts": without_deflated_parts,
    "one-query context": without_one_query,
    "compiled statements": without_compiled_statements,
}


class Visitor:
    """One response after the other, by the WSGI interface; each step timed alone."""

    def __init__(self, app):
        self.app, self.number = app, 0
        blank, _seconds = self.ask(PATH)
        self.answers, self.address = answers_of(blank)

    def ask(self, path, **options):
        headers = {"Accept-Encoding": "gzip"}
        environment = EnvironBuilder(path, headers=headers, **options).get_environ()
        head = {}

        def start_response(status, headers, _error=None):
            head.update(dict(headers), status=status)

        began = time.process_time()
        body = self.app.wsgi_app(environment, start_response)
        content = b"".join(body)
        getattr(body, "close", lambda: None)()
        spent = time.process_time() - began
        if head["status"].startswith("303"):
            return head["Location"], spent
        assert head["status"].startswith("200"), (head, content[:500])
        if head.get("Content-Encoding") == "gzip":
            content = gzip.decompress(content)
        return content.decode(), spent

    def answer(self):
        """Answer once; return the seconds of processor time of each step."""
        self.number += 1
        blank, asked = self.ask(PATH)
        own = {self.address: f"b{self.number}@exemple.fr", "submission_key": KEY.search(blank)[1]}
        location, posted = self.ask(PATH, method="POST", data=self.answers | own)
        _receipt, read = self.ask(location)
        return asked, posted, read


def filled_site(home, database_url=None):
    """Return a new site that takes any number of forms, with what a local one begins with."""
    app = create_app(
        {
            "HOME": home,
            "DATABASE_URL": database_url or f"sqlite:///{home / 'db.sqlite'}",
            "FORM_CAP": 10**6,
            "TEXT_CAP": 10**6,
            "MAIL_SOURCE_CAP": 10**6,
        }
    )
    with app.app_context():
        upgrade.upgrade(db.engine)
        with writing(db.session()):
            run.prepare(db.session(), now(), is_local=True)
        db.session.remove()
    return app


def main(rounds=ROUNDS):
    with tempfile.TemporaryDirectory() as folder:
        app = filled_site(Path(folder))
        visitor = Visitor(app)
        seconds = {name: [] for name in VARIANTS}
        for number in range(WARM_UP + rounds):
            for name in random.sample(list(VARIANTS), len(VARIANTS)):
                with VARIANTS[name]():
                    steps = visitor.answer()
                if number >= WARM_UP:
                    seconds[name].append(steps)
        with app.app_context():
            db.engine.dispose()
    report(seconds)


def report(seconds):
    """Print for each shortcut the medians without it, and their ratio to the site as it is."""
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)]
        for name, rows in seconds.items()
    }
    usual = medians["as it is"]
    print("| without | " + " | ".join(STEPS) + " | all |\n| --- |" + " ---: |" * 4)
    for name, row in medians.items():
        pairs = zip([*row, sum(row)], [*usual, sum(usual)], strict=True)
        cells = [f"{1000 * mine:.2f} ms × {mine / base:.2f}" for mine, base in pairs]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
