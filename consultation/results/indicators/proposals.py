"""Proposals of respondents: other wordings of indicators, and missing indicators.

Only the latest of each are read, so that a page costs the same for any number of them.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import InstrumentedAttribute

from consultation.moderation import visibility
from consultation.moderation.visibility import IS_CURRENT, Audience, TextRow, visible
from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Response
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.results.models import Tally, TallySide
from consultation.results.tallies.queries import ANSWERED
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

WORDING, MISSING = "proposed_wording", "missing_indicator"
"""Codes of the questions of the default questionnaire that propose something."""
LATEST = 30
"""How many texts are read of each indicator or measure."""
AT_ONCE = 400
"""Questions whose latest texts one query reads: SQLite takes at most 500."""


@dataclass(frozen=True)
class Proposal:
    """A text, and how many have written it."""

    text: str
    count: int


@dataclass(frozen=True)
class Proposals:
    """The latest texts that staff may read, the most frequent first, and counts of the others."""

    displayed: Sequence[Proposal] = ()
    hidden: int = 0
    """The latest texts that moderation withholds or has not read yet."""
    earlier: int = 0
    """The texts before the latest."""

    @property
    def total(self) -> int:
        return sum(proposal.count for proposal in self.displayed) + self.hidden + self.earlier


@needs(Permission.FOLLOW)
def wordings(work: Work, round_id: int, indicator_ids: Collection[int]) -> dict[int, Proposals]:
    """Return the wordings proposed for each of these indicators; raise `NotAllowed`."""
    return _load(work.session, round_id, WORDING, IndicatorVersion.indicator_id, indicator_ids)


@needs(Permission.FOLLOW)
def missing(work: Work, round_id: int, measure_ids: Collection[int]) -> dict[int, Proposals]:
    """Return the indicators that are missed in each of these measures; raise `NotAllowed`."""
    return _load(work.session, round_id, MISSING, Questionnaire.measure_id, measure_ids)


def missing_counts(session: Session, round_id: int) -> dict[int, int]:
    """Return by measure how many say that an indicator is missing, from the tallies."""
    rows = session.execute(
        sa.select(Tally.measure_id, Tally.count).where(
            Tally.round_id == round_id,
            Tally.side == TallySide.ALL,
            Tally.question == MISSING,
            Tally.value == ANSWERED,
        )
    )
    return {measure_id: count for measure_id, count in rows if measure_id is not None}


def wording_counts(session: Session, round_id: int) -> Mapping[int, int]:
    """Return by indicator how many propose another wording, from the tallies."""
    return _totals(session, round_id, WORDING, IndicatorVersion.indicator_id)


Subject = InstrumentedAttribute[int] | InstrumentedAttribute[int | None]


def _load(
    session: Session, round_id: int, code: str, subject: Subject, subject_ids: Collection[int]
) -> dict[int, Proposals]:
    """Load the latest texts of each subject, by five queries, none of which reads all texts.

    One more for each further `AT_ONCE` questions.
    """
    subject_by_question = _subject_by_question(session, round_id, code, subject, subject_ids)
    if not subject_by_question:
        return {}
    questions = list(subject_by_question)
    latest = [
        row
        for first in range(0, len(questions), AT_ONCE)
        for row in session.execute(sa.union_all(*map(_latest, questions[first : first + AT_ONCE])))
    ]
    by_subject: dict[int, list[int]] = defaultdict(list)
    for answer_id, question_id in sorted(latest, reverse=True):
        if len(by_subject[subject_by_question[question_id]]) < LATEST:
            by_subject[subject_by_question[question_id]].append(answer_id)
    subjects = {it: subject_id for subject_id, ids in by_subject.items() for it in ids}
    seen: Mapping[int, list[TextRow]] = defaultdict(list)
    for text, (answer_id,) in visibility.texts(session, Answer.id.in_(subjects), Answer.id):
        seen[subjects[answer_id]].append(text)
    totals = _totals(session, round_id, code, subject)
    return {subject_id: _merge(texts, totals[subject_id]) for subject_id, texts in seen.items()}


def _subject_by_question(
    session: Session, round_id: int, code: str, subject: Subject, subject_ids: Collection[int]
) -> dict[int, int]:
    rows = session.execute(
        sa.select(Question.id, subject)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .where(Questionnaire.round_id == round_id, Question.code == code, subject.in_(subject_ids))
    )
    return {question_id: subject_id for question_id, subject_id in rows if subject_id is not None}


_TEXTS = (
    sa.select(Answer.id, Answer.question_id)
    .join(Response, Response.id == Answer.response_id)
    .where(IS_CURRENT, Answer.text.is_not(None), Answer.text != ERASED_TEXT)
    .order_by(Answer.id.desc())
    .limit(LATEST)
)


def _latest(question_id: int) -> sa.Select[int, int]:
    """Select the latest answers to one question, which an index gives."""
    return sa.select(_TEXTS.where(Answer.question_id == question_id).subquery())


def _totals(session: Session, round_id: int, code: str, subject: Subject) -> Counter[int]:
    """Return how many texts each subject has, from the tallies."""
    of = Tally.measure_id if subject is Questionnaire.measure_id else Tally.indicator_id
    rows = session.execute(
        sa.select(of, Tally.count).where(
            Tally.round_id == round_id,
            Tally.side == TallySide.ALL,
            Tally.question == code,
            Tally.value == ANSWERED,
        )
    )
    totals: Counter[int] = Counter()
    for subject_id, count in rows:
        totals[subject_id or 0] += count
    return totals


def _merge(texts: Sequence[TextRow], total: int) -> Proposals:
    """Merge the texts that are the same but for blanks."""
    readable = [text for row in texts if (text := visible(row, Audience.ORGANISER)) is not None]
    first = {" ".join(text.split()): text for text in reversed(readable)}
    counts = Counter(" ".join(text.split()) for text in readable)
    return Proposals(
        [Proposal(first[key], count) for key, count in counts.most_common()],
        hidden=len(texts) - len(readable),
        earlier=max(0, total - LATEST) if len(texts) == LATEST else 0,
    )
