"""Saving a form, by its button or by the script of a space."""

from dataclasses import replace
from datetime import datetime

from flask import abort, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.questionnaires.form import validation
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.responses.drafts import conflicts, public_drafts, refill, store
from consultation.responses.drafts.public_drafts import FormUsed
from consultation.responses.drafts.store import DraftChanged
from consultation.responses.models import Respondent, RespondentSession, Response
from consultation.responses.space import sessions
from consultation.responses.submission import context, ownership
from consultation.responses.submission import key as submission_key
from consultation.responses.submission.context import FormGone
from consultation.responses.submission.handlers import (
    REFUSALS,
    ask_which,
    asks_proof,
    closed,
    grace,
    is_crowded,
    shown,
    takes_too_much,
)
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.submission.ownership import Choice, Owner
from consultation.responses.submission.page import (
    STATUSES,
    Page,
    choice_sent,
    draft_revision_sent,
    let_in,
    retry_after,
    space_path,
    space_token,
)
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.locale import current_locale
from consultation.web.request_body import was_cleaned
from consultation.web.typography import hour, typeset

WHOSE_SAVED = {Owner.UNKNOWN: "whose", Owner.CLOSED: "space"}
"""The notices of a public form of which it is not clear where it is to be saved."""


def is_saving() -> bool:
    """Say whether a button that saves was pressed, and not one that sends."""
    return request.form.get("intent", "").partition("-")[0] == "save"


def is_script() -> bool:
    """Say whether the page's script asks, which shows a sentence and not a page."""
    return request.accept_mimetypes.best == "application/json"


def _is_last() -> bool:
    """Say whether the page saves nothing more: its button was pressed, or it is being left."""
    return not is_script() or "leaving" in request.form


def save(measure: Measure | None, opened: RespondentSession | None) -> ResponseReturnValue:
    """Keep the form of a space as it is typed, or show it again and say why that can't be."""
    at = now()
    page = _page(measure, at)
    if page is None:
        return closed(queries.current(db.session(), at), measure, at)
    key = _trusted_key(page)
    if key is not None and key.holder is None:
        key, page.notice = None, "confirm"
        page.renew_key()
    if key is not None and (opened is None or key.holder != opened.respondent_id):
        page.notice = "space"
        return _unsaved(page)
    if opened is not None:
        page.enter(opened.respondent_id)
    if key is None or opened is None:
        return _unsaved(page)
    return _save_in_space(page, key, opened.respondent_id, at)


def save_public(measure: Measure | None, opened: RespondentSession | None) -> ResponseReturnValue:
    """Keep a public form as it is typed; `opened` is the space that is open in this browser."""
    at = now()
    page = _page(measure, at)
    if page is None:
        return closed(queries.current(db.session(), at), measure, at)
    page.asks_proof = asks_proof(None)
    page.is_apart = choice_sent() is Choice.APART
    key = _trusted_key(page)
    if key is None:
        return page.show()
    if key.holder is not None:
        return save(measure, opened)
    opened = ownership.space_in_round(db.session(), opened, page.instrument.round_id)
    space = opened.respondent_id if opened else None
    owner = ownership.owner_of(db.session(), key, space, choice_sent())
    if owner is Owner.SPACE and space is not None:
        page.enter(space)
        page.renew_key()  # what comes back is a form of that space
        return _save_in_space(page, key, space, at)
    if owner in WHOSE_SAVED:
        page.notice = WHOSE_SAVED[owner]
        return page.show()
    if _is_too_much(page):
        return page.show()
    return _begin(page, key, at)


def _begin(page: Page, key: SubmissionKey, at: datetime) -> ResponseReturnValue:
    """Make what it takes to come back to the form, and open its space in this browser."""
    assert page.checked is not None
    round_id = page.instrument.round_id
    try:
        with writing(db.session()):
            context.check_round(db.session(), page.instrument, key, at, grace())
            respondent_id = public_drafts.save(
                db.session(),
                page.instrument,
                key,
                page.checked.typed,
                locale=current_locale(),
                notice=context.version_at(db.session(), round_id, key.issued_at),
                at=at,
            )
            left = space_token()
            if left:
                sessions.close(db.session(), left, at)
            secret = sessions.open_space(db.session(), respondent_id, at)
    except FormUsed:
        return ask_which(page)
    except FormGone:
        abort(404)
    except tuple(REFUSALS) as refusal:
        page.notice = REFUSALS[type(refusal)]
        return page.show()
    answer = make_response(
        redirect(url_for("spaces.saved", token=public_drafts.token_for(key)), 303)
    )
    let_in(answer, secret)
    return answer


