"""Attribution: the name and organisation under which a published text is quoted.

They are public only as a moderator has read them.  A decision keeps no name, but a keyed hash of
what was displayed beside the text: a respondent who is named otherwise since then, or whose name no
moderator has read, is quoted by their capacity.
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
    """The name and the organisation that a respondent gave."""

    name: str | None
    organisation: str | None


def signature_of(respondent: Respondent) -> Signature | None:
    """Return the signature of a quotation, or None: none is given, or no consent to name it."""
    signature = Signature(
        respondent.contact.name if respondent.contact else None, respondent.organisation
    )
    return signature if respondent.consent_named and any(signature) else None


def index_of(answer_id: int, signature: Signature | None) -> str | None:
    """Return the keyed hash of a signature, different under each text."""
    if signature is None:
        return None
    return keyring.blind_index(PURPOSE, json.dumps([answer_id, *signature]))


def indexes_read(session: Session, answer_ids: Collection[int]) -> dict[int, str | None]:
    """Return the index of the signature that was read with each published text."""
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
