"""Let a site say that it evaluates the plan."""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

EARLIER, ADDED = ("proof_of_work",), ("evaluation",)
NAMES = "ck_site_switch_name"


def upgrade() -> None:
    _check((*EARLIER, *ADDED))


def downgrade() -> None:
    """A site shows all of its pages again, as it did before."""
    switches = sa.table("site_switch", sa.column("name", sa.String))
    op.execute(sa.delete(switches).where(switches.c.name.in_(ADDED)))
    _check(EARLIER)


def _check(names: tuple[str, ...]) -> None:
    with op.batch_alter_table("site_switch") as batch:
        batch.drop_constraint(op.f(NAMES), type_="check")
        batch.create_check_constraint(op.f(NAMES), sa.column("name").in_(names))
