"""Public pages of the report: its editions, axes and measures, their files, each figure."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    current_app,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from consultation.clock import in_paris
from consultation.documents.build import site_of, text_in
from consultation.documents.formats import DocumentFormat, formats_here
from consultation.documents.labels import size_text
from consultation.documents.model import Document, Text
from consultation.documents.public import handlers
from consultation.documents.public.files import PublicFile, PublicFiles
from consultation.extensions import db
from consultation.plan.models import Level
from consultation.reports import archive, build, comparison, editions, figures, files, labels
from consultation.reports import content as report_content
from consultation.reports.build import Others
from consultation.reports.comparison import Changes
from consultation.reports.figures import Figure
from consultation.reports.models import ReportEdition
from consultation.reports.pages import counts, parts, sentences
from consultation.reports.pages.counts import ByCode
from consultation.reports.pages.parts import Content
from consultation.reports.printed import layout
from consultation.web.headers import conditional
from consultation.web.locale import current_locale
from consultation.web.navigation import REPORTS_LINK, Flag
from consultation.web.page_cache import QUOTING, PackedCache
from consultation.web.permissions import Permission, requires
from consultation.web.typography import label_of, typeset

blueprint = Blueprint("reports", __name__, url_prefix="/bilan")

SUMMARY = layout.SUMMARY
RENDERED = "consultation_rendered_reports"
"""Key of a process's cache of pages and data of reports."""


@blueprint.get("")
@requires(Permission.PUBLIC)
def latest() -> ResponseReturnValue:
    """Show the last report, or say that there is none yet."""
    edition = editions.published_edition(db.session())
    if edition is None:
        return render_template("reports/none.html"), 404
    return _page(edition, _cover)


@blueprint.get("/<int:number>")
@requires(Permission.PUBLIC)
def report(number: int) -> ResponseReturnValue:
    """Show the cover of a report: what the plan has achieved, in words and figures."""
    return _page(_edition(number), _cover)


@blueprint.get("/<int:number>/axes/<code>")
@requires(Permission.PUBLIC)
def axis(number: int, code: str) -> ResponseReturnValue:
    """Show an axis of a report, a row for each of its measures."""
    return _page(_edition(number), partial(_axis, code=code), "axis", code)


@blueprint.get("/<int:number>/mesures/<code>")
@requires(Permission.PUBLIC)
def measure(number: int, code: str) -> ResponseReturnValue:
    """Show all that a report says of a measure."""
    return _page(_edition(number), partial(_measure, code=code), "measure", code)


@blueprint.get("/<int:number>/bilan.<any(pdf, docx, odt, html):extension>")
@requires(Permission.PUBLIC)
def file(number: int, extension: str) -> ResponseReturnValue:
    """Serve a report as a file, written for who asks first."""
    edition = _edition(number)
    others = build.public_texts_of_others(db.session(), edition)
    return handlers.answer_with(_file(edition, others, DocumentFormat(extension)))


@blueprint.get("/<int:number>/resume.pdf")
@requires(Permission.PUBLIC)
def summary(number: int) -> ResponseReturnValue:
    """Serve the first two pages of a report alone."""
    return handlers.answer_with(_summary(_edition(number)) or abort(404))


def _summary(edition: ReportEdition) -> PublicFile | None:
    """The file of the summary, None for a report that was published without one."""
    cache: PackedCache = current_app.extensions[RENDERED]
    key = ("summed up", edition.number, edition.content_hash)
    if cache.content(key, lambda: b"1" if layout.is_summed_up(edition) else b"0") == b"0":
        return None
    return files.summary_of(db.session(), edition, current_locale(), current_app.config)


def _file(edition: ReportEdition, others: Others, format: DocumentFormat) -> PublicFile:
    settings = current_app.config
    return files.file_of(db.session(), edition, others, current_locale(), format, settings)


