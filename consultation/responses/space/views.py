"""Space pages: the space and the respondent's identity."""

from collections.abc import Sequence
from dataclasses import replace
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
from consultation.db.base import writing
from consultation.decisions.respondent_outcomes import count_decided
from consultation.extensions import db
from consultation.i18n import prefix_for
from consultation.invitations.mailings import invitations
from consultation.moderation import visibility
from consultation.plan import queries
from consultation.questionnaires.form import rendering, validation
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.form.validation import Checked
from consultation.questionnaires.models import Destination, Round
from consultation.questionnaires.outline import store
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.responses import identity as identities
from consultation.responses import revisions
from consultation.responses.drafts import public_drafts, refill
from consultation.responses.drafts import store as drafts_store
from consultation.responses.drafts.handlers import is_script, save
from consultation.responses.models import Respondent, RespondentSession, Response
from consultation.responses.revisions import Compared
from consultation.responses.space import cookie, journey, links, sessions
from consultation.responses.space.journey import Journey
from consultation.responses.submission import context, posted
from consultation.responses.submission.handlers import TOOL, receive
from consultation.responses.submission.handlers import ask as ask_
from consultation.responses.submission.page import shelf
from consultation.responses.submission.posted import SAVE, proposal, proposed_along
from consultation.results.public import closed_rounds
from consultation.text import clean_line
from consultation.typesetting import qr
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires
from consultation.web.request_body import shows_cleaned

QUERY_LENGTH = 200
"""Characters of a search that are read at most."""

space_blueprint = Blueprint("spaces", __name__, url_prefix="/contributions")


@space_blueprint.get("/ouvrir/<token>")
@requires(Permission.PUBLIC)
def knock(token: str) -> ResponseReturnValue:
    """Show the button that opens the space: mail scanners follow links, and press no button."""
    keep_private()
    respondent = links.find(db.session(), token)
    if respondent is None:
        return _opens_nothing()
    return render_template("responses/space/open.html", closed_at=closed_at(respondent))


@space_blueprint.post("/ouvrir/<token>")
@requires(Permission.PUBLIC)
def open_space(token: str) -> ResponseReturnValue:
    """Open the space in this browser, unless another site posts: it may be another's space."""
    if comes_from_elsewhere():
        return knock(token)
    with writing(db.session()):
        respondent = links.find(db.session(), token)
        if respondent is not None and not links.note_opened(db.session(), token, now()):
            respondent = None
        if respondent is not None:
            secret = sessions.open_space(db.session(), respondent.id, now())
    if respondent is None:
        return _opens_nothing()
    answer = make_response(redirect(_way_in(respondent.id), 303))
    cookie.set_token(answer, secret)
    return answer


def _way_in(respondent_id: int) -> str:
    """Return the address of the space, or from a receipt that of the next measure's form."""
    if request.form.get("intent") == "continue":
        way = journey_of(respondent_id)
        proposed = [measure.code for measure in way.untouched_among(proposed_along())]
        if proposed:
            return url_for(".contribute", code=proposed[0], **proposal(proposed[1:]))
        suggested = following(db.session(), respondent_id)
        if suggested is not None:
            return url_for(".contribute", code=suggested.code)
    anchor = "measures" if request.form.get("intent") == "choose" else None
    return url_for(".space", _anchor=anchor)


def _opens_nothing() -> ResponseReturnValue:
    """Show the same page for every link that opens nothing, whatever it is or was."""
    return render_template("responses/space/no_link.html"), 404


@space_blueprint.get("/enregistre/<token>")
@requires(Permission.PUBLIC)
def saved(token: str) -> ResponseReturnValue:
    """Show the personal link of a public form that was saved, for two hours."""
    keep_private()
    link = public_drafts.find_link(db.session(), token, now())
    if link is None:
        return render_template("responses/space/closed.html"), 410
    respondent = db.session.get_one(Respondent, link.respondent_id)
    address = links.address(current_app.config["BASE_URL"], prefix_for(current_locale()), link)
    closes_at = db.session.get_one(Round, respondent.round_id).closes_at
    return render_template(
        "responses/drafts/saved.html",
        link=address,
        link_token=links.token_of(link.id) if current_app.config["MAIL_SERVER"] else None,
        code=qr.draw(address),
        drafts=drafts_store.forms_begun(db.session(), respondent.id),
        closes_at=closes_at,
        is_closed=closes_at <= now(),
    )


