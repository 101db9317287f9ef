"""A form as nearly everybody sends it: complete, in time, and outside of any space."""

from flask import request
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.plan import searching
from consultation.questionnaires import checking
from consultation.questionnaires.checking import Checked
from consultation.questionnaires.instrument import Instrument
from consultation.questionnaires.models import Round
from consultation.responses import doubting, giving, keys
from consultation.responses.forms import Page, shelf, space_token
from consultation.responses.storing import Filled
from consultation.responses.storing_views import grace, store
from consultation.web.bodies import was_cleaned
from consultation.web.locale import current_locale


def store_plainly(code: str | None) -> ResponseReturnValue | None:
    """Store the form of a measure (None: of the tool); None where more has to be looked at.

    Then nothing is stored, and `receive` finds out what is to be asked or said.
    """
    text = request.form.get("submission_key", "")
    key = keys.read(text)
    if key is None or key.holder is not None or not _is_plain():
        return None
    instrument = shelf().take(db.session(), key.questionnaire)
    if instrument is None:
        return None
    at = now()
    form = giving.coming_back(db.session(), instrument.public_id, key.issued_at)
    if form is None or form.code != code or form.asks_proof:
        return None
    if not form.accepts(at, key.issued_at, grace()):
        return None
    checked = checking.check(instrument, request.form)
    if not checked.is_valid:
        return None
    doubt = doubting.doubt_of(request.form, key, at)
    filled = Filled(
        instrument, key, checked.values, current_locale(), form.notice_version, doubt, checked.typed
    )
    return store(filled, at, lambda: _page(code, instrument, text, checked))


def _is_plain() -> bool:
    """Say whether the form was sent from a page of ours, by nobody who has a space open."""
    cross = request.headers.get("Sec-Fetch-Site") == "cross-site"
    return not (cross or was_cleaned() or request.form.get("intent") or space_token())


def _page(code: str | None, instrument: Instrument, text: str, checked: Checked) -> Page:
    measure = searching.bare_measure(db.session(), code) if code is not None else None
    found = db.session.get_one(Round, instrument.round_id)
    return Page(instrument, measure, found, key=text, checked=checked)
