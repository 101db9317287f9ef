"""Tables of questionnaires: rounds, outlines, texts, and published forms with their questions."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import new_id
from consultation.db.base import JSON, Base, enum_type, require_french
from consultation.i18n import Labelled, Localized, among_locales
from consultation.plan.models import IndicatorVersion, Measure


class QuestionKind(Labelled):
    """The kinds of question, which `kinds.KINDS` implements."""

    SHORT_TEXT = "short_text", "texte court"
    LONG_TEXT = "long_text", "texte long"
    NUMBER = "number", "nombre"
    DATE = "date", "date"
    YES_NO = "yes_no", "oui ou non"
    SINGLE_CHOICE = "single_choice", "une réponse au choix"
    MULTIPLE_CHOICE = "multiple_choice", "plusieurs réponses au choix"
    SCALE = "scale", "échelle"
    MATRIX = "matrix", "une réponse par ligne"
    RANKING = "ranking", "classement"
    EMAIL = "email", "adresse électronique"
    NOTE = "note", "texte à lire"


class Destination(Labelled):
    """Where the answer to a question is stored."""

    ANSWER = "answer", "réponse"
    CAPACITY = "capacity", "qualité de la personne"
    ORGANISATION = "organisation", "organisation"
    TERRITORY = "territory", "territoire"
    NAME = "name", "nom de la personne"
    ADDRESS = "address", "adresse de la personne"
    CONSENT_CONTACT = "consent_contact", "accord pour être contacté"
    CONSENT_ANONYMOUS = "consent_anonymous", "accord pour être cité sans nom"
    CONSENT_NAMED = "consent_named", "accord pour être cité avec son nom"
    CONSENT_QUOTATION = "consent_quotation", "accord pour être cité : non, sans son nom ou avec"
    """Both of the former in one question, with the options of `Quotation`."""


CONSENTS = (
    Destination.CONSENT_CONTACT,
    Destination.CONSENT_ANONYMOUS,
    Destination.CONSENT_NAMED,
    Destination.CONSENT_QUOTATION,
)


class Quotation(enum.StrEnum):
    """The answers to whether a contribution may be quoted."""

    NO = "no"
    ANONYMOUS = "anonymous"
    NAMED = "named"


@dataclass(frozen=True)
class RoundMoments:
    """The moments of a round, which decide what is shown and taken."""

    opens_at: datetime
    closes_at: datetime
    announced_at: datetime | None
    is_trial: bool = False

    @property
    def has_ended_as_trial(self) -> bool:
        return self.is_trial and self.announced_at is None

    def is_open(self, at: datetime) -> bool:
        return self.announced_at is not None and self.opens_at <= at < self.closes_at

    def accepts(self, at: datetime, issued_at: datetime, grace: timedelta) -> bool:
        """Accept a form issued at `issued_at` in the round, and for `grace` after its end."""
        if self.is_open(at):
            return True
        if self.has_ended_as_trial:
            return False
        return self.opens_at <= issued_at < self.closes_at <= at < self.closes_at + grace


class Round(Base):
    """A period of collection, visible only to organisers until it is announced.

    A trial is open like any other round, says so everywhere, and is never published.  One that
    has ended is announced no more: it is in no list, and waits for its responses to be erased.
    """

    __tablename__ = "round"
    __table_args__ = (
        sa.CheckConstraint("opens_at < closes_at", "opens_before_closing"),
        sa.CheckConstraint("is_trial OR planned_opening IS NULL", "only_a_trial_has_a_plan"),
        require_french("title"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.String(20), unique=True)
    title: Mapped[Localized]
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    document_url: Mapped[str | None] = mapped_column(sa.String(500))
    languages: Mapped[list[str] | None] = mapped_column(JSON)
    """The tags of those in which it asks; all of the site where none were chosen."""
    announced_at: Mapped[datetime | None]
    is_trial: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    planned_opening: Mapped[datetime | None]
    """When the round that is tried out was to open, if that was still to come."""
    trial_ended_at: Mapped[datetime | None]
    """When its trial ended; what was published from `opens_at` until then is of the trial."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The languages in which it asks, French first, without any that the site has no more."""
        return among_locales(self.languages)

    @property
    def moments(self) -> RoundMoments:
        return RoundMoments(self.opens_at, self.closes_at, self.announced_at, self.is_trial)

    def is_open(self, at: datetime) -> bool:
        return self.moments.is_open(at)


IS_LISTED = ~sa.and_(Round.is_trial, Round.announced_at.is_(None))
"""The condition for rounds that are still there: an ended trial is not."""


