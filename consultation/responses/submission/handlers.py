"""Request handlers of a public form: its display, and the outcomes of its submission."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

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
from consultation.crypto.keyring import new_id
from consultation.db.base import OutcomeUnknown, StorageUnavailable, writing
from consultation.extensions import db
from consultation.mail import outbox
from consultation.mail.addresses import index_of
from consultation.mail.outbox import Caps
from consultation.plan.models import Measure
from consultation.plan.queries import bare_measure
from consultation.questionnaires.form import validation
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import queries
from consultation.responses.drafts import public_drafts
from consultation.responses.drafts import store as drafts_store
from consultation.responses.drafts.store import DraftsFull
from consultation.responses.models import Respondent, RespondentSession
from consultation.responses.rights import export, export_formats
from consultation.responses.rights.export_formats import Entry
from consultation.responses.space import cookie, links, sessions
from consultation.responses.submission import context, receipt, repeats, sender, spam, submit
from consultation.responses.submission import key as submission_key
from consultation.responses.submission.context import FormContext, FormGone, RoundClosed
from consultation.responses.submission.key import SubmissionKey
from consultation.responses.submission.page import (
    Notice,
    Page,
    choice_sent,
    draft_revision_sent,
    is_proposed,
    proposed_along,
    shelf,
)
from consultation.responses.submission.receipt import Letter
from consultation.responses.submission.repeats import ContentReceived
from consultation.responses.submission.sender import Choice, Owner
from consultation.responses.submission.store import Filled, Stored, rows_of
from consultation.responses.submission.submit import (
    Accepted,
    AlreadyReceived,
    KeyUsed,
    Result,
    SpaceClosed,
    Superseded,
    Unchanged,
)
from consultation.results.public import closed_rounds
from consultation.web import rate_limits
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.locale import current_locale
from consultation.web.rate_limits import Tally
from consultation.web.request_body import was_cleaned
from consultation.web.typography import hour, typeset

REFUSALS: dict[type[Exception], Notice] = {
    RoundClosed: Notice.ROUND_CLOSED,
    SpaceClosed: Notice.SPACE_CLOSED,
    DraftsFull: Notice.DRAFTS_FULL,
    StorageUnavailable: Notice.UNAVAILABLE,
    OutcomeUnknown: Notice.OUTCOME_UNKNOWN,
    ContentReceived: Notice.REPEAT,
}
"""Exceptions of storing or saving a form, with their notices."""
WHERE_TO_SEND = {Owner.UNKNOWN: Notice.WHERE_TO_SEND, Owner.CLOSED: Notice.SPACE_CLOSED}
"""The notices of a public form of which it is not clear to whose responses it belongs."""
WAS_SENT = "sent"
"""The intent of the script that asks about the key of a form which is gone back to."""
SHOW, REVIEW = "show", "review"
"""The buttons that store nothing: the form again, in another language perhaps, and its answers."""
MEANT, REPEAT = "anyway", "repeat"
"""The button that stores a form although the same was received, and what is counted for it."""
TOOL = "outil"
"""What stands for the tool where an address names a measure."""
NO_RESPONSE = 0
"""The response that a public form was filled from."""


def ask(code: str | None, respondent: Respondent | None = None) -> ResponseReturnValue:
    """Show the form on a measure (None: on the tool), in the space of a respondent as they left it.

    A space is of its own round, whichever is open now.
    """
    at = now()
    round_id = respondent.round_id if respondent else None
    form = context.load(db.session(), shelf(), code, at, round_id=round_id)
    if form is None:
        return not_given_out(code, at, respondent)
    page = Page(form, asks_proof=asks_proof(form, respondent.id if respondent else None))
    page.is_separate = respondent is None and "a-part" in request.args
    if respondent is not None:
        page.enter(respondent.id)
        page.refill(respondent)
    return page.show()


def is_saving() -> bool:
    """Return whether a button that saves was pressed, and not one that sends."""
    return _action() == "save"


def _action() -> str:
    """Return the action of the button that was pressed, whatever form it is meant for."""
    return request.form.get("intent", "").partition("-")[0]


def receive(
    code: str | None,
    holder: int | None = None,
    *,
    beside: RespondentSession | None = None,
) -> ResponseReturnValue:
    """Store what was sent, or show it again; `holder` is whose space the form was sent from.

    `beside` is the space that is open in the browser while a public form is sent.
    """
    at = now()
    page = posted_page(code, at)
    if page is None:
        return not_given_out(code, at)
    page.asks_proof = asks_proof(page.context, holder)
    page.is_separate = choice_sent() is Choice.APART
    if holder is not None:
        page.enter(holder)
    if _action() == SHOW:
        return page.show_again()
    notice, key = _objection(page, at), page.context.key
    if notice or key is None or not page.is_valid:
        return page.show(notice)
    if _action() == REVIEW:
        return page.show_review()
    if key.holder is None:
        return _store_public(page, key, at, beside)
    return _store(page, key, at)


def posted_page(code: str | None, at: datetime) -> Page | None:
    """Return the form that was sent, checked; None where it names none and none is given out."""
    name = "previous_key" if request.form.get("intent") == "correct" else "submission_key"
    text = request.form.get(name, "")
    try:
        form = context.load_posted(db.session(), shelf(), text, code, at)
    except FormGone:
        abort(404)
    if form is None:
        return None
    checked = validation.check(form.instrument, request.form)
    return Page(form, text, checked=checked, draft_revision=draft_revision_sent())


def _objection(page: Page, at: datetime) -> Notice | None:
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
    return None if page.context.round.accepts(at, key.issued_at, grace()) else Notice.ROUND_CLOSED


def _store_public(
    page: Page, key: SubmissionKey, at: datetime, beside: RespondentSession | None
) -> ResponseReturnValue:
    """Store a public form among the responses that it belongs to, or ask which."""
    beside = sender.space_in_round(db.session(), beside, page.instrument.round_id)
    space = beside.respondent_id if beside else None
    owner = sender.owner_of(db.session(), key, space, choice_sent())
    if owner in WHERE_TO_SEND:
        return page.show(WHERE_TO_SEND[owner])
    if owner is not Owner.SPACE:
        return _store(page, key, at)
    page.asks_proof = asks_proof(page.context, space)
    key = replace(key, holder=space, seen=NO_RESPONSE)
    return _store(page, key, at, adds_identity=True)


def _store(
    page: Page, key: SubmissionKey, at: datetime, *, adds_identity: bool = False
) -> ResponseReturnValue:
    """Store a form that was checked and redirect to its receipt; else show it again."""
    assert page.checked is not None
    filled = Filled(
        page.instrument,
        key,
        page.checked.values,
        current_locale(),
        page.context.notice_version,
        spam.signal(request.form, key, at, asks_proof=page.asks_proof),
        page.checked.typed,
        page.draft_revision,
        is_proposed=is_proposed(),
        is_trial=page.context.round.is_trial,
        adds_identity=adds_identity,
    )
    if current_app.config["RATE_LIMITS"]:
        is_meant = _action() == MEANT
        filled = repeats.add_index(filled, is_meant=is_meant)
    caps = _caps_for(filled)
    if caps is None:
        return page.show(Notice.CROWD)
    token = cookie.token()
    session = sessions.find(db.session(), token, at) if token else None
    space = session.respondent_id if session else None
    may_open = key.holder is None or space is not None
    try:
        result = _submit_unless_received(filled, space, caps, at, may_open=may_open)
    except FormGone:
        abort(404)
    except tuple(REFUSALS) as refusal:
        return page.show(REFUSALS[type(refusal)])
    return _answer(page, result, may_open=may_open)


def _answer(page: Page, result: Result, *, may_open: bool) -> ResponseReturnValue:
    match result:
        case Accepted(Stored(receipt_code=code)) | AlreadyReceived(code):
            token = receipt.token_for(code, opens=may_open)
            codes = ",".join(proposed_along()) or None
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
            return ask_which(page)


def _submit_unless_received(
    filled: Filled, space: int | None, caps: Caps, at: datetime, *, may_open: bool
) -> Result:
    """Store a form; raise `ContentReceived` where the same came from this network a while ago.

    A person who types what another has sent elsewhere is not told that it was.
    """
    try:
        return submit_form(filled, caps, at, space=space, may_open=may_open)
    except ContentReceived:
        index = filled.content_index
        if index is None or rate_limits.times_same(REPEAT, index) > 1:
            raise
        return submit_form(replace(filled, is_meant=True), caps, at, space=space, may_open=may_open)


def submit_form(
    filled: Filled,
    caps: Caps,
    at: datetime,
    *,
    space: int | None = None,
    may_open: bool = True,
    accepted_for: timedelta | None = None,
    note: Callable[[Stored], object] = lambda _stored: None,
) -> Result:
    """Store a form with its acknowledgement in one transaction, in which `note` runs too.

    After the closing it is accepted for `accepted_for`, or for the usual `grace`.  Raise what
    `submit.submit` does.
    """
    session, accepted_for = db.session(), accepted_for or grace()
    rows = rows_of(session, filled, at)
    code, public_id = rows.receipt_code, rows.response["public_id"]
    first = Stored(0, public_id, code, is_first=True, first_code=code, revision=1)
    letter = _letter(filled, first, filled.identity.address, filled.locale, at)
    with writing(session):
        result = submit.submit(session, filled, rows, at=at, grace=accepted_for, space=space)
        if isinstance(result, Accepted):
            note(result.response)
            _acknowledge(result.response, filled, letter, caps, at, may_open=may_open)
    return result


def _caps_for(filled: Filled) -> Caps | None:
    """Count a form; return the caps of its acknowledgement, None where it is one too many.

    The counts are kept in a store of their own, and so before the transaction begins.
    """
    config = current_app.config
    address, index = filled.identity.address, filled.content_index
    size = sum(len(str(value).encode()) for value in filled.values.values())

    def count(tally: Tally) -> Caps | None:
        if is_crowded(tally) or takes_too_much(tally, size):
            return None
        if index is not None:
            tally.count_same(REPEAT, index, seconds=int(repeats.KNOWN_FOR.total_seconds()))
        if address is None:
            return Caps.of(config)
        address_count = tally.count_different("mail source", index_of(address), seconds=3600)
        is_over = address_count > config["MAIL_SOURCE_CAP"]
        return Caps.of(config, "source_cap" if is_over else None)

    uncounted: Caps | None = Caps.of(config)
    return rate_limits.tally(count, uncounted)


def is_crowded(tally: Tally) -> bool:
    """Count one form more from the request's network; return whether an hour brought too many."""
    cap: int = current_app.config["FORM_CAP"]
    return tally.count("form", seconds=3600) > cap


