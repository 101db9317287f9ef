"""What moderators do on a text's page: decide, mask, take over, raise an alert, set aside."""

from functools import partial
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
from flask_babel import format_decimal

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import decisions, forms, queue, response_actions
from consultation.moderation import labels as moderation_labels
from consultation.moderation.danger import alerts, labels
from consultation.moderation.decisions import HIDING, DecisionNotAllowed, MovedOn
from consultation.moderation.forms import Gesture
from consultation.moderation.models import ModerationDecision, Verdict
from consultation.moderation.texts import redactions
from consultation.moderation.texts.page import Reading, pieces
from consultation.moderation.texts.redactions import NotMasked, OutsideText
from consultation.moderation.views import actor, find, text_page
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("moderating", __name__, url_prefix="/moderation/textes/<public_id>")
log = structlog.get_logger()


@blueprint.post("/decision")
@requires(Permission.MODERATE)
def decide(public_id: str) -> ResponseReturnValue:
    """Mask what was chosen, say the verdict, and go on with the next text."""
    found, gesture = find(public_id), forms.posted()
    faults = forms.faults(gesture, found)
    if faults:
        return text_page(found, gesture, faults), 400
    try:
        with writing(db.session()):
            count = _mask(found, gesture)
            if gesture.verdict is not None:
                _say(found, gesture, gesture.verdict)
    except OutsideText:
        abort(400)
    except MovedOn as moved:
        return _moved_on(public_id, gesture, moved)
    except DecisionNotAllowed as refused:
        sentence = moderation_labels.OBSTACLES[refused.obstacle]
        return text_page(find(public_id), gesture, [("etat", sentence)]), 409
    return _go_on(public_id, gesture, count)


@blueprint.post("/demasquer")
@requires(Permission.MODERATE)
def unmask(public_id: str) -> ResponseReturnValue:
    """Lift one mask of a text that waits."""
    find(public_id)
    one = forms.one_range()
    try:
        with writing(db.session()):
            redactions.lift(db.session(), actor(), public_id, one, now())
    except NotMasked:
        flash("Ce masque était déjà levé.")
    except DecisionNotAllowed as refused:
        faults = [("masques", moderation_labels.OBSTACLES[refused.obstacle])]
        return text_page(find(public_id), None, faults), 409
    else:
        flash("Le masque est levé : ce passage se lira de nouveau si vous publiez.")
    return _back(public_id)


@blueprint.post("/effacer")
@requires(Permission.MODERATE)
def erase(public_id: str) -> ResponseReturnValue:
    """Ask whether a masked passage is to be erased for good; and, once confirmed, erase it."""
    found, one = find(public_id), forms.one_range()
    if request.form.get("geste") != "effacer":
        return render_template(
            "moderation/texts/erase.html",
            reading=found,
            passage=pieces(found.words[slice(*one)]),
            value=f"{one[0]}-{one[1]}",
            kept=forms.kept(),
        )
    try:
        with writing(db.session()):
            home = current_app.config["HOME"]
            redactions.erase(db.session(), actor(), public_id, one, now(), home=home)
    except NotMasked:
        flash("Ce passage n'était plus masqué : rien n'a été effacé.")
    except OSError as error:
        # The list of erasures is a file: without it, a restored backup would bring all this back.
        log.error("erasure failed", error=type(error).__name__)
        return text_page(find(public_id), None, [("masques", moderation_labels.NOT_LISTED)]), 503
    else:
        flash(
            "Le passage est effacé pour de bon. Les copies plus anciennes que ce site garde sont"
            " supprimées dans les minutes qui suivent."
        )
    return _back(public_id)


@blueprint.post("/reprendre")
@requires(Permission.MODERATE)
def take_over(public_id: str) -> ResponseReturnValue:
    """Read a text that somebody else was reading."""
    find(public_id)
    with writing(db.session()):
        queue.take_over(db.session(), actor(), public_id, now())
    flash("Ce texte est à vous pour dix minutes.")
    return _back(public_id)


@blueprint.post("/danger")
@requires(Permission.MODERATE)
def alert(public_id: str) -> ResponseReturnValue:
    """Open an alert: somebody may be in danger."""
    find(public_id)
    referent = alerts.referent_of(current_app.config)
    with writing(db.session()):
        alerts.raise_for_text(db.session(), actor(), public_id, referent, now())
    flash(labels.alert_raised(referent))
    return _back(public_id)