@space_blueprint.get("/")
@requires(Permission.PUBLIC)
def space() -> ResponseReturnValue:
    """Show the responses of the respondent, their drafts and the next measure."""
    keep_private()
    opened = cookie.used_session()
    if opened is None:
        return render_template("responses/space/closed.html"), 403
    respondent = db.session.get_one(Respondent, opened.respondent_id)
    sent = revisions.current_of(db.session(), respondent.id)
    earlier = revisions.previous_of(db.session(), respondent.id)
    way = journey_of(opened.respondent_id)
    query = clean_line(request.args.get("q", ""))[:QUERY_LENGTH]
    met = db.session.get_one(Round, respondent.round_id)
    return render_template(
        "responses/space/space.html",
        sent=[
            (
                response,
                revisions.answered(response, current_locale()),
                visibility.outcomes_of_response(db.session(), response.id),
                _compared(earlier.get(response.questionnaire.measure_id), response),
            )
            for response in sent
        ],
        numbers=revisions.first_codes(db.session(), sent),
        unchanged=_unchanged(sent),
        decided=count_decided(db.session(), respondent.id),
        respondent=respondent,
        capacity=store.labels_for(db.session(), Destination.CAPACITY).get(respondent.capacity),
        journey=way,
        following=following(db.session(), opened.respondent_id),
        query=query,
        chapters=way.by_axis(_matching_ids(query)),
        closed=closed_rounds.closed_round(db.session(), met, now(), current_app.config),
        may_correct={None, *(step.measure.id for step in way.steps)},
        closed_at=met.closes_at if met.closes_at <= now() else None,
        closes_at=met.closes_at,
        drafts=drafts_store.forms_begun(db.session(), respondent.id),
        idle=sessions.LEFT_AT_LEAST,
        space_closes_at=now() + sessions.LEFT_AT_LEAST,
    )


def _matching_ids(query: str) -> set[int] | None:
    """Return the ids of the measures that a search finds; None where nothing is searched for."""
    if not query:
        return None
    return {measure.id for measure in queries.measures(db.session(), query=query)}


def _unchanged(sent: Sequence[Response]) -> Response | None:
    """Return the response that the address names, which a correction would not have changed."""
    for response in sent:
        measure = response.questionnaire.measure
        if request.args.get("inchangee") == (measure.code if measure else TOOL):
            return response
    return None


@space_blueprint.post("/rester")
@requires(Permission.PUBLIC)
def stay() -> ResponseReturnValue:
    """Keep the space open for two more hours, as the notice before it closes offers."""
    keep_private()
    return "", 204 if cookie.used_session() else 403


def _compared(before: Response | None, response: Response) -> Compared | None:
    if before is None:
        return None
    return revisions.compare(before, response, current_locale())


def closed_at(respondent: Respondent) -> datetime | None:
    """Return when the round of a respondent closed, or None while it is open."""
    closes_at = db.session.get_one(Round, respondent.round_id).closes_at
    return closes_at if closes_at <= now() else None


following = journey.following(invitations.is_asked)


def journey_of(respondent_id: int) -> Journey:
    """Return the journey of a respondent over the measures in force."""
    invited_ids = invitations.measures_asked(db.session(), respondent_id)
    return journey.of(db.session(), respondent_id, queries.measures(db.session()), invited_ids)


