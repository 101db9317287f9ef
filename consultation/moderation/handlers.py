"""Steps that several pages of moderation share."""

from flask import current_app, flash, request

from consultation.clock import moment_of, now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import bulk, labels
from consultation.web.permissions import Actor


def undo_lot(actor: Actor) -> None:
    """Take back what the actor has just decided on many texts, and say on how many."""
    with writing(db.session()):
        count = bulk.undo(
            db.session(),
            actor,
            moment_of(request.form.get("lot", "")),
            at=now(),
            two_moderators=current_app.config["TWO_MODERATORS"],
        )
    flash(labels.reopened(count))
