"""Storing a form that was checked: its receipt, or its page again with what stands against it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from flask import abort, current_app, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.clock import now
from consultation.database import OutcomeUnknown, StorageUnavailable, writing
from consultation.extensions import db
from consultation.mail.addresses import index_of
from consultation.mail.pacing import Caps
from consultation.responses import (
    acknowledging,
    keys,
    links,
    receipts,
    repeats,
    spaces,
    storing,
    submitting,
)
from consultation.responses.accepting import FormGone, RoundClosed
from consultation.responses.draft_sizes import DraftsFull
from consultation.responses.forms import Page, space_token
from consultation.responses.models import Response
from consultation.responses.repeats import ContentReceived
from consultation.responses.storing import Filled
from consultation.responses.submitting import Outcome, SpaceClosed
from consultation.web import limits
from consultation.web.locale import prefix_for
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
    space = spaces.find(db.session(), space_token(), at)
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
    token = receipts.token_for(response, opens=opens)
    return redirect(url_for("responses.receipt", token=token), 303)


def _store_new(
    filled: Filled, space: int | None, at: datetime, *, opens: bool
) -> tuple[Outcome, Response | None]:
    """Store a form; raise `ContentReceived` where the same came from this place a while ago.

    Whoever types what somebody else has sent is not told that it was: they come from elsewhere.
    """
    caps = _caps_for(storing.address_in(filled))
    if current_app.config["RATE_LIMITS"]:
        is_meant = request.form.get("intent", "").partition("-")[0] == MEANT
        filled = repeats.recognisable(filled, is_meant=is_meant)
    index = filled.content_index
    if index is not None:
        limits.count_same(REPEAT, index, seconds=int(repeats.KNOWN_FOR.total_seconds()))
    try:
        return _submit(filled, space, caps, at, opens=opens)
    except ContentReceived:
        if index is None or limits.times_same(REPEAT, index) > 1:
            raise
        return _submit(replace(filled, is_meant=True), space, caps, at, opens=opens)


def _submit(
    filled: Filled, space: int | None, caps: Caps, at: datetime, *, opens: bool
) -> tuple[Outcome, Response | None]:
    with writing(db.session()):
        outcome, response = submitting.submit(
            db.session(), filled, at=at, grace=grace(), space=space
        )
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
    return limits.count("form", seconds=3600) > cap


def takes_too_much(size: int) -> bool:
    """Count so many bytes more from this place; say whether that is too much for an hour."""
    cap: int = current_app.config["TEXT_CAP"]
    if not size:
        return False
    # In kibibytes: the column of counts ends at two thousand million.
    kept = limits.count("text", seconds=3600, amount=-(-size // 1024))
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
    named = limits.count_different("mail source", index_of(address), seconds=3600)
    return Caps.of(current_app.config, "source_cap" if named > cap else None)


def _acknowledge(
    response: Response, filled: Filled, caps: Caps, at: datetime, *, opens: bool
) -> None:
    """Owe the mail that confirms the response, in the transaction that stores it.

    It holds the link of the respondent's space: unless whoever sent this may open that (`opens`),
    it goes to the address that the respondent gave before, and not to the one that stands here.
    """
    contact = response.respondent.contact
    address = storing.address_in(filled) if opens else None
    if address is None and (filled.adds_identity or not opens):
        address = contact.address if contact else None
    if not address:
        return
    link = links.id_of_mails(db.session(), response.respondent_id, at)
    prefix = prefix_for(response.respondent.locale)
    acknowledging.owe(
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
    key = keys.read(page.key)
    is_begun = key is not None and not submitting.was_sent(db.session(), key)
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
    key = keys.read(request.form.get("submission_key", ""))
    sent = receipts.last_sent(db.session(), key) if key is not None else None
    if sent is None:
        return jsonify(sentence="")
    if now() - sent.submitted_at >= receipts.SHOWN_FOR:
        return jsonify(sentence=typeset(_("Ce formulaire a déjà été envoyé")))
    sentence = _(
        "Envoyé à %(hour)s, n° %(code)s", hour=hour(sent.submitted_at), code=sent.receipt_code
    )
    return jsonify(sentence=typeset(sentence))


def grace() -> timedelta:
    """Return how long a form given out before the closing is taken after it."""
    return timedelta(hours=current_app.config["CLOSING_GRACE_HOURS"])
