"""Evidence for a decision: the texts on its subject that the team may read, each to be ticked.

Texts that say nearly the same are one entry with their number, as moderation grouped them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.decisions.basis import answers_by_mail
from consultation.decisions.decide import Subject
from consultation.i18n import Localized
from consultation.moderation import visibility
from consultation.moderation.models import ModeratedText, TextCluster
from consultation.moderation.visibility import DECIDED, IS_CURRENT, Audience, TextRow, visible
from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.models import Question, Questionnaire, Round
from consultation.responses.models import Answer, Respondent, Response
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.results.indicators.proposals import MISSING, WORDING
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

MOST_TEXTS = 200
"""How many of the latest texts of a subject are read."""
PROPOSALS = (WORDING, MISSING)
"""The questions of which an answer may become the wording of an indicator."""


class TextAuthor(NamedTuple):
    """Who wrote a text, as far as the team names them beside it."""

    capacity: str
    """The code of it."""
    organisation: str | None
    """Only of those who agreed to be quoted by name."""


@dataclass(frozen=True)
class Entry:
    """A text, or similar texts of which one stands for all; `name` is that of its box."""

    name: str
    text: str
    answer_ids: Sequence[int]
    translation: str = ""
    """What its text says in French, by a person of the team."""
    is_proposal: bool = False
    """Its text may become the wording of the indicator."""
    mails: int = 0
    """How many of them came by mail."""
    unread: int = 0
    """How many of them moderation has not let pass: they do not count in public yet."""
    quotable: int = 0
    """Of how many of them the authors agreed to be quoted."""
    public: int = 0
    """How many of them the public may read."""
    authors: Mapping[TextAuthor, int] = field(default_factory=dict)
    """Who wrote them, with the number of texts of each, the most frequent first."""

    @property
    def count(self) -> int:
        return len(self.answer_ids)


@dataclass(frozen=True)
class Group:
    """The texts that answer one question."""

    label: Localized
    entries: Sequence[Entry]


@dataclass(frozen=True)
class Texts:
    """What was said of a subject, by question; `of_measure` are answers on the measure as a whole.

    `hidden` are the latest texts that moderation withholds or has not read yet.
    """

    of_subject: Sequence[Group] = ()
    of_measure: Sequence[Group] = ()
    hidden: int = 0
    is_cut: bool = False

    @property
    def entries(self) -> Mapping[str, Entry]:
        """Every entry by the name of its box."""
        groups = (*self.of_subject, *self.of_measure)
        return {entry.name: entry for group in groups for entry in group.entries}

    def answer_ids(self, names: Iterable[str]) -> list[int] | None:
        """Return the answers behind ticked boxes; None where one is not there any more."""
        entries, ids = self.entries, set[int]()
        for name in names:
            if name not in entries:
                return None
            ids.update(entries[name].answer_ids)
        return sorted(ids)

    def names_of(self, answer_ids: Collection[int]) -> list[str]:
        """Return the boxes to tick for these answers."""
        return [
            name
            for name, entry in self.entries.items()
            if any(it in answer_ids for it in entry.answer_ids)
        ]


class _Question(NamedTuple):
    is_of_subject: bool
    position: int
    code: str

    @property
    def has_proposals(self) -> bool:
        return self.is_of_subject and self.code in PROPOSALS


class _Text(NamedTuple):
    """A readable text; `entry` is the same for texts that are similar answers to one question."""

    answer_id: int
    text: str
    question: _Question
    label: Localized
    entry: str
    row: TextRow
    author: TextAuthor


@needs(Permission.DECIDE)
def load(work: Work, round_: Round, subject: Subject) -> Texts:
    """Return the texts of a round on a subject; raise `NotAllowed`.  Five queries."""
    latest = work.session.scalars(
        sa.select(Answer.id)
        .join(Response, Response.id == Answer.response_id)
        .where(
            Answer.question_id.in_(_questions(round_, subject)),
            IS_CURRENT,
            Answer.text.is_not(None),
            Answer.text != ERASED_TEXT,
        )
        .order_by(Answer.id.desc())
        .limit(MOST_TEXTS + 1)
    ).all()
    ids = latest[:MOST_TEXTS]
    texts, hidden = _readable(work.session, ids, subject)
    groups = _groups(texts, answers_by_mail(work.session, ids))
    return Texts(
        [group for question, group in groups if question.is_of_subject],
        [group for question, group in groups if not question.is_of_subject],
        hidden,
        is_cut=len(latest) > MOST_TEXTS,
    )


def _questions(round_: Round, subject: Subject) -> sa.Select[int]:
    """Select the questions on the subject, and those on its measure as a whole."""
    indicator_id = subject.indicator.id if subject.indicator else None
    versions = sa.select(IndicatorVersion.id).where(IndicatorVersion.indicator_id == indicator_id)
    is_of_measure = sa.and_(
        Questionnaire.measure_id == subject.measure.id, Question.indicator_version_id.is_(None)
    )
    is_wanted = sa.or_(Question.indicator_version_id.in_(versions), is_of_measure)
    return (
        sa.select(Question.id)
        .join(Questionnaire, Questionnaire.id == Question.questionnaire_id)
        .where(Questionnaire.round_id == round_.id, is_wanted)
    )


def _readable(
    session: Session, ids: Sequence[int], subject: Subject
) -> tuple[Sequence[_Text], int]:
    """Return the texts that the team may read, and how many others there are."""
    rows = visibility.texts(
        session,
        Answer.id.in_(ids),
        Answer.id,
        Question.code,
        Question.label,
        Question.position,
        Question.indicator_version_id,
        ModeratedText.public_id,
        ModeratedText.cluster_id,
        Respondent.capacity,
        sa.case((Respondent.consent_named, Respondent.organisation)),
    )
    names = _cluster_names(session, ids)
    texts = []
    for row, (answer_id, code, label, position, version_id, public_id, cluster_id, *who) in rows:
        text = visible(row, Audience.ORGANISER)
        if text is None:
            continue
        is_of_subject = version_id is not None or (subject.indicator is None and code == MISSING)
        entry = f"{names[cluster_id]}-{code}" if cluster_id in names else public_id
        question = _Question(is_of_subject, position, code)
        texts.append(_Text(answer_id, text, question, label, entry, row, TextAuthor(*who)))
    return texts, len(ids) - len(texts)


def _cluster_names(session: Session, answer_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the public ids of the clusters that these answers are in."""
    rows = session.execute(
        sa.select(TextCluster.id, TextCluster.public_id)
        .join(ModeratedText, ModeratedText.cluster_id == TextCluster.id)
        .where(ModeratedText.answer_id.in_(answer_ids))
        .distinct()
    )
    return dict(rows.all())


