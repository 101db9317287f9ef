"""Public pages of the working document: its editions, their files, short addresses of forms."""

import hashlib
import json
from collections.abc import Sequence

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consultation.clock import now
from consultation.decisions import editions
from consultation.decisions.editions import Front
from consultation.documents import build
from consultation.documents.build import Choice, ChoiceRefused, Sources
from consultation.documents.formats import DocumentFormat, formats_here
from consultation.documents.public import handlers
from consultation.documents.public.files import PublicFiles, file_of
from consultation.extensions import db
from consultation.plan import queries
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.web.headers import conditional
from consultation.web.locale import current_locale
from consultation.web.page_cache import QUOTING, PackedCache
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("documents", __name__)

RENDERED = "consultation_rendered_documents"
"""Key of a process's cache of pages of the working document."""


@blueprint.get("/document")
@requires(Permission.PUBLIC)
def page() -> ResponseReturnValue:
    """Show an edition of the working document, the last one by default."""
    published = editions.fronts(db.session())
    if not published:
        return render_template("documents/none.html"), 404
    number, since = _number("edition") or published[0].number, _number("depuis")
    if since is not None and since >= number:
        since = None  # the form sends both, and one was chosen before the other
    sources = _sources(Choice(number, since, current_locale()))
    title, body = json.loads(_page_made_once(sources, published))
    return conditional(
        render_template(
            "documents/page.html",
            title=title,
            body=Markup(body),  # noqa: S704 - a template of ours, escaped
        )
    )


@blueprint.get("/document/edition-<int:number>.<any(pdf, docx, odt, html):extension>")
@requires(Permission.PUBLIC)
def file(number: int, extension: str) -> ResponseReturnValue:
    """Serve an edition as a file, written for who asks first."""
    sources = _sources(Choice(number, _number("depuis"), current_locale()))
    return handlers.answer_with(file_of(db.session(), sources, DocumentFormat(extension)))


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


def _sources(choice: Choice) -> Sources:
    """Return the sources of the document of a published edition, or abort with 404."""
    site = build.site_of(current_app.config)
    try:
        return build.sources_of(db.session(), choice, site) or abort(404)
    except ChoiceRefused:
        abort(404)


def _page_made_once(sources: Sources, published: Sequence[Front]) -> bytes:
    """Return title and body of the page, kept as long as nothing that they say changes."""
    cache: PackedCache = current_app.extensions[RENDERED]
    formats = formats_here(current_app.config["HOME"])
    state = repr((sources, published, formats))
    key = hashlib.sha256(state.encode()).digest()
    kept = cache.kept(key)
    if kept is not None:
        return kept
    document = build.of_sources(db.session(), sources)
    body = render_template(
        "documents/_page.html",
        document=document,
        editions=published,
        number=sources.front.number,
        since=sources.choice.since,
        formats=formats,
    )
    made = json.dumps([document.title.typeset, body], ensure_ascii=False)
    return cache.keep(key, made.encode(), QUOTING)


def register(app: Flask) -> None:
    """Add the files for the public, and what is kept of pages."""
    app.extensions[handlers.FILES] = PublicFiles(app.config["HOME"])
    app.extensions[RENDERED] = PackedCache()


def _number(name: str) -> int | None:
    return request.args.get(name, type=int)
