"""Views of a text's page, and of the actions on it: mask, decide, erase, alert."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import structlog
from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.models import Account
from consultation.clock import in_paris
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import SHIPPED, UNDETERMINED, language_of, name_of
from consultation.moderation import (
    attribution,
    claims,
    decisions,
    excluded_responses,
    forms,
    labels,
    queue,
    readers,
    visibility,
)
from consultation.moderation import screening as text_screening
from consultation.moderation.claims import DecisionNotAllowed
from consultation.moderation.danger import alerts, phrases, screening
from consultation.moderation.danger import labels as danger_labels
from consultation.moderation.forms import DecisionForm, NoteForm, SetAsideForm, TranslationForm
from consultation.moderation.models import Layer, TextState, Verdict
from consultation.moderation.texts import notes, page, redactions, translations
from consultation.moderation.texts.notes import AssigneeUnknown
from consultation.moderation.texts.page import Reading, as_sent, pieces
from consultation.moderation.texts.redactions import NotMasked, OutsideText
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.web.forms import Problem
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted
from consultation.work.actions import NONE, AtField, Refusal, act, current_work
from consultation.work.services import Work

blueprint = Blueprint("moderated_texts", __name__, url_prefix="/moderation/textes/<public_id>")
log = structlog.get_logger()
IN_TEMPLATES = {
    "states": TextState, "layers": Layer, "options": Verdict, "buttons": forms, "labels": labels,
}  # fmt: skip
"""The names that templates have for them."""
NOT_ERASED = "Ce passage n'était plus masqué : rien n'a été effacé."
T = TypeVar("T")


@blueprint.get("")
@requires(Permission.MODERATE)
def text(public_id: str) -> ResponseReturnValue:
    """Display one text, and claim it unless another moderator reads it."""
    if not page.exists(current_work(), public_id):
        abort(404)
    with writing(db.session()):
        claims.claim(current_work(), public_id)
    return _text_page(_load(public_id))


@blueprint.post("/decision")
@requires(Permission.MODERATE)
def decide(public_id: str) -> ResponseReturnValue:
    """Mask the passages chosen, decide, and lead to the next text."""
    reading = _load(public_id)
    form = DecisionForm.posted(reading)
    if form.adds_passage:
        return _text_page(reading, form)
    if not form.validate():
        return _text_page(reading, form), 400
    two_moderators = current_app.config["TWO_MODERATORS"]

    def decide(work: Work) -> int:
        request_ = form.decision_request
        return len(decisions.apply(work, public_id, request_, two_moderators=two_moderators).masks)

    def page(problem: str = "", stale: StaleEdit | None = None) -> str:
        reading = _load(public_id)
        sentence = labels.stale(reading, form.verdict) if stale else problem
        return _text_page(reading, form, [Problem("etat", "", sentence)])

    return act(
        decide,
        page=page,
        refusals={
            OutsideText: lambda _outside: abort(400),
            DecisionNotAllowed: lambda it: (page(it.obstacle.label), 409),
        },
        done=lambda mask_count: _sentence_after(public_id, form, mask_count),
        to=lambda _mask_count: _address_after(public_id, form),
    )


@blueprint.post("/demasquer")
@requires(Permission.MODERATE)
def unmask(public_id: str) -> ResponseReturnValue:
    """Lift one mask of a text that waits."""
    _load(public_id)
    range_ = forms.one_range()
    return _change(
        public_id,
        lambda work: redactions.lift(work, public_id, range_),
        "Le masque est levé : ce passage se lira de nouveau si vous publiez.",
        {
            NotMasked: lambda _gone: _stay(public_id, "Ce masque était déjà levé."),
            DecisionNotAllowed: lambda it: (_page(public_id, it.obstacle.label), 409),
        },
    )


@blueprint.post("/effacer")
@requires(Permission.MODERATE)
def erase(public_id: str) -> ResponseReturnValue:
    """Ask whether a masked passage is to be erased for good; once confirmed, erase it."""
    reading, range_ = _load(public_id), forms.one_range()
    if request.form.get("geste") != "effacer":
        return render_template(
            "moderation/texts/erase.html",
            reading=reading,
            passage=pieces(reading.content[slice(*range_)]),
            value=as_sent([range_]),
            kept=forms.kept_filters(),
        )

    def refuse(error: OSError) -> ResponseReturnValue:
        # The list of erasures is a file: without it, a restored backup would bring all this back.
        log.error("erasure failed", error=type(error).__name__)
        return _page(public_id, labels.NOT_LISTED), 503

    return _change(
        public_id,
        lambda work: redactions.erase(work, public_id, range_, home=current_app.config["HOME"]),
        "Le passage est effacé pour de bon. Les copies plus anciennes que ce site garde sont"
        " supprimées dans les minutes qui suivent.",
        {NotMasked: lambda _gone: _stay(public_id, NOT_ERASED), OSError: refuse},
    )


@blueprint.post("/traduction")
@requires(Permission.MODERATE)
def translate(public_id: str) -> ResponseReturnValue:
    """Keep what a text says in French, beside it."""
    reading, form = _load(public_id), TranslationForm(request.form)
    if not form.validate():
        return _text_page(reading, translation_form=form, problems=form.problems), 400

    def page(problem: str = "", stale: StaleEdit | None = None) -> str:
        reading = _load(public_id)
        if stale:
            form.show_both(forms.translation_values(reading))
            form.add_error("translation", labels.STALE_TRANSLATION)
        problems = [Problem("etat", "", problem)] if problem else form.problems
        return _text_page(reading, translation_form=form, problems=problems)

    return act(
        lambda work: translations.write(
            work, public_id, form.translation.data, form.seen.data or ""
        ),
        page=page,
        refusals={DecisionNotAllowed: lambda it: (page(it.obstacle.label), 409)},
        done=lambda it: labels.TRANSLATED if it else labels.NOT_TRANSLATED,
        to=_address(public_id),
    )


@blueprint.post("/langue")
@requires(Permission.MODERATE)
def recognise(public_id: str) -> ResponseReturnValue:
    """Note that a text is in the language of its form, which its words did not tell."""
    _load(public_id)
    return _change(
        public_id,
        lambda work: readers.recognise(work, public_id),
        lambda it: labels.RECOGNISED if it else labels.ALREADY_RECOGNISED,
        {DecisionNotAllowed: lambda it: (_page(public_id, it.obstacle.label), 409)},
    )


@blueprint.post("/note")
@requires(Permission.MODERATE)
def note(public_id: str) -> ResponseReturnValue:
    """Keep a note on a text, and who is to look at it."""
    reading, form = _load(public_id), _note_form(request.form)
    if not form.validate():
        return _text_page(reading, note_form=form, problems=form.problems), 400

    def page(problem: str = "", stale: StaleEdit | None = None) -> str:
        reading = _load(public_id)
        if stale:
            form.show_both(forms.note_values(reading))
            form.add_error("note", labels.STALE_NOTE)
        problems = [Problem("etat", "", problem)] if problem else form.problems
        return _text_page(reading, note_form=form, problems=problems)

    return act(
        lambda work: notes.write(
            work, public_id, form.note.data, form.assignee.data, form.seen.data or ""
        ),
        page=page,
        form=form,
        refusals={
            DecisionNotAllowed: lambda it: (page(it.obstacle.label), 409),
            AssigneeUnknown: AtField("assignee", labels.NO_LONGER_MODERATES, 409),
        },
        done=lambda it: labels.NOTE_KEPT if it else labels.NOTE_REMOVED,
        to=_address(public_id),
    )


@blueprint.post("/reprendre")
@requires(Permission.MODERATE)
def take_over(public_id: str) -> ResponseReturnValue:
    """Claim a text that another moderator was reading."""
    _load(public_id)
    return _change(
        public_id,
        lambda work: claims.take_over(work, public_id),
        "Ce texte est à vous pour dix minutes.",
    )


@blueprint.post("/danger")
@requires(Permission.MODERATE)
def alert(public_id: str) -> ResponseReturnValue:
    """Open an alert: a person may be in danger."""
    _load(public_id)
    referent = alerts.referent_of(current_app.config)
    return _change(
        public_id,
        lambda work: alerts.raise_for_text(work, public_id, referent),
        danger_labels.alert_raised(referent),
    )


@blueprint.post("/pas-de-danger")
@requires(Permission.MODERATE)
def dismiss_alert(public_id: str) -> ResponseReturnValue:
    """Note that the text tells of no danger."""
    _load(public_id)
    return _change(
        public_id,
        lambda work: alerts.dismiss(work, public_id),
        lambda it: danger_labels.DISMISSED if it else danger_labels.DISMISSED_TOO_LATE,
        to=url_for("danger.alerts") if request.form.get("retour") == "alertes" else "",
    )


@blueprint.post("/contribution")
@requires(Permission.MODERATE)
def set_aside(public_id: str) -> ResponseReturnValue:
    """Set the whole response aside."""
    reading, form = _load(public_id), SetAsideForm(request.form)
    if not form.validate():
        return _text_page(reading, aside_form=form, problems=form.problems), 400
    return _change(
        public_id,
        lambda work: excluded_responses.set_aside(
            work, reading.response.public_id, form.reason.data
        ),
        "La contribution est mise de côté : elle reste enregistrée, et elle est comptée à part.",
    )


@blueprint.post("/contribution/reprendre")
@requires(Permission.MODERATE)
def take_back(public_id: str) -> ResponseReturnValue:
    """Let the response count again."""
    reading = _load(public_id)
    return _change(
        public_id,
        lambda work: excluded_responses.take_back(work, reading.response.public_id),
        "La contribution compte de nouveau.",
    )


def _change(
    public_id: str,
    service: Callable[[Work], T],
    done: str | Callable[[T], str],
    refusals: Mapping[type[Exception], Refusal] = NONE,
    to: str = "",
) -> ResponseReturnValue:
    """Let a service work on a text, and stay with it unless the way leads elsewhere."""
    to, page = to or _address(public_id), partial(_page, public_id)
    return act(service, page=page, refusals=refusals, done=done, to=to)


def _load(public_id: str) -> Reading:
    reading = page.load(current_work(), public_id)
    if reading is None:
        abort(404)
    return reading


def _page(public_id: str, problem: str) -> str:
    """Return the page of a text, with what is wrong with its masks."""
    return _text_page(_load(public_id), problems=[Problem("masques", "", problem)])


def _text_page(
    reading: Reading,
    form: DecisionForm | None = None,
    problems: Sequence[Problem] = (),
    *,
    aside_form: SetAsideForm | None = None,
    translation_form: TranslationForm | None = None,
    note_form: NoteForm | None = None,
) -> str:
    """Return the page of a text, with what was typed and what is to be corrected."""
    form = form or DecisionForm.blank(reading)
    work, two_moderators = current_work(), current_app.config["TWO_MODERATORS"]
    claim = _claim(work, reading)
    form.attach(reading, is_displayed=claim is None)
    displayed = [_displayed(problem, reading) for problem in problems]
    return render_template(
        "moderation/texts/text.html",
        reading=reading,
        claim=claim,
        form=form,
        aside_form=aside_form or SetAsideForm(),
        translation_form=translation_form or TranslationForm.of(reading),
        note_form=note_form or _note_form(data=forms.note_values(reading)),
        problems=displayed,
        error_at={problem.anchor: problem.sentence for problem in displayed},
        **_verdicts(work, reading, two_moderators),
        is_own_proposal=reading.is_proposal_of(work.actor),
        two_moderators=two_moderators,
        undo=page.load_undoable(work, request.args.get("precedent", "")),
        aside_by=_email_of(reading.aside.account_id if reading.aside else None),
        danger_phrases=_danger_phrases(reading),
        **_machine(reading),
        is_held_back=alerts.holds_back(work.session, reading.text),
        **_author(reading),
        kept=forms.kept_filters(),
        place=queue.place_of(work, forms.filters(), reading.text),
        **IN_TEMPLATES,
    )


def _note_form(*posted: Any, **options: Any) -> NoteForm:
    return NoteForm(*posted, moderators=notes.moderators(db.session()), **options)


def _capacity_label(reading: Reading) -> Mapping[str, str]:
    labels_by_code = store.labels_for(db.session(), Destination.CAPACITY)
    return labels_by_code.get(reading.response.respondent.capacity, {})


def _author(reading: Reading) -> dict[str, Any]:
    """What a moderator knows of who wrote a text."""
    signature = attribution.signature_of(reading.response.respondent)
    index = attribution.index_of(reading.text.answer_id, signature)
    capacity = _capacity_label(reading)
    return {"signature": signature, "signature_index": index, "capacity": capacity}


def _machine(reading: Reading) -> dict[str, str | bool]:
    """What a machine knows of a text: its language, by words or its author's page, and names."""
    asked_in = reading.response.respondent.locale
    tag = reading.text.locale or asked_in
    lang = tag if tag == UNDETERMINED else (SHIPPED.get(tag) or language_of(asked_in)).lang
    return {
        "lang": lang,
        "language": name_of(lang),
        "asked_in": name_of(language_of(asked_in).lang),
        "is_undetermined": tag == UNDETERMINED,
        "is_unread": tag == UNDETERMINED or tag in phrases.unread_languages(),
        "reads_names": text_screening.reads_names(),
    }


