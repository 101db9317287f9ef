"""Round pages: the list, one round, and the steps it takes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.accounts.audit import audit_log
from consultation.clock import now
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.invitations.mailings import lifecycle as mailings
from consultation.mail import outbox_actions
from consultation.mail.models import MessageStatus
from consultation.operations import readiness
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.publication import publish
from consultation.questionnaires.publication.publish import Publication
from consultation.questionnaires.rounds import (
    checklist,
    forms,
    lifecycle,
    offers,
    queries,
    service,
    texts,
)
from consultation.questionnaires.rounds.checklist import Point
from consultation.questionnaires.rounds.forms import RoundForm, StepForm
from consultation.questionnaires.rounds.lifecycle import (
    POSSIBLE,
    PUBLISHING,
    WHY_NOT,
    RoundRefused,
    RoundState,
    RoundStateRefused,
    Step,
)
from consultation.questionnaires.rounds.queries import NoRound
from consultation.responses.models import Respondent, Response
from consultation.responses.rights import trial_erasure
from consultation.web.navigation import ROUND_LINK, TRIAL, Flag
from consultation.web.permissions import Permission, requires
from consultation.web.typography import counted, day
from consultation.work.actions import Elsewhere, act, current_work
from consultation.work.services import Work

round_blueprint = Blueprint("rounds", __name__, url_prefix="/organisation/tours")


@round_blueprint.get("")
@requires(Permission.RUN_ROUNDS)
def rounds() -> ResponseReturnValue:
    work = current_work()
    rounds = service.list_rounds(work)
    return render_template(
        "questionnaires/rounds/rounds.html",
        rounds=rounds,
        states={it.code: lifecycle.state_of(it, work.at) for it in rounds},
        counts=contribution_counts(),
    )


@round_blueprint.get("/<code>")
@requires(Permission.RUN_ROUNDS)
def round_page(code: str) -> ResponseReturnValue:
    """Show one round: its state, what is left to do, and the steps that it can take."""
    at, consultation_round = now(), find_round(code)
    state = lifecycle.state_of(consultation_round, at)
    is_removable = service.is_removable(db.session(), consultation_round)
    possible = [step for step in POSSIBLE[state] if is_removable or step is not Step.REMOVE]
    refusals = {
        step: lifecycle.refusal(db.session(), consultation_round, step, at) for step in possible
    }
    points = checklist_of(consultation_round)
    return render_template(
        "questionnaires/rounds/round.html",
        round=consultation_round,
        state=state,
        offers=[it for it in offers.offers_of(db.session(), consultation_round) if it.is_chosen],
        steps=[step for step, refused in refusals.items() if refused is None],
        refusals=_grouped(refusals),
        checklist=points,
        waited=[it for it in checklist.open_points(points) if it.name in checklist.REQUIRED],
        left=_left(consultation_round, state, points),
        texts=texts.in_force(db.session(), consultation_round, current_app.config["MAIL_SENDER"]),
        has_changes=store.has_changes(db.session(), consultation_round),
        count=contribution_counts().get(consultation_round.id, 0),
        grace=current_app.config["CLOSING_GRACE_HOURS"],
    )


def _grouped(
    refusals: Mapping[Step, RoundStateRefused | None],
) -> list[tuple[str, Round | None, list[Step]]]:
    """Return each reason once, with the round that is in the way and the steps it keeps from."""
    steps: dict[str, tuple[Round | None, list[Step]]] = {}
    for step, refused in refusals.items():
        if refused is not None:
            steps.setdefault(str(refused), (refused.other, []))[1].append(step)
    return [(sentence, other, kept) for sentence, (other, kept) in steps.items()]


@round_blueprint.get("/preparer")
@requires(Permission.RUN_ROUNDS)
def new() -> ResponseReturnValue:
    """Ask for the dates of a round to prepare."""
    at = now()
    return _edit_page(RoundForm(at=at, data=forms.next_round(db.session(), at)))


@round_blueprint.post("/preparer")
@requires(Permission.RUN_ROUNDS)
def prepare() -> ResponseReturnValue:
    """Prepare a round with the questionnaire and the texts of the last one."""
    form = RoundForm(request.form, at=now())
    return act(
        lambda work: service.prepare(work, form.draft).code,
        form=form,
        page=lambda: _edit_page(form),
        refusals={RoundRefused: lambda refused: _refused(form, refused)},
        done="Le tour est en préparation : seules les personnes qui l'organisent le voient.",
        to=lambda code: url_for(".round_page", code=code),
    )


@round_blueprint.get("/<code>/modifier")
@requires(Permission.RUN_ROUNDS)
def edit(code: str) -> ResponseReturnValue:
    """Show the title and dates of a round, to be changed."""
    changed = find_round(code)
    form = RoundForm(at=now(), changed=changed)
    return _edit_page(form, seen=lifecycle.draft_of(changed).digest)


@round_blueprint.post("/<code>/modifier")
@requires(Permission.RUN_ROUNDS)
def change(code: str) -> ResponseReturnValue:
    """Store what was changed of a round; public dates ask to be confirmed."""
    seen = request.form.get("seen", "")
    form = RoundForm(request.form, at=now(), changed=find_round(code))

    def change(work: Work) -> str:
        find_round(code)
        return service.change(work, code, form.draft, seen).code

    return act(
        change,
        form=form,
        page=lambda: _edit_page(form, seen=seen),
        refusals={
            RoundRefused: lambda refused: _refused(form, refused, seen),
            StaleEdit: lambda stale: (_stale_page(find_round(code), stale), 409),
        },
        done="Le tour est modifié.",
        to=lambda new_code: url_for(".round_page", code=new_code),
    )


def _refused(form: RoundForm, refused: RoundRefused, seen: str = "") -> ResponseReturnValue:
    form.add_errors(refused.errors)
    return _edit_page(form, seen=seen), 422


def _stale_page(consultation_round: Round, stale: StaleEdit) -> str:
    """Render the form with what was typed, and at each field what is stored where it differs."""
    stored = lifecycle.draft_of(consultation_round)
    values = forms.values_of(stored)
    languages = values.pop("languages")
    differences = {
        name: day(date.fromisoformat(value)) if name.endswith("_day") else value
        for name, value in values.items()
        if value != request.form.get(name)
    }
    form = RoundForm(request.form, at=now(), changed=consultation_round, stored=differences)
    form.show_both({"languages": languages})
    return _edit_page(form, seen=stored.digest, stale=stale)


def find_round(code: str) -> Round:
    """Return the round of that code; abort with 404 when there is none."""
    consultation_round = service.find(current_work(), code)
    if consultation_round is None:
        abort(404)
    return consultation_round


def checklist_of(consultation_round: Round) -> list[Point]:
    """Return the points to look at before the round opens."""
    site = readiness.site_of(db.session(), current_app.config)
    return checklist.checklist(db.session(), consultation_round, site)


def _left(consultation_round: Round, state: RoundState, points: Sequence[Point]) -> list[Point]:
    """Return the points that the actor has still to settle of a round that is open or over."""
    if state not in (RoundState.OPEN, RoundState.CLOSED):
        return []
    undone = checklist.open_points(points) if state is RoundState.OPEN else []
    site = readiness.site_of(db.session(), current_app.config)
    return [
        *(point for point in undone if point.name == "languages"),
        *checklist.left_to(current_work(), consultation_round, site),
    ]


def contribution_counts() -> dict[int, int]:
    """Return how many contributions are in force, by the id of the round."""
    rows = db.session.execute(
        sa.select(Respondent.round_id, sa.func.count())
        .join(Response, Response.respondent_id == Respondent.id)
        .where(Response.superseded_at.is_(None), Response.withdrawn_at.is_(None))
        .group_by(Respondent.round_id)
    )
    return dict(rows.all())


def _edit_page(form: RoundForm, *, seen: str = "", stale: StaleEdit | None = None) -> str:
    return render_template(
        "questionnaires/rounds/edit.html",
        form=form,
        round=form.changed,
        state=form.state,
        seen=seen,
        stale=stale,
        grace=current_app.config["CLOSING_GRACE_HOURS"],
    )


round_step_blueprint = Blueprint("round_steps", __name__, url_prefix="/organisation/tours")

TRIAL_LEAVES = "Un message d'essai part à votre adresse. Rechargez cette page quand il est arrivé."
TRIAL_STAYS = (
    "Le message d'essai est gardé sur cette machine : aucun serveur d'envoi n'est réglé, rien"
    " n'arrivera à votre adresse."
)
TRIAL_REFUSED = (
    "Aucun essai ne part : votre adresse est de celles à qui le site n'écrit plus. Une personne qui"
    " administre le site peut l'en retirer."
)
UNSETTLED = (
    "Avant d'ouvrir au public, faites ce qui suit, ou mettez-le de côté avec une raison, à la page"
    " du tour :"
)
REASON_WANTED = (
    f"Dites en quelques mots pourquoi ce point est mis de côté ({checklist.LONGEST_REASON}"
    " caractères au plus)."
)
STEPS = {
    "essayer": Step.TRY_OUT,
    "terminer": Step.END_TRIAL,
    "annoncer": Step.ANNOUNCE,
    "ouvrir": Step.OPEN,
    "fermer": Step.CLOSE,
    "rouvrir": Step.REOPEN,
    "supprimer": Step.REMOVE,
}
PATH = f"/<code>/<any({', '.join(STEPS)}):step>"
DONE = {
    Step.TRY_OUT: "Le tour est à l'essai : répondez comme une personne consultée.",
    Step.END_TRIAL: (
        "L'essai est terminé : tout ce qui y a été envoyé s'efface. Le tour est en préparation,"
        " avec son questionnaire et ses textes tels qu'ils étaient."
    ),
    Step.ANNOUNCE: "Le tour est annoncé : ses dates sont publiques, et il s'ouvrira de lui-même.",
    Step.OPEN: "Le tour est ouvert.",
    Step.CLOSE: "Le tour est fermé.",
    Step.REOPEN: "Le tour est rouvert.",
    Step.REMOVE: "Le tour est supprimé.",
}


@round_step_blueprint.get(PATH)
@requires(Permission.RUN_ROUNDS)
def confirm(code: str, step: str) -> ResponseReturnValue:
    """Explain what a step does, and ask to confirm it."""
    consultation_round, at = find_round(code), now()
    state = lifecycle.state_of(consultation_round, at)
    refused = lifecycle.refusal(db.session(), consultation_round, STEPS[step], at)
    if STEPS[step] not in POSSIBLE[state] or refused:
        flash(str(refused) if refused else WHY_NOT[state])
        return redirect(url_for("rounds.round_page", code=code), 303)
    form = _step_form(consultation_round, STEPS[step])
    return _step_page(consultation_round, STEPS[step], form)


@round_step_blueprint.post(PATH)
@requires(Permission.RUN_ROUNDS)
def take(code: str, step: str) -> ResponseReturnValue:
    """Take the step, with all that it publishes, in one transaction."""
    taken = STEPS[step]
    form = _step_form(find_round(code), taken)

    def page(problem: str = "") -> str:
        return _step_page(find_round(code), taken, form, problem)

    if not form.validate():
        return page(), 422
    if unsettled := _unsettled(find_round(code), taken):
        return page(unsettled), 409
    is_removal = taken is Step.REMOVE
    return act(
        lambda work: _take(work, code, taken, form.closes_at),
        page=page,
        refusals={
            NoRound: Elsewhere(url_for("rounds.rounds"), "Ce tour n'existe plus."),
            RoundStateRefused: lambda refused: (page(str(refused)), 409),
        },
        done=lambda publication: _done_sentence(taken, publication),
        to=url_for("rounds.rounds") if is_removal else url_for("rounds.round_page", code=code),
    )


def _take(work: Work, code: str, step: Step, closes_at: datetime | None) -> Publication | None:
    if step is not Step.END_TRIAL:
        return service.take(work, code, step, closes_at).publication
    trial, prepared = service.end_trial(work, code)
    # Drafts of messages stay; all that was sent in the trial is erased.
    mailings.move_drafts(work.session, trial.id, prepared.id)
    trial_erasure.order(work.session, work.at)
    return None


@round_step_blueprint.post(f"/<code>/points/<any({', '.join(checklist.LASTING)}):name>")
@requires(Permission.RUN_ROUNDS)
def put_aside(code: str, name: str) -> ResponseReturnValue:
    """Put a point of the checklist aside, with a reason."""
    reason, address = request.form.get("raison", ""), url_for("rounds.round_page", code=code)
    return act(
        lambda work: checklist.put_aside(work, find_round(code), name, reason),
        refusals={checklist.ReasonMissing: Elsewhere(address, REASON_WANTED)},
        done="Ce point est mis de côté, avec votre nom et votre raison : le journal le dit.",
        to=address,
    )


@round_step_blueprint.post("/<code>/essai")
@requires(Permission.RUN_ROUNDS)
def try_mail(code: str) -> ResponseReturnValue:
    """Send a test message to the organiser who asks for it."""

    def send(work: Work) -> bool:
        find_round(code)
        message = outbox_actions.enqueue_test(work.session, work.actor.email, work.at)
        audit_log.log(work, "mail_tried", code)
        return message.status is MessageStatus.QUEUED

    leaves = TRIAL_LEAVES if current_app.config["MAIL_SERVER"] else TRIAL_STAYS
    return act(
        send,
        done=lambda is_queued: leaves if is_queued else TRIAL_REFUSED,
        to=url_for("rounds.round_page", code=code),
    )


def _step_form(consultation_round: Round, step: Step) -> StepForm:
    has_open_points = bool(_open_points(consultation_round, step))
    return StepForm(request.form, step=step, has_open_points=has_open_points, at=now())


def _open_points(consultation_round: Round, step: Step) -> list[Point]:
    points = checklist_of(consultation_round) if step in PUBLISHING else []
    return checklist.open_points(points)


def _unsettled(consultation_round: Round, step: Step) -> str:
    """Return the sentence that keeps a round from the public; empty once nothing does."""
    if step is Step.TRY_OUT:
        return ""
    points = [it for it in _open_points(consultation_round, step) if it.name in checklist.REQUIRED]
    labels = ", ".join(f"« {point.label} »" for point in points)
    return f"{UNSETTLED} {labels}." if labels else ""


def _step_page(consultation_round: Round, step: Step, form: StepForm, problem: str = "") -> str:
    return render_template(
        "questionnaires/rounds/confirm.html",
        round=consultation_round,
        step=step,
        form=form,
        refusal=problem,
        open_points=_open_points(consultation_round, step),
        unsettled=_unsettled(consultation_round, step),
        form_count=len(publish.live_measures(db.session())) + 1,
        count=contribution_counts().get(consultation_round.id, 0),
        grace=current_app.config["CLOSING_GRACE_HOURS"],
    )


def _done_sentence(step: Step, publication: Publication | None) -> str:
    if publication is None or publication.is_empty:
        return DONE[step]
    published = len(publication.opened) + len(publication.renewed)
    counts = (
        (published, "formulaire publié", "formulaires publiés"),
        (len(publication.closed), "formulaire fermé", "formulaires fermés"),
        (len(publication.unchanged), "inchangé", "inchangés"),
    )
    parts = [counted(*count) for count in counts if count[0]]
    return f"{DONE[step]} {', '.join(parts)}."


def register(app: Flask) -> None:
    """Let the pages know whether a round is open, and whether one is tried out."""
    app.extensions[ROUND_LINK] = Flag(_is_open)
    app.extensions[TRIAL] = Flag(lambda: queries.trial(db.session()) is not None)


def _is_open() -> bool:
    at = now()
    current = queries.current(db.session(), at)
    return current is not None and current.is_open(at)
