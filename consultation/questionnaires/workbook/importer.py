"""Import of a questionnaire workbook that was read: preview of its changes, and their storage.

The outline of the file replaces the working one, but for texts in languages that the round does
not have, of which the file is silent.  Nothing is published.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import edits, scope, store, validation
from consultation.questionnaires.outline.diff import ChangeKind, compare
from consultation.questionnaires.outline.structure import Outline
from consultation.questionnaires.publication import build, review
from consultation.questionnaires.publication.review import Break, Impact, compute_impact
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


@dataclass(frozen=True)
class Proposal:
    """The changes that importing an outline would make to the working one.

    `breaks` are questions that could not be published so; `digest` is that of the working outline.
    """

    impact: Impact
    breaks: list[Break]
    lacking: Mapping[str, int]
    """How many texts each language lacks."""
    digest: str

    @property
    def is_empty(self) -> bool:
        """Whether the file asks exactly what the working outline does."""
        return not self.impact.sections and not self.impact.questions


@needs(Permission.COMPOSE)
def propose(work: Work, consultation_round: Round, outline: Outline) -> Proposal:
    """Return the changes that the outline of a file would make; raise `NotAllowed`."""
    working = store.working(work.session, consultation_round)
    outline = edits.keep_texts(outline, working, consultation_round.locales)
    counts = scope.indicator_counts(scope.measures_in_force(work.session))
    return Proposal(
        impact=compute_impact(compare(working, outline), counts),
        breaks=review.find_breaks(work.session, consultation_round, outline),
        lacking=validation.lacking(outline, consultation_round.locales),
        digest=build.digest_of(working),
    )


@needs(Permission.COMPOSE)
def apply(work: Work, consultation_round: Round, outline: Outline, seen: str) -> None:
    """Make the outline of a file the working one; `seen` is the digest of the previewed one.

    Nothing is published.  Raise `NotAllowed` or `StaleEdit`.
    """
    counts = scope.indicator_counts(scope.measures_in_force(work.session))
    if validation.find_errors(outline, counts):
        raise StaleEdit("le questionnaire")
    replaced: list[Outline] = []

    def put(working: Outline) -> Outline:
        if build.digest_of(working) != seen:
            raise StaleEdit("le questionnaire")
        replaced.append(working)
        return edits.keep_texts(outline, working, consultation_round.locales)

    imported = store.change(work.session, consultation_round, put, work.at)
    questions = compare(replaced[0], imported).questions
    details = {
        kind.value: sum(1 for change in questions if change.kind is kind) for kind in ChangeKind
    }
    audit_log.log(work, "questionnaire_imported", consultation_round.code, details)
