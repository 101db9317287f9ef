"""Readers of texts: one in a language that no moderator reads stays to be read.

Until one of them reads it, or a person has translated it.
"""

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.accounts import languages
from consultation.accounts.audit import audit_log
from consultation.i18n import UNDETERMINED
from consultation.moderation.claims import check_claim, lock
from consultation.moderation.models import ModeratedText, TextTranslation
from consultation.moderation.visibility import LOCALE, joined
from consultation.responses.models import Answer, Respondent, Response
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs

_IS_TRANSLATED = (
    sa.select(TextTranslation.answer_id)
    .where(TextTranslation.answer_id == ModeratedText.answer_id, TextTranslation.is_checked)
    .correlate(ModeratedText)
    .exists()
)
IS_UNDERSTOOD = sa.or_(
    LOCALE.not_in([*languages.FOREIGN, UNDETERMINED]),
    LOCALE.in_(languages.read_by(Permission.MODERATE)),
    _IS_TRANSLATED,
)
"""Somebody may decide on the text; holds for what is `joined`."""


def is_understood(session: Session, answer_id: int) -> bool:
    """Return whether a moderator reads a text, or its translation."""
    is_it = ModeratedText.answer_id == answer_id
    return bool(session.scalar(joined(sa.select(IS_UNDERSTOOD)).where(is_it)))


@needs(Permission.MODERATE)
def recognise(work: Work, public_id: str) -> bool:
    """Note that a text is in the language of its form, which its words did not tell.

    Return whether they did not.  Raise `NotAllowed` or `DecisionNotAllowed`.
    """
    text = lock(work.session, public_id)
    check_claim(work, text)
    if text.locale != UNDETERMINED:
        return False
    text.locale = work.session.scalars(
        sa.select(Respondent.locale)
        .join(Response, Response.respondent_id == Respondent.id)
        .join(Answer, Answer.response_id == Response.id)
        .where(Answer.id == text.answer_id)
    ).one()
    audit_log.log(work, "text_language_recognised", public_id)
    return True
