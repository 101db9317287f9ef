"""Staff pages of the replies of institutions: all requests, a new one, one of them."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from consultation.accounts.audit import audit_log
from consultation.clock import in_paris, now
from consultation.db.base import writing
from consultation.db.permanent_rows import TrialRefused
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import NAMES
from consultation.institutions.replies import (
    erasure,
    frozen_values,
    labels,
    message,
    queries,
    requests,
)
from consultation.institutions.replies.forms import (
    EndForm,
    EraseForm,
    RequestForm,
    WithholdForm,
    first_values,
)
from consultation.institutions.replies.models import ReplyRequest
from consultation.institutions.replies.requests import (
    DayTaken,
    RequestDraft,
    TermNotOver,
    ValueChanged,
)
from consultation.invitations.labels import test_sentence
from consultation.mail import displayed_states, outbox, rendering
from consultation.mail import labels as mail_labels
from consultation.mail.addresses import masked
from consultation.mail.kinds import Reach
from consultation.plan import queries as plan_queries
from consultation.plan.measurement.texts import date_text, value_text
from consultation.plan.models import Assessor, Measure
from consultation.plan.statuses import assessments
from consultation.plan.values import publication
from consultation.plan.values.models import IndicatorValue
from consultation.plan.values.record import value_of
from consultation.text import capitalized
from consultation.web.errors import OF_TRIAL
from consultation.web.locale import in_language
from consultation.web.permissions import Permission, requires
from consultation.web.typography import day
from consultation.work.actions import act, current_work
from consultation.work.lists import ListFilter, Listing
from consultation.work.services import Work

blueprint = Blueprint("replies", __name__, url_prefix="/organisation/reponses")

FILTERS = (
    ListFilter[tuple[ReplyRequest, labels.RequestState]](
        "etat",
        "Où en est la demande",
        lambda row, state: row[1] == state,
        [("", "Toutes"), *((it.value, capitalized(it.label)) for it in labels.RequestState)],
        is_tab=True,
    ),
)
DAY_TAKEN = (
    "Le collectif a une autre évaluation à cette date : donnez un autre jour à celle-ci, ou"
    " reprenez l'autre à l'identique."
)
VALUE_CHANGED = "Une valeur cochée vient d'être corrigée ou retirée : relisez la liste."
DAY_TAKEN_SINCE = (
    "Rien n'est publié : une autre évaluation du collectif porte depuis la même date. Retirez-la,"
    " ou changez sa date, puis recommencez."
)
EDIT, TRY, SEND = "modifier", "essayer", "envoyer"
"""Values of the buttons of the preview; that of the form leads to it."""
NOT_KEPT = ("csrf_token", "geste", "displayed")
EXAMPLE_ADDRESS = "institution@exemple.invalid"
"""In whose name the preview has the link by which an address stops mail."""
NO_SERVER = (
    "Aucun serveur d'envoi n'est réglé : l'institution ne recevrait rien. La personne qui"
    " administre le serveur donne son nom au réglage CONSULTATION_MAIL_SERVER et relance le site."
)
CHANGED = "Ce qui partirait a changé depuis l'aperçu : relisez, puis envoyez de nouveau."
TERM_NOT_OVER = "Rien n'est publié : l'institution peut encore répondre."


@blueprint.get("")
@requires(Permission.ASK_REPLIES)
def board() -> ResponseReturnValue:
    """List the requests, and choose a measure for another one."""
    at = now()
    rows = [(it, labels.state(it, at)) for it in queries.listed(current_work())]
    return render_template(
        "institutions/replies/board.html",
        listing=Listing("replies.board", rows, FILTERS),
        measures=plan_queries.measures(db.session()),
    )


@blueprint.get("/demander")
@requires(Permission.ASK_REPLIES)
def choose() -> ResponseReturnValue:
    """Lead to the form of the chosen measure."""
    measure = _measure(request.args.get("mesure", ""))
    return redirect(url_for(".compose", code=measure.code), 303)


@blueprint.get("/mesures/<code>")
@requires(Permission.ASK_REPLIES)
def compose(code: str) -> ResponseReturnValue:
    """Show the form of a request, with the judgement of the collective; no value is ticked."""
    measure = _measure(code)
    values = requests.values_of(db.session(), measure)
    today = in_paris(now()).date()
    status = assessments.latest(measure.statuses).get(Assessor.COLLECTIVE)
    first = first_values(
        status,
        measure.lead or "",
        today + timedelta(days=current_app.config["REPLY_DAYS"]),
    )
    return _compose_page(measure, RequestForm(data=first, choices=_choices(values), today=today))


@blueprint.post("/mesures/<code>")
@requires(Permission.ASK_REPLIES)
def ask(code: str) -> ResponseReturnValue:
    """Show what would leave, try it on oneself, or freeze it and send the personal link."""
    measure = _measure(code)
    values = requests.values_of(db.session(), measure)
    form = RequestForm(request.form, choices=_choices(values), today=in_paris(now()).date())
    button = request.form.get("geste", "")
    if button == EDIT:
        return _compose_page(measure, form)
    if not form.validate() or _is_refused(form):
        return _compose_page(measure, form), 422
    acts = {SEND: _send, TRY: _try_out}
    try:
        return acts.get(button, _preview)(code, form.draft())
    except DayTaken:
        form.add_error("assessed_on", DAY_TAKEN)
        return _compose_page(_measure(code), form), 409
    except ValueChanged:
        form.add_error("values", VALUE_CHANGED)
        return _compose_page(_measure(code), form), 409


def _send(code: str, draft: RequestDraft) -> ResponseReturnValue:
    """Send what the preview displayed; display it again where it has changed since."""
    config = current_app.config
    if not config["MAIL_SERVER"]:
        return _preview(code, draft, problem=NO_SERVER), 409

    def send(work: Work) -> tuple[str, str]:
        drafted = requests.draft_request(work, _measure(code), draft)
        if requests.mark_of(drafted) != request.form.get("displayed"):
            raise StaleEdit(requests.WHAT)
        sent = requests.ask(work, _measure(code), draft, config)
        return sent.public_id, masked(sent.address) if sent.address else ""

    return act(
        send,
        page=partial(_preview, code, draft),
        refusals={TrialRefused: OF_TRIAL.body, StaleEdit: CHANGED},
        done=lambda sent: f"La demande part à {sent[1]}." if sent[1] else "La demande est là.",
        to=lambda sent: url_for(".detail", public_id=sent[0]),
    )


def _try_out(code: str, draft: RequestDraft) -> ResponseReturnValue:
    """Send the mail of the request to the actor, and display the preview again."""
    config = current_app.config
    with writing(db.session()):
        work = current_work()
        drafted = requests.draft_request(work, _measure(code), draft)
        count = message.enqueue_test(work, drafted, config)
        audit_log.log(work, "reply_tried", code)
    flash(test_sentence(count, leaves=bool(config["MAIL_SERVER"])))
    return _preview(code, draft)


def _preview(code: str, draft: RequestDraft, *, problem: str = "") -> str:
    """Show the mail, and the page that its link opens, as the institution will read them."""
    work = current_work()
    drafted = requests.draft_request(work, _measure(code), draft)
    entries = [message.letter_for(drafted, current_app.config)]
    with in_language(drafted.locale):
        page = render_template(
            "institutions/replies/_previewed.html",
            row=drafted,
            values=[frozen_values.read(it) for it in drafted.shown_values],
            date_text=date_text,
        )
    return render_template(
        "institutions/replies/preview.html",
        row=drafted,
        measure=drafted.measure,
        letter=rendering.render(message.REQUEST, drafted.locale, entries, EXAMPLE_ADDRESS),
        page=Markup(page),  # noqa: S704 - rendered by a template, which escapes
        posted=[it for it in request.form.items(multi=True) if it[0] not in NOT_KEPT],
        mark=requests.mark_of(drafted),
        problem=problem,
        email=work.actor.email,
        buttons={"edit": EDIT, "try": TRY, "send": SEND},
    )


@blueprint.get("/<public_id>")
@requires(Permission.ASK_REPLIES)
def detail(public_id: str) -> ResponseReturnValue:
    """Show a request: what was shown, what was replied, and what may be done."""
    return _page(_request(public_id))


@blueprint.post("/<public_id>/publier")
@requires(Permission.ASK_REPLIES)
def publish(public_id: str) -> ResponseReturnValue:
    """Publish the judgement with the reply, or with its absence."""
    return _change(
        public_id,
        EndForm(request.form),
        lambda work, seen: requests.publish(work, public_id, seen),
        "C'est publié, sur la page de la mesure.",
    )


@blueprint.post("/<public_id>/retirer")
@requires(Permission.ASK_REPLIES)
def withdraw(public_id: str) -> ResponseReturnValue:
    """Take a request back."""
    return _change(
        public_id,
        EndForm(request.form),
        lambda work, seen: requests.withdraw(work, public_id, seen),
        "La demande est retirée : son lien n'ouvre plus rien.",
    )


@blueprint.post("/<public_id>/ne-pas-montrer")
@requires(Permission.ASK_REPLIES)
def withhold(public_id: str) -> ResponseReturnValue:
    """Keep the text of the reply from readers, and tell them why."""
    form = WithholdForm(request.form)
    return _change(
        public_id,
        form,
        lambda work, seen: requests.withhold(work, public_id, form.because.data, seen),
        "La réponse n'est pas montrée, et la page publique dit pourquoi.",
    )


@blueprint.post("/<public_id>/montrer")
@requires(Permission.ASK_REPLIES)
def show(public_id: str) -> ResponseReturnValue:
    """Show the text of the reply again."""
    return _change(
        public_id,
        EndForm(request.form),
        lambda work, seen: requests.withhold(work, public_id, "", seen),
        "La réponse est de nouveau montrée.",
    )


@blueprint.post("/<public_id>/effacer")
@requires(Permission.ASK_REPLIES)
def erase(public_id: str) -> ResponseReturnValue:
    """Erase the address and the signature for good, and the text if it is asked for."""
    form, home = EraseForm(request.form), current_app.config["HOME"]
    return _change(
        public_id,
        form,
        lambda work, seen: erasure.erase(work, public_id, seen, home=home, texts=form.texts.data),
        "C'est effacé pour de bon.",
    )


def _change(
    public_id: str, form: EndForm, service: Callable[[Work, str], None], done: str
) -> ResponseReturnValue:
    """Change a request as it was displayed, and show it again."""
    withheld = form if isinstance(form, WithholdForm) else None

    def page(stale: StaleEdit | None = None, problem: str = "") -> str:
        return _page(_request(public_id), stale=stale, problem=problem, withhold_form=withheld)

    return act(
        lambda work: service(work, form.seen.data or ""),
        form=form,
        page=page,
        refusals={TermNotOver: TERM_NOT_OVER, DayTaken: DAY_TAKEN_SINCE},
        done=done,
        to=url_for(".detail", public_id=public_id),
    )


def _is_refused(form: RequestForm) -> bool:
    """Note at the field why the site does not write to the address, if it does not."""
    reason = outbox.refusal(db.session(), Reach.ANSWER, form.address.data)
    if reason is not None:
        form.add_error(
            "address", f"Le site n'écrit pas à cette adresse : {mail_labels.reason(reason)}."
        )
    return reason is not None


def _compose_page(measure: Measure, form: RequestForm) -> str:
    return render_template(
        "institutions/replies/compose.html",
        measure=measure,
        form=form,
        others=queries.of_measure(current_work(), measure.id),
        reminder_days=current_app.config["REPLY_REMINDER_DAYS"],
    )


def _page(
    row: ReplyRequest,
    *,
    stale: StaleEdit | None = None,
    problem: str = "",
    withhold_form: EndForm | None = None,
) -> str:
    seen = requests.state_of(row)
    return render_template(
        "institutions/replies/request.html",
        row=row,
        state=labels.state(row, now()),
        languages=NAMES,
        address=masked(row.address) if row.address else "",
        mails=[
            (it, displayed_states.of(it.status, it.last_error).label)
            for it in message.mails_of(db.session(), row)
        ],
        values=[frozen_values.read(it) for it in row.shown_values],
        seen=seen,
        withhold_form=withhold_form or WithholdForm(),
        erase_form=EraseForm(),
        stale_edit=stale,
        refusal=problem,
        value_text=value_text,
        date_text=date_text,
    )


def _choices(values: list[tuple[str, IndicatorValue]]) -> list[tuple[str, str]]:
    indicator_ids = {row.version.indicator_id for _code, row in values}
    public = publication.showings(db.session(), indicator_ids)
    return [
        (row.public_id, f"{code} · {_line(row)}{'' if row.id in public else ' ; pas publique'}")
        for code, row in values
    ]


def _line(row: IndicatorValue) -> str:
    """Return a value in a line: when, how much, who gives it, from where, noted when."""
    moment = row.point.label if row.point else day(row.day) if row.day else ""
    dated = f" ({date_text(row.observed_on)})" if row.observed_on else ""
    value = value_of(row)
    unit = f" {row.version.unit['fr']}" if row.version.unit and value is not None else ""
    missing = row.missing_because.label if row.missing_because else ""
    sentence = missing if value is None else f"{value_text(value)}{unit}"
    giver = ", ".join(filter(None, [row.reported_by.label, row.reporter]))
    source = f" ; source : {row.source}" if row.source else ""
    return f"{moment}{dated} : {sentence}, selon : {giver}{source} ; notée le {day(row.created_at)}"


def _measure(code: str) -> Measure:
    measure = plan_queries.measure_by_code(db.session(), code)
    if measure is None or measure.retired_at is not None:
        abort(404)
    return measure


def _request(public_id: str) -> ReplyRequest:
    row = queries.find(current_work(), public_id)
    if row is None:
        abort(404)
    return row