def _verdicts(work: Work, reading: Reading, two_moderators: bool) -> dict[str, Any]:
    """The verdicts that the actor may give, what each needs, and whether a reader has to come."""
    verdicts = reading.verdicts_for(work.actor, two_moderators=two_moderators)
    needs_reader = _needs_reader(work, reading)
    if needs_reader:
        verdicts = [it for it in verdicts if not decisions.needs_reading(reading.text.state, it)]
    needed = {verdict: reading.requirements(verdict) for verdict in verdicts}
    return {"verdicts": verdicts, "needed": needed, "needs_reader": needs_reader}


def _needs_reader(work: Work, reading: Reading) -> bool:
    """Whether a text waits for somebody who reads its language."""
    is_undecided = reading.text.state not in visibility.DECIDED and not reading.is_gone
    return is_undecided and not readers.is_understood(work.session, reading.text.answer_id)


def _danger_phrases(reading: Reading) -> Sequence[str]:
    """Return the danger words in a text that is marked by them."""
    if not reading.text.has_danger_words:
        return []
    return screening.word_list(db.session()).find(reading.content)


def _claim(work: Work, reading: Reading) -> dict[str, str] | None:
    """Return which other moderator reads the text and until when, or None."""
    text = reading.text
    if not claims.is_claimed_by_another(work, text):
        return None
    assert text.claimant is not None
    assert text.claimed_until is not None
    until = in_paris(text.claimed_until)
    return {"name": labels.name_of(text.claimant.email), "until": f"{until:%-H} h {until:%M}"}


