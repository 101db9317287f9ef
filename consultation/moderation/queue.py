"""Queue of texts: filters, counts, order, pages, and the next text for a moderator."""

import enum
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from consultation.accounts.models import Account
from consultation.db import search
from consultation.i18n import Labelled, Localized
from consultation.moderation import visibility
from consultation.moderation.claims import CLAIMED_STATES, give
from consultation.moderation.models import (
    DangerAlert,
    Finding,
    FindingKind,
    ModeratedText,
    ModerationDecision,
    ResponseSetAside,
    TextCluster,
    TextNote,
    TextState,
)
from consultation.moderation.texts.page import Piece, pieces
from consultation.plan.models import Indicator, IndicatorVersion, Measure
from consultation.questionnaires.models import Destination, Question, Questionnaire, Round
from consultation.responses.models import Answer, Respondent, Response, Standing
from consultation.responses.rights.erasure import ERASED_TEXT
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


class Tab(Labelled):
    """Tabs of the queue: one a state, and one of responses set aside."""

    WAITING = "waiting", "À relire"
    SECONDING = "seconding", "À confirmer"
    PUBLISHED = "published", "Publiés"
    REDACTED = "redacted", "Passages masqués"
    WITHHELD = "withheld", "Écartés"
    ASIDE = "aside", "Contributions de côté"


class Flag(enum.StrEnum):
    """Filters by what the detectors found in a text."""

    ANY = "any"
    NONE = "none"
    DANGER = "danger"


class FollowUp(enum.StrEnum):
    """Filters by what the team wrote on a text."""

    NOTED = "note"
    MINE = "moi"


class Sort(enum.StrEnum):
    """Orders of the queue other than that in which texts came in."""

    MEASURE = "mesure"
    CAPACITY = "qualite"


@dataclass(frozen=True)
class Filters:
    """Filters of the queue, as one moderator chose them."""

    tab: Tab = Tab.WAITING
    measure: str | None = None
    """The code of a measure."""
    is_tool: bool = False
    flag: Flag | FindingKind | None = None
    is_noted: bool = False
    """With a note of the team."""
    assignee_id: int | None = None
    """Given to that account."""
    standing: Standing | None = None
    cluster: str | None = None
    """The public id of a cluster."""
    round: str | None = None
    """The code of a round."""
    capacity: str | None = None
    organisation: str = ""
    """Words of its name."""
    query: str = ""
    """Words that the text holds."""
    newest_first: bool = False
    sort: Sort | None = None

    @property
    def is_narrowed(self) -> bool:
        """Anything but the tab and the order was chosen."""
        return replace(self, tab=Tab.WAITING, newest_first=False, sort=None) != Filters()


def names_of(session: Session, public_ids: Collection[str]) -> dict[str, str]:
    """Name texts by the contribution and the question that they answer; never quote them."""
    rows = session.execute(
        sa.select(ModeratedText.public_id, Response.receipt_code, Question.code)
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .join(Response, Response.id == Answer.response_id)
        .join(Question, Question.id == Answer.question_id)
        .where(ModeratedText.public_id.in_(public_ids))
    )
    return {name: f"« {question} » de la contribution {code}" for name, code, question in rows}


def unread_count(session: Session) -> int:
    """Count the texts that came after the last one that the machine has read.

    Those that a slow transaction stored before it are left out: they are a few.
    """
    last = sa.select(sa.func.coalesce(sa.func.max(ModeratedText.answer_id), 0)).scalar_subquery()
    unread = (
        sa.select(sa.func.count())
        .select_from(Answer)
        .join(Question, Question.id == Answer.question_id)
        .where(
            Answer.id > last, Answer.text.is_not(None), Question.destination == Destination.ANSWER
        )
    )
    return session.scalar(unread) or 0


