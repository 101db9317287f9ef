"""Staff pages of data requests: the list, one with its letter and its life, the calendar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation import calendar
from consultation.calendar import WholeDay
from consultation.clock import in_paris, now
from consultation.db.permanent_rows import TrialRefused
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import folded
from consultation.institutions.data_requests import letter, life, queries, record
from consultation.institutions.data_requests.forms import EventForm, RequestForm, request_values
from consultation.institutions.data_requests.labels import moment_of
from consultation.institutions.data_requests.letter import Letter
from consultation.institutions.data_requests.life import Delays, RequestState
from consultation.institutions.data_requests.models import DataRequest, RequestEventKind
from consultation.institutions.data_requests.queries import ListedRequest
from consultation.institutions.data_requests.record import (
    AlreadyRequested,
    DayInFuture,
    DayTooEarly,
    LetterUnfinished,
)
from consultation.plan import queries as plan_queries
from consultation.plan.models import Indicator, Plan
from consultation.plan.queries import IndicatorRetired, indicators_in_force
from consultation.plan.values import record as values
from consultation.plan.values.models import IndicatorValue
from consultation.text import capitalized
from consultation.typesetting.attachment import attached_pdf
from consultation.web.errors import OF_TRIAL
from consultation.web.permissions import Permission, requires
from consultation.web.typography import day as day_text
from consultation.work.actions import AtField, Elsewhere, act
from consultation.work.lists import ListFilter, Listing
from consultation.work.services import Work

blueprint = Blueprint("data_requests", __name__, url_prefix="/organisation/demandes")

FILTERS = (
    ListFilter[ListedRequest](
        "etat",
        "Où elles en sont",
        lambda row, state: row.state == state,
        [("", "Toutes"), *((it.value, capitalized(it.label)) for it in RequestState)],
        is_tab=True,
    ),
)
RETIRED = "Un de ces indicateurs a été retiré du plan : ôtez-le de la demande, ou remettez-le."
FUTURE = "Ce jour n'est pas encore venu : notez la chose quand elle est faite."


@dataclass(frozen=True)
class IndicatorAsked:
    """An indicator of a request, with the values of its moment and the reason that it lacks one."""

    indicator: Indicator
    values: Sequence[IndicatorValue]
    missing: IndicatorValue | None


@blueprint.get("")
@requires(Permission.RECORD_VALUES)
def board() -> ResponseReturnValue:
    """List the requests, the latest first, all or those of one state."""
    delays = _delays()
    return render_template(
        "institutions/data_requests/board.html",
        listing=Listing("data_requests.board", queries.listed(db.session(), delays), FILTERS),
        delays=delays,
        moment_of=moment_of,
    )


@blueprint.get("/nouvelle")
@requires(Permission.RECORD_VALUES)
def new() -> ResponseReturnValue:
    """Show the form of a request, filled in from an indicator where the address names one."""
    rows = _indicators()
    row = rows.get(folded(request.args.get("indicateur", "")))
    data = {"moment": request.args.get("moment", ""), "day": request.args.get("jour", "")}
    if row is not None:
        data |= {"codes": row.code, "institution": row.measure.lead or ""}
    return _form_page(_offering(RequestForm(indicators=rows, data=data), rows))


@blueprint.post("/nouvelle")
@requires(Permission.RECORD_VALUES)
def prepare() -> ResponseReturnValue:
    return _store()


@blueprint.get("/<public_id>/modifier")
@requires(Permission.RECORD_VALUES)
def edit(public_id: str) -> ResponseReturnValue:
    """Show the form of a request that has not left."""
    row, rows = _find(public_id), _indicators()
    if life.state_of(row.events) is not RequestState.PREPARED:
        return redirect(url_for(".details", public_id=public_id), 303)
    data = request_values(row) | {"seen": record.seen(row)}
    return _form_page(_offering(RequestForm(indicators=rows, data=data), rows), row)


@blueprint.post("/<public_id>/modifier")
@requires(Permission.RECORD_VALUES)
def change(public_id: str) -> ResponseReturnValue:
    """Store another draft of a request that has not left."""
    return _store(public_id)


@blueprint.get("/<public_id>")
@requires(Permission.RECORD_VALUES)
def details(public_id: str) -> ResponseReturnValue:
    """Show a request: its letter, what became of it, and what can be noted."""
    return _page(_find(public_id))


@blueprint.post("/<public_id>")
@requires(Permission.RECORD_VALUES)
def note(public_id: str) -> ResponseReturnValue:
    row = _find(public_id)
    form = EventForm(request.form, kinds=_following(row))

    def page(stale: StaleEdit | None = None) -> str:
        row = _find(public_id)
        again = EventForm(request.form, kinds=_following(row)) if stale else form
        return _page(row, again, stale)

    return act(
        lambda work: record.note(
            work,
            public_id,
            RequestEventKind(form.kind.data),
            form.day,
            form.note.data,
            form.seen.data or "",
        ),
        form=form,
        page=page,
        refusals={
            TrialRefused: AtField("kind", OF_TRIAL.body),
            LetterUnfinished: AtField(
                "kind", lambda it: f"{_unfinished(it.placeholders)} Elle n'est pas prête."
            ),
            DayInFuture: AtField("happened_on", FUTURE, 422),
            DayTooEarly: AtField("happened_on", _too_early, 422),
        },
        done="C'est noté.",
        to=url_for(".details", public_id=public_id),
    )


@blueprint.post("/<public_id>/annuler")
@requires(Permission.RECORD_VALUES)
def undo(public_id: str) -> ResponseReturnValue:
    """Undo what was noted last."""
    return act(
        lambda work: record.undo(work, public_id, request.form.get("seen", "")),
        page=lambda stale: _page(_find(public_id), stale=stale),
        done="La dernière étape est annulée. L'histoire garde les deux.",
        to=url_for(".details", public_id=public_id),
    )


@blueprint.post("/<public_id>/valeurs")
@requires(Permission.RECORD_VALUES)
def note_missing(public_id: str) -> ResponseReturnValue:
    """Note as values why the figures are missing, for the indicators that are ticked."""
    codes, source = request.form.getlist("indicateur"), _source(_find(public_id))
    address = url_for(".details", public_id=public_id)
    return act(
        lambda work: record.note_missing(
            work, public_id, codes, source, request.form.get("seen", "")
        ),
        page=lambda stale: _page(_find(public_id), stale=stale),
        refusals={IndicatorRetired: Elsewhere(address, RETIRED)},
        done=lambda count: (
            "La raison est notée." if count else "Cochez au moins un indicateur : rien n'est noté."
        ),
        to=address,
    )


def _source(row: DataRequest) -> str:
    """Name a request as the source of the value that is missing."""
    left_on = life.requested_on(row.events)
    dated = f", {day_text(left_on)}" if left_on else ""
    return f"Demande de chiffre : {row.institution}{dated}"


@blueprint.get("/<public_id>/lettre.pdf")
@requires(Permission.RECORD_VALUES)
def letter_pdf(public_id: str) -> ResponseReturnValue:
    """Serve the letter, to print, unless something in it is still to be written."""
    made = _letter(_find(public_id))
    if made.placeholders:
        return _to_be_written(made, public_id)
    return attached_pdf(lambda: letter.as_pdf(made), "demande.pdf")


@blueprint.get("/<public_id>/lettre.txt")
@requires(Permission.RECORD_VALUES)
def letter_text(public_id: str) -> ResponseReturnValue:
    """Serve the letter, to copy into a mail, unless something in it is still to be written."""
    made = _letter(_find(public_id))
    if made.placeholders:
        return _to_be_written(made, public_id)
    return Response(letter.as_text(made), mimetype="text/plain")


def _to_be_written(made: Letter, public_id: str) -> ResponseReturnValue:
    flash(f"{_unfinished(made.placeholders)} Elle ne part pas encore.")
    return redirect(url_for(".details", public_id=public_id, _anchor="lettre"), 303)


@blueprint.get("/echeances.ics")
@requires(Permission.RECORD_VALUES)
def calendar_file() -> ResponseReturnValue:
    """Serve the days from which and until which one may turn to the CADA, as a calendar file."""
    rows = queries.listed(db.session(), _delays())
    days = [day for row in rows for day in _days(row)]
    return Response(calendar.days_file(days, now()), mimetype="text/calendar")


def _delays() -> Delays:
    return life.delays_of(current_app.config)


def _days(row: ListedRequest) -> list[WholeDay]:
    if row.referral is None:
        return []
    base = current_app.config["BASE_URL"]
    host, public_id = urlsplit(base).netloc, row.request.public_id
    address = base + url_for(".details", public_id=public_id)
    named = f"{row.request.institution} ({', '.join(row.codes)})"
    wanted = (
        ("since", "On peut saisir la CADA", row.referral.since),
        ("until", "Dernier jour pour saisir la CADA", row.referral.until),
    )
    return [
        WholeDay(f"{public_id}-{name}@{host}", f"{title} : {named}", address, on)
        for name, title, on in wanted
        if on is not None
    ]


def _store(public_id: str | None = None) -> ResponseReturnValue:
    rows = _indicators()
    form = _offering(RequestForm(request.form, indicators=rows), rows)

    def store(work: Work) -> str:
        if public_id is None:
            return record.prepare(work, form.draft()).public_id
        record.change(work, public_id, form.draft(), form.seen.data or "")
        return public_id

    def page(stale: StaleEdit | None = None, already: AlreadyRequested | None = None) -> str:
        row = _find(public_id) if public_id else None
        if row and stale:
            return _conflict(form, row, rows, stale)
        return _form_page(form, row, already=already)

    return act(
        store,
        form=form,
        page=page,
        refusals={
            AlreadyRequested: lambda already: (page(already=already), 409),
            IndicatorRetired: AtField("codes", RETIRED),
        },
        done="La lettre est prête.",
        to=lambda stored_id: url_for(".details", public_id=stored_id),
    )


def _conflict(
    form: RequestForm, row: DataRequest, rows: Mapping[str, Indicator], stale: StaleEdit
) -> str:
    """Show what a colleague stored beside what was typed, or the request once it has left."""
    if life.state_of(row.events) is not RequestState.PREPARED:
        return _page(row, stale=stale)
    stored = {
        name: value for name, value in request_values(row).items() if value != form[name].data
    }
    again = _offering(RequestForm(request.form, indicators=rows, stored=stored), rows)
    again.seen.data = record.seen(row)
    return _form_page(again, row, stale)


def _unfinished(placeholders: Sequence[str]) -> str:
    return f"Dans la lettre, il reste à écrire : {', '.join(placeholders)}"


def _too_early(early: DayTooEarly) -> str:
    before = early.before
    what = before.kind.label
    return (
        f"Ce jour précède l'étape d'avant ({what[0].lower()}{what[1:]}, le"
        f" {day_text(before.happened_on)}) : vérifiez les deux jours."
    )


def _indicators() -> dict[str, Indicator]:
    """Return the indicators in force by their folded code, in the order of the plan."""
    measures = plan_queries.whole_measures(db.session())
    return {folded(it.code): it for measure in measures for it in indicators_in_force(measure)}


def _offering(form: RequestForm, rows: Mapping[str, Indicator]) -> RequestForm:
    """Offer with those that are named the other indicators of the same institution."""
    named = {folded(it) for it in (form.codes.data or "").replace(",", " ").split()}
    lead = folded(form.institution.data or "")
    offered = [
        row
        for code, row in rows.items()
        if code not in named and lead and folded(row.measure.lead or "") == lead
    ]
    form.offer_others(offered)
    return form


def _find(public_id: str) -> DataRequest:
    return queries.find(db.session(), public_id) or abort(404)


def _following(row: DataRequest) -> Sequence[RequestEventKind]:
    return life.FOLLOWING[life.state_of(row.events)]


def _letter(row: DataRequest) -> Letter:
    plan = db.session.scalars(sa.select(Plan)).first()
    left_on = life.requested_on(row.events)
    return letter.letter_of(
        row,
        plan=plan,
        texts=record.texts_of(db.session(), row),
        reply_to=current_app.config["MAIL_SENDER"],
        on=left_on or in_paris(now()).date(),
    )


def _indicators_of(row: DataRequest) -> list[IndicatorAsked]:
    indicators = [it.indicator for it in row.versions]
    by_id = values.current(db.session(), [it.id for it in indicators])
    moment = (row.point, row.day)
    asked_of = []
    for indicator in indicators:
        rows = [it for it in by_id.get(indicator.id, []) if (it.point, it.day) == moment]
        known = [it for it in rows if it.missing_because is None]
        asked_of.append(IndicatorAsked(indicator, known, queries.missing_before(row, rows)))
    return asked_of


def _page(row: DataRequest, form: EventForm | None = None, stale: StaleEdit | None = None) -> str:
    today = in_paris(now()).date()
    form = form or EventForm(kinds=_following(row), data={"happened_on": f"{today:%d/%m/%Y}"})
    listed = queries.listed_of(row, _delays())
    return render_template(
        "institutions/data_requests/request.html",
        row=listed,
        form=form,
        seen=record.seen(row),
        stale_edit=stale,
        letter=_letter(row),
        text=letter.as_text(_letter(row)),
        reference=letter.reference_of(row),
        indicators=_indicators_of(row),
        reason=record.REASONS.get(listed.state),
        standing={it.id for it in life.standing(row.events)},
        delays=_delays(),
        moment_of=moment_of,
        value_of=values.value_of,
    )


def _form_page(
    form: RequestForm,
    row: DataRequest | None = None,
    stale: StaleEdit | None = None,
    already: AlreadyRequested | None = None,
) -> str:
    return render_template(
        "institutions/data_requests/form.html",
        form=form,
        stored_request=row,
        stale_edit=stale,
        already=already,
    )