@blueprint.get("/<int:number>/donnees.zip")
@requires(Permission.PUBLIC)
def data(number: int) -> ResponseReturnValue:
    """Serve the figures of a report as data: CSV, data package, DDI codebook."""
    answer = Response(_data(_edition(number)), mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="bilan-{number}-donnees.zip"'
    return conditional(answer)


@blueprint.get("/<int:number>.json")
@requires(Permission.PUBLIC)
def whole(number: int) -> ResponseReturnValue:
    """Serve a report as it was frozen, with its hash."""
    return conditional(Response(_as_json(_edition(number)), mimetype="application/json"))


def _data(edition: ReportEdition) -> bytes:
    licence = current_app.config["DATA_LICENCE"]
    cache: PackedCache = current_app.extensions[RENDERED]
    return cache.content(
        ("data", *_state(edition), licence),
        lambda: archive.archived(edition.content or {}, build.front_of(edition), licence),
    )


def _as_json(edition: ReportEdition) -> bytes:
    licence = current_app.config["DATA_LICENCE"]
    cache: PackedCache = current_app.extensions[RENDERED]

    def written() -> bytes:
        content = {
            "format": "consultation-report",
            "number": edition.number,
            "hash": edition.content_hash,
            "licence": licence,
            "content": edition.content,
        }
        return f"{json.dumps(content, ensure_ascii=False, indent=2)}\n".encode()

    return cache.content(("whole", *_state(edition), licence), written)


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
            measure=parts.measure_with(edition.content, cited.code),
            text=labels.text_of(cited),
            name=labels.name_of(cited),
            facts=labels.facts_of(cited),
            notices=[it for it in (labels.masked(cited), labels.warning_of(cited)) if it],
            sentence=labels.sentence_of(cited, number, day),
        )
    )


@dataclass(frozen=True)
class _Report:
    """A published report from which a page is made."""

    edition: ReportEdition
    content: Content
    others: Others
    lengths: Mapping[str, str]
    """The length of each of its files that is made already, by the end of its address."""

    def document(self, content: Content) -> Document:
        """Return the document of a part of its content."""
        return build.document_of(
            content,
            build.front_of(self.edition),
            self.others,
            current_locale(),
            site_of(current_app.config),
            self.address_of,
        )

    def address_of(self, figure: Figure) -> str:
        return url_for(".figure", number=self.edition.number, id=figure.id)

    def figures(self) -> ByCode:
        return counts.by_code(report_content.figures_of(self.content))

    def changes(self, measures: Sequence[Content] | None = None) -> Changes | None:
        """Return the changes since the report before, of these measures or of all."""
        codes = None if measures is None else parts.codes_of(measures)
        return comparison.since_before(db.session(), self.edition, codes)


Made = tuple[str, str, str]
"""Title, description and body of a page."""


def _page(edition: ReportEdition, make: Callable[[_Report], Made], *place: str) -> Response:
    title, description, body = json.loads(_made_once(edition, make, place))
    address = url_for(str(request.endpoint), **(request.view_args or {}))
    sharing = {"title": title, "description": description, "address": address}
    return conditional(
        render_template(
            "reports/report.html",
            title=title,
            sharing=sharing,
            body=Markup(body),  # noqa: S704 - a template of ours, escaped
        )
    )


def _made_once(
    edition: ReportEdition, make: Callable[[_Report], Made], place: Sequence[str]
) -> bytes:
    """Return the page of `make`, kept as long as nothing that it says changes."""
    cache: PackedCache = current_app.extensions[RENDERED]
    listed = editions.published(db.session())
    others = build.public_texts_of_others(db.session(), edition)
    lengths = _lengths(edition, others)
    known = [(it.number, it.title, it.published_at) for it in listed]
    site = site_of(current_app.config)
    state = repr((*_state(edition), site, others, lengths, known, place))
    key = ("page", hashlib.sha256(state.encode()).digest())
    kept = cache.kept(key)
    if kept is not None:
        return kept
    assert edition.content is not None
    made = make(_Report(edition, edition.content, others, lengths))
    return cache.keep(key, json.dumps(made, ensure_ascii=False).encode(), QUOTING)


def _cover(report: _Report) -> Made:
    document, known = report.document(parts.without_axes(report.content)), report.figures()
    axes, changes = report.content["axes"], report.changes()
    measures = [it for axis in axes for it in axis["measures"]]
    whole = counts.counts_of(measures, known)
    body = render_template(
        "reports/_cover.html",
        document=document,
        edition=report.edition,
        counts=whole,
        statements=sentences.of_part(whole, changes),
        chapters=[(it, _title(it), counts.counts_of(it["measures"], known)) for it in axes],
        changed=changes and parts.by_measure(changes, measures),
        editions=editions.published(db.session()),
        downloads=_downloads(report),
        sentences=sentences,
    )
    return document.title.typeset, sentences.achieved(whole), body


