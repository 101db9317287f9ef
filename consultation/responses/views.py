"""A form as it is given out, and what becomes of it once it is sent."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.accounts import switches
from consultation.accounts.models import Switch
from consultation.clock import now
from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.questionnaires import checking, rounds
from consultation.questionnaires.instrument import Instrument
from consultation.questionnaires.models import Round
from consultation.responses import (
    beginning,
    copy_wording,
    copying,
    doubting,
    drafts,
    keys,
    notice,
    ownership,
)
from consultation.responses.forms import Page, choice_sent, draft_revision_sent, shelf
from consultation.responses.keys import SubmissionKey
from consultation.responses.models import Respondent, RespondentSession
from consultation.responses.ownership import Choice, Owner
from consultation.responses.storing import Filled
from consultation.responses.storing_views import grace, store
from consultation.results import closed_rounds
from consultation.web.bodies import was_cleaned
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.locale import current_locale

NONE = 0
"""The response that a public form was filled from."""
WHOSE_SENT = {Owner.UNKNOWN: "whose_sent", Owner.CLOSED: "space"}
"""The notices of a public form of which it is not clear for whom it is to be stored."""


def ask(measure: Measure | None, respondent: Respondent | None = None) -> ResponseReturnValue:
    """Show the form, in the space of a respondent as they left it."""
    at = now()
    if respondent is None:
        consultation_round = rounds.current(db.session(), at)
    else:  # a space is of its own round, whichever is open now
        consultation_round = db.session.get_one(Round, respondent.round_id)
    if consultation_round is None or not consultation_round.is_open(at):
        return closed(consultation_round, measure, at, respondent)
    instrument = _in_force(consultation_round, measure)
    if instrument is None:
        abort(404)
    page = Page(instrument, measure, consultation_round)
    page.asks_proof = asks_proof(respondent.id if respondent else None)
    page.is_apart = respondent is None and "a-part" in request.args
    if respondent is not None:
        page.enter(respondent.id)
        page.refill(respondent)
    return page.show()


def receive(
    measure: Measure | None,
    holder: int | None = None,
    *,
    beside: RespondentSession | None = None,
) -> ResponseReturnValue:
    """Store what was sent, or show it again; `holder` is whose space the form was sent from.

    `beside` is the space that is open in the browser while a public form is sent.
    """
    at = now()
    text = request.form.get("submission_key", "")
    if request.form.get("intent") == "correct":
        text = request.form.get("previous_key", "")
    instrument = shown(text, measure, at)
    if instrument is None:
        return closed(rounds.current(db.session(), at), measure, at)
    page = Page(instrument, measure, db.session.get_one(Round, instrument.round_id), key=text)
    page.asks_proof = asks_proof(holder)
    page.draft_revision = draft_revision_sent()
    page.is_apart = choice_sent() is Choice.APART
    if holder is not None:
        page.enter(holder)
    page.checked = checking.check(instrument, request.form)
    if was_cleaned():
        page.notice = "cleaned"
        return page.show()
    key = _trusted_key(page)
    if key is None or _is_refused(page, key, at):
        return page.show()
    if key.holder is None:
        return _store_public(page, key, at, beside)
    return _store(page, key, at)


def _trusted_key(page: Page) -> SubmissionKey | None:
    """Return the key of the form when it may be acted on; else the page asks to confirm."""
    key = keys.read(page.key)
    if key is not None and key.questionnaire != page.instrument.public_id:
        key = None
    elif key is not None and page.holder is not None and key.holder is None:
        key = None  # a form of the public pages belongs to nobody's space
    if key is None:
        page.renew_key()
    if key is None or comes_from_elsewhere():
        page.notice = "confirm"
        return None
    return key


def _store_public(
    page: Page, key: SubmissionKey, at: datetime, beside: RespondentSession | None
) -> ResponseReturnValue:
    """Store a public form for whose it is, or ask."""
    beside = ownership.space_in_round(db.session(), beside, page.instrument.round_id)
    space = beside.respondent_id if beside else None
    owner = ownership.owner_of(db.session(), key, space, choice_sent())
    if owner in WHOSE_SENT:
        page.notice = WHOSE_SENT[owner]
        return page.show()
    if owner is not Owner.SPACE:
        return _store(page, key, at)
    page.asks_proof = asks_proof(space)
    return _store(page, replace(key, holder=space, seen=NONE), at, adds_identity=True)


def _store(
    page: Page, key: SubmissionKey, at: datetime, *, adds_identity: bool = False
) -> ResponseReturnValue:
    assert page.checked is not None
    filled = Filled(
        page.instrument,
        key,
        page.checked.values,
        current_locale(),
        notice.version_at(db.session(), page.instrument.round_id, key.issued_at),
        doubting.doubt_of(request.form, key, at, asks_proof=page.asks_proof),
        page.checked.typed,
        page.draft_revision,
        adds_identity=adds_identity,
    )
    return store(filled, at, lambda: page)


def _is_refused(page: Page, key: SubmissionKey, at: datetime) -> bool:
    """Say whether the form can't be stored, with what the page is to say of it."""
    assert page.checked is not None
    if not page.consultation_round.accepts(at, key.issued_at, grace()):
        page.notice = "closed"
    return bool(page.notice) or not page.checked.is_valid


