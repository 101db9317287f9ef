"""Table of recordings: a text of the public pages, read aloud in a language."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from consultation.crypto.keyring import new_id
from consultation.db.base import LANGUAGE_TAG, Base, enum_type
from consultation.i18n import Labelled


class SoundFormat(Labelled):
    """The formats that browsers play; the value is the ending of the file."""

    MP3 = "mp3", "MP3"
    OPUS = "opus", "Opus"


@dataclass(frozen=True)
class Sound:
    """A sound without tags."""

    format: SoundFormat
    content: bytes
    seconds: float


class SpokenKind(Labelled):
    """The kinds of text that can be read aloud."""

    ROUND_TEXT = "round_text", "texte du tour"
    SECTION = "section", "introduction d'une rubrique"
    QUESTION = "question", "question"
    INDICATOR = "indicator", "indicateur"


class Recording(Base):
    """A text read aloud, known by its digest: of another text, it says nothing.

    It is in the database so that a backup has it.  Ids are never reused: the last one, with their
    number, says whether any recording was added or removed.
    """

    __tablename__ = "recording"
    __table_args__ = (
        sa.UniqueConstraint("language", "digest", "kind", "code"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(sa.String(22), unique=True, default=new_id)
    kind: Mapped[SpokenKind] = mapped_column(enum_type(SpokenKind, "kind"))
    code: Mapped[str] = mapped_column(sa.String(60))
    """Of the question, section or indicator, or which text of the round it is."""
    language: Mapped[str] = mapped_column(LANGUAGE_TAG)
    digest: Mapped[str] = mapped_column(sa.String(64))
    format: Mapped[SoundFormat] = mapped_column(enum_type(SoundFormat, "format"))
    seconds: Mapped[float]
    size: Mapped[int]
    recorded_at: Mapped[datetime]
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    content: Mapped[bytes] = mapped_column(sa.LargeBinary, deferred=True)

    @property
    def file_name(self) -> str:
        """The end of its address."""
        return f"{self.public_id}.{self.format.value}"
