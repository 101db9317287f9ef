"""Readiness of the site for a round: what the checklist of the round has to know of it."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.operations.keys import verification
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds.checklist import Site
from consultation.responses.models import Respondent, Response

_OF_TRIALS = (
    sa.select(sa.func.count())
    .select_from(Response)
    .join(Response.respondent)
    .join(Round, Round.id == Respondent.round_id)
    .where(Round.is_trial)
)


def site_of(session: Session, settings: Mapping[str, Any]) -> Site:
    """Return the facts on the site that the checklist of a round needs."""
    return Site(
        has_server=bool(settings["MAIL_SERVER"]),
        sender=settings["MAIL_SENDER"],
        referent=settings["DANGER_REFERENT_NAME"] or settings["DANGER_REFERENT"],
        are_keys_copied=verification.is_confirmed(session, settings["KEYS_DIR"]),
        trial_response_count=session.scalar(_OF_TRIALS) or 0,
    )