@needs(Permission.MODERATE)
def counts(work: Work) -> Mapping[Tab, int]:
    """Count the texts of each tab; those withdrawn or superseded are in none."""
    is_aside = ResponseSetAside.response_id.is_not(None).label("is_aside")
    rows = work.session.execute(
        sa.select(visibility.DISPLAYED_STATE, is_aside, sa.func.count())
        .select_from(ModeratedText)
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .join(Response, Response.id == Answer.response_id)
        .outerjoin(ResponseSetAside, ResponseSetAside.response_id == Response.id)
        .where(*_CURRENT)
        .group_by(visibility.DISPLAYED_STATE.name, is_aside.name)
    )
    count_by_tab = dict.fromkeys(Tab, 0)
    for state, aside, count in rows:
        count_by_tab[Tab.ASIDE if aside else Tab(state.value)] += count
    return count_by_tab


@needs(Permission.MODERATE)
def total(work: Work, filters: Filters) -> int:
    return work.session.scalar(narrowed(sa.select(sa.func.count()), filters)) or 0


def danger_count(work: Work) -> int:
    return sum(total(work, Filters(tab=tab, flag=Flag.DANGER)) for tab in DANGER_FIRST)


def assigned_counts(work: Work) -> Mapping[Tab, int]:
    """Count the texts that wait for the actor in particular, by tab."""
    return {tab: total(work, Filters(tab=tab, assignee_id=work.actor.id)) for tab in DANGER_FIRST}


@needs(Permission.MODERATE)
def take_next(work: Work, filters: Filters, after: str, *, two_moderators: bool) -> str | None:
    """Claim the text that follows `after` for `actor`, and return its public id, or None.

    Those that another moderator reads are skipped, as are the actor's own proposals where another
    has to agree.
    """
    for block in _to_take(work.session, filters, after, work.at):
        statement = (
            narrowed(sa.select(ModeratedText), filters)
            .where(*block, _is_free(work))
            .order_by(*in_order(filters))
            .limit(1)
            .with_for_update(of=ModeratedText, skip_locked=True)
        )
        if filters.tab is Tab.SECONDING and two_moderators:
            statement = statement.where(_last_said_by() != work.actor.id)
        text: ModeratedText | None = work.session.scalars(statement).one_or_none()
        if text is not None:
            if text.state in CLAIMED_STATES:
                give(work, text)
            return text.public_id
    return None


