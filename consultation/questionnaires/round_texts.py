"""The texts of a round: versions that are added and never edited, the last being in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.accounts.models import Account
from consultation.i18n import LOCALES, Localized
from consultation.questionnaires.models import Round, RoundText, RoundTextKind
from consultation.questionnaires.shipped_texts import shipped
from consultation.text import clean, clean_line, length
from consultation.web.permissions import Actor, NotAllowed, Permission

LONGEST = {
    RoundTextKind.HOME_TITLE: 120,
    RoundTextKind.HOME_LEAD: 600,
    RoundTextKind.HOME_MORE: 5000,
    RoundTextKind.NOTICE: 20_000,
}
ONE_LINE = (RoundTextKind.HOME_TITLE, RoundTextKind.HOME_LEAD)
NOTHING = " "
"""What a version holds that says nothing any more; the database refuses an empty French text."""


class TextRefused(Exception):
    """A text can't be stored as it is; `faults` says why by the name of the field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


class TextChanged(Exception):
    """Somebody wrote another version since the one that was adapted."""


@dataclass(frozen=True)
class TextInForce:
    """What is said now; `number` is that of its version, 0 for a text as it ships."""

    kind: RoundTextKind
    content: Localized
    number: int = 0

    @property
    def lacks_english(self) -> bool:
        """Say whether readers of English get French."""
        return bool(self.content.get("fr", "").strip()) and not self.content.get("en")


@dataclass(frozen=True)
class TextVersion:
    """One version with who wrote it: None from a command, or when nobody is known."""

    number: int
    content: Localized
    written_at: datetime
    writer: str | None


def in_force(
    session: Session, consultation_round: Round | None, sender: str
) -> dict[RoundTextKind, TextInForce]:
    """Return every text of a round, those as they ship where none was written."""
    texts = {kind: TextInForce(kind, shipped(kind, sender)) for kind in RoundTextKind}
    if consultation_round is None:
        return texts
    written = sa.select(RoundText).where(RoundText.round_id == consultation_round.id)
    for text in session.scalars(written.order_by(RoundText.number)):
        texts[text.kind] = TextInForce(text.kind, text.content, text.number)
    return texts


def number_at(session: Session, round_id: int, kind: RoundTextKind, at: datetime) -> int | None:
    """Return the number of the version that was in force at a moment; None when none was."""
    return session.scalar(
        sa.select(sa.func.max(RoundText.number)).where(
            RoundText.round_id == round_id, RoundText.kind == kind, RoundText.written_at <= at
        )
    )


def versions(
    session: Session, actor: Actor, consultation_round: Round, kind: RoundTextKind
) -> list[TextVersion]:
    """Return the versions of a text, the last first."""
    _check(actor)
    rows = session.execute(
        sa.select(RoundText, Account.email)
        .outerjoin(Account, Account.id == RoundText.account_id)
        .where(RoundText.round_id == consultation_round.id, RoundText.kind == kind)
        .order_by(RoundText.number.desc())
    )
    return [
        TextVersion(text.number, text.content, text.written_at, writer) for text, writer in rows
    ]


def content_of(kind: RoundTextKind, typed: Mapping[str, str]) -> Localized:
    """Return what was typed by language as it is stored; raise `TextRefused`."""
    tidy = clean_line if kind in ONE_LINE else clean
    content = {locale: tidy(typed.get(locale, "")).strip() for locale in LOCALES}
    faults = {
        locale: f"Ce texte dépasse de {length(text) - LONGEST[kind]} signes les {LONGEST[kind]}"
        " possibles : raccourcissez-le."
        for locale, text in content.items()
        if length(text) > LONGEST[kind]
    }
    if not content["fr"] and content["en"]:
        faults["fr"] = "Écrivez aussi le texte français, ou effacez le texte anglais."
    elif not content["fr"] and kind is not RoundTextKind.HOME_MORE:
        faults["fr"] = "Écrivez ce texte en français."
    if faults:
        raise TextRefused(faults)
    return {locale: text for locale, text in content.items() if text} or {"fr": NOTHING}


def write(
    session: Session,
    actor: Actor,
    consultation_round: Round,
    text: TextInForce,
    at: datetime,
) -> int | None:
    """Add a version that adapts version `text.number`; return its number, None if nothing changed.

    Raise `TextChanged` when another version is in force by now.
    """
    _check(actor)
    session.scalars(  # the lock on PostgreSQL; SQLite's writers already come one by one
        sa.select(Round.id).where(Round.id == consultation_round.id).with_for_update()
    ).one()
    of_kind = sa.select(RoundText).where(
        RoundText.round_id == consultation_round.id, RoundText.kind == text.kind
    )
    latest = session.scalars(of_kind.order_by(RoundText.number.desc()).limit(1)).first()
    if (latest.number if latest else 0) != text.number:
        raise TextChanged
    if latest is not None and latest.content == text.content:
        return None
    _add(session, consultation_round, text.kind, text.number + 1, text.content, actor.id, at)
    details = {"kind": text.kind.value, "number": text.number + 1}
    code = consultation_round.code
    auditing.record(session, actor.id, "round_text_written", code, details, at=at)
    session.flush()
    return text.number + 1


def copy(session: Session, earlier: Round, later: Round, *, by: int | None, at: datetime) -> None:
    """Let a new round begin with what an earlier one says, as its own first versions."""
    latest: dict[RoundTextKind, Localized] = {}
    written = sa.select(RoundText).where(RoundText.round_id == earlier.id)
    for text in session.scalars(written.order_by(RoundText.number)):
        latest[text.kind] = text.content
    for kind, content in latest.items():
        _add(session, later, kind, 1, content, by, at)
    session.flush()


def remove(session: Session, consultation_round: Round) -> None:
    """Delete the texts of a round that nobody but organisers has seen."""
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


def _check(actor: Actor) -> None:
    if not actor.may(Permission.RUN_ROUNDS):
        raise NotAllowed(Permission.RUN_ROUNDS)
