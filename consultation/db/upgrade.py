"""The migrations: bring the tables to what the models say, and tell whether they are."""

from functools import cache

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine

from consultation.files import resource

TURN = (0, 1)
"""The lock of PostgreSQL that whoever prepares a database holds: a pair, as no other here is."""


class DatabaseNewer(Exception):
    """A later version of the site has been here: its tables are not for this one to touch."""

    def __str__(self) -> str:
        return (
            "La base de données vient d'une version plus récente du site : installez celle-ci de"
            " nouveau, ou remettez une sauvegarde faite avant elle. Rien n'a été changé."
        )


def config_for(engine: Engine) -> Config:
    """Return Alembic's configuration, which reads and writes through `engine`."""
    config = _config()
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Run every migration that the database lacks; a failing one leaves it as it was.

    Raise `DatabaseNewer`.
    """
    pending_count(engine)
    command.upgrade(config_for(engine), "head")


def take_turn(connection: Connection) -> None:
    """Prepare a database alone: other servers that start now wait until this transaction ends.

    On SQLite, whoever writes is alone.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(*TURN)))


def pending_count(engine: Engine) -> int:
    """Return how many migrations the database lacks; raise `DatabaseNewer`."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current is None:
        return len(_revisions())
    if not is_known(current):
        raise DatabaseNewer
    return _revisions().index(current)


def is_current(engine: Engine) -> bool:
    """Say whether the tables are there, and those of this version."""
    try:
        return pending_count(engine) == 0
    except (sa.exc.OperationalError, DatabaseNewer):
        return False


def is_known(revision: str) -> bool:
    """Say whether this version of the site has the migration at which a database stands."""
    return revision in _revisions()


@cache
def _revisions() -> tuple[str, ...]:
    """Every migration of this version, the last one first: they form one line.

    Read once, as reading them takes ten times as long as asking the database.
    """
    script = ScriptDirectory.from_config(_config())
    return tuple(known.revision for known in script.walk_revisions())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resource("migrations")).replace("%", "%%"))
    return config
