"""Keep to moderators what one of them opened again, or took a mask off, and nobody decided since.

What a machine had seen by itself can't be told from it afterwards: a downgrade leaves it so.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE moderated_text SET is_flagged = true WHERE state = 'waiting' AND (answer_id IN"
        " (SELECT answer_id FROM moderation_decision) OR answer_id IN"
        " (SELECT answer_id FROM redaction WHERE lifted_at IS NOT NULL))"
    )


def downgrade() -> None:
    pass
