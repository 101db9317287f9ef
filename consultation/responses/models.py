"""Tables of responses: respondents, contacts, links, submissions, drafts, answers."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import EncryptedText, new_id
from consultation.db.base import LANGUAGE_TAG, Base, enum_type
from consultation.i18n import Labelled
from consultation.questionnaires.models import Option, Question, Questionnaire


class Channel(Labelled):
    """How a response came in."""

    WEB = "web", "site"
    MAIL = "mail", "courriel"
    PAPER = "paper", "papier"
    PHONE = "phone", "téléphone"


ENTERED = (Channel.PAPER, Channel.PHONE)
"""Channels of which staff type in what came."""


class Standing(Labelled):
    """How sure the address of a respondent is: invited by us, confirmed by a link, or neither."""

    INVITED = "invited", "personne invitée"
    CONFIRMED = "confirmed", "adresse confirmée"
    UNVERIFIED = "unverified", "adresse non confirmée"


class Respondent(Base):
    """The person or body who answers, without name or address."""

    __tablename__ = "respondent"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    capacity: Mapped[str] = mapped_column(sa.String(60))
    organisation: Mapped[str | None] = mapped_column(sa.String(300))
    territory: Mapped[str | None] = mapped_column(sa.String(60))
    consent_contact: Mapped[bool] = mapped_column(default=False)
    consent_anonymous: Mapped[bool] = mapped_column(default=False)
    consent_named: Mapped[bool] = mapped_column(default=False)
    notice_version: Mapped[str] = mapped_column(sa.String(20))
    locale: Mapped[str] = mapped_column(LANGUAGE_TAG)
    channel: Mapped[Channel] = mapped_column(enum_type(Channel, "channel"), default=Channel.WEB)
    standing: Mapped[Standing] = mapped_column(
        enum_type(Standing, "standing"),
        default=Standing.UNVERIFIED,
        server_default=Standing.UNVERIFIED.value,
    )
    created_at: Mapped[datetime]
    said_at: Mapped[datetime | None]
    """When they last gave identity and consents; None for those before it was recorded."""
    erased_at: Mapped[datetime | None]
    """When what identifies them was erased: nothing opens or is added any more."""

    contact: Mapped["Contact | None"] = relationship(back_populates="respondent")


class Contact(Base):
    """A respondent's name and address, encrypted and apart from the answers."""

    __tablename__ = "contact"

    respondent_id: Mapped[int] = mapped_column(sa.ForeignKey("respondent.id"), primary_key=True)
    name: Mapped[str | None] = mapped_column(EncryptedText)
    address: Mapped[str | None] = mapped_column(EncryptedText)
    address_index: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    mailbox_index: Mapped[str | None] = mapped_column(sa.String(64))

    respondent: Mapped[Respondent] = relationship(back_populates="contact")


