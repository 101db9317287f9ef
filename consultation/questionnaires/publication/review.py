"""Review before a publication: what publishing the outline would change.

What was reviewed is what is published: the digest of the review is compared.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit, digest
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import (
    answer_comparability,
    codes,
    scope,
    store,
    validation,
)
from consultation.questionnaires.outline.diff import Change, ChangeKind, OutlineChanges, compare
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.labels import question_label
from consultation.questionnaires.outline.structure import Outline, OutlineSection, Scope
from consultation.questionnaires.publication import build
from consultation.questionnaires.publication.publish import (
    TOOL,
    Publication,
    foresee,
    lock,
    publish_outline,
)
from consultation.web.permissions import Permission
from consultation.web.typography import counted
from consultation.work.services import Work, needs

MENTIONED = (ChangeKind.CHANGED, ChangeKind.ADDED, ChangeKind.MOVED, ChangeKind.REMOVED)
"""The kinds of change in the order in which a sentence has them."""


@dataclass(frozen=True)
class ChangeImpact:
    """A change with the forms it affects: codes of measures, the tool as « outil »."""

    change: Change
    forms: tuple[str, ...]


@dataclass(frozen=True)
class Impact:
    """All changes with the forms they affect, of `form_count` forms in all."""

    sections: tuple[ChangeImpact, ...]
    questions: tuple[ChangeImpact, ...]
    form_count: int

    @property
    def sentence(self) -> str:
        """« 3 questions modifiées sur 60 formulaires, 2 ajoutées sur 4 », without a full stop."""
        parts = (("question", self.questions), ("rubrique", self.sections))
        return " ; ".join(
            sentence for noun, impacts in parts if (sentence := _sentence(noun, impacts))
        )


def compute_impact(changes: OutlineChanges, indicator_counts: Mapping[str, int]) -> Impact:
    """Return the changes with the forms of measures in force, and of the tool, that they affect.

    `indicator_counts` has the number of indicators of each measure in force, by code.
    """
    return Impact(
        _impacts(changes.sections, indicator_counts),
        _impacts(changes.questions, indicator_counts),
        len(indicator_counts) + 1,
    )


def _impacts(
    changes: Iterable[Change], indicator_counts: Mapping[str, int]
) -> tuple[ChangeImpact, ...]:
    return tuple(
        ChangeImpact(
            change,
            tuple(
                code or TOOL
                for code in (*indicator_counts, None)
                if any(
                    _is_in_form(section, code, indicator_counts)
                    for section in (change.before, change.after)
                    if section is not None
                )
            ),
        )
        for change in changes
    )


def _is_in_form(
    section: OutlineSection, measure: str | None, indicator_counts: Mapping[str, int]
) -> bool:
    """Leave out a section without questions, or for indicators in a measure without any."""
    if not section.questions or not section.is_for(measure):
        return False
    return section.scope is not Scope.INDICATOR or bool(indicator_counts[measure or ""])


def _sentence(noun: str, impacts: Sequence[ChangeImpact]) -> str:
    parts: list[str] = []
    for kind in MENTIONED:
        changed = [impact for impact in impacts if impact.change.kind is kind]
        if not changed:
            continue
        singular, plural = (
            (f"{noun} {kind.label}", f"{noun}s {kind.label}s")
            if not parts
            else (kind.label, f"{kind.label}s")
        )
        forms = len({form for impact in changed for form in impact.forms})
        on = _form_count(forms, with_noun=not parts)
        parts.append(f"{counted(len(changed), singular, plural)} sur {on}")
    return ", ".join(parts)


def _form_count(count: int, *, with_noun: bool) -> str:
    if not count:
        return "aucun formulaire" if with_noun else "aucun"
    return counted(count, "formulaire", "formulaires") if with_noun else str(count)


@dataclass(frozen=True)
class Break:
    """A question whose published code had another meaning; `free_code` is one it may take."""

    question: str
    label: str
    reasons: Sequence[str]
    free_code: str


@dataclass(frozen=True)
class Review:
    """What publishing would do.

    `impact` has the changes of the outline, `forms` the outcome for all forms, `by_plan` that of
    changes of the plan alone; `breaks` and `errors` prevent the publication.
    """

    impact: Impact
    forms: Publication
    by_plan: Publication
    errors: Sequence[OutlineError]
    breaks: Sequence[Break]
    lacking: Mapping[str, int]
    """How many texts each language lacks."""
    unanswerable: Collection[str]
    """Languages in which no form is offered."""
    is_first: bool
    digest: str
    """The digest that a page sends back, to publish only what it displayed."""

    @property
    def is_empty(self) -> bool:
        return self.forms.is_empty and not self.impact.sections and not self.impact.questions

    @property
    def is_sound(self) -> bool:
        return not self.errors and not self.breaks


class PublicationRefused(Exception):
    """The outline has errors or breaks."""


@needs(Permission.COMPOSE)
def review(work: Work, consultation_round: Round) -> Review:
    """Return the changes that publishing the working outline now would make; raise `NotAllowed`."""
    published = store.published(work.session, consultation_round)
    working = store.working(work.session, consultation_round)
    counts = scope.indicator_counts(scope.measures_in_force(work.session))
    forms = foresee(work.session, consultation_round, working)
    by_plan = foresee(work.session, consultation_round, published) if published else forms
    return Review(
        impact=compute_impact(compare(published, working), counts),
        forms=forms,
        by_plan=by_plan,
        errors=validation.find_all_errors(working, counts),
        breaks=_find_breaks(work.session, published, working),
        lacking=validation.lacking(working, consultation_round.locales),
        unanswerable=validation.unanswerable(working, consultation_round.locales),
        is_first=published is None,
        digest=digest(build.digest_of(working), forms),
    )


@needs(Permission.COMPOSE)
def publish(work: Work, consultation_round: Round, digest: str) -> Publication:
    """Publish what a page has displayed, given by the digest of its review.

    Raise `NotAllowed`, `StaleEdit` or `PublicationRefused`.
    """
    lock(work.session, consultation_round)
    current = review(work, consultation_round)
    if current.digest != digest:
        raise StaleEdit("le questionnaire")
    if not current.is_sound:
        raise PublicationRefused
    done = publish_outline(work.session, consultation_round, work.at)
    details = {kind: len(getattr(done, kind)) for kind in OUTCOMES}
    audit_log.log(work, "outline_published", consultation_round.code, details)
    return done


OUTCOMES = ("opened", "renewed", "closed", "unchanged")


def find_breaks(session: Session, consultation_round: Round, outline: Outline) -> list[Break]:
    """Return the questions of an outline that need a new code to be published in the round."""
    return _find_breaks(session, store.published(session, consultation_round), outline)


def _find_breaks(session: Session, published: Outline | None, working: Outline) -> list[Break]:
    """Return the breaks, without questions already published as they are."""
    known = answer_comparability.load_meanings(session)
    published_questions = {
        question.code: (question, section.scope)
        for section in (published or Outline()).sections
        for question in section.questions
    }
    breaks = []
    for section in working.sections:
        for question in section.questions:
            if published_questions.get(question.code) == (question, section.scope):
                continue
            reasons = answer_comparability.find_breaks(known, question, section.scope)
            if reasons:
                free = codes.free_code(known, working, question.code)
                breaks.append(Break(question.code, question_label(question), reasons, free))
    return breaks
