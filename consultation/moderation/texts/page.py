"""Content of a text's page: its pieces, findings, masks and decisions."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from consultation.moderation import visibility
from consultation.moderation.danger import alerts
from consultation.moderation.decisions import (
    PUBLISHING,
    Requirements,
    bare,
    decisions_on,
    of_verdict,
    verdicts_for,
    was_hidden,
)
from consultation.moderation.detectors import IDENTIFYING
from consultation.moderation.models import (
    Certainty,
    DangerAlert,
    Finding,
    FindingKind,
    Layer,
    ModeratedText,
    ModerationDecision,
    Range,
    Reason,
    Redaction,
    ResponseSetAside,
    TextCluster,
    TextNote,
    TextState,
    TextTranslation,
    Verdict,
)
from consultation.moderation.texts import notes, translations
from consultation.moderation.visibility import (
    Audience,
    TextRow,
    active_masks,
    displayed_state,
    visible,
)
from consultation.plan.models import IndicatorVersion
from consultation.questionnaires.models import Question, Questionnaire
from consultation.responses.models import Answer, Response
from consultation.responses.revisions import of_same_form
from consultation.web.permissions import Actor, Permission
from consultation.work.services import Work, needs

UNMASKABLE = (
    FindingKind.SHOUTING,
    FindingKind.HIDDEN_SIGNS,
    FindingKind.TOO_QUICK,
    FindingKind.NO_PROOF,
    FindingKind.TRAP,
)
"""Kinds that concern a text as a whole, rather than one passage of it."""

Ranged = TypeVar("Ranged", Finding, Redaction)

_ORDER = list(Certainty)
_JOINER = "\u200d"
_BLACK_FLAG = "\U0001f3f4"
_TAGS = range(0xE0020, 0xE0080)
# Shown as nothing, though Unicode counts them among letters and accents.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")


@dataclass(frozen=True)
class Piece:
    """A run of characters about which the same is known; `certainty` is that of the first kind."""

    text: str
    kinds: tuple[FindingKind, ...] = ()
    certainty: Certainty | None = None
    layer: Layer | None = None
    is_hidden: bool = False

    @property
    def points(self) -> str:
        """The characters as hexadecimal numbers, for a script to read them back."""
        return " ".join(f"{ord(character):x}" for character in self.text)

    @property
    def name(self) -> str:
        """The label of hidden characters: the number of the first, and how many."""
        number = f"U+{ord(self.text[0]):04X}"
        return number if len(self.text) == 1 else f"{number} × {len(self.text)}"


def pieces(
    text: str, findings: Sequence[Finding] = (), redactions: Sequence[Redaction] = ()
) -> list[Piece]:
    """Return the text cut wherever something begins or ends."""
    hidden = hidden_ranges(text)
    cuts = {0, len(text)}
    edges = [(ranged.start, ranged.end) for ranged in findings] + [
        (ranged.start, ranged.end) for ranged in redactions
    ]
    for start, end in edges:
        cuts |= {min(start, len(text)), min(end, len(text))}
    for start, end in hidden:
        cuts |= {start, end}
    hidden_places = {at for start, end in hidden for at in range(start, end)}
    passages, masks = _Sweep(findings), _Sweep(redactions)
    return [
        _piece(text[start:end], passages.over(start), masks.over(start), start in hidden_places)
        for start, end in pairwise(sorted(cuts))
    ]


class _Sweep(Generic[Ranged]):
    """The ranges over a position, for positions that only grow."""

    def __init__(self, ranged: Iterable[Ranged]) -> None:
        self._left: list[Ranged] = sorted(ranged, key=lambda it: it.start, reverse=True)
        self._over: list[Ranged] = []

    def over(self, at: int) -> list[Ranged]:
        while self._left and self._left[-1].start <= at:
            self._over.append(self._left.pop())
        self._over = [it for it in self._over if it.end > at]
        return self._over


def _piece(
    text: str, findings: Sequence[Finding], masks: Sequence[Redaction], is_hidden: bool
) -> Piece:
    layers = {mask.layer for mask in masks}
    passages = [finding for finding in findings if finding.kind not in UNMASKABLE]
    passages.sort(key=lambda finding: _ORDER.index(finding.certainty))
    return Piece(
        text,
        tuple(dict.fromkeys(finding.kind for finding in passages)),
        passages[0].certainty if passages else None,
        Layer.ERASED if Layer.ERASED in layers else Layer.MASKED if layers else None,
        is_hidden,
    )


def hidden_ranges(text: str) -> list[tuple[int, int]]:
    """Return the runs of hidden characters, and of those that turn the direction of text."""
    runs: list[tuple[int, int]] = []
    follows_flag = False
    for at, character in enumerate(text):
        if ord(character) not in _TAGS:
            follows_flag = character == _BLACK_FLAG
        if not _is_hidden(text, at, follows_flag=follows_flag):
            continue
        if runs and runs[-1][1] == at:
            runs[-1] = (runs[-1][0], at + 1)
        else:
            runs.append((at, at + 1))
    return runs


def _is_hidden(text: str, at: int, *, follows_flag: bool) -> bool:
    character = text[at]
    if character in _BLANKS:
        return True
    if unicodedata.category(character) != "Cf":
        return False
    if character == _JOINER:
        return not _joins_emoji(text, at)
    return not (ord(character) in _TAGS and follows_flag)


def _joins_emoji(text: str, at: int) -> bool:
    if at == 0 or at + 1 >= len(text):
        return False
    before, after = (unicodedata.category(text[place]) for place in (at - 1, at + 1))
    return before in ("So", "Sk", "Mn") and after == "So"


REASONS = {
    FindingKind.PHONE: Reason.CONTACT,
    FindingKind.EMAIL: Reason.CONTACT,
    FindingKind.IBAN: Reason.CONTACT,
    FindingKind.ADDRESS: Reason.CONTACT,
    FindingKind.NIR: Reason.THIRD_PERSON,
    FindingKind.BIRTH: Reason.THIRD_PERSON,
    FindingKind.AGE_AND_PLACE: Reason.THIRD_PERSON,
    FindingKind.PLATE: Reason.THIRD_PERSON,
    FindingKind.NAME: Reason.THIRD_PERSON,
}
"""Why each kind of passage would be masked, unless the moderator says why."""


def as_sent(ranges: Iterable[Range]) -> str:
    """Return ranges as a form sends them: « 12-26,40-54 »."""
    return ",".join(f"{start}-{end}" for start, end in ranges)


@dataclass(frozen=True)
class Passage:
    """A finding that can be masked, once for all its occurrences."""

    ranges: tuple[Range, ...]
    pieces: Sequence[Piece]
    kind: FindingKind
    certainty: Certainty
    is_masked: bool
    was_lifted: bool
    """A moderator took a mask off it."""

    @property
    def is_identifying(self) -> bool:
        """Such a passage leads to a person by itself; a link does not."""
        return self.kind in IDENTIFYING

    @property
    def reason(self) -> Reason:
        """The reason to mask it, guessed from its kind."""
        return REASONS.get(self.kind, Reason.OTHER)

    @property
    def value(self) -> str:
        """The ranges as a form sends them."""
        return as_sent(self.ranges)


@dataclass(frozen=True)
class Neighbour:
    """Another text of the same response; without `public_id` until it is screened."""

    public_id: str | None
    state: TextState | None
    place: str
    question: Question
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Reading:
    """A text as a moderator reads it."""

    text: ModeratedText
    response: Response
    question: Question
    place: str
    row: TextRow
    pieces: Sequence[Piece]
    neighbours: Sequence[Neighbour]
    masks: Sequence[Redaction]
    lifted: Sequence[Range]
    """Ranges from which a mask was lifted."""
    decisions: Sequence[ModerationDecision]
    cluster: TextCluster | None
    aside: ResponseSetAside | None
    alert: DangerAlert | None
    translated: TextTranslation | None
    note: TextNote | None
    rewritten: str | None
    """The public id of the same answer as its author rewrote it, once screened."""

    @property
    def content(self) -> str:
        return visible(self.row, Audience.MODERATOR) or ""

    @property
    def translation(self) -> str:
        """What it says in French, as a person of the team wrote it."""
        return self.translated.text if self.translated else ""

    @property
    def displayed_state(self) -> TextState | None:
        """Its state as authors and workbooks have it."""
        return displayed_state(self.row.state, is_covered=bool(self.row.covered))

    @property
    def masked(self) -> str:
        """What is masked or erased, as a form sends it."""
        return as_sent((mask.start, mask.end) for mask in self.masks)

    @property
    def bare(self) -> str:
        """The certain passages that are not masked, as a form sends them."""
        return as_sent(bare(self.text.findings, self.row.covered))

    @property
    def is_gone(self) -> bool:
        """Its author withdrew or rewrote it."""
        return self.row.is_gone

    @property
    def public_pieces(self) -> Sequence[Piece] | None:
        """What the public reads of it at present, or None."""
        return _public_pieces(self.row)

    def preview(self, masked: Iterable[Range] = ()) -> Sequence[Piece] | None:
        """Return the text as the public would read it with these masks too, else None."""
        covered = (*self.row.covered, *masked)
        return _public_pieces(self.row._replace(state=TextState.PUBLISHED, covered=covered))

    @cached_property
    def passages(self) -> Sequence[Passage]:
        """The findings that can be masked, in the order of the text."""
        return _passages(self.content, self.text.findings, self.row.covered, self.lifted)

    @property
    def flagged(self) -> Sequence[Passage]:
        """The passages, not masked, that a moderator should look at."""
        return [
            passage
            for passage in self.passages
            if passage.is_identifying and not passage.is_masked
            if self.text.is_flagged or passage.certainty is not Certainty.POSSIBLE
        ]

    @property
    def is_marked(self) -> bool:
        """Something of it is masked, or flagged to be."""
        return bool(self.masks or self.flagged)

    @property
    def ticked(self) -> frozenset[str]:
        """What comes ticked to be masked, until a moderator has chosen."""
        waits = self.text.state is TextState.WAITING
        if not waits and (self.text.pending is None or self.text.pending in PUBLISHING):
            return frozenset()
        return frozenset(passage.value for passage in self.flagged if not passage.was_lifted)

    @property
    def suggested(self) -> Sequence[Reason]:
        """The reasons of what comes ticked, each once."""
        ticked = self.ticked
        reasons = (passage.reason for passage in self.flagged if passage.value in ticked)
        return tuple(dict.fromkeys(reasons))

    def requirements(self, verdict: Verdict, masked: Iterable[Range] = ()) -> Requirements:
        """Return the requirements of a verdict on it, once these ranges are masked too."""
        left = bare(self.text.findings, [*self.row.covered, *masked])
        return of_verdict(verdict, left, was_hidden=was_hidden(self.decisions))

    @property
    def remarks(self) -> Sequence[FindingKind]:
        """Findings that concern the text as a whole."""
        kinds = (finding.kind for finding in self.text.findings if finding.kind in UNMASKABLE)
        return tuple(dict.fromkeys(kinds))

    def is_proposal_of(self, actor: Actor) -> bool:
        """Return whether the text waits for another moderator to agree with `actor`."""
        last = self.last
        is_proposal = self.text.state is TextState.SECONDING and last is not None
        return is_proposal and last is not None and last.account_id == actor.id

    def verdicts_for(self, actor: Actor, *, two_moderators: bool) -> Sequence[Verdict]:
        """Return the verdicts that `actor` may give, masking first where something is flagged.

        Where two moderators are needed, the actor's own proposal is for the other to confirm.
        """
        verdicts = verdicts_for(self.text.state)
        if two_moderators and self.is_proposal_of(actor):
            verdicts = tuple(verdict for verdict in verdicts if verdict is not self.text.pending)
        return sorted(verdicts, key=lambda it: it is not Verdict.REDACT or not self.is_marked)

    @property
    def last(self) -> ModerationDecision | None:
        return self.decisions[-1] if self.decisions else None


def _public_pieces(row: TextRow) -> Sequence[Piece] | None:
    text = visible(row, Audience.PUBLIC)
    return None if text is None else pieces(text)


def _passages(
    content: str,
    findings: Sequence[Finding],
    covered: Sequence[Range],
    lifted: Sequence[Range],
) -> Sequence[Passage]:
    grouped: dict[tuple[FindingKind, str], list[Finding]] = {}
    for finding in findings:
        if finding.kind not in UNMASKABLE and finding.end <= len(content):
            passage = content[finding.start : finding.end]
            grouped.setdefault((finding.kind, passage), []).append(finding)
    return [
        Passage(
            ranges=tuple((it.start, it.end) for it in occurrences),
            pieces=pieces(passage),
            kind=kind,
            certainty=occurrences[0].certainty,
            is_masked=all(_lies_under(it, covered) for it in occurrences),
            was_lifted=any(_lies_under(it, lifted) for it in occurrences),
        )
        for (kind, passage), occurrences in grouped.items()
    ]


def _lies_under(finding: Finding, ranges: Sequence[Range]) -> bool:
    return any(start <= finding.start and finding.end <= end for start, end in ranges)


@needs(Permission.MODERATE)
def exists(work: Work, public_id: str) -> bool:
    query = sa.select(ModeratedText.answer_id).where(ModeratedText.public_id == public_id)
    return work.session.scalar(query) is not None


_COLUMNS = (Answer.id, Question.id, ModeratedText.public_id, visibility.DISPLAYED_STATE)


@needs(Permission.MODERATE)
def load(work: Work, public_id: str) -> Reading | None:
    """Return the text of that public id with all about it, or None when there is none."""
    text = work.session.scalars(_text(public_id)).one_or_none()
    if text is None:
        return None
    response = work.session.scalars(_response(text.answer_id)).one()
    rows = visibility.texts(work.session, Response.id == response.id, *_COLUMNS)
    texts = {columns[0]: (row, columns) for row, columns in rows}
    questions = _questions(work.session, [columns[1] for _row, columns in texts.values()])
    places = _places(work.session, list(questions.values()))
    row, (_id, question_id, *_rest) = texts.pop(text.answer_id)
    question = questions[question_id]
    masks = active_masks(work.session, text.answer_id)
    return Reading(
        text=text,
        response=response,
        question=question,
        place=places.get(question.id, ""),
        row=row,
        pieces=pieces(visible(row, Audience.MODERATOR) or "", text.findings, masks),
        neighbours=[
            _neighbour(other, columns, questions[columns[1]], places)
            for other, columns in texts.values()
        ],
        masks=masks,
        lifted=_lifted(work.session, text.answer_id),
        decisions=decisions_on(work.session, text.answer_id),
        cluster=work.session.get(TextCluster, text.cluster_id) if text.cluster_id else None,
        aside=work.session.get(ResponseSetAside, response.id),
        alert=alerts.of_text(work.session, text.answer_id),
        translated=translations.of(work.session, text.answer_id),
        note=notes.of(work.session, text.answer_id),
        rewritten=_rewritten(work.session, response, question) if response.superseded_at else None,
    )


def load_undoable(work: Work, public_id: str) -> Reading | None:
    """Return the text of that public id if the last decision on it is the actor's to undo."""
    reading = load(work, public_id) if public_id else None
    if reading is None or reading.last is None or reading.last.account_id != work.actor.id:
        return None
    is_reversible = Verdict.REOPEN in verdicts_for(reading.text.state)
    return reading if is_reversible and not reading.is_gone else None


