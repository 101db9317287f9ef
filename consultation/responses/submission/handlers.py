"""Request handlers of a public form: its display, and the outcomes of its submission."""

from dataclasses import dataclass
from datetime import datetime

from flask import (
    abort,
    current_app,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.clock import now
from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.plan.queries import bare_measure
from consultation.questionnaires.form import validation
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.responses.drafts import store as drafts_store
from consultation.responses.models import Respondent, RespondentSession
from consultation.responses.rights import export, export_formats
from consultation.responses.rights.export_formats import Entry
from consultation.responses.space import cookie, sessions
from consultation.responses.submission import acceptance, context, receipt, submit
from consultation.responses.submission import key as submission_key
from consultation.responses.submission.acceptance import needs_proof
from consultation.responses.submission.context import FormGone
from consultation.responses.submission.page import Notice, Page, shelf
from consultation.responses.submission.posted import BEGIN, CORRECT, REVIEW, SHOW, Posted
from consultation.responses.submission.sender import Choice
from consultation.responses.submission.store import Stored
from consultation.responses.submission.submit import (
    Accepted,
    AlreadyReceived,
    KeyUsed,
    Result,
    Superseded,
    Unchanged,
)
from consultation.results.public import closed_rounds
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.locale import current_locale
from consultation.web.request_body import was_cleaned
from consultation.web.typography import hour, typeset

WAS_SENT = "sent"
"""The intent of the script that asks about the key of a form which is gone back to."""
TOOL = "outil"
"""What stands for the tool where an address names a measure."""


def ask(code: str | None, respondent: Respondent | None = None) -> ResponseReturnValue:
    """Show the form on a measure (None: on the tool), in the space of a respondent as they left it.

    A space is of its own round, whichever is open now.
    """
    at = now()
    round_id = respondent.round_id if respondent else None
    form = context.load(db.session(), shelf(), code, at, round_id=round_id)
    if form is None:
        return not_given_out(code, at, respondent)
    page = Page(form)
    if not form.is_offered_in(current_locale()):
        return page.only_in_french()
    page.asks_proof = form.is_proof_required and needs_proof(respondent.id if respondent else None)
    page.is_separate = respondent is None and "a-part" in request.args
    if respondent is not None:
        page.enter(respondent.id)
        page.refill(respondent)
    return page.show()


def receive(
    code: str | None,
    posted: Posted,
    opened: RespondentSession | None,
    *,
    in_space: bool = False,
) -> ResponseReturnValue:
    """Store what was sent, or show it again.

    `opened` is the space that is open in the browser: the form was sent from it (`in_space`), or
    beside it from a public page.
    """
    at = now()
    page = posted_page(code, posted, at)
    if page is None:
        return not_given_out(code, at)
    holder = opened.respondent_id if opened and in_space else None
    page.asks_proof = page.context.is_proof_required and needs_proof(holder)
    page.is_separate = posted.choice is Choice.APART
    if holder is not None:
        page.enter(holder)
    if posted.action == BEGIN:
        return page.begin(request.form.get("qualite", ""))
    if posted.action == SHOW:
        return page.show_again()
    notice, key = _objection(page, posted, at), page.context.key
    if notice or key is None or not page.is_valid:
        return page.show(notice)
    if posted.action == REVIEW:
        return page.show_review()
    may_open = key.holder is None or opened is not None
    result = acceptance.accept(page, posted, key, at, opened, may_open=may_open)
    return _answer(page, posted, result, may_open=may_open)


def posted_page(code: str | None, posted: Posted, at: datetime) -> Page | None:
    """Return the form that was sent, checked; None where it names none and none is given out."""
    try:
        form = context.load_posted(db.session(), shelf(), posted.key, code, at)
    except FormGone:
        abort(404)
    if form is None:
        return None
    checked = validation.check(form.instrument, request.form)
    return Page(
        form,
        posted.key,
        checked=checked,
        is_valid=checked.is_valid,
        draft_revision=posted.draft_revision,
    )


def _objection(page: Page, posted: Posted, at: datetime) -> Notice | None:
    """Return the notice that prevents storing a form, whatever its answers are."""
    key = page.context.key
    if was_cleaned():
        return Notice.CLEANED
    if key is None or (page.holder is not None and key.holder is None):
        # A form of the public pages belongs to no space.
        page.renew_key()
        return Notice.CONFIRM
    if comes_from_elsewhere():
        return Notice.CONFIRM
    is_taken = page.context.round.accepts(at, key.issued_at, posted.grace)
    return None if is_taken else Notice.ROUND_CLOSED


def _answer(
    page: Page, posted: Posted, result: Result | Notice, *, may_open: bool
) -> ResponseReturnValue:
    match result:
        case Notice():
            return page.show(result)
        case Accepted(Stored(receipt_code=code)) | AlreadyReceived(code):
            token = receipt.token_for(code, opens=may_open)
            codes = ",".join(posted.along) or None
            receipt_path = url_for("responses.receipt", token=token, puis=codes)
            answer = make_response(redirect(receipt_path, 303))
            cookie.add_displayed(answer, code)
            return answer
        case Unchanged(current):
            measure = current.questionnaire.measure
            code = measure.code if measure else TOOL
            return redirect(url_for("spaces.space", inchangee=code), 303)
        case Superseded(newer):
            page.add_conflict(newer)
            return page.show()
        case KeyUsed():
            return ask_which(page, posted)


def ask_which(page: Page, posted: Posted) -> ResponseReturnValue:
    """Ask whether a form of a used key belongs to the first or is a new contribution."""
    key = page.context.key
    is_only_saved = key is not None and not submit.was_sent(db.session(), key)
    if posted.action == CORRECT:
        notice = Notice.OPEN_SAVED_SPACE_FIRST if is_only_saved else Notice.OPEN_SPACE_FIRST
    else:
        notice = Notice.KEY_SAVED if is_only_saved else Notice.KEY_USED
    page.previous_key = page.key
    page.renew_key()
    return page.show(notice)


def describe_sent() -> ResponseReturnValue:
    """Return to the script of a form that is gone back to whether it was sent, and when.

    The receipt code is given for as long as the receipt is shown, and nothing of the answers.
    Nothing is told once the browser was left.
    """
    key = submission_key.read(request.form.get("submission_key", ""))
    sent = receipt.last_sent(db.session(), key) if key is not None else None
    if sent is None or sessions.was_left(db.session(), sent.respondent_id, sent.submitted_at):
        return jsonify(sentence="")
    if now() - sent.submitted_at >= receipt.SHOWN_FOR:
        return jsonify(sentence=typeset(_("Ce formulaire a déjà été envoyé")))
    sentence = _(
        "Envoyé à %(hour)s, n° %(code)s", hour=hour(sent.submitted_at), code=sent.receipt_code
    )
    return jsonify(sentence=typeset(sentence))


def not_given_out(
    code: str | None, at: datetime, respondent: Respondent | None = None
) -> ResponseReturnValue:
    """Show that the round is not open, with the respondent's own draft to copy; or 404.

    The round is that of the respondent, or the one that visitors meet.
    """
    measure = bare_measure(db.session(), code) if code is not None else None
    if respondent is None:
        round_ = queries.current(db.session(), at)
    else:
        round_ = db.session.get_one(Round, respondent.round_id)
    if (code is not None and measure is None) or (round_ is not None and round_.is_open(at)):
        abort(404)
    waiting = round_ is None or at < round_.opens_at
    heading = (
        _("La consultation n'est pas encore ouverte")
        if waiting
        else _("La consultation est terminée")
    )
    page = render_template(
        "responses/submission/closed.html",
        heading=heading,
        title=measure.title if measure else None,
        consultation_round=round_,
        previous=queries.last_closed(db.session(), at),
        draft=_unsent_draft(respondent, measure) if respondent else None,
        closed=closed_rounds.closed_round(db.session(), round_, at, current_app.config),
        now=at,
    )
    return page, 403 if request.method == "POST" else 200


@dataclass(frozen=True)
class UnsentDraft:
    """A draft of a round that has closed, to be copied until it is deleted."""

    described: Entry
    deleted_at: datetime


def _unsent_draft(respondent: Respondent, measure: Measure | None) -> UnsentDraft | None:
    code = measure.code if measure else None
    drafts = export.drafts_of(db.session(), respondent.id)
    draft = next((draft for draft in drafts if draft.form.measure == code), None)
    if draft is None:
        return None
    closes_at = db.session.get_one(Round, respondent.round_id).closes_at
    deleted_at = closes_at + drafts_store.KEPT_AFTER_CLOSING
    return UnsentDraft(export_formats.describe_draft(draft), deleted_at)
