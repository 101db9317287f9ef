"""The pages of the respondent's space: opened by a button, closed by a button."""

from dataclasses import replace
from datetime import datetime

from flask import (
    Blueprint,
    Flask,
    abort,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import StorageUnavailable, writing
from consultation.extensions import db
from consultation.invitations import inviting
from consultation.moderation import fates
from consultation.plan import searching
from consultation.plan.models import Measure
from consultation.questionnaires import checking, rounds
from consultation.questionnaires.models import Round
from consultation.responses import drafts, keys, links, reading, refilling, spaces
from consultation.responses.drafts import DraftChanged
from consultation.responses.forms import Page, is_https, space_cookie, space_token
from consultation.responses.models import Respondent, RespondentSession
from consultation.responses.views import ask, closed, grace, receive, shown
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("spaces", __name__, url_prefix="/contributions")


@blueprint.get("/ouvrir/<token>")
@requires(Permission.PUBLIC)
def knock(token: str) -> ResponseReturnValue:
    """Show the button that opens the space: scanners of mail follow links, and press nothing."""
    keep_private()
    if links.find(db.session(), token) is None:
        abort(404)
    return render_template("responses/open.html")


@blueprint.post("/ouvrir/<token>")
@requires(Permission.PUBLIC)
def open_space(token: str) -> ResponseReturnValue:
    """Open the space in this browser."""
    with writing(db.session()):
        respondent = links.find(db.session(), token)
        if respondent is None:
            abort(404)
        links.note_opened(db.session(), token, now())
        secret = spaces.open_space(db.session(), respondent.id, now())
    answer = make_response(redirect(url_for(".space"), 303))
    answer.set_cookie(
        space_cookie(), secret, secure=is_https(), httponly=True, samesite="Strict", path="/"
    )
    return answer


@blueprint.get("/")
@requires(Permission.PUBLIC)
def space() -> ResponseReturnValue:
    """Show what the respondent has sent."""
    keep_private()
    opened = _find_and_see()
    if opened is None:
        return render_template("responses/space_closed.html"), 403
    sent = reading.current_of(db.session(), opened.respondent_id)
    return render_template(
        "responses/space.html",
        sent=[
            (
                response,
                reading.answered(response, current_locale()),
                fates.of_response(db.session(), response.id),
            )
            for response in sent
        ],
        measures=searching.measures(db.session()),
        asked_on=inviting.measures_asked(db.session(), opened.respondent_id),
        begun_on=drafts.measures_begun(db.session(), opened.respondent_id),
        answered_on=refilling.standing_of(db.session(), opened.respondent_id),
    )


@blueprint.route("/mesures/<code>", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def contribute(code: str) -> ResponseReturnValue:
    """Ask about one measure in the space; what is sent joins the respondent's other responses."""
    measure = searching.bare_measure(db.session(), code)
    if measure is None:
        abort(404)
    return _contribute(measure)


@blueprint.route("/outil", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def contribute_to_tool() -> ResponseReturnValue:
    """Ask about the tool as a whole in the space."""
    return _contribute(None)


def _contribute(measure: Measure | None) -> ResponseReturnValue:
    keep_private()
    opened = _find_and_see()
    if request.method == "POST" and request.form.get("intent") == "save":
        return _save(measure, opened)
    if request.method == "POST":
        return receive(measure, opened.respondent_id if opened else None)
    if opened is None:
        return render_template("responses/space_closed.html"), 403
    return ask(measure, db.session.get_one(Respondent, opened.respondent_id))


def _save(measure: Measure | None, opened: RespondentSession | None) -> ResponseReturnValue:
    """Keep the form as it is typed, or show it again and say why that can't be."""
    at = now()
    text = request.form.get("submission_key", "")
    instrument = shown(text, measure, at)
    if instrument is None:
        return closed(rounds.current(db.session(), at), measure, at)
    page = Page(instrument, measure, db.session.get_one(Round, instrument.round_id), key=text)
    page.checked = replace(checking.check(instrument, request.form), errors={}, general=())
    page.notice = _obstacle(page, opened, at)
    if page.notice or opened is None:
        return page.show()
    page.holder = opened.respondent_id
    seen = request.form.get("draft_revision", 0, type=int)
    try:
        with writing(db.session()):
            drafts.save(db.session(), page.holder, instrument, page.checked.typed, seen=seen, at=at)
    except DraftChanged:
        page.draft = drafts.find(db.session(), page.holder, instrument.measure_id)
        page.notice = "draft" if page.draft else "confirm"
        return page.show()
    except StorageUnavailable:
        page.notice = "unavailable"
        return page.show()
    return redirect(f"{request.path}#notice", 303)


def _obstacle(page: Page, opened: RespondentSession | None, at: datetime) -> str:
    """Return what stands against saving, by the name of its notice; empty when nothing does."""
    key = keys.read(page.key)
    if key is None or request.headers.get("Sec-Fetch-Site") == "cross-site":
        page.key = ""
        return "confirm"
    if opened is None or key.holder != keys.holder_of(opened.respondent_id):
        return "space"
    if not page.consultation_round.accepts(at, key.issued_at, grace()):
        return "closed"
    return ""


@blueprint.post("/fermer")
@requires(Permission.PUBLIC)
def close_space() -> ResponseReturnValue:
    """Close the space in this browser, on this side and on that."""
    token = space_token()
    if token:
        with writing(db.session()):
            spaces.close(db.session(), token, now())
    answer = make_response(redirect(url_for(".space"), 303))
    answer.delete_cookie(
        space_cookie(), secure=is_https(), httponly=True, samesite="Strict", path="/"
    )
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _find_and_see() -> RespondentSession | None:
    at = now()
    opened = spaces.find(db.session(), space_token(), at)
    if opened is not None and spaces.is_due_to_be_seen(opened, at):
        with writing(db.session()):
            spaces.see(db.session(), opened, at)
    return opened


def register(app: Flask) -> None:
    """Add the pages to `app`."""
    app.register_blueprint(blueprint)
