"""Publication review: what publishing would change, and publishing it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit, digest
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import codes, comparability, scope, store, validation
from consultation.questionnaires.outline.diff import Change, ChangeKind, OutlineChanges, compare
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.labels import question_label
from consultation.questionnaires.outline.model import Outline, OutlineSection, Scope
from consultation.questionnaires.publication import build
from consultation.questionnaires.publication import publish as publication_publish
from consultation.questionnaires.publication.publish import TOOL, Publication
from consultation.web.permissions import Actor, NotAllowed, Permission

CHANGE_KIND_LABELS = {
    ChangeKind.CHANGED: "modifiée",
    ChangeKind.ADDED: "ajoutée",
    ChangeKind.MOVED: "déplacée",
    ChangeKind.REMOVED: "retirée",
}


@dataclass(frozen=True)
class Weighed:
    """A change and the forms that it has effect on: codes of measures, the tool as « outil »."""

    change: Change
    forms: tuple[str, ...]


@dataclass(frozen=True)
class Weights:
    """The changes with their forms, and how many forms there are in all."""

    sections: tuple[Weighed, ...]
    questions: tuple[Weighed, ...]
    form_count: int

    @property
    def sentence(self) -> str:
        """« 3 questions modifiées sur 60 formulaires, 2 ajoutées sur 4 », without a full stop."""
        parts = (("question", self.questions), ("rubrique", self.sections))
        return " ; ".join(said for noun, found in parts if (said := _sentence(noun, found)))


def weigh(changes: OutlineChanges, indicator_counts: Mapping[str, int]) -> Weights:
    """Return the changes with the forms of the measures in force, and of the tool, that show them.

    `indicator_counts` says how many indicators each measure in force has, by its code.
    """
    return Weights(
        _weighed(changes.sections, indicator_counts),
        _weighed(changes.questions, indicator_counts),
        len(indicator_counts) + 1,
    )


def _weighed(changes: Iterable[Change], indicator_counts: Mapping[str, int]) -> tuple[Weighed, ...]:
    return tuple(
        Weighed(
            change,
            tuple(
                code or TOOL
                for code in (*indicator_counts, None)
                if any(
                    _shows(section, code, indicator_counts)
                    for section in (change.before, change.after)
                    if section is not None
                )
            ),
        )
        for change in changes
    )


def _shows(
    section: OutlineSection, measure: str | None, indicator_counts: Mapping[str, int]
) -> bool:
    """Say whether a form shows the section; without question or indicator, none does."""
    if not section.questions or not section.is_for(measure):
        return False
    return section.scope is not Scope.INDICATOR or bool(indicator_counts[measure or ""])


def _sentence(noun: str, found: Sequence[Weighed]) -> str:
    said: list[str] = []
    for kind, word in CHANGE_KIND_LABELS.items():
        these = [one for one in found if one.change.kind is kind]
        if not these:
            continue
        forms = len({form for one in these for form in one.forms})
        plural = "s" if len(these) > 1 else ""
        subject = "" if said else f"{noun}{plural} "
        said.append(f"{len(these)} {subject}{word}{plural} {_on(forms, with_noun=not said)}")
    return ", ".join(said)


def _on(count: int, *, with_noun: bool) -> str:
    if not count:
        return "sur aucun formulaire" if with_noun else "sur aucun"
    noun = f" formulaire{'s' if count > 1 else ''}" if with_noun else ""
    return f"sur {count}{noun}"


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
    what of it the plan alone does; `breaks` and `errors` stop a publication.
    """

    weights: Weights
    forms: Publication
    by_plan: Publication
    errors: Sequence[OutlineError]
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
        return not self.errors and not self.breaks


class PublicationRefused(Exception):
    """The outline has errors, or breaks the comparison of answers."""


def review(session: Session, actor: Actor, consultation_round: Round) -> Review:
    """Return what publishing the working outline now would change; raise `NotAllowed`."""
    _check(actor)
    published = store.published(session, consultation_round)
    working = store.working(session, consultation_round)
    counts = scope.indicator_counts(scope.measures_in_force(session))
    forms = publication_publish.foresee(session, consultation_round, working)
    by_plan = (
        publication_publish.foresee(session, consultation_round, published) if published else forms
    )
    return Review(
        weights=weigh(compare(published, working), counts),
        forms=forms,
        by_plan=by_plan,
        errors=validation.find_all_errors(working, counts),
        breaks=_find_breaks(session, published, working),
        missing_english=validation.count_missing_english(working),
        is_first=published is None,
        digest=digest(build.digest_of(working), forms),
    )


def publish(
    session: Session, actor: Actor, consultation_round: Round, digest: str, at: datetime
) -> Publication:
    """Publish what a page has shown, by the digest of its review.

    Raise `NotAllowed`, `StaleEdit` or `PublicationRefused`.
    """
    _check(actor)
    publication_publish.lock(session, consultation_round)
    found = review(session, actor, consultation_round)
    if found.digest != digest:
        raise StaleEdit("le questionnaire")
    if not found.is_sound:
        raise PublicationRefused
    done = publication_publish.publish_outline(session, consultation_round, at)
    details = {kind: len(getattr(done, kind)) for kind in OUTCOMES}
    audit_log.record(
        session, actor.id, "outline_published", consultation_round.code, details, at=at
    )
    return done


OUTCOMES = ("opened", "renewed", "closed", "unchanged")


def find_breaks(session: Session, consultation_round: Round, outline: Outline) -> list[Break]:
    """Return the questions of an outline that need a new code to be published in the round."""
    return _find_breaks(session, store.published(session, consultation_round), outline)


def _find_breaks(session: Session, published: Outline | None, working: Outline) -> list[Break]:
    """Return the breaks; a question that is asked just so already breaks nothing anew."""
    known = comparability.load_meanings(session)
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
            reasons = comparability.find_breaks(known, question, section.scope)
            if reasons:
                free = codes.free_code(known, working, question.code)
                found.append(Break(question.code, question_label(question), reasons, free))
    return found


def _check(actor: Actor) -> None:
    if not actor.may(Permission.COMPOSE):
        raise NotAllowed(Permission.COMPOSE)
