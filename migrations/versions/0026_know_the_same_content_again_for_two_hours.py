"""Know for two hours, by a keyed hash, that the same content was received."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

NAME, KNOWN = "ix_submission_content_index", sa.text("content_index IS NOT NULL")


def upgrade() -> None:
    op.add_column("submission", sa.Column("content_index", sa.String(length=64), nullable=True))
    op.create_index(
        NAME, "submission", ["content_index"], sqlite_where=KNOWN, postgresql_where=KNOWN
    )


def downgrade() -> None:
    op.drop_index(NAME, "submission")
    op.drop_column("submission", "content_index")
