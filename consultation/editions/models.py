"""Columns of an edition, and the hash of its content."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from consultation.accounts.models import Account
from consultation.db.base import require_french
from consultation.i18n import Localized


class Edition:
    """A numbered edition, frozen when it is published: triggers of its table refuse a change then.

    Its table is `@permanent("published_at")`, and its `content` plain JSON.
    """

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[sa.CheckConstraint, ...]:
        return (
            sa.CheckConstraint("(published_at IS NULL) = (content IS NULL)", "content"),
            sa.CheckConstraint("(published_at IS NULL) = (content_hash IS NULL)", "hash"),
            sa.CheckConstraint("(published_at IS NULL) = (published_by IS NULL)", "publisher"),
            require_french("title"),
        )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    title: Mapped[Localized]
    introduction: Mapped[Localized | None]
    prepared_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    prepared_at: Mapped[datetime]
    """When what it holds was last changed."""
    published_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    published_at: Mapped[datetime | None]
    content: Mapped[dict[str, Any] | None]
    content_hash: Mapped[str | None] = mapped_column(sa.String(64))

    @declared_attr
    @classmethod
    def preparer(cls) -> Mapped[Account]:
        return relationship(foreign_keys=[cls.prepared_by])

    @declared_attr
    @classmethod
    def publisher(cls) -> Mapped[Account | None]:
        return relationship(foreign_keys=[cls.published_by])

    @property
    def is_intact(self) -> bool:
        """Whether the content of a published edition is the one that was hashed."""
        return self.content is not None and digest(self.content) == self.content_hash


def digest(content: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a content, in hexadecimal digits: the same for the same values."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
