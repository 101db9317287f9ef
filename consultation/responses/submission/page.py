"""Form page: blank from the cache, or filled; the cookie of an open space."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from flask import current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response as HttpResponse
from jinja2 import Environment
from markupsafe import Markup

from consultation.clock import now
from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.questionnaires.form import rendering
from consultation.questionnaires.form.instrument import Instrument, Shelf
from consultation.questionnaires.form.validation import Checked
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.responses.drafts import conflicts, refill, store
from consultation.responses.drafts.refill import Renewed, current_response, renewed
from consultation.responses.models import Draft, Respondent, Response
from consultation.responses.revisions import Compared
from consultation.responses.space import sessions
from consultation.responses.submission import context, proof_of_work
from consultation.responses.submission import key as submission_key
from consultation.responses.submission.context import GivenOut
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.submission.ownership import Choice
from consultation.web import page_cache
from consultation.web.headers import keep_private, let_workers_run
from consultation.web.locale import current_locale
from consultation.web.page_cache import Mould

MOST_REVISIONS = 1_000_000
"""More than a draft can have: what a database could not compare is no revision."""

STATUSES = {
    "confirm": 400,
    "cleaned": 400,
    "different": 409,
    "repeat": 409,
    "link": 409,
    "begun": 409,
    "begun_link": 409,
    "space": 409,
    "draft": 409,
    "overtaken": 409,
    "whose": 409,
    "whose_sent": 409,
    "closed": 403,
    "long": 422,
    "full": 413,
    "crowd": 429,
    "unavailable": 503,
    "unsure": 503,
}


@dataclass
class Page:
    """One showing of a form: which, for what measure, and with what said above it."""

    instrument: Instrument
    measure: Measure | None
    consultation_round: Round
    key: str = ""
    previous_key: str = ""
    replaced: SubmissionKey | None = None
    """The key of the form that came back, where the page has another."""
    notice: str = ""
    checked: Checked | None = field(default=None)
    holder: int | None = None
    """The respondent in whose space the form is shown."""
    seen: int = 0
    """The response of the holder that the form is filled from or compared with; 0 for none."""
    is_refilled: bool = False
    draft: Draft | None = None
    """The draft that the form goes on with, or that another device has saved meanwhile."""
    draft_revision: int = 0
    """The revision of the draft that the form is saved over; 0 where it begins one."""
    filled: str = ""
    """The stamp of what the space has filled the form with, if it has."""
    corrects: datetime | None = None
    """When what the form corrects was sent, where it corrects something."""
    is_apart: bool = False
    """Whether the person has said that this answer is apart from the space that is open."""
    asks_proof: bool = False
    """Whether the form is to come back with a proof of work."""
    renewed: Renewed | None = None
    """What has changed in the form since the holder left it."""
    overtaken_at: datetime | None = None
    is_withdrawn: bool = False
    compared: Compared | None = None
    """When another form was sent, whether it was withdrawn, and what this would change of it."""

    def enter(self, respondent_id: int) -> None:
        """Show the form in the space of a respondent, with what changed since they left it."""
        self.holder = respondent_id
        # Before anything is shown of it: what is sent in between counts as not seen.
        current = current_response(db.session(), respondent_id, self.instrument.measure_id)
        self.seen = current.id if current else 0
        self.corrects = current.submitted_at if current else None
        self.renewed = renewed(
            db.session(), shelf(), self.instrument, respondent_id, current_locale()
        )

    def refill(self, respondent: Respondent) -> None:
        """Fill the form with what the respondent has given, saved over their draft if any."""
        self.is_refilled = True
        # First: a draft that is saved in between is then newer than the form says, and asks.
        self.go_on(store.find(db.session(), respondent.id, self.instrument.measure_id))
        self.checked = refill.refilled(db.session(), self.instrument, respondent)
        self.filled = refill.stamp(self.checked, self.draft_revision, self.seen)

    def go_on(self, draft: Draft | None) -> None:
        """Show the form as one that is saved over `draft`, or that begins one."""
        self.draft, self.draft_revision = draft, draft.revision if draft else 0

    def be_overtaken(self, newer: Response) -> None:
        """Show beside the form what was sent since it was opened, and is replaced if it is sent."""
        assert self.checked is not None
        self.enter(newer.respondent_id)
        self.draft, self.draft_revision = None, self._own_draft_revision(newer.respondent_id)
        self.notice = "overtaken"
        self.renew_key()
        self.seen, self.overtaken_at = newer.id, newer.submitted_at
        self.is_withdrawn = newer.withdrawn_at is not None
        self.compared = conflicts.compared(self.instrument, self.checked, newer, current_locale())

    def renew_key(self) -> None:
        """Show the form under a new key, and no longer under that with which it came back."""
        self.replaced, self.key = submission_key.read(self.key), ""

    def _new_key(self) -> str:
        """Return a key for this page; in the grace it is taken for as long as the one it replaces.

        None that is given out after the closing is taken at all.
        """
        since = None
        if self.replaced is not None and not self.consultation_round.is_open(now()):
            since = self.replaced.issued_at
        return submission_key.mint(self.instrument.public_id, self.holder, self.seen, since=since)

    def _own_draft_revision(self, respondent_id: int) -> int:
        """Return the revision of the draft that this form has saved or goes on with; 0 for none."""
        key, measure_id = submission_key.read(self.key), self.instrument.measure_id
        if key is None:
            return 0
        return store.own_revision(db.session(), respondent_id, measure_id, key, self.draft_revision)

    def show(self) -> ResponseReturnValue:
        """Return the page and its status; nobody may keep it."""
        keep_private()
        page = self.rendered(self.key or self._new_key())
        if not self.checked or self.is_refilled:
            return page
        status = STATUSES.get(self.notice, 422)
        return page, status, retry_after(status)

    def rendered(self, key: str) -> str:
        """Return the page with that key."""
        locale, environment = current_locale(), current_app.jinja_env
        checked = self.checked
        return render_template(
            "responses/submission/form.html",
            instrument=self.instrument,
            measure=self.measure,
            place=rendering.place_of(self.measure),
            minutes=rendering.minutes_for(self.instrument),
            closes_at=self.consultation_round.closes_at,
            key=key,
            challenge=self._challenge(key),
            in_space=self.holder is not None,
            action=space_path(self.measure) if self.holder is not None else "",
            in_space_instead=self._in_space_instead(),
            is_apart=self.is_apart,
            previous_key=self.previous_key,
            draft=self.draft,
            draft_revision=self.draft_revision,
            filled=self.filled,
            corrects=self.corrects,
            came_back=checked is not None and not self.is_refilled,
            saved_elsewhere=self._saved_elsewhere() if self.notice == "draft" else None,
            notice=self.notice,
            renewed=self.renewed,
            compared=self.compared,
            overtaken_at=self.overtaken_at,
            is_withdrawn=self.is_withdrawn,
            idle=sessions.LEFT_AT_LEAST,
            space_closes_at=now() + sessions.LEFT_AT_LEAST,
            anchor=rendering.anchor,
            faults=rendering.faults(self.instrument, checked, locale) if checked else (),
            general=checked.general if checked else (),
            fields=self._fields(environment, locale),
        )

    def _fields(self, environment: Environment, locale: str) -> Markup:
        if self.checked is None:
            return rendering.blank_fields(environment, self.instrument, locale)
        renewal = self.renewed.changes if self.renewed else None
        return rendering.filled_fields(environment, self.instrument, locale, self.checked, renewal)

    def _in_space_instead(self) -> str:
        """Return where a blank public form is in the space that is open, if that takes it."""
        if self.holder is not None or self.checked is not None or self.is_apart:
            return ""
        own = open_space()
        return space_path(self.measure) if own is not None and own.takes_answers else ""

    def _challenge(self, text: str) -> str:
        """Return what this page's browser has to solve, or nothing."""
        key = submission_key.read(text)
        if not self.asks_proof or key is None:
            return ""
        let_workers_run()
        return proof_of_work.challenge(key, now())

    def _saved_elsewhere(self) -> Compared:
        """Return what the form would change of the draft that was saved meanwhile."""
        assert self.draft is not None
        assert self.checked is not None
        there = store.typed_of(self.instrument, self.draft)
        found = conflicts.differences(self.instrument, there, self.checked.typed, current_locale())
        return Compared(found, False)


