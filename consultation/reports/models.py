"""Tables of reports: editions, frozen once published, what they quote, their files given out."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.accounts.models import Account
from consultation.db.base import Base, enum_type, require_french
from consultation.db.permanent_rows import permanent
from consultation.documents.formats import DocumentFormat
from consultation.i18n import Localized


@permanent("published_at")
class ReportEdition(Base):
    """A numbered report on the plan, frozen when it is published.

    Its texts are in the Markdown of organisers, and cite numbers by reference: `axis_texts` has
    those of the axes by code.  `content` is what `content.frozen` gives; `content_hash` its
    SHA-256.
    """

    __tablename__ = "report_edition"
    __table_args__ = (
        sa.CheckConstraint("(published_at IS NULL) = (content IS NULL)", "content"),
        sa.CheckConstraint("(published_at IS NULL) = (content_hash IS NULL)", "hash"),
        sa.CheckConstraint("(published_at IS NULL) = (published_by IS NULL)", "publisher"),
        require_french("title"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[Localized]
    introduction: Mapped[Localized | None]
    axis_texts: Mapped[dict[str, Any]]
    prepared_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    prepared_at: Mapped[datetime]
    """When its texts or quotations were last changed."""
    published_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any] | None]
    content_hash: Mapped[str | None] = mapped_column(sa.String(64))

    preparer: Mapped[Account] = relationship(foreign_keys=[prepared_by])
    publisher: Mapped[Account | None] = relationship(foreign_keys=[published_by])
    quotations: Mapped[list["ReportQuotation"]] = relationship(
        order_by="ReportQuotation.id", cascade="all, delete-orphan"
    )


class ReportQuotation(Base):
    """A text of a respondent that an edition quotes, as long as it may be public.

    Emptied when the text is erased or withdrawn.
    """

    __tablename__ = "report_quotation"
    __table_args__ = (sa.UniqueConstraint("edition_id", "answer_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("report_edition.id"))
    answer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("answer.id"), index=True)


class ReportFile(Base):
    """A file of a published edition that was given out, known by its SHA-256; append-only.

    A new version of the site may write the same edition otherwise: both files are its own.
    """

    __tablename__ = "report_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("report_edition.id"), index=True)
    format: Mapped[DocumentFormat] = mapped_column(enum_type(DocumentFormat, "format"))
    locale: Mapped[str] = mapped_column(sa.String(5))
    has_quotations: Mapped[bool]
    """It quotes respondents or institutions, whose texts may be withdrawn since."""
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime]
