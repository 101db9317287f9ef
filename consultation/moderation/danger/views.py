"""The moderators' pages of danger: alerts and what was done, and the danger words."""

from datetime import datetime

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, url_for
from flask import request as asked
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import labels as moderation_labels
from consultation.moderation.danger import alerts as danger_alerts
from consultation.moderation.danger import labels, screening
from consultation.moderation.danger import words as danger_words
from consultation.moderation.danger.alerts import AlreadyClosed, NoteMissing, NoteTooLong, Referent
from consultation.moderation.danger.screening import PhraseRefused
from consultation.moderation.models import DangerAlert
from consultation.web.headers import is_staff_path
from consultation.web.permissions import Actor, Permission, current_actor, require, requires
from consultation.web.typography import counted

blueprint = Blueprint("danger", __name__, url_prefix="/moderation")


@blueprint.get("/alertes")
@requires(Permission.MODERATE)
def alerts() -> ResponseReturnValue:
    """List the alerts that are open, and what was done about the last ones."""
    return _alerts_page()


@blueprint.post("/alertes/<public_id>/fermer")
@requires(Permission.MODERATE)
def close(public_id: str) -> ResponseReturnValue:
    """Close an alert by a note of what was done."""
    alert = _alert(public_id)
    place = url_for(".alerts")
    if asked.form.get("retour") == "texte" and alert.text is not None:
        place = url_for("moderated_texts.text", public_id=alert.text.public_id)
    note = asked.form.get("note", "")
    try:
        with writing(db.session()):
            danger_alerts.close(db.session(), _actor(), public_id, note, now())
    except (NoteMissing, NoteTooLong) as refused:
        return _alerts_page(public_id, note, labels.note_fault(refused)), 400
    except AlreadyClosed:
        return _alerts_page(public_id, note, labels.NOTE_TOO_LATE), 409
    flash(labels.ALERT_CLOSED)
    return redirect(place, 303)


@blueprint.get("/mots-de-danger")
@requires(Permission.MODERATE)
def words() -> ResponseReturnValue:
    """Show what puts a text or a mail first, and what the staff added."""
    return _words_page()


@blueprint.post("/mots-de-danger")
@requires(Permission.MODERATE)
def add() -> ResponseReturnValue:
    """Add words to the list."""
    phrase = asked.form.get("mots", "")
    try:
        with writing(db.session()):
            screening.add(db.session(), _actor(), phrase, now())
    except PhraseRefused as refused:
        return _words_page(phrase, labels.PHRASE_FAULTS[refused.reason]), 400
    flash("Ces mots sont ajoutés : ce qui est déjà arrivé est relu avec eux dans la minute.")
    return redirect(url_for(".words"), 303)


@blueprint.post("/mots-de-danger/<public_id>/retirer")
@requires(Permission.MODERATE)
def remove(public_id: str) -> ResponseReturnValue:
    """Take added words off the list."""
    with writing(db.session()):
        screening.remove(db.session(), _actor(), public_id, now())
    flash("Ces mots sont retirés de la liste.")
    return redirect(url_for(".words"), 303)


def _alerts_page(public_id: str = "", note: str = "", fault: str = "") -> str:
    session = db.session()
    return render_template(
        "moderation/alerts.html",
        opened=(opened := danger_alerts.alerts(session, _actor(), is_open=True)),
        mails=danger_alerts.mail_states(session, opened),
        closed=danger_alerts.alerts(session, _actor(), is_open=False),
        wrong=public_id,
        note=note,
        fault=fault,
        labels=moderation_labels,
    )


def _words_page(phrase: str = "", fault: str = "") -> str:
    return render_template(
        "moderation/danger_words.html",
        groups=danger_words.groups(),
        additions=screening.additions(db.session(), _actor()),
        phrase=phrase,
        fault=fault,
        longest=screening.LONGEST_PHRASE,
        labels=moderation_labels,
    )


def _alert(public_id: str) -> DangerAlert:
    found = danger_alerts.named(db.session(), _actor(), public_id)
    if found is None:
        abort(404)
    return found


def _actor() -> Actor:
    return require(Permission.MODERATE)


def _referent() -> Referent:
    return danger_alerts.referent_of(current_app.config)


def _mail_of(alert: DangerAlert) -> str:
    """Return how the mail of an alert stands, in words."""
    states = danger_alerts.mail_states(db.session(), [alert])
    return labels.mail_state(states.get(alert.public_id))


def _open_alerts() -> dict[str, str | bool | datetime] | None:
    """Return how many alerts are open and since when, for the band of every staff page."""
    if not is_staff_path(asked.path) or (actor := current_actor()) is None:
        return None
    since = danger_alerts.oldest_open(db.session())
    if since is None:
        return None
    count = danger_alerts.open_count(db.session())
    return {
        "what": counted(count, "alerte ouverte", "alertes ouvertes"),
        "since": since,
        "is_one": count == 1,
        "may_read": actor.may(Permission.MODERATE),
    }


def register(app: Flask) -> None:
    """Give templates what the band of open alerts and its buttons need."""
    app.jinja_env.globals.update(
        danger_mail_of=_mail_of,
        open_alerts=_open_alerts,
        danger_referent=_referent,
        danger_wording=labels,
    )
