"""Views of a text's page, and of the actions on it: mask, decide, erase, alert."""

from collections.abc import Mapping, Sequence
from typing import Any

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
from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.moderation import (
    attribution,
    claims,
    decisions,
    excluded_responses,
    forms,
    labels,
    queue,
)
from consultation.moderation import screening as text_screening
from consultation.moderation.claims import DecisionNotAllowed
from consultation.moderation.danger import alerts, screening
from consultation.moderation.danger import labels as danger_labels
from consultation.moderation.forms import DecisionForm, SetAsideForm
from consultation.moderation.models import Layer, TextState, Verdict
from consultation.moderation.texts import page, redactions
from consultation.moderation.texts.page import Reading, as_sent, pieces
from consultation.moderation.texts.redactions import NotMasked, OutsideText
from consultation.questionnaires.models import Destination
from consultation.questionnaires.outline import store
from consultation.web.forms import Problem
from consultation.web.permissions import Actor, Permission, require, requires
from consultation.web.typography import counted
from consultation.work.actions import current_work

blueprint = Blueprint("moderated_texts", __name__, url_prefix="/moderation/textes/<public_id>")
log = structlog.get_logger()
ENUMERATIONS = {"states": TextState, "layers": Layer, "options": Verdict}
"""The names that templates have for them."""


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
    try:
        with writing(db.session()):
            applied = decisions.apply(
                current_work(),
                public_id,
                form.decision_request,
                two_moderators=current_app.config["TWO_MODERATORS"],
            )
    except OutsideText:
        abort(400)
    except StaleEdit:
        reading = _load(public_id)
        sentence = labels.stale(reading, form.verdict)
        return _text_page(reading, form, [Problem("etat", "", sentence)]), 409
    except DecisionNotAllowed as refused:
        sentence = labels.OBSTACLES[refused.obstacle]
        return _text_page(_load(public_id), form, [Problem("etat", "", sentence)]), 409
    return _redirect_after(public_id, form, len(applied.masks))


@blueprint.post("/demasquer")
@requires(Permission.MODERATE)
def unmask(public_id: str) -> ResponseReturnValue:
    """Lift one mask of a text that waits."""
    _load(public_id)
    range_ = forms.one_range()
    try:
        with writing(db.session()):
            redactions.lift(current_work(), public_id, range_)
    except NotMasked:
        flash("Ce masque était déjà levé.")
    except DecisionNotAllowed as refused:
        problem = Problem("masques", "", labels.OBSTACLES[refused.obstacle])
        return _text_page(_load(public_id), problems=[problem]), 409
    else:
        flash("Le masque est levé : ce passage se lira de nouveau si vous publiez.")
    return _back(public_id)


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
    try:
        with writing(db.session()):
            home = current_app.config["HOME"]
            redactions.erase(current_work(), public_id, range_, home=home)
    except NotMasked:
        flash("Ce passage n'était plus masqué : rien n'a été effacé.")
    except OSError as error:
        # The list of erasures is a file: without it, a restored backup would bring all this back.
        log.error("erasure failed", error=type(error).__name__)
        problem = Problem("masques", "", labels.NOT_LISTED)
        return _text_page(_load(public_id), problems=[problem]), 503
    else:
        flash(
            "Le passage est effacé pour de bon. Les copies plus anciennes que ce site garde sont"
            " supprimées dans les minutes qui suivent."
        )
    return _back(public_id)


@blueprint.post("/reprendre")
@requires(Permission.MODERATE)
def take_over(public_id: str) -> ResponseReturnValue:
    """Claim a text that another moderator was reading."""
    _load(public_id)
    with writing(db.session()):
        claims.take_over(current_work(), public_id)
    flash("Ce texte est à vous pour dix minutes.")
    return _back(public_id)


@blueprint.post("/danger")
@requires(Permission.MODERATE)
def alert(public_id: str) -> ResponseReturnValue:
    """Open an alert: a person may be in danger."""
    _load(public_id)
    referent = alerts.referent_of(current_app.config)
    with writing(db.session()):
        alerts.raise_for_text(current_work(), public_id, referent)
    flash(danger_labels.alert_raised(referent))
    return _back(public_id)


@blueprint.post("/pas-de-danger")
@requires(Permission.MODERATE)
def dismiss_alert(public_id: str) -> ResponseReturnValue:
    """Note that the text tells of no danger."""
    _load(public_id)
    with writing(db.session()):
        is_dismissed = alerts.dismiss(current_work(), public_id)
    flash(danger_labels.DISMISSED if is_dismissed else danger_labels.DISMISSED_TOO_LATE)
    if request.form.get("retour") == "alertes":
        return redirect(url_for("danger.alerts"), 303)
    return _back(public_id)


