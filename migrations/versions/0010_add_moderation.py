"""Add moderation."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_cluster",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_cluster")),
        sa.UniqueConstraint("public_id", name=op.f("uq_text_cluster_public_id")),
    )
    op.create_table(
        "response_set_aside",
        sa.Column("response_id", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "test",
                "own_duplicate",
                "out_of_scope",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("set_aside_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_response_set_aside_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_response_set_aside_response_id_response"),
        ),
        sa.PrimaryKeyConstraint("response_id", name=op.f("pk_response_set_aside")),
    )
    op.create_table(
        "moderated_text",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "seconding",
                "published",
                "redacted",
                "withheld",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "pending",
            sa.Enum(
                "publish",
                "redact",
                "withhold",
                "reopen",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("is_flagged", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=5), nullable=True),
        sa.Column("screened_at", sa.DateTime(), nullable=False),
        sa.Column("screened_by", sa.String(length=20), nullable=False),
        sa.Column("claimed_by", sa.Integer(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(), nullable=True),
        sa.Column("cluster_id", sa.Integer(), nullable=True),
        sa.Column("clustered_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "(state = 'seconding') = (pending IS NOT NULL)", name=op.f("ck_moderated_text_pending")
        ),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_until IS NULL)", name=op.f("ck_moderated_text_claim")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["answer.id"], name=op.f("fk_moderated_text_answer_id_answer")
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["account.id"], name=op.f("fk_moderated_text_claimed_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["cluster_id"],
            ["text_cluster.id"],
            name=op.f("fk_moderated_text_cluster_id_text_cluster"),
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_moderated_text")),
        sa.UniqueConstraint("public_id", name=op.f("uq_moderated_text_public_id")),
    )
    with op.batch_alter_table("moderated_text", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_moderated_text_cluster_id"), ["cluster_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_moderated_text_state_is_flagged_answer_id"),
            ["state", "is_flagged", "answer_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_moderated_text_state_answer_id"), ["state", "answer_id"], unique=False
        )
        batch_op.create_index(
            "ix_moderated_text_unclustered",
            ["answer_id"],
            unique=False,
            sqlite_where=sa.text("clustered_at IS NULL"),
            postgresql_where=sa.text("clustered_at IS NULL"),
        )

    op.create_table(
        "text_key",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_text_key_answer_id_moderated_text"),
        ),
        sa.PrimaryKeyConstraint("answer_id", "key", name=op.f("pk_text_key")),
    )
    with op.batch_alter_table("text_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_text_key_key"), ["key"], unique=False)

    op.create_table(
        "cluster_move",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=True),
        sa.Column("to_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("moved_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_cluster_move_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_cluster_move_answer_id_moderated_text"),
        ),
        sa.ForeignKeyConstraint(
            ["from_id"], ["text_cluster.id"], name=op.f("fk_cluster_move_from_id_text_cluster")
        ),
        sa.ForeignKeyConstraint(
            ["to_id"], ["text_cluster.id"], name=op.f("fk_cluster_move_to_id_text_cluster")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_move")),
    )
    with op.batch_alter_table("cluster_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cluster_move_answer_id"), ["answer_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cluster_move_from_id"), ["from_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cluster_move_to_id"), ["to_id"], unique=False)

    op.create_table(
        "danger_alert",
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("raised_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_danger_alert_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_danger_alert_answer_id_moderated_text"),
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_danger_alert")),
    )
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "phone",
                "email",
                "iban",
                "nir",
                "siren",
                "address",
                "birth",
                "age_and_place",
                "plate",
                "name",
                "link",
                "shouting",
                "hidden_signs",
                "too_quick",
                "trap",
                "no_proof",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "certainty",
            sa.Enum(
                "sure",
                "likely",
                "possible",
                name="certainty",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.CheckConstraint('start >= 0 AND start < "end"', name=op.f("ck_finding_range")),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_finding_answer_id_moderated_text"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_answer_id"), ["answer_id"], unique=False)

    op.create_table(
        "moderation_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "publish",
                "redact",
                "withhold",
                "reopen",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum(
                "victim",
                "suspect",
                "third_person",
                "shelter",
                "open_case",
                "contact",
                "insult",
                "spam",
                "off_topic",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("seconds_id", sa.Integer(), nullable=True),
        sa.Column("awaits_second", sa.Boolean(), nullable=False),
        sa.Column("decided_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_moderation_decision_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_moderation_decision_answer_id_moderated_text"),
        ),
        sa.ForeignKeyConstraint(
            ["seconds_id"],
            ["moderation_decision.id"],
            name=op.f("fk_moderation_decision_seconds_id_moderation_decision"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_decision")),
    )
    with op.batch_alter_table("moderation_decision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_moderation_decision_answer_id"), ["answer_id"], unique=False
        )

    op.create_table(
        "redaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "victim",
                "suspect",
                "third_person",
                "shelter",
                "open_case",
                "contact",
                "insult",
                "spam",
                "off_topic",
                "other",
                name="reason",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "layer",
            sa.Enum(
                "masked",
                "erased",
                name="layer",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint('start >= 0 AND start < "end"', name=op.f("ck_redaction_range")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_redaction_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"],
            ["moderated_text.answer_id"],
            name=op.f("fk_redaction_answer_id_moderated_text"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redaction")),
    )
    with op.batch_alter_table("redaction", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_redaction_answer_id"), ["answer_id"], unique=False)

    op.create_table(
        "site_switch",
        sa.Column(
            "name",
            sa.Enum(
                "proof_of_work",
                name="name",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_site_switch_account_id_account")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_site_switch")),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.add_column(sa.Column("doubt", sa.String(length=20), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_column("doubt")

    op.drop_table("site_switch")
    with op.batch_alter_table("redaction", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_redaction_answer_id"))

    op.drop_table("redaction")
    with op.batch_alter_table("moderation_decision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_moderation_decision_answer_id"))

    op.drop_table("moderation_decision")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_answer_id"))

    op.drop_table("finding")
    op.drop_table("danger_alert")
    with op.batch_alter_table("cluster_move", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cluster_move_to_id"))
        batch_op.drop_index(batch_op.f("ix_cluster_move_from_id"))
        batch_op.drop_index(batch_op.f("ix_cluster_move_answer_id"))

    op.drop_table("cluster_move")
    with op.batch_alter_table("text_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_text_key_key"))

    op.drop_table("text_key")
    with op.batch_alter_table("moderated_text", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_moderated_text_unclustered",
            sqlite_where=sa.text("clustered_at IS NULL"),
            postgresql_where=sa.text("clustered_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_moderated_text_state_answer_id"))
        batch_op.drop_index(batch_op.f("ix_moderated_text_state_is_flagged_answer_id"))
        batch_op.drop_index(batch_op.f("ix_moderated_text_cluster_id"))

    op.drop_table("moderated_text")
    op.drop_table("response_set_aside")
    op.drop_table("text_cluster")
