"""Page of a public form, blank from the cache or filled.

A form that comes back has a notice of why.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from jinja2 import Environment
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from consultation.clock import in_paris, now
from consultation.extensions import db
from consultation.i18n import Language
from consultation.questionnaires.form import rendering
from consultation.questionnaires.form.instrument import (
    FormMeasure,
    Instrument,
    InstrumentCache,
    Question,
)
from consultation.questionnaires.form.validation import Checked, check
from consultation.questionnaires.models import Destination
from consultation.recordings import playback
from consultation.responses.drafts import conflicts, refill, store
from consultation.responses.drafts.conflicts import Conflict
from consultation.responses.drafts.refill import Renewed, current_response, renewed
from consultation.responses.models import Draft, Respondent, Response
from consultation.responses.revisions import Compared
from consultation.responses.robots import proof_of_work
from consultation.responses.space import cookie, sessions
from consultation.responses.submission import completion
from consultation.responses.submission import key as submission_key
from consultation.responses.submission.context import FormContext
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.submission.posted import grace, is_proposed, proposal, proposed_along
from consultation.web import page_cache
from consultation.web.headers import allow_listening, allow_workers, keep_private
from consultation.web.locale import current_locale, is_read, other_languages
from consultation.web.navigation import document_is_public, frame_state
from consultation.web.page_cache import CachedPage
from consultation.web.request_body import was_cleaned


class Notice(StrEnum):
    """Why a form comes back, with the status of the answer; the template has the sentences."""

    status: int

    def __new__(cls, name: str, status: int) -> "Notice":
        """Return the member of that name."""
        member = str.__new__(cls, name)
        member._value_, member.status = name, status
        return member

    CONFIRM = "confirm", 400
    """Its key can't be verified, or another site has sent it."""
    CLEANED = "cleaned", 400
    KEY_USED = "different", 409
    OPEN_SPACE_FIRST = "link", 409
    KEY_SAVED = "begun", 409
    """A form was saved with its key, and not sent."""
    OPEN_SAVED_SPACE_FIRST = "begun_link", 409
    REPEAT = "repeat", 409
    SPACE_CLOSED = "space", 409
    STALE_DRAFT = "draft", 409
    SUPERSEDED = "superseded", 409
    WHERE_TO_SAVE = "whose", 409
    WHERE_TO_SEND = "whose_sent", 409
    ROUND_CLOSED = "closed", 403
    TOO_LONG = "long", 422
    DRAFTS_FULL = "full", 413
    CROWD = "crowd", 429
    UNAVAILABLE = "unavailable", 503
    OUTCOME_UNKNOWN = "unsure", 503


_ASKING_WHERE = (Notice.ROUND_CLOSED, Notice.WHERE_TO_SAVE, Notice.WHERE_TO_SEND)
"""The notices of a form that cannot be saved, or not before it is clear to whom it belongs."""
_ASKING = (*_ASKING_WHERE, Notice.SUPERSEDED, Notice.REPEAT)
"""The notices with buttons of their own."""


@dataclass(frozen=True)
class HolderState:
    """The respondent in whose space a form is shown, and what they have sent before."""

    respondent_id: int
    response_id: int
    """Their response on the measure that the form is filled from; 0 for none."""
    corrects: datetime | None
    """When that response was sent."""
    renewed: Renewed | None
    """What has changed in the form since they left it."""


