"""A database of every past release opens in this one, with all that it held."""

import shutil
from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from consultation import create_app
from consultation.db import upgrade
from consultation.db.base import Base, UTCDateTime
from consultation.extensions import db
from consultation.files import resource
from consultation.results.tallies import maintain
from tests.faults.visiting import CAPACITY, CODE, KEY, LONG_TEXT, PATH
from tests.hostile.furnished import furnish
from tests.pages import CheckedClient

pytestmark = pytest.mark.database

RELEASES = [
    script.revision
    for script in ScriptDirectory.from_config(upgrade._config()).walk_revisions()
]  # fmt: skip
"""Of each migration, the newest first."""
VISITED = RELEASES[-1::-8]
"""Those that are upgraded to this one; each other is upgraded to the next."""

WAITING = {"sent_sheet", "tally_change"}
"""What waits a moment: files, whose table both ways through 0037, which encrypts them, empty; and
what is to be counted again, to which 0051 adds."""

FAILING = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{revision}", "{before}", None, None


def upgrade():
    op.execute("UPDATE measure SET summary = NULL, code = code || 'x'")
    op.create_table("half", sa.Column("id", sa.Integer(), primary_key=True))
    with op.batch_alter_table("answer") as batch_op:
        batch_op.add_column(sa.Column("half", sa.Integer()))
    {end}
"""


@pytest.fixture
def settings(settings):
    return settings | {"RATE_LIMITS": False}


@pytest.fixture
def full(app, session, database_url):
    """The engine of a database in which each table has its rows, and nobody else is."""
    furnish(app, session)
    maintain.refresh(session)
    session.commit()
    fill_what_is_empty(session.connection())
    session.commit()
    session.remove()
    db.engine.dispose()
    return sa.create_engine(database_url, poolclass=sa.NullPool)


@pytest.fixture
def copy(databases):
    """Copy a database; the copies end with the test."""
    made = []

    def copy(engine):
        made.append(databases.copy_of(engine.url.render_as_string(hide_password=False)))
        return sa.create_engine(made[-1], poolclass=sa.NullPool)

    yield copy
    for url in made:
        databases.drop(url)


def fill_what_is_empty(connection):
    """Put one row, the plainest there is, into each table that nothing has written to."""
    for table in Base.metadata.sorted_tables:
        if connection.scalar(sa.select(sa.func.count()).select_from(table)) == 0:
            output = {it.name: plainest(connection, it) for it in table.columns if is_told(it)}
            connection.execute(sa.insert(table).values(output))


def is_told(column):
    is_key = column.primary_key and not column.foreign_keys
    has_default = column.default is not None or column.server_default is not None
    counts = is_key and isinstance(column.type, sa.Integer)
    return not counts and (bool(column.foreign_keys) or not (column.nullable or has_default))


def plainest(connection, column):
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return connection.scalar(sa.select(key.column).order_by(key.column).limit(1))
    if isinstance(column.type, sa.Enum):
        return next(iter(column.type.enum_class))
    if isinstance(column.type, UTCDateTime):
        return datetime(2026, 6, 1, tzinfo=UTC)
    values = {str: "w", int: int(column.name != "start"), float: 1.0, bytes: b"w", bool: False}
    values |= {date: date(2026, 6, 1)}
    return (values | {dict: {}, object: "w"})[column.type.python_type]


def contents(engine):
    """What each table holds, as the database gives it."""
    with engine.connect() as connection:
        names = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
        return {
            name: [*connection.exec_driver_sql(f'SELECT * FROM "{name}"').mappings()]
            for name in names
        }


def shared(rows, others):
    """Rows in the columns that another release has as well, in an order of their own."""
    columns = {column for row in others for column in row}
    return sorted(({it: row[it] for it in row if it in columns} for row in rows), key=repr)


def visit(engine, settings):
    """Open the site on that database, look round, and answer if a form is open."""
    url = engine.url.render_as_string(hide_password=False)
    app = create_app(settings | {"DATABASE_URL": url})
    app.test_client_class = CheckedClient
    with app.app_context():
        client = app.test_client()
        statuses = [client.get(path).status_code for path in ("/", "/mesures", "/resultats", PATH)]
        page = client.get(PATH).text
        key, receipt = KEY.search(page), None
        if key:
            output = {"submission_key": key[1], CAPACITY.search(page)[1]: "citizen"}
            sent = client.post(PATH, data=output | {LONG_TEXT.findall(page)[-1]: "Après"})
            receipt = CODE.search(client.get(sent.location).text)
        maintain.refresh(db.session())
        db.session.remove()
        db.engine.dispose()
    return statuses, receipt is not None


def test_database_of_each_release_keeps_its_rows_and_opens(full, copy, settings):
    assert [name for name, rows in contents(full).items() if not rows] == []
    for following, release in pairwise([RELEASES[0], *RELEASES]):
        command.downgrade(upgrade.config_for(full), release)
        before, old = contents(full), copy(full)

        if release in VISITED:
            upgrade.upgrade(old)
        else:
            command.upgrade(upgrade.config_for(old), following)

        after = contents(old)
        assert all(rows for name, rows in before.items() if name not in WAITING), release
        for name, rows in before.items():
            if name in WAITING:
                continue
            assert shared(after[name], rows) == shared(rows, after[name]), (release, name)
        if release in VISITED:
            assert visit(old, settings) == ([200] * 4, release > "0001"), release


@pytest.fixture
def next_release(tmp_path, full):
    """The migrations of a release that has two more, the second of which fails."""
    folder = tmp_path / "migrations"
    shutil.copytree(resource("migrations"), folder)
    for revision, before, end in (
        ("9001", RELEASES[0], ""),
        ("9002", "9001", 'op.execute("INSERT INTO nowhere VALUES (1)")'),
    ):
        text = FAILING.format(revision=revision, before=before, end=end)
        (folder / "versions" / f"{revision}_fail.py").write_text(text.replace("half", f"h{before}"))
    config = upgrade.config_for(full)
    config.set_main_option("script_location", str(folder))
    return config


def test_failed_migration_leaves_a_database_that_still_serves(full, next_release, settings):
    before = contents(full)

    with pytest.raises(sa.exc.DBAPIError):
        command.upgrade(next_release, "head")

    assert contents(full) == before
    assert upgrade.pending_count(full) == 0
    assert visit(full, settings) == ([200] * 4, True)
