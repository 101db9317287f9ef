"""Table of saved export settings, with their schedule."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.crypto.keyring import new_id
from consultation.db.base import JSON, Base, enum_type
from consultation.i18n import Labelled

LONGEST_NAME = 100


class Schedule(Labelled):
    """How often the worker orders a workbook."""

    NONE = "none", "Seulement à la demande"
    DAILY = "daily", "Chaque jour"
    WEEKLY = "weekly", "Chaque semaine"
    MONTHLY = "monthly", "Chaque mois, le premier lundi (ou autre jour)"


class ExportSetting(Base):
    """An `Order`, as JSON in `settings`, under a name.

    A schedule whose `next_at` is empty was stopped by the worker: the account that set it may no
    longer export.
    """

    __tablename__ = "export_setting"
    __table_args__ = (
        sa.CheckConstraint(
            "(schedule = 'none') = (hour IS NULL) AND (schedule = 'none') = (scheduled_by IS NULL)"
            " AND (schedule IN ('none', 'daily')) = (weekday IS NULL)"
            " AND (schedule <> 'none' OR next_at IS NULL)",
            "whole_schedule",
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", "weekday"),
        sa.CheckConstraint("hour BETWEEN 0 AND 23", "hour"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    created_at: Mapped[datetime]
    schedule: Mapped[Schedule] = mapped_column(
        enum_type(Schedule, "schedule"), default=Schedule.NONE
    )
    weekday: Mapped[int | None]
    """Of each week, or the first of each month; 0 is Monday."""
    hour: Mapped[int | None]
    """In Paris."""
    scheduled_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """The account in whose name it is ordered, and that the mail goes to."""
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    last_job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"))

    @property
    def has_stopped(self) -> bool:
        """Whether the worker has stopped the schedule."""
        return self.schedule is not Schedule.NONE and self.next_at is None