class StoredOutline(Base):
    """A version of the outline of a round, from which its forms are built.

    `content` is the JSON of `outline.structure`.  A published version never changes; at most one
    of a round is unpublished.
    """

    __tablename__ = "outline"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "number"),
        sa.Index(
            "uq_outline_working",
            "round_id",
            unique=True,
            sqlite_where=sa.text("published_at IS NULL"),
            postgresql_where=sa.text("published_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class RoundTextKind(Labelled):
    """The texts of a round beside its questions."""

    HOME_TITLE = "home_title", "Titre de l'accueil"
    HOME_LEAD = "home_lead", "Introduction de l'accueil"
    HOME_MORE = "home_more", "Suite de l'accueil"
    NOTICE = "notice", "Notice sur les données personnelles"


class RoundText(Base):
    """A version of a text of a round, immutable; the last one is in force."""

    __tablename__ = "round_text"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "kind", "number"),
        require_french("content"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    kind: Mapped[RoundTextKind] = mapped_column(enum_type(RoundTextKind, "kind"))
    number: Mapped[int]
    content: Mapped[Localized]
    written_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))


class Questionnaire(Base):
    """A version of the form of a measure, or of the tool as a whole, in a round.

    `digest` is the hash of its content: an equal one needs no new version.
    """

    __tablename__ = "questionnaire"
    __table_args__ = (
        sa.UniqueConstraint("round_id", "measure_id", "version"),
        sa.Index(
            "uq_questionnaire_current_measure",
            "round_id",
            "measure_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL AND measure_id IS NOT NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND measure_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_questionnaire_current_tool",
            "round_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL AND measure_id IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL AND measure_id IS NULL"),
        ),
        require_french("title"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    measure_id: Mapped[int | None] = mapped_column(sa.ForeignKey("measure.id"), index=True)
    version: Mapped[int]
    title: Mapped[Localized]
    digest: Mapped[str] = mapped_column(sa.String(64))
    published_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    round: Mapped[Round] = relationship()
    measure: Mapped[Measure | None] = relationship()
    sections: Mapped[list["Section"]] = relationship(order_by="Section.position")
    questions: Mapped[list["Question"]] = relationship(order_by="Question.position")


class Section(Base):
    """A titled group of questions of a questionnaire."""

    __tablename__ = "section"
    __table_args__ = (
        sa.UniqueConstraint("questionnaire_id", "code"),
        sa.UniqueConstraint("questionnaire_id", "id"),
        require_french("title"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire.id"))
    code: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int]
    title: Mapped[Localized]
    intro: Mapped[Localized | None]


class Question(Base):
    """A question of a questionnaire; `code` is its variable, with that of the indicator if any."""

    __tablename__ = "question"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["questionnaire_id", "section_id"], ["section.questionnaire_id", "section.id"]
        ),
        sa.Index(
            "uq_question_common_code",
            "questionnaire_id",
            "code",
            unique=True,
            sqlite_where=sa.text("indicator_version_id IS NULL"),
            postgresql_where=sa.text("indicator_version_id IS NULL"),
        ),
        sa.Index(
            "uq_question_indicator_code",
            "questionnaire_id",
            "indicator_version_id",
            "code",
            unique=True,
            sqlite_where=sa.text("indicator_version_id IS NOT NULL"),
            postgresql_where=sa.text("indicator_version_id IS NOT NULL"),
        ),
        sa.CheckConstraint("kind <> 'email' OR destination = 'address'", "email_is_an_address"),
        require_french("label"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    questionnaire_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire.id"))
    section_id: Mapped[int]
    indicator_version_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("indicator_version.id"), index=True
    )
    code: Mapped[str] = mapped_column(sa.String(60))
    kind: Mapped[QuestionKind] = mapped_column(enum_type(QuestionKind, "kind"))
    destination: Mapped[Destination] = mapped_column(
        enum_type(Destination, "destination"), default=Destination.ANSWER
    )
    position: Mapped[int]
    label: Mapped[Localized]
    hint: Mapped[Localized | None]
    is_required: Mapped[bool] = mapped_column(default=False)
    needs_care: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    condition: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    options: Mapped[list["Option"]] = relationship(order_by="Option.position")
    indicator_version: Mapped[IndicatorVersion | None] = relationship()


class Option(Base):
    __tablename__ = "option"
    __table_args__ = (
        sa.UniqueConstraint("question_id", "code"),
        sa.UniqueConstraint("question_id", "id"),
        require_french("label"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"))
    code: Mapped[str] = mapped_column(sa.String(60))
    position: Mapped[int]
    label: Mapped[Localized]