def narrowed(
    statement: sa.Select[*tuple[Any, ...]], filters: Filters
) -> sa.Select[*tuple[Any, ...]]:
    """Return a statement over texts, answers and responses, narrowed to what was chosen."""
    statement = (
        statement.select_from(ModeratedText)
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .join(Response, Response.id == Answer.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .outerjoin(ResponseSetAside, ResponseSetAside.response_id == Response.id)
    )
    return statement.where(*_CURRENT, *_part(filters), *_chosen(filters))


Block = list[sa.ColumnElement[bool]]


def following(session: Session, filters: Filters, after: str) -> list[Block]:
    """Return the conditions of each run of texts that comes after the one of that public id.

    Of what waits, those in which danger words stand come first, then the others; each run is in
    the order of the queue.
    """
    place = _key_of(session, filters, ModeratedText.public_id == after)
    beyond = [] if place is None else [_beyond(filters, place)]
    if filters.tab not in DANGER_FIRST:
        return [beyond]
    if place is None:
        return [[_IN_DANGER], [_OTHERS]]
    if place.has_danger_words:
        return [[_IN_DANGER, *beyond], [_OTHERS]]
    return [[_OTHERS, *beyond]]


def _to_take(session: Session, filters: Filters, after: str, at: datetime) -> list[Block]:
    """Return the runs from which the next text is taken.

    A text with danger words that came in since the moderator began is given first;
    a text that a moderator skipped is not given again while their claim on it lasts.
    """
    unread = sa.or_(ModeratedText.claimed_by.is_(None), ModeratedText.claimed_until <= at)
    runs = following(session, filters, after)
    if not after or filters.tab not in DANGER_FIRST:
        return runs
    return [[_IN_DANGER, unread], *runs]


DANGER_FIRST = (Tab.WAITING, Tab.SECONDING)
"""The tabs in which texts wait for a moderator."""
_IN_DANGER = ModeratedText.has_danger_words.is_(True)
_OTHERS = ModeratedText.has_danger_words.is_(False)
"""Not `~_IN_DANGER`: the index in the order of the queue does not serve « IS NOT »."""


_SORTED_BY: Mapping[Sort, Any] = {
    Sort.MEASURE: sa.func.coalesce(Measure.position, sa.literal(1_000_000)),
    Sort.CAPACITY: Respondent.capacity,
}
"""The tool as a whole comes after the measures."""


def _key_of(session: Session, filters: Filters, is_it: sa.ColumnElement[bool]) -> Any:
    """Return the key of a text in the order of the queue, or None without such a text."""
    key = sa.null() if filters.sort is None else _SORTED_BY[filters.sort]
    return session.execute(
        sa.select(ModeratedText.answer_id, ModeratedText.has_danger_words, key.label("key"))
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .join(Response, Response.id == Answer.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Respondent, Respondent.id == Response.respondent_id)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(is_it)
    ).one_or_none()


def _beyond(filters: Filters, place: Any, *, backwards: bool = False) -> sa.ColumnElement[bool]:
    """Return the condition of what comes after a text in the order of the queue, or before it."""
    column = ModeratedText.answer_id
    is_down = filters.newest_first is not backwards
    by_id: sa.ColumnElement[bool]
    by_id = column < place.answer_id if is_down else column > place.answer_id
    if filters.sort is None:
        return by_id
    key = _SORTED_BY[filters.sort]
    by_key = key < place.key if backwards else key > place.key
    return sa.or_(by_key, sa.and_(key == place.key, by_id))


def in_order(filters: Filters) -> list[Any]:
    """Return the order of the queue: answers are numbered as they come in."""
    column = ModeratedText.answer_id
    by_id = column.desc() if filters.newest_first else column.asc()
    return [by_id] if filters.sort is None else [_SORTED_BY[filters.sort].asc(), by_id]


# Of a text that its author had erased, nothing is left to read.
_CURRENT = (visibility.IS_LATEST, Answer.text != ERASED_TEXT)


def _part(filters: Filters) -> list[sa.ColumnElement[bool]]:
    if filters.tab is Tab.ASIDE:
        return [ResponseSetAside.response_id.is_not(None)]
    state = TextState(filters.tab.value)
    return [visibility.IS_DISPLAYED_AS[state], ResponseSetAside.response_id.is_(None)]


def _chosen(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.is_tool:
        conditions.append(Questionnaire.measure_id.is_(None))
    elif filters.measure is not None:
        measure = sa.select(Measure.id).where(Measure.code == filters.measure)
        conditions.append(Questionnaire.measure_id == measure.scalar_subquery())
    if filters.standing is not None:
        conditions.append(Respondent.standing == filters.standing)
    if filters.cluster is not None:
        cluster = sa.select(TextCluster.id).where(TextCluster.public_id == filters.cluster)
        conditions.append(ModeratedText.cluster_id == cluster.scalar_subquery())
    return conditions + _searched(filters) + _flagged(filters.flag) + _followed(filters)


def _followed(filters: Filters) -> list[sa.ColumnElement[bool]]:
    of_it = TextNote.answer_id == ModeratedText.answer_id
    is_its = sa.exists().where(of_it).correlate(ModeratedText)
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.is_noted:
        conditions.append(is_its.where(TextNote.text != ""))
    if filters.assignee_id is not None:
        conditions.append(is_its.where(TextNote.assignee_id == filters.assignee_id))
    return conditions


def _searched(filters: Filters) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.round is not None:
        chosen = sa.select(Round.id).where(Round.code == filters.round)
        conditions.append(Questionnaire.round_id == chosen.scalar_subquery())
    if filters.capacity is not None:
        conditions.append(Respondent.capacity == filters.capacity)
    if filters.organisation:
        conditions.append(search.holds(Respondent.organisation, filters.organisation))
    if filters.query:
        conditions.append(search.holds(Answer.text, filters.query))
    return conditions


def _flagged(flag: Flag | FindingKind | None) -> list[sa.ColumnElement[bool]]:
    if flag is None:
        return []
    if flag is Flag.DANGER:
        return [_IN_DANGER]
    if isinstance(flag, Flag):
        return [ModeratedText.is_flagged.is_(flag is Flag.ANY)]
    return [sa.exists().where(Finding.answer_id == ModeratedText.answer_id, Finding.kind == flag)]


def _is_free(work: Work) -> sa.ColumnElement[bool]:
    return sa.or_(
        ModeratedText.claimed_by.is_(None),
        ModeratedText.claimed_by == work.actor.id,
        ModeratedText.claimed_until <= work.at,
    )


def _last_said_by() -> sa.ScalarSelect[int]:
    return (
        sa.select(ModerationDecision.account_id)
        .where(ModerationDecision.answer_id == ModeratedText.answer_id)
        .order_by(ModerationDecision.id.desc())
        .limit(1)
        .correlate(ModeratedText)
        .scalar_subquery()
    )


PAGE_LENGTH = 40
EXCERPT = 120


MOST_COUNTED = 1000
"""Texts counted for the page of one: longer lists are said to be longer."""


@dataclass(frozen=True)
class Place:
    """Where a text is among those for some filters, in the order of the queue."""

    number: int
    total: int
    """At most `MOST_COUNTED`."""
    previous: str | None
    """The public id of the text before it."""

    @property
    def is_long(self) -> bool:
        """More texts follow than were counted."""
        return self.total >= MOST_COUNTED


@needs(Permission.MODERATE)
def place_of(work: Work, filters: Filters, text: ModeratedText) -> Place | None:
    """Return the place of a text among those for these filters.

    None where it is not among them, or so far behind that nobody counts.
    """
    is_it = ModeratedText.answer_id == text.answer_id
    if (
        work.session.scalar(narrowed(sa.select(ModeratedText.answer_id), filters).where(is_it))
        is None
    ):
        return None
    is_before = _before(filters, _key_of(work.session, filters, is_it))
    before = _count_to(work.session, filters, is_before)
    if before >= MOST_COUNTED:
        return None
    previous = work.session.scalar(
        narrowed(sa.select(ModeratedText.public_id), filters)
        .where(is_before)
        .order_by(*_backwards(filters))
        .limit(1)
    )
    return Place(before + 1, _count_to(work.session, filters), previous)


def _count_to(session: Session, filters: Filters, *conditions: sa.ColumnElement[bool]) -> int:
    ids = narrowed(sa.select(ModeratedText.answer_id), filters).where(*conditions)
    counted = sa.select(sa.func.count()).select_from(ids.limit(MOST_COUNTED).subquery())
    return session.scalar(counted) or 0


def _before(filters: Filters, place: Any) -> sa.ColumnElement[bool]:
    """Return the condition of the texts that come before one; see `following`."""
    earlier = _beyond(filters, place, backwards=True)
    if filters.tab not in DANGER_FIRST:
        return earlier
    if place.has_danger_words:
        return sa.and_(_IN_DANGER, earlier)
    return sa.or_(_IN_DANGER, sa.and_(_OTHERS, earlier))


def _backwards(filters: Filters) -> list[Any]:
    column = ModeratedText.answer_id
    by_id = column.asc() if filters.newest_first else column.desc()
    by_key = [] if filters.sort is None else [_SORTED_BY[filters.sort].desc()]
    danger = [ModeratedText.has_danger_words.asc()] if filters.tab in DANGER_FIRST else []
    return [*danger, *by_key, by_id]


@dataclass(frozen=True)
class Line:
    """A text as the queue lists it."""

    public_id: str
    state: TextState
    kinds: tuple[FindingKind, ...]
    excerpt: Sequence[Piece]
    is_cut: bool
    code: str
    title: Localized
    question: Localized
    submitted_at: datetime
    standing: Standing
    claimed_by: str | None
    """The address of the moderator who reads it just now."""
    is_alerted: bool
    """An alert is open."""
    has_danger_words: bool
    is_flagged: bool
    capacity: str
    organisation: str | None
    note: str
    """What the team wrote on it."""
    assignee: str | None
    """The address of the moderator to whom it is given."""


@dataclass(frozen=True)
class Listed:
    """One page of the queue; `is_last` when nothing follows."""

    lines: Sequence[Line]
    is_last: bool


@needs(Permission.MODERATE)
def page(work: Work, filters: Filters, after: str) -> Listed:
    """Return the texts that follow the one of that public id, or the first ones."""
    rows: list[Any] = []
    for block in following(work.session, filters, after):
        left = PAGE_LENGTH + 1 - len(rows)
        if left:
            rows += work.session.execute(_rows(filters).where(*block).limit(left)).all()
    displayed = rows[:PAGE_LENGTH]
    ids = [row.answer_id for row in displayed]
    texts = visibility.texts_for_moderators(work.session, ids)
    kinds = _kinds(work.session, ids)
    lines = [
        _line(row, texts.get(row.answer_id, ""), kinds[row.answer_id], work.at) for row in displayed
    ]
    return Listed(lines, len(rows) <= PAGE_LENGTH)


def _rows(filters: Filters) -> sa.Select[*tuple[Any, ...]]:
    is_open = sa.and_(
        DangerAlert.answer_id == ModeratedText.answer_id, DangerAlert.closed_at.is_(None)
    )
    return (
        narrowed(sa.select(*_COLUMNS), filters)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .outerjoin(Indicator, Indicator.id == IndicatorVersion.indicator_id)
        .outerjoin(Account, Account.id == ModeratedText.claimed_by)
        .outerjoin(DangerAlert, is_open)
        .outerjoin(TextNote, TextNote.answer_id == ModeratedText.answer_id)
        .outerjoin(_ASSIGNEE, _ASSIGNEE.id == TextNote.assignee_id)
        .order_by(*in_order(filters))
    )


_ASSIGNEE = aliased(Account)
_COLUMNS: Sequence[Any] = (
    ModeratedText.answer_id,
    ModeratedText.public_id,
    visibility.DISPLAYED_STATE,
    ModeratedText.claimed_until,
    Account.email,
    Measure.code.label("measure"),
    Indicator.code.label("indicator"),
    Questionnaire.title,
    Question.label.label("question"),
    Response.submitted_at,
    Respondent.standing,
    DangerAlert.answer_id.label("alerted"),
    ModeratedText.has_danger_words,
    ModeratedText.is_flagged,
    Respondent.capacity,
    Respondent.organisation,
    TextNote.text.label("note"),
    _ASSIGNEE.email.label("assignee"),
)


def _line(row: Any, text: str, kinds: tuple[FindingKind, ...], at: datetime) -> Line:
    is_claimed = row.claimed_until is not None and row.claimed_until > at
    return Line(
        public_id=row.public_id,
        state=row.displayed_state,
        kinds=kinds,
        excerpt=pieces(text[:EXCERPT]),
        is_cut=len(text) > EXCERPT,
        code=row.indicator or row.measure or "",
        title=row.title,
        question=row.question,
        submitted_at=row.submitted_at,
        standing=row.standing,
        claimed_by=row.email if is_claimed else None,
        is_alerted=row.alerted is not None,
        has_danger_words=row.has_danger_words,
        is_flagged=row.is_flagged,
        capacity=row.capacity,
        organisation=row.organisation,
        note=row.note or "",
        assignee=row.assignee,
    )


@needs(Permission.MODERATE)
def without_mark(work: Work, filters: Filters, most: int) -> Sequence[str]:
    """Return the public ids of the first texts for these filters that no machine flagged."""
    ids: list[str] = []
    for block in following(work.session, replace(filters, flag=Flag.NONE), ""):
        statement = narrowed(sa.select(ModeratedText.public_id), replace(filters, flag=Flag.NONE))
        ordered = statement.where(*block).order_by(*in_order(filters))
        ids += work.session.scalars(ordered.limit(most - len(ids))).all()
    return ids


def _kinds(session: Session, ids: Sequence[int]) -> Mapping[int, tuple[FindingKind, ...]]:
    rows = session.execute(
        sa.select(Finding.answer_id, Finding.kind)
        .where(Finding.answer_id.in_(ids))
        .group_by(Finding.answer_id, Finding.kind)
        .order_by(Finding.kind)
    )
    kinds: dict[int, tuple[FindingKind, ...]] = defaultdict(tuple)
    for answer_id, kind in rows:
        kinds[answer_id] += (kind,)
    return kinds
