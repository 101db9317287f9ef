"""Let one question ask whether a contribution may be quoted, and with which name."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BEFORE = (
    "answer", "capacity", "organisation", "territory", "name", "address",
    "consent_contact", "consent_anonymous", "consent_named",
)  # fmt: skip
ADDED = "consent_quotation"


def upgrade() -> None:
    _let_destination_be((*BEFORE, ADDED))


def downgrade() -> None:
    """Make an ordinary question of the new one: what it has filled stays with the respondent."""
    question = sa.table("question", sa.column("destination"))
    op.execute(
        sa.update(question).where(question.c.destination == ADDED).values(destination="answer")
    )
    outline = sa.table("outline", sa.column("id"), sa.column("content", sa.JSON()))
    connection = op.get_bind()
    for outline_id, content in connection.execute(sa.select(outline.c.id, outline.c.content)):
        text = json.dumps(content)
        older = text.replace(f'"destination": "{ADDED}"', '"destination": "answer"')
        if older != text:
            connection.execute(
                sa.update(outline)
                .where(outline.c.id == outline_id)
                .values(content=json.loads(older))
            )
    _let_destination_be(BEFORE)


def _let_destination_be(values: tuple[str, ...]) -> None:
    with op.batch_alter_table("question", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_question_destination"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_question_destination"), sa.column("destination").in_(values)
        )