def retry_after(status: int) -> dict[str, str]:
    """Return the header that says when to try again what was refused for now."""
    return {"Retry-After": "60"} if status in (429, 503) else {}


def choice_sent() -> Choice | None:
    """Return where the person wants a public form to go while a space is open, if they said so."""
    said = request.form.get("intent", "").rpartition("-")[2]
    return next((choice for choice in Choice if choice.value == said), None)


def draft_revision_sent() -> int:
    """Return over which revision of the draft the form that was sent had been given out."""
    said = request.form.get("draft_revision", 0, type=int)
    return said if 0 < said <= MOST_REVISIONS else 0


def space_path(measure: Measure | None) -> str:
    """Return where the form on a measure, or on the tool, is in the space."""
    if measure is None:
        return url_for("spaces.contribute_to_tool")
    return url_for("spaces.contribute", code=measure.code)


def space_cookie() -> str:
    """Return the name of the cookie of an open space; over https the browser guards it."""
    return "__Host-space" if is_https() else "space"


def let_in(answer: HttpResponse, secret: str) -> None:
    """Give the browser what opens the space, and nothing else reads."""
    answer.set_cookie(
        space_cookie(), secret, secure=is_https(), httponly=True, samesite="Strict", path="/"
    )


def shut_out(answer: HttpResponse) -> None:
    """Take from the browser what opens the space."""
    answer.delete_cookie(
        space_cookie(), secure=is_https(), httponly=True, samesite="Strict", path="/"
    )