class PersonalLink(Base):
    """A link that opens a respondent's space; its address adds a signature that no table holds."""

    __tablename__ = "personal_link"

    id: Mapped[str] = mapped_column(sa.String(22), primary_key=True, default=new_id)
    respondent_id: Mapped[int] = mapped_column(sa.ForeignKey("respondent.id"), index=True)
    holder: Mapped[str] = mapped_column(sa.String(20), default="respondent")
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class RespondentSession(Base):
    """A space opened in one browser; the cookie holds the token, the row its hash."""

    __tablename__ = "respondent_session"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    respondent_id: Mapped[int] = mapped_column(sa.ForeignKey("respondent.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Submission(Base):
    """A form that was sent, once for each submission key: the guard against duplicates."""

    __tablename__ = "submission"
    __table_args__ = (
        sa.Index(
            "ix_submission_content_index",
            "content_index",
            sqlite_where=sa.text("content_index IS NOT NULL"),
            postgresql_where=sa.text("content_index IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(22), unique=True)
    received_at: Mapped[datetime]
    doubt: Mapped[str | None] = mapped_column(sa.String(20))
    """Spam signal: why a machine may have sent it, for moderators; no form is refused for it."""
    content_index: Mapped[str | None] = mapped_column(sa.String(64))
    """Keyed hash that recognises the same content for two hours (see `repeats`), then blanked."""


class CompletionCount(Base):
    """How many forms of a length were sent so many minutes after they were opened, in a round."""

    __tablename__ = "completion_count"

    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), primary_key=True)
    indicator_count: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_in_space: Mapped[bool] = mapped_column(primary_key=True)
    minutes: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]


class Draft(Base):
    """A form saved before it is sent: `fields` are its texts, as JSON by indicator and question."""

    __tablename__ = "draft"
    __table_args__ = (sa.UniqueConstraint("respondent_id", "questionnaire_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    respondent_id: Mapped[int] = mapped_column(sa.ForeignKey("respondent.id"))
    questionnaire_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire.id"), index=True)
    fields: Mapped[str] = mapped_column(EncryptedText)
    revision: Mapped[int] = mapped_column(default=1)
    saved_by: Mapped[str | None] = mapped_column(sa.String(22))
    """The submission key of the form that saved it; None where that was not noted."""
    saved_at: Mapped[datetime]


class Response(Base):
    """One respondent's reply to one whole questionnaire, in one revision."""

    __tablename__ = "response"
    __table_args__ = (
        sa.UniqueConstraint("submission_id", "revision"),
        sa.Index(
            "uq_response_current",
            "respondent_id",
            "questionnaire_id",
            unique=True,
            sqlite_where=sa.text("superseded_at IS NULL"),
            postgresql_where=sa.text("superseded_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    submission_id: Mapped[int] = mapped_column(sa.ForeignKey("submission.id"))
    respondent_id: Mapped[int] = mapped_column(sa.ForeignKey("respondent.id"), index=True)
    questionnaire_id: Mapped[int] = mapped_column(sa.ForeignKey("questionnaire.id"), index=True)
    revision: Mapped[int] = mapped_column(default=1)
    receipt_code: Mapped[str] = mapped_column(sa.String(24), unique=True)
    content_hash: Mapped[str] = mapped_column(sa.String(64))
    submitted_at: Mapped[datetime] = mapped_column(index=True)
    received_on: Mapped[date | None]
    """Day on which the paper or the call came that staff have typed in; None for all others."""
    superseded_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    is_proposed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    """Whether the site had proposed the measure, instead of the person choosing it."""

    submission: Mapped[Submission] = relationship()
    respondent: Mapped[Respondent] = relationship()
    questionnaire: Mapped[Questionnaire] = relationship()
    answers: Mapped[list["Answer"]] = relationship(order_by="Answer.id")


class Answer(Base):
    """The value given to one question; item nonresponse has no row.

    A matrix has an answer for each of its rows, and a ranking one for each option that has a place:
    no two of a response have the same row, or the same rank.
    """

    __tablename__ = "answer"
    __table_args__ = (
        sa.CheckConstraint(
            " + ".join(
                f"CASE WHEN {column} IS NULL THEN 0 ELSE 1 END"
                for column in ("option_id", "number", "text", "date")
            )
            + " = 1",
            "exactly_one_value",
        ),
        sa.ForeignKeyConstraint(["question_id", "option_id"], ["option.question_id", "option.id"]),
        sa.Index(
            "uq_answer_value",
            "response_id",
            "question_id",
            unique=True,
            sqlite_where=sa.text("option_id IS NULL"),
            postgresql_where=sa.text("option_id IS NULL"),
        ),
        sa.CheckConstraint(
            "option_id IS NOT NULL OR (row_code = '' AND rank IS NULL)", "only_of_an_option"
        ),
        sa.CheckConstraint("rank > 0", "rank"),
        sa.UniqueConstraint("response_id", "question_id", "option_id", "row_code"),
        sa.Index(
            "uq_answer_row",
            "response_id",
            "question_id",
            "row_code",
            unique=True,
            sqlite_where=sa.text("row_code <> ''"),
            postgresql_where=sa.text("row_code <> ''"),
        ),
        sa.Index(
            "uq_answer_rank",
            "response_id",
            "question_id",
            "rank",
            unique=True,
            sqlite_where=sa.text("rank IS NOT NULL"),
            postgresql_where=sa.text("rank IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    response_id: Mapped[int] = mapped_column(sa.ForeignKey("response.id"))
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"), index=True)
    option_id: Mapped[int | None]
    number: Mapped[float | None]
    text: Mapped[str | None] = mapped_column(sa.Text)
    date: Mapped[date | None]
    row_code: Mapped[str] = mapped_column(sa.String(40), default="", server_default="")
    """The row of a matrix that the option answers; empty for any other question."""
    rank: Mapped[int | None]
    """The place of the option in a ranking, 1 the first."""

    question: Mapped[Question] = relationship(viewonly=True)
    option: Mapped[Option | None] = relationship(viewonly=True)
