"""Public pages of the working document: its editions, their files, short addresses of forms."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

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
from consultation.documents import build, labels
from consultation.documents.build import Choice, ChoiceRefused, Sources
from consultation.documents.formats import DocumentFormat
from consultation.documents.public import handlers, summary
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


class Pages(NamedTuple):
    """What is kept of the pages of a document, which are made together."""

    title: str
    edition: int | None
    """Its number where it is not the last one."""
    sentences: str
    contents: str
    axes: Mapping[str, Sequence[str]]
    """The title and the body of each chapter, by its code."""


@blueprint.get("/document")
@requires(Permission.PUBLIC)
def page() -> ResponseReturnValue:
    """Show what the last edition, or an earlier one, is, and its contents."""
    published = editions.fronts(db.session())
    if not published:
        return render_template("documents/none.html"), 404
    made = _pages(published)
    return _page(made, made.title, made.contents)


@blueprint.get("/document/axes/<code>")
@requires(Permission.PUBLIC)
def axis(code: str) -> ResponseReturnValue:
    """Show a chapter of the working document: its measures and their indicators."""
    published = editions.fronts(db.session()) or abort(404)
    made = _pages(published)
    title, body = made.axes.get(code) or abort(404)
    return _page(made, f"{title} · {made.title}", body)


def _page(made: Pages, title: str, body: str) -> ResponseReturnValue:
    assert request.endpoint is not None
    values = request.view_args or {}
    return conditional(
        render_template(
            "documents/page.html",
            title=title,
            description=made.sentences,
            address=url_for(request.endpoint, edition=made.edition, **values),
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
    is_asked = measure.retired_at is None and _is_open()
    endpoint = "responses.contribute" if is_asked else "plan.measure"
    return redirect(url_for(endpoint, code=measure.code))


def _sources(choice: Choice) -> Sources:
    """Return the sources of the document of a published edition, or abort with 404."""
    site = build.site_of(current_app.config)
    try:
        return build.sources_of(db.session(), choice, site) or abort(404)
    except ChoiceRefused:
        abort(404)


def _pages(published: Sequence[Front]) -> Pages:
    """Return the pages of the edition that is asked for, kept as long as all they say holds."""
    number, since = _number("edition") or published[0].number, _number("depuis")
    if since is not None and since >= number:
        since = None  # the form sends both, and one was chosen before the other
    sources = _sources(Choice(number, since, current_locale()))
    cache: PackedCache = current_app.extensions[RENDERED]
    is_open = _is_open()
    sizes = handlers.sizes(lambda it: file_of(db.session(), sources, it))
    key = hashlib.sha256(repr((sources, published, sizes, is_open)).encode()).digest()
    kept = cache.kept(key)
    if kept is None:
        made = _made(sources, published, sizes, is_open=is_open)
        kept = cache.keep(key, json.dumps(made, ensure_ascii=False).encode(), QUOTING)
    return Pages(*json.loads(kept))


def _made(
    sources: Sources,
    published: Sequence[Front],
    sizes: Mapping[DocumentFormat, int | None],
    *,
    is_open: bool,
) -> Pages:
    document = build.of_sources(db.session(), sources)
    changed = build.changed_of(db.session(), sources)
    sentences = summary.sentences(document.axes, changed)
    front, since = sources.front, sources.choice.since
    edition = None if front == published[0] else front.number
    values = {
        "document": document,
        "editions": published,
        "front": front,
        "since": since,
        "kept": {"edition": edition, "depuis": since},
        "is_open": is_open,
        "held": summary.held,
    }
    files = {it: size and labels.size_text(size) for it, size in sizes.items()}
    contents = render_template(
        "documents/_contents.html", sentences=sentences, files=files, **values
    )
    following = [*document.axes[1:], None]
    axes = {
        it.code: (
            it.title.typeset,
            render_template(
                "documents/_axis.html", axis=it, after=after, shared=summary.shared(it), **values
            ),
        )
        for it, after in zip(document.axes, following, strict=True)
    }
    return Pages(document.title.typeset, edition, sentences, contents, axes)


def _is_open() -> bool:
    at = now()
    current = rounds_queries.current(db.session(), at)
    return current is not None and current.is_open(at)


def register(app: Flask) -> None:
    """Add the files for the public, and what is kept of pages."""
    app.extensions[handlers.FILES] = PublicFiles(app.config["HOME"])
    app.extensions[RENDERED] = PackedCache()


def _number(name: str) -> int | None:
    return request.args.get(name, type=int)
