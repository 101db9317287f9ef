"""History of an indicator: its versions, with the decisions that led to each or kept it."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.decisions.models import IndicatorChange, IndicatorDecision
from consultation.decisions.public.differences import WordingChange, changed_texts, wording_of
from consultation.decisions.published import PublishedDecision, published_decisions
from consultation.plan.models import Indicator, IndicatorVersion


@dataclass(frozen=True)
class VersionHistory:
    """A version, what it changed in the one before it, and what was decided on it."""

    version: IndicatorVersion
    changes: Sequence[WordingChange]
    is_first: bool
    origin: PublishedDecision | None
    """The decision that led to it; None where the plan was edited otherwise."""
    later: Sequence[PublishedDecision]
    """The decisions that left it as it is, or retired it, the latest first."""


def decisions_on(session: Session, indicator: Indicator) -> Sequence[PublishedDecision]:
    """Return the published decisions on an indicator, the latest first, and the one that added it.

    One that added it names its code, as there was no indicator yet.
    """
    is_added = sa.and_(
        IndicatorDecision.change == IndicatorChange.ADD, IndicatorDecision.code == indicator.code
    )
    is_on = sa.or_(IndicatorDecision.indicator_id == indicator.id, is_added)
    return published_decisions(session, which=is_on)


def versions(
    indicator: Indicator, decisions: Sequence[PublishedDecision], locale: str
) -> Sequence[VersionHistory]:
    """Return the versions of an indicator, the last one first, with the decisions on each."""
    before: list[IndicatorVersion | None] = [None, *indicator.versions[:-1]]
    origins = {number: it for it in decisions if (number := _led_to(indicator, it)) is not None}
    rows = [
        VersionHistory(
            version,
            changed_texts(wording_of(earlier), wording_of(version), locale) if earlier else (),
            earlier is None,
            origins.get(version.number),
            [
                it
                for it in decisions
                if it.decision.version_id == version.id and it not in origins.values()
            ],
        )
        for earlier, version in zip(before, indicator.versions, strict=True)
    ]
    return rows[::-1]


def _led_to(indicator: Indicator, decided: PublishedDecision) -> int | None:
    """Return the number of the version to which a decision led: that of its edition's moment."""
    if decided.decision.change not in (IndicatorChange.REWORD, IndicatorChange.ADD):
        return None
    moment = decided.edition.published_at
    made = (it.number for it in indicator.versions if it.created_at == moment)
    return next(made, None)
