"""Tables of reports: editions, frozen once published, what they quote, their files given out."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.db.base import LANGUAGE_TAG, Base, enum_type
from consultation.db.permanent_rows import permanent
from consultation.documents.formats import DocumentFormat
from consultation.editions.models import Edition


@permanent("published_at")
class ReportEdition(Edition, Base):
    """A numbered report on the plan, frozen when it is published.

    Its texts are in the Markdown of organisers, and cite numbers by reference: `axis_texts` has
    those of the axes by code.  Its content is what `content.frozen` gives.
    """

    __tablename__ = "report_edition"

    axis_texts: Mapped[dict[str, Any]]

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
    locale: Mapped[str] = mapped_column(LANGUAGE_TAG)
    has_quotations: Mapped[bool]
    """It quotes respondents or institutions, whose texts may be withdrawn since."""
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    made_at: Mapped[datetime]
