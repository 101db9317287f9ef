"""Request handlers that save a form as a draft.

A form is saved by its button, or by the script of a space.
"""

from dataclasses import replace
from datetime import datetime

from flask import abort, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.responses.drafts import conflicts, public_drafts, refill, store
from consultation.responses.drafts.public_drafts import FormUsed
from consultation.responses.models import Respondent, RespondentSession
from consultation.responses.space import cookie, sessions
from consultation.responses.submission import context, sender
from consultation.responses.submission.acceptance import (
    REFUSALS,
    is_crowded,
    takes_too_much,
)
from consultation.responses.submission.context import FormGone
from consultation.responses.submission.handlers import ask_which, not_given_out, posted_page
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.submission.page import Notice, Page, retry_after, space_path
from consultation.responses.submission.posted import Posted
from consultation.responses.submission.sender import Choice, Owner
from consultation.responses.submission.submit import Superseded
from consultation.web import rate_limits
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.locale import current_locale
from consultation.web.request_body import was_cleaned
from consultation.web.typography import hour, typeset

WHERE_TO_SAVE = {Owner.UNKNOWN: Notice.WHERE_TO_SAVE, Owner.CLOSED: Notice.SPACE_CLOSED}
"""The notices of a public form of which it is not clear where it is to be saved."""


def is_script() -> bool:
    """Return whether the page's script posts, which displays a sentence and no page."""
    return request.accept_mimetypes.best == "application/json"


def _is_last() -> bool:
    """Return whether the page saves nothing more: its button was pressed, or it is being left."""
    return not is_script() or "leaving" in request.form


def save(code: str | None, posted: Posted, space: RespondentSession | None) -> ResponseReturnValue:
    """Save the form of a space as typed, or show it again with why not."""
    at = now()
    page = _typed_page(code, posted, at)
    if page is None:
        return not_given_out(code, at)
    return _save(page, posted, space, at)


def _save(
    page: Page, posted: Posted, space: RespondentSession | None, at: datetime
) -> ResponseReturnValue:
    notice, key = _objection(page), page.context.key
    if notice is None and key is not None and key.holder is None:
        page.renew_key()
        notice = Notice.CONFIRM
    if notice is None and (space is None or key is None or key.holder != space.respondent_id):
        return _unsaved(page, Notice.SPACE_CLOSED)
    if space is not None:
        page.enter(space.respondent_id)
    if notice or space is None or key is None:
        return _unsaved(page, notice or Notice.CONFIRM)
    return _save_in_space(page, posted, key, space.respondent_id, at)


def save_public(
    code: str | None, posted: Posted, beside: RespondentSession | None
) -> ResponseReturnValue:
    """Save a public form as it is typed; `beside` is the space that is open in this browser."""
    at = now()
    page = _typed_page(code, posted, at)
    if page is None:
        return not_given_out(code, at)
    key = page.context.key
    if key is not None and key.holder is not None:
        return _save(page, posted, beside, at)
    page.asks_proof = page.context.is_proof_required
    page.is_separate = posted.choice is Choice.APART
    notice = _objection(page)
    if notice or key is None:
        return page.show(notice)
    round_id = page.instrument.round_id
    owner, space = sender.owner_of(db.session(), key, beside, round_id, posted.choice)
    if owner is Owner.SPACE and space is not None:
        page.enter(space)
        page.renew_key()  # what comes back is a form of that space
        return _save_in_space(page, posted, key, space, at)
    if notice := WHERE_TO_SAVE.get(owner) or _excess(page):
        return page.show(notice)
    return _begin(page, posted, key, at)


def _begin(page: Page, posted: Posted, key: SubmissionKey, at: datetime) -> ResponseReturnValue:
    """Store the draft with a respondent and link of its own, and open its space in this browser."""
    try:
        with writing(db.session()):
            context.check_round(db.session(), page.instrument, key, at, posted.grace)
            respondent_id = public_drafts.save(
                db.session(),
                page.instrument,
                key,
                page.typed,
                locale=current_locale(),
                notice=page.context.notice_version,
                at=at,
            )
            if earlier := cookie.token():
                sessions.close(db.session(), earlier, at)
            token = sessions.open_space(db.session(), respondent_id, at)
    except FormUsed:
        return ask_which(page, posted)
    except FormGone:
        abort(404)
    except tuple(REFUSALS) as refusal:
        return page.show(REFUSALS[type(refusal)])
    address = url_for("spaces.saved", token=public_drafts.token_for(key))
    answer = make_response(redirect(address, 303))
    cookie.set_token(answer, token)
    return answer