def _displayed(problem: Problem, reading: Reading) -> Problem:
    """Return a problem, leading to the state where the page does not display its part."""
    absent = set() if reading.masks else {"masques"}
    absent |= {"pourquoi"} if reading.aside else set()
    return problem._replace(anchor="etat") if problem.anchor in absent else problem


def _email_of(account_id: int | None) -> str:
    account = None if account_id is None else db.session.get(Account, account_id)
    return account.email if account else ""


def _sentence_after(public_id: str, form: DecisionForm, mask_count: int) -> str:
    """Return the sentence on a request that stays with its text."""
    if form.verdict is Verdict.REOPEN:
        return "Ce texte est rouvert : il n'est plus montré, et il est de nouveau à relire."
    if form.verdict is not None:
        return ""
    reading = _load(public_id)
    masked = counted(mask_count, "passage masqué", "passages masqués")
    still = "" if reading.is_gone else f" {labels.still(reading)}"
    return f"{masked}.{still}"


def _address_after(public_id: str, form: DecisionForm) -> str:
    """Lead to the next text; where only masks were set or a text reopened, stay with it."""
    if form.verdict not in (None, Verdict.REOPEN):
        kept = forms.kept_filters()
        return url_for("moderation.following", apres=public_id, precedent=public_id, **kept)
    # Passages masked one after another, and the decision that follows, have the same reason.
    is_kept = form.verdict is None and form.reason.data
    return _address(public_id, **({"raison": form.reason.data.value} if is_kept else {}))


def _stay(public_id: str, sentence: str) -> ResponseReturnValue:
    """Say that there was nothing left to do."""
    flash(sentence)
    return redirect(_address(public_id), 303)


def _address(public_id: str, **values: Any) -> str:
    return url_for(".text", public_id=public_id, **values, **forms.kept_filters())
