"""Erasure of texts: passages erased for good, and all texts of an erased respondent.

The characters are replaced by as many marks, so that every other range stays where it is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db import erasure_log
from consultation.inbox import erasure as received
from consultation.jobs import erase_copies
from consultation.moderation.clusters import clustering
from consultation.moderation.models import (
    DangerAlert,
    Finding,
    Layer,
    ModeratedText,
    Range,
    Redaction,
    TextState,
)
from consultation.moderation.texts import notes, translations
from consultation.moderation.texts.ranges import repeated
from consultation.moderation.visibility import COVER, active_masks
from consultation.questionnaires.models import Questionnaire
from consultation.responses.drafts import store
from consultation.responses.models import Answer, Response
from consultation.responses.revisions import of_same_form
from consultation.responses.rights.erasure import ERASED_TEXT, Erased

KIND = "erasure"


def erase_ranges(
    session: Session, redactions: Sequence[Redaction], at: datetime, *, home: Path
) -> None:
    """Make covered ranges of one text final, and order that nothing keeps their characters.

    The same passages go from the author's other revisions of that form, whether they were read or
    not, from what they have begun to send instead, and from the mails that these texts came by.
    """
    if not redactions:
        return
    answer = session.get_one(Answer, redactions[0].answer_id)
    ranges = [(redaction.start, redaction.end) for redaction in redactions]
    erased = [(answer, ranges), *_repetitions(session, answer, ranges)]
    for erased_answer, its_ranges in erased:
        erasure_log.note(home, KIND, at, **_named(session, erased_answer), ranges=its_ranges)
    _cover_drafts(session, answer, ranges)
    for erased_answer, its_ranges in erased:
        _make_final(session, erased_answer.id, its_ranges, redactions[0], at)
        _overwrite(session, erased_answer, its_ranges)
    received.blank_sources(session, [erased_answer.id for erased_answer, _ranges in erased])
    erase_copies.order(session, at)


def replay(session: Session, entry: erasure_log.Entry, at: datetime) -> None:
    """Erase once more what a restored backup has brought back, screened by then or not."""
    answer = session.scalars(_listed(entry)).one_or_none()
    if answer is not None:
        ranges = [(start, end) for start, end in entry["ranges"]]
        _cover_drafts(session, answer, ranges)
        _overwrite(session, answer, ranges)
        received.blank_sources(session, [answer.id])


def _repetitions(
    session: Session, answer: Answer, ranges: Sequence[Range]
) -> Sequence[tuple[Answer, list[Range]]]:
    """Return the texts of other revisions where these ranges of one stand too, and where."""
    response = session.get_one(Response, answer.response_id)
    others = session.scalars(
        sa.select(Answer)
        .join(Response, Response.id == Answer.response_id)
        .join(Questionnaire, Questionnaire.id == Response.questionnaire_id)
        .where(*of_same_form(response), Response.id != response.id, Answer.text.is_not(None))
        .order_by(Answer.id)
        .with_for_update(of=Answer)
        .execution_options(populate_existing=True)
    ).all()
    repetitions = [
        (
            other,
            [
                repetition
                for each in ranges
                for repetition in repeated(answer.text or "", each, other.text)
            ],
        )
        for other in others
        if other.text
    ]
    return [(other, its_ranges) for other, its_ranges in repetitions if its_ranges]


def _named(session: Session, answer: Answer) -> dict[str, Any]:
    """Return the names by which any backup knows a text, be it older than its screening."""
    text = session.get(ModeratedText, answer.id)
    response = session.get_one(Response, answer.response_id)
    return {
        "text": text.public_id if text else None,
        "response": response.public_id,
        "question": answer.question_id,
    }


def _listed(entry: erasure_log.Entry) -> sa.Select[Answer]:
    """Return the query of the text that an entry names; older entries know it as moderated only."""
    if "response" not in entry:
        return (
            sa.select(Answer)
            .join(ModeratedText, ModeratedText.answer_id == Answer.id)
            .where(ModeratedText.public_id == entry["text"])
        )
    return (
        sa.select(Answer)
        .join(Response, Response.id == Answer.response_id)
        .where(
            Response.public_id == entry["response"],
            Answer.question_id == entry["question"],
            Answer.text.is_not(None),
        )
    )


def _make_final(
    session: Session, answer_id: int, ranges: Sequence[Range], like: Redaction, at: datetime
) -> None:
    """Make masks within the ranges final, and cover for good what they leave uncovered."""
    if session.get(ModeratedText, answer_id) is None:
        return
    masks = active_masks(session, answer_id)
    for mask in masks:
        if any(start <= mask.start and mask.end <= end for start, end in ranges):
            mask.layer = Layer.ERASED
    final = [mask for mask in masks if mask.layer is Layer.ERASED]
    session.add_all(
        Redaction(
            answer_id=answer_id,
            start=start,
            end=end,
            reason=like.reason,
            layer=Layer.ERASED,
            account_id=like.account_id,
            created_at=at,
        )
        for start, end in ranges
        if not any(mask.covers((start, end)) for mask in final)
    )
    session.flush()


def _cover_drafts(session: Session, answer: Answer, ranges: Sequence[Range]) -> None:
    response, content = session.get_one(Response, answer.response_id), answer.text or ""
    store.rewrite(
        session,
        response.respondent_id,
        response.questionnaire.measure_id,
        lambda typed: _blackened(
            typed,
            (repetition for range_ in ranges for repetition in repeated(content, range_, typed)),
        ),
    )


def _overwrite(session: Session, answer: Answer, ranges: Iterable[Range]) -> None:
    answer.text = _blackened(answer.text or "", ranges)
    # By the hash of what was sent, a guess at it could be tried out.
    session.get_one(Response, answer.response_id).content_hash = ""
    session.flush()
    translations.forget(session, [answer.id])
    notes.forget(session, [answer.id])
    if session.get(ModeratedText, answer.id) is not None:
        clustering.renew(session, answer.id)


def _blackened(text: str, ranges: Iterable[Range]) -> str:
    characters = list(text)
    for start, end in ranges:
        characters[start:end] = COVER * len(characters[start:end])
    return "".join(characters)


def erase_texts(session: Session, erased: Erased) -> None:
    """Keep of erased texts only the decisions, and order that older copies are removed.

    A range says how long a name was: what was covered covers the whole of what is left.
    """
    ids = erased.answer_ids
    clustering.lock_clusters(session)
    texts = sa.select(ModeratedText.answer_id).where(ModeratedText.answer_id.in_(ids))
    session.execute(texts.with_for_update()).all()
    clustering.remove(session, ids)
    translations.forget(session, ids)
    notes.forget(session, ids)
    session.execute(sa.delete(Finding).where(Finding.answer_id.in_(ids)))
    later = {"synchronize_session": False}
    session.execute(
        sa.update(Redaction)
        .where(Redaction.answer_id.in_(ids))
        .values(start=0, end=len(ERASED_TEXT), layer=Layer.ERASED),
        execution_options=later,
    )
    session.execute(
        sa.update(ModeratedText)
        .where(ModeratedText.answer_id.in_(ids))
        .values(
            is_flagged=False,
            has_danger_words=False,
            locale=None,
            claimed_by=None,
            claimed_until=None,
        ),
        execution_options=later,
    )
    session.execute(
        sa.update(DangerAlert).where(DangerAlert.answer_id.in_(ids)).values(note=None),
        execution_options=later,
    )
    _drop_proposals(session, ids)
    erase_copies.order(session, erased.at)


def _drop_proposals(session: Session, ids: Sequence[int]) -> None:
    """Let the texts wait again: a proposal on a text that is gone needs no second moderator."""
    session.execute(
        sa.update(ModeratedText)
        .where(ModeratedText.answer_id.in_(ids), ModeratedText.state == TextState.SECONDING)
        .values(state=TextState.WAITING, pending=None),
        execution_options={"synchronize_session": False},
    )