def _groups(texts: Sequence[_Text], by_mail: Collection[int]) -> Sequence[tuple[_Question, Group]]:
    """Return the texts by question, proposals first; the most frequent first in each."""
    labels = {it.question: it.label for it in texts}
    entries: dict[_Question, dict[str, list[_Text]]] = {}
    for text in texts:
        entries.setdefault(text.question, {}).setdefault(text.entry, []).append(text)
    ordered = sorted(entries, key=lambda it: (not it.has_proposals, it.position, it.code))
    return [(it, _group(labels[it], it, entries[it], by_mail)) for it in ordered]


def _group(
    label: Localized,
    question: _Question,
    texts: Mapping[str, Sequence[_Text]],
    by_mail: Collection[int],
) -> Group:
    entries = [
        Entry(
            name,
            same[-1].text,
            [it.answer_id for it in same],
            same[-1].row.translation,
            question.has_proposals,
            sum(it.answer_id in by_mail for it in same),
            sum(it.row.state not in DECIDED for it in same),
            sum(it.row.may_be_quoted for it in same),
            sum(visible(it.row, Audience.PUBLIC) is not None for it in same),
            dict(Counter(it.author for it in same).most_common()),
        )
        for name, same in texts.items()
    ]
    return Group(label, sorted(entries, key=lambda it: -it.count))
