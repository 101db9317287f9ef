"""Public result pages and files: the published figures of each measure."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consultation.clock import in_paris, now
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.models import Axis
from consultation.plan.search import index as search_index
from consultation.plan.workbook.columns import TOOL_CODE
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.results.models import Snapshot
from consultation.results.public import labels, open_data, preview_image, quotations
from consultation.results.public import queries as public_queries
from consultation.results.public.overview import Gist, Outcome, Part, gist_of, part_of
from consultation.results.public.queries import PublicMeasure
from consultation.results.public.tables import PublicFigures, PublicTable
from consultation.spreadsheets.writer import Format
from consultation.web.headers import conditional
from consultation.web.locale import current_language, current_locale
from consultation.web.navigation import RESULTS_LINK, Flag
from consultation.web.page_cache import PackedCache, made_once
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("results", __name__, url_prefix="/resultats")
files = Blueprint("results_files", __name__)
"""Addresses beside those of the pages."""

QUOTED_FIRST, QUOTED_PER_PAGE = 12, 50
HOUR = 3600
MOST_UNFOLDED = 12
"""Number of measures beyond which the axes of the overview are folded."""
OVERVIEW, MOST_IN_OVERVIEW = "consultation_rendered_overview", 600
"""Key of a process's cache of the rows of the overview, and its number of measures."""
RENDERED = "consultation_rendered_figures"
"""Key of a process's cache of rendered figures."""


class Listed(NamedTuple):
    """A measure of the overview: its latest public figures, and what they come to."""

    result: PublicMeasure
    gist: Gist
    rows: Markup
    """Its indicators of which something is known."""


@blueprint.get("")
@requires(Permission.PUBLIC)
def measures() -> ResponseReturnValue:
    """Show what all published figures say together, then each measure; or those searched for."""
    query = request.args.get("q", "").strip()
    published = public_queries.measures(db.session())
    axes = [axis for axis, _measures in public_queries.by_axis(published)]
    if published and current_language().is_short:
        return _one_by_one(published)
    axis = next((it for it in axes if it.code == request.args.get("axe", "")), None)
    listed = _listed(_narrowed(published, query, axis) if query or axis else published)
    outcomes = {it: [row for row in listed if row.gist.outcome is it] for it in Outcome}
    is_long = len(outcomes[Outcome.CONCLUDED]) > MOST_UNFOLDED
    return conditional(
        render_template(
            "results/public/measures.html",
            has_any=bool(published),
            has_tool=any(not it.measure for it in published),
            is_narrowed=bool(query or axis),
            together=None if query or axis else _together(listed),
            listed=listed,
            outcomes=outcomes,
            is_long=is_long,
            sentences=labels,
            Outcome=Outcome,
            axes=axes,
            axis=axis,
            query=query,
            suggestions=[] if listed else _suggestions(query, published),
            licence=current_app.config["DATA_LICENCE"],
            consultation_round=rounds_queries.current(db.session(), now()),
        )
    )


def _one_by_one(published: Sequence[PublicMeasure]) -> ResponseReturnValue:
    """Show a sentence for each indicator, for the languages whose pages are short."""
    listed = _listed(published)
    return conditional(
        render_template(
            "results/public/one_by_one.html",
            listed=listed,
            dated=labels.dated([in_paris(it.result.taken_at).date() for it in listed]),
            has_tool=len(listed) < len(published),
        )
    )


def _narrowed(
    published: Sequence[PublicMeasure], query: str, axis: Axis | None
) -> list[PublicMeasure]:
    wanted = queries.measures(db.session(), query=query, axis=axis, with_retired=True)
    ids = {measure.id for measure in wanted}
    return [it for it in published if it.measure and it.measure.id in ids]


def _suggestions(query: str, published: Sequence[PublicMeasure]) -> list[str]:
    """Return words of the plan that find a measure with public figures."""
    suggested = search_index.load(db.session(), with_retired=True).suggestions(
        query, current_locale()
    )
    return [word for word in suggested if _narrowed(published, word, None)]


class AxisPart(NamedTuple):
    """What is said together of an axis, and its measures that have something to show."""

    part: Part
    listed: Sequence[Listed]


class Together(NamedTuple):
    """What all published figures say together, and of which days they are."""

    whole: Part
    axes: Sequence[AxisPart]
    dated: str
    has_totals: bool

    @property
    def most(self) -> int:
        """The most contributions of an axis, the full width of their bars."""
        return max(it.part.responses for it in self.axes)

    @property
    def is_any_hidden(self) -> bool:
        """Whether the total of an axis is hidden, and not all of them are withdrawn."""
        return self.has_totals and any(it.part.opinion.base is None for it in self.axes)


