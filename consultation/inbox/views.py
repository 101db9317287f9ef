"""Views of the inbox: the staff pages, the upload, and the page on which a sender confirms."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import Any

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from werkzeug.utils import secure_filename
from wtforms import MultipleFileField

from consultation.accounts.audit import audit_log
from consultation.clock import moment_of, now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE
from consultation.inbox import (
    attachments,
    bulk,
    confirmation,
    decisions,
    forms,
    indicator_answers,
    labels,
    queries,
)
from consultation.inbox.collection import collector
from consultation.inbox.collection.causes import NotCollected
from consultation.inbox.collection.collector import MOST_UPLOADED, Upload
from consultation.inbox.confirmation import CannotAsk
from consultation.inbox.decisions import Author
from consultation.inbox.forms import (
    AsideForm,
    BulkForm,
    Choice,
    ConversionForm,
    Sender,
    Text,
    key_of,
)
from consultation.inbox.indicator_answers import IndicatorAnswers
from consultation.inbox.models import IncomingMessage, State
from consultation.inbox.queries import Order
from consultation.mail.addresses import masked
from consultation.moderation import labels as moderation_labels
from consultation.moderation.danger import alerts, screening
from consultation.moderation.danger import labels as danger_labels
from consultation.moderation.danger.alerts import AlreadyClosed, NoteMissing, NoteTooLong, Referent
from consultation.questionnaires.form import rendering
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.responses import transcription
from consultation.responses.models import Respondent
from consultation.spreadsheets.import_flow import UploadForm, UploadPage
from consultation.text import capitalized, clean_line
from consultation.web.forms import Problem
from consultation.web.headers import keep_private, sandbox_response
from consultation.web.navigation import sent_sort
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.web.uploads import UploadedFile
from consultation.work.actions import act, current_work
from consultation.work.services import Work

confirmation_blueprint = Blueprint("confirming", __name__, url_prefix="/courriel/confirmer")


@confirmation_blueprint.get("/<token>")
@requires(Permission.PUBLIC)
def confirm_page(token: str) -> ResponseReturnValue:
    """Show the button that confirms: scanners of mail follow links, and press nothing."""
    keep_private()
    message = confirmation.find(db.session(), token)
    if message is None:
        abort(404)
    return render_template(
        "inbox/confirm.html",
        is_confirmed=message.confirmed_at is not None,
        came_at=confirmation.came_at(message),
    )


@confirmation_blueprint.post("/<token>")
@requires(Permission.PUBLIC)
def confirm(token: str) -> ResponseReturnValue:
    """Note that the sender has confirmed."""
    with writing(db.session()):
        message = confirmation.find(db.session(), token)
        if message is None:
            abort(404)
        confirmation.confirm(db.session(), message.public_id, now())
    return redirect(url_for(".confirm_page", token=token), 303)


inbox_blueprint = Blueprint("inbox", __name__, url_prefix="/organisation/courrier")

LONGEST_DISPLAYED = 100_000
"""Characters of an original that a page shows; the text that is converted is whole."""


@inbox_blueprint.get("")
@requires(Permission.SORT_INBOX)
def messages() -> ResponseReturnValue:
    return messages_page(BulkForm())


def messages_page(form: BulkForm) -> str:
    """Return the page of the list, with what was ticked and what is to be corrected."""
    state = _wanted_state()
    lot, query = request.args.get("lot", ""), clean_line(request.args.get("q", ""))[:60]
    sort = _wanted_order()
    reason = request.args.get("raison", "") if state is State.SET_ASIDE else ""
    page = request.args.get("page", 1, type=int)
    return render_template(
        "inbox/messages.html",
        listed=queries.received(current_work(), state, reason, page, query=query, sort=sort),
        form=form,
        query=query,
        sort=sort,
        lot=lot,
        undoable=bulk.undoable(current_work(), moment_of(lot)),
        can_set_aside=state in bulk.SET_ASIDE_FROM,
        counts=queries.counts(current_work()),
        reasons=queries.reasons(current_work()) if state is State.SET_ASIDE else {},
        collection=queries.collection_status(db.session(), current_app.config, now()),
        state=state,
        reason=reason,
        labels=labels,
        masked=masked,
        mark_of=labels.sender_mark,
        alerted=alerts.open_messages(current_work()),
        came_at=confirmation.came_at,
    )


@inbox_blueprint.post("/lot")
@requires(Permission.SORT_INBOX)
def set_aside_many() -> ResponseReturnValue:
    """Display the messages that it is for; once confirmed, set each of them aside."""
    form = BulkForm(request.form)
    if not form.validate():
        return messages_page(form), 400
    names = form.messages.data[: bulk.MOST_AT_ONCE]
    if not form.confirmed.data:
        chosen = bulk.eligible(current_work(), names)
        return render_template(
            "inbox/bulk.html",
            form=form,
            messages=chosen,
            left=len(names) - len(chosen),
            labels=labels,
        )
    reason = form.reason.data

    def set_aside(work: Work) -> tuple[int, str]:
        return bulk.set_aside(work, names, reason), work.at.isoformat()

    def done(made: tuple[int, str]) -> str:
        count = counted(made[0], "message mis de côté", "messages mis de côté")
        return f"{count}. {capitalized(labels.reason(reason))}."

    return act(
        set_aside,
        done=done,
        to=lambda made: url_for(".messages", lot=made[1]),
    )


@inbox_blueprint.post("/lot/annuler")
@requires(Permission.SORT_INBOX)
def undo_many() -> ResponseReturnValue:
    """Let the messages that were just set aside wait again."""
    lot = moment_of(request.form.get("lot", ""))
    return act(
        lambda work: bulk.undo(work, lot),
        done=_undone_sentence,
        to=url_for(".messages"),
    )


def _undone_sentence(count: int) -> str:
    done = counted(count, "message est de nouveau", "messages sont de nouveau")
    return f"{done} à traiter." if count else "Il n'y a plus rien à annuler."


@inbox_blueprint.get("/<public_id>")
@requires(Permission.SORT_INBOX)
def message(public_id: str) -> ResponseReturnValue:
    """Show one message, its sender included."""
    return _page(_find(public_id))


@inbox_blueprint.post("/<public_id>/convertir")
@requires(Permission.SORT_INBOX)
def convert(public_id: str) -> ResponseReturnValue:
    """Show a text for each measure that is ticked; or make contributions of them."""
    message, seen = _find(public_id), _seen_state()
    form = _conversion_form(message, request.form)
    answers = _answers_to(form, request.form)
    copies = [_copy_of(choice, text, answers) for choice, text in _pairs(form)]
    if message.state is not seen:
        return _stale_page(public_id, copies), 409
    is_requested = request.form.get("geste") == "convertir"
    orphans = forms.orphans(request.form, form)
    if orphans:
        anchor = "mesures" if form.choices else "etat"
        gone = [Problem(anchor, "", labels.FORM_GONE.format(key=text.key)) for text in orphans]
        return _page(message, *gone, form=form, answers=answers, copies=orphans), 400
    if not is_requested:
        return _page(message, form=form, answers=answers)
    form.answered = [key_of(it.form) for it in answers.values() if it.values]
    problems = [problem for it in answers.values() for problem in it.problems]
    if not form.validate() or problems:
        return _page(message, *problems, form=form, answers=answers), 400
    parts = [answers[choice.form.id].part(text.text) for choice, text in _pairs(form)]
    author = Author(form.capacity.data, form.organisation.data, form.territory.data)
    return act(
        lambda work: len(decisions.convert(work, public_id, parts, seen=seen, author=author)),
        page=partial(_stale_page, public_id, copies),
        done=lambda count: (
            f"Ce message est devenu {counted(count, 'contribution', 'contributions')}."
        ),
        to=url_for(".message", public_id=public_id),
    )


@inbox_blueprint.post("/<public_id>/confirmer")
@requires(Permission.SORT_INBOX)
def ask(public_id: str) -> ResponseReturnValue:
    """Enqueue the mail that asks the sender to confirm."""
    _find(public_id)
    seen, config = _seen_state(), current_app.config

    def refused(obstructed: CannotAsk) -> ResponseReturnValue:
        sentence = obstructed.obstacle.label
        return _page(_find(public_id), Problem("demander", "", sentence)), 400

    return act(
        lambda work: confirmation.ask(work, public_id, config, seen=seen),
        page=partial(_stale_page, public_id),
        refusals={CannotAsk: refused},
        done=labels.CONFIRMATION_LEAVES if config["MAIL_SERVER"] else labels.CONFIRMATION_STAYS,
        to=url_for(".message", public_id=public_id),
    )


@inbox_blueprint.post("/<public_id>/ecarter")
@requires(Permission.SORT_INBOX)
def set_aside(public_id: str) -> ResponseReturnValue:
    message, seen, form = _find(public_id), _seen_state(), AsideForm(request.form)
    if message.state is not seen:
        return _stale_page(public_id), 409
    if not form.validate():
        return _page(message, aside_form=form), 400
    reason = form.reason.data
    try:
        with writing(db.session()):
            decisions.set_aside(current_work(), public_id, reason, seen=seen)
            if reason == labels.ALERTING:
                alerts.raise_for_message(current_work(), public_id, _referent())
    except StaleEdit:
        return _stale_page(public_id), 409
    flash("Ce message est mis de côté ; vous pouvez toujours le reprendre.")
    if reason == labels.ALERTING:
        flash(danger_labels.alert_raised(_referent()))
    return redirect(url_for(".message", public_id=public_id), 303)


@inbox_blueprint.post("/<public_id>/danger")
@requires(Permission.SORT_INBOX)
def alert(public_id: str) -> ResponseReturnValue:
    """Open an alert: a person may be in danger."""
    _find(public_id)
    return act(
        lambda work: alerts.raise_for_message(work, public_id, _referent()),
        page=partial(_stale_page, public_id),
        done=danger_labels.alert_raised(_referent()),
        to=url_for(".message", public_id=public_id),
    )


@inbox_blueprint.post("/<public_id>/danger/fermer")
@requires(Permission.SORT_INBOX)
def close_alert(public_id: str) -> ResponseReturnValue:
    """Close the alert of the message with a note of what was done."""
    note = request.form.get("note", "")
    last = alerts.of_message(current_work(), _find(public_id).id)
    if last is None:
        abort(404)

    def page(problem: str, anchor: str = "danger") -> str:
        return _page(_find(public_id), Problem(anchor, "", problem))

    def refused(refusal: NoteMissing | NoteTooLong) -> ResponseReturnValue:
        return page(danger_labels.note_error(refusal), "note"), 400

    return act(
        lambda work: alerts.close(work, last.public_id, note),
        page=page,
        refusals={
            NoteMissing: refused,
            NoteTooLong: refused,
            AlreadyClosed: danger_labels.NOTE_TOO_LATE,
        },
        done=danger_labels.ALERT_CLOSED,
        to=url_for(".message", public_id=public_id),
    )


@inbox_blueprint.post("/<public_id>/reprendre")
@requires(Permission.SORT_INBOX)
def take_back(public_id: str) -> ResponseReturnValue:
    """Let the message wait for a decision again."""
    _find(public_id)
    seen = _seen_state()
    return act(
        lambda work: decisions.take_back(work, public_id, seen=seen),
        page=partial(_stale_page, public_id),
        done="Ce message est de nouveau à traiter.",
        to=url_for(".message", public_id=public_id),
    )


@inbox_blueprint.get("/<public_id>/pieces/<attachment_id>")
@requires(Permission.SORT_INBOX)
def attachment(public_id: str, attachment_id: str) -> ResponseReturnValue:
    """Send a file as bytes that no browser opens by itself, and log who downloaded it."""
    kept = queries.attachment(current_work(), public_id, attachment_id)
    content = queries.content(current_app.config["HOME"], kept) if kept else None
    if kept is None or content is None:
        abort(404)
    name = attachments.safe_name(kept.name)
    with writing(db.session()):
        audit_log.log(current_work(), "attachment_downloaded", attachment_id)
    sandbox_response()
    return send_file(
        BytesIO(content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=name,
        max_age=0,
    )


def _referent() -> Referent:
    return alerts.referent_of(current_app.config)


def _find(public_id: str) -> IncomingMessage:
    message = queries.find(current_work(), public_id)
    if message is None:
        abort(404)
    return message


def _wanted_state() -> State:
    try:
        return State(request.args.get("etat", ""))
    except ValueError:
        return State.WAITING


def _wanted_order() -> Order | None:
    try:
        return Order(sent_sort())
    except ValueError:
        return None


def _seen_state() -> State:
    """Return the state that the message had on the page that was sent."""
    try:
        return State(request.form.get("etat", ""))
    except ValueError:
        abort(400)


def _conversion_form(
    message: IncomingMessage, formdata: MultiDict[str, str] | None = None
) -> ConversionForm:
    clues: dict[int | None, str] = {row.measure_id: row.clue.label for row in message.proposals}
    in_force = transcription.forms(db.session(), now())
    return forms.conversion_form(formdata, in_force, message, clues, _sender(message))


def _sender(message: IncomingMessage) -> Sender:
    """Return the claimed sender, and the respondent who is known by that address."""
    respondent = db.session.get(Respondent, message.respondent_id or 0)
    known = (
        {
            "capacity": respondent.capacity,
            "organisation": respondent.organisation or "",
            "territory": respondent.territory or "",
        }
        if respondent
        else {}
    )
    capacities, territories = (
        store.labels_for(db.session(), destination)
        for destination in (Destination.CAPACITY, Destination.TERRITORY)
    )
    return Sender(capacities, territories, known)


def _answers_to(
    form: ConversionForm, formdata: MultiDict[str, str] | None = None
) -> Mapping[int, IndicatorAnswers]:
    chosen = [choice.form for choice in form.chosen]
    return indicator_answers.read(db.session(), chosen, formdata)


def _pairs(form: ConversionForm) -> Iterable[tuple[Choice, Text]]:
    return zip(form.chosen, form.texts, strict=True)


def _copy_of(choice: Choice, text: Text, answers: Mapping[int, IndicatorAnswers]) -> Text:
    """Return all that was prepared for one form, as a text."""
    described = answers[choice.form.id].described()
    return Text(text.key, "\n\n".join(filter(None, (text.text, described))))


def _fields(answers: IndicatorAnswers) -> str:
    """Return the fields of a form on its indicators."""
    environment, instrument = current_app.jinja_env, answers.instrument
    if answers.checked is None:
        return rendering.blank_fields(environment, instrument, DEFAULT_LOCALE)
    return rendering.filled_fields(environment, instrument, DEFAULT_LOCALE, answers.checked)


def _stale_page(public_id: str, copies: Sequence[Text] = (), stale: StaleEdit | None = None) -> str:
    """Show the message as it is by now, which says all of `stale`, and what was typed."""
    message = _find(public_id)
    sentence = labels.STALE.format(state=message.state.label)
    return _page(message, Problem("etat", "", sentence), copies=copies)


def _page(
    message: IncomingMessage,
    *problems: Problem | tuple[str, str, str],
    form: ConversionForm | None = None,
    answers: Mapping[int, IndicatorAnswers] | None = None,
    aside_form: AsideForm | None = None,
    copies: Sequence[Text] = (),
) -> str:
    """Return the page of a message, and note that the actor has read it, whatever they came for.

    `copies` are texts that no field of the page holds any more.
    """
    public_id = message.public_id
    with writing(db.session()):
        audit_log.log(current_work(), "message_opened", public_id)
    message = _find(public_id)
    aside_form = aside_form or AsideForm()
    form = form or _conversion_form(message)
    return render_template(
        "inbox/message.html",
        message=message,
        **_displayed(message),
        form=form,
        answers=_answers_to(form) if answers is None else answers,
        fields_of=_fields,
        aside_form=aside_form,
        problems=[*aside_form.problems, *problems],
        error_at={anchor: sentence for anchor, _label, sentence in problems},
        copies=copies,
        can={move for state, move in decisions.TRANSITIONS if state is message.state},
        moves=decisions.Move,
        obstacle=confirmation.obstacle(db.session(), message, current_app.config),
        responses=decisions.responses_of(db.session(), message.id),
        labels=labels,
        safe_name=attachments.safe_name,
        alert=alerts.of_message(current_work(), message.id),
        danger_matches=_danger_matches(message),
        name_of=moderation_labels.name_of,
        note=request.form.get("note", ""),
    )


def _displayed(message: IncomingMessage) -> dict[str, Any]:
    """Return the parts of a message that its page shows, as it came."""
    waiting = queries.first_waiting(current_work()) if message.state is not State.WAITING else None
    return {
        "came_at": confirmation.came_at(message),
        "dated": confirmation.came_at,
        "thread": queries.thread(current_work(), message),
        "neighbours": queries.neighbours(current_work(), message),
        "first_waiting": waiting,
        "original": (message.original or "")[:LONGEST_DISPLAYED],
        "is_cut": len(message.original or "") > LONGEST_DISPLAYED,
    }


def _danger_matches(message: IncomingMessage) -> Sequence[str]:
    """Return the phrases of a message that look like a danger, if it is marked so."""
    if not message.has_danger_words:
        return []
    read = screening.text_of_message(message.subject, message.kept, message.original)
    return screening.word_list(db.session()).find(read)


upload_blueprint = Blueprint("mail_upload", __name__, url_prefix="/organisation/courrier")

MOST_FILES = 50
TOO_MANY = f"Choisissez {MOST_FILES} fichiers au plus à la fois."
NOT_STORED = (
    "Ces courriels n'ont pas pu être enregistrés, ou pas tous. Attendez une minute, puis envoyez"
    " les mêmes fichiers : ceux qui sont déjà là ne sont pas ajoutés deux fois."
)


class MailFilesForm(UploadForm):
    """One or more files of mail."""

    file = MultipleFileField("Fichiers", render_kw={"class": "text", "multiple": True})


class MailUpload(UploadPage):
    """The upload of mail, sorted at once as what the mailbox brings in."""

    permission = Permission.SORT_INBOX
    template = "inbox/upload.html"
    fallback_name = "courriel.eml"
    missing = "Choisissez au moins un fichier."
    description = (
        "Un courriel enregistré (.eml), ou une boîte entière (mbox) telle que Thunderbird ou Gmail"
        f" l'exportent. {MOST_UPLOADED} nouveaux courriels au plus à la fois ;"
    )

    def form(self, formdata: object) -> MailFilesForm:
        return MailFilesForm(formdata)

    def receive(self, form: UploadForm, file: UploadedFile) -> ResponseReturnValue:
        others = request.files.getlist("file")[1:]
        if len(others) >= MOST_FILES:
            form.add_error("file", TOO_MANY)
            return self.page(form), 422
        named = [(secure_filename(it.filename or "") or self.fallback_name, it) for it in others]
        contents = ((name, upload.read()) for name, upload in named)
        try:
            done = collector.collect_uploads(
                db.session(), current_app.config, [(file.name, file.content), *contents]
            )
        except NotCollected:
            form.add_error("file", NOT_STORED)
            return self.page(form), 503
        self._record(done)
        return render_template("inbox/uploaded.html", upload=done, labels=labels)

    def _record(self, done: Upload) -> None:
        details = {"new": done.new_count, "known": len(done.taken) - done.new_count}
        with writing(db.session()):
            audit_log.log(current_work(), "messages_uploaded", None, details)


MailUpload().register(upload_blueprint, "/ajouter")
