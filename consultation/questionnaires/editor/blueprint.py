"""What the pages of the editor share: their blueprint, their round, what surrounds them."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort

from consultation.extensions import db
from consultation.questionnaires.editor import labels
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.outline.model import Outline, OutlineQuestion, OutlineSection
from consultation.questionnaires.rounds import queries
from consultation.web.permissions import Permission, require

blueprint = Blueprint("composing", __name__, url_prefix="/organisation/tours/<code>/questionnaire")

GONE = "Ce n'est plus dans le questionnaire : quelqu'un vient de le retirer."


@dataclass(frozen=True)
class Desk:
    """What a page is about: the round, what it asks now, and the question or section."""

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


def desk_for(round_code: str, code: str | None) -> Desk:
    """Return the working outline of a round; abort with 404 when there is no such round."""
    require(Permission.COMPOSE)
    found = found_round(round_code)
    return Desk(found, store.working(db.session(), found), code)


def found_round(code: str) -> Round:
    """Return a round; abort with 404 when there is none of that code."""
    try:
        return queries.by_code(db.session(), code)
    except queries.NoRound:
        abort(404)


def frame(found: Round | None = None) -> dict[str, Any]:
    """Return what every page of the editor says and links to."""
    return {"round": found, "words": labels}
