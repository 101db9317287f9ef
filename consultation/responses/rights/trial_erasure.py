"""Erasure job of an ended trial: everything that was sent in it, person by person, and its mail.

Packages to the right remove what else they keep of an ended trial: see `register_remover`.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.jobs import erase_copies, queue
from consultation.jobs.models import Job
from consultation.jobs.progress import Report
from consultation.jobs.queue import Run
from consultation.mail import retention
from consultation.mail.models import OutboxMessage
from consultation.questionnaires.models import Round
from consultation.responses.models import CompletionCount, Respondent
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import AlreadyErased, Wish

KIND = "trial_erasure"
REPORT_EVERY = 20
"""After how many respondents the job says how far it is."""

MARK = '"is_trial": true'
"""What the parameters of every mail about a trial hold."""

HAS_ENDED = sa.and_(Round.is_trial, Round.announced_at.is_(None))

Remover = Callable[[Session], object]

_removers: dict[str, Remover] = {}


def register_remover(package: str, remover: Remover) -> None:
    """Have the job call `remover`, once everybody who responded in the trial is erased."""
    _removers[package] = remover


def order(session: Session, at: datetime) -> None:
    """Enqueue the job in the transaction that ends the trial."""
    queue.enqueue(session, KIND, {}, at=at)


def run_in(home: Path) -> Run:
    """Return the job with the erasure log of `home`; it may be interrupted anywhere."""

    def run(session: Session, _job: Job, report: Report) -> dict[str, Any]:
        ids = _left(session)
        for number, respondent_id in enumerate(ids):
            if number % REPORT_EVERY == 0:
                report(f"Personne {number + 1} sur {len(ids)}")
            with writing(session), suppress(AlreadyErased):
                erasure.erase(session, respondent_id, Wish(texts=True), now(), home=home)
        with writing(session):
            _forget_counts(session)
            _blank_mails(session)
            for remove in _removers.values():
                remove(session)
            erase_copies.order(session, now())
        return {"erased": len(ids)}

    return run


def _left(session: Session) -> Sequence[int]:
    """Return the respondents of ended trials who are not erased yet."""
    of_trial = (
        sa.select(Respondent.id)
        .join(Round, Round.id == Respondent.round_id)
        .where(HAS_ENDED, Respondent.erased_at.is_(None))
    )
    return session.scalars(of_trial.order_by(Respondent.id)).all()


def _forget_counts(session: Session) -> None:
    ended = sa.select(Round.id).where(HAS_ENDED)
    session.execute(sa.delete(CompletionCount).where(CompletionCount.round_id.in_(ended)))


def _blank_mails(session: Session) -> None:
    """Cancel and blank the mails about ended trials; copies of them go with other copies."""
    for trial in session.scalars(sa.select(Round).where(HAS_ENDED)).all():
        until = trial.trial_ended_at or trial.closes_at
        during = OutboxMessage.created_at.between(trial.opens_at, until)
        retention.cancel_and_blank(session, retention.messages_with(session, during, [MARK]))
