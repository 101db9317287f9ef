"""Tables of accounts: roles, languages, sessions, invitations, site switches, audit events."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto.keyring import EncryptedText, new_id
from consultation.db.base import JSON, LANGUAGE_TAG, Base, enum_type
from consultation.i18n import Labelled


class Role(Labelled):
    """Role of an account, which grants permissions."""

    ORGANISER = "organiser", "organisation"
    MODERATOR = "moderator", "modération"
    ADMINISTRATOR = "administrator", "administration"


ASKED_BY = {
    Role.ORGANISER: "SECOND_FACTOR_ORGANISERS",
    Role.MODERATOR: "SECOND_FACTOR_MODERATORS",
}
"""The settings by which a role needs a second factor."""


class AccountRole(Base):
    """One role of one account."""

    __tablename__ = "account_role"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"), primary_key=True)


class AccountLanguage(Base):
    """A language that an account reads beside French, by its tag."""

    __tablename__ = "account_language"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(LANGUAGE_TAG, primary_key=True)


class Account(Base):
    """A member of staff who signs in. Stores no IP address."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    email: Mapped[str] = mapped_column(sa.String(255), unique=True)
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True, default=new_id)
    created_at: Mapped[datetime]

    roles: Mapped[list[AccountRole]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    second_factor: Mapped["SecondFactor | None"] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def needs_second_factor(self) -> bool:
        """Whether a role needs one: an administrator's always, others where the settings say so."""
        held = {held.role for held in self.roles}
        return Role.ADMINISTRATOR in held or any(
            current_app.config[setting] for role, setting in ASKED_BY.items() if role in held
        )

    @property
    def must_set_up_second_factor(self) -> bool:
        return self.second_factor is None and self.needs_second_factor


class SecondFactor(Base):
    """The TOTP secret that an account shares with an application of a telephone."""

    __tablename__ = "second_factor"
    __table_args__ = (sa.CheckConstraint("last_counter >= 0", "last_counter"),)

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(EncryptedText)
    last_counter: Mapped[int]
    """Counter (half minutes since 1970) of the last code used: no earlier one is accepted."""
    set_up_at: Mapped[datetime]


class RecoveryCode(Base):
    """A one-time code for a lost telephone, stored as a keyed hash."""

    __tablename__ = "recovery_code"

    code_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """A session that can be revoked; the cookie holds its token, the row the hash."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AccountInvitation(Base):
    """A one-time link that opens an account; the row holds the hash of its token."""

    __tablename__ = "account_invitation"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    email: Mapped[str | None] = mapped_column(sa.String(255))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    promised: Mapped[list["PromisedRole"]] = relationship(
        cascade="all, delete-orphan", lazy="selectin"
    )

    @property
    def roles(self) -> list[Role]:
        """The roles that the account will have, in the order of `Role`."""
        promised = {row.role for row in self.promised}
        return [role for role in Role if role in promised]


class PromisedRole(Base):
    """One role that an invitation gives."""

    __tablename__ = "account_invitation_role"

    token_hash: Mapped[str] = mapped_column(
        sa.ForeignKey("account_invitation.token_hash"), primary_key=True
    )
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"), primary_key=True)


class Switch(enum.StrEnum):
    """Name of a site-wide switch."""

    PROOF_OF_WORK = "proof_of_work"
    EVALUATION = "evaluation"
    """The team evaluates the plan, and does not only make its indicators more precise."""


class SiteSwitch(Base):
    """A switch that is on; a switch that is off has no row."""

    __tablename__ = "site_switch"

    name: Mapped[Switch] = mapped_column(enum_type(Switch, "name"), primary_key=True)
    since: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))


class AuditEvent(Base):
    """An action of a member of staff; append-only."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    action: Mapped[str] = mapped_column(sa.String(60))
    subject: Mapped[str | None] = mapped_column(sa.String(100))
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    happened_at: Mapped[datetime]
