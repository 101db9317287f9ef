"""Reminders of unsent drafts: one mail to each respondent before the round closes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from consultation.clock import now
from consultation.i18n import Localized, prefix_for
from consultation.jobs.worker import Task
from consultation.mail import circulars
from consultation.mail.circulars import Mail
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.outbox import Caps
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import Contact, Draft, Respondent
from consultation.responses.rights import erasure
from consultation.responses.space import links
from consultation.text import clean_line

TASK = "draft reminders"
EVERY_SECONDS = 300
BEFORE_CLOSING = timedelta(days=3)
MOST_AT_ONCE = 200
"""Reminders enqueued in one run at most; the next run takes the rest."""


@dataclass(frozen=True)
class DraftReminder:
    """Parameters of the mail; none was typed by a visitor.

    `titles` are those of the forms begun, by language; `closes_at` is ISO in UTC, `link` the
    personal link in full.
    """

    titles: list[dict[str, str]]
    closes_at: str
    link: str
    is_trial: bool = False

    @property
    def closing(self) -> datetime:
        """Moment when the round closes."""
        return datetime.fromisoformat(self.closes_at)


KIND = MessageKind(
    "draft_reminder",
    "draft_reminder",
    DraftReminder,
    "Rappel d'un brouillon",
    reach=Reach.ANSWER,
    is_forgotten=True,
)


def task(settings: Mapping[str, Any]) -> Task:
    """Return the worker's task."""
    return Task(TASK, EVERY_SECONDS, partial(enqueue_due, settings=settings))


def enqueue_due(session: Session, settings: Mapping[str, Any]) -> int:
    """Enqueue the reminders that are due; return how many will leave."""
    mail_of = partial(_mail, session, settings)
    due = _due(now()).limit(MOST_AT_ONCE)
    return circulars.enqueue_each(session, KIND, due, mail_of, Caps.of(settings))


def _due(at: datetime) -> sa.Select[int, int]:
    """Return the statement for respondents to remind, with their round.

    Those who were reminded or did not agree to it are left out; a suppressed reminder counts.
    """
    force = aliased(Questionnaire)
    return (
        sa.select(Respondent.id, Round.id)
        .join(Draft, Draft.respondent_id == Respondent.id)
        .join(Questionnaire, Questionnaire.id == Draft.questionnaire_id)
        .join(force, _has_form(force))
        .join(Round, Round.id == Questionnaire.round_id)
        .join(Contact, Contact.respondent_id == Respondent.id)
        .where(
            Round.announced_at.is_not(None),
            Round.opens_at <= at,
            Round.closes_at > at,
            Round.closes_at <= at + BEFORE_CLOSING,
            Respondent.consent_contact.is_(True),
            Respondent.erased_at.is_(None),
            Contact.address.is_not(None),
            ~circulars.is_written(KIND, Respondent.id, Round.id),
        )
        .distinct()
        .order_by(Respondent.id, Round.id)
    )


def _has_form(force: type[Questionnaire]) -> sa.ColumnElement[bool]:
    """Return the condition for the form in force on the measure of a draft, if it has one."""
    return sa.and_(
        force.round_id == Questionnaire.round_id,
        force.measure_id.is_not_distinct_from(Questionnaire.measure_id),
        force.published_at.is_not(None),
        force.closed_at.is_(None),
    )


def _mail(
    session: Session, settings: Mapping[str, Any], respondent_id: int, round_id: int, at: datetime
) -> Mail | None:
    """Return the reminder of a respondent, locked, if it still is due."""
    respondent = erasure.lock(session, respondent_id)
    still = _due(at).where(Respondent.id == respondent_id, Round.id == round_id)
    contact = session.get(Contact, respondent_id, populate_existing=True)
    if session.execute(still).first() is None or contact is None or contact.address is None:
        return None
    link = links.of_respondent(session, respondent_id, links.MAIL)
    if link is None:
        link = links.create(session, respondent_id, at, links.MAIL)
    of_draft = session.get_one(Round, round_id, populate_existing=True)
    return Mail(
        dedup_key=circulars.key_of(KIND, respondent_id, round_id),
        recipient=contact.address,
        locale=respondent.locale,
        parameters=DraftReminder(
            titles=_titles_begun(session, respondent_id, round_id),
            closes_at=of_draft.closes_at.isoformat(),
            link=links.address(settings["BASE_URL"], prefix_for(respondent.locale), link),
            is_trial=of_draft.is_trial,
        ),
    )


def _titles_begun(session: Session, respondent_id: int, round_id: int) -> list[dict[str, str]]:
    """Return the current titles of the forms with a draft, the last saved first."""
    force = aliased(Questionnaire)
    titles = session.scalars(
        sa.select(force.title)
        .select_from(Draft)
        .join(Questionnaire, Questionnaire.id == Draft.questionnaire_id)
        .join(force, _has_form(force))
        .where(Draft.respondent_id == respondent_id, Questionnaire.round_id == round_id)
        .order_by(Draft.saved_at.desc(), Draft.id)
    )
    return [_clean(title) for title in titles]


def _clean(title: Localized) -> dict[str, str]:
    return {locale: clean_line(text) for locale, text in title.items()}
