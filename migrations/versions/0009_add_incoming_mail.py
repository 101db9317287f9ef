"""Add the mail that comes in."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collected_folder",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("collected_at", sa.DateTime(), nullable=True),
        sa.Column("failure", sa.String(length=40), nullable=True),
        sa.Column("failed_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_collected_folder")),
    )

    op.create_table(
        "incoming_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column(
            "sort",
            sa.Enum(
                "person",
                "auto_reply",
                "bounce",
                "newsletter",
                "unreadable",
                name="sort",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "asked",
                "converted",
                "set_aside",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("sender", sa.LargeBinary(), nullable=True),
        sa.Column("sender_name", sa.LargeBinary(), nullable=True),
        sa.Column("sender_index", sa.String(length=64), nullable=True),
        sa.Column("subject", sa.LargeBinary(), nullable=True),
        sa.Column("original", sa.LargeBinary(), nullable=True),
        sa.Column("kept", sa.LargeBinary(), nullable=True),
        sa.Column("respondent_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("collected_at", sa.DateTime(), nullable=False),
        sa.Column("asked_at", sa.DateTime(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.Column("decided_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["delivery.id"], name=op.f("fk_incoming_message_delivery_id_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["respondent_id"],
            ["respondent.id"],
            name=op.f("fk_incoming_message_respondent_id_respondent"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_message")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_incoming_message_fingerprint")),
        sa.UniqueConstraint("public_id", name=op.f("uq_incoming_message_public_id")),
    )

    with op.batch_alter_table("incoming_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incoming_message_delivery_id"), ["delivery_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_incoming_message_respondent_id"), ["respondent_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_incoming_message_sender_index"), ["sender_index"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_incoming_message_state_id"), ["state", "id"], unique=False
        )

    op.create_table(
        "incoming_attachment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["incoming_message.id"],
            name=op.f("fk_incoming_attachment_message_id_incoming_message"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incoming_attachment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_incoming_attachment_public_id")),
    )

    with op.batch_alter_table("incoming_attachment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incoming_attachment_message_id"), ["message_id"], unique=False
        )

    op.create_table(
        "incoming_proposal",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.Column(
            "clue",
            sa.Enum(
                "address",
                "reply",
                "code",
                "number",
                "title",
                name="clue",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_incoming_proposal_measure_id_measure"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["incoming_message.id"],
            name=op.f("fk_incoming_proposal_message_id_incoming_message"),
        ),
        sa.PrimaryKeyConstraint("message_id", "measure_id", name=op.f("pk_incoming_proposal")),
    )

    op.create_table(
        "incoming_conversion",
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["incoming_message.id"],
            name=op.f("fk_incoming_conversion_message_id_incoming_message"),
        ),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_incoming_conversion_response_id_response"),
        ),
        sa.PrimaryKeyConstraint("message_id", "response_id", name=op.f("pk_incoming_conversion")),
        sa.UniqueConstraint("response_id", name=op.f("uq_incoming_conversion_response_id")),
    )


def downgrade() -> None:
    op.drop_table("incoming_conversion")
    op.drop_table("incoming_proposal")
    op.drop_table("incoming_attachment")
    op.drop_table("incoming_message")
    op.drop_table("collected_folder")
