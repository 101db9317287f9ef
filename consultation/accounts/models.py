"""Staff: accounts, their roles and sessions, and the trail of what they did."""

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_security import RoleMixin, UserMixin
from sqlalchemy.orm import Mapped, mapped_column, relationship

from consultation.crypto import new_id
from consultation.database import JSON, Base, enum_type


class Role(enum.StrEnum):
    """What an account is trusted with."""

    ORGANISER = "organiser"
    MODERATOR = "moderator"
    ADMINISTRATOR = "administrator"


class AccountRole(Base, RoleMixin):
    """One role of one account."""

    __tablename__ = "account_role"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"), primary_key=True)

    @property
    def name(self) -> str:  # type: ignore[override]  # Flask-Security reads it, nobody writes it
        """The role as Flask-Security names it."""
        return self.role.value


class Account(Base, UserMixin):
    """A member of staff who signs in.  Holds no address of a visitor, unlike the stock mixin."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(255), unique=True)
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True, default=new_id)
    created_at: Mapped[datetime]

    roles: Mapped[list[AccountRole]] = relationship(  # type: ignore[assignment]  # list[RoleMixin]
        cascade="all, delete-orphan", lazy="selectin"
    )


class StaffSession(Base):
    """A sign-in that can be revoked; the cookie holds the token, the row its hash."""

    __tablename__ = "staff_session"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AccountInvitation(Base):
    """A one-time link by which an account sets its password; the row holds the link's hash."""

    __tablename__ = "account_invitation"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    email: Mapped[str | None] = mapped_column(sa.String(255))
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Switch(enum.StrEnum):
    """What an administrator can switch on for the whole site."""

    PROOF_OF_WORK = "proof_of_work"


class SiteSwitch(Base):
    """A switch that is on, for every process at once; one that is off has no row."""

    __tablename__ = "site_switch"

    name: Mapped[Switch] = mapped_column(enum_type(Switch, "name"), primary_key=True)
    since: Mapped[datetime]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))


class AuditEvent(Base):
    """What a member of staff did; append-only."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"), index=True)
    action: Mapped[str] = mapped_column(sa.String(60))
    subject: Mapped[str | None] = mapped_column(sa.String(100))
    details: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    happened_at: Mapped[datetime]
