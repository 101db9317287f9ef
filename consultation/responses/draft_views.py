"""Saving a form of a space, by its button or by its script."""

from dataclasses import replace
from datetime import datetime

from flask import jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.clock import in_paris, now
from consultation.database import StorageUnavailable, writing
from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.questionnaires import checking, rounds
from consultation.questionnaires.models import Round
from consultation.responses import drafts, keys
from consultation.responses.drafts import DraftChanged
from consultation.responses.forms import STATUSES, Page
from consultation.responses.models import RespondentSession
from consultation.responses.views import closed, grace, shown
from consultation.web.locale import current_locale
from consultation.web.typography import typeset


def save(measure: Measure | None, opened: RespondentSession | None) -> ResponseReturnValue:
    """Keep the form as it is typed, or show it again and say why that can't be."""
    at = now()
    text = request.form.get("submission_key", "")
    instrument = shown(text, measure, at)
    if instrument is None:
        return closed(rounds.current(db.session(), at), measure, at)
    page = Page(instrument, measure, db.session.get_one(Round, instrument.round_id), key=text)
    page.checked = replace(checking.check(instrument, request.form), errors={}, general=())
    page.notice = _obstacle(page, opened, at)
    if page.notice or opened is None:
        return _unsaved(page)
    page.enter(opened.respondent_id)
    seen = request.form.get("draft_revision", 0, type=int)
    try:
        with writing(db.session()):
            drafts.save(
                db.session(), opened.respondent_id, instrument, page.checked.typed, seen=seen, at=at
            )
    except DraftChanged:
        page.draft = drafts.find(db.session(), opened.respondent_id, instrument.measure_id)
        page.notice = "draft" if page.draft else "confirm"
        return _unsaved(page)
    except StorageUnavailable:
        page.notice = "unavailable"
        return _unsaved(page)
    if _is_script():
        sentence = _("Brouillon enregistré à %(hour)s.", hour=_hour(at))
        return jsonify(revision=seen + 1, sentence=typeset(sentence))
    return redirect(f"{request.script_root}{request.path}#notice", 303)


def _is_script() -> bool:
    """Say whether the page's script asks, which shows a sentence and not a page."""
    return request.accept_mimetypes.best == "application/json"


def _unsaved(page: Page) -> ResponseReturnValue:
    """Show the form again and say why it was not saved; a script is told to let the person see."""
    if not _is_script():
        return page.show()
    sentence = _(
        "Le brouillon n'a pas été enregistré cette fois : choisissez « Enregistrer et reprendre"
        " plus tard » pour voir pourquoi. Votre texte est toujours là."
    )
    return jsonify(revision=None, sentence=typeset(sentence)), STATUSES[page.notice]


def _obstacle(page: Page, opened: RespondentSession | None, at: datetime) -> str:
    """Return what stands against saving, by the name of its notice; empty when nothing does."""
    key = keys.read(page.key)
    if key is None or request.headers.get("Sec-Fetch-Site") == "cross-site":
        page.key = ""
        return "confirm"
    if opened is None or key.holder != opened.respondent_id:
        return "space"
    if not page.consultation_round.accepts(at, key.issued_at, grace()):
        return "closed"
    return ""


def _hour(at: datetime) -> str:
    local = in_paris(at)
    return f"{local:%H:%M}" if current_locale() == "en" else f"{local.hour} h {local:%M}"
