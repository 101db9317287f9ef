"""Tables of results: tallies, changes to be counted, and published snapshots."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import new_id
from consultation.db.base import Base, enum_type
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round


class TallySide(enum.StrEnum):
    """The respondents of a tally; `side_code` names which, if the side has several."""

    ALL = ""
    CAPACITY = "capacity"
    TERRITORY = "territory"
    CHANNEL = "channel"
    STANDING = "standing"
    VOICE = "voice"
    """One vote for each organisation: see `tallies.votes`."""


class Tally(Base):
    """How often one value was given to one question of a measure, or of the tool without measure.

    An empty `question` counts the responses themselves, an empty `value` the responses to the
    question.  Of an indicator, an empty `question` counts the answers to each of its versions, of
    which `value` is the number: they tell which wording the others are about.  A row of a matrix is
    a question by itself, `question.row`; a ranking has the options put first, and the places of
    each option as `question.option`.  Sides are margins: each by itself, never two crossed.
    """

    __tablename__ = "tally"
    __table_args__ = (
        sa.CheckConstraint("count > 0", "count"),
        sa.CheckConstraint("indicator_id IS NULL OR measure_id IS NOT NULL", "indicator"),
        sa.Index(
            "uq_tally_indicator",
            "round_id", "measure_id", "indicator_id", "question", "value", "side", "side_code",
            unique=True,
            sqlite_where=sa.text("indicator_id IS NOT NULL"),
            postgresql_where=sa.text("indicator_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_tally_measure",
            "round_id", "measure_id", "question", "value", "side", "side_code",
            unique=True,
            sqlite_where=sa.text("indicator_id IS NULL AND measure_id IS NOT NULL"),
            postgresql_where=sa.text("indicator_id IS NULL AND measure_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_tally_tool",
            "round_id", "question", "value", "side", "side_code",
            unique=True,
            sqlite_where=sa.text("measure_id IS NULL"),
            postgresql_where=sa.text("measure_id IS NULL"),
        ),
        sa.Index(None, "round_id", "measure_id", "side"),
        sa.Index(
            "ix_tally_counts_of_side",
            "round_id", "side", "question", "indicator_id", "side_code", "value", "count",
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    measure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("measure.id"))
    indicator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("indicator.id"))
    question: Mapped[str] = mapped_column(sa.String(81))
    value: Mapped[str] = mapped_column(sa.String(60))
    side: Mapped[TallySide] = mapped_column(enum_type(TallySide, "side"))
    side_code: Mapped[str] = mapped_column(sa.String(60))
    count: Mapped[int]


class TallyChange(Base):
    """A response to be counted again; the database writes it, see `tallies.maintain.TRIGGERS`.

    Ids are never reused: a worker removes the rows that it has read, and no later one.
    """

    __tablename__ = "tally_change"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - the name is SQLAlchemy's

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id"))


TALLY_SIDE = sa.type_coerce(Tally.side, sa.String)
"""The side as plain text, which equals the member and saves converting thousands of rows."""


class Snapshot(Base):
    """The published figures of a measure, or of the tool if `measure_id` is None.

    `public` holds exactly what is public, texts included: the public pages read nothing else.
    `figures` are for the next publication only, which has to differ from this one by enough; but
    of `figures["totals"]`, `shown` is public.
    At most one snapshot of a measure in a round is not superseded; it may be withdrawn.
    """

    __tablename__ = "snapshot"
    __table_args__ = (
        sa.Index(
            "uq_snapshot_standing_measure",
            "round_id",
            "measure_id",
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL AND measure_id IS NOT NULL"),
            postgresql_where=sa.text("superseded_at IS NULL AND measure_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_snapshot_standing_tool",
            "round_id",
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL AND measure_id IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL AND measure_id IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    measure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("measure.id"), index=True)
    taken_at: Mapped[datetime]
    published_at: Mapped[datetime]
    published_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    superseded_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    figures: Mapped[dict[str, Any]]
    public: Mapped[dict[str, Any]] = mapped_column("shown")
    picture: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    """A PNG in French that other sites display beside a link."""

    round: Mapped[Round] = relationship()
    measure: Mapped[Measure | None] = relationship()
