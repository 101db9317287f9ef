"""Staff pages of the report: its texts, the figures they may cite, its quotations, a preview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, moment_of, now
from consultation.db.stale import StaleEdit
from consultation.documents.build import site_of
from consultation.documents.formats import DocumentFormat, written
from consultation.editions.models import digest
from consultation.editions.publication import SecondPersonNeeded
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, folded
from consultation.plan import queries
from consultation.plan.models import Axis
from consultation.plan.values.models import Reporter
from consultation.questionnaires.rounds import queries as rounds
from consultation.reports import build, comparison, content, editions, figures, labels, quotations
from consultation.reports.build import Front
from consultation.reports.figures import JUDGEMENT, Figure
from consultation.reports.forms import ReportForm, sent_form, stored_form
from consultation.reports.models import ReportEdition
from consultation.reports.printed import layout
from consultation.reports.references import CitationsRefused
from consultation.reports.writing import picks
from consultation.reports.writing.own_texts import rereading_of
from consultation.reports.writing.picks import Wanted
from consultation.reports.writing.typed_numbers import IN_BROWSERS
from consultation.turns import turn
from consultation.web.forms import version_number
from consultation.web.headers import allow_fetching
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted, typeset
from consultation.work.actions import act, current_work
from consultation.work.lists import ListFilter, Listing
from consultation.work.services import Work

blueprint = Blueprint("staff_reports", __name__, url_prefix="/organisation/bilan")

FIGURES_ON_PAGE = 60
MOST_OFFERED = 20
CHOOSE_INDICATOR = "Choisissez d'abord un indicateur ou une mesure."
NOTHING_OFFERED = (
    "Aucun chiffre publié ne répond à ce choix : changez l'échéance ou la source, ou publiez"
    " d'abord la valeur."
)
NOTHING_TICKED = "Cochez d'abord des chiffres qui ne sont pas encore dans la liste."
MORE = (
    "Il y a encore {more} : choisissez aussi une échéance ou une source, ou ouvrez « Voir tous les"
    " chiffres »."
)
TAKEN_AWAY = "Le numéro [{number}] n'a plus de chiffre. Les autres gardent le leur."
SECOND = (
    "Il faut deux personnes : une autre que celle qui a préparé le bilan doit le publier."
    " Demandez-lui d'ouvrir cette page."
)
CHANGED = (
    "Des chiffres ou le plan ont changé depuis que vous avez relu le bilan. Cette page est à jour :"
    " relisez ce qui est nouveau, puis publiez. L'aperçu du bilan entier a tous les chiffres."
)
UNRESOLVED = "Le bilan cite un chiffre qui n'est plus public. Corrigez ses textes, puis relisez."


class NotAsReread(Exception):
    """The report would freeze something else than what was reread."""


def _matches(figure: Figure, query: str) -> bool:
    searched = folded(f"{figure.id} {figure.subject.get('fr', '')}")
    return all(part in searched for part in folded(query).split())


SEARCH = (ListFilter("q", "Mots ou code", _matches),)


@blueprint.get("")
@requires(Permission.PUBLISH_EDITIONS)
def page() -> ResponseReturnValue:
    """Show the reports, and the form of the one in preparation."""
    return _page(_stored_form())


@blueprint.post("")
@requires(Permission.PUBLISH_EDITIONS)
def prepare() -> ResponseReturnValue:
    """Keep the texts of the report in preparation, or change the figures of the form."""
    form = sent_form(_axes(), _indexed(), request.form)
    if {"pick", "gone"} & request.form.keys():
        return _page(form, picking=_picked(form))
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
    return render_template(
        "reports/staff/figures.html",
        listing=Listing("staff_reports.citable", _figures(), SEARCH, length=FIGURES_ON_PAGE),
        text_of=labels.text_of,
        name_of=labels.name_of,
    )


@blueprint.get("/chiffres.json")
@requires(Permission.PUBLISH_EDITIONS)
def proposed() -> ResponseReturnValue:
    """Serve the figures of an indicator, an échéance and who gives them, to be picked."""
    offered = _offered(_indexed(), picks.wanted_of(request.args))
    proposed = [
        {"id": it.full_id, "code": it.code, "text": labels.text_of(it), "name": _name(it)}
        for it in offered.figures
    ]
    return {"figures": proposed, "sentence": typeset(offered.sentence)}


@dataclass(frozen=True)
class Offered:
    """Figures to tick, and what to do where they are none or not all."""

    figures: Sequence[Figure]
    sentence: str


def _offered(known: Mapping[str, Figure], wanted: Wanted) -> Offered:
    if not wanted.code:
        return Offered([], "")
    matching = picks.matching(known, wanted)
    more = len(matching) - MOST_OFFERED
    sentence = "" if matching else NOTHING_OFFERED
    if more > 0:
        sentence = MORE.format(more=counted(more, "chiffre", "chiffres"))
    return Offered(matching[:MOST_OFFERED], sentence)


def _name(figure: Figure) -> str:
    """Name a figure and its giver."""
    said_by = "" if figure.kind == JUDGEMENT else labels.speaker_of(figure)
    return ", ".join(it for it in (labels.name_of(figure), said_by) if it)


def _picked(form: ReportForm) -> str:
    """Change the picked figures of a form as it asks for; return what came of it, in a sentence."""
    if "gone" in request.form:
        form.take_away(number := version_number(request.form["gone"]))
        return TAKEN_AWAY.format(number=number)
    if request.form["pick"] == "add":
        count = form.pick(request.form.getlist("choisi"))
        added = counted(count, "chiffre ajouté", "chiffres ajoutés")
        return f"{added}." if count else NOTHING_TICKED
    return "" if request.form.get("code") else CHOOSE_INDICATOR


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
    """Show what the team wrote, cites and quotes, and what changed since the report before."""
    return _preview(_prepared())


@blueprint.get("/apercu.<any(bilan, resume):part>.pdf")
@requires(Permission.PUBLISH_EDITIONS)
def printed(part: str) -> ResponseReturnValue:
    """Serve the report in preparation, or its summary, as the PDF that would be published now."""
    edition, front = _prepared(), Front(0, now(), "")
    try:
        drafted = _drafted(edition, front)
    except CitationsRefused:
        return redirect(url_for(".preview"), 303)
    others = build.texts_of_others(db.session(), edition, front.made_at)
    before = comparison.before(db.session(), edition.number)
    alone = layout.SUMMARY if part == "resume" else ""
    site = site_of(current_app.config)
    document = layout.document_of(drafted, front, others, DEFAULT_LOCALE, site, before, alone)
    db.session.rollback()
    with turn():
        made = written(document, DocumentFormat.PDF)
    return Response(made, content_type=DocumentFormat.PDF.media_type)


@blueprint.post("/relire")
@requires(Permission.PUBLISH_EDITIONS)
def publish() -> ResponseReturnValue:
    """Publish the report in preparation, if what it freezes is what was reread."""
    _prepared()

    def publish(work: Work) -> int:
        seen = moment_of(request.form.get("seen", ""))
        needs_second = current_app.config["TWO_MODERATORS"]
        edition = editions.publish(work, seen, needs_second=needs_second)
        if edition.content_hash != request.form.get("shown"):
            raise NotAsReread
        return edition.number

    return act(
        publish,
        page=lambda **displayed: _preview(_prepared(), **displayed),
        refusals={
            SecondPersonNeeded: SECOND,
            CitationsRefused: UNRESOLVED,
            NotAsReread: CHANGED,
        },
        done=lambda number: f"Le bilan n° {number} est publié.",
        to=url_for("news.report"),
    )


def _page(form: ReportForm, stale: StaleEdit | None = None, picking: str = "") -> str:
    allow_fetching()
    wanted = picks.wanted_of(request.form)
    prepared = editions.in_preparation(db.session())
    if stale is not None:
        form.seen.data = prepared.prepared_at.isoformat() if prepared else ""
        _show_both(form, prepared)
    return render_template(
        "reports/staff/reports.html",
        form=form,
        axes=form.axes,
        subjects={it.code: it.subject for it in form.figures.values()},
        picking=picking,
        wanted=wanted,
        offered=_offered(form.figures, wanted),
        ticked=request.form.getlist("choisi") if request.form.get("pick") != "add" else [],
        moments=picks.MOMENTS,
        givers=list(Reporter),
        name_of=_name,
        text_of=labels.text_of,
        patterns=IN_BROWSERS,
        prepared=prepared,
        published=editions.published(db.session()),
        stale_edit=stale,
    )


def _show_both(form: ReportForm, edition: ReportEdition | None) -> None:
    """Show beside each text that was typed what a colleague stored meanwhile, if it differs."""
    stored = form.texts_of(edition) if edition else {}
    for field in form:
        text = stored.get(field.short_name)
        if text is not None and field.short_name != "seen" and text != (field.data or ""):
            field.stored = text


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
    reread, mark, unresolved, front = None, "", [], Front(0, now(), "")
    try:
        drafted = _drafted(edition, front)
        before = comparison.before(db.session(), edition.number)
        reread = rereading_of(drafted, front, site_of(current_app.config), before)
        mark = digest(drafted)
    except CitationsRefused as refused:
        unresolved = list(refused.unresolved)
    needs_second = current_app.config["TWO_MODERATORS"]
    return render_template(
        "reports/staff/preview.html",
        edition=edition,
        reread=reread,
        mark=mark,
        quoted=quotations.of_edition(db.session(), edition),
        name_of=_name,
        text_of=labels.text_of,
        unresolved=unresolved,
        problem=problem,
        stale_edit=stale,
        needs_other=needs_second and edition.prepared_by == current_work().actor.id,
        round=rounds.current(db.session(), front.made_at),
        at=front.made_at,
    )


def _drafted(edition: ReportEdition, front: Front) -> dict[str, Any]:
    """The content of the report in preparation as it would be frozen now."""
    return content.frozen(db.session(), edition, in_paris(front.made_at).date())


def _stored_form() -> ReportForm:
    return stored_form(_axes(), _indexed(), editions.in_preparation(db.session()))


def _axes() -> list[Axis]:
    """Return the axes that have a measure in force, in the plan's order."""
    return list(dict.fromkeys(it.axis for it in queries.measures(db.session())))


def _indexed() -> Mapping[str, Figure]:
    return figures.indexed(_figures())


def _figures() -> Sequence[Figure]:
    return figures.load(db.session(), in_paris(now()).date())


def _prepared() -> ReportEdition:
    return editions.in_preparation(db.session()) or abort(404)
