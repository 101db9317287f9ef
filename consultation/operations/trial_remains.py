"""Remains of trials: editions and reports that versions of before let a trial publish.

The database lets only these be removed of what is published.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, defer

from consultation.accounts.audit import audit_log
from consultation.decisions.announcements.models import Announcement, AnnouncementRecipient
from consultation.decisions.editions import EDITIONS
from consultation.decisions.models import PlanEdition
from consultation.editions.publication import E
from consultation.invitations.models import Mailing, MailingGroup
from consultation.jobs import erase_copies
from consultation.plan import apply
from consultation.questionnaires.models import Round
from consultation.reports.editions import REPORTS
from consultation.reports.models import ReportEdition
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@dataclass(frozen=True)
class Remains:
    """The editions of the plan and of the report that trials left, in their order."""

    editions: Sequence[PlanEdition]
    reports: Sequence[ReportEdition]

    def __bool__(self) -> bool:
        return bool(self.editions or self.reports)

    @property
    def names(self) -> str:
        """What they are, in French."""
        named = [
            *(f"l'édition {it.number}" for it in self.editions),
            *(f"le bilan n° {it.number}" for it in self.reports),
        ]
        return ", ".join(named)


def load(session: Session) -> Remains:
    return Remains(
        session.scalars(_of_trials(PlanEdition)).all(),
        session.scalars(_of_trials(ReportEdition)).all(),
    )


@needs(Permission.CONFIGURE)
def remove(work: Work) -> Remains:
    """Remove what trials left, with messages about it; an edition in preparation is numbered anew.

    Decisions wait for another edition, and the plan keeps its wording.  Raise `NotAllowed`.
    """
    apply.lock_plan(work.session)
    remains = load(work.session)
    if not remains:
        return remains
    _remove_announcements(work.session, [it.id for it in remains.editions])
    for published in (*remains.editions, *remains.reports):
        work.session.delete(published)
    work.session.flush()
    EDITIONS.number_anew(work.session)
    REPORTS.number_anew(work.session)
    details = {
        "editions": [it.number for it in remains.editions],
        "reports": [it.number for it in remains.reports],
    }
    audit_log.log(work, "trial_remains_removed", details=details)
    erase_copies.order(work.session, work.at)
    return remains


def _of_trials(model: type[E]) -> sa.Select[E]:
    during = sa.exists().where(
        Round.is_trial,
        model.published_at >= Round.opens_at,
        model.published_at <= Round.trial_ended_at,
    )
    return sa.select(model).where(during).order_by(model.number).options(defer(model.content))


def _remove_announcements(session: Session, edition_ids: Sequence[int]) -> None:
    of_editions = sa.select(Announcement.mailing_id).where(Announcement.edition_id.in_(edition_ids))
    ids = session.scalars(of_editions).all()
    for column in (
        AnnouncementRecipient.mailing_id,
        Announcement.mailing_id,
        MailingGroup.mailing_id,
        Mailing.id,
    ):
        session.execute(sa.delete(column.class_).where(column.in_(ids)))
