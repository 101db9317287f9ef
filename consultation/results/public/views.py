"""The public pages of results: what is published, and nothing else, of each measure."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consultation.clock import now
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.workbook.columns import TOOL_CODE
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.results.indicators import labels
from consultation.results.models import Snapshot
from consultation.results.public import open_data, quotations
from consultation.results.public import preview_image as picture_file
from consultation.results.public import queries as public_queries
from consultation.results.public.tables import PublicTable, Shown
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("results", __name__, url_prefix="/resultats")
files = Blueprint("results_files", __name__)
"""What stands beside the pages, and not below them."""

QUOTED_FIRST, QUOTED_PER_PAGE = 12, 50
HOUR = 3600
DRAWN, MOST_DRAWN = "consultation_drawn_results", 150
"""Where a process keeps the figures it has drawn, and of how many pages."""


@blueprint.get("")
@requires(Permission.PUBLIC)
def measures() -> ResponseReturnValue:
    """List the measures whose figures are published, all or those that a search leaves."""
    query = request.args.get("q", "").strip()
    listed = public_queries.listed(db.session())
    axes = [axis for axis, _measures in public_queries.by_axis(listed)]
    axis = next((one for one in axes if one.code == request.args.get("axe", "")), None)
    is_narrowed = bool(query or axis)
    if is_narrowed:
        every = queries.measures(db.session(), query=query, axis=axis, with_retired=True)
        found = {one.id for one in every}
        shown = [one for one in listed if one.measure and one.measure.id in found]
    else:
        shown = list(listed)
    return _kept(
        render_template(
            "results/public/measures.html",
            listed=shown,
            by_axis=public_queries.by_axis(shown),
            has_any=bool(listed),
            is_narrowed=is_narrowed,
            axes=axes,
            axis=axis,
            query=query,
            licence=current_app.config["DATA_LICENCE"],
            consultation_round=rounds_queries.current(db.session(), now()),
        )
    )


@files.get("/resultats.json")
@requires(Permission.PUBLIC)
def index() -> ResponseReturnValue:
    """Give out the list of what is published, for whoever reads all of it."""
    made = open_data.index_json(
        public_queries.listed(db.session()), current_app.config["DATA_LICENCE"], _links
    )
    return _file(made, "application/json")


@blueprint.get("/<code>")
@requires(Permission.PUBLIC)
def measure(code: str) -> ResponseReturnValue:
    """Show what is published of one measure, and what may be quoted."""
    snapshot = _snapshot(code)
    quoted = quotations.quotations(db.session(), snapshot, 1, QUOTED_FIRST)
    told = public_queries.rounds_of(db.session(), snapshot.measure_id)
    return _kept(
        render_template(
            "results/public/measure.html",
            snapshot=snapshot,
            public=snapshot.shown,
            figures=_figures(snapshot, _code_of(snapshot)),
            quoted=quoted,
            code=_code_of(snapshot),
            tour=_tour(),
            is_latest=told[0].code == snapshot.shown["round"]["code"],
            others=[one for one in told if one.code != snapshot.shown["round"]["code"]],
            licence=current_app.config["DATA_LICENCE"],
            base_url=current_app.config["BASE_URL"],
            has_picture=public_queries.has_picture(db.session(), snapshot),
            picture_text=picture_file.words_of(snapshot.shown),
        )
    )


@blueprint.get("/<code>/citations")
@requires(Permission.PUBLIC)
def quoted(code: str) -> ResponseReturnValue:
    """Show everything that may be quoted of one measure, a page at a time."""
    snapshot = _snapshot(code)
    page = request.args.get("page", 1, type=int)
    found = quotations.quotations(db.session(), snapshot, page, QUOTED_PER_PAGE)
    return _kept(
        render_template(
            "results/public/quotations.html",
            snapshot=snapshot,
            quoted=found,
            code=_code_of(snapshot),
            tour=_tour(),
        )
    )


@blueprint.get("/<code>.json")
@requires(Permission.PUBLIC)
def whole(code: str) -> ResponseReturnValue:
    """Give out all that the page shows, quotations apart."""
    snapshot = _snapshot(code)
    licence = current_app.config["DATA_LICENCE"]
    return _file(open_data.whole_json(snapshot.shown, licence), "application/json")


@blueprint.get("/<code>/<slug>.json")
@requires(Permission.PUBLIC)
def table_json(code: str, slug: str) -> ResponseReturnValue:
    """Give out one table as JSON."""
    public, table = _table(code, slug)
    made = open_data.table_json(public, table, current_app.config["DATA_LICENCE"])
    return _file(made, "application/json")


@blueprint.get("/<code>/<slug>.csv")
@requires(Permission.PUBLIC)
def table_csv(code: str, slug: str) -> ResponseReturnValue:
    """Give out one table for a spreadsheet."""
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
    """Give out the picture that other sites show beside a link."""
    made = public_queries.picture_of(db.session(), public_id)
    if not made:
        abort(404)
    answer = Response(made, mimetype="image/png")
    answer.headers["Cache-Control"] = f"public, max-age={HOUR}"
    # Other sites show it, which the rest of ours is closed to.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return answer


def _links(one: public_queries.Listed) -> dict[str, str]:
    """Return where that is, and stays when a later round is published."""
    code, tour = one.measure.code if one.measure else TOOL_CODE, one.round["code"]
    here = current_app.config["BASE_URL"]
    return {
        "page": here + url_for("results.measure", code=code, tour=tour),
        "json": here + url_for("results.whole", code=code, tour=tour),
    }


def _snapshot(code: str) -> Snapshot:
    """Return what is published of the measure of that code, retired or not, or of the tool.

    Of the round that the address names, else of the latest.
    """
    measure_id = None
    if code != TOOL_CODE:
        found = queries.bare_measure(db.session(), code)
        measure_id = found.id if found else abort(404)
    return public_queries.of_measure(db.session(), measure_id, _tour()) or abort(404)


def _tour() -> str | None:
    """Return the code of the round that the address names, if it names one."""
    return request.args.get("tour") or None


def _figures(snapshot: Snapshot, code: str) -> Markup:
    """Return the charts and tables of a page, drawn once: what was published never changes."""
    kept: dict[tuple[str, str, str], Markup] = current_app.extensions[DRAWN]
    key = (snapshot.public_id, code, current_locale())
    found = kept.get(key)
    if found is None:
        shown = Shown(snapshot.shown)
        page = render_template(
            "results/public/_figures.html",
            shown=shown,
            code=code,
            tour=snapshot.shown["round"]["code"],
            is_public=True,
            taken_at=snapshot.taken_at,
            licence=current_app.config["DATA_LICENCE"],
        )
        if len(kept) >= MOST_DRAWN:
            kept.clear()
        found = kept[key] = Markup(page)  # noqa: S704 - a template of ours, escaped
    return found


def _code_of(snapshot: Snapshot) -> str:
    return snapshot.measure.code if snapshot.measure else TOOL_CODE


def _table(code: str, slug: str) -> tuple[Mapping[str, Any], PublicTable]:
    public = _snapshot(code).shown
    found = next((one for one in Shown(public).tables() if one.slug == slug), None)
    return public, found or abort(404)


def _file(made: bytes, mimetype: str) -> Response:
    return _kept(Response(made, mimetype=mimetype))


def _kept(made: str | Response) -> Response:
    """Let browsers keep an answer as long as it is the same when they ask again."""
    answer = made if isinstance(made, Response) else Response(made)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def register(app: Flask) -> None:
    """Give `app` its cache of preview images, and templates `conclusion_of`."""
    app.extensions[DRAWN] = {}
    app.jinja_env.globals["conclusion_of"] = labels.conclusion_of
