"""The least that such a site can be: 25 WTForms fields, 26 rows in one durable commit, a thank you.

What answering is compared with; served by gunicorn, as most would.  `committing` is what the disk
and SQLite alone allow, for the same rows.
"""

import importlib.util
import os
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime

FIELDS = 25
PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>Contribuer</title></head>
<body><main><h1>Contribuer</h1><form method="post">
{% for field in form %}<div>{{ field.label }} {{ field }}{% for error in field.errors %}
<p>{{ error }}</p>{% endfor %}</div>
{% endfor %}<button>Envoyer</button></form></main></body></html>"""
TABLES = (
    "CREATE TABLE response (id INTEGER PRIMARY KEY, submitted_at DATETIME NOT NULL)",
    """CREATE TABLE answer (id INTEGER PRIMARY KEY, response_id INTEGER NOT NULL
    REFERENCES response, question VARCHAR(20) NOT NULL, value TEXT NOT NULL)""",
)
LACKING = "gunicorn, qui le sert, n'est pas installé"
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000")


def create_app():
    """Return the application; its database is named by the environment."""
    import sqlalchemy as sa
    import wtforms
    from flask import Flask, redirect, render_template_string, request
    from sqlalchemy import orm

    class Base(orm.DeclarativeBase):
        pass

    class Response(Base):
        __tablename__ = "response"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        submitted_at: orm.Mapped[datetime]
        answers: orm.Mapped[list["Answer"]] = orm.relationship()

    class Answer(Base):
        __tablename__ = "answer"
        id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
        response_id: orm.Mapped[int] = orm.mapped_column(sa.ForeignKey("response.id"))
        question: orm.Mapped[str]
        value: orm.Mapped[str]

    def field(number):
        if number % 2:
            return wtforms.TextAreaField(
                f"Question {number}",
                [wtforms.validators.InputRequired(), wtforms.validators.Length(max=5000)],
            )
        choices = [(str(step), f"Note {step}") for step in range(1, 6)]
        return wtforms.RadioField(
            f"Question {number}", [wtforms.validators.InputRequired()], choices=choices
        )

    names = [f"question_{number}" for number in range(FIELDS)]
    fields = {name: field(number) for number, name in enumerate(names)}
    form_class = type("Questions", (wtforms.Form,), fields)
    engine = sa.create_engine(f"sqlite:///{os.environ['FRAME_DATABASE']}")
    sa.event.listen(engine, "connect", lambda connection, _record: prepare(connection))
    app = Flask("frame")

    @app.route("/", methods=["GET", "POST"])
    def contribute():
        form = form_class(request.form)
        if request.method == "POST" and form.validate():
            with orm.Session(engine) as session, session.begin():
                answers = [Answer(question=it.name, value=it.data) for it in form]
                stored = Response(submitted_at=datetime.now(UTC), answers=answers)
                session.add(stored)
                session.flush()
                number = stored.id
            return redirect(f"/merci/{number}", 303)
        return render_template_string(PAGE, form=form)

    @app.get("/merci/<int:number>")
    def thanks(number):
        with orm.Session(engine) as session:
            return f"<h1>Merci</h1><p>{session.get_one(Response, number).submitted_at}</p>"

    return app


def prepare(connection):
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def has_server():
    return importlib.util.find_spec("gunicorn") is not None


def make_tables(path):
    with closing(sqlite3.connect(path)) as connection:
        prepare(connection)
        for table in TABLES:
            connection.execute(table)


def command(port):
    """Return how it is served, with twice the processes that the machine has cores at most."""
    where = ["--no-control-socket", "--log-level", "error", "-b", f"127.0.0.1:{port}"]
    application = "tests.benchmarks.frame:create_app()"
    return [sys.executable, "-m", "gunicorn", "-w", "2", *where, application]


def committing(path, seconds):
    """Return how many durable commits of the same rows one process makes in a second."""
    make_tables(path)
    answers = [(f"question_{number}", "Une réponse de quelques mots.") for number in range(FIELDS)]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        prepare(connection)
        count, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("INSERT INTO response (submitted_at) VALUES ('2026-11-25')")
            rows = [(row.lastrowid, *answer) for answer in answers]
            connection.executemany(
                "INSERT INTO answer (response_id, question, value) VALUES (?, ?, ?)", rows
            )
            connection.execute("COMMIT")
            count += 1
    return count / seconds
