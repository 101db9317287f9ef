"""Tables of the replies of institutions: what one was shown, and what it replied."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import EncryptedText, new_id
from consultation.db.base import LANGUAGE_TAG, Base, enum_type
from consultation.db.permanent_rows import permanent
from consultation.i18n import Localized
from consultation.plan.models import Level, Measure


@permanent("sent_at")
@permanent("published_at")
class ReplyRequest(Base):
    """A judgement of a measure and values, shown to the institution in charge before publication.

    What it was shown is frozen by the database: the judgement, the values, and until when it may
    reply.  `status_id` names the assessment in which the judgement is public, once it is.
    """

    __tablename__ = "institution_reply_request"
    __table_args__ = (
        sa.CheckConstraint(
            "published_at IS NULL OR withdrawn_at IS NULL", "published_or_withdrawn"
        ),
        sa.CheckConstraint("published_at IS NULL OR status_id IS NOT NULL", "published"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    measure_id: Mapped[int] = mapped_column(sa.ForeignKey("measure.id"), index=True)
    institution: Mapped[str] = mapped_column(sa.String(300))
    address: Mapped[str | None] = mapped_column(EncryptedText)
    locale: Mapped[str] = mapped_column(LANGUAGE_TAG)
    due_on: Mapped[date]
    """The last day on which it may reply, in Paris."""
    assessed_on: Mapped[date]
    level: Mapped[Level] = mapped_column(enum_type(Level, "level"))
    evidence: Mapped[Localized | None]
    source_url: Mapped[str | None] = mapped_column(sa.String(500))
    shown_values: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON)
    """As `frozen_values.frozen` gives them."""
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    sent_at: Mapped[datetime]
    status_id: Mapped[str | None] = mapped_column(sa.String(22))
    published_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    withheld_because: Mapped[str | None] = mapped_column(sa.Text)
    """Why the text of the reply is not shown, as its readers are told."""

    measure: Mapped[Measure] = relationship()
    replies: Mapped[list["Reply"]] = relationship(order_by="Reply.id", viewonly=True)

    @property
    def reply(self) -> "Reply | None":
        """The reply that counts: the last one."""
        return self.replies[-1] if self.replies else None


class Reply(Base):
    """What an institution replied; corrected by another row, never edited.

    The database lets texts be blanked, and nothing else be changed.
    """

    __tablename__ = "institution_reply"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    request_id: Mapped[int] = mapped_column(
        sa.ForeignKey("institution_reply_request.id"), index=True
    )
    text: Mapped[str] = mapped_column(sa.Text)
    """As typed; empty once it was erased."""
    signature: Mapped[str] = mapped_column(sa.String(300))
    """Function and service of who signs it; empty once it was erased."""
    submitted_at: Mapped[datetime]
