"""Public pages of the working document: its editions, their files, short addresses of forms."""

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.decisions import editions
from consultation.documents import build
from consultation.documents.build import Choice, ChoiceRefused
from consultation.documents.formats import DocumentFormat, formats_here
from consultation.documents.labels import FORMATS
from consultation.documents.model import Document
from consultation.documents.public import handlers
from consultation.documents.public.files import PublicFiles, file_of
from consultation.extensions import db
from consultation.plan import queries
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("documents", __name__)


@blueprint.get("/document")
@requires(Permission.PUBLIC)
def page() -> ResponseReturnValue:
    """Show an edition of the working document, the last one by default."""
    published = editions.published(db.session())
    if not published:
        return render_template("documents/none.html"), 404
    number, since = _number("edition") or published[0].number, _number("depuis")
    if since is not None and since >= number:
        since = None  # the form sends both, and one was chosen before the other
    document = _document(Choice(number, since, current_locale()))
    answer = Response(
        render_template(
            "documents/page.html",
            document=document,
            editions=published,
            number=number,
            since=since,
            formats={it: FORMATS[it] for it in formats_here(current_app.config["HOME"])},
        )
    )
    answer.add_etag()
    return answer.make_conditional(request)


@blueprint.get("/document/edition-<int:number>.<any(pdf, docx, odt, html):extension>")
@requires(Permission.PUBLIC)
def file(number: int, extension: str) -> ResponseReturnValue:
    """Serve an edition as a file, written for who asks first."""
    document = _document(Choice(number, _number("depuis"), current_locale()))
    return handlers.answer_with(file_of(document, DocumentFormat(extension)))


@blueprint.get("/m/<code>")
@requires(Permission.PUBLIC)
def form(code: str) -> ResponseReturnValue:
    """Lead from the short address of a form to it, or to its measure while it is not open."""
    measure = queries.bare_measure(db.session(), code) or abort(404)
    at = now()
    current = rounds_queries.current(db.session(), at)
    is_open = current is not None and current.is_open(at) and measure.retired_at is None
    endpoint = "responses.contribute" if is_open else "plan.measure"
    return redirect(url_for(endpoint, code=measure.code))


def _document(choice: Choice) -> Document:
    """Return a document of a published edition, or abort with 404."""
    site = build.site_of(current_app.config)
    try:
        return build.document_of(db.session(), choice, site, now())
    except ChoiceRefused:
        abort(404)


def register(app: Flask) -> None:
    """Add the files for the public."""
    app.extensions[handlers.FILES] = PublicFiles(app.config["HOME"])


def _number(name: str) -> int | None:
    return request.args.get(name, type=int)
