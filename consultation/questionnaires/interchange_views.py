"""The pages by which a questionnaire leaves as a workbook and comes back, with what it changes."""

from collections.abc import Mapping, Sequence

from flask import (
    Flask,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.questionnaires import interchanging, outlines
from consultation.questionnaires.interchange_giving_views import (
    blueprint,
    found_sheet,
    read_sheet,
)
from consultation.questionnaires.interchange_reading import ReadOutline
from consultation.questionnaires.interchanging import OutlineMoved
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline_weighing import FATE_WORDS
from consultation.questionnaires.publishing_views import found_round
from consultation.sheets import sent
from consultation.sheets.models import SentSheet, SheetPurpose
from consultation.sheets.problems import Problem, SheetRefused
from consultation.web import errors, files
from consultation.web.bodies import takes_files
from consultation.web.permissions import Permission, require, requires

MOST_NAMED = 12
MOST_PROBLEMS = 500
"""How many faults of a file one page shows; the others are counted."""


@blueprint.get("")
@requires(Permission.COMPOSE)
def workbook(code: str) -> ResponseReturnValue:
    """Offer the questionnaire as a workbook, and ask for one."""
    return _page(found_round(code))


@blueprint.post("")
@takes_files
@requires(Permission.COMPOSE)
def receive(code: str) -> ResponseReturnValue:
    """Keep a workbook and go on to what it changes, or say all that is wrong with it."""
    actor = require(Permission.COMPOSE)
    consultation_round = found_round(code)
    file = files.received("questionnaire.xlsx")
    if file is None:
        return _page(consultation_round, {"file": "Choisissez le classeur du questionnaire."}), 422
    purpose = SheetPurpose.QUESTIONNAIRE
    with writing(db.session()):
        sheet = sent.keep(db.session(), actor.id, purpose, file.name, file.content, now())
    try:
        read_sheet(sheet)
    except SheetRefused as refused:
        return _page(found_round(code), {}, refused.problems, sheet), 422
    return redirect(url_for(".proposal", code=code, public_id=sheet.public_id), 303)


@blueprint.errorhandler(RequestEntityTooLarge)
def too_big(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say at its field that a file is too big; nothing of such a post has been read."""
    fault = files.too_big("interchange.receive", Permission.COMPOSE)
    if fault is None:
        return errors.page(413)
    return _page(found_round((request.view_args or {})["code"]), {"file": fault}), 413


@blueprint.get("/<public_id>")
@requires(Permission.COMPOSE)
def proposal(code: str, public_id: str) -> ResponseReturnValue:
    """Show what a kept workbook would change of the working questionnaire."""
    sheet = found_sheet(public_id)
    try:
        return _proposal_page(code, sheet, read_sheet(sheet))
    except SheetRefused as refused:
        return _page(found_round(code), {}, refused.problems, sheet)


@blueprint.post("/<public_id>")
@requires(Permission.COMPOSE)
def confirm(code: str, public_id: str) -> ResponseReturnValue:
    """Take a kept workbook in; when something has changed since it was shown, show it anew."""
    actor = require(Permission.COMPOSE)
    sheet = found_sheet(public_id)
    try:
        read = read_sheet(sheet)
        with writing(db.session()):
            interchanging.take_in(
                db.session(),
                actor,
                found_round(code),
                read.outline,
                request.form.get("digest", ""),
                now(),
            )
            sent.forget(db.session(), found_sheet(public_id))
    except OutlineMoved:
        return _proposal_page(code, found_sheet(public_id), read, is_outdated=True), 409
    except SheetRefused as refused:
        return _page(found_round(code), {}, refused.problems, sheet), 409
    flash("Le questionnaire du fichier est en place. Il n'est pas encore publié : relisez-le.")
    return redirect(url_for("composing.outline", code=code), 303)


@blueprint.post("/<public_id>/abandonner")
@requires(Permission.COMPOSE)
def give_up(code: str, public_id: str) -> ResponseReturnValue:
    """Forget a kept workbook."""
    require(Permission.COMPOSE)
    found_round(code)
    with writing(db.session()):
        sent.forget(db.session(), found_sheet(public_id))
    flash("Le fichier est oublié, et le questionnaire n'a pas changé.")
    return redirect(url_for(".workbook", code=code), 303)


def _page(
    consultation_round: Round,
    faults: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
    sheet: SentSheet | None = None,
) -> str:
    return render_template(
        "questionnaires/interchange.html",
        round=consultation_round,
        has_changes=outlines.has_changes(db.session(), consultation_round),
        faults=faults or {},
        problems=problems[:MOST_PROBLEMS],
        problem_count=len(problems),
        sheet=sheet if any(problem.remedy for problem in problems) else None,
        limit=files.megabytes(),
    )


def _proposal_page(
    code: str, sheet: SentSheet, read: ReadOutline, *, is_outdated: bool = False
) -> str:
    actor = require(Permission.COMPOSE)
    consultation_round = found_round(code)
    return render_template(
        "questionnaires/interchange_proposal.html",
        round=consultation_round,
        sheet=sheet,
        proposal=interchanging.propose(db.session(), actor, consultation_round, read.outline),
        unread=read.unread,
        is_outdated=is_outdated,
        fates=FATE_WORDS,
        most_named=MOST_NAMED,
    )


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
