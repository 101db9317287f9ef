"""Readers of texts: one in a language that no moderator reads stays to be read.

Until one of them reads it, or a person has translated it.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import languages
from consultation.moderation.models import ModeratedText, TextTranslation
from consultation.moderation.visibility import LOCALE, joined
from consultation.web.permissions import Permission

_IS_TRANSLATED = (
    sa.select(TextTranslation.answer_id)
    .where(TextTranslation.answer_id == ModeratedText.answer_id, TextTranslation.is_checked)
    .correlate(ModeratedText)
    .exists()
)
IS_UNDERSTOOD = sa.or_(
    LOCALE.not_in(languages.FOREIGN),
    LOCALE.in_(languages.read_by(Permission.MODERATE)),
    _IS_TRANSLATED,
)
"""Somebody may decide on the text; holds for what is `joined`."""


def is_understood(session: Session, answer_id: int) -> bool:
    """Return whether a moderator reads a text, or its translation."""
    is_it = ModeratedText.answer_id == answer_id
    return bool(session.scalar(joined(sa.select(IS_UNDERSTOOD)).where(is_it)))
