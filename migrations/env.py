"""How Alembic meets the database: one transaction, foreign keys checked at its end."""

import sqlalchemy as sa
from alembic import context

from consultation import app
from consultation.crypto.keyring import EncryptedText
from consultation.db import upgrade
from consultation.db.base import Base, UTCDateTime

assert app


def _plain(kind: str, item: object, _context: object) -> str | bool:
    """Write our column types as the plain ones they are stored as: revisions import no models."""
    if kind == "type" and isinstance(item, UTCDateTime):
        return "sa.DateTime()"
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.LargeBinary()"
    if kind == "type" and isinstance(item, sa.JSON):
        return 'sa.JSON().with_variant(JSONB(), "postgresql")'
    return False


def _run(connection: sa.Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=is_sqlite,
        transactional_ddl=True,
        compare_type=True,
        render_item=_plain,
    )
    with context.begin_transaction():
        upgrade.lock_preparation(connection)
        context.run_migrations()
        if is_sqlite:
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
            if broken:
                raise RuntimeError(f"rows without their parent: {broken[:5]}")


engine = context.config.attributes["engine"]
with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A batch rebuild drops tables: with the keys on, their children would go with them.
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
    try:
        _run(connection)
    finally:
        connection.rollback()
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")