def _save_in_space(
    page: Page, posted: Posted, key: SubmissionKey, holder: int, at: datetime
) -> ResponseReturnValue:
    if notice := _excess(page, holder):
        return _unsaved(page, notice)
    try:
        saved = _save_draft(page, posted, key, holder, at)
    except StaleEdit:
        page.go_on(store.find(db.session(), holder, page.instrument.measure_id))
        return _unsaved(page, Notice.STALE_DRAFT if page.draft else Notice.CONFIRM)
    except FormGone:
        abort(404)
    except tuple(REFUSALS) as refusal:
        return _unsaved(page, REFUSALS[type(refusal)])
    if isinstance(saved, Superseded):
        page.add_conflict(saved.newer)
        return _unsaved(page, Notice.SUPERSEDED)
    if is_script():
        return _saved(page, holder, saved, at)
    return redirect(f"{space_path(page.context.measure)}#notice", 303)


def _save_draft(
    page: Page, posted: Posted, key: SubmissionKey, holder: int, at: datetime
) -> int | Superseded:
    """Save the form as a draft and return its revision, unless a newer response was sent."""
    form = page.instrument
    with writing(db.session()):
        context.check_round(db.session(), form, key, at, posted.grace)
        newer = conflicts.newer(db.session(), key, holder, form.measure_id)
        if newer is not None:
            return Superseded(newer)
        return store.save(
            db.session(),
            holder,
            form,
            page.typed,
            key=key,
            seen=page.draft_revision,
            at=at,
            is_last=_is_last(),
        )


def _excess(page: Page, holder: int | None = None) -> Notice | None:
    """Return the notice of a form that takes more than a draft, or its network in an hour, may.

    The count of the network is kept in a store of its own, and so before the transaction begins.
    """
    assert page.checked is not None
    errors = store.errors(page.instrument, page.typed)
    if errors:
        page.checked = replace(page.checked, errors=errors)
        return Notice.TOO_LONG
    growth = _growth(page, holder)
    is_too_much = rate_limits.tally(
        lambda tally: (holder is None and is_crowded(tally)) or takes_too_much(tally, growth),
        otherwise=False,
    )
    return Notice.CROWD if is_too_much else None


def _growth(page: Page, holder: int | None) -> int:
    """Return how many bytes more than now the drafts of the holder would take."""
    fields = store.written(page.instrument, page.typed)
    if holder is None:
        return store.encrypted_size(fields)
    return store.growth(db.session(), holder, page.instrument.measure_id, fields)


def _saved(page: Page, holder: int, revision: int, at: datetime) -> ResponseReturnValue:
    """Return to the script when the form was saved, and the stamp of what would fill it now."""
    respondent = db.session.get_one(Respondent, holder)
    # Read after the commit: what another device has saved since then has another revision, and so
    # the stamp is none that the form is ever given out with.
    stored = refill.refilled(db.session(), page.instrument, respondent)
    seen = page.holder.response_id if page.holder else 0
    return jsonify(
        revision=revision,
        filled=refill.stamp(stored, revision, seen),
        sentence=typeset(_("Brouillon enregistré à %(hour)s.", hour=hour(at))),
    )


def _typed_page(code: str | None, posted: Posted, at: datetime) -> Page | None:
    """Return the form as it was typed, without its errors; None where there is none."""
    page = posted_page(code, posted, at)
    if page is not None and page.checked is not None:
        page.checked = replace(page.checked, errors={}, general=())
    return page


def _objection(page: Page) -> Notice | None:
    """Return the notice that prevents saving a form, whatever its answers are."""
    if was_cleaned():
        return Notice.CLEANED
    if page.context.key is None or comes_from_elsewhere():
        page.renew_key()
        return Notice.CONFIRM
    return None


def _unsaved(page: Page, notice: Notice) -> ResponseReturnValue:
    """Return the form again with why it was not saved; to the script, a sentence to display."""
    if not is_script():
        return page.show(notice)
    body = jsonify(
        revision=None,
        sentence=typeset(_why_unsaved(notice)),
        may_change=notice in (Notice.TOO_LONG, Notice.CROWD),
    )
    return body, notice.status, retry_after(notice.status)


def _why_unsaved(notice: Notice) -> str:
    """Return the sentence that the script displays."""
    if notice is Notice.DRAFTS_FULL:
        sentence = _(
            "Vos brouillons prennent trop de place : celui-ci n'est plus enregistré. Votre texte"
            " est toujours là : envoyez les formulaires qui sont prêts, ou raccourcissez vos"
            " textes."
        )
    elif notice is Notice.TOO_LONG:
        sentence = _(
            "Un texte est trop long : le brouillon n'a pas été enregistré cette fois."
            " Raccourcissez ce texte, il sera enregistré de nouveau."
        )
    elif notice is Notice.CROWD:
        sentence = _(
            "Trop de formulaires ont été envoyés ou enregistrés depuis votre réseau en une heure :"
            " le brouillon n'a pas été enregistré cette fois. Votre texte est toujours là :"
            " attendez un peu."
        )
    else:
        sentence = _(
            "Le brouillon n'a pas été enregistré cette fois : choisissez « Enregistrer et reprendre"
            " plus tard » pour voir pourquoi. Votre texte est toujours là."
        )
    return str(sentence)