def is_https() -> bool:
    """Say whether visitors reach the site over https."""
    return str(current_app.config["BASE_URL"]).startswith("https:")


def space_token() -> str | None:
    """Return what the browser holds of an open space, if anything."""
    return request.cookies.get(space_cookie())


@dataclass(frozen=True)
class OpenSpace:
    """The space that is open in a visitor's browser, as far as public pages know it."""

    takes_answers: bool
    """Whether it is of the round that is open now."""


def open_space() -> OpenSpace | None:
    """Return the space that is open in this visitor's browser, if any; its page is kept by nobody.

    Asked once for each page, and only where the browser sends what opens one.  It does not count
    as using the space.  A page that tells of a failure does without.
    """
    if "open_space" not in g:
        g.open_space = None
        if space_token() and g.get("actor") is None:
            with suppress(sa.exc.SQLAlchemyError):
                g.open_space = _open_space()
        if g.open_space is not None:
            keep_private()
    found: OpenSpace | None = g.open_space
    return found


def _open_space() -> OpenSpace | None:
    opened = sessions.find(db.session(), space_token(), now())
    if opened is None:
        return None
    its_round = db.session.get_one(Respondent, opened.respondent_id).round_id
    current = queries.current(db.session(), now())
    is_current = current is not None and current.id == its_round and current.is_open(now())
    return OpenSpace(is_current)


def shelf() -> Shelf:
    """Return the published questionnaires that this process has read."""
    kept: Shelf = current_app.extensions["consultation_shelf"]
    return kept


def blank(code: str | None) -> ResponseReturnValue | None:
    """Return the form of a measure (None: of the tool); None where more has to be looked at."""
    if request.query_string or space_token():
        return None  # the link to the other language repeats the one, the header knows the other
    given = context.given_out(db.session(), code, now())
    instrument = shelf().take(db.session(), given.public_id) if given else None
    if given is None or instrument is None:
        return None
    keep_private()
    return page_cache.pour(
        _mould(instrument, given), {"key": submission_key.mint(instrument.public_id)}
    )


def _mould(instrument: Instrument, given: GivenOut) -> Mould:
    """Return the page without its key, made anew when anything that it says has changed.

    The instrument never changes, and is asked for by the id that the database says is in force.
    """
    place = ("page", current_locale())
    facts = (given, request.script_root, request.path)
    kept: tuple[object, Mould] | None = instrument.cache.get(place)
    if kept is None or kept[0] != facts:
        page = _page(instrument, given)
        kept = facts, page_cache.cast(("key",), lambda holes: page.rendered(holes["key"]))
        instrument.cache[place] = kept
    return kept[1]


def _page(instrument: Instrument, given: GivenOut) -> Page:
    measure = None
    if given.code is not None:
        measure = Measure(code=given.code, is_shipped=given.is_shipped)
    return Page(instrument, measure, Round(closes_at=given.closes_at))
