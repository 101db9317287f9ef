"""The texts that propose something else: wordings of an indicator, indicators that are missing.

Only the latest of each are read, so that a page costs the same however many there are.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

from consultation.moderation import fetching
from consultation.moderation.showing import Audience, Seen, visible
from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.forgetting import ERASED_TEXT
from consultation.responses.models import Answer, Response
from consultation.results.cells import ANSWERED
from consultation.results.models import Tally, TallySide
from consultation.results.tallies import counts_in
from consultation.web.permissions import Actor, NotAllowed, Permission

WORDING, MISSING = "proposed_wording", "missing_indicator"
"""Codes of the questions of the default questionnaire that propose something."""
LATEST = 30
"""How many texts are read of each."""


@dataclass(frozen=True)
class Proposal:
    """A text, and how many have written just this."""

    text: str
    count: int


@dataclass(frozen=True)
class Proposals:
    """What may be read of the latest texts, the most frequent first, and how many others are."""

    shown: Sequence[Proposal] = ()
    hidden: int = 0
    """Of the latest, those that moderation holds back or has not read yet."""
    earlier: int = 0
    """Those that came before the latest."""

    @property
    def total(self) -> int:
        """How many texts there are."""
        return sum(proposal.count for proposal in self.shown) + self.hidden + self.earlier


def wordings(
    session: Session, actor: Actor, round_id: int, indicator_ids: Collection[int]
) -> dict[int, Proposals]:
    """Return the wordings proposed for each of these indicators; raise `NotAllowed`."""
    _check(actor)
    return _gather(session, round_id, WORDING, IndicatorVersion.indicator_id, indicator_ids)


def missing(
    session: Session, actor: Actor, round_id: int, measure_ids: Collection[int]
) -> dict[int, Proposals]:
    """Return the indicators that are missed in each of these measures; raise `NotAllowed`."""
    _check(actor)
    return _gather(session, round_id, MISSING, Questionnaire.measure_id, measure_ids)


def missing_counts(session: Session, round_id: int) -> dict[int, int]:
    """Return by measure how many say that an indicator is missing, from what was counted."""
    rows = session.execute(
        sa.select(Tally.measure_id, Tally.count).where(
            Tally.round_id == round_id,
            Tally.side == TallySide.ALL,
            Tally.question == MISSING,
            Tally.value == ANSWERED,
        )
    )
    return {measure_id: count for measure_id, count in rows if measure_id is not None}


def _check(actor: Actor) -> None:
    if not actor.may(Permission.FOLLOW):
        raise NotAllowed(Permission.FOLLOW)


def _gather(
    session: Session,
    round_id: int,
    question: str,
    subject: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    subject_ids: Collection[int],
) -> dict[int, Proposals]:
    place = sa.func.row_number().over(partition_by=subject, order_by=Answer.id.desc())
    total = sa.func.count().over(partition_by=subject)
    every = (
        sa.select(Answer.id, subject.label("subject"), place.label("place"), total.label("total"))
        .select_from(Question)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .join(Answer, Answer.question_id == Question.id)
        .join(Response, Response.id == Answer.response_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .where(
            counts_in(round_id),
            Question.code == question,
            subject.in_(subject_ids),
            Answer.text.is_not(None),
            Answer.text != ERASED_TEXT,
        )
        .subquery()
    )
    rows = session.execute(
        sa.select(every.c.id, every.c.subject, every.c.total).where(every.c.place <= LATEST)
    ).all()
    subjects = {answer_id: subject_id for answer_id, subject_id, _total in rows}
    totals = {subject_id: total for _answer_id, subject_id, total in rows}
    seen: Mapping[int, list[Seen]] = defaultdict(list)
    for text, (answer_id,) in fetching.texts(session, Answer.id.in_(subjects), Answer.id):
        seen[subjects[answer_id]].append(text)
    return {subject_id: _joined(texts, totals[subject_id]) for subject_id, texts in seen.items()}


def _joined(texts: Sequence[Seen], total: int) -> Proposals:
    """Join those that say the same to the letter, blanks apart."""
    readable = [text for one in texts if (text := visible(one, Audience.ORGANISER)) is not None]
    first = {" ".join(text.split()): text for text in reversed(readable)}
    counts = Counter(" ".join(text.split()) for text in readable)
    return Proposals(
        [Proposal(first[words], count) for words, count in counts.most_common()],
        hidden=len(texts) - len(readable),
        earlier=total - len(texts),
    )
