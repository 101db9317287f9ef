"""Respondents as the audience of a mailing: who spoke on what an edition decides, by mailbox.

A mailbox gets one mail about an edition, however many respondents share it and whichever mailing
it comes from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.decisions.announcements import message
from consultation.decisions.announcements.models import Announcement, AnnouncementRecipient
from consultation.decisions.models import PlanEdition
from consultation.decisions.respondent_outcomes import concerned
from consultation.i18n import prefix_for
from consultation.invitations.mailings.audiences import Audience, StepRefused
from consultation.invitations.mailings.recipients import is_suppressed
from consultation.invitations.models import Mailing, MailingState, Skipped
from consultation.mail import mailbox_identity, suppression
from consultation.mail.circulars import Mail
from consultation.mail.kinds import Reach
from consultation.mail.mailbox_identity import Box
from consultation.moderation.visibility import IS_SET_ASIDE
from consultation.plan.models import Measure
from consultation.questionnaires.models import Questionnaire, Round
from consultation.responses.models import Channel, Contact, Respondent, Response, Standing
from consultation.responses.rights import erasure
from consultation.responses.space import links

MAY_BE_TOLD = sa.and_(
    Respondent.erased_at.is_(None),
    Contact.address.is_not(None),
    sa.or_(
        Respondent.consent_contact.is_(True),
        # Who wrote us a mail, and confirmed it, awaits an answer at that address.
        sa.and_(Respondent.channel == Channel.MAIL, Respondent.standing == Standing.CONFIRMED),
    ),
)
"""The respondents and contacts to whom the collective may write what became of what they said."""


@dataclass(frozen=True)
class Reached:
    """How many respondents spoke on what an edition decides, and how many of them get no mail."""

    spoke: int
    without_mail: int


def reached_by(session: Session, edition_id: int) -> Reached:
    """Count who spoke on what an edition decides, and who finds it in the space only."""
    spoke = sa.select(sa.func.count()).select_from(_who_spoke(edition_id).subquery())
    reached = sa.select(sa.func.count()).select_from(_candidates(edition_id).subquery())
    count = session.scalar(spoke) or 0
    return Reached(count, count - (session.scalar(reached) or 0))


def measures_of(
    session: Session, edition_id: int, respondent_ids: Sequence[int]
) -> Sequence[Measure]:
    """Return the measures on which respondents spoke and an edition decides, in their order."""
    measure_ids = concerned(sa.select(Questionnaire.measure_id)).where(
        PlanEdition.id == edition_id, Response.respondent_id.in_(respondent_ids)
    )
    ordered = sa.select(Measure).order_by(Measure.position, Measure.id)
    return session.scalars(ordered.where(Measure.id.in_(measure_ids))).all()


def example(session: Session, edition_id: int, number: int) -> tuple[int | None, int]:
    """Return recipient `number` (from 1) of those who may be told, and how many there are."""
    candidates = _candidates(edition_id).order_by(Respondent.id)
    count = session.scalar(sa.select(sa.func.count()).select_from(candidates.subquery())) or 0
    return session.scalar(candidates.limit(1).offset(number - 1)), count


class Respondents(Audience):
    """The audience of mailings about an edition."""

    kind = message.KIND
    table = source = AnnouncementRecipient
    recipient_id = name = AnnouncementRecipient.__table__.c.respondent_id

    def check(self, session: Session, mailing: Mailing, at: datetime) -> None:
        """Raise `StepRefused` while a round is open in which a recipient answered."""
        about = session.get_one(Announcement, mailing.id, populate_existing=True)
        if about.may_precede_closing:
            return
        ids: sa.Select[Any] = _candidates(about.edition_id)
        if mailing.state is not MailingState.DRAFT:
            ids = self.waiting(mailing)
        open_round = session.scalars(
            sa.select(Round)
            .join(Respondent, Respondent.round_id == Round.id)
            .where(Round.closes_at > at, Respondent.id.in_(ids))
            .limit(1)
        ).first()
        if open_round is not None:
            raise StepRefused(
                f"« {open_round.title['fr']} » n'est pas fermé : ses réponses peuvent encore"
                " changer. Attendez la fermeture, ou cochez dans le message « Écrire avant la"
                " fermeture »."
            )

    def freeze(self, session: Session, mailing: Mailing) -> int:
        """Store the respondents who may be told, each with the mailbox that they share."""
        about = session.get_one(Announcement, mailing.id)
        rows = session.execute(
            sa.select(
                Contact.respondent_id,
                Contact.address_index,
                Contact.mailbox_index,
                mailbox_identity.sealed(Contact.address),
            ).where(Contact.respondent_id.in_(_candidates(about.edition_id)))
        ).all()
        session.add_all(
            AnnouncementRecipient(
                mailing_id=mailing.id,
                respondent_id=respondent_id,
                mailbox_index=Box.of_row(*box).mailbox,
            )
            for respondent_id, *box in rows
        )
        session.flush()
        return len(rows)

    def no_recipients(self, _mailing: Mailing) -> str:
        """Return why there is nobody to write to."""
        return (
            "Personne à qui écrire : parmi les personnes qui se sont exprimées sur ce que cette"
            " édition décide, aucune n'a donné d'adresse en acceptant qu'on lui écrive."
        )

    def counts(self, session: Session, mailing: Mailing) -> tuple[int, int]:
        """Count the respondents who may be told, and the mailboxes that would get a mail now."""
        edition_id = session.get_one(Announcement, mailing.id).edition_id
        candidates = _candidates(edition_id).subquery()
        box = sa.func.coalesce(Contact.mailbox_index, Contact.address_index)
        counted = (
            sa.select(sa.func.count(sa.distinct(box)))
            .join(candidates, candidates.c.id == Contact.respondent_id)
            .where(~is_suppressed(Contact), ~_is_told(edition_id, Contact.mailbox_index))
        )
        count = session.scalar(sa.select(sa.func.count()).select_from(candidates)) or 0
        return count, session.scalar(counted) or 0

    def mail_of_next(
        self, session: Session, mailing: Mailing, base_url: str, at: datetime
    ) -> Mail | None:
        """Return the mail to the mailbox of the next respondent, or skip them."""
        about = session.get_one(Announcement, mailing.id)
        # Two mailings about an edition write to a mailbox one after the other.
        edition = session.get_one(
            PlanEdition, about.edition_id, with_for_update={"of": PlanEdition}
        )
        first, *others = self._waiting_together(session, mailing)
        recipients = [_Recipient.locked(session, edition.id, it) for it in sorted([first, *others])]
        lead = next(it for it in recipients if it.id == first)
        if lead.reason is not None:
            self._mark(session, mailing, lead, skipped=lead.reason)
            return None
        together = [it for it in recipients if it.reason is None and it.box == lead.box]
        for it in together:
            values = {"queued_at": at} if it is lead else {"skipped": Skipped.SAME_MAILBOX}
            self._mark(session, mailing, it, **values)
        return self._mail(session, mailing, edition, together, base_url, at)

    def reached(self, _session: Session, _mailing: Mailing) -> None:
        """Return None: nothing is asked of them, and whether they read is their affair."""
        return

    def _waiting_together(self, session: Session, mailing: Mailing) -> Sequence[int]:
        """Return the last respondent who waits, then the others who wait with the same mailbox."""
        waiting = self.waiting(mailing).add_columns(AnnouncementRecipient.mailbox_index)
        latest = waiting.order_by(AnnouncementRecipient.respondent_id.desc()).limit(1)
        first, mailbox = session.execute(latest).one()
        same = waiting.where(
            AnnouncementRecipient.mailbox_index == mailbox,
            AnnouncementRecipient.respondent_id != first,
        )
        return [first, *(row.respondent_id for row in session.execute(same))]

    def _mark(
        self, session: Session, mailing: Mailing, recipient: "_Recipient", **values: Any
    ) -> None:
        mailbox = recipient.box.mailbox if recipient.box else None
        self.mark(session, mailing, recipient.id, mailbox_index=mailbox, **values)

    def _mail(
        self,
        session: Session,
        mailing: Mailing,
        edition: PlanEdition,
        together: Sequence["_Recipient"],
        base_url: str,
        at: datetime,
    ) -> Mail:
        """Return the one mail to the mailbox of these respondents, in the language of the last."""
        lead = together[-1]
        ids = [it.id for it in together]
        locale = message.locale_for(mailing, lead.locale)
        rounds = sa.select(Round.is_trial).join(Respondent, Respondent.round_id == Round.id)
        letter = message.letter_for(
            mailing,
            edition,
            locale=locale,
            measures=measures_of(session, edition.id, ids),
            spaces=[_space(session, it, base_url, locale, at) for it in ids],
            base_url=base_url,
            is_trial=any(session.scalars(rounds.where(Respondent.id.in_(ids)))),
        )
        return self.mail(mailing, lead.id, lead.address, locale, letter)


@dataclass(frozen=True)
class _Recipient:
    """A recipient as they are stored now, locked, and why they are to be skipped."""

    id: int
    address: str
    box: Box | None
    locale: str
    reason: Skipped | None

    @classmethod
    def locked(cls, session: Session, edition_id: int, respondent_id: int) -> "_Recipient":
        respondent = erasure.lock(session, respondent_id)
        contact = session.get(Contact, respondent_id, populate_existing=True)
        address = (contact.address if contact else None) or ""
        box = Box.of(address) if address else None
        reason = _reason_to_skip(session, edition_id, respondent, box)
        return cls(respondent_id, address, box, respondent.locale, reason)


def _reason_to_skip(
    session: Session, edition_id: int, respondent: Respondent, box: Box | None
) -> Skipped | None:
    may_be_told = sa.select(Contact.respondent_id).join(Contact.respondent)
    mine = Respondent.id == respondent.id
    if box is None or session.scalar(may_be_told.where(MAY_BE_TOLD, mine)) is None:
        return Skipped.REFUSES
    if (
        session.scalar(_who_spoke(edition_id).where(Response.respondent_id == respondent.id))
        is None
    ):
        return Skipped.WITHDRAWN
    if suppression.find_reason(session, box, Reach.BULK) is not None:
        return Skipped.SUPPRESSED
    if session.scalar(sa.select(_is_told(edition_id, box.mailbox))):
        return Skipped.NOTIFIED
    return None


def _who_spoke(edition_id: int) -> sa.Select[Any]:
    """Select the respondents with an answer on which a decision of the edition bears."""
    spoke = concerned(sa.select(Response.respondent_id))
    return spoke.where(PlanEdition.id == edition_id, ~IS_SET_ASIDE).distinct()


def _candidates(edition_id: int) -> sa.Select[Any]:
    """Select the respondents who spoke and may be told."""
    return (
        sa.select(Respondent.id)
        .join(Contact, Contact.respondent_id == Respondent.id)
        .where(MAY_BE_TOLD, Respondent.id.in_(_who_spoke(edition_id)))
    )


def _is_told(edition_id: int, mailbox: Any) -> sa.ColumnElement[bool]:
    """Return the condition that a mailing about the edition has written to a mailbox."""
    return sa.exists().where(
        AnnouncementRecipient.mailing_id == Announcement.mailing_id,
        Announcement.edition_id == edition_id,
        AnnouncementRecipient.queued_at.is_not(None),
        AnnouncementRecipient.mailbox_index == mailbox,
    )


def _space(session: Session, respondent_id: int, base_url: str, locale: str, at: datetime) -> str:
    link = links.of_respondent(session, respondent_id, links.MAIL)
    if link is None:
        link = links.create(session, respondent_id, at, links.MAIL)
    return links.address(base_url, prefix_for(locale), link)
