"""Add second factors, and let an invitation promise several roles."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ROLES = ("organiser", "moderator", "administrator")
FROM_LEAST = ("moderator", "organiser", "administrator")


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_counter", sa.Integer(), nullable=False),
        sa.Column("set_up_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("last_counter >= 0", name=op.f("ck_second_factor_last_counter")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_second_factor_account_id_account")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_recovery_code_account_id"), ["account_id"], unique=False
        )

    for table, key in (
        ("account", "id"),
        ("staff_session", "token_hash"),
        ("account_invitation", "token_hash"),
    ):
        _add_public_ids(table, key)
    _promise_several_roles()


def _add_public_ids(table: str, key: str) -> None:
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.add_column(sa.Column("public_id", sa.String(length=22), nullable=True))
    rows = sa.table(table, sa.column(key), sa.column("public_id"))
    connection = op.get_bind()
    for (row_key,) in connection.execute(sa.select(rows.c[key])).all():
        connection.execute(
            sa.update(rows)
            .where(rows.c[key] == row_key)
            .values(public_id=secrets.token_urlsafe(16))
        )
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.alter_column("public_id", existing_type=sa.String(length=22), nullable=False)
        batch_op.create_unique_constraint(batch_op.f(f"uq_{table}_public_id"), ["public_id"])


def _promise_several_roles() -> None:
    op.create_table(
        "account_invitation_role",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                *ROLES,
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["token_hash"],
            ["account_invitation.token_hash"],
            name=op.f("fk_account_invitation_role_token_hash_account_invitation"),
        ),
        sa.PrimaryKeyConstraint("token_hash", "role", name=op.f("pk_account_invitation_role")),
    )
    op.execute(
        "INSERT INTO account_invitation_role (token_hash, role)"
        " SELECT token_hash, role FROM account_invitation"
    )
    with op.batch_alter_table("account_invitation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_account_invitation_role"), type_="check")
        batch_op.drop_column("role")


def downgrade() -> None:
    _promise_one_role()
    for table in ("account_invitation", "staff_session", "account"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(batch_op.f(f"uq_{table}_public_id"), type_="unique")
            batch_op.drop_column("public_id")

    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recovery_code_account_id"))

    op.drop_table("recovery_code")
    op.drop_table("second_factor")


def _promise_one_role() -> None:
    """Of several roles keep the one that opens least, which an administrator can add to."""
    with op.batch_alter_table("account_invitation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("role", sa.String(length=32), nullable=True))
    for role in reversed(FROM_LEAST):
        op.execute(
            sa.text(
                "UPDATE account_invitation SET role = :role WHERE token_hash IN"
                " (SELECT token_hash FROM account_invitation_role WHERE role = :role)"
            ).bindparams(role=role)
        )
    with op.batch_alter_table("account_invitation", schema=None) as batch_op:
        batch_op.alter_column("role", existing_type=sa.String(length=32), nullable=False)
        batch_op.create_check_constraint(
            batch_op.f("ck_account_invitation_role"), sa.column("role").in_(ROLES)
        )
    op.drop_table("account_invitation_role")
