"""Paper pages of a form: its blank form and its poster, while the round is open."""

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from consultation.clock import now
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.questionnaires.form import paper
from consultation.responses.submission import context
from consultation.responses.submission.context import FormContext
from consultation.responses.submission.page import shelf
from consultation.typesetting.subprocess import AUTHOR
from consultation.web.locale import current_locale, in_language
from consultation.web.page_cache import PackedCache, made_once
from consultation.web.permissions import Permission, requires
from consultation.web.typography import deadline, typeset

blueprint = Blueprint("paper", __name__)

MADE = "consultation_paper"
"""Key of a process's cache of documents by what they say."""


@blueprint.get("/mesures/<code>/formulaire.pdf")
@requires(Permission.PUBLIC)
def blank_form(code: str) -> ResponseReturnValue:
    """Serve the form of a measure to be printed and filled in by hand.

    It is in French where it is not offered in this language.
    """
    form = _form(code)
    locale = current_locale()
    with in_language(locale if form.is_offered_in(locale) else DEFAULT_LOCALE):
        content = paper.form_content(form.instrument, current_locale(), _labels(form))
        return _document(content, paper.blank_form, f"formulaire-{form.measure_code}.pdf")


@blueprint.get("/mesures/<code>/affiche.pdf")
@requires(Permission.PUBLIC)
def poster(code: str) -> ResponseReturnValue:
    """Serve a poster of a measure, with the QR code of its page."""
    form = _form(code)
    measure_code = form.measure_code
    address = current_app.config["BASE_URL"] + url_for("plan.measure", code=measure_code)
    content = {
        "locale": current_locale(),
        "author": AUTHOR,
        "title": localized(form.instrument.title, current_locale()),
        "eyebrow": _eyebrow(form),
        "lead": str(_("À quoi verra-t-on qu'elle avance ? Donnez votre avis sur ses indicateurs.")),
        "scan": str(_("Photographiez ce code pour répondre")),
        "until": str(_("Jusqu'au %(day)s.", day=deadline(form.round.closes_at))),
    }
    return _document(content, lambda it: paper.poster(it, address), f"affiche-{measure_code}.pdf")


def _form(code: str) -> FormContext:
    form = context.load(db.session(), shelf(), code, now()) or abort(404)
    return form if form.measure else abort(404)


def _eyebrow(form: FormContext) -> str:
    is_shipped = bool(form.measure and form.measure.is_shipped)
    code = form.measure_code
    if is_shipped:
        return str(_("Thème %(code)s du suivi", code=code))
    return str(_("Mesure %(code)s", code=code))


def _labels(form: FormContext) -> Mapping[str, str]:
    sender = current_app.config["MAIL_SENDER"]
    day = deadline(form.round.closes_at)
    return {
        "author": AUTHOR,
        "eyebrow": _eyebrow(form),
        "footer": current_app.config["BASE_URL"] + url_for("plan.measure", code=form.measure_code),
        "lead": str(
            _("Passez tout ce qui ne vous concerne pas : ce qui est obligatoire est indiqué.")
        ),
        "warning": str(
            _(
                "N'écrivez rien qui permette de reconnaître quelqu'un. Personne ne lit ces réponses"
                " en urgence : en cas de danger, appelez le 17 ou le 112 (114 par SMS) ; pour un"
                " enfant, le 119."
            )
        ),
        "return_to": str(
            _(
                "Recopiez vos réponses sur le site, ou envoyez ces pages à %(sender)s avant le"
                " %(day)s.",
                sender=sender,
                day=day,
            )
        ),
        "no_opinion": str(_("sans avis")),
        "ranking": str(_("écrivez 1 pour la première place, puis 2, 3…")),
        "required": str(_("obligatoire")),
        "unit": str(_("Unité")),
        "source": str(_("Source proposée")),
        "baseline": str(_("Valeur de départ")),
        "yes": str(_("Oui")),
        "no": str(_("Non")),
    }


def _typeset(content: Any) -> Any:
    """Return content in the typography of its language, the texts of the plan too."""
    if isinstance(content, Mapping):
        return {name: _typeset(part) for name, part in content.items()}
    if isinstance(content, list | tuple):
        return [_typeset(part) for part in content]
    return typeset(content) if isinstance(content, str) else content


def _document(
    content: Mapping[str, Any], make: Callable[[Mapping[str, Any]], bytes], name: str
) -> Response:
    """Return a document, made once by a process for all who ask for the same."""
    content = _typeset(content)
    cache: PackedCache = current_app.extensions[MADE]
    key = json.dumps([request.endpoint, content], ensure_ascii=False)
    made = made_once(cache, hashlib.sha256(key.encode()).digest(), lambda: make(content))
    answer = Response(made, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def register(app: Flask) -> None:
    """Add the cache of documents."""
    app.extensions[MADE] = PackedCache()