def _text(public_id: str) -> sa.Select[ModeratedText]:
    return (
        sa.select(ModeratedText)
        .where(ModeratedText.public_id == public_id)
        .options(joinedload(ModeratedText.claimant), selectinload(ModeratedText.findings))
        .execution_options(populate_existing=True)
    )


def _response(answer_id: int) -> sa.Select[Response]:
    return (
        sa.select(Response)
        .join(Answer, Answer.response_id == Response.id)
        .where(Answer.id == answer_id)
        .options(
            joinedload(Response.questionnaire).joinedload(Questionnaire.measure),
            joinedload(Response.respondent),
            joinedload(Response.submission),
        )
        .execution_options(populate_existing=True)
    )


def _questions(session: Session, ids: Sequence[int]) -> Mapping[int, Question]:
    questions = session.scalars(sa.select(Question).where(Question.id.in_(ids)))
    return {question.id: question for question in questions}


def _places(session: Session, questions: Sequence[Question]) -> Mapping[int, str]:
    """Return the indicator's code and wording of each question that is about one."""
    ids = {it.indicator_version_id for it in questions} - {None}
    versions = session.scalars(
        sa.select(IndicatorVersion)
        .where(IndicatorVersion.id.in_(ids))
        .options(joinedload(IndicatorVersion.indicator))
    )
    by_id = {it.id: f"{it.indicator.code} · {it.label['fr']}" for it in versions}
    return {it.id: by_id.get(it.indicator_version_id or 0, "") for it in questions}


