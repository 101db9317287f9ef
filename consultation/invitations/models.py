"""Tables of invitations: invitees and their groups, mailings and their recipients."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import EncryptedText, new_id
from consultation.db.base import LANGUAGE_TAG, Base, enum_type, require_french
from consultation.db.permanent_rows import permanent
from consultation.i18n import Labelled, Localized
from consultation.plan.models import Measure


class InviteeGroup(Base):
    """A group of invitees that mailings may go to."""

    __tablename__ = "invitee_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    created_at: Mapped[datetime]


class Invitee(Base):
    """A contact who may be invited, round after round; name and address are encrypted."""

    __tablename__ = "invitee"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    address: Mapped[str | None] = mapped_column(EncryptedText)
    address_index: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    mailbox_index: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    name: Mapped[str | None] = mapped_column(EncryptedText)
    organisation: Mapped[str | None] = mapped_column(sa.String(300))
    capacity: Mapped[str | None] = mapped_column(sa.String(60))
    territory: Mapped[str | None] = mapped_column(sa.String(60))
    locale: Mapped[str] = mapped_column(LANGUAGE_TAG)
    created_at: Mapped[datetime]

    groups: Mapped[list[InviteeGroup]] = relationship(
        secondary="group_member", order_by=InviteeGroup.name
    )
    measures: Mapped[list[Measure]] = relationship(
        secondary="invitee_measure", order_by=Measure.position
    )
    sources: Mapped[list["ContactSource"]] = relationship(
        secondary="invitee_source", order_by="ContactSource.id"
    )


class GroupMember(Base):
    __tablename__ = "group_member"

    group_id: Mapped[int] = mapped_column(sa.ForeignKey("invitee_group.id"), primary_key=True)
    invitee_id: Mapped[int] = mapped_column(
        sa.ForeignKey("invitee.id"), primary_key=True, index=True
    )


class InviteeMeasure(Base):
    """A measure that concerns an invitee in particular."""

    __tablename__ = "invitee_measure"

    invitee_id: Mapped[int] = mapped_column(sa.ForeignKey("invitee.id"), primary_key=True)
    # A theme without answers may be removed from the plan, with these rows.
    measure_id: Mapped[int] = mapped_column(
        sa.ForeignKey("measure.id", ondelete="CASCADE"), primary_key=True
    )


class ContactSource(Base):
    """From where the addresses of an import come, or that of a contact typed in."""

    __tablename__ = "contact_source"

    id: Mapped[int] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(sa.String(300))
    added_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))


class InviteeSource(Base):
    """An import that named an invitee."""

    __tablename__ = "invitee_source"

    invitee_id: Mapped[int] = mapped_column(sa.ForeignKey("invitee.id"), primary_key=True)
    source_id: Mapped[int] = mapped_column(
        sa.ForeignKey("contact_source.id"), primary_key=True, index=True
    )


class Invitation(Base):
    """An invitee's invitation to one round, with the respondent whose space the link opens."""

    __tablename__ = "invitation"
    __table_args__ = (sa.UniqueConstraint("round_id", "invitee_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"))
    invitee_id: Mapped[int] = mapped_column(sa.ForeignKey("invitee.id"), index=True)
    respondent_id: Mapped[int] = mapped_column(sa.ForeignKey("respondent.id"), unique=True)
    created_at: Mapped[datetime]


class Purpose(Labelled):
    """The purpose of a mailing; a reminder skips invitees who have answered.

    One about an edition of the plan goes to respondents: see `decisions.announcements`.
    """

    INVITATION = "invitation", "Invitation"
    REMINDER = "reminder", "Relance"
    EDITION = "edition", "Suites données"


class MailingState(Labelled):
    DRAFT = "draft", "brouillon"
    SENDING = "sending", "envoi en cours"
    PAUSED = "paused", "suspendu"
    DONE = "done", "terminé"


@permanent("started_at", lambda row: row.purpose is Purpose.EDITION)
class Mailing(Base):
    """One message to groups of invitees, at `pace` mails an hour.

    The pace counts from `resumed_at`: what a pause held back does not leave all at once.
    """

    __tablename__ = "mailing"
    __table_args__ = (
        sa.CheckConstraint("pace > 0", "pace_is_positive"),
        sa.CheckConstraint("(state = 'draft') = (started_at IS NULL)", "started"),
        require_french("subject"),
        require_french("body"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("round.id"), index=True)
    purpose: Mapped[Purpose] = mapped_column(enum_type(Purpose, "purpose"))
    subject: Mapped[Localized]
    body: Mapped[Localized]
    pace: Mapped[int]
    state: Mapped[MailingState] = mapped_column(
        enum_type(MailingState, "state"), default=MailingState.DRAFT
    )
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    resumed_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    groups: Mapped[list[InviteeGroup]] = relationship(
        secondary="mailing_group", order_by=InviteeGroup.name
    )


class MailingGroup(Base):
    """A group that a mailing goes to."""

    __tablename__ = "mailing_group"

    mailing_id: Mapped[int] = mapped_column(sa.ForeignKey("mailing.id"), primary_key=True)
    group_id: Mapped[int] = mapped_column(sa.ForeignKey("invitee_group.id"), primary_key=True)


class Skipped(Labelled):
    """Why a mailing skipped an invitee or a respondent."""

    ANSWERED = "answered", "a déjà répondu"
    INVITED = "invited", "déjà invité par un autre envoi"
    """Another mailing of the same round has invited them already."""
    SUPPRESSED = "suppressed", "ne veut ou ne peut pas recevoir de courriel"
    ERASED = "erased", "contact effacé"
    REFUSES = "refuses", "n'accepte plus qu'on lui écrive"
    """They do not agree any more to be written to, or have no address any more."""
    WITHDRAWN = "withdrawn", "a retiré ce qu'il avait dit"
    """Nothing of what they said is left on which the edition decides."""
    NOTIFIED = "notified", "déjà prévenu de cette édition"
    """Another mailing has written to the same mailbox about the same edition."""
    SAME_MAILBOX = (
        "same_mailbox",
        "même boîte qu'une autre personne, prévenue dans le même courriel",
    )
    """The mail to another respondent of the same mailbox names what they said, too."""


class MailingRecipient(Base):
    """An invitee of a mailing, listed when it starts: waiting, queued in the outbox, or skipped."""

    __tablename__ = "mailing_recipient"
    __table_args__ = (
        sa.CheckConstraint("queued_at IS NULL OR skipped IS NULL", "queued_or_skipped"),
    )

    mailing_id: Mapped[int] = mapped_column(sa.ForeignKey("mailing.id"), primary_key=True)
    invitee_id: Mapped[int] = mapped_column(
        sa.ForeignKey("invitee.id"), primary_key=True, index=True
    )
    queued_at: Mapped[datetime | None]
    skipped: Mapped[Skipped | None] = mapped_column(enum_type(Skipped, "skipped"))
