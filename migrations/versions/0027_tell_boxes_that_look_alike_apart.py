"""Tell boxes that look alike apart, by a keyed hash of the exact mailbox.

The rows that are there get theirs from the worker, which has the keys.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TABLES = ("contact", "invitee", "suppression", "outbox_message", "delivery")
IN_FORCE, OF_MAILBOX = "uq_suppression_in_force", "uq_suppression_of_mailbox_in_force"
IS_IN_FORCE = "lifted_at IS NULL"
STOPS_ALL_ALIKE = f"{IS_IN_FORCE} AND mailbox_index IS NULL"


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("mailbox_index", sa.String(length=64), nullable=True))
    op.drop_index(IN_FORCE, "suppression")
    _create_unique(IN_FORCE, ["address_index", "reason"], STOPS_ALL_ALIKE)
    _create_unique(OF_MAILBOX, ["address_index", "mailbox_index", "reason"], IS_IN_FORCE)
    with op.batch_alter_table("invitee") as batch_op:
        batch_op.drop_constraint(op.f("uq_invitee_address_index"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_invitee_mailbox_index"), ["mailbox_index"])
        batch_op.create_index(op.f("ix_invitee_address_index"), ["address_index"])


def downgrade() -> None:
    _refuse_to_join_invitees()
    _keep_one_suppression_of_all_alike()
    op.drop_index(OF_MAILBOX, "suppression")
    op.drop_index(IN_FORCE, "suppression")
    with op.batch_alter_table("invitee") as batch_op:
        batch_op.drop_index(op.f("ix_invitee_address_index"))
        batch_op.drop_constraint(op.f("uq_invitee_mailbox_index"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_invitee_address_index"), ["address_index"])
    for table in TABLES:
        op.drop_column(table, "mailbox_index")
    _create_unique(IN_FORCE, ["address_index", "reason"], IS_IN_FORCE)


def _create_unique(name: str, columns: list[str], where: str) -> None:
    condition = sa.text(where)
    op.create_index(
        name,
        "suppression",
        columns,
        unique=True,
        sqlite_where=condition,
        postgresql_where=condition,
    )


def _refuse_to_join_invitees() -> None:
    """Raise RuntimeError where two people have come to have one folded hash: which one is it?"""
    alike = sa.text(
        "SELECT address_index FROM invitee WHERE address_index IS NOT NULL"
        " GROUP BY address_index HAVING COUNT(*) > 1"
    )
    count = len(op.get_bind().execute(alike).all())
    if count:
        raise RuntimeError(
            f"{count} addresses of contacts look like another's, which the release before took for"
            " one person: erase all but one of each, then try again"
        )


def _keep_one_suppression_of_all_alike() -> None:
    """Lift no stop: of several in force for one folded hash and reason, the first is kept."""
    op.execute(
        "DELETE FROM suppression WHERE lifted_at IS NULL AND id NOT IN ("
        "SELECT MIN(id) FROM suppression WHERE lifted_at IS NULL GROUP BY address_index, reason)"
    )
