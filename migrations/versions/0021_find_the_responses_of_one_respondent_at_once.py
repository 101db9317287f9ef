"""Find the responses of one respondent at once, replaced ones included."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

INDEX, TABLE = "ix_response_respondent_id", "response"


def upgrade() -> None:
    op.create_index(INDEX, TABLE, ["respondent_id"])


def downgrade() -> None:
    op.drop_index(INDEX, TABLE)
