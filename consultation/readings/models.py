"""Tables of readings: who read a page over, and the logo of easy texts beside their names."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.crypto.keyring import new_id
from consultation.db.base import LANGUAGE_TAG, Base, enum_type
from consultation.i18n import Labelled


class ReadablePage(Labelled):
    """The pages that can be read over."""

    HOME = "home", "l'accueil"
    MEASURES = "measures", "la liste des mesures"
    FORM = "form", "le formulaire"
    RECEIPT = "receipt", "le reçu"
    HELP = "help", "l'aide"
    DATA = "data", "les données personnelles"
    RESULTS = "results", "les résultats"


class PageReading(Base):
    """Who read a page over, known by the digest of its texts: of other texts, it says nothing."""

    __tablename__ = "page_reading"
    __table_args__ = (sa.UniqueConstraint("tag", "page", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(LANGUAGE_TAG)
    page: Mapped[ReadablePage] = mapped_column(enum_type(ReadablePage, "page"))
    code: Mapped[str] = mapped_column(sa.String(20))
    """Of the measure that a form is about; empty for other pages."""
    readers: Mapped[str] = mapped_column(sa.Text)
    """Their first names, as the team writes them."""
    read_on: Mapped[date]
    digest: Mapped[str] = mapped_column(sa.String(64))
    noted_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))


class ReadingLogo(Base):
    """The logo of easy texts of a language: in the database, so that a backup has it."""

    __tablename__ = "reading_logo"

    tag: Mapped[str] = mapped_column(LANGUAGE_TAG, primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    alternative: Mapped[str] = mapped_column(sa.Text)
    """What is read in its place by who does not see it."""
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int]
    put_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)
