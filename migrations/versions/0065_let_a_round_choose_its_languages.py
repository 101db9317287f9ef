"""Let organisers choose the languages in which a round asks; none chosen are all of the site."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("round", sa.Column("languages", JSON, nullable=True))


def downgrade() -> None:
    """Rounds ask in all languages of the site again."""
    op.drop_column("round", "languages")
