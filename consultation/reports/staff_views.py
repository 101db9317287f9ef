"""Staff pages of the report: its texts, the figures they may cite, its quotations, a preview."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, moment_of, now
from consultation.db.stale import StaleEdit
from consultation.documents.build import site_of
from consultation.documents.model import Document
from consultation.editions.publication import SecondPersonNeeded
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, folded
from consultation.plan import queries
from consultation.plan.models import Axis
from consultation.reports import build, content, editions, figures, labels, quotations
from consultation.reports.build import Front
from consultation.reports.figures import Figure
from consultation.reports.forms import ReportForm, report_form, report_values
from consultation.reports.models import ReportEdition
from consultation.reports.references import CitationsRefused
from consultation.web.headers import allow_fetching
from consultation.web.navigation import page_of
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work
from consultation.work.services import Work

blueprint = Blueprint("staff_reports", __name__, url_prefix="/organisation/bilan")

FIGURES_ON_PAGE = 100
MOST_PROPOSED = 8
SECOND = (
    "Il faut deux personnes : une autre que celle qui a préparé le bilan doit le publier."
    " Demandez-lui d'ouvrir cette page."
)
UNRESOLVED = "Le bilan cite un chiffre qui n'est plus public. Corrigez ses textes, puis relisez."


@blueprint.get("")
@requires(Permission.PUBLISH_EDITIONS)
def page() -> ResponseReturnValue:
    """Show the reports, and the form of the one in preparation."""
    return _page(_stored_form())


@blueprint.post("")
@requires(Permission.PUBLISH_EDITIONS)
def prepare() -> ResponseReturnValue:
    """Keep the texts of the report in preparation."""
    form = _form(_axes(), request.form)
    return act(
        lambda work: editions.prepare(work, form.texts(), form.seen_at),
        form=form,
        page=partial(_page, form),
        done="Le bilan est gardé. Il n'est pas encore publié.",
        to=url_for(".preview"),
    )


@blueprint.post("/abandonner")
@requires(Permission.PUBLISH_EDITIONS)
def discard() -> ResponseReturnValue:
    seen = moment_of(request.form.get("seen", ""))
    return act(
        lambda work: editions.discard(work, seen),
        page=lambda stale: _page(_stored_form(), stale),
        done="Le bilan en préparation est abandonné.",
        to=url_for(".page"),
    )


@blueprint.get("/chiffres")
@requires(Permission.PUBLISH_EDITIONS)
def citable() -> ResponseReturnValue:
    """List the figures that a report may cite, with what to write."""
    query = request.args.get("q", "").strip()
    matching = [it for it in _figures() if _matches(it, query)]
    listed = page_of(matching, request.args.get("page", 1, type=int), FIGURES_ON_PAGE)
    return render_template(
        "reports/staff/figures.html",
        listed=listed,
        query=query,
        text_of=labels.text_of,
        name_of=labels.name_of,
    )


@blueprint.get("/chiffres.json")
@requires(Permission.PUBLISH_EDITIONS)
def proposed() -> ResponseReturnValue:
    """Serve the first figures whose citation or subject holds words, for completion."""
    query = request.args.get("q", "").strip()
    matching = [it for it in _figures() if _matches(it, query)][:MOST_PROPOSED]
    return [
        {"citation": it.citation, "text": labels.text_of(it), "name": labels.name_of(it)}
        for it in matching
    ]


@blueprint.get("/citations")
@requires(Permission.PUBLISH_EDITIONS)
def choose() -> ResponseReturnValue:
    """Show the texts on a measure that may be quoted."""
    return _choose()


@blueprint.post("/citations")
@requires(Permission.PUBLISH_EDITIONS)
def quote() -> ResponseReturnValue:
    """Quote the texts that are ticked, of those that were shown."""
    known = {it.public_id: it.answer_id for it in _quotable()}
    displayed = [known[it] for it in request.form.getlist("displayed") if it in known]
    chosen = {known[it] for it in request.form.getlist("quotation") if it in known}
    return act(
        lambda work: editions.quote(work, displayed, chosen),
        page=_choose,
        done="Les citations sont gardées.",
        to=url_for(".choose", mesure=request.form.get("mesure") or None),
    )


@blueprint.get("/relire")
@requires(Permission.PUBLISH_EDITIONS)
def preview() -> ResponseReturnValue:
    """Show the report in preparation as it would be published now."""
    return _preview(_prepared())


@blueprint.post("/relire")
@requires(Permission.PUBLISH_EDITIONS)
def publish() -> ResponseReturnValue:
    """Publish the report in preparation, which freezes it."""
    _prepared()

    def publish(work: Work) -> int:
        seen = moment_of(request.form.get("seen", ""))
        needs_second = current_app.config["TWO_MODERATORS"]
        return editions.publish(work, seen, needs_second=needs_second).number

    return act(
        publish,
        page=lambda **displayed: _preview(_prepared(), **displayed),
        refusals={SecondPersonNeeded: SECOND, CitationsRefused: UNRESOLVED},
        done=lambda number: f"Le bilan n° {number} est publié.",
        to=url_for("news.report"),
    )


def _page(form: ReportForm, stale: StaleEdit | None = None) -> str:
    allow_fetching()
    prepared = editions.in_preparation(db.session())
    if stale is not None:
        form.seen.data = prepared.prepared_at.isoformat() if prepared else ""
    return render_template(
        "reports/staff/reports.html",
        form=form,
        axes=form.axes,
        prepared=prepared,
        published=editions.published(db.session()),
        stale_edit=stale,
    )


def _choose(stale: StaleEdit | None = None) -> str:
    edition = _prepared()
    code = request.values.get("mesure", "")
    return render_template(
        "reports/staff/quotations.html",
        measures=queries.measures(db.session()),
        code=code,
        quotable=_quotable(),
        chosen={it.answer_id for it in edition.quotations},
        quoted=quotations.of_edition(db.session(), edition),
        stale_edit=stale,
    )


def _quotable() -> Sequence[quotations.Quotation]:
    """Return the texts on the measure that is asked for."""
    code = request.values.get("mesure", "")
    measure = queries.bare_measure(db.session(), code) if code else None
    return quotations.quotable(db.session(), measure.id) if measure else []


def _preview(edition: ReportEdition, *, problem: str = "", stale: StaleEdit | None = None) -> str:
    document, unresolved = None, []
    try:
        document = _document(edition)
    except CitationsRefused as refused:
        unresolved = list(refused.unresolved)
    needs_second = current_app.config["TWO_MODERATORS"]
    return render_template(
        "reports/staff/preview.html",
        edition=edition,
        document=document,
        unresolved=unresolved,
        problem=problem,
        stale_edit=stale,
        needs_other=needs_second and edition.prepared_by == current_work().actor.id,
    )


def _document(edition: ReportEdition) -> Document:
    """Return the report in preparation as it would be published now."""
    config, at = current_app.config, now()
    drafted = content.frozen(db.session(), edition, in_paris(at).date())
    others = build.texts_of_others(db.session(), edition, at)
    return build.document_of(drafted, Front(0, at, ""), others, DEFAULT_LOCALE, site_of(config))


def _stored_form() -> ReportForm:
    axes = _axes()
    return _form(axes, data=report_values(editions.in_preparation(db.session()), axes))


def _axes() -> list[Axis]:
    """Return the axes that have a measure in force, in the plan's order."""
    return list(dict.fromkeys(it.axis for it in queries.measures(db.session())))


def _form(axes: Sequence[Axis], *args: Any, **kwargs: Any) -> ReportForm:
    return report_form(axes, figures.indexed(_figures()), *args, **kwargs)


def _figures() -> Sequence[Figure]:
    return figures.load(db.session(), in_paris(now()).date())


def _matches(figure: Figure, query: str) -> bool:
    searched = folded(f"{figure.id} {figure.subject.get('fr', '')}")
    return all(part in searched for part in folded(query).split())


def _prepared() -> ReportEdition:
    return editions.in_preparation(db.session()) or abort(404)