def _lifted(session: Session, answer_id: int) -> Sequence[Range]:
    """Return the ranges from which a mask was taken off."""
    rows = session.execute(
        sa.select(Redaction.start, Redaction.end).where(
            Redaction.answer_id == answer_id, Redaction.lifted_at.is_not(None)
        )
    )
    return [(start, end) for start, end in rows]


def _neighbour(
    row: TextRow, columns: Sequence[object], question: Question, places: Mapping[int, str]
) -> Neighbour:
    _id, _question_id, public_id, state = columns
    return Neighbour(
        public_id=public_id if isinstance(public_id, str) else None,
        state=state if isinstance(state, TextState) else None,
        place=places.get(question.id, ""),
        question=question,
        pieces=pieces(visible(row, Audience.MODERATOR) or ""),
    )


def _rewritten(session: Session, response: Response, question: Question) -> str | None:
    """Return the same answer in the latest revision, of whatever version of the form."""
    version = question.indicator_version
    return session.scalar(
        sa.select(ModeratedText.public_id)
        .join(Answer, Answer.id == ModeratedText.answer_id)
        .join(Response, Response.id == Answer.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(IndicatorVersion, IndicatorVersion.id == Question.indicator_version_id)
        .where(
            *of_same_form(response),
            visibility.IS_LATEST,
            Question.code == question.code,
            IndicatorVersion.indicator_id.is_(None)
            if version is None
            else IndicatorVersion.indicator_id == version.indicator_id,
        )
    )
