"""Pages of danger: the alerts and the list of danger words."""

from datetime import datetime
from functools import partial

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    jsonify,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.collective.numbers import NUMBERS
from consultation.extensions import db
from consultation.i18n import SHIPPED, names_of
from consultation.moderation import labels as moderation_labels
from consultation.moderation.danger import alerts as danger_alerts
from consultation.moderation.danger import labels, phrases, screening
from consultation.moderation.danger.alerts import AlreadyClosed, NoteMissing, NoteTooLong, Referent
from consultation.moderation.danger.screening import PhraseRefused
from consultation.moderation.models import DangerAlert
from consultation.web.forms import LineField, StaffForm
from consultation.web.headers import is_staff_path
from consultation.web.permissions import Permission, current_actor, requires
from consultation.web.typography import counted, typeset
from consultation.work.actions import act, current_work

blueprint = Blueprint("danger", __name__, url_prefix="/moderation")
public_blueprint = Blueprint("danger_words", __name__)

MONTH = 30 * 86_400  # seconds


class PhraseForm(StaffForm):
    """Words that the staff add to the danger words."""

    phrase = LineField(
        "Mots à ajouter",
        name="mots",
        description=f"{screening.LONGEST_PHRASE} caractères au plus. Les majuscules et les accents"
        " ne comptent pas. N'écrivez le nom de personne : toute l'équipe de modération lit cette"
        " liste.",
    )


@public_blueprint.get("/mots-de-danger.json")
@requires(Permission.PUBLIC)
def known_phrases() -> ResponseReturnValue:
    """Return to the script of a form what tells of danger, and whom to call then."""
    called = [
        {"digits": number.digits, "address": number.address, "who": typeset(str(number.who))}
        for number in NUMBERS
    ]
    sentences = {
        "title": typeset(_("En danger ? Personne ne lit ce site en urgence. Appelez :")),
        "close": typeset(_("Fermer ce message")),
    }
    answer = jsonify(phrases.published() | sentences | {"numbers": called})
    answer.headers["Cache-Control"] = f"public, max-age={MONTH}"  # its address holds its version
    return answer


def phrases_address() -> str:
    """Return the address of `known_phrases`, which changes with them."""
    return url_for("danger_words.known_phrases", v=phrases.version(()))


@blueprint.get("/alertes")
@requires(Permission.MODERATE)
def alerts() -> ResponseReturnValue:
    """List the open alerts, and the last closed ones with their notes."""
    return _alerts_page()


@blueprint.post("/alertes/<public_id>/fermer")
@requires(Permission.MODERATE)
def close(public_id: str) -> ResponseReturnValue:
    """Close an alert by a note of what was done."""
    alert = _alert(public_id)
    place = url_for(".alerts")
    if request.form.get("retour") == "texte" and alert.text is not None:
        place = url_for("moderated_texts.text", public_id=alert.text.public_id)
    note = request.form.get("note", "")

    def refuse_note(refused: NoteMissing | NoteTooLong) -> ResponseReturnValue:
        return _alerts_page(public_id, note, labels.note_error(refused)), 400

    return act(
        lambda work: danger_alerts.close(work, public_id, note),
        page=partial(_alerts_page, public_id, note),
        refusals={
            NoteMissing: refuse_note,
            NoteTooLong: refuse_note,
            AlreadyClosed: labels.NOTE_TOO_LATE,
        },
        done=labels.ALERT_CLOSED,
        to=place,
    )


@blueprint.get("/mots-de-danger")
@requires(Permission.MODERATE)
def danger_phrases() -> ResponseReturnValue:
    """Display what puts a text or a mail first, and what the staff added."""
    return _phrases_page(PhraseForm())


@blueprint.post("/mots-de-danger")
@requires(Permission.MODERATE)
def add() -> ResponseReturnValue:
    form = PhraseForm(request.form)

    def refuse(refused: PhraseRefused) -> ResponseReturnValue:
        form.add_error("phrase", labels.PHRASE_ERRORS[refused.reason])
        return _phrases_page(form), 400

    return act(
        lambda work: screening.add(work, form.phrase.data),
        page=lambda: _phrases_page(form),
        refusals={PhraseRefused: refuse},
        done="Ces mots sont ajoutés : ce qui est déjà arrivé est relu avec eux dans la minute.",
        to=url_for(".danger_phrases"),
    )


@blueprint.post("/mots-de-danger/<public_id>/retirer")
@requires(Permission.MODERATE)
def remove(public_id: str) -> ResponseReturnValue:
    """Take added words off the list."""
    return act(
        lambda work: screening.remove(work, public_id),
        page=danger_phrases,
        done="Ces mots sont retirés de la liste.",
        to=url_for(".danger_phrases"),
    )


def _alerts_page(public_id: str = "", note: str = "", problem: str = "") -> str:
    """Return the page of alerts; `public_id` is that of the alert whose note was refused."""
    work = current_work()
    opened = danger_alerts.alerts(work, is_open=True)
    return render_template(
        "moderation/alerts.html",
        opened=opened,
        mails=danger_alerts.mail_states(work.session, opened),
        closed=danger_alerts.alerts(work, is_open=False),
        refused_id=public_id,
        note=note,
        error=problem,
        labels=moderation_labels,
    )


def _phrases_page(form: PhraseForm) -> str:
    return render_template(
        "moderation/danger_phrases.html",
        form=form,
        groups=phrases.groups(),
        languages=SHIPPED,
        unread=names_of(phrases.unread_languages()),
        additions=screening.additions(current_work()),
        labels=moderation_labels,
    )


def _alert(public_id: str) -> DangerAlert:
    alert = danger_alerts.load(current_work(), public_id)
    if alert is None:
        abort(404)
    return alert


def _referent() -> Referent:
    return danger_alerts.referent_of(current_app.config)


def _mail_of(alert: DangerAlert) -> str:
    states = danger_alerts.mail_states(db.session(), [alert])
    return labels.mail_state(states.get(alert.public_id))


def _open_alerts() -> dict[str, str | bool | datetime] | None:
    """Return how many alerts are open and since when, for the band of every staff page."""
    if not is_staff_path(request.path) or (actor := current_actor()) is None:
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
    """Give all templates what the band of alerts and the buttons display."""
    app.jinja_env.globals.update(
        danger_labels=labels,
        danger_mail_of=_mail_of,
        danger_referent=_referent,
        danger_phrases_address=phrases_address,
        open_alerts=_open_alerts,
    )
