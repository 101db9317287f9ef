"""Table of the settings that were changed on screen."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.db.base import JSON, Base
from consultation.settings import Value


class SiteSetting(Base):
    """A setting that has another value than its default; one that has it again has no row."""

    __tablename__ = "site_setting"

    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    value: Mapped[Value] = mapped_column(JSON)
    changed_at: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
