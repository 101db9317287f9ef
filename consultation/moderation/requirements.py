"""Requirements of a verdict on a text: a reason, a look at what is certain, a second person.

Every way to a verdict asks here: the page of a text, many texts at once, a decision taken back.
What shows a text needs at least the care that hiding it needs.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.moderation.models import (
    Certainty,
    Finding,
    ModeratedText,
    Range,
    Redaction,
    Verdict,
)
from consultation.moderation.screening import IDENTIFYING
from consultation.moderation.transitions import HIDING, PUBLISHING


@dataclass(frozen=True)
class Requirements:
    """What has to come with a verdict."""

    reason: bool
    """Its author is told why."""
    verified: tuple[Range, ...]
    """Passages that anybody would read, and of which a machine is sure that they lead to a person:
    whoever decides says that they looked at each."""
    second: bool
    """Another moderator has to agree, where two are needed."""

    def are_verified(self, ranges: Iterable[Range]) -> bool:
        """Say whether all that has to be looked at is among `ranges`."""
        return set(self.verified) <= set(ranges)


def of_verdict(verdict: Verdict, bare: Iterable[Range], *, was_hidden: bool) -> Requirements:
    """Return what `verdict` needs, on a text with these passages that are certain and not masked.

    `was_hidden`: a decision had held something of it back, which publishing would bring out.
    """
    verified = tuple(bare) if verdict in PUBLISHING else ()
    brings_out = verdict is Verdict.PUBLISH and was_hidden
    return Requirements(
        reason=verdict in HIDING,
        verified=verified,
        second=verdict in HIDING or bool(verified) or brings_out,
    )


def bare(findings: Iterable[Finding], covered: Iterable[Range]) -> tuple[Range, ...]:
    """Return the passages that lead to a person for certain, and that nothing covers."""
    masks = list(covered)
    return tuple(
        (one.start, one.end)
        for one in findings
        if one.certainty is Certainty.SURE and one.kind in IDENTIFYING
        if not any(start <= one.start and one.end <= end for start, end in masks)
    )


def bare_by_answer(
    session: Session, condition: sa.ColumnElement[bool]
) -> Mapping[int, Sequence[Range]]:
    """Return what is `bare` in each of the moderated texts for which `condition` holds."""
    findings, masks = defaultdict(list), defaultdict(list)
    for finding in session.scalars(
        sa.select(Finding)
        .join(ModeratedText, ModeratedText.answer_id == Finding.answer_id)
        .where(Finding.certainty == Certainty.SURE, Finding.kind.in_(IDENTIFYING), condition)
        .order_by(Finding.start, Finding.end)
    ):
        findings[finding.answer_id].append(finding)
    for answer_id, start, end in session.execute(
        sa.select(Redaction.answer_id, Redaction.start, Redaction.end)
        .join(ModeratedText, ModeratedText.answer_id == Redaction.answer_id)
        .where(Redaction.lifted_at.is_(None), condition)
    ):
        masks[answer_id].append((start, end))
    return {answer_id: bare(ones, masks[answer_id]) for answer_id, ones in findings.items()}