def _axis(report: _Report, code: str) -> Made:
    axes = report.content["axes"]
    chosen = next((it for it in axes if it["code"] == code), None) or abort(404)
    document, known = report.document(parts.of_axis(report.content, chosen)), report.figures()
    (entry,), measures = document.axes, chosen["measures"]
    counted, changes = counts.counts_of(measures, known), report.changes(measures)
    before, after = parts.beside(axes, code)
    body = render_template(
        "reports/_axis.html",
        document=document,
        edition=report.edition,
        axis=entry,
        counts=counted,
        statements=sentences.of_part(counted, changes),
        rows=[
            parts.measure_part(it, measure, known, report.address_of)
            for it, measure in zip(entry.measures, measures, strict=True)
        ],
        before=before and (before["code"], _title(before)),
        after=after and (after["code"], _title(after)),
        sentences=sentences,
        labels=labels,
    )
    return f"{_axis_name(code)} · {entry.title.typeset}", sentences.achieved(counted), body


def _measure(report: _Report, code: str) -> Made:
    every = parts.measures_of(report.content)
    place = next((it for it in every if it[1]["code"] == code), None) or abort(404)
    document = report.document(parts.of_measure(report.content, *place))
    (axis,), known = document.axes, report.figures()
    part = parts.measure_part(axis.measures[0], place[1], known, report.address_of)
    before, after = parts.beside([it for _axis, it in every], code)
    levels = {it: Level(figure.facts["level"]) for it, figure in part.assessments.items()}
    sentence = sentences.of_measure(levels)
    body = render_template(
        "reports/_measure.html",
        document=document,
        edition=report.edition,
        axis=axis,
        part=part,
        sentence=sentence,
        changes=report.changes([place[1]]),
        before=before and (before["code"], _title(before)),
        after=after and (after["code"], _title(after)),
        sentences=sentences,
        labels=labels,
        address_of=report.address_of,
    )
    return f"{code} · {part.entry.title.typeset}", sentence, body


def _axis_name(code: str) -> str:
    return typeset(_("Axe %(code)s", code=code))


def _title(titled: Content) -> Text:
    title = text_in(titled["title"], current_locale())
    assert title is not None
    return title


@dataclass(frozen=True)
class _Download:
    """A file of a report, and what is known of it before it is fetched."""

    address: str
    label: str
    size: str


def _downloads(report: _Report) -> list[_Download]:
    """Return the files of a report; of what was made already, its length is known."""
    edition, number = report.edition, report.edition.number
    data, whole = size_text(len(_data(edition))), size_text(len(_as_json(edition)))
    listed = []
    for name, length in report.lengths.items():
        label = (
            _("Résumé en PDF, à imprimer") if name == SUMMARY else label_of(DocumentFormat(name))
        )
        address = (
            url_for(".summary", number=number)
            if name == SUMMARY
            else url_for(".file", number=number, extension=name)
        )
        listed.append(_Download(address, label, length))
    listed.append(
        _Download(url_for(".data", number=number), _("Données en CSV, avec notice"), data)
    )
    return [*listed, _Download(url_for(".whole", number=number), "JSON", whole)]


PAGES = re.compile(rb"/Type\s*/Pages\s*/Count (\d+)")
"""How a PDF says how many pages it has."""


def _lengths(edition: ReportEdition, others: Others) -> dict[str, str]:
    """Return the size of each file, empty for one not made yet; with the pages of a PDF."""
    wanted = {
        it.value: _file(edition, others, it) for it in formats_here(current_app.config["HOME"])
    }
    if (alone := _summary(edition)) is not None:
        wanted = {SUMMARY: alone, **wanted}
    return {name: _length(file) for name, file in wanted.items()}


def _length(wanted: PublicFile) -> str:
    files: PublicFiles = current_app.extensions[handlers.FILES]
    size = files.size(wanted)
    if not size:
        return ""
    made = files.kept(wanted) if wanted.format is DocumentFormat.PDF else None
    if made and (pages := PAGES.search(made)):
        counted = ngettext("%(num)s page", "%(num)s pages", int(pages[1]))
        return typeset(f"{counted}, {size_text(size)}")
    return size_text(size)


def _state(edition: ReportEdition) -> tuple[int, str | None, str]:
    """Return the key of a frozen report, in the language of the page."""
    return edition.number, edition.content_hash, current_locale()


def _edition(number: int) -> ReportEdition:
    return editions.published_edition(db.session(), number) or abort(404)


def register(app: Flask) -> None:
    """Add the links to reports, and what is kept of them."""
    app.extensions[RENDERED] = PackedCache()
    app.extensions[REPORTS_LINK] = Flag(lambda: editions.is_any_published(db.session()))
