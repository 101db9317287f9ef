"""One text as its page shows it: its words, what was seen in them, what anybody may read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from consultation.moderation.marking import UNMASKABLE, Piece, pieces
from consultation.moderation.models import (
    Certainty,
    DangerAlert,
    Finding,
    FindingKind,
    ModeratedText,
    ModerationDecision,
    Range,
    Reason,
    Redaction,
    ResponseSetAside,
    TextCluster,
    TextState,
    Verdict,
)
from consultation.moderation.requirements import Requirements, bare, of_verdict
from consultation.moderation.screening import IDENTIFYING
from consultation.moderation.showing import Audience, Seen, told, visible
from consultation.moderation.transitions import PUBLISHING, was_hidden
from consultation.questionnaires.models import Question
from consultation.responses.models import Response

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
    """Something a machine saw that can be masked, once for all its occurrences."""

    ranges: tuple[Range, ...]
    words: Sequence[Piece]
    kind: FindingKind
    certainty: Certainty
    is_masked: bool
    was_lifted: bool
    """A moderator took a mask off it."""

    @property
    def is_identifying(self) -> bool:
        """Say whether such a passage leads to a person by itself; a link does not."""
        return self.kind in IDENTIFYING

    @property
    def reason(self) -> Reason:
        """Why it would be masked, as far as a machine can tell."""
        return REASONS.get(self.kind, Reason.OTHER)

    @property
    def value(self) -> str:
        """The ranges as a form sends them."""
        return as_sent(self.ranges)


@dataclass(frozen=True)
class Neighbour:
    """Another text of the same contribution; without `public_id` while no machine screened it."""

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
    seen: Seen
    pieces: Sequence[Piece]
    neighbours: Sequence[Neighbour]
    masks: Sequence[Redaction]
    lifted: Sequence[Range]
    """What a mask was taken off."""
    decisions: Sequence[ModerationDecision]
    cluster: TextCluster | None
    aside: ResponseSetAside | None
    alert: DangerAlert | None
    rewritten: str | None
    """The public id of the same answer as its author rewrote it, once screened."""

    @property
    def words(self) -> str:
        """The text as it was written."""
        return visible(self.seen, Audience.MODERATOR) or ""

    @property
    def told(self) -> TextState | None:
        """Its state as authors and workbooks are told it."""
        return told(self.seen.state, is_covered=bool(self.seen.covered))

    @property
    def masked(self) -> str:
        """What is masked or erased, as a form sends it."""
        return as_sent((mask.start, mask.end) for mask in self.masks)

    @property
    def is_gone(self) -> bool:
        """Say whether its author withdrew or rewrote it."""
        return self.seen.is_gone

    @property
    def public_pieces(self) -> Sequence[Piece] | None:
        """What anybody reads of it at present, or None when nobody does."""
        return _shown(self.seen)

    def preview(self, masked: Iterable[Range] = ()) -> Sequence[Piece] | None:
        """Return what anybody would read of it, were it published with these masks too, or None."""
        covered = (*self.seen.covered, *masked)
        return _shown(self.seen._replace(state=TextState.PUBLISHED, covered=covered))

    @property
    def passages(self) -> Sequence[Passage]:
        """What a machine saw and can be masked, in the order of the text."""
        return _passages(self.words, self.text.findings, self.seen.covered, self.lifted)

    @property
    def flagged(self) -> Sequence[Passage]:
        """The passages, not masked, for which a machine wants a moderator's look."""
        return [
            one
            for one in self.passages
            if one.is_identifying and not one.is_masked
            if self.text.is_flagged or one.certainty is not Certainty.POSSIBLE
        ]

    @property
    def is_marked(self) -> bool:
        """Say whether something of it is, or is to be, masked unless somebody says otherwise."""
        return bool(self.masks or self.flagged)

    @property
    def ticked(self) -> frozenset[str]:
        """What comes ticked to be masked, while nobody has chosen what to mask."""
        waits = self.text.state is TextState.WAITING
        if not waits and (self.text.pending is None or self.text.pending in PUBLISHING):
            return frozenset()
        return frozenset(one.value for one in self.flagged if not one.was_lifted)

    @property
    def suggested(self) -> Sequence[Reason]:
        """Why what comes ticked would be masked, each reason once."""
        reasons = (one.reason for one in self.flagged if one.value in self.ticked)
        return tuple(dict.fromkeys(reasons))

    def requirements(self, verdict: Verdict, masked: Iterable[Range] = ()) -> Requirements:
        """Return what a verdict on it needs, once these ranges are masked too."""
        left = bare(self.text.findings, [*self.seen.covered, *masked])
        return of_verdict(verdict, left, was_hidden=was_hidden(self.decisions))

    @property
    def remarks(self) -> Sequence[FindingKind]:
        """What a machine noticed of the text as a whole."""
        kinds = (one.kind for one in self.text.findings if one.kind in UNMASKABLE)
        return tuple(dict.fromkeys(kinds))

    @property
    def last(self) -> ModerationDecision | None:
        """The last decision."""
        return self.decisions[-1] if self.decisions else None


def _shown(seen: Seen) -> Sequence[Piece] | None:
    shown = visible(seen, Audience.PUBLIC)
    return None if shown is None else pieces(shown)


def _passages(
    words: str,
    findings: Sequence[Finding],
    covered: Sequence[Range],
    lifted: Sequence[Range],
) -> Sequence[Passage]:
    found: dict[tuple[FindingKind, str], list[Finding]] = {}
    for one in findings:
        if one.kind not in UNMASKABLE and one.end <= len(words):
            found.setdefault((one.kind, words[one.start : one.end]), []).append(one)
    return [
        Passage(
            ranges=tuple((one.start, one.end) for one in ones),
            words=pieces(seen),
            kind=kind,
            certainty=ones[0].certainty,
            is_masked=all(_lies_under(one, covered) for one in ones),
            was_lifted=any(_lies_under(one, lifted) for one in ones),
        )
        for (kind, seen), ones in found.items()
    ]


def _lies_under(one: Finding, ranges: Sequence[Range]) -> bool:
    return any(start <= one.start and one.end <= end for start, end in ranges)