def asks_proof(holder: int | None) -> bool:
    """Say whether a form needs a proof of work; who has sent one, or was invited, has given it."""
    if not switches.is_on(db.session(), Switch.PROOF_OF_WORK):
        return False
    return holder is None or not beginning.is_known(db.session(), holder)


def _in_force(consultation_round: Round, measure: Measure | None) -> Instrument | None:
    public_id = rounds.questionnaire_for(
        db.session(), consultation_round, measure.id if measure else None
    )
    return shelf().take(db.session(), public_id) if public_id else None


def shown(text: str, measure: Measure | None, at: datetime) -> Instrument | None:
    """Return the version that the form was sent from; the one in force where it names none.

    Where it names one that is not there any more, 404: what was typed fits no other form.
    """
    claimed = keys.claimed_questionnaire(text)
    if claimed is not None:
        there = shelf().take(db.session(), claimed)
        if there is None or there.measure_id != (measure.id if measure else None):
            abort(404)
        return there
    consultation_round = rounds.current(db.session(), at)
    return _in_force(consultation_round, measure) if consultation_round else None


def closed(
    consultation_round: Round | None,
    measure: Measure | None,
    at: datetime,
    respondent: Respondent | None = None,
) -> ResponseReturnValue:
    """Say that no form is given out, and why; a respondent's own draft is there to be copied."""
    waiting = consultation_round is None or at < consultation_round.opens_at
    heading = (
        _("La consultation n'est pas encore ouverte") if waiting else _("La consultation est close")
    )
    page = render_template(
        "responses/closed.html",
        heading=heading,
        title=measure.title if measure else None,
        consultation_round=consultation_round,
        previous=rounds.last_closed(db.session(), at),
        draft=_left_behind(respondent, measure) if respondent else None,
        closed=closed_rounds.closed(db.session(), consultation_round, at, current_app.config),
        now=at,
    )
    return page, 403 if request.method == "POST" else 200


def _left_behind(respondent: Respondent, measure: Measure | None) -> dict[str, Any] | None:
    """Return the respondent's draft on a measure in words, and until when it is kept."""
    code = measure.code if measure else None
    own = copying.drafts_of(db.session(), respondent.id)
    draft = next((one for one in own if one.form.measure == code), None)
    if draft is None:
        return None
    over = db.session.get_one(Round, respondent.round_id)
    return {
        "told": copy_wording.draft_told(draft),
        "until": over.closes_at + drafts.KEPT_AFTER_CLOSING,
    }