@blueprint.post("/contribution")
@requires(Permission.MODERATE)
def set_aside(public_id: str) -> ResponseReturnValue:
    """Set the whole contribution aside."""
    found, reason = find(public_id), forms.aside_reason()
    if reason is None:
        return text_page(found, None, [("pourquoi", moderation_labels.FAULTS["aside"])]), 400
    with writing(db.session()):
        response_actions.set_aside(db.session(), actor(), found.response.public_id, reason, now())
    flash("La contribution est mise de côté : elle reste enregistrée, et elle est comptée à part.")
    return _back(public_id)


@blueprint.post("/contribution/reprendre")
@requires(Permission.MODERATE)
def take_back(public_id: str) -> ResponseReturnValue:
    """Let the contribution count again."""
    found = find(public_id)
    with writing(db.session()):
        response_actions.take_back(db.session(), actor(), found.response.public_id, now())
    flash("La contribution compte de nouveau.")
    return _back(public_id)


def _mask(found: Reading, gesture: Gesture) -> int:
    """Mask the passages chosen, and return how many were new."""
    chosen = forms.masks_of(gesture, found)
    if not chosen:
        return 0
    public_id = found.text.public_id
    # A page of another moment may mask nothing either.
    text = decisions.hold(db.session(), public_id)
    if decisions.claimed_by_another(text, actor(), now()):
        raise DecisionNotAllowed(decisions.Obstacle.CLAIMED)
    cover = partial(redactions.cover, db.session(), actor(), public_id, at=now())
    return sum(len(cover(ranges, reason)) for reason, ranges in chosen.items())


def _say(found: Reading, gesture: Gesture, verdict: Verdict) -> None:
    decisions.decide(
        db.session(),
        actor(),
        found.text.public_id,
        verdict,
        forms.reason_of(gesture, found),
        seen=gesture.seen,
        known=gesture.known,
        masked=gesture.masked,
        verified=gesture.verified,
        at=now(),
        two_moderators=current_app.config["TWO_MODERATORS"],
        signature_index=gesture.signature_index,
    )


def _moved_on(public_id: str, gesture: Gesture, moved: MovedOn) -> ResponseReturnValue:
    """Tell both decisions; a button pressed twice is no news."""
    found = find(public_id)
    if moved.last is not None and _is_done(found, gesture, moved.last):
        return _go_on(public_id, gesture, 0)
    faults = [("etat", moderation_labels.moved_on(moved, gesture.verdict))]
    return text_page(found, gesture, faults), 409


def _is_done(found: Reading, gesture: Gesture, last: ModerationDecision) -> bool:
    """Say whether the actor has said all of that already: verdict, reason and masks."""
    if last.account_id != actor().id or last.verdict is not gesture.verdict:
        return False
    if last.verdict in HIDING and gesture.reason not in (None, last.reason):
        return False
    return all(any(mask.covers(one) for mask in found.masks) for one in gesture.ranges(found.words))


def _go_on(public_id: str, gesture: Gesture, count: int) -> ResponseReturnValue:
    """Go to the next text; where only masks were set or a text reopened, stay with it."""
    if gesture.verdict not in (None, Verdict.REOPEN):
        return redirect(
            url_for("moderation.following", apres=public_id, precedent=public_id, **forms.kept()),
            303,
        )
    if gesture.verdict is Verdict.REOPEN:
        flash("Ce texte est rouvert : il n'est plus montré, et il est de nouveau à relire.")
        return _back(public_id)
    found = find(public_id)
    passages = f"{format_decimal(count)} passage{'s' if count > 1 else ''}"
    still = "" if found.is_gone else f" {moderation_labels.still(found)}"
    flash(f"{passages} masqué{'s' if count > 1 else ''}.{still}")
    # Whoever masks one passage after another, and decides then, does so for the same reason.
    return _back(public_id, **({"raison": gesture.reason.value} if gesture.reason else {}))


def _back(public_id: str, **values: Any) -> ResponseReturnValue:
    return redirect(url_for("moderation.text", public_id=public_id, **values, **forms.kept()), 303)
