"""The blank form of the public pages: rendered once per version and language, by each process."""

from flask import request
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.questionnaires.instrument import Instrument
from consultation.questionnaires.models import Round
from consultation.responses import giving, keys
from consultation.responses.forms import Page, shelf, space_token
from consultation.responses.giving import GivenOut
from consultation.web import moulds
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale
from consultation.web.moulds import Mould


def blank(code: str | None) -> ResponseReturnValue | None:
    """Return the form of a measure (None: of the tool); None where more has to be looked at."""
    if request.query_string or space_token():
        return None  # the link to the other language repeats the one, the header knows the other
    given = giving.given_out(db.session(), code, now())
    instrument = shelf().take(db.session(), given.public_id) if given else None
    if given is None or instrument is None:
        return None
    keep_private()
    return moulds.pour(_mould(instrument, given), {"key": keys.mint(instrument.public_id)})


def _mould(instrument: Instrument, given: GivenOut) -> Mould:
    """Return the page without its key, made anew when anything that it says has changed.

    The instrument never changes, and is asked for by the id that the database says is in force.
    """
    place = ("page", current_locale())
    facts = (given, request.script_root, request.path)
    kept: tuple[object, Mould] | None = instrument.cache.get(place)
    if kept is None or kept[0] != facts:
        page = _page(instrument, given)
        kept = facts, moulds.cast(("key",), lambda holes: page.rendered(holes["key"]))
        instrument.cache[place] = kept
    return kept[1]


def _page(instrument: Instrument, given: GivenOut) -> Page:
    measure = None
    if given.code is not None:
        measure = Measure(code=given.code, is_shipped=given.is_shipped)
    return Page(instrument, measure, Round(closes_at=given.closes_at))
