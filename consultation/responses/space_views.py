"""The pages of the respondent's space: opened by a button, closed by a button."""

from datetime import datetime

from flask import (
    Blueprint,
    Flask,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.invitations import inviting
from consultation.moderation import fates
from consultation.plan import searching
from consultation.plan.models import Measure
from consultation.questionnaires import outlines
from consultation.questionnaires.models import Destination, Round
from consultation.responses import (
    beginning,
    comparing,
    drafts,
    forms,
    journey,
    links,
    reading,
    spaces,
)
from consultation.responses.comparing import Compared
from consultation.responses.draft_views import is_saving, is_script, save
from consultation.responses.forms import let_in, shut_out, space_token
from consultation.responses.journey import Journey
from consultation.responses.models import Respondent, RespondentSession, Response
from consultation.responses.views import ask, receive
from consultation.web import qr
from consultation.web.bodies import shows_cleaned
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale, prefix_for
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("spaces", __name__, url_prefix="/contributions")


@blueprint.get("/ouvrir/<token>")
@requires(Permission.PUBLIC)
def knock(token: str) -> ResponseReturnValue:
    """Show the button that opens the space: scanners of mail follow links, and press nothing."""
    keep_private()
    respondent = links.find(db.session(), token)
    if respondent is None:
        return _opens_nothing()
    return render_template("responses/open.html", closed_at=closed_at(respondent))


@blueprint.post("/ouvrir/<token>")
@requires(Permission.PUBLIC)
def open_space(token: str) -> ResponseReturnValue:
    """Open the space in this browser, unless another site asks: it may be somebody else's space."""
    if comes_from_elsewhere():
        return knock(token)
    with writing(db.session()):
        respondent = links.find(db.session(), token)
        if respondent is not None and not links.note_opened(db.session(), token, now()):
            respondent = None
        if respondent is not None:
            secret = spaces.open_space(db.session(), respondent.id, now())
    if respondent is None:
        return _opens_nothing()
    answer = make_response(redirect(_way_in(respondent.id), 303))
    let_in(answer, secret)
    return answer


def _way_in(respondent_id: int) -> str:
    """Return where the button led to: the space, or from a receipt the next measure's form."""
    if request.form.get("intent") == "continue":
        following = _journey(respondent_id).following
        if following is not None:
            return url_for(".contribute", code=following.code)
    return url_for(".space")


def _opens_nothing() -> ResponseReturnValue:
    """Say the same of every link that opens nothing, whatever it is or was."""
    return render_template("responses/no_link.html"), 404


@blueprint.get("/enregistre/<token>")
@requires(Permission.PUBLIC)
def saved(token: str) -> ResponseReturnValue:
    """Show the personal link of a public form that was saved, for two hours."""
    keep_private()
    link = beginning.find_link(db.session(), token, now())
    if link is None:
        return render_template("responses/space_closed.html"), 410
    respondent = db.session.get_one(Respondent, link.respondent_id)
    address = links.address(current_app.config["BASE_URL"], prefix_for(current_locale()), link)
    closes_at = db.session.get_one(Round, respondent.round_id).closes_at
    return render_template(
        "responses/saved.html",
        link=address,
        code=qr.draw(address),
        drafts=drafts.forms_begun(db.session(), respondent.id),
        closes_at=closes_at,
        is_closed=closes_at <= now(),
    )


@blueprint.get("/")
@requires(Permission.PUBLIC)
def space() -> ResponseReturnValue:
    """Show what the respondent has sent."""
    keep_private()
    opened = opened_space()
    if opened is None:
        return render_template("responses/space_closed.html"), 403
    respondent = db.session.get_one(Respondent, opened.respondent_id)
    sent = reading.current_of(db.session(), respondent.id)
    earlier = comparing.previous_of(db.session(), respondent.id)
    way = _journey(opened.respondent_id)
    return render_template(
        "responses/space.html",
        sent=[
            (
                response,
                reading.answered(response, current_locale()),
                fates.of_response(db.session(), response.id),
                _compared(earlier.get(response.questionnaire.measure_id), response),
            )
            for response in sent
        ],
        respondent=respondent,
        capacity=outlines.labels_for(db.session(), Destination.CAPACITY).get(respondent.capacity),
        journey=way,
        may_correct={None, *(step.measure.id for step in way.steps)},
        closed_at=closed_at(respondent),
        drafts=drafts.forms_begun(db.session(), respondent.id),
        idle=spaces.LEFT_AT_LEAST,
        space_closes_at=now() + spaces.LEFT_AT_LEAST,
    )


@blueprint.post("/rester")
@requires(Permission.PUBLIC)
def stay() -> ResponseReturnValue:
    """Keep the space open for two more hours, for the notice that it is about to close."""
    keep_private()
    return "", 204 if opened_space() else 403


def _compared(before: Response | None, response: Response) -> Compared | None:
    if before is None:
        return None
    return comparing.compare(before, response, current_locale())


def closed_at(respondent: Respondent) -> datetime | None:
    """Return since when no form is given out in the round of a respondent, or None."""
    closes_at = db.session.get_one(Round, respondent.round_id).closes_at
    return closes_at if closes_at <= now() else None


def _journey(respondent_id: int) -> Journey:
    asked = inviting.measures_asked(db.session(), respondent_id)
    return journey.of(db.session(), respondent_id, searching.measures(db.session()), asked)


@blueprint.route("/mesures/<code>", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute(code: str) -> ResponseReturnValue:
    """Ask about one measure in the space; what is sent joins the respondent's other responses."""
    measure = searching.bare_measure(db.session(), code)
    if measure is None:
        abort(404)
    return _contribute(measure)


@blueprint.route("/outil", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute_to_tool() -> ResponseReturnValue:
    """Ask about the tool as a whole in the space."""
    return _contribute(None)


def _contribute(measure: Measure | None) -> ResponseReturnValue:
    keep_private()
    opened = opened_space()
    if request.method == "POST" and is_saving():
        return save(measure, opened or _just_left())
    if request.method == "POST":
        return receive(measure, opened.respondent_id if opened else None)
    if opened is None:
        return render_template("responses/space_closed.html"), 403
    return ask(measure, db.session.get_one(Respondent, opened.respondent_id))


@blueprint.post("/fermer")
@requires(Permission.PUBLIC)
def close_space() -> ResponseReturnValue:
    """Close the space in this browser, on this side and on that."""
    if comes_from_elsewhere():
        return redirect(url_for(".space"), 303)
    token = space_token()
    if token:
        with writing(db.session()):
            spaces.close(db.session(), token, now())
    answer = make_response(redirect(url_for(".space"), 303))
    shut_out(answer)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def opened_space() -> RespondentSession | None:
    """Return the space that is open in this browser, if any, and note that it is in use."""
    at = now()
    opened = spaces.find(db.session(), space_token(), at)
    if opened is not None and spaces.is_due_to_be_seen(opened, at):
        with writing(db.session()):
            spaces.see(db.session(), opened, at)
    return opened


def _just_left() -> RespondentSession | None:
    """Return the space that the page of a script which saves was in until a moment ago."""
    return spaces.find_just_closed(db.session(), space_token(), now()) if is_script() else None


def register(app: Flask) -> None:
    """Add the pages to `app`, and tell the header of every page whether a space is open."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals["open_space"] = forms.open_space
