"""Keep the French of which a translation was made, where it is not today's.

What the versions of site texts, of texts of rounds and of indicators know of it is kept.
"""

import hashlib
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

EARLIER = ("plan", "statuses", "questionnaire", "contacts", "values")
CHECK = "ck_sent_sheet_purpose"
VERSIONS = (
    ("site_text", ("kind",), ("content",)),
    ("round_text", ("round_id", "kind"), ("content",)),
    (
        "indicator_version",
        ("indicator_id",),
        (
            "label",
            "definition",
            "unit",
            "data_source",
            "baseline",
            "midterm_target",
            "final_target",
        ),
    ),
)
"""Tables of versions: what they are of, and their texts."""


def upgrade() -> None:
    op.create_table(
        "stale_translation",
        sa.Column("digest", sa.String(32), nullable=False),
        sa.Column("french", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_stale_translation")),
    )
    stale = {key: french for table in VERSIONS for key, french in _stale(*table)}
    kept = sa.table("stale_translation", sa.column("digest"), sa.column("french"))
    if stale:
        rows = [{"digest": key, "french": french} for key, french in stale.items()]
        op.bulk_insert(kept, rows)
    _let_purpose_be((*EARLIER, "translations"))


def downgrade() -> None:
    """Versions tell again what they know; sheets that wait, a day at most, are sent again."""
    op.drop_table("stale_translation")
    sheets = sa.table("sent_sheet", sa.column("purpose"))
    op.execute(sa.delete(sheets).where(sheets.c.purpose == "translations"))
    _let_purpose_be(EARLIER)


def _let_purpose_be(purposes: tuple[str, ...]) -> None:
    with op.batch_alter_table("sent_sheet") as batch:
        batch.drop_constraint(op.f(CHECK), type_="check")
        batch.create_check_constraint(op.f(CHECK), sa.column("purpose").in_(purposes))


def _stale(name, owner, texts):
    """Yield the digest and the French of each translation older than the French beside it."""
    names = [*owner, "number", *texts]
    table = sa.table(name, *(sa.column(it, sa.JSON() if it in texts else None) for it in names))
    of_owner = [table.c[it] for it in owner]
    rows = op.get_bind().execute(sa.select(table).order_by(*of_owner, table.c.number)).all()
    for _owner, versions in groupby(rows, key=lambda row: [row._mapping[it] for it in owner]):
        listed = [row._mapping for row in versions]
        for text in texts:
            yield from _stale_in([version[text] or {} for version in listed])


def _stale_in(versions):
    last = versions[-1]
    for tag, translation in last.items():
        if tag == "fr" or not translation or not last.get("fr", "").strip():
            continue
        first = next(it.get("fr", "") for it in _since(versions, tag))
        if first.strip() and first != last["fr"]:
            yield _digest(tag, last["fr"], translation), first


def _since(versions, tag):
    """The versions of the last run of those that have the translation of the last one."""
    run = []
    for version in reversed(versions):
        if version.get(tag) != versions[-1][tag]:
            break
        run.append(version)
    return reversed(run)


def _digest(*values):
    return hashlib.sha256(repr(values).encode("utf-8", "surrogatepass")).hexdigest()[:32]
