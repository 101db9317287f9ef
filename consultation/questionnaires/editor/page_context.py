"""Context that the pages of the editor share: blueprint, round, working outline, links."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, url_for

from consultation.extensions import db
from consultation.questionnaires.editor import labels
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import labels as outline_labels
from consultation.questionnaires.outline import store
from consultation.questionnaires.outline.errors import OutlineError
from consultation.questionnaires.outline.structure import Outline, OutlineQuestion, OutlineSection
from consultation.questionnaires.rounds import queries

blueprint = Blueprint("editor", __name__, url_prefix="/organisation/tours/<code>/questionnaire")

GONE = "Ce n'est plus dans le questionnaire : quelqu'un vient de le retirer."


@dataclass(frozen=True)
class Editor:
    """The working outline of a round, with the question or section that a page is about."""

    round: Round
    outline: Outline
    code: str | None
    """The code in the address, None for what is new."""

    @property
    def question(self) -> OutlineQuestion | None:
        """The question as it is stored, if it is."""
        return self.outline.question(self.code) if self.code else None

    @property
    def section(self) -> OutlineSection | None:
        """The section as it is stored, if it is."""
        return self.outline.section(self.code) if self.code else None


def open_editor(round_code: str, code: str | None) -> Editor:
    """Return the working outline of a round; abort with 404 when there is no such round."""
    consultation_round = find_round(round_code)
    return Editor(consultation_round, store.working(db.session(), consultation_round), code)


def find_round(code: str) -> Round:
    """Return a round; abort with 404 when there is none of that code."""
    try:
        return queries.by_code(db.session(), code)
    except queries.NoRound:
        abort(404)


def error_address(code: str, error: OutlineError) -> str:
    """Return the page of the editor where an error of the round's outline is corrected."""
    if error.question:
        return url_for("editor.question", code=code, question=error.question)
    if error.section:
        return url_for("editor.section", code=code, section=error.section)
    return url_for("editor.outline", code=code)


def page_context(consultation_round: Round | None = None) -> dict[str, Any]:
    """Return the arguments of every template of the editor."""
    return {
        "round": consultation_round,
        "labels": labels,
        "outline_labels": outline_labels,
        "error_address": error_address,
    }
