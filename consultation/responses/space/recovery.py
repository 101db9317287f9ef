"""A lost link: a new one goes by mail to whoever is known by the address that was typed.

Looking for the address is left to the worker: the page does the same work for every address, and
how long it takes tells nobody whether somebody took part.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.db.base import writing
from consultation.i18n import prefix_for
from consultation.jobs import queue
from consultation.jobs.models import Job
from consultation.jobs.progress import Report
from consultation.jobs.queue import Run
from consultation.mail import boxes, outbox, retention
from consultation.mail.addresses import index_of, indexes_of, mailbox_index_of, untagged
from consultation.mail.boxes import Box
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.mail.outbox import Caps
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.responses.models import Contact, PersonalLink, Respondent, Response
from consultation.responses.space import links

JOB = "recovery"
SPACES_BY_MAIL = 30
"""How many spaces one mail opens at most; with more it would weigh too much."""


@dataclass(frozen=True)
class RecoveredLinks:
    """What the mail says: for each space its new `link` and the receipt `codes` sent from it.

    `asked_at` is ISO in UTC.  Nothing of it was typed by anybody.
    """

    asked_at: str
    spaces: list[dict[str, str | list[str]]]

    @property
    def moment(self) -> datetime:
        """When the link was asked for."""
        return datetime.fromisoformat(self.asked_at)


KIND = MessageKind(
    "recovered_link",
    "recovered_link",
    RecoveredLinks,
    "Lien personnel retrouvé",
    reach=Reach.ANSWER,
    is_forgotten=True,
)


@dataclass(frozen=True)
class Known:
    """A respondent who gave the address, as they spelled it."""

    respondent_id: int
    address: str


def ask(session: Session, address: str, locale: str, at: datetime) -> None:
    """Note that a link was asked for; what is kept of the address are keyed hashes, until then."""
    queue.enqueue(session, JOB, {**indexes_of(address), "locale": locale}, at=at)


def run_in(settings: Mapping[str, Any]) -> Run:
    """Return what the worker does for a link that was asked for."""
    return partial(_run, settings)


def _run(settings: Mapping[str, Any], session: Session, job: Job, _tell: Report) -> dict[str, Any]:
    """Owe the mails and forget the address in one transaction: a repeat finds nothing to do."""
    with writing(session):
        asked = session.get_one(Job, job.id, with_for_update=True, populate_existing=True)
        parameters, asked.parameters = asked.parameters, {}
        if parameters:
            # One of before boxes that look alike were told apart names them all: see `owe`.
            box = Box(parameters["address_index"], parameters.get("mailbox_index"))
            owe(session, settings, asked, box, parameters["locale"])
    return {}


def forget(_session: Session, job: Job) -> None:
    """Forget the address in the transaction that ends the job, however it ends."""
    job.parameters = {}


def owe(session: Session, settings: Mapping[str, Any], asked: Job, box: Box, locale: str) -> int:
    """Owe what was asked for, as far as the caps let it leave; return how many mails.

    A mail holds the spaces of one exact mailbox, and goes to the address that they gave.
    """
    at = now()
    known = respondents_of(session, box, at)
    outbox.lock(session, box.folded)
    left = max(0, settings["MAIL_DAILY_CAP"] - _mails_today(session, box.folded, at))
    parts = [part for theirs in _by_mailbox(session, known, settings) for part in _parts(theirs)]
    parts = parts[:left]
    for number, part in enumerate(parts, start=1):
        outbox.enqueue(
            session,
            KIND.name,
            dedup_key=f"{KIND.name}:{asked.public_id}:{number}",
            recipient=part[0].address,
            locale=locale,
            parameters=RecoveredLinks(
                asked.created_at.isoformat(), _spaces(session, settings, part, locale, at)
            ),
            at=at,
        )
    return len(parts)


def _by_mailbox(
    session: Session, known: Sequence[Known], settings: Mapping[str, Any]
) -> Iterator[Sequence[Known]]:
    """Give the respondents of each mailbox that may be written to."""
    by_mailbox: dict[str, list[Known]] = {}
    for each in known:
        by_mailbox.setdefault(mailbox_index_of(each.address), []).append(each)
    for theirs in by_mailbox.values():
        if not _must_not_leave(session, theirs[0].address, settings):
            yield theirs


def _parts(known: Sequence[Known]) -> list[Sequence[Known]]:
    return [known[i : i + SPACES_BY_MAIL] for i in range(0, len(known), SPACES_BY_MAIL)]


def respondents_of(session: Session, box: Box, at: datetime) -> list[Known]:
    """Return who gave the address of a box in the round that a visitor meets, the latest first.

    Until the next round opens, the last one counts as well.  They are held: nobody is erased
    before their mail is owed, which an erasure then calls back.
    """
    met = queries.current(session, at)
    last = session.scalars(
        sa.select(Round.id)
        .where(Round.announced_at.is_not(None), Round.opens_at <= at)
        .order_by(Round.opens_at.desc())
        .limit(1)
    ).all()
    rows = session.execute(
        sa.select(Respondent.id, Contact.mailbox_index, boxes.sealed(Contact.address))
        .join(Contact)
        .where(
            box.may_be(Contact.address_index, Contact.mailbox_index),
            Respondent.erased_at.is_(None),
            Respondent.round_id.in_([*last, *([met.id] if met else [])]),
        )
        .order_by(Respondent.created_at.desc(), Respondent.id.desc())
        .with_for_update(of=Respondent)
    )
    theirs = [(id_, sealed) for id_, mailbox, sealed in rows if box.is_named(mailbox, sealed)]
    opened = [(id_, boxes.opened(sealed)) for id_, sealed in theirs]
    return [Known(respondent_id, address) for respondent_id, address in opened if address]


def part(session: Session, message_id: int, box: Box) -> None:
    """Take the spaces of others out of a mail that was owed when boxes that look alike were one.

    Where none is left, nothing leaves.
    """
    which = OutboxMessage.id == message_id
    sealed = session.scalar(sa.select(boxes.sealed(OutboxMessage.parameters)).where(which))
    text = boxes.opened(sealed)
    if text is None:
        return
    told = json.loads(text)
    theirs = [space for space in told["spaces"] if _is_of(session, space["link"], box)]
    told = json.dumps({**told, "spaces": theirs}, ensure_ascii=False)
    session.execute(
        sa.update(OutboxMessage).where(which).values(parameters=told),
        execution_options={"synchronize_session": False},
    )
    if not theirs:
        retention.cancel_and_blank(session, [message_id])


def _is_of(session: Session, link: str, box: Box) -> bool:
    """Say whether a link opens the space of somebody who gave the address of that box."""
    identifier = link.rpartition("/")[2].partition(links.SEPARATOR)[0]
    given = session.execute(
        sa.select(Contact.address_index, Contact.mailbox_index, boxes.sealed(Contact.address))
        .join(PersonalLink, PersonalLink.respondent_id == Contact.respondent_id)
        .where(PersonalLink.id == identifier)
    ).one_or_none()
    return given is not None and Box.of_row(*given) == box


def _must_not_leave(session: Session, address: str, settings: Mapping[str, Any]) -> bool:
    """Say whether nobody is to be written to there: they want none, or it is a box of ours."""
    is_own = index_of(untagged(address)) in Caps.of(settings).own
    return is_own or outbox.refusal(session, KIND.reach, address) is not None


def _mails_today(session: Session, address_index: str, at: datetime) -> int:
    """Count the mails of this kind that left for a box in the last 24 hours, or that still may."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(OutboxMessage)
            .where(
                OutboxMessage.recipient_index == address_index,
                OutboxMessage.kind == KIND.name,
                OutboxMessage.status != MessageStatus.SUPPRESSED,
                OutboxMessage.created_at > at - outbox.WINDOW,
            )
        )
        or 0
    )


def _spaces(
    session: Session,
    settings: Mapping[str, Any],
    part: Sequence[Known],
    locale: str,
    at: datetime,
) -> list[dict[str, str | list[str]]]:
    """Make a new link for each respondent; the one they have is good until it is opened."""
    codes: dict[int, list[str]] = {known.respondent_id: [] for known in part}
    rows = session.execute(
        sa.select(Response.respondent_id, Response.receipt_code)
        .where(
            Response.respondent_id.in_(codes),
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
        )
        .order_by(Response.submitted_at.desc(), Response.id.desc())
    )
    for respondent_id, code in rows:
        codes[respondent_id].append(code)
    base_url, prefix = settings["BASE_URL"], prefix_for(locale)
    return [
        {
            "link": links.address(
                base_url, prefix, links.create(session, respondent_id, at, links.RECOVERED)
            ),
            "codes": sent,
        }
        for respondent_id, sent in codes.items()
    ]
