"""Steps that several pages of moderation share."""

from flask import current_app, flash, request

from consultation.clock import moment_of
from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import bulk, labels
from consultation.web.permissions import Actor
from consultation.work.actions import current_work


def undo_lot(actor: Actor) -> None:
    """Take back what the actor has just decided on many texts, and say on how many."""
    with writing(db.session()):
        count = bulk.undo(
            current_work(),
            moment_of(request.form.get("lot", "")),
            two_moderators=current_app.config["TWO_MODERATORS"],
        )
    flash(labels.reopened(count))
