"""Schema upgrades by Alembic's migrations.

Also tells whether the schema is current, without Alembic: only a process that migrates imports it.
"""

from functools import cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from consultation.files import resource

if TYPE_CHECKING:
    from alembic.config import Config

VERSION = sa.table("alembic_version", sa.column("version_num"))
"""Alembic's own table: one row, the last migration that was run."""

PREPARATION_LOCK = (0, 1)
"""Advisory lock of PostgreSQL for preparing a database; the only pair among our lock keys."""


class DatabaseNewer(Exception):
    """The schema comes from a later version of the site, which this one must not change."""

    def __str__(self) -> str:
        return (
            "La base de données vient d'une version plus récente du site : installez celle-ci de"
            " nouveau, ou remettez une sauvegarde faite avant elle. Rien n'a été changé."
        )


def config_for(engine: Engine) -> "Config":
    """Return Alembic's configuration, which reads and writes through `engine`."""
    config = _config()
    config.attributes["engine"] = engine
    return config


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resource("migrations")).replace("%", "%%"))
    return config


def upgrade(engine: Engine) -> None:
    """Run the pending migrations; a failing one leaves the schema unchanged.

    Raises `DatabaseNewer`.
    """
    if pending_count(engine):
        from alembic import command

        command.upgrade(config_for(engine), "head")


def lock_preparation(connection: Connection) -> None:
    """Make other servers that are starting wait until this transaction ends.

    Needed on PostgreSQL only: SQLite has one writer at a time.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(*PREPARATION_LOCK)))


def pending_count(engine: Engine) -> int:
    """Return the number of pending migrations; raise `DatabaseNewer`."""
    with engine.connect() as connection:
        is_new = not sa.inspect(connection).has_table(VERSION.name)
        current = None if is_new else connection.scalar(sa.select(VERSION.c.version_num))
    if current is None:
        return len(_revisions())
    if not is_known(current):
        raise DatabaseNewer
    return _revisions().index(current)


def is_current(engine: Engine) -> bool:
    """Return whether the schema is that of this version; False if the database is unreachable."""
    try:
        return pending_count(engine) == 0
    except (sa.exc.OperationalError, DatabaseNewer):
        return False


def is_known(revision: str) -> bool:
    """Return whether this version of the site has the migration."""
    return revision in _revisions()


@cache
def _revisions() -> tuple[str, ...]:
    """Return every migration of this version, the last one first: files begin with its number."""
    files = (resource("migrations") / "versions").glob("[0-9]*.py")
    return tuple(sorted((file.name.partition("_")[0] for file in files), reverse=True))