def _together(listed: Sequence[Listed]) -> Together:
    totals = public_queries.totals(db.session())
    content: Mapping[str, Any] = totals.content if totals else {"axes": (), "plan": None}
    by_code = {it["code"]: it for it in content["axes"]}
    by_id = {it.result.public_id: it for it in listed}
    axes = [
        (axis, [by_id[it.public_id] for it in results])
        for axis, results in public_queries.by_axis(it.result for it in listed)
    ]
    parts = [
        AxisPart(
            part_of([it.gist for it in of_axis], by_code.get(axis.code), axis),
            [it for it in of_axis if it.gist.outcome is Outcome.CONCLUDED],
        )
        for axis, of_axis in axes
    ]
    days = [in_paris(it.result.taken_at).date() for it in listed]
    whole = part_of([it.gist for it in listed], content["plan"])
    return Together(whole, parts, labels.dated(days) if days else "", totals is not None)


@files.get("/resultats.json")
@requires(Permission.PUBLIC)
def index() -> ResponseReturnValue:
    """Serve the index of published figures as JSON."""
    made = open_data.index_json(
        public_queries.measures(db.session()),
        public_queries.totals(db.session()),
        current_app.config["DATA_LICENCE"],
        _links,
    )
    return _file(made, "application/json")


@files.get("/resultats.<any(csv, xlsx):ending>")
@requires(Permission.PUBLIC)
def figures(ending: str) -> ResponseReturnValue:
    """Serve all public figures of all measures and rounds in one file for a spreadsheet."""
    format = Format(ending)
    answer = Response(_all_figures(format), content_type=format.list_media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="resultats.{ending}"'
    return conditional(answer)


@blueprint.get("/<code>")
@requires(Permission.PUBLIC)
def measure(code: str) -> ResponseReturnValue:
    """Display the published figures of one measure, and the first quotations."""
    snapshot = _snapshot(code)
    quoted = quotations.quotations(db.session(), snapshot, 1, QUOTED_FIRST)
    rounds = public_queries.rounds_of(db.session(), snapshot.measure_id)
    return conditional(
        render_template(
            "results/public/measure.html",
            snapshot=snapshot,
            public=snapshot.public,
            figures=_figures(snapshot, _code_of(snapshot)),
            quoted=quoted,
            code=_code_of(snapshot),
            tour=_tour(),
            is_latest=rounds[0].code == snapshot.public["round"]["code"],
            others=[it for it in rounds if it.code != snapshot.public["round"]["code"]],
            licence=current_app.config["DATA_LICENCE"],
            base_url=current_app.config["BASE_URL"],
            has_picture=public_queries.has_picture(db.session(), snapshot),
            picture_text=preview_image.alternative_text(snapshot.public),
        )
    )


@blueprint.get("/<code>/citations")
@requires(Permission.PUBLIC)
def quoted(code: str) -> ResponseReturnValue:
    """Display all quotations of one measure, a page at a time."""
    snapshot = _snapshot(code)
    page = request.args.get("page", 1, type=int)
    quoted_page = quotations.quotations(db.session(), snapshot, page, QUOTED_PER_PAGE)
    return conditional(
        render_template(
            "results/public/quotations.html",
            snapshot=snapshot,
            quoted=quoted_page,
            code=_code_of(snapshot),
            tour=_tour(),
        )
    )


@blueprint.get("/<code>.json")
@requires(Permission.PUBLIC)
def whole(code: str) -> ResponseReturnValue:
    """Serve all figures of a measure as JSON, without quotations."""
    snapshot = _snapshot(code)
    licence = current_app.config["DATA_LICENCE"]
    return _file(open_data.whole_json(snapshot.public, licence), "application/json")


@blueprint.get("/<code>/<slug>.json")
@requires(Permission.PUBLIC)
def table_json(code: str, slug: str) -> ResponseReturnValue:
    public, table = _table(code, slug)
    made = open_data.table_json(public, table, current_app.config["DATA_LICENCE"])
    return _file(made, "application/json")


@blueprint.get("/<code>/<slug>.csv")
@requires(Permission.PUBLIC)
def table_csv(code: str, slug: str) -> ResponseReturnValue:
    """Serve one table as CSV for a French spreadsheet."""
    public, table = _table(code, slug)
    made = open_data.table_csv(public, table, current_app.config["DATA_LICENCE"])
    answer = _file(made, "text/csv")
    measure = public["measure"]["code"] if public["measure"] else TOOL_CODE
    name = f"resultats-{measure}-{public['round']['code']}-{slug}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@blueprint.get("/image/<public_id>.png")
@requires(Permission.PUBLIC)
def picture(public_id: str) -> ResponseReturnValue:
    """Serve the preview image that other sites display beside a link."""
    made = public_queries.picture_of(db.session(), public_id)
    if not made:
        abort(404)
    answer = Response(made, mimetype="image/png")
    answer.headers["Cache-Control"] = f"public, max-age={HOUR}"
    # Other sites display it; the other resources of this one are closed to them.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _all_figures(format: Format) -> bytes:
    """Return the file of all figures, made once for what is public: a snapshot never changes."""
    latest = public_queries.measures(db.session())
    published = [it for last in latest for it in (*last.earlier, last)]
    totals = public_queries.totals(db.session())
    licence = current_app.config["DATA_LICENCE"]
    ids = [it.public_id for it in published]

    def made() -> bytes:
        contents = public_queries.contents(db.session(), ids)
        in_order = [contents[it] for it in ids if it in contents]
        return open_data.figures_file(in_order, totals, licence, format)

    key = (format, licence, tuple(ids), totals and totals.content["taken_at"])
    return made_once(current_app.extensions[RENDERED], key, made)


def _links(public: public_queries.PublicMeasure) -> dict[str, str]:
    """Return the addresses of figures, which stay when a later round is published."""
    code, tour = public.measure.code if public.measure else TOOL_CODE, public.round["code"]
    here = current_app.config["BASE_URL"]
    return {
        "page": here + url_for("results.measure", code=code, tour=tour),
        "json": here + url_for("results.whole", code=code, tour=tour),
    }


def _snapshot(code: str) -> Snapshot:
    """Return the public snapshot of a measure, retired or not, or of the tool; else abort.

    It is of the round in the address, else of the latest.
    """
    measure_id = None
    if code != TOOL_CODE:
        measure = queries.bare_measure(db.session(), code)
        measure_id = measure.id if measure else abort(404)
    return public_queries.of_measure(db.session(), measure_id, _tour()) or abort(404)


def _tour() -> str | None:
    """Return the code of the round in the address, None without."""
    return request.args.get("tour") or None


def _figures(snapshot: Snapshot, code: str) -> Markup:
    """Return the charts and tables of a page, rendered once: a snapshot never changes."""
    cache: PackedCache = current_app.extensions[RENDERED]
    is_short = current_language().is_short
    template = "results/public/_folded.html" if is_short else "results/public/_figures.html"

    def made() -> bytes:
        return render_template(
            template,
            figures=PublicFigures(snapshot.public),
            code=code,
            tour=snapshot.public["round"]["code"],
            is_public=True,
            taken_at=snapshot.taken_at,
            licence=current_app.config["DATA_LICENCE"],
        ).encode()

    page = cache.content((snapshot.public_id, code, current_locale()), made).decode()
    return Markup(page)  # noqa: S704 - a template of ours, escaped


def _listed(results: Sequence[PublicMeasure]) -> list[Listed]:
    """Return measures with what their figures come to, made once as these never change."""
    cache: dict[tuple[str, str], tuple[Gist, Markup]] = current_app.extensions[OVERVIEW]
    locale = current_locale()
    is_short = current_language().is_short
    template = "results/public/_sentences.html" if is_short else "results/public/_indicators.html"
    ids = [it.public_id for it in results if it.measure]
    made = {it: cache[it, locale] for it in ids if (it, locale) in cache}
    missing = public_queries.contents(db.session(), [it for it in ids if it not in made])
    for public_id, public in missing.items():
        figures = PublicFigures(public)
        page = render_template(template, figures=figures)
        made[public_id] = gist_of(figures), Markup(page)  # noqa: S704 - ours, escaped
    if len(cache) + len(missing) > MOST_IN_OVERVIEW:
        cache.clear()
    cache.update({(it, locale): made[it] for it in missing})
    return [Listed(it, *made[it.public_id]) for it in results if it.measure]


def _code_of(snapshot: Snapshot) -> str:
    return snapshot.measure.code if snapshot.measure else TOOL_CODE


def _table(code: str, slug: str) -> tuple[Mapping[str, Any], PublicTable]:
    public = _snapshot(code).public
    table = next((it for it in PublicFigures(public).tables() if it.slug == slug), None)
    return public, table or abort(404)


def _file(made: bytes, mimetype: str) -> Response:
    return conditional(Response(made, mimetype=mimetype))


def register(app: Flask) -> None:
    """Add the caches of rendered figures, the words of figures, and the header's link."""
    app.extensions[RESULTS_LINK] = Flag(lambda: public_queries.has_results(db.session()))
    app.extensions[RENDERED], app.extensions[OVERVIEW] = PackedCache(), {}
    app.jinja_env.globals |= {
        "headline_of": labels.headline,
        "result_of": labels.result,
        "tags_of": labels.tags,
        "verdict_of": labels.verdict,
    }
