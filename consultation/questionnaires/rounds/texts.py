"""Texts of a round: its home page and privacy notice, in versions.

A text without a version is the default one (`default_texts`).
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Account
from consultation.collective import stale_translations
from consultation.db.stale import StaleEdit
from consultation.i18n import LOCALES, Localized, lacking
from consultation.questionnaires.models import Round, RoundText, RoundTextKind
from consultation.questionnaires.rounds.default_texts import SENDER, shipped
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

LONGEST = {
    RoundTextKind.HOME_TITLE: 120,
    RoundTextKind.HOME_LEAD: 600,
    RoundTextKind.HOME_MORE: 5000,
    RoundTextKind.NOTICE: 20_000,
}
LONGEST_TITLE = 200
"""Of the round itself."""
KINDS = {
    "titre": RoundTextKind.HOME_TITLE,
    "introduction": RoundTextKind.HOME_LEAD,
    "suite": RoundTextKind.HOME_MORE,
    "notice": RoundTextKind.NOTICE,
}
SLUGS = {kind: slug for slug, kind in KINDS.items()}
ONE_LINE = (RoundTextKind.HOME_TITLE, RoundTextKind.HOME_LEAD)
NOTHING = " "
"""The content of an emptied text, as the database refuses an empty French text."""


@dataclass(frozen=True)
class TextInForce:
    """The text that visitors read; `number` is that of its version, 0 for a text as it ships."""

    kind: RoundTextKind
    content: Localized
    number: int = 0
    locales: tuple[str, ...] = LOCALES
    """The languages of its round."""

    @property
    def lacking(self) -> list[str]:
        """The languages of the round whose readers get French."""
        return lacking(self.content, self.locales)


@dataclass(frozen=True)
class TextVersion:
    """One version with its writer: None from a command, or where the account is gone."""

    number: int
    content: Localized
    written_at: datetime
    writer: str | None


def in_force(
    session: Session, consultation_round: Round | None, sender: str
) -> dict[RoundTextKind, TextInForce]:
    """Return every text of a round; where none was written, it is as it ships."""
    locales = consultation_round.locales if consultation_round else LOCALES
    texts = {
        kind: TextInForce(kind, shipped(kind, sender), locales=locales) for kind in RoundTextKind
    }
    if consultation_round is None:
        return texts
    written = sa.select(RoundText).where(RoundText.round_id == consultation_round.id)
    for text in session.scalars(written.order_by(RoundText.number)):
        texts[text.kind] = TextInForce(text.kind, text.content, text.number, locales)
    return texts


def number_at(session: Session, round_id: int, kind: RoundTextKind, at: datetime) -> int | None:
    """Return the number of the version that was in force at a moment; None when none was."""
    return session.scalar(
        sa.select(sa.func.max(RoundText.number)).where(
            RoundText.round_id == round_id, RoundText.kind == kind, RoundText.written_at <= at
        )
    )


@needs(Permission.RUN_ROUNDS)
def versions(work: Work, consultation_round: Round, kind: RoundTextKind) -> list[TextVersion]:
    """Return the versions of a text, the last first."""
    rows = work.session.execute(
        sa.select(RoundText, Account.email)
        .outerjoin(Account, Account.id == RoundText.account_id)
        .where(RoundText.round_id == consultation_round.id, RoundText.kind == kind)
        .order_by(RoundText.number.desc())
    )
    return [
        TextVersion(text.number, text.content, text.written_at, writer) for text, writer in rows
    ]


@needs(Permission.RUN_ROUNDS)
def write(work: Work, consultation_round: Round, text: TextInForce) -> int | None:
    """Add a version that adapts version `text.number`; return its number, None if nothing changed.

    Raise `StaleEdit` when another version is in force by now.
    """
    work.session.scalars(  # the lock on PostgreSQL; SQLite's writers already come one by one
        sa.select(Round.id).where(Round.id == consultation_round.id).with_for_update()
    ).one()
    of_kind = sa.select(RoundText).where(
        RoundText.round_id == consultation_round.id, RoundText.kind == text.kind
    )
    latest = work.session.scalars(of_kind.order_by(RoundText.number.desc()).limit(1)).first()
    if (latest.number if latest else 0) != text.number:
        raise StaleEdit("ce texte", *_writing_of(work.session, latest))
    if latest is not None and latest.content == text.content:
        return None
    _add(
        work.session,
        consultation_round,
        text.kind,
        text.number + 1,
        text.content,
        work.actor.id,
        work.at,
    )
    before = latest.content if latest else shipped(text.kind, SENDER)
    stale_translations.note(work.session, [(before, text.content)])
    details = {"kind": text.kind.value, "number": text.number + 1}
    code = consultation_round.code
    audit_log.log(work, "round_text_written", code, details)
    work.session.flush()
    return text.number + 1


def _writing_of(session: Session, text: RoundText | None) -> tuple[str | None, datetime | None]:
    """Return who wrote a version and when."""
    if text is None:
        return None, None
    writer = session.get(Account, text.account_id) if text.account_id else None
    return writer.email if writer else None, text.written_at


def copy(session: Session, earlier: Round, later: Round, *, by: int | None, at: datetime) -> None:
    """Copy the latest texts of an earlier round, as the first versions of a new one."""
    latest: dict[RoundTextKind, Localized] = {}
    written = sa.select(RoundText).where(RoundText.round_id == earlier.id)
    for text in session.scalars(written.order_by(RoundText.number)):
        latest[text.kind] = text.content
    for kind, content in latest.items():
        _add(session, later, kind, 1, content, by, at)
    session.flush()


def remove(session: Session, consultation_round: Round) -> None:
    """Delete the texts of a round that was never public."""
    session.execute(sa.delete(RoundText).where(RoundText.round_id == consultation_round.id))


def _add(
    session: Session,
    consultation_round: Round,
    kind: RoundTextKind,
    number: int,
    content: Localized,
    by: int | None,
    at: datetime,
) -> None:
    session.add(
        RoundText(
            round_id=consultation_round.id,
            kind=kind,
            number=number,
            content=content,
            written_at=at,
            account_id=by,
        )
    )
