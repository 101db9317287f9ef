"""Under whose name a text would be quoted: it is public only as a moderator has read it.

A decision keeps no name, but a keyed hash of what stood beside the text; whoever is named otherwise
since then, or was not read, is quoted by their capacity.
"""

import json
from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.crypto.keyring import keyring
from consultation.moderation.decisions import PUBLISHING
from consultation.moderation.models import ModerationDecision
from consultation.responses.models import Respondent

PURPOSE = "signature"


class Signature(NamedTuple):
    """The name and the organisation that somebody gave."""

    name: str | None
    organisation: str | None


def signature_of(who: Respondent) -> Signature | None:
    """Return what would stand under a text, or None: nothing is given, or it is not to be said."""
    found = Signature(who.contact.name if who.contact else None, who.organisation)
    return found if who.consent_named and any(found) else None


def index_of(answer_id: int, signature: Signature | None) -> str | None:
    """Return by what a signature is known again under that text, and under no other."""
    if signature is None:
        return None
    return keyring.blind_index(PURPOSE, json.dumps([answer_id, *signature]))


def indexes_read(session: Session, answer_ids: Collection[int]) -> dict[int, str | None]:
    """Return for each text that was published the index of the signature that was read with it."""
    last = (
        sa.select(sa.func.max(ModerationDecision.id))
        .where(
            ModerationDecision.answer_id.in_(answer_ids),
            ModerationDecision.verdict.in_(PUBLISHING),
        )
        .group_by(ModerationDecision.answer_id)
    )
    rows = session.execute(
        sa.select(ModerationDecision.answer_id, ModerationDecision.signature_index).where(
            ModerationDecision.id.in_(last)
        )
    )
    return dict(rows.all())
