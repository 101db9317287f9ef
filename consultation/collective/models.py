"""Table of site texts: what no round changes, in versions."""

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.db.base import Base, enum_type, require_french
from consultation.i18n import Localized


class SiteTextKind(enum.StrEnum):
    """The texts of the site that only the collective can write; none of them is shipped."""

    MEMBERS = "members"
    """The associations of the collective, one a line."""
    PLAN_LINK = "plan_link"
    """The address of the national plan."""
    EVALUATION = "evaluation"
    """When the plan is assessed, in a sentence."""
    HELP = "help"
    """Who answers at which number, and when."""
    PUBLISHER = "publisher"
    DIRECTOR = "director"
    HOST = "host"
    CONTROLLER = "controller"
    """Who answers for personal data, and whom to write to about them."""
    LEGAL_BASIS = "legal_basis"
    RECIPIENTS = "recipients"
    REQUEST_GROUNDS = "request_grounds"
    """What the letters that ask institutions for figures rest on."""


class SiteText(Base):
    """A version of a text of the site, immutable; the last one is in force."""

    __tablename__ = "site_text"
    __table_args__ = (sa.UniqueConstraint("kind", "number"), require_french("content"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SiteTextKind] = mapped_column(enum_type(SiteTextKind, "kind"))
    number: Mapped[int]
    content: Mapped[Localized]
    written_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
