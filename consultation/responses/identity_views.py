"""The page of the space where a respondent says anew who they are, for all they have sent."""

from dataclasses import replace

from flask import Blueprint, Flask, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.questionnaires import checking, rounds, showing
from consultation.questionnaires.checking import Checked
from consultation.questionnaires.instrument import Instrument
from consultation.questionnaires.models import Destination, Round
from consultation.responses import notice, refilling
from consultation.responses.forms import shelf
from consultation.responses.identity import identity_of, keep_identity
from consultation.responses.models import Respondent
from consultation.responses.space_views import opened_space
from consultation.web.csrf import comes_from_elsewhere
from consultation.web.headers import keep_private
from consultation.web.locale import current_locale
from consultation.web.permissions import Permission, requires

blueprint = Blueprint("identity", __name__, url_prefix="/contributions/moi")


@blueprint.route("", methods=["GET", "POST"])
@requires(Permission.PUBLIC)
def identity() -> ResponseReturnValue:
    """Show who answers, and change it for every contribution of the space at once."""
    keep_private()
    opened = opened_space()
    if opened is None:
        return render_template("responses/space_closed.html"), 403
    respondent = db.session.get_one(Respondent, opened.respondent_id)
    asked = _asked(db.session.get_one(Round, respondent.round_id))
    if request.method != "POST" or comes_from_elsewhere():
        known = refilling.identity(asked, respondent)
        page = _page(asked, Checked(typed=known, errors={}, values={}))
        return page, 400 if request.method == "POST" else 200
    checked = replace(checking.check(asked, request.form), general=())
    if checked.errors:
        return _page(asked, checked), 422
    _keep(asked, checked, opened.respondent_id)
    return redirect(url_for("spaces.space"), 303)


def _keep(asked: Instrument, checked: Checked, respondent_id: int) -> None:
    at = now()
    with writing(db.session()):
        respondent = db.session.get_one(Respondent, respondent_id, with_for_update=True)
        if respondent.erased_at is not None:
            abort(404)
        keep_identity(db.session(), respondent, identity_of(asked, checked.values), at)
        respondent.notice_version = notice.version_at(db.session(), respondent.round_id, at)


def _asked(consultation_round: Round) -> Instrument:
    """Return what the forms of the round ask of the person, and nothing else.

    What comes back is read by the version that was shown, which may have been renewed since.
    """
    form = _shown(consultation_round)
    if form is None:
        public_id = rounds.questionnaire_for(db.session(), consultation_round, None)
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


def _shown(consultation_round: Round) -> Instrument | None:
    """Return the version of the round's form on the tool that the page was made from."""
    named = request.form.get("form")
    form = shelf().take(db.session(), named) if named else None
    if form is None or (form.round_id, form.measure_id) != (consultation_round.id, None):
        return None
    return form


def _page(asked: Instrument, checked: Checked) -> str:
    locale = current_locale()
    return render_template(
        "responses/identity.html",
        form=asked.public_id,
        faults=showing.faults(asked, checked, locale),
        fields=showing.filled_fields(current_app.jinja_env, asked, locale, checked),
    )


def register(app: Flask) -> None:
    """Add the page to `app`."""
    app.register_blueprint(blueprint)
