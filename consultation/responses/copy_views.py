"""The respondent's own copy, from their open space: a page to print, a PDF and a JSON file."""

from datetime import datetime

from flask import Blueprint, Flask, Response, abort, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from consultation.clock import in_paris, now
from consultation.extensions import db
from consultation.moderation import fates
from consultation.moderation.fates import Fate
from consultation.responses import copy_document, copy_file, copy_wording, copying
from consultation.responses.copied import Copy
from consultation.responses.space_views import opened_space
from consultation.responses.typesetting import NoTypesetting
from consultation.web import limits
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires
from consultation.web.typography import typeset

blueprint = Blueprint("copies", __name__, url_prefix="/contributions")

DOCUMENTS_PER_HOUR = 120
"""How many PDFs are made for one place in an hour: a large one takes a second of a core."""


@blueprint.get("/copie")
@requires(Permission.PUBLIC)
def page() -> ResponseReturnValue:
    """Show everything that the respondent gave, as a page to read or to print."""
    copy = _own_copy()
    if copy is None:
        return _closed()
    told = copy_wording.told(copy, _sentences(copy))
    return render_template("responses/copy.html", told=told)


@blueprint.get("/copie.pdf")
@requires(Permission.PUBLIC)
def document() -> ResponseReturnValue:
    """Return the same as a PDF."""
    copy = _own_copy()
    if copy is None:
        return _closed()
    if limits.count("copy", seconds=3600) > DOCUMENTS_PER_HOUR:
        abort(429)
    try:
        made = _document_of(copy)
    except NoTypesetting:
        abort(503)
    return _attached(made, "application/pdf", "pdf", copy.made_at)


@blueprint.get("/copie.json")
@requires(Permission.PUBLIC)
def file() -> ResponseReturnValue:
    """Return the same as JSON; `copy_file` says what each key holds."""
    copy = _own_copy()
    if copy is None:
        return _closed()
    states = {
        response_id: {
            question_id: (fate.state.value, sorted(reason.value for reason in fate.reasons))
            for question_id, fate in by_question.items()
        }
        for response_id, by_question in _fates(copy).items()
    }
    made = copy_file.file_of(copy, current_locale(), states)
    return _attached(made, "application/json", "json", copy.made_at)


def _document_of(copy: Copy) -> bytes:
    told = copy_wording.told(copy, _sentences(copy))
    db.session.rollback()  # no transaction stays open while the document is made
    return copy_document.document_of(
        told,
        current_locale(),
        author=typeset(_("Ensemble contre la traite des êtres humains")),
        missing=typeset(
            _(
                "Certains signes de vos textes n'ont pas pu être dessinés dans ce PDF : ils y sont"
                " écrits par leur code, comme [U+6F22]. La page et le fichier JSON les gardent"
                " tels quels."
            )
        ),
    )


def _own_copy() -> Copy | None:
    """Return the copy of whose space is open in this browser, which nobody may keep."""
    keep_private()
    opened = opened_space()
    return copying.copy_of(db.session(), opened.respondent_id, now()) if opened else None


def _closed() -> ResponseReturnValue:
    return render_template("responses/space_closed.html"), 403


def _fates(copy: Copy) -> dict[int, dict[int, Fate]]:
    """Return what became of the texts of each response that counts."""
    return {
        response.id: dict(fates.of_response(db.session(), response.id))
        for response in copy.responses
        if response.state == "current"
    }


def _sentences(copy: Copy) -> dict[int, dict[int, str]]:
    # Made for this page: a module that Jinja keeps would speak the language of its first reader.
    words = current_app.jinja_env.get_template("responses/_fate.html").make_module()
    return {
        response_id: {
            question_id: Markup(words.fate(fate)).unescape()  # type: ignore[attr-defined]  # noqa: S704 - a macro of ours, made plain text
            for question_id, fate in by_question.items()
        }
        for response_id, by_question in _fates(copy).items()
    }


def _attached(made: bytes, mimetype: str, ending: str, at: datetime) -> Response:
    answer = Response(made, mimetype=mimetype)
    name = f"consultation-copie-{in_paris(at):%Y-%m-%d}.{ending}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
