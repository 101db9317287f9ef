"""A posted form as its buttons and its address say it, read from the request once and passed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, request

from consultation.responses.submission.sender import Choice
from consultation.text import CODE

PROPOSED, ALONG = "proposee", "puis"
"""Parameters of the address of a form that the site proposed: that it did, and with which ones."""
LONGEST_PROPOSAL = 200
MOST_REVISIONS = 1_000_000
"""More than a draft can have: what a database could not compare is no revision."""
SAVE, SHOW, REVIEW, MEANT, CORRECT = "save", "show", "review", "anyway", "correct"
"""The buttons: save, show the form again (in another language perhaps), show its answers, store it
although the same was received, correct what was sent.  Any other sends."""
BEGIN = "begin"
"""The button that opens a blank form with as what its respondent answers, posted beside it."""


@dataclass(frozen=True)
class Posted:
    """What a posted form says beside its answers."""

    key: str
    """The text of its key, not verified yet."""
    action: str
    """The action of the button that was pressed, whatever form it is meant for."""
    choice: Choice | None
    """Where the person wants a public form to go while a space is open, if they said so."""
    draft_revision: int
    """The revision of the draft that the form had been given out over; 0 for none."""
    is_proposed: bool
    along: Sequence[str]
    """See `proposed_along`."""
    grace: timedelta
    """See `grace`."""


def read() -> Posted:
    """Read what the form of this request says beside its answers."""
    intent = request.form.get("intent", "")
    action, choice = intent.partition("-")[0], intent.rpartition("-")[2]
    name = "previous_key" if action == CORRECT else "submission_key"
    revision = request.form.get("draft_revision", 0, type=int)
    return Posted(
        key=request.form.get(name, ""),
        action=action,
        choice=next((it for it in Choice if it.value == choice), None),
        draft_revision=revision if 0 < revision <= MOST_REVISIONS else 0,
        is_proposed=is_proposed(),
        along=proposed_along(),
        grace=grace(),
    )


def grace() -> timedelta:
    """Return how long a form given out before the closing is taken after it."""
    return timedelta(hours=current_app.config["CLOSING_GRACE_HOURS"])


def is_proposed() -> bool:
    """Return whether the site proposed the form; its address says so, for GET and POST alike."""
    return PROPOSED in request.args


def proposed_along() -> Sequence[str]:
    """Return the codes of the measures that the site proposed along with this one, in order."""
    text = request.values.get(ALONG, "")[:LONGEST_PROPOSAL]
    return [code for code in text.split(",") if CODE.fullmatch(code)]


def proposal(along: Sequence[str]) -> dict[str, Any]:
    """Return the parameters of a proposed form, `along` being the codes of the others."""
    return {PROPOSED: "1"} | ({ALONG: ",".join(along)} if along else {})
