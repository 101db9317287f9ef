"""Recovery of a lost personal link, by mail.

A new link goes to the respondents of the address that was typed.  The worker looks them
up: the page does the same work for every address, so that its time to answer does not tell who
took part.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa
from babel.dates import format_date
from sqlalchemy.orm import Session

from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.i18n import language_of, localized, prefix_for
from consultation.jobs import queue
from consultation.jobs.models import Job
from consultation.jobs.progress import Report
from consultation.jobs.queue import Run
from consultation.mail import mailbox_identity, outbox, retention
from consultation.mail.addresses import Address, indexes_of, mailbox_index_of
from consultation.mail.kinds import MessageKind, Reach
from consultation.mail.mailbox_identity import Box
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.mail.outbox import Caps
from consultation.questionnaires.models import Questionnaire, Round
from consultation.questionnaires.rounds import queries
from consultation.responses.models import Contact, PersonalLink, Respondent, Response
from consultation.responses.revisions import FIRST_CODE
from consultation.responses.space import links
from consultation.text import clean_line

JOB = "recovery"
SPACES_BY_MAIL = 30
"""Spaces that one mail opens at most; with more the mail would be too large."""


@dataclass(frozen=True)
class RecoveredLinks:
    """Parameters of the mail: for each space its new `link` and what was sent from it.

    That is the receipt `codes`, and for each of them its `titles`, with the day.  `asked_at` is ISO
    in UTC.  None was typed by a visitor.
    """

    asked_at: str
    spaces: list[dict[str, str | list[str]]]

    @property
    def moment(self) -> datetime:
        """Moment of the request."""
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
    """Enqueue a request for a link; of the address, only keyed hashes are kept until it is done."""
    queue.enqueue(session, JOB, {**indexes_of(address), "locale": locale}, at=at)


def run_in(settings: Mapping[str, Any]) -> Run:
    """Return the function that the worker runs for a request."""
    return partial(_run, settings)


def _run(
    settings: Mapping[str, Any], session: Session, job: Job, _report: Report
) -> dict[str, Any]:
    """Enqueue the mails and erase the address in one transaction: a repeat finds nothing to do."""
    with writing(session):
        request = session.get_one(Job, job.id, with_for_update=True, populate_existing=True)
        parameters, request.parameters = request.parameters, {}
        if parameters:
            # A request of an earlier version has no mailbox index: it names all lookalikes.
            box = Box(parameters["address_index"], parameters.get("mailbox_index"))
            enqueue_links(session, settings, request, box, parameters["locale"])
    return {}


def forget(_session: Session, job: Job) -> None:
    """Erase the address in the transaction that ends the job, however it ends."""
    job.parameters = {}


def enqueue_links(
    session: Session, settings: Mapping[str, Any], request: Job, box: Box, locale: str
) -> int:
    """Enqueue the mails of a request within the daily cap; return how many.

    A mail holds the spaces of one exact mailbox, and goes to the address that they gave.
    """
    at = now()
    known = respondents_of(session, box, at)
    outbox.lock(session, box.folded)
    left = max(0, settings["MAIL_DAILY_CAP"] - _mails_today(session, box.folded, at))
    mailboxes = _by_mailbox(session, known, settings)
    parts = [part for respondents in mailboxes for part in _parts(respondents)]
    parts = parts[:left]
    for number, part in enumerate(parts, start=1):
        outbox.enqueue(
            session,
            KIND.name,
            dedup_key=f"{KIND.name}:{request.public_id}:{number}",
            recipient=part[0].address,
            locale=locale,
            parameters=RecoveredLinks(
                request.created_at.isoformat(), _spaces(session, settings, part, locale, at)
            ),
            at=at,
        )
    return len(parts)


def _by_mailbox(
    session: Session, known: Sequence[Known], settings: Mapping[str, Any]
) -> Iterator[Sequence[Known]]:
    """Yield the respondents of each mailbox that may be written to."""
    by_mailbox: dict[str, list[Known]] = {}
    for each in known:
        by_mailbox.setdefault(mailbox_index_of(each.address), []).append(each)
    for respondents in by_mailbox.values():
        if not _must_not_leave(session, respondents[0].address, settings):
            yield respondents


def _parts(known: Sequence[Known]) -> list[Sequence[Known]]:
    return [known[i : i + SPACES_BY_MAIL] for i in range(0, len(known), SPACES_BY_MAIL)]


def respondents_of(session: Session, box: Box, at: datetime) -> list[Known]:
    """Return the respondents of the current round who gave the address of a box, the latest first.

    Until the next round opens, the last one counts as well.  They are locked: an erasure waits
    until their mail is enqueued, and then cancels it.
    """
    met = queries.current(session, at)
    last = session.scalars(
        sa.select(Round.id)
        .where(Round.announced_at.is_not(None), Round.opens_at <= at)
        .order_by(Round.opens_at.desc())
        .limit(1)
    ).all()
    rows = session.execute(
        sa.select(Respondent.id, Contact.mailbox_index, mailbox_identity.sealed(Contact.address))
        .join(Contact)
        .where(
            box.may_be(Contact.address_index, Contact.mailbox_index),
            Respondent.erased_at.is_(None),
            Respondent.round_id.in_([*last, *([met.id] if met else [])]),
        )
        .order_by(Respondent.created_at.desc(), Respondent.id.desc())
        .with_for_update(of=Respondent)
    )
    rows_of_box = [(id_, sealed) for id_, mailbox, sealed in rows if box.is_named(mailbox, sealed)]
    opened = [(id_, mailbox_identity.opened(sealed)) for id_, sealed in rows_of_box]
    return [Known(respondent_id, address) for respondent_id, address in opened if address]


def part(session: Session, message_id: int, box: Box) -> None:
    """Remove the spaces of other boxes from a mail enqueued when lookalikes shared an index.

    A mail without any space left is cancelled.
    """
    which = OutboxMessage.id == message_id
    sealed = session.scalar(
        sa.select(mailbox_identity.sealed(OutboxMessage.parameters)).where(which)
    )
    text = mailbox_identity.opened(sealed)
    if text is None:
        return
    parameters = json.loads(text)
    spaces = [space for space in parameters["spaces"] if _is_of(session, space["link"], box)]
    parameters = json.dumps({**parameters, "spaces": spaces}, ensure_ascii=False)
    session.execute(
        sa.update(OutboxMessage).where(which).values(parameters=parameters),
        execution_options={"synchronize_session": False},
    )
    if not spaces:
        retention.cancel_and_blank(session, [message_id])


def _is_of(session: Session, link: str, box: Box) -> bool:
    """Return whether a link opens the space of a respondent who gave the address of that box."""
    identifier = link.rpartition("/")[2].partition(links.SEPARATOR)[0]
    given = session.execute(
        sa.select(
            Contact.address_index, Contact.mailbox_index, mailbox_identity.sealed(Contact.address)
        )
        .join(PersonalLink, PersonalLink.respondent_id == Contact.respondent_id)
        .where(PersonalLink.id == identifier)
    ).one_or_none()
    return given is not None and Box.of_row(*given) == box


def _must_not_leave(session: Session, address: str, settings: Mapping[str, Any]) -> bool:
    """Return whether the address takes no mail: it is suppressed, or a box of ours."""
    is_own = Address.of(address).is_one_of(Caps.of(settings).own)
    return is_own or outbox.refusal(session, KIND.reach, address) is not None


def _mails_today(session: Session, address_index: str, at: datetime) -> int:
    """Count the mails of this kind to a box in the last 24 hours, queued ones included."""
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
    """Return a new link for each respondent; their old one works until the new one is opened."""
    codes: dict[int, list[str]] = {known.respondent_id: [] for known in part}
    titles: dict[int, list[str]] = {known.respondent_id: [] for known in part}
    rows = session.execute(
        sa.select(Response.respondent_id, FIRST_CODE, Questionnaire.title, Response.submitted_at)
        .join(Questionnaire)
        .where(
            Response.respondent_id.in_(codes),
            Response.superseded_at.is_(None),
            Response.withdrawn_at.is_(None),
        )
        .order_by(Response.submitted_at.desc(), Response.id.desc())
    )
    for respondent_id, code, title, sent_at in rows:
        codes[respondent_id].append(code)
        day = format_date(in_paris(sent_at), "long", locale=language_of(locale).locale)
        titles[respondent_id].append(f"{clean_line(localized(title, locale))} ({day})")
    base_url, prefix = settings["BASE_URL"], prefix_for(locale)
    return [
        {
            "link": links.address(
                base_url, prefix, links.create(session, respondent_id, at, links.RECOVERED)
            ),
            "codes": sent,
            "titles": titles[respondent_id],
        }
        for respondent_id, sent in codes.items()
    ]
