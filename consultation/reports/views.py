"""Public pages of the report: its editions, their files and data, a page for each figure."""

import hashlib
import json

from flask import Blueprint, Flask, Response, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consultation.clock import in_paris
from consultation.documents.build import site_of
from consultation.documents.formats import DocumentFormat, formats_here
from consultation.documents.public import handlers
from consultation.extensions import db
from consultation.reports import archive, build, comparison, editions, figures, files, labels
from consultation.reports.models import ReportEdition
from consultation.web.headers import conditional
from consultation.web.locale import current_locale
from consultation.web.navigation import REPORTS_LINK, Flag
from consultation.web.page_cache import QUOTING, PackedCache, made_once
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("reports", __name__, url_prefix="/bilan")

RENDERED = "consultation_rendered_reports"
"""Key of a process's cache of pages and data of reports."""


@blueprint.get("")
@requires(Permission.PUBLIC)
def latest() -> ResponseReturnValue:
    """Show the last report, or say that there is none yet."""
    edition = editions.published_edition(db.session())
    if edition is None:
        return render_template("reports/none.html"), 404
    return _page(edition)


@blueprint.get("/<int:number>")
@requires(Permission.PUBLIC)
def report(number: int) -> ResponseReturnValue:
    """Show a report, and what changed since the one before."""
    return _page(_edition(number))


@blueprint.get("/<int:number>/bilan.<any(pdf, docx, odt, html):extension>")
@requires(Permission.PUBLIC)
def file(number: int, extension: str) -> ResponseReturnValue:
    """Serve a report as a file, written for who asks first."""
    format, settings = DocumentFormat(extension), current_app.config
    return handlers.answer_with(
        files.file_of(db.session(), _edition(number), current_locale(), format, settings)
    )


@blueprint.get("/<int:number>/donnees.zip")
@requires(Permission.PUBLIC)
def data(number: int) -> ResponseReturnValue:
    """Serve the figures of a report as data: CSV, data package, DDI codebook."""
    edition, licence = _edition(number), current_app.config["DATA_LICENCE"]
    made = made_once(
        current_app.extensions[RENDERED],
        ("data", *_state(edition), licence),
        lambda: archive.archived(edition.content or {}, build.front_of(edition), licence),
    )
    answer = Response(made, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="bilan-{number}-donnees.zip"'
    return conditional(answer)


@blueprint.get("/<int:number>.json")
@requires(Permission.PUBLIC)
def whole(number: int) -> ResponseReturnValue:
    """Serve a report as it was frozen, with its hash."""
    edition, licence = _edition(number), current_app.config["DATA_LICENCE"]
    cache: PackedCache = current_app.extensions[RENDERED]
    key = ("whole", *_state(edition), licence)
    made = cache.content(key, lambda: _as_json(edition, licence))
    return conditional(Response(made, mimetype="application/json"))


def _as_json(edition: ReportEdition, licence: str) -> bytes:
    content = {
        "format": "consultation-report",
        "number": edition.number,
        "hash": edition.content_hash,
        "licence": licence,
        "content": edition.content,
    }
    return f"{json.dumps(content, ensure_ascii=False, indent=2)}\n".encode()


@blueprint.get("/<int:number>/chiffres/<id>")
@requires(Permission.PUBLIC)
def figure(number: int, id: str) -> ResponseReturnValue:
    """Show a figure: what it is, what of it is not shown and why, how to quote it."""
    edition = _edition(number)
    assert edition.content is not None
    assert edition.published_at is not None
    stored = edition.content["figures"].get(id) or abort(404)
    cited = figures.from_stored(stored)
    day = in_paris(edition.published_at).date()
    return conditional(
        render_template(
            "reports/figure.html",
            edition=edition,
            figure=cited,
            text=labels.text_of(cited),
            name=labels.name_of(cited),
            facts=labels.facts_of(cited),
            notices=[it for it in (labels.masked(cited), labels.warning_of(cited)) if it],
            sentence=labels.sentence_of(cited, number, day),
        )
    )


def _page(edition: ReportEdition) -> Response:
    title, body = json.loads(_page_made_once(edition))
    return conditional(
        render_template(
            "reports/report.html",
            title=title,
            body=Markup(body),  # noqa: S704 - a template of ours, escaped
        )
    )


def _page_made_once(edition: ReportEdition) -> bytes:
    """Return title and body of the page, kept as long as nothing that they say changes."""
    cache: PackedCache = current_app.extensions[RENDERED]
    formats, listed = formats_here(current_app.config["HOME"]), editions.published(db.session())
    front = build.front_of(edition)
    others = build.texts_of_others(db.session(), edition, front.made_at)
    known = [(it.number, it.title, it.published_at) for it in listed]
    site = site_of(current_app.config)
    state = repr((*_state(edition), site, others, formats, known))
    key = ("page", hashlib.sha256(state.encode()).digest())
    kept = cache.kept(key)
    if kept is not None:
        return kept
    assert edition.content is not None
    document = build.document_of(
        edition.content,
        front,
        others,
        current_locale(),
        site,
        lambda figure: url_for(".figure", number=edition.number, id=figure.id),
    )
    body = render_template(
        "reports/_body.html",
        document=document,
        edition=edition,
        editions=listed,
        formats=formats,
        changed=comparison.since_before(db.session(), edition),
    )
    made = json.dumps([document.title.typeset, body], ensure_ascii=False)
    return cache.keep(key, made.encode(), QUOTING)


def _state(edition: ReportEdition) -> tuple[int, str | None, str]:
    """Return the key of a frozen report, in the language of the page."""
    return edition.number, edition.content_hash, current_locale()


def _edition(number: int) -> ReportEdition:
    return editions.published_edition(db.session(), number) or abort(404)


def register(app: Flask) -> None:
    """Add the links to reports, and what is kept of them."""
    app.extensions[RENDERED] = PackedCache()
    app.extensions[REPORTS_LINK] = Flag(lambda: editions.is_any_published(db.session()))