def takes_too_much(tally: Tally, size: int) -> bool:
    """Count `size` bytes more from the request's network; return whether that is too much."""
    cap: int = current_app.config["TEXT_CAP"]
    if not size:
        return False
    # In kibibytes: the column of counts ends at two thousand million.
    total = tally.count("text", seconds=3600, amount=-(-size // 1024))
    return total > cap * 1024


def _acknowledge(
    response: Stored,
    filled: Filled,
    letter: Letter | None,
    caps: Caps,
    at: datetime,
    *,
    may_open: bool,
) -> None:
    """Enqueue the mail that confirms the response, in the transaction that stores it.

    It holds the link of the respondent's space: unless the sender may open that (`may_open`), it
    goes to the address that the respondent gave before, and not to the one of this form.  `letter`
    is what it says unless that, or an earlier link, is found.
    """
    session, respondent_id = db.session(), response.respondent_id
    address, locale = filled.identity.address, filled.locale
    if not may_open or (address is None and filled.adds_identity):
        respondent = session.get_one(Respondent, respondent_id)
        address = respondent.contact.address if respondent.contact else None
        locale = respondent.locale
    link_id = None if response.is_first else links.id_of_mails(session, respondent_id)
    is_correction = response.revision > 1
    if letter is None or is_correction or not letter.is_for(address, locale, link_id):
        letter = _letter(filled, response, address, locale, at, link_id)
    if letter is None:
        return
    if link_id is None:
        links.add_of_mails(session, respondent_id, letter.link_id, at)
    outbox.enqueue_gathered(session, letter.message, caps)


def _letter(
    filled: Filled,
    response: Stored,
    address: str | None,
    locale: str,
    at: datetime,
    link_id: str | None = None,
) -> Letter | None:
    """Return the acknowledgement of a form, None without an address; `link_id` is new if None."""
    if not address:
        return None
    return receipt.write_letter(
        db.session(),
        response.receipt_code,
        address=address,
        locale=locale,
        title=filled.instrument.title,
        base_url=current_app.config["BASE_URL"],
        link_id=link_id or new_id(),
        at=at,
        first_code=response.first_code,
        version=response.revision,
        is_trial=filled.is_trial,
    )


def ask_which(page: Page) -> ResponseReturnValue:
    """Ask whether a form of a used key belongs to the first or is a new contribution."""
    key = page.context.key
    is_only_saved = key is not None and not submit.was_sent(db.session(), key)
    if request.form.get("intent") == "correct":
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


def grace() -> timedelta:
    """Return how long a form given out before the closing is taken after it."""
    return timedelta(hours=current_app.config["CLOSING_GRACE_HOURS"])


def asks_proof(form: FormContext, holder: int | None) -> bool:
    """Return whether a form needs a proof of work.

    A respondent who has sent a form, or was invited, has shown before that they are no machine.
    """
    if not form.is_proof_required:
        return False
    return holder is None or not public_drafts.is_known(db.session(), holder)


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
        _("La consultation n'est pas encore ouverte") if waiting else _("La consultation est close")
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
