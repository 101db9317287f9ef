"""What was counted: the tallies of each measure of each round, and what they still lack."""

import enum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.database import Base, enum_type


class TallySide(enum.StrEnum):
    """Of whom a tally counts the answers; `side_code` says which, where there are several."""

    ALL = ""
    CAPACITY = "capacity"
    TERRITORY = "territory"
    CHANNEL = "channel"
    STANDING = "standing"
    VOICE = "voice"
    """One voice for each organisation: see `voices`."""


class Tally(Base):
    """How often one value was given to one question of a measure, or of the tool without measure.

    An empty `question` counts the responses themselves, an empty `value` who answered the question
    at all.  Sides are margins, one at a time, and no cube.
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
        sa.Index(None, "round_id", "side", "question"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    measure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("measure.id"))
    indicator_id: Mapped[int | None] = mapped_column(sa.ForeignKey("indicator.id"))
    question: Mapped[str] = mapped_column(sa.String(60))
    value: Mapped[str] = mapped_column(sa.String(60))
    side: Mapped[TallySide] = mapped_column(enum_type(TallySide, "side"))
    side_code: Mapped[str] = mapped_column(sa.String(60))
    count: Mapped[int]


class TallyChange(Base):
    """A response that counts otherwise than its measure's tallies say; `triggers` write it.

    An id is never given twice: whoever read a row removes that one, and no later one.
    """

    __tablename__ = "tally_change"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - the name is SQLAlchemy's

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id"))


TALLY_SIDE = sa.type_coerce(Tally.side, sa.String)
"""The side as a plain text, equal to the member: thousands of rows need no conversion."""
