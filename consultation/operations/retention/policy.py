"""Retention policy of closed rounds: periods, and the data due for erasure after each.

Data is erased in batches, once organisers were warned.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.invitations.contacts import erasure as invitees
from consultation.invitations.models import Invitee
from consultation.jobs import erase_copies
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Questionnaire, Round
from consultation.questionnaires.rounds import lifecycle
from consultation.responses.drafts import store
from consultation.responses.models import Answer, Draft, Respondent, Response
from consultation.responses.rights import erasure

BATCH = 20
NOTICE = timedelta(days=3)
"""Shortest time between the first notice and the erasure."""


@dataclass(frozen=True)
class Period:
    """What is erased `settings[setting]` days after a round has closed; 0 days: never.

    `goes`, `stays` and `before` are the French of the notice, which is given so many days before as
    `steps` say.  The list of contacts serves every round and goes with the last.  Drafts have no
    setting, since their period is promised to whoever saves one, and no workbook holds a copy.
    """

    name: str
    setting: str | None
    goes: str
    stays: str
    before: str
    pending: Callable[[Round], sa.Select[int]]
    erase: Callable[[Session, int, datetime], None]
    is_of_last_round: bool = False
    steps: tuple[int, ...] = (60, 45, 3)
    has_copies: bool = True

    def kept_for(self, settings: Mapping[str, Any]) -> timedelta:
        """Return for how long it is kept after the closing; zero where it is never erased."""
        if self.setting is None:
            return store.KEPT_AFTER_CLOSING
        return timedelta(days=settings[self.setting])


@dataclass(frozen=True)
class Due:
    """What is to be erased of one round, and from when."""

    period: Period
    round: Round
    count: int
    due_at: datetime
    warned_at: datetime | None
    """When the first notice was enqueued."""

    @property
    def key(self) -> str:
        """Prefix of the notices' dedup keys; another day makes other notices."""
        return f"retention:{self.period.name}:{self.round.id}:{self.due_at:%Y%m%d}:"

    def goes_at(self, at: datetime) -> datetime:
        """Return when it is erased, never sooner than `NOTICE` after the first notice."""
        return max(self.due_at, (self.warned_at or at) + NOTICE)


def _not_erased(closed: Round) -> sa.Select[int]:
    return sa.select(Respondent.id).where(
        Respondent.round_id == closed.id, Respondent.erased_at.is_(None)
    )


def _with_texts(closed: Round) -> sa.Select[int]:
    has_text = (
        sa.exists()
        .where(Answer.response_id == Response.id, Response.respondent_id == Respondent.id)
        .where(Answer.text.is_not(None), Answer.text != erasure.ERASED_TEXT)
    )
    return sa.select(Respondent.id).where(Respondent.round_id == closed.id, has_text)


def _listed(_closed: Round) -> sa.Select[int]:
    return sa.select(Invitee.id).where(Invitee.address.is_not(None))


def _drafts(closed: Round) -> sa.Select[int]:
    return sa.select(Draft.id).join(Questionnaire).where(Questionnaire.round_id == closed.id)


def _delete_draft(session: Session, draft_id: int, _at: datetime) -> None:
    session.execute(sa.delete(Draft).where(Draft.id == draft_id))


def _forget_invitee(session: Session, invitee_id: int, _at: datetime) -> None:
    invitees.erase_contact_row(session, session.get_one(Invitee, invitee_id, with_for_update=True))


POLICY = (
    Period(
        "contact",
        "RETENTION_CONTACT_DAYS",
        "noms, adresses, organisations et liens personnels des personnes qui ont répondu",
        "les contributions et les chiffres",
        "la liste des coordonnées se prend à la page Exporter",
        _not_erased,
        lambda session, id_, at: erasure.expire(session, id_, erasure.Wish(), at),
    ),
    Period(
        "text",
        "RETENTION_TEXT_DAYS",
        "tous les textes libres, avec les coordonnées des personnes qui les ont écrits",
        "les choix, les notes et les chiffres",
        "un classeur du tour se demande à la page Exporter",
        _with_texts,
        lambda session, id_, at: erasure.expire(session, id_, erasure.Wish(texts=True), at),
    ),
    Period(
        "invitee",
        "RETENTION_INVITEE_DAYS",
        "la liste de contacts invités",
        "le nombre de courriels envoyés, sans adresse",
        "gardez le classeur dont vous avez importé la liste",
        _listed,
        _forget_invitee,
        is_of_last_round=True,
    ),
    Period(
        "draft",
        None,
        "les brouillons que personne n'a envoyés",
        "les contributions envoyées",
        "",
        _drafts,
        _delete_draft,
        steps=(3,),
        has_copies=False,
    ),
)


def coming(session: Session, settings: Mapping[str, Any], at: datetime) -> list[Due]:
    """Return the erasures that closed rounds have to come, the earliest first."""
    announced = lifecycle.announced(session)
    closed = [each for each in announced if each.closes_at <= at]
    dues = []
    for period in POLICY:
        if not period.kept_for(settings):
            continue
        of = announced[-1:] if period.is_of_last_round else closed
        dues += [_due(session, period, each, settings) for each in of if each.closes_at <= at]
    return sorted((due for due in dues if due.count), key=lambda due: due.due_at)


def erase_due(session: Session, settings: Mapping[str, Any], at: datetime) -> Mapping[Period, int]:
    """Erase what is due and was announced; return the number of rows of each period.

    Commits its own batches; after an interruption the next call continues.
    """
    erased: Counter[Period] = Counter()
    for due in coming(session, settings, at):
        if due.warned_at is not None and due.goes_at(at) <= at:
            erased[due.period] += _erase(session, due)
    return erased


def _due(session: Session, period: Period, closed: Round, settings: Mapping[str, Any]) -> Due:
    pending = period.pending(closed).subquery()
    count = session.scalar(sa.select(sa.func.count()).select_from(pending))
    due_at = closed.closes_at + period.kept_for(settings)
    due = Due(period, closed, count or 0, due_at, None)
    warned_at = sa.select(sa.func.min(OutboxMessage.created_at)).where(
        OutboxMessage.dedup_key.startswith(due.key)
    )
    return Due(period, closed, count or 0, due_at, session.scalar(warned_at))


def _erase(session: Session, due: Due) -> int:
    count = 0
    while True:
        with writing(session):
            batch = session.scalars(due.period.pending(due.round).limit(BATCH)).all()
            if not batch:
                return count
            # Each batch has its own erasure job: a file made between two batches holds what the
            # second erases.
            at = now()
            for id_ in batch:
                due.period.erase(session, id_, at)
            if due.period.has_copies:
                erase_copies.order(session, at)
        count += len(batch)
