"""Staff pages of indicators: the list of all, and the wording and earlier versions of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import ValidationError

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit, digest
from consultation.extensions import db
from consultation.i18n import folded, localized
from consultation.plan import drafts, queries
from consultation.plan.drafts import (
    IndicatorDraft,
    MeasureDraft,
    NotInPlan,
    PlanDraft,
    indicator_draft,
)
from consultation.plan.forms import (
    IndicatorAct,
    IndicatorForm,
    IndicatorsForm,
    NewIndicatorForm,
    check_indicator_code,
    indicator_values,
    posted,
)
from consultation.plan.measurement import remarks
from consultation.plan.models import Indicator, Remark
from consultation.plan.queries import version_rows
from consultation.plan.staff_views import Revision, carry_out, carry_out_if_there
from consultation.plan.workbook import writer
from consultation.text import clean_line, length
from consultation.web.headers import allow_fetching
from consultation.web.permissions import Permission, require, requires
from consultation.web.typography import counted

blueprint = Blueprint("plan_indicators", __name__, url_prefix="/organisation/plan")

REREAD, RESTORE = "relire", "remettre"
"""Values of the buttons that read the wording again, and that let a remark be made again."""
NO_REASON = "Le texte change : dites pourquoi, en quelques mots."


@dataclass(frozen=True)
class IndicatorRow:
    """An indicator of the list and its measure; `retired_at` is None for one in force."""

    indicator: IndicatorDraft
    measure: MeasureDraft
    retired_at: datetime | None = None


@dataclass(frozen=True)
class Filters:
    """What the list of indicators is reduced to; empty for no filter."""

    text: str = ""
    axis: str = ""
    measure: str = ""
    is_retired: bool = False

    @property
    def kept(self) -> dict[str, Any]:
        """The filters as an address has them."""
        retired = "retires" if self.is_retired else ""
        named = {"q": self.text, "axe": self.axis, "mesure": self.measure, "etat": retired}
        return {name: value for name, value in named.items() if value}

    def admit(self, row: IndicatorRow) -> bool:
        """Return whether the list has a row."""
        content = folded(f"{row.indicator.code} {localized(row.indicator.label, 'fr')}")
        return (
            all(part in content for part in folded(self.text).split())
            and self.axis in ("", row.measure.axis)
            and self.measure in ("", row.measure.code)
        )


def _filters() -> Filters:
    arguments = request.args
    return Filters(
        clean_line(arguments.get("q", ""))[:100],
        arguments.get("axe", ""),
        arguments.get("mesure", ""),
        arguments.get("etat") == "retires",
    )


@blueprint.get("/indicateurs")
@requires(Permission.EDIT_PLAN)
def listing() -> str:
    """List the indicators in force, or those that were retired from measures in force."""
    return _listing_page(_acts_form(None))


@blueprint.post("/indicateurs")
@requires(Permission.EDIT_PLAN)
def act_on_many() -> ResponseReturnValue:
    """Retire, move or bring back the indicators that are ticked, once confirmed."""
    form = _acts_form(request.form)
    if not form.validate():
        return _listing_page(form), 422
    codes = form.indicators.data
    measure = form.measure.data if form.act is IndicatorAct.MOVE else ""
    details: dict[str, Any] = {}

    def change(draft: PlanDraft) -> PlanDraft:
        changed = _changed(draft, form.act, codes, measure)
        details.update(_difference(draft, changed))
        return changed

    what, heading, done = ACTS[form.act]
    label = counted(len(codes), "indicateur", "indicateurs")
    back = url_for(".listing", **_filters().kept)
    revision = Revision(
        what,
        measure or codes[0],
        f"{heading} {label}{f' vers la mesure « {measure} »' if measure else ''}",
        done,
        change,
        back,
        fields={"indicateur": codes, "vers": measure, "geste": form.act.value},
        details=details,
        is_shown_first=True,
    )
    return carry_out_if_there(revision)


@blueprint.post("/annuler-indicateurs")
@requires(Permission.EDIT_PLAN)
def undo_many() -> ResponseReturnValue:
    """Take back what was done with several indicators, if the plan has not changed since."""
    event = _undoable()
    back = url_for(".listing")
    if event is None:
        flash("Il n'y a plus rien à annuler : le plan a changé depuis.")
        return redirect(back, 303)
    details = event.details or {}
    revision = Revision(
        "indicators_undone",
        event.subject or "",
        "Annuler le dernier changement de plusieurs indicateurs",
        "C'est annulé : les indicateurs sont comme avant.",
        lambda draft: _restored(draft, details["indicators"], details["order"]),
        back,
    )
    return carry_out_if_there(revision)


ACTS = {
    IndicatorAct.RETIRE: ("indicators_retired", "Retirer", "Ces indicateurs sont retirés."),
    IndicatorAct.MOVE: ("indicators_moved", "Déplacer", "Ces indicateurs ont changé de mesure."),
    IndicatorAct.BRING_BACK: (
        "indicators_brought_back",
        "Remettre",
        "Ces indicateurs sont de nouveau demandés, les derniers de leur mesure.",
    ),
}
"""What the audit log calls each act, its verb, and what is said when it is done."""


def _changed(draft: PlanDraft, act: IndicatorAct, codes: Sequence[str], measure: str) -> PlanDraft:
    """Return the plan after an act; what is not there any more is left out."""
    if act is IndicatorAct.RETIRE:
        return drafts.retire_indicators(draft, codes)
    if act is IndicatorAct.MOVE:
        in_force = [
            it
            for owner in draft.measures
            if owner.code != measure
            for it in owner.indicators
            if it.code in codes
        ]
        return drafts.gather_indicators(draft, measure, in_force)
    for row in queries.restorable_indicators(db.session()):
        if row.code in codes:
            back = [indicator_draft(row)]
            draft = drafts.gather_indicators(draft, row.measure.code, back)
    return draft


def _difference(before: PlanDraft, after: PlanDraft) -> dict[str, Any]:
    """Return the indicators that changed place, and the order that their measures had."""
    was, became = _places(before), _places(after)
    order = {code: listed for code, listed in was.items() if listed != became[code]}
    owner_before, owner_after = _owners(was), _owners(became)
    moved = [
        code
        for code in owner_before | owner_after
        if owner_before.get(code) != owner_after.get(code)
    ]
    return {"indicators": moved, "order": order}


def _owners(places: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {code: measure for measure, listed in places.items() for code in listed}


def _places(draft: PlanDraft) -> dict[str, list[str]]:
    return {it.code: [indicator.code for indicator in it.indicators] for it in draft.measures}


def _restored(
    draft: PlanDraft, codes: Sequence[str], order: Mapping[str, Sequence[str]]
) -> PlanDraft:
    """Return the plan with the measures of `order` as they were."""
    known = {it.code: it for measure in draft.measures for it in measure.indicators}
    retired = {row.code: row for row in queries.restorable_indicators(db.session())}
    known |= {code: indicator_draft(retired[code]) for code in codes if code in retired}
    by_measure = {
        measure: [known[code] for code in listed if code in known]
        for measure, listed in order.items()
    }
    return drafts.with_indicators(draft, by_measure)


def _undoable() -> AuditEvent | None:
    """Return the last change of the plan, if it is an act of the actor on several indicators."""
    event = db.session.scalars(
        sa.select(AuditEvent)
        .where(AuditEvent.action.in_(("plan_changed", "plan_imported")))
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).first()
    is_own = event is not None and event.account_id == require(Permission.EDIT_PLAN).id
    return event if event is not None and is_own and "order" in (event.details or {}) else None


def _acts_form(formdata: Mapping[str, str] | None) -> IndicatorsForm:
    return IndicatorsForm(formdata, measures=writer.draft_of(db.session()).measures)


def _listing_page(form: IndicatorsForm) -> str:
    draft, filters = writer.draft_of(db.session()), _filters()
    if filters.is_retired:
        measures = {it.code: it for it in draft.measures}
        rows = [
            IndicatorRow(indicator_draft(row), measures[row.measure.code], row.retired_at)
            for row in queries.restorable_indicators(db.session())
        ]
    else:
        rows = [IndicatorRow(it, owner) for owner in draft.measures for it in owner.indicators]
    return render_template(
        "plan/staff/indicators.html",
        rows=[row for row in rows if filters.admit(row)],
        draft=draft,
        filters=filters,
        form=form,
        last_act=_undoable(),
        acts=IndicatorAct,
    )


@blueprint.get("/indicateurs/<code>")
@requires(Permission.EDIT_PLAN)
def indicator(code: str) -> ResponseReturnValue:
    """Show the form of an indicator, and its versions."""
    row = _row(code)
    values = indicator_values(indicator_draft(row))
    return _page(row, IndicatorForm(data={**values, "digest": digest(values)}))


@blueprint.post("/indicateurs/<code>")
@requires(Permission.EDIT_PLAN)
def edit(code: str) -> ResponseReturnValue:
    """Store the edited wording as the next version."""
    row = _row(code)
    stored = indicator_draft(row)
    form = IndicatorForm(posted(indicator_values(stored)))
    if request.form.get("geste") == REREAD:
        return _page(row, form)
    if not _is_valid(form, stored):
        return _page(row, form), 422

    def change(draft: PlanDraft) -> PlanDraft:
        measure, before = drafts.indicator_of(draft, code)
        if digest(indicator_values(before)) != form.digest.data:
            raise StaleEdit("l'indicateur")
        return drafts.put_indicator(draft, measure.code, form.edited(before))

    revision = Revision(
        "indicator_reworded",
        code,
        f"Modifier l'indicateur « {code} »",
        f"L'indicateur « {code} » a une nouvelle version. L'ancienne reste ci-dessous.",
        change,
        url_for(".indicator", code=code),
        fields=form.sent_again(),
    )
    try:
        return carry_out(revision)
    except (StaleEdit, NotInPlan):
        row = _row(code)
        form.compare(indicator_values(indicator_draft(row)))
        return _page(row, form, StaleEdit("l'indicateur")), 409


@blueprint.post("/indicateurs/<code>/remarques/<name>")
@requires(Permission.EDIT_PLAN)
def silence(code: str, name: str) -> ResponseReturnValue:
    """Silence a remark, or let it be made again; show the page with what is typed."""
    row, actor = _row(code), require(Permission.EDIT_PLAN)
    remark = Remark(name) if name in set(Remark) else abort(404)
    why = clean_line(request.form.get(f"why_{name}", ""))
    is_restored = request.form.get("geste") == RESTORE
    with writing(db.session()):
        if is_restored:
            remarks.restore(db.session(), actor, row, remark, now())
        elif why and length(why) <= remarks.LONGEST_REASON:
            remarks.silence(db.session(), actor, row, remark, why, now())
    row = _row(code)
    form = IndicatorForm(posted(indicator_values(indicator_draft(row))))
    is_refused = not is_restored and not 0 < length(why) <= remarks.LONGEST_REASON
    return _page(row, form, refused=remark if is_refused else None), 422 if is_refused else 200


@blueprint.get("/mesures/<measure>/ajouter-un-indicateur")
@requires(Permission.EDIT_PLAN)
def new(measure: str) -> ResponseReturnValue:
    """Ask for an indicator to add to a measure."""
    return _new_page(_measure(measure), NewIndicatorForm())


@blueprint.post("/mesures/<measure>/ajouter-un-indicateur")
@requires(Permission.EDIT_PLAN)
def add(measure: str) -> ResponseReturnValue:
    """Add an indicator to a measure, after its others."""
    owner = _measure(measure)
    form = NewIndicatorForm(request.form)
    if not form.validate():
        return _new_page(owner, form), 422
    added = form.draft()

    def change(draft: PlanDraft) -> PlanDraft:
        check_indicator_code(added.code)
        is_shipped = drafts.measure_of(draft, measure).is_shipped
        return drafts.put_indicator(draft, measure, replace(added, is_shipped=is_shipped))

    revision = Revision(
        "indicator_added",
        added.code,
        f"Ajouter l'indicateur « {added.code} » à la mesure « {measure} »",
        f"L'indicateur « {added.code} » est ajouté.",
        change,
        url_for("plan_measures.measure", code=measure),
        url_for("plan_measures.measure", code=measure, _anchor=f"indicateur-{added.code}"),
        form.sent_again(),
    )
    try:
        return carry_out_if_there(revision)
    except ValidationError as refused:
        form.add_error("code", str(refused))
        return _new_page(owner, form), 409


@blueprint.post("/indicateurs/<code>/retirer")
@requires(Permission.EDIT_PLAN)
def retire(code: str) -> ResponseReturnValue:
    """Take an indicator out of its measure."""
    measure = _row(code).measure.code
    revision = Revision(
        "indicator_retired",
        code,
        f"Retirer l'indicateur « {code} »",
        f"L'indicateur « {code} » est retiré. On peut le remettre depuis cette page.",
        lambda draft: drafts.retire_indicator(draft, code),
        url_for("plan_measures.measure", code=measure),
    )
    return carry_out_if_there(revision)


@blueprint.post("/indicateurs/<code>/remettre")
@requires(Permission.EDIT_PLAN)
def bring_back(code: str) -> ResponseReturnValue:
    """Put a retired indicator back under its measure, after its others."""
    measure = _row(code).measure.code

    def change(draft: PlanDraft) -> PlanDraft:
        row = _row(code)
        if row.retired_at is None:
            return draft
        is_shipped = row.is_shipped and drafts.measure_of(draft, row.measure.code).is_shipped
        back = replace(indicator_draft(row), is_shipped=is_shipped)
        return drafts.put_indicator(draft, row.measure.code, back)

    revision = Revision(
        "indicator_brought_back",
        code,
        f"Remettre l'indicateur « {code} »",
        f"L'indicateur « {code} » est de nouveau demandé, le dernier de sa mesure.",
        change,
        url_for("plan_measures.measure", code=measure),
        url_for("plan_measures.measure", code=measure, _anchor=f"indicateur-{code}"),
    )
    return carry_out_if_there(revision)


def _row(code: str) -> Indicator:
    """Return the indicator of exactly that code, retired or not; abort with 404."""
    row = queries.stored_indicator(db.session(), code)
    if row is None or row.code != code:
        abort(404)
    return row


def _measure(code: str) -> MeasureDraft:
    try:
        return drafts.measure_of(writer.draft_of(db.session()), code)
    except NotInPlan:
        abort(404)


def _is_valid(form: IndicatorForm, stored: IndicatorDraft) -> bool:
    """Validate a form, which needs a reason when the wording changes."""
    if not form.validate():
        return False
    wording = form.wording()
    has_reason = bool(form.reason.data) or all(
        getattr(stored, name) == text for name, text in wording.items()
    )
    if not has_reason:
        form.add_error("reason", NO_REASON)
    return has_reason


def _remarks(
    row: Indicator, form: IndicatorForm, refused: Remark | None = None
) -> Mapping[str, object]:
    """Return what the remarks on the form, as it is, are shown with."""
    silenced = remarks.silences(db.session(), row)
    made = remarks.remarks_on(form.as_typed(row.code))
    quiet = {it.remark for it in silenced}
    return {
        "indicator": row,
        "remarks": [remark for remark in made if remark not in quiet],
        "silenced": [it for it in silenced if it.remark in made],
        "sentences": remarks.SENTENCES,
        "refused": refused,
    }


def _page(
    row: Indicator,
    form: IndicatorForm,
    stale: StaleEdit | None = None,
    refused: Remark | None = None,
) -> str:
    allow_fetching()
    form.compare_with(indicator_values(indicator_draft(row)))
    return render_template(
        "plan/staff/indicator.html",
        **_remarks(row, form, refused),
        label=localized(row.version.label, "fr"),
        versions=version_rows(row),
        form=form,
        stale_edit=stale,
        reread=REREAD,
    )


def _new_page(measure: MeasureDraft, form: NewIndicatorForm) -> str:
    return render_template("plan/staff/new_indicator.html", measure=measure, form=form)
