"""Table of what became of proposed values."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.accounts.models import Account
from consultation.db.base import Base


class ProposedValueDecision(Base):
    """What became of the number that a response gives for an indicator.

    It was taken over as a value, or set aside with a reason.
    """

    __tablename__ = "proposed_value_decision"
    __table_args__ = (
        sa.UniqueConstraint("response_id", "indicator_id"),
        sa.CheckConstraint("(value_id IS NULL) = (reason <> '')", "value_or_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id"))
    indicator_id: Mapped[int] = mapped_column(sa.ForeignKey("indicator.id"), index=True)
    value_id: Mapped[int | None] = mapped_column(sa.ForeignKey("indicator_value.id"))
    reason: Mapped[str] = mapped_column(sa.String(500), default="")
    decided_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))

    account: Mapped[Account] = relationship()
