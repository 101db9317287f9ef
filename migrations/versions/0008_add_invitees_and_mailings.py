"""Add invitees, their groups, and mailings to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "invitee",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("address_index", sa.String(length=64), nullable=True),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("organisation", sa.String(length=300), nullable=True),
        sa.Column("capacity", sa.String(length=60), nullable=True),
        sa.Column("territory", sa.String(length=60), nullable=True),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitee")),
        sa.UniqueConstraint("address_index", name=op.f("uq_invitee_address_index")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitee_public_id")),
    )

    op.create_table(
        "invitee_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitee_group")),
        sa.UniqueConstraint("name", name=op.f("uq_invitee_group_name")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitee_group_public_id")),
    )

    op.create_table(
        "group_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("invitee_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["invitee_group.id"], name=op.f("fk_group_member_group_id_invitee_group")
        ),
        sa.ForeignKeyConstraint(
            ["invitee_id"], ["invitee.id"], name=op.f("fk_group_member_invitee_id_invitee")
        ),
        sa.PrimaryKeyConstraint("group_id", "invitee_id", name=op.f("pk_group_member")),
    )

    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_group_member_invitee_id"), ["invitee_id"], unique=False
        )

    op.create_table(
        "mailing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "invitation",
                "reminder",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("body", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.Column("pace", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "sending",
                "paused",
                "done",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=True),
        sa.Column("resumed_at", sa.DateTime(), nullable=True),
        sa.Column("finished_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("pace > 0", name=op.f("ck_mailing_pace_is_positive")),
        sa.CheckConstraint(
            "(state = 'draft') = (started_at IS NULL)", name=op.f("ck_mailing_started")
        ),
        sa.CheckConstraint(
            "coalesce(subject ->> 'fr', '') <> ''", name=op.f("ck_mailing_subject_fr")
        ),
        sa.CheckConstraint("coalesce(body ->> 'fr', '') <> ''", name=op.f("ck_mailing_body_fr")),
        sa.ForeignKeyConstraint(["round_id"], ["round.id"], name=op.f("fk_mailing_round_id_round")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailing")),
        sa.UniqueConstraint("public_id", name=op.f("uq_mailing_public_id")),
    )

    with op.batch_alter_table("mailing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailing_round_id"), ["round_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("round_id", sa.Integer(), nullable=False),
        sa.Column("invitee_id", sa.Integer(), nullable=False),
        sa.Column("respondent_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitee_id"], ["invitee.id"], name=op.f("fk_invitation_invitee_id_invitee")
        ),
        sa.ForeignKeyConstraint(
            ["respondent_id"],
            ["respondent.id"],
            name=op.f("fk_invitation_respondent_id_respondent"),
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["round.id"], name=op.f("fk_invitation_round_id_round")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("respondent_id", name=op.f("uq_invitation_respondent_id")),
        sa.UniqueConstraint(
            "round_id", "invitee_id", name=op.f("uq_invitation_round_id_invitee_id")
        ),
    )

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_invitee_id"), ["invitee_id"], unique=False)

    op.create_table(
        "mailing_group",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["invitee_group.id"], name=op.f("fk_mailing_group_group_id_invitee_group")
        ),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_mailing_group_mailing_id_mailing")
        ),
        sa.PrimaryKeyConstraint("mailing_id", "group_id", name=op.f("pk_mailing_group")),
    )

    op.create_table(
        "mailing_recipient",
        sa.Column("mailing_id", sa.Integer(), nullable=False),
        sa.Column("invitee_id", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.DateTime(), nullable=True),
        sa.Column(
            "skipped",
            sa.Enum(
                "answered",
                "invited",
                "suppressed",
                "erased",
                name="skipped",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.CheckConstraint(
            "queued_at IS NULL OR skipped IS NULL",
            name=op.f("ck_mailing_recipient_queued_or_skipped"),
        ),
        sa.ForeignKeyConstraint(
            ["invitee_id"], ["invitee.id"], name=op.f("fk_mailing_recipient_invitee_id_invitee")
        ),
        sa.ForeignKeyConstraint(
            ["mailing_id"], ["mailing.id"], name=op.f("fk_mailing_recipient_mailing_id_mailing")
        ),
        sa.PrimaryKeyConstraint("mailing_id", "invitee_id", name=op.f("pk_mailing_recipient")),
    )

    with op.batch_alter_table("mailing_recipient", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mailing_recipient_invitee_id"), ["invitee_id"], unique=False
        )

    op.create_table(
        "invitee_measure",
        sa.Column("invitee_id", sa.Integer(), nullable=False),
        sa.Column("measure_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitee_id"], ["invitee.id"], name=op.f("fk_invitee_measure_invitee_id_invitee")
        ),
        sa.ForeignKeyConstraint(
            ["measure_id"],
            ["measure.id"],
            name=op.f("fk_invitee_measure_measure_id_measure"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("invitee_id", "measure_id", name=op.f("pk_invitee_measure")),
    )


def downgrade() -> None:
    op.drop_table("invitee_measure")
    op.drop_table("mailing_recipient")
    op.drop_table("mailing_group")
    op.drop_table("invitation")
    op.drop_table("mailing")
    op.drop_table("group_member")
    op.drop_table("invitee_group")
    op.drop_table("invitee")
