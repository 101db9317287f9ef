"""Pages on which staff type in a response that came on paper or by telephone."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import OutcomeUnknown, StorageUnavailable
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE
from consultation.questionnaires.form import rendering, validation
from consultation.questionnaires.form.validation import Checked
from consultation.questionnaires.rounds import queries
from consultation.responses.models import Response
from consultation.responses.staff import entry
from consultation.responses.staff.forms import EntryForm
from consultation.responses.submission import context
from consultation.responses.submission import key as submission_key
from consultation.responses.submission.acceptance import submit_form
from consultation.responses.submission.context import FormContext, FormGone
from consultation.responses.submission.handlers import TOOL
from consultation.responses.submission.page import retry_after, shelf
from consultation.responses.submission.store import Filled, Sending, fill
from consultation.responses.submission.submit import Accepted, AlreadyReceived
from consultation.web.permissions import Permission, requires
from consultation.web.request_body import shows_cleaned, was_cleaned
from consultation.work.actions import current_work
from consultation.work.services import Work

blueprint = Blueprint("entry", __name__, url_prefix="/organisation/contributions/saisir")

ANYWAY = "quand-meme"
BLANK = "Cette feuille ne répond encore à aucune question : recopiez au moins une réponse."
CLEANED = (
    "Des caractères illisibles ont été enlevés ou remplacés par « � ». Rien n'est enregistré :"
    " relisez, puis enregistrez de nouveau."
)
NEW_FORM = "Ce formulaire avait déjà servi. Rien n'est enregistré : relisez, puis enregistrez."
UNAVAILABLE = (
    "La base de données ne répond pas, et rien n'est enregistré. Attendez une minute, puis"
    " enregistrez de nouveau."
)
UNSURE = (
    "La base de données n'a pas dit si cette réponse est enregistrée. Attendez une minute, puis"
    " enregistrez de nouveau : elle ne sera comptée qu'une fois."
)


@dataclass
class EntryPage:
    """The form of a response as it is displayed once."""

    form: FormContext
    entry_form: EntryForm
    key: str
    checked: Checked | None = None
    notice: str = ""
    duplicate: Response | None = None

    def show(self, status: int = 200) -> ResponseReturnValue:
        """Return the page with what was typed, and its status."""
        return self._rendered(), status, retry_after(status)

    def refuse(self, notice: str, status: int) -> ResponseReturnValue:
        """Show the form again under a sentence on why nothing was stored."""
        self.notice = notice
        return self.show(status)

    def renew_key(self, issued_at: datetime) -> None:
        """Show the form under a key that nothing was stored with."""
        self.key = submission_key.mint(self.form.instrument.public_id, since=issued_at)

    def _rendered(self) -> str:
        return render_template(
            "responses/staff/entry_form.html",
            entry_form=self.entry_form,
            instrument=self.form.instrument,
            place=rendering.place_of(self.form.measure),
            code=self.form.measure_code or TOOL,
            key=self.key,
            fields=self._fields(),
            problems=self._problems(),
            notice=self.notice,
            duplicate=self.duplicate,
            anyway=ANYWAY,
        )

    def _fields(self) -> str:
        environment, instrument = current_app.jinja_env, self.form.instrument
        if self.checked is None:
            return rendering.blank_fields(environment, instrument, DEFAULT_LOCALE)
        return rendering.filled_fields(environment, instrument, DEFAULT_LOCALE, self.checked)

    def _problems(self) -> list[tuple[str, str, str]]:
        """Return the problems of the questionnaire, for the list above the form."""
        if self.checked is None:
            return []
        instrument = self.form.instrument
        problems = rendering.list_errors(instrument, self.checked, DEFAULT_LOCALE)
        if self.checked.general:
            problems.append((rendering.anchor(instrument.sections[0]), "", BLANK))
        return problems


@blueprint.get("")
@requires(Permission.ENTER_RESPONSES)
def choose() -> ResponseReturnValue:
    """List the forms of the round: which one was filled in on paper, or read out?"""
    opened = queries.last_opened(db.session(), now())
    listed = entry.forms(current_work(), opened) if opened else []
    on_measures = [form for form in listed if form.code is not None]
    return render_template(
        "responses/staff/entry.html",
        round=opened,
        is_closed=opened is not None and opened.closes_at <= now(),
        axes=[(axis, list(forms)) for axis, forms in groupby(on_measures, lambda it: it.axis)],
        has_tool=len(on_measures) < len(listed),
        tool=TOOL,
    )


@blueprint.get("/<code>")
@requires(Permission.ENTER_RESPONSES)
def form(code: str) -> ResponseReturnValue:
    """Show the blank form of a measure, or of the tool."""
    work = current_work()
    opened = queries.last_opened(work.session, work.at) or abort(404)
    wanted = None if code == TOOL else code
    form = entry.load(work, shelf(), opened, wanted) or abort(404)
    page = EntryPage(form, EntryForm(None, form.round, work.at), key="")
    page.renew_key(entry.given_out_at(opened.moments, work.at))
    return page.show()


@blueprint.post("/<code>")
@shows_cleaned
@requires(Permission.ENTER_RESPONSES)
def store(code: str) -> ResponseReturnValue:
    """Store what was typed in and redirect to its receipt; else show it again."""
    work = current_work()
    page = _posted_page(None if code == TOOL else code, work.at)
    is_valid = page.entry_form.validate()
    if was_cleaned():
        return page.refuse(CLEANED, 400)
    if not entry.is_of_staff(page.form.key):
        page.renew_key(entry.given_out_at(page.form.round, work.at))
        return page.refuse(NEW_FORM, 400)
    if not is_valid or page.checked is None or not page.checked.is_valid:
        return page.show(422)
    filled = _filled(work, page)
    if request.form.get("geste") != ANYWAY:
        page.duplicate = entry.duplicate(work, filled)
    return page.show(409) if page.duplicate else _store(work, page, filled)


@blueprint.get("/recu/<public_id>")
@requires(Permission.ENTER_RESPONSES)
def receipt(public_id: str) -> ResponseReturnValue:
    """Show the number of a response that was just typed in, and what to do next."""
    response = entry.find(current_work(), public_id) or abort(404)
    measure = response.questionnaire.measure
    contact = response.respondent.contact
    return render_template(
        "responses/staff/entry_receipt.html",
        response=response,
        code=measure.code if measure else TOOL,
        channel=response.respondent.channel.label,
        has_address=bool(contact and contact.address),
        sends_mail=bool(current_app.config["MAIL_SERVER"]),
    )


def _posted_page(code: str | None, at: datetime) -> EntryPage:
    text = request.form.get("submission_key", "")
    try:
        form = context.load_posted(db.session(), shelf(), text, code, at)
    except FormGone:
        abort(404)
    if form is None:
        abort(404)
    checked = validation.check(form.instrument, request.form)
    return EntryPage(form, EntryForm(request.form, form.round, at), text, checked)


def _filled(work: Work, page: EntryPage) -> Filled:
    key, checked = page.form.key, page.checked
    assert key is not None
    assert checked is not None
    sending = Sending(
        work.at,
        DEFAULT_LOCALE,
        page.form.notice_version,
        channel=page.entry_form.came_by,
        received_on=page.entry_form.came_on,
    )
    return fill(work.session, page.form.instrument, key, checked, sending)


def _store(work: Work, page: EntryPage, filled: Filled) -> ResponseReturnValue:
    note = partial(entry.record, work, filled)
    try:
        result = submit_form(filled, grace=entry.ACCEPTED_FOR, note=note)
    except FormGone:
        abort(404)
    except StorageUnavailable:
        return page.refuse(UNAVAILABLE, 503)
    except OutcomeUnknown:
        return page.refuse(UNSURE, 503)
    match result:
        case Accepted(stored):
            public_id = stored.public_id
        case AlreadyReceived(code):
            public_id = entry.public_id_of(work.session, code)
        case _:
            page.renew_key(entry.given_out_at(page.form.round, work.at))
            return page.refuse(NEW_FORM, 409)
    return redirect(url_for(".receipt", public_id=public_id), 303)
