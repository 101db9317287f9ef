"""Publication pages: preview of a form, review, publication."""

from collections.abc import Collection

import sqlalchemy as sa
from flask import (
    Blueprint,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.i18n import DEFAULT_LOCALE, LANGUAGES, NAMES
from consultation.plan.models import Measure
from consultation.questionnaires.editor.page_context import error_address, find_round
from consultation.questionnaires.form import duration, rendering
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.models import Questionnaire, Round
from consultation.questionnaires.outline import scope, store, validation
from consultation.questionnaires.publication import build, review
from consultation.questionnaires.publication.publish import TOOL, Publication, live_measures
from consultation.questionnaires.publication.review import PublicationRefused
from consultation.questionnaires.rounds import lifecycle
from consultation.recordings import playback
from consultation.responses.models import Response
from consultation.text import capitalized
from consultation.web.headers import allow_frames, allow_listening, allow_preview_frame
from consultation.web.locale import current_locale, in_language
from consultation.web.navigation import document_is_public
from consultation.web.permissions import Permission, requires
from consultation.work.actions import act, current_work

blueprint = Blueprint("publication", __name__, url_prefix="/organisation/tours/<code>")

MOST_NAMED = 12
"""How many forms a change names; the others are counted."""


@blueprint.get("/publication")
@requires(Permission.COMPOSE)
def changes(code: str) -> ResponseReturnValue:
    """Display what publishing would change, and on how many forms."""
    return _page(find_round(code))


@blueprint.post("/publication")
@requires(Permission.COMPOSE)
def publish(code: str) -> ResponseReturnValue:
    """Publish what the page displayed; display the review again if it is stale or refused."""
    seen = request.form.get("digest", "")

    def page(stale: StaleEdit | None = None) -> str:
        return _page(find_round(code), stale)

    return act(
        lambda work: review.publish(work, find_round(code), seen),
        page=page,
        refusals={PublicationRefused: lambda _: (page(), 422)},
        done=_done_sentence,
        to=url_for(".changes", code=code),
    )


def _page(consultation_round: Round, stale: StaleEdit | None = None) -> str:
    current = review.review(current_work(), consultation_round)
    return render_template(
        "questionnaires/publication/publication.html",
        round=consultation_round,
        review=current,
        is_stale=stale is not None,
        state=lifecycle.state_of(consultation_round, now()),
        response_count=_response_count(consultation_round, current.forms),
        most_named=MOST_NAMED,
        error_address=error_address,
    )


def _response_count(consultation_round: Round, forms: Publication) -> int:
    """Count the responses to the forms that would be replaced or closed, all versions together."""
    replaced = {*forms.renewed, *forms.closed}
    versions = db.session().execute(
        sa.select(Questionnaire.id, Measure.code)
        .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
        .where(Questionnaire.round_id == consultation_round.id)
    )
    ids = [id_ for id_, code in versions if (code or TOOL) in replaced]
    counted = sa.select(sa.func.count(Response.id)).where(
        Response.questionnaire_id.in_(ids),
        Response.superseded_at.is_(None),
        Response.withdrawn_at.is_(None),
    )
    return db.session().scalar(counted) or 0


def _done_sentence(done: Publication) -> str:
    counts = (
        (done.opened, "formulaire ouvert", "formulaires ouverts"),
        (done.renewed, "formulaire renouvelé", "formulaires renouvelés"),
        (done.closed, "formulaire fermé", "formulaires fermés"),
        (done.unchanged, "inchangé", "inchangés"),
    )
    parts = [
        f"{len(forms)} {singular if len(forms) < 2 else plural}"
        for forms, singular, plural in counts
        if forms
    ]
    return f"Le questionnaire est publié : {', '.join(parts)}."


PHONE, FULL = "phone", "full"
WIDTHS = {PHONE: "Téléphone", FULL: "Pleine largeur"}


@blueprint.get("/apercu")
@requires(Permission.COMPOSE)
def preview(code: str) -> ResponseReturnValue:
    """Offer forms, widths and languages; display the chosen or first form in a phone's width."""
    offered_locales = find_round(code).locales
    measures = scope.measures_in_force(db.session())
    offered = [*(measure.code for measure in measures), TOOL]
    chosen = {
        "form": _read_choice("formulaire", offered) or offered[0],
        "width": _read_choice("largeur", WIDTHS) or PHONE,
        "locale": _read_choice("langue", offered_locales) or DEFAULT_LOCALE,
    }
    with writing(db.session()):
        build.log_preview(current_work(), find_round(code), chosen["width"])
    if chosen["width"] == FULL:
        address = url_for(".form", code=code, form=chosen["form"], langue=chosen["locale"])
        return redirect(address, 303)
    allow_frames()
    return render_template(
        "questionnaires/publication/preview.html",
        round=find_round(code),
        axes=scope.by_axis(measures),
        chosen=chosen,
        widths=WIDTHS,
        locales={tag: capitalized(NAMES[tag]) for tag in offered_locales},
        tool=TOOL,
    )


@blueprint.get("/apercu/<form>")
@requires(Permission.COMPOSE)
def form(code: str, form: str) -> ResponseReturnValue:
    """Display the form of a measure, or of the tool, as it would be published now."""
    allow_preview_frame()
    consultation_round = find_round(code)
    measure = None if form == TOOL else _find_measure(form)
    outline = store.working(db.session(), consultation_round)
    counts = scope.indicator_counts(scope.measures_in_force(db.session()))
    errors = [error for error in validation.find_errors(outline, counts) if error.question]
    if errors:
        return render_template(
            "questionnaires/publication/preview_errors.html",
            round=consultation_round,
            errors=errors,
            error_address=error_address,
        )
    instrument = build.instrument_for(outline, consultation_round, measure)
    with in_language(_read_choice("langue", consultation_round.locales) or DEFAULT_LOCALE):
        return _form_page(consultation_round, instrument, measure, form)


def _form_page(
    consultation_round: Round, instrument: Instrument, measure: Measure | None, form: str
) -> str:
    """Return the page of the public form, without a key and a button to send it."""
    locale, code = current_locale(), consultation_round.code
    others = [
        (LANGUAGES[tag], url_for(".form", code=code, form=form, langue=tag))
        for tag in consultation_round.locales
        if tag != locale
    ]
    if not document_is_public(bool(consultation_round.document_url)):
        instrument = rendering.without_document(instrument, {})
    state = playback.state(db.session())
    sounds = playback.sounds_of(db.session(), instrument, locale, state)
    if sounds:
        allow_listening()
    return render_template(
        "questionnaires/publication/preview_form.html",
        round=consultation_round,
        instrument=instrument,
        measure=measure,
        place=rendering.place_of(measure),
        minutes=duration.minutes_for(instrument),
        closes_at=consultation_round.closes_at,
        anchor=rendering.anchor,
        fields=rendering.blank_fields(current_app.jinja_env, instrument, locale, sounds),
        other_languages=lambda: others,
    )


def _read_choice(name: str, offered: Collection[str]) -> str:
    """Return a parameter of the address, empty if it is none of `offered`."""
    value = request.args.get(name, "")
    return value if value in offered else ""


def _find_measure(code: str) -> Measure:
    measures = {measure.code: measure for measure in live_measures(db.session())}
    if code not in measures:
        abort(404)
    return measures[code]
