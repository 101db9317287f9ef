"""Steps that several pages of moderation share."""

from collections.abc import Callable
from typing import Any

from flask import current_app, request
from flask.typing import ResponseReturnValue

from consultation.clock import moment_of
from consultation.moderation import bulk, labels
from consultation.work.actions import act


def undo_lot(page: Callable[..., Any], to: str) -> ResponseReturnValue:
    """Take back what the actor has just decided on many texts, and say on how many."""
    lot, two_moderators = request.form.get("lot", ""), current_app.config["TWO_MODERATORS"]
    return act(
        lambda work: bulk.undo(work, moment_of(lot), two_moderators=two_moderators),
        page=page,
        done=labels.reopened,
        to=to,
    )