def _save_in_space(
    page: Page, key: SubmissionKey, holder: int, at: datetime
) -> ResponseReturnValue:
    if _is_too_much(page, holder):
        return _unsaved(page)
    revision = _keep(page, key, holder, at)
    if page.notice:
        return _unsaved(page)
    if is_script():
        return _saved(page, holder, revision, at)
    return redirect(f"{space_path(page.measure)}#notice", 303)


def _keep(page: Page, key: SubmissionKey, holder: int, at: datetime) -> int:
    """Keep the form as a draft and return its revision; where it can't be, the page says why."""
    assert page.checked is not None
    form = page.instrument
    newer: Response | None = None
    revision = 0
    try:
        with writing(db.session()):
            context.check_round(db.session(), form, key, at, grace())
            newer = conflicts.newer(db.session(), key, holder, form.measure_id)
            if newer is None:
                revision = store.save(
                    db.session(),
                    holder,
                    form,
                    page.checked.typed,
                    key=key,
                    seen=page.draft_revision,
                    at=at,
                    is_last=_is_last(),
                )
    except DraftChanged:
        page.go_on(store.find(db.session(), holder, form.measure_id))
        page.notice = "draft" if page.draft else "confirm"
    except FormGone:
        abort(404)
    except tuple(REFUSALS) as refusal:
        page.notice = REFUSALS[type(refusal)]
    if newer is not None:
        page.be_overtaken(newer)
    return revision


def _is_too_much(page: Page, holder: int | None = None) -> bool:
    """Say whether the form takes more room than a draft may, or its network in an hour.

    The page then says so.  The count of the network is kept in a store of its own, and so before
    the transaction begins.
    """
    assert page.checked is not None
    errors = store.errors(page.instrument, page.checked.typed)
    if errors:
        page.checked = replace(page.checked, errors=errors)
        page.notice = "long"
    elif (holder is None and is_crowded()) or takes_too_much(_growth(page, holder)):
        page.notice = "crowd"
    return bool(page.notice)


def _growth(page: Page, holder: int | None) -> int:
    """Return how many bytes more than now the drafts of the holder would take with the form."""
    assert page.checked is not None
    fields = store.written(page.instrument, page.checked.typed)
    if holder is None:
        return store.encrypted_size(fields)
    return store.growth(db.session(), holder, page.instrument.measure_id, fields)


def _saved(page: Page, holder: int, revision: int, at: datetime) -> ResponseReturnValue:
    """Tell the script when the form was saved, and with what the space would fill it now."""
    respondent = db.session.get_one(Respondent, holder)
    # Read after the commit: what another device has saved since then has another revision, and so
    # the stamp is none that the form is ever given out with.
    there = refill.refilled(db.session(), page.instrument, respondent)
    return jsonify(
        revision=revision,
        filled=refill.stamp(there, revision, page.seen),
        sentence=typeset(_("Brouillon enregistré à %(hour)s.", hour=hour(at))),
    )


def _page(measure: Measure | None, at: datetime) -> Page | None:
    """Return the form as it was typed, nothing of it held against it; None where there is none."""
    text = request.form.get("submission_key", "")
    instrument = shown(text, measure, at)
    if instrument is None:
        return None
    page = Page(instrument, measure, db.session.get_one(Round, instrument.round_id), key=text)
    page.draft_revision = draft_revision_sent()
    page.checked = replace(validation.check(instrument, request.form), errors={}, general=())
    return page


def _trusted_key(page: Page) -> SubmissionKey | None:
    """Return the key of the form when it may be acted on; else the page says why not."""
    if was_cleaned():
        page.notice = "cleaned"
        return None
    key = submission_key.read(page.key)
    if key is not None and key.questionnaire != page.instrument.public_id:
        key = None
    if key is None or comes_from_elsewhere():
        page.notice = "confirm"
        page.renew_key()
        return None
    return key


def _unsaved(page: Page) -> ResponseReturnValue:
    """Show the form again and say why it was not saved; a script is told to let the person see."""
    if not is_script():
        return page.show()
    body = jsonify(
        revision=None,
        sentence=typeset(_why_unsaved(page.notice)),
        may_change=page.notice in ("long", "crowd"),
    )
    return body, STATUSES[page.notice], retry_after(STATUSES[page.notice])


def _why_unsaved(notice: str) -> str:
    """Return the sentence of a script that could not save."""
    if notice == "full":
        sentence = _(
            "Vos brouillons prennent trop de place : celui-ci n'est plus enregistré. Votre texte"
            " est toujours là : envoyez les formulaires qui sont prêts, ou raccourcissez vos"
            " textes."
        )
    elif notice == "long":
        sentence = _(
            "Un texte est trop long : le brouillon n'a pas été enregistré cette fois."
            " Raccourcissez ce texte, il sera enregistré de nouveau."
        )
    elif notice == "crowd":
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
