"""Routes of the public form, and the short way of a form that nothing stands against."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.models import Measure
from consultation.questionnaires.form import validation
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.form.validation import Checked
from consultation.questionnaires.models import Round
from consultation.responses.drafts.handlers import is_saving, save_public
from consultation.responses.space.views import opened_space
from consultation.responses.submission import context, spam
from consultation.responses.submission import key as submission_key
from consultation.responses.submission.handlers import (
    WAS_SENT,
    ask,
    grace,
    receive,
    store,
    tell_sent,
)
from consultation.responses.submission.page import Page, blank, shelf, space_token
from consultation.responses.submission.store import Filled
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires
from consultation.web.request_body import shows_cleaned, was_cleaned


def store_plainly(code: str | None) -> ResponseReturnValue | None:
    """Store the form of a measure (None: of the tool); None where more has to be looked at.

    Then nothing is stored, and `receive` finds out what is to be asked or said.
    """
    text = request.form.get("submission_key", "")
    key = submission_key.read(text)
    if key is None or key.holder is not None or not _is_plain():
        return None
    instrument = shelf().take(db.session(), key.questionnaire)
    if instrument is None:
        return None
    at = now()
    form = context.coming_back(db.session(), instrument.public_id, key.issued_at)
    if form is None or form.code != code or form.asks_proof:
        return None
    if not form.accepts(at, key.issued_at, grace()):
        return None
    checked = validation.check(instrument, request.form)
    if not checked.is_valid:
        return None
    doubt = spam.doubt_of(request.form, key, at)
    filled = Filled(
        instrument, key, checked.values, current_locale(), form.notice_version, doubt, checked.typed
    )
    return store(filled, at, lambda: _page(code, instrument, text, checked))


def _is_plain() -> bool:
    """Say whether the form was sent from a page of ours, by nobody who has a space open."""
    cross = request.headers.get("Sec-Fetch-Site") == "cross-site"
    return not (cross or was_cleaned() or request.form.get("intent") or space_token())


def _page(code: str | None, instrument: Instrument, text: str, checked: Checked) -> Page:
    measure = queries.bare_measure(db.session(), code) if code is not None else None
    found = db.session.get_one(Round, instrument.round_id)
    return Page(instrument, measure, found, key=text, checked=checked)


blueprint = Blueprint("responses", __name__)


@blueprint.route("/mesures/<code>/contribuer", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute(code: str) -> ResponseReturnValue:
    """Ask about one measure; on a valid post, record the response."""
    if (answer := _plainly(code)) is not None:
        return answer
    measure = queries.bare_measure(db.session(), code)
    if measure is None:
        abort(404)
    return _contribute(measure)


@blueprint.route("/outil/contribuer", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute_to_tool() -> ResponseReturnValue:
    """Ask about the tool as a whole."""
    if (answer := _plainly(None)) is not None:
        return answer
    return _contribute(None)


def _plainly(code: str | None) -> ResponseReturnValue | None:
    """Return what nearly everybody is answered; None where more has to be looked at."""
    return store_plainly(code) if request.method == "POST" else blank(code)


def _contribute(measure: Measure | None) -> ResponseReturnValue:
    if request.method != "POST":
        return ask(measure)
    if request.form.get("intent") == WAS_SENT:
        return tell_sent()
    if is_saving():
        return save_public(measure, opened_space())
    return receive(measure, beside=opened_space())