@blueprint.post("/contribution")
@requires(Permission.MODERATE)
def set_aside(public_id: str) -> ResponseReturnValue:
    """Set the whole response aside."""
    reading, form = _load(public_id), SetAsideForm(request.form)
    if not form.validate():
        return _text_page(reading, aside_form=form, problems=form.problems), 400
    with writing(db.session()):
        response_id, reason = reading.response.public_id, form.reason.data
        excluded_responses.set_aside(current_work(), response_id, reason)
    flash("La contribution est mise de côté : elle reste enregistrée, et elle est comptée à part.")
    return _back(public_id)


@blueprint.post("/contribution/reprendre")
@requires(Permission.MODERATE)
def take_back(public_id: str) -> ResponseReturnValue:
    """Let the response count again."""
    reading = _load(public_id)
    with writing(db.session()):
        excluded_responses.take_back(current_work(), reading.response.public_id)
    flash("La contribution compte de nouveau.")
    return _back(public_id)


def _actor() -> Actor:
    return require(Permission.MODERATE)


def _load(public_id: str) -> Reading:
    reading = page.load(current_work(), public_id)
    if reading is None:
        abort(404)
    return reading


def _text_page(
    reading: Reading,
    form: DecisionForm | None = None,
    problems: Sequence[Problem] = (),
    *,
    aside_form: SetAsideForm | None = None,
) -> str:
    """Return the page of a text, with what was typed and what is to be corrected."""
    form = form or DecisionForm.blank(reading)
    claim, signature = _claim(reading), attribution.signature_of(reading.response.respondent)
    form.attach(reading, is_displayed=claim is None)
    displayed = [_displayed(problem, reading) for problem in problems]
    actor, two_moderators = _actor(), current_app.config["TWO_MODERATORS"]
    verdicts = reading.verdicts_for(actor, two_moderators=two_moderators)
    return render_template(
        "moderation/texts/text.html",
        reading=reading,
        claim=claim,
        form=form,
        aside_form=aside_form or SetAsideForm(),
        problems=displayed,
        error_at={problem.anchor: problem.sentence for problem in displayed},
        verdicts=verdicts,
        needed={verdict: reading.requirements(verdict) for verdict in verdicts},
        is_own_proposal=reading.is_proposal_of(actor),
        two_moderators=two_moderators,
        undo=page.load_undoable(current_work(), request.args.get("precedent", "")),
        aside_by=_email_of(reading.aside.account_id if reading.aside else None),
        danger_phrases=_danger_phrases(reading),
        is_held_back=alerts.holds_back(db.session(), reading.text),
        reads_names=text_screening.reads_names(),
        capacity=_capacity_label(reading),
        signature=signature,
        signature_index=attribution.index_of(reading.text.answer_id, signature),
        kept=forms.kept_filters(),
        buttons=forms,
        place=queue.place_of(current_work(), forms.filters(), reading.text),
        labels=labels,
        **ENUMERATIONS,
    )


def _capacity_label(reading: Reading) -> Mapping[str, str]:
    labels_by_code = store.labels_for(db.session(), Destination.CAPACITY)
    return labels_by_code.get(reading.response.respondent.capacity, {})


def _danger_phrases(reading: Reading) -> Sequence[str]:
    """Return the danger words in a text that is marked by them."""
    if not reading.text.has_danger_words:
        return []
    return screening.word_list(db.session()).find(reading.content)


def _claim(reading: Reading) -> dict[str, str] | None:
    """Return which other moderator reads the text and until when, or None."""
    text = reading.text
    if not claims.is_claimed_by_another(text, _actor(), now()):
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


def _redirect_after(public_id: str, form: DecisionForm, mask_count: int) -> ResponseReturnValue:
    """Lead to the next text; where only masks were set or a text reopened, stay with it."""
    if form.verdict not in (None, Verdict.REOPEN):
        kept = forms.kept_filters()
        address = url_for("moderation.following", apres=public_id, precedent=public_id, **kept)
        return redirect(address, 303)
    if form.verdict is Verdict.REOPEN:
        flash("Ce texte est rouvert : il n'est plus montré, et il est de nouveau à relire.")
        return _back(public_id)
    reading = _load(public_id)
    masked = counted(mask_count, "passage masqué", "passages masqués")
    still = "" if reading.is_gone else f" {labels.still(reading)}"
    flash(f"{masked}.{still}")
    # Passages masked one after another, and the decision that follows, have the same reason.
    return _back(public_id, **({"raison": form.reason.data.value} if form.reason.data else {}))


def _back(public_id: str, **values: Any) -> ResponseReturnValue:
    address = url_for(".text", public_id=public_id, **values, **forms.kept_filters())
    return redirect(address, 303)
