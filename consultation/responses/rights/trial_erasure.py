"""Erasure job of an ended trial: everything that was sent in it, person by person."""

from collections.abc import Sequence
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
from consultation.questionnaires.models import Round
from consultation.responses.models import CompletionCount, Respondent
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import AlreadyErased, Wish

KIND = "trial_erasure"
REPORT_EVERY = 20
"""After how many respondents the job says how far it is."""

_HAS_ENDED = sa.and_(Round.is_trial, Round.announced_at.is_(None))


def order(session: Session, at: datetime) -> None:
    """Enqueue the job in the transaction that ends the trial."""
    queue.enqueue(session, KIND, {}, at=at)


def run_in(home: Path) -> Run:
    """Return what runs the job with the erasure log of `home`; it may be interrupted anywhere."""

    def run(session: Session, _job: Job, report: Report) -> dict[str, Any]:
        ids = _left(session)
        for number, respondent_id in enumerate(ids):
            if number % REPORT_EVERY == 0:
                report(f"Personne {number + 1} sur {len(ids)}")
            with writing(session), suppress(AlreadyErased):
                erasure.erase(session, respondent_id, Wish(texts=True), now(), home=home)
        with writing(session):
            _forget_counts(session)
            erase_copies.order(session, now())
        return {"erased": len(ids)}

    return run


def _left(session: Session) -> Sequence[int]:
    """Return the respondents of ended trials who are not erased yet."""
    of_trial = (
        sa.select(Respondent.id)
        .join(Round, Round.id == Respondent.round_id)
        .where(_HAS_ENDED, Respondent.erased_at.is_(None))
    )
    return session.scalars(of_trial.order_by(Respondent.id)).all()


def _forget_counts(session: Session) -> None:
    ended = sa.select(Round.id).where(_HAS_ENDED)
    session.execute(sa.delete(CompletionCount).where(CompletionCount.round_id.in_(ended)))
