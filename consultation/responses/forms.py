"""The page of a form, blank or as it was sent, and the cookie of an open space."""

from dataclasses import dataclass, field

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import Environment
from markupsafe import Markup

from consultation.clock import now
from consultation.extensions import db
from consultation.i18n import localized
from consultation.plan.models import Measure
from consultation.questionnaires import showing
from consultation.questionnaires.checking import Checked
from consultation.questionnaires.instrument import Instrument, Shelf
from consultation.questionnaires.models import Round
from consultation.responses import drafts, keys, proving
from consultation.responses.models import Draft
from consultation.responses.renewing import Renewed, renewed
from consultation.web.headers import keep_private, let_scripts_save, let_workers_run
from consultation.web.locale import current_locale

STATUSES = {
    "confirm": 400,
    "different": 409,
    "link": 409,
    "space": 409,
    "draft": 409,
    "closed": 403,
    "crowd": 429,
    "unavailable": 503,
}


@dataclass
class Page:
    """One showing of a form: which, for what measure, and with what said above it."""

    instrument: Instrument
    measure: Measure | None
    consultation_round: Round
    key: str = ""
    previous_key: str = ""
    notice: str = ""
    checked: Checked | None = field(default=None)
    holder: int | None = None
    """The respondent in whose space the form is shown."""
    is_refilled: bool = False
    draft: Draft | None = None
    """The draft that the form goes on with, or that another device has saved meanwhile."""
    asks_proof: bool = False
    """Whether the form is to come back with a proof of work."""
    renewed: Renewed | None = None
    """What has changed in the form since the holder left it."""

    def enter(self, respondent_id: int) -> None:
        """Show the form in the space of a respondent, with what changed since they left it."""
        self.holder = respondent_id
        self.renewed = renewed(
            db.session(), shelf(), self.instrument, respondent_id, current_locale()
        )

    def show(self) -> ResponseReturnValue:
        """Return the page and its status; nobody may keep it."""
        keep_private()
        if self.holder is not None:
            let_scripts_save()
        locale, environment = current_locale(), current_app.jinja_env
        checked = self.checked
        key = self.key or keys.mint(self.instrument.public_id, self.holder)
        page = render_template(
            "responses/form.html",
            instrument=self.instrument,
            measure=self.measure,
            place=showing.place_of(self.measure),
            minutes=showing.minutes_for(self.instrument),
            closes_at=self.consultation_round.closes_at,
            key=key,
            challenge=self._challenge(key),
            in_space=self.holder is not None,
            previous_key=self.previous_key,
            draft=self.draft,
            saved_elsewhere=self._saved_elsewhere() if self.notice == "draft" else (),
            notice=self.notice,
            renewed=self.renewed,
            anchor=showing.anchor,
            faults=showing.faults(self.instrument, checked, locale) if checked else (),
            general=checked.general if checked else (),
            fields=self._fields(environment, locale),
        )
        if not checked or self.is_refilled:
            return page
        status = STATUSES.get(self.notice, 422)
        return page, status, {"Retry-After": "60"} if status in (429, 503) else {}

    def _fields(self, environment: Environment, locale: str) -> Markup:
        if self.checked is None:
            return showing.blank_fields(environment, self.instrument, locale)
        renewal = self.renewed.changes if self.renewed else None
        return showing.filled_fields(environment, self.instrument, locale, self.checked, renewal)

    def _challenge(self, text: str) -> str:
        """Return what this page's browser has to solve, or nothing."""
        key = keys.read(text)
        if not self.asks_proof or key is None:
            return ""
        let_workers_run()
        return proving.challenge(key, now())

    def _saved_elsewhere(self) -> list[tuple[str, str]]:
        """Return, where the draft says otherwise than the form, the question and its text there."""
        assert self.draft is not None
        assert self.checked is not None
        there = drafts.typed_of(self.instrument, self.draft)
        here = self.checked.typed
        return [
            (localized(question.label, current_locale()), ", ".join(there.get(question.id, ())))
            for question in self.instrument.questions
            if [*filter(None, there.get(question.id, ()))]
            != [*filter(None, here.get(question.id, ()))]
        ]


def space_cookie() -> str:
    """Return the name of the cookie of an open space; over https the browser guards it."""
    return "__Host-space" if is_https() else "space"


def is_https() -> bool:
    """Say whether visitors reach the site over https."""
    return str(current_app.config["BASE_URL"]).startswith("https:")


def space_token() -> str | None:
    """Return what the browser holds of an open space, if anything."""
    return request.cookies.get(space_cookie())


def shelf() -> Shelf:
    """Return the published questionnaires that this process has read."""
    kept: Shelf = current_app.extensions["consultation_shelf"]
    return kept