@space_blueprint.route("/mesures/<code>", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute(code: str) -> ResponseReturnValue:
    """Ask about one measure in the space, among the respondent's other responses."""
    measure = queries.bare_measure(db.session(), code)
    if measure is None:
        abort(404)
    return _contribute(measure.code)


@space_blueprint.route("/outil", methods=["GET", "POST"])
@shows_cleaned
@requires(Permission.PUBLIC)
def contribute_to_tool() -> ResponseReturnValue:
    """Ask about the tool as a whole in the space."""
    return _contribute(None)


def _contribute(code: str | None) -> ResponseReturnValue:
    keep_private()
    opened = cookie.used_session()
    if request.method == "POST":
        sent = posted.read()
        if sent.action == SAVE:
            return save(code, sent, opened or _just_left())
        return receive(code, sent, opened, in_space=True)
    if opened is None:
        return render_template("responses/space/closed.html"), 403
    return ask_(code, db.session.get_one(Respondent, opened.respondent_id))


@space_blueprint.post("/fermer")
@requires(Permission.PUBLIC)
def close_space() -> ResponseReturnValue:
    """Close the space in this browser, and the receipts that it was shown."""
    if comes_from_elsewhere():
        return redirect(url_for(".space"), 303)
    answer = make_response(redirect(url_for(".space"), 303))
    left = cookie.forget(answer)
    if left.token or left.displayed:
        with writing(db.session()):
            sessions.leave(db.session(), left, now())
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _just_left() -> RespondentSession | None:
    """Return the space that was closed a moment ago, for a late save of the page's script."""
    return sessions.find_just_closed(db.session(), cookie.token(), now()) if is_script() else None


identity_blueprint = Blueprint("identity", __name__, url_prefix="/contributions/moi")


@identity_blueprint.route("", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def identity() -> ResponseReturnValue:
    """Show the respondent's identity; on a valid post, change it for all their responses."""
    keep_private()
    opened = cookie.used_session()
    if opened is None:
        return render_template("responses/space/closed.html"), 403
    respondent = db.session.get_one(Respondent, opened.respondent_id)
    instrument = _identity_form(db.session.get_one(Round, respondent.round_id))
    if request.method != "POST" or comes_from_elsewhere():
        known = refill.identity(instrument, respondent)
        page = _page(instrument, Checked(typed=known, errors={}, values={}))
        return page, 400 if request.method == "POST" else 200
    checked = replace(validation.check(instrument, request.form), general=())
    if checked.errors:
        return _page(instrument, checked), 422
    _keep(instrument, checked, opened.respondent_id)
    return redirect(url_for("spaces.space"), 303)


def _keep(instrument: Instrument, checked: Checked, respondent_id: int) -> None:
    at = now()
    with writing(db.session()):
        respondent = db.session.get_one(Respondent, respondent_id, with_for_update=True)
        if respondent.erased_at is not None:
            abort(404)
        given = identities.given_in(instrument, checked.values)
        identities.write(db.session(), respondent, given, at)
        respondent.notice_version = context.notice_version_at(db.session(), respondent.round_id, at)


def _identity_form(consultation_round: Round) -> Instrument:
    """Return the questions of the round's forms about the respondent, and no others.

    A post is read by the version that was displayed, which may have been replaced since.
    """
    form = _displayed_form(consultation_round)
    if form is None:
        public_id = rounds_queries.questionnaire_for(db.session(), consultation_round, None)
        form = shelf().take(db.session(), public_id) if public_id else None
    if form is None:
        abort(404)
    about = [
        replace(
            section,
            questions=tuple(
                question
                for question in section.questions
                if question.destination is not Destination.ANSWER
            ),
        )
        for section in form.sections
    ]
    return replace(
        form, sections=tuple(section for section in about if section.questions), cache={}
    )


def _displayed_form(consultation_round: Round) -> Instrument | None:
    """Return the version of the round's form on the tool that the post names."""
    named = request.form.get("form")
    form = shelf().take(db.session(), named) if named else None
    if form is None or (form.round_id, form.measure_id) != (consultation_round.id, None):
        return None
    return form


def _page(instrument: Instrument, checked: Checked) -> str:
    locale = current_locale()
    return render_template(
        "responses/space/identity.html",
        form=instrument.public_id,
        errors=rendering.list_errors(instrument, checked, locale),
        fields=rendering.filled_fields(current_app.jinja_env, instrument, locale, checked),
    )


def register(app: Flask) -> None:
    """Give the header of every page `open_space`."""
    app.jinja_env.globals["open_space"] = cookie.open_space