@dataclass
class Page:
    """A form as it is displayed once: filled with what, in whose space, under which notice."""

    context: FormContext
    key: str = ""
    """Text of the key that the form came back with; a new one is made where it is empty."""
    previous_key: str = ""
    replaced_key: SubmissionKey | None = None
    """The key of the form that came back, where the page has another."""
    notice: Notice | None = None
    checked: Checked | None = None
    is_valid: bool = False
    """Whether the form was checked, and may be stored as it is."""
    holder: HolderState | None = None
    is_refilled: bool = False
    draft: Draft | None = None
    """The draft that the form goes on with, or that another device has saved since."""
    draft_revision: int = 0
    """The revision of the draft that the form is saved over; 0 where it begins one."""
    filled: str = ""
    """The stamp of what the space has filled the form with, if it has."""
    is_separate: bool = False
    """Whether the person has said that the form does not belong to the space that is open."""
    asks_proof: bool = False
    """Whether the form is to come back with a proof of work."""
    conflict: Conflict | None = None
    """The newer response that sending the form would replace."""

    @property
    def instrument(self) -> Instrument:
        """The questionnaire of the form."""
        return self.context.instrument

    @property
    def displayed(self) -> Instrument:
        """The questionnaire without what cannot be asked now."""
        if document_is_public(self.context.has_document):
            return self.instrument
        return rendering.without_document(self.instrument, self.typed)

    @property
    def typed(self) -> Mapping[int, Sequence[str]]:
        """The texts typed into the form, by question id."""
        return self.checked.typed if self.checked else {}

    def enter(self, respondent_id: int) -> None:
        """Show the form in the space of a respondent, with what changed since they left it."""
        # Before anything else is read: a response that is sent in between counts as not seen.
        current = current_response(db.session(), respondent_id, self.instrument.measure_id)
        self.holder = HolderState(
            respondent_id,
            current.id if current else 0,
            current.submitted_at if current else None,
            renewed(db.session(), shelf(), self.instrument, respondent_id, current_locale()),
        )

    def refill(self, respondent: Respondent) -> None:
        """Fill the form with what the respondent has given, saved over their draft if any."""
        self.is_refilled = True
        # First: a draft that is saved in between is then newer than the form says, and asks.
        self.go_on(store.find(db.session(), respondent.id, self.instrument.measure_id))
        self.checked = refill.refilled(db.session(), self.instrument, respondent)
        self.filled = refill.stamp(self.checked, self.draft_revision, self._seen())

    def _seen(self) -> int:
        return self.holder.response_id if self.holder else 0

    def go_on(self, draft: Draft | None) -> None:
        """Show the form as one that is saved over `draft`, or that begins one."""
        self.draft, self.draft_revision = draft, draft.revision if draft else 0

    def add_conflict(self, newer: Response) -> None:
        """Show the form beside the response that was sent since it was opened.

        Sent from there, the form replaces that response.
        """
        assert self.checked is not None
        self.enter(newer.respondent_id)
        assert self.holder is not None
        self.holder = replace(self.holder, response_id=newer.id)
        self.draft, self.draft_revision = None, self._own_draft_revision(newer.respondent_id)
        self.renew_key()
        self.conflict = conflicts.conflict(self.instrument, self.checked, newer, current_locale())
        self.notice = Notice.SUPERSEDED

    def renew_key(self) -> None:
        """Show the form under a new key, and no longer under that with which it came back."""
        self.replaced_key, self.key = submission_key.read(self.key), ""

    def _new_key(self) -> str:
        """Return a key for this page; in the grace it is taken for as long as the one it replaces.

        None that is given out after the closing is taken at all.
        """
        since = None
        if self.replaced_key is not None and not self.context.round.is_open(now()):
            since = self.replaced_key.issued_at
        holder_id = self.holder.respondent_id if self.holder else None
        return submission_key.mint(self.instrument.public_id, holder_id, self._seen(), since=since)

    def _own_draft_revision(self, respondent_id: int) -> int:
        """Return the revision of the draft that this form has saved or goes on with; 0 for none."""
        key, measure_id = submission_key.read(self.key), self.instrument.measure_id
        if key is None:
            return 0
        return store.own_revision(db.session(), respondent_id, measure_id, key, self.draft_revision)

    def show(self, notice: Notice | None = None) -> ResponseReturnValue:
        """Return the page and its status, which no cache may keep."""
        self.notice = notice or self.notice
        self._keep_private()
        if self._is_same_for_all():
            return page_cache.fill(self._cached(), {"key": self._new_key()})
        page = self.rendered(self.key or self._new_key())
        if not self.checked or self.is_refilled:
            return page
        status = self.notice.status if self.notice else 422
        return page, status, retry_after(status)

    def show_again(self) -> ResponseReturnValue:
        """Return the page as it was sent, without a word on errors: nothing is sent yet."""
        assert self.checked is not None
        if was_cleaned():
            return self.show(Notice.CLEANED)
        self.checked = replace(self.checked, errors={}, general=())
        self._keep_private()
        return self.rendered(self.key or self._new_key())

    def show_review(self) -> ResponseReturnValue:
        """Return the page of what the form says, from which it is sent or changed."""
        assert self.checked is not None
        keep_private()
        return render_template(
            "responses/submission/review.html",
            **self._common(self.key),
            reviewed=rendering.answers_by_section(self.instrument, self.checked, current_locale()),
            fields=[it for it in request.form.items(multi=True) if it[0] != "intent"],
            is_proven=bool(request.form.get("proof")),
        )

    def only_in_french(self) -> str:
        """Return that the form is not offered in this language, and where it is in French."""
        form = self.context
        return render_template(
            "responses/submission/only_french.html",
            title=form.instrument.title,
            is_chosen=current_locale() in form.locales,
            other_languages=self.offered_languages,
        )

    def offered_languages(self) -> Sequence[tuple[Language, str]]:
        """Return the other languages of the form, each with the address of this page in it."""
        return [it for it in other_languages() if self.context.is_offered_in(it[0].tag)]

    def begin(self, capacity: str) -> ResponseReturnValue:
        """Return the blank form with the capacity that its respondent has given before."""
        given = MultiDict({self.capacity.name: capacity})
        self.checked = replace(check(self.instrument, given), errors={}, general=())
        self.is_refilled = True
        return self.show()

    @property
    def capacity(self) -> Question:
        """The question of the form as what one answers."""
        return next(
            it for it in self.instrument.questions if it.destination is Destination.CAPACITY
        )

    def _keep_private(self) -> None:
        """Let no cache keep the form, which may play recordings where there are any."""
        keep_private()
        if self.context.recordings.total:
            allow_listening()

    def _is_same_for_all(self) -> bool:
        """Return whether only the key makes the page another one than the next visitor's.

        The link to the other language repeats the query; the header links to an open space.
        """
        is_blank = self.checked is None and self.holder is None
        return is_blank and not (self.asks_proof or request.query_string or cookie.token())

    def _cached(self) -> CachedPage:
        """Return the page without its key, rendered anew when anything that it says has changed.

        It is kept with the instrument, which never changes.
        """
        place = ("page", current_locale())
        measure = self.context.measure
        facts = (
            self.context.round.closes_at,
            self.context.has_document,
            measure and (measure.code, measure.is_shipped),
            request.path,
            self.context.recordings,
            in_paris(now()).date(),  # so that the minutes it takes are looked up each day
            frame_state(),
            is_read(),
            self.context.locales,
        )
        kept: tuple[object, CachedPage] | None = self.instrument.cache.get(place)
        if kept is None or kept[0] != facts:
            kept = (
                facts,
                page_cache.render_with_placeholders(
                    ("key",), lambda values: self.rendered(values["key"])
                ),
            )
            self.instrument.cache[place] = kept
        return kept[1]

    def rendered(self, key: str) -> str:
        """Return the page with that key."""
        locale, environment = current_locale(), current_app.jinja_env
        checked, holder = self.checked, self.holder
        return render_template(
            "responses/submission/form.html",
            **self._common(key),
            minutes=self._minutes(),
            closes_at=self.context.round.closes_at,
            taken_until=self._taken_until(),
            may_save=self.notice not in _ASKING_WHERE,
            asks_nothing=not self.previous_key and self.notice not in _ASKING,
            in_space_instead=self._in_space_instead(),
            previous_key=self.previous_key,
            draft=self.draft,
            draft_revision=self.draft_revision,
            filled=self.filled,
            came_back=checked is not None and not self.is_refilled,
            saved_elsewhere=self._saved_elsewhere(),
            notice=self.notice or "",
            renewed=holder.renewed if holder else None,
            conflict=self.conflict,
            anchor=rendering.anchor,
            errors=rendering.list_errors(self.instrument, checked, locale) if checked else (),
            general=checked.general if checked else (),
            fields=self._fields(environment, locale),
            who=self._who(),
        )

    def _taken_until(self) -> datetime | None:
        """Return the end of the grace where the closing came after the form was given out."""
        if self.context.round.is_open(now()):
            return None
        return self.context.round.closes_at + grace()

    def _common(self, key: str) -> dict[str, object]:
        """Return the arguments that the page of a form and the page that reviews it share."""
        measure, holder = self.context.measure, self.holder
        return {
            "instrument": self.displayed,
            "measure": measure,
            "place": rendering.place_of(measure),
            "key": key,
            "challenge": self._challenge(key),
            "in_space": holder is not None,
            "action": space_path(measure) if holder else "",
            "is_separate": self.is_separate,
            "corrects": holder.corrects if holder else None,
            "idle": sessions.LEFT_AT_LEAST,
            "space_closes_at": now() + sessions.LEFT_AT_LEAST,
            "language_is_posted": True,
            "other_languages": self.offered_languages,
        }

    def _fields(self, environment: Environment, locale: str) -> Markup:
        state = self.context.recordings
        sounds = playback.sounds_of(db.session(), self.instrument, locale, state)
        if self.checked is None:
            return rendering.blank_fields(environment, self.displayed, locale, sounds)
        renewal = self.holder.renewed if self.holder else None
        changes = renewal.changes if renewal else None
        return rendering.filled_fields(
            environment,
            self.displayed,
            locale,
            self.checked,
            changes,
            who=self._who(),
            sounds=sounds,
        )

    def _minutes(self) -> int:
        is_in_space = self.holder is not None
        return completion.minutes_of(db.session(), self.instrument, is_in_space=is_in_space)

    def _who(self) -> Mapping[str, str] | None:
        """Return as what the respondent of an open space answers, if they have said so."""
        given = self.typed.get(self.capacity.id) if self.holder else None
        option = self.capacity.option(given[0]) if given else None
        return option.label if option else None

    def _in_space_instead(self) -> str:
        """Return where a blank public form is in the space that is open, if that takes it."""
        if self.holder is not None or self.checked is not None or self.is_separate:
            return ""
        space = cookie.open_space()
        return space_path(self.context.measure) if space and space.takes_answers else ""

    def _challenge(self, text: str) -> str:
        """Return the challenge for this page's browser, or nothing."""
        key = submission_key.read(text)
        if not self.asks_proof or key is None:
            return ""
        allow_workers()
        return proof_of_work.challenge(key, now())

    def _saved_elsewhere(self) -> Compared | None:
        """Return the changes of the form to the draft that another device has saved."""
        if self.notice is not Notice.STALE_DRAFT:
            return None
        assert self.draft is not None
        assert self.checked is not None
        stored = store.typed_of(self.instrument, self.draft)
        typed = self.checked.typed
        return Compared(
            conflicts.differences(self.instrument, stored, typed, current_locale()), False
        )


def shelf() -> InstrumentCache:
    """Return the published questionnaires that this process has read."""
    instruments: InstrumentCache = current_app.extensions["consultation_shelf"]
    return instruments


def retry_after(status: int) -> dict[str, str]:
    """Return the header that says when to try again what was refused for now."""
    return {"Retry-After": "60"} if status in (429, 503) else {}


def space_path(measure: FormMeasure | None) -> str:
    """Return where the form on a measure, or on the tool, is in the space."""
    if measure is None:
        return url_for("spaces.contribute_to_tool")
    proposed: dict[str, Any] = proposal(proposed_along()) if is_proposed() else {}
    return url_for("spaces.contribute", code=measure.code, **proposed)
