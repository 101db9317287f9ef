"""Tables of site texts, of who read a language of the site, and of stale translations."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.db.base import LANGUAGE_TAG, Base, enum_type, require_french
from consultation.i18n import Labelled, Localized


class SiteTextKind(Labelled):
    """The texts of the site that only the collective can write; none of them is shipped."""

    MEMBERS = "members", "Les membres du collectif"
    """The associations of the collective, one a line."""
    PLAN_LINK = "plan_link", "L'adresse du plan national"
    """The address of the national plan."""
    EVALUATION = "evaluation", "La date de l'évaluation"
    """When the plan is assessed, in a sentence."""
    HELP = "help", "Les services qui répondent"
    """Who answers at which number, and when."""
    PUBLISHER = "publisher", "L'éditeur du site"
    DIRECTOR = "director", "Le directeur de la publication"
    HOST = "host", "L'hébergeur"
    CONTROLLER = "controller", "Le responsable des données"
    """Who answers for personal data, and whom to write to about them."""
    LEGAL_BASIS = "legal_basis", "La base légale"
    RECIPIENTS = "recipients", "Qui reçoit les données"
    REQUEST_GROUNDS = "request_grounds", "Base juridique des demandes de chiffres"
    """What the letters that ask institutions for figures rest on."""
    POSTAL_ADDRESS = "postal_address", "Adresse postale du collectif"
    """Of the sender, on those letters."""


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


class LanguageReading(Base):
    """Who read the pages on safety, consent and data in a language that is their own."""

    __tablename__ = "language_reading"

    tag: Mapped[str] = mapped_column(LANGUAGE_TAG, primary_key=True)
    reader: Mapped[str] = mapped_column(sa.Text)
    noted_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))


class StaleTranslation(Base):
    """A translation that stayed when its French changed, wherever both stand.

    `digest` is that of the language, of the French that stands now, and of the translation.
    """

    __tablename__ = "stale_translation"

    digest: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    french: Mapped[str] = mapped_column(sa.Text)
    """The French that was translated."""
