"""Public pages of the report: its editions, their files and data, a page for each figure."""

import json

from flask import Blueprint, Flask, Response, abort, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.documents import handlers
from consultation.documents.build import site_of
from consultation.documents.formats import DocumentFormat, formats_here
from consultation.documents.labels import FORMATS
from consultation.extensions import db
from consultation.reports import archive, build, comparison, editions, figures, labels
from consultation.reports.figures import Figure
from consultation.reports.models import ReportEdition
from consultation.reports.verification import given_files
from consultation.web.headers import conditional
from consultation.web.locale import current_locale
from consultation.web.navigation import REPORTS_LINK, Flag
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("reports", __name__, url_prefix="/bilan")


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
    edition, site = _edition(number), site_of(current_app.config)
    document = build.published_document(db.session(), edition, current_locale(), site)
    format = DocumentFormat(extension)
    answer = handlers.answer_with(document, format)
    given_files.remember(db.session(), edition, document, format, answer.get_data(), now())
    return answer


@blueprint.get("/<int:number>/donnees.zip")
@requires(Permission.PUBLIC)
def data(number: int) -> ResponseReturnValue:
    """Serve the figures of a report as data: CSV, data package, DDI codebook."""
    edition = _edition(number)
    assert edition.content is not None
    licence = current_app.config["DATA_LICENCE"]
    made = archive.archived(edition.content, build.front_of(edition), licence)
    answer = Response(made, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="bilan-{number}-donnees.zip"'
    return conditional(answer)


@blueprint.get("/<int:number>.json")
@requires(Permission.PUBLIC)
def whole(number: int) -> ResponseReturnValue:
    """Serve a report as it was frozen, with its hash."""
    edition = _edition(number)
    content = {
        "format": "consultation-report",
        "number": number,
        "hash": edition.content_hash,
        "licence": current_app.config["DATA_LICENCE"],
        "content": edition.content,
    }
    made = json.dumps(content, ensure_ascii=False, indent=2) + "\n"
    return conditional(Response(made, mimetype="application/json"))


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
    def address_of(figure: Figure) -> str:
        return url_for(".figure", number=edition.number, id=figure.id)

    document = build.published_document(
        db.session(), edition, current_locale(), site_of(current_app.config), address_of
    )
    return conditional(
        render_template(
            "reports/report.html",
            document=document,
            edition=edition,
            editions=editions.published(db.session()),
            formats={it: FORMATS[it] for it in formats_here()},
            changed=comparison.since_before(db.session(), edition),
        )
    )


def _edition(number: int) -> ReportEdition:
    return editions.published_edition(db.session(), number) or abort(404)


def register(app: Flask) -> None:
    """Add the links to reports."""
    app.extensions[REPORTS_LINK] = Flag(lambda: editions.is_any_published(db.session()))
