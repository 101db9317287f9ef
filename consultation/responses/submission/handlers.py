"""Handlers of a form: what each outcome of a submission shows."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import abort, current_app, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.accounts import switches
from consultation.accounts.models import Switch
from consultation.clock import now
from consultation.db.base import OutcomeUnknown, StorageUnavailable, writing
from consultation.extensions import db
from consultation.i18n import prefix_for
from consultation.mail.addresses import index_of
from consultation.mail.outbox import Caps
from consultation.plan.models import Measure
from consultation.questionnaires.form import validation
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.responses.drafts import public_drafts
from consultation.responses.drafts import store as drafts_store
from consultation.responses.drafts.store import DraftsFull
from consultation.responses.models import Respondent, RespondentSession, Response
from consultation.responses.rights import export, export_formats
from consultation.responses.space import links, sessions
from consultation.responses.submission import context, ownership, receipt, repeats, spam, submit
from consultation.responses.submission import key as submission_key
from consultation.responses.submission import store as submission_store
from consultation.responses.submission.context import FormGone, RoundClosed
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.submission.ownership import Choice, Owner
from consultation.responses.submission.page import (
    Page,
    choice_sent,
    draft_revision_sent,
    shelf,
    space_token,
)
from consultation.responses.submission.repeats import ContentReceived
from consultation.responses.submission.store import Filled
from consultation.responses.submission.submit import Outcome, SpaceClosed
from consultation.results.public import closed_rounds
from consultation.web import rate_limits
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.locale import current_locale
from consultation.web.request_body import was_cleaned
from consultation.web.typography import hour, typeset

REFUSALS: dict[type[Exception], str] = {
    RoundClosed: "closed",
    SpaceClosed: "space",
    DraftsFull: "full",
    StorageUnavailable: "unavailable",
    OutcomeUnknown: "unsure",
    ContentReceived: "repeat",
}
"""What stands against storing or saving a form, and the notice that says it."""
WAS_SENT = "sent"
"""What a script asks about the key of a form that is gone back to."""
MEANT, REPEAT = "anyway", "repeat"
"""The button that stores a form although the same was received, and what is counted for it."""


def store(filled: Filled, at: datetime, page: Callable[[], Page]) -> ResponseReturnValue:
    """Store a form that was checked and lead to its receipt; else `page` comes back with why."""
    if is_crowded() or takes_too_much(_size_of(filled)):
        return _refused(page(), "crowd")
    space = sessions.find(db.session(), space_token(), at)
    opens = filled.key.holder is None or space is not None
    try:
        outcome, response = _store_new(
            filled, space.respondent_id if space else None, at, opens=opens
        )
    except FormGone:
        abort(404)
    except tuple(REFUSALS) as refusal:
        return _refused(page(), REFUSALS[type(refusal)])
    if response is None:
        return ask_which(page())
    if outcome is Outcome.OVERTAKEN:
        return _overtaken(page(), response)
    token = receipt.token_for(response, opens=opens)
    return redirect(url_for("responses.receipt", token=token), 303)


def _store_new(
    filled: Filled, space: int | None, at: datetime, *, opens: bool
) -> tuple[Outcome, Response | None]:
    """Store a form; raise `ContentReceived` where the same came from this place a while ago.

    Whoever types what somebody else has sent is not told that it was: they come from elsewhere.
    """
    caps = _caps_for(submission_store.address_in(filled))
    if current_app.config["RATE_LIMITS"]:
        is_meant = request.form.get("intent", "").partition("-")[0] == MEANT
        filled = repeats.recognisable(filled, is_meant=is_meant)
    index = filled.content_index
    if index is not None:
        rate_limits.count_same(REPEAT, index, seconds=int(repeats.KNOWN_FOR.total_seconds()))
    try:
        return _submit(filled, space, caps, at, opens=opens)
    except ContentReceived:
        if index is None or rate_limits.times_same(REPEAT, index) > 1:
            raise
        return _submit(replace(filled, is_meant=True), space, caps, at, opens=opens)


def _submit(
    filled: Filled, space: int | None, caps: Caps, at: datetime, *, opens: bool
) -> tuple[Outcome, Response | None]:
    with writing(db.session()):
        outcome, response = submit.submit(db.session(), filled, at=at, grace=grace(), space=space)
        if outcome in (Outcome.STORED, Outcome.REVISED) and response is not None:
            _acknowledge(response, filled, caps, at, opens=opens)
    return outcome, response


def _refused(page: Page, notice: str) -> ResponseReturnValue:
    page.notice = notice
    return page.show()


def _overtaken(page: Page, newer: Response) -> ResponseReturnValue:
    page.be_overtaken(newer)
    return page.show()


def is_crowded() -> bool:
    """Count one form more from this place; say whether that is too many for an hour."""
    cap: int = current_app.config["FORM_CAP"]
    return rate_limits.count("form", seconds=3600) > cap


def takes_too_much(size: int) -> bool:
    """Count so many bytes more from this place; say whether that is too much for an hour."""
    cap: int = current_app.config["TEXT_CAP"]
    if not size:
        return False
    # In kibibytes: the column of counts ends at two thousand million.
    kept = rate_limits.count("text", seconds=3600, amount=-(-size // 1024))
    return kept > cap * 1024


def _size_of(filled: Filled) -> int:
    return sum(len(str(value).encode()) for value in filled.values.values())


def _caps_for(address: str | None) -> Caps:
    """Return what the acknowledgement has to respect, a place that names many addresses counted.

    The count is kept in a store of its own, and so before the transaction begins.
    """
    cap = current_app.config["MAIL_SOURCE_CAP"]
    if address is None:
        return Caps.of(current_app.config)
    named = rate_limits.count_different("mail source", index_of(address), seconds=3600)
    return Caps.of(current_app.config, "source_cap" if named > cap else None)


def _acknowledge(
    response: Response, filled: Filled, caps: Caps, at: datetime, *, opens: bool
) -> None:
    """Owe the mail that confirms the response, in the transaction that stores it.

    It holds the link of the respondent's space: unless whoever sent this may open that (`opens`),
    it goes to the address that the respondent gave before, and not to the one that stands here.
    """
    contact = response.respondent.contact
    address = submission_store.address_in(filled) if opens else None
    if address is None and (filled.adds_identity or not opens):
        address = contact.address if contact else None
    if not address:
        return
    link = links.id_of_mails(db.session(), response.respondent_id, at)
    prefix = prefix_for(response.respondent.locale)
    receipt.owe(
        db.session(),
        response,
        address=address,
        title=filled.instrument.title,
        link=links.address_of(current_app.config["BASE_URL"], prefix, link),
        at=at,
        caps=caps,
    )


def ask_which(page: Page) -> ResponseReturnValue:
    """Ask whether a form of a used key belongs to the first or is a new contribution."""
    key = submission_key.read(page.key)
    is_begun = key is not None and not submit.was_sent(db.session(), key)
    if request.form.get("intent") == "correct":
        page.notice = "begun_link" if is_begun else "link"
    else:
        page.notice = "begun" if is_begun else "different"
    page.previous_key = page.key
    page.renew_key()
    return page.show()


def tell_sent() -> ResponseReturnValue:
    """Tell the script of a form that is gone back to whether it was sent, and when.

    The number is told for as long as the receipt is shown, and nothing of what was said.
    """
    key = submission_key.read(request.form.get("submission_key", ""))
    sent = receipt.last_sent(db.session(), key) if key is not None else None
    if sent is None:
        return jsonify(sentence="")
    if now() - sent.submitted_at >= receipt.SHOWN_FOR:
        return jsonify(sentence=typeset(_("Ce formulaire a déjà été envoyé")))
    sentence = _(
        "Envoyé à %(hour)s, n° %(code)s", hour=hour(sent.submitted_at), code=sent.receipt_code
    )
    return jsonify(sentence=typeset(sentence))


def grace() -> timedelta:
    """Return how long a form given out before the closing is taken after it."""
    return timedelta(hours=current_app.config["CLOSING_GRACE_HOURS"])


NONE = 0
"""The response that a public form was filled from."""
WHOSE_SENT = {Owner.UNKNOWN: "whose_sent", Owner.CLOSED: "space"}
"""The notices of a public form of which it is not clear for whom it is to be stored."""


def ask(measure: Measure | None, respondent: Respondent | None = None) -> ResponseReturnValue:
    """Show the form, in the space of a respondent as they left it."""
    at = now()
    if respondent is None:
        consultation_round = queries.current(db.session(), at)
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
        return closed(queries.current(db.session(), at), measure, at)
    page = Page(instrument, measure, db.session.get_one(Round, instrument.round_id), key=text)
    page.asks_proof = asks_proof(holder)
    page.draft_revision = draft_revision_sent()
    page.is_apart = choice_sent() is Choice.APART
    if holder is not None:
        page.enter(holder)
    page.checked = validation.check(instrument, request.form)
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
    key = submission_key.read(page.key)
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
        context.version_at(db.session(), page.instrument.round_id, key.issued_at),
        spam.doubt_of(request.form, key, at, asks_proof=page.asks_proof),
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
    return holder is None or not public_drafts.is_known(db.session(), holder)


def _in_force(consultation_round: Round, measure: Measure | None) -> Instrument | None:
    public_id = queries.questionnaire_for(
        db.session(), consultation_round, measure.id if measure else None
    )
    return shelf().take(db.session(), public_id) if public_id else None


def shown(text: str, measure: Measure | None, at: datetime) -> Instrument | None:
    """Return the version that the form was sent from; the one in force where it names none.

    Where it names one that is not there any more, 404: what was typed fits no other form.
    """
    claimed = submission_key.claimed_questionnaire(text)
    if claimed is not None:
        there = shelf().take(db.session(), claimed)
        if there is None or there.measure_id != (measure.id if measure else None):
            abort(404)
        return there
    consultation_round = queries.current(db.session(), at)
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
        "responses/submission/closed.html",
        heading=heading,
        title=measure.title if measure else None,
        consultation_round=consultation_round,
        previous=queries.last_closed(db.session(), at),
        draft=_left_behind(respondent, measure) if respondent else None,
        closed=closed_rounds.closed(db.session(), consultation_round, at, current_app.config),
        now=at,
    )
    return page, 403 if request.method == "POST" else 200


def _left_behind(respondent: Respondent, measure: Measure | None) -> dict[str, Any] | None:
    """Return the respondent's draft on a measure in words, and until when it is kept."""
    code = measure.code if measure else None
    own = export.drafts_of(db.session(), respondent.id)
    draft = next((one for one in own if one.form.measure == code), None)
    if draft is None:
        return None
    over = db.session.get_one(Round, respondent.round_id)
    return {
        "told": export_formats.draft_told(draft),
        "until": over.closes_at + drafts_store.KEPT_AFTER_CLOSING,
    }
