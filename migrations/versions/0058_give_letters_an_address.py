"""Give letters the address of their sender."""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

EARLIER = (
    "members",
    "plan_link",
    "evaluation",
    "help",
    "publisher",
    "director",
    "host",
    "controller",
    "legal_basis",
    "recipients",
    "request_grounds",
)
ADDED = "postal_address"
KIND = "ck_site_text_kind"


def upgrade() -> None:
    _check((*EARLIER, ADDED))
    op.add_column("data_request", sa.Column("sender_address", sa.Text(), nullable=True))


def downgrade() -> None:
    """What the collective wrote as its address is lost, and what letters have kept of it."""
    op.drop_column("data_request", "sender_address")
    site_text = sa.table("site_text", sa.column("kind"))
    op.execute(sa.delete(site_text).where(site_text.c.kind == ADDED))
    _check(EARLIER)


def _check(kinds: tuple[str, ...]) -> None:
    with op.batch_alter_table("site_text") as batch:
        batch.drop_constraint(op.f(KIND), type_="check")
        batch.create_check_constraint(op.f(KIND), sa.column("kind").in_(kinds))
