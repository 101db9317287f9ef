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
    Redaction,
    ResponseSetAside,
    TextCluster,
    TextState,
)
from consultation.moderation.showing import Audience, Seen, told, visible
from consultation.questionnaires.models import Question
from consultation.responses.models import Response


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

    @property
    def preview(self) -> Sequence[Piece] | None:
        """What anybody would read of it were it published now, or None if that can't be."""
        return _shown(self.seen._replace(state=TextState.PUBLISHED))

    @property
    def passages(self) -> Sequence[Passage]:
        """What a machine saw and can be masked, in the order of the text."""
        return _passages(self.words, self.text.findings, self.seen.covered)

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
    words: str, findings: Sequence[Finding], covered: Sequence[Range]
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
            is_masked=all(
                any(first <= one.start and one.end <= last for first, last in covered)
                for one in ones
            ),
        )
        for (kind, seen), ones in found.items()
    ]
