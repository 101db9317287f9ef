"""What publishing would change, shown before it is done, and publishing what was shown."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.accounts import auditing
from consultation.questionnaires import (
    comparability,
    composing,
    outlines,
    publishing,
    reach,
    soundness,
)
from consultation.questionnaires.faults import Fault
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import Outline
from consultation.questionnaires.outline_changes import compare
from consultation.questionnaires.outline_weighing import Weights, weigh
from consultation.questionnaires.outline_words import named
from consultation.questionnaires.publishing import Publication
from consultation.web.permissions import Actor, NotAllowed, Permission


@dataclass(frozen=True)
class Break:
    """A question whose code meant something else; `free_code` is one that it may take."""

    question: str
    label: str
    reasons: Sequence[str]
    free_code: str


@dataclass(frozen=True)
class Review:
    """What publishing would do.

    `weights` are the changes of the outline, `forms` what becomes of the forms in all, `by_plan`
    what of it the plan alone does; `breaks` and `faults` stop a publication.
    """

    weights: Weights
    forms: Publication
    by_plan: Publication
    faults: Sequence[Fault]
    breaks: Sequence[Break]
    missing_english: int
    is_first: bool
    digest: str
    """The hash of all this, by which a page says what it showed."""

    @property
    def is_empty(self) -> bool:
        """Say whether there is nothing to publish."""
        return self.forms.is_empty and not self.weights.sections and not self.weights.questions

    @property
    def is_sound(self) -> bool:
        """Say whether nothing stops the publication."""
        return not self.faults and not self.breaks


class ReviewOutdated(Exception):
    """The outline or the plan is no longer what the page showed."""


class PublicationRefused(Exception):
    """The outline has faults, or breaks the comparison of answers."""


def review(session: Session, actor: Actor, consultation_round: Round) -> Review:
    """Return what publishing the working outline now would change; raise `NotAllowed`."""
    _check(actor)
    published = outlines.published(session, consultation_round)
    working = outlines.working(session, consultation_round)
    counts = reach.indicator_counts(reach.measures_in_force(session))
    forms = publishing.foresee(session, consultation_round, working)
    by_plan = publishing.foresee(session, consultation_round, published) if published else forms
    return Review(
        weights=weigh(compare(published, working), counts),
        forms=forms,
        by_plan=by_plan,
        faults=soundness.all_faults(working, counts),
        breaks=_breaks(session, published, working),
        missing_english=soundness.missing_english(working),
        is_first=published is None,
        digest=_digest(working, forms),
    )


def publish(
    session: Session, actor: Actor, consultation_round: Round, digest: str, at: datetime
) -> Publication:
    """Publish what a page has shown, by the digest of its review.

    Raise `NotAllowed`, `ReviewOutdated` or `PublicationRefused`.
    """
    _check(actor)
    publishing.lock(session, consultation_round)
    found = review(session, actor, consultation_round)
    if found.digest != digest:
        raise ReviewOutdated
    if not found.is_sound:
        raise PublicationRefused
    done = publishing.publish_outline(session, consultation_round, at)
    details = {fate: len(getattr(done, fate)) for fate in FATES}
    auditing.record(session, actor.id, "outline_published", consultation_round.code, details, at=at)
    return done


FATES = ("opened", "renewed", "closed", "unchanged")


def breaks_of(session: Session, consultation_round: Round, outline: Outline) -> list[Break]:
    """Return the questions of an outline that need a new code to be published in the round."""
    return _breaks(session, outlines.published(session, consultation_round), outline)


def _breaks(session: Session, published: Outline | None, working: Outline) -> list[Break]:
    """Return the breaks; a question that is asked just so already breaks nothing anew."""
    known = comparability.meanings(session)
    asked = {
        question.code: (question, section.scope)
        for section in (published or Outline()).sections
        for question in section.questions
    }
    found = []
    for section in working.sections:
        for question in section.questions:
            if asked.get(question.code) == (question, section.scope):
                continue
            reasons = comparability.breaks(known, question, section.scope)
            if reasons:
                free = comparability.free_code(known, working, question.code)
                found.append(Break(question.code, named(question), reasons, free))
    return found


def _digest(working: Outline, forms: Publication) -> str:
    fates = [getattr(forms, fate) for fate in FATES]
    content = json.dumps([composing.digest_of(working), fates])
    return hashlib.sha256(content.encode()).hexdigest()


def _check(actor: Actor) -> None:
    if not actor.may(Permission.COMPOSE):
        raise NotAllowed(Permission.COMPOSE)
