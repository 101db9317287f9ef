"""The preview of any form, alone or as wide as a phone, as it would be published now."""

from collections.abc import Collection

from flask import Flask, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from consultation.clock import now
from consultation.database import writing
from consultation.extensions import db
from consultation.plan.models import Measure
from consultation.questionnaires import (
    outlines,
    previewing,
    publishing,
    reach,
    showing,
    soundness,
)
from consultation.questionnaires.instrument import Instrument
from consultation.questionnaires.models import Round
from consultation.questionnaires.publishing import TOOL
from consultation.questionnaires.publishing_views import blueprint, fault_address, found_round
from consultation.web.headers import let_frames_in, only_preview
from consultation.web.permissions import Permission, require, requires

PHONE, FULL = "phone", "full"
WIDTHS = {PHONE: "Téléphone", FULL: "Pleine largeur"}
LOCALES = {"fr": "Français", "en": "Anglais"}


@blueprint.get("/apercu")
@requires(Permission.COMPOSE)
def preview(code: str) -> ResponseReturnValue:
    """Ask for a form, a width and a language; show the form as a phone would."""
    found_round(code)
    measures = reach.measures_in_force(db.session())
    chosen = {
        "form": _chosen("formulaire", [TOOL, *(measure.code for measure in measures)]),
        "width": _chosen("largeur", WIDTHS) or PHONE,
        "locale": _chosen("langue", LOCALES) or "fr",
    }
    if chosen["form"]:
        address = url_for(".form", code=code, form=chosen["form"], langue=chosen["locale"])
        _note(code, chosen["width"])
        if chosen["width"] == FULL:
            return redirect(address, 303)
        let_frames_in()
    return render_template(
        "questionnaires/preview.html",
        round=found_round(code),
        axes=reach.by_axis(measures),
        chosen=chosen,
        widths=WIDTHS,
        locales=LOCALES,
        tool=TOOL,
    )


@blueprint.get("/apercu/<form>")
@requires(Permission.COMPOSE)
def form(code: str, form: str) -> ResponseReturnValue:
    """Show one form, of a measure or of the tool, as it would be published now."""
    only_preview()
    consultation_round = found_round(code)
    measure = None if form == TOOL else _measure(form)
    outline = outlines.working(db.session(), consultation_round)
    counts = reach.indicator_counts(reach.measures_in_force(db.session()))
    faults = [fault for fault in soundness.faults(outline, counts) if fault.question]
    if faults:
        return render_template(
            "questionnaires/preview_faulty.html",
            round=consultation_round,
            faults=faults,
            fault_address=fault_address,
        )
    shown = previewing.instrument_for(outline, consultation_round, measure)
    with force_locale(_chosen("langue", LOCALES) or "fr"):
        return _form_page(consultation_round, shown, measure, form)


def _form_page(
    consultation_round: Round, shown: Instrument, measure: Measure | None, form: str
) -> str:
    """Return the page of the public form, without a key and with nothing to send."""
    locale = _chosen("langue", LOCALES) or "fr"
    other = "fr" if locale == "en" else "en"
    address = url_for(".form", code=consultation_round.code, form=form, langue=other)
    return render_template(
        "questionnaires/preview_form.html",
        round=consultation_round,
        instrument=shown,
        measure=measure,
        place=showing.place_of(measure),
        minutes=showing.minutes_for(shown),
        closes_at=consultation_round.closes_at,
        anchor=showing.anchor,
        fields=showing.blank_fields(current_app.jinja_env, shown, locale),
        other_language=lambda: (other, address),
    )


def _chosen(name: str, offered: Collection[str]) -> str:
    """Return what the address says under `name`, nothing when that was not offered."""
    said = request.args.get(name, "")
    return said if said in offered else ""


def _note(code: str, width: str) -> None:
    """Note the preview in the trail; this alone is written when a preview is opened."""
    actor = require(Permission.COMPOSE)
    with writing(db.session()):
        previewing.note_opened(db.session(), actor.id, found_round(code), width, now())


def _measure(code: str) -> Measure:
    found = [measure for measure in publishing.live_measures(db.session()) if measure.code == code]
    if not found:
        abort(404)
    return found[0]


def register(app: Flask) -> None:
    """Add the pages to `app`, those of `publishing_views` with them."""
    app.register_blueprint(blueprint)
