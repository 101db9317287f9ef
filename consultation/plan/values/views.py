"""Staff pages of observed values: all indicators by measure, and the values of one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from consultation.clock import in_paris, now
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.plan import queries
from consultation.plan.measurement.texts import date_text, value_text
from consultation.plan.measurement.values import Measurement, measurement_of
from consultation.plan.models import Indicator
from consultation.plan.queries import IndicatorRetired
from consultation.plan.values import overrides, publication, record
from consultation.plan.values.forms import (
    OverrideForm,
    ValueForm,
    form_values,
    override_values,
)
from consultation.plan.values.lists import lists_of
from consultation.plan.values.models import IndicatorValue, Progress, ProgressOverride
from consultation.plan.values.progress import Conclusion
from consultation.plan.values.record import AlreadyReported
from consultation.web.permissions import Permission, require, requires
from consultation.work.actions import AtField, act, current_work

blueprint = Blueprint("values", __name__, url_prefix="/organisation/valeurs")

ALREADY = "Cette valeur est déjà là, pour cette échéance et de cette source : rien n'est ajouté."
RETIRED = "L'indicateur a été retiré du plan entre-temps. Remettez-le pour y ajouter une valeur."


@dataclass(frozen=True)
class Line:
    """An indicator with its values that stand, and the word for its progress."""

    indicator: Indicator
    values: list[IndicatorValue]
    conclusion: Conclusion
    override: ProgressOverride | None

    @property
    def progress(self) -> Progress | None:
        """The word: a person's, or the rule's."""
        return self.override.progress if self.override else self.conclusion.progress

    @property
    def measurement(self) -> Measurement:
        """How it is measured at present."""
        return measurement_of(self.indicator.version)

    @property
    def series(self) -> list[list[IndicatorValue]]:
        """The values by series: those of two are not compared."""
        numbers = record.series_of(self.indicator)
        by_series: dict[int, list[IndicatorValue]] = {}
        for row in self.values:
            by_series.setdefault(numbers[row.indicator_version_id], []).append(row)
        return [by_series[number] for number in sorted(by_series)]

    @property
    def latest(self) -> list[IndicatorValue]:
        """The values of the last moment."""
        last = self.values[-1] if self.values else None
        return [it for it in self.values if last and (it.point, it.day) == (last.point, last.day)]


@blueprint.get("")
@requires(Permission.RECORD_VALUES)
def board() -> ResponseReturnValue:
    """Show the indicators with targets, last values and progress, by pages."""
    work = current_work()
    lists = lists_of(work, queries.whole_measures(work.session))
    if request.args.get("etat") == "a-publier":  # a tab of this page before it had its own
        return redirect(lists.waiting.address(), 301)
    listing = lists.board
    on_page = [it.indicator for it in listing.page.rows]
    lines = _lines(on_page)
    return render_template(
        "plan/values/board.html",
        listing=listing,
        tabs=lists.tabs(listing),
        groups=[
            (measure, [lines[it.id] for it in of])
            for measure, of in groupby(on_page, lambda it: it.measure)
        ],
        **page_labels(),
    )


@blueprint.get("/<code>")
@requires(Permission.RECORD_VALUES)
def indicator(code: str) -> ResponseReturnValue:
    row = _indicator(code)
    before = _value(row, request.args.get("valeur"))
    return _page(row, _form(row) if before is None else _form_of(before))


@blueprint.post("/<code>")
@requires(Permission.RECORD_VALUES)
def report(code: str) -> ResponseReturnValue:
    """Store a value, or one in the place of another."""
    row = _indicator(code)
    before = record.in_place_of(db.session(), row.id, request.form.get("supersedes"))
    version = before.version if before else row.version
    form = ValueForm(request.form, measured_as=measurement_of(version).measured_as)

    def page(stale: StaleEdit | None = None) -> str:
        if stale:
            stored = record.in_place_of(db.session(), row.id, form.supersedes.data)
            form.show_both(form_values(stored) if stored else {"supersedes": ""})
        return _page(_indicator(code), form, stale)

    return act(
        lambda work: record.report(
            work, row, form.report(), supersedes=form.supersedes.data or None
        ),
        form=form,
        page=page,
        refusals={
            AlreadyReported: AtField("value", ALREADY),
            IndicatorRetired: AtField("value", RETIRED),
        },
        done="La valeur est notée.",
        to=url_for(".indicator", code=code),
    )


@blueprint.post("/<code>/mot")
@requires(Permission.PUBLISH_VALUES)
def say_word(code: str) -> ResponseReturnValue:
    """Say a word for an indicator in place of the rule's, or give the word back to the rule."""
    row, form = _indicator(code), OverrideForm(request.form)

    def page(stale: StaleEdit | None = None) -> str:
        if stale:
            form.show_both(override_values(_lines([row])[row.id].override))
        return _page(_indicator(code), _form(row), stale, form)

    return act(
        lambda work: overrides.override(work, row, form.word(), form.reason.data, form.seen_id()),
        form=form,
        page=page,
        refusals={IndicatorRetired: AtField("progress", RETIRED)},
        done=lambda _: (
            "Le mot est noté." if form.word() else "Le mot est de nouveau celui de la règle."
        ),
        to=url_for(".indicator", code=code),
    )


@blueprint.post("/<code>/ne-plus-publier")
@requires(Permission.PUBLISH_VALUES)
def unpublish(code: str) -> ResponseReturnValue:
    """Show a value in public no longer."""
    return act(
        lambda work: publication.unpublish(work, _indicator(code), request.form.get("valeur", "")),
        page=partial(_stale_page, code),
        done="La valeur n'est plus publique. Elle reste ici.",
        to=url_for(".indicator", code=code),
    )


@blueprint.post("/<code>/reprendre")
@requires(Permission.RECORD_VALUES)
def withdraw(code: str) -> ResponseReturnValue:
    return act(
        lambda work: record.withdraw(work, _indicator(code), request.form.get("valeur", "")),
        page=partial(_stale_page, code),
        done="La valeur est retirée. Elle reste dans le journal.",
        to=url_for(".indicator", code=code),
    )


def _stale_page(code: str, stale: StaleEdit) -> str:
    row = _indicator(code)
    return _page(row, _form(row), stale)


def _lines(indicators: Sequence[Indicator]) -> Mapping[int, Line]:
    values = record.current(db.session(), [it.id for it in indicators])
    stated = overrides.current(db.session(), indicators)
    return {it.id: _line(it, values.get(it.id, []), stated.get(it.id)) for it in indicators}


def _line(row: Indicator, values: list[IndicatorValue], word: ProgressOverride | None) -> Line:
    return Line(row, values, record.progress_of(row, values, in_paris(now()).date()), word)


def _form(row: Indicator) -> ValueForm:
    return ValueForm(measured_as=measurement_of(row.version).measured_as)


def _form_of(value: IndicatorValue) -> ValueForm:
    """Return the form of a correction, which keeps the definition of the value."""
    measured_as = measurement_of(value.version).measured_as
    return ValueForm(data=form_values(value), measured_as=measured_as)


def _value(row: Indicator, public_id: str | None) -> IndicatorValue | None:
    """Return a value of an indicator that stands, by its public id."""
    values = record.current(db.session(), [row.id]).get(row.id, [])
    return next((it for it in values if it.public_id == public_id), None)


def _indicator(code: str) -> Indicator:
    row = queries.stored_indicator(db.session(), code)
    if row is None or row.code != code:
        abort(404)
    return row


def _page(
    row: Indicator,
    form: ValueForm,
    stale: StaleEdit | None = None,
    word_form: OverrideForm | None = None,
) -> str:
    line = _lines([row])[row.id]
    return render_template(
        "plan/values/indicator.html",
        line=line,
        form=form,
        word_form=word_form or OverrideForm(data=override_values(line.override)),
        public=publication.showings(db.session(), [row.id]),
        may_publish=require(Permission.RECORD_VALUES).may(Permission.PUBLISH_VALUES),
        stale_edit=stale,
        **page_labels(),
    )


def page_labels() -> dict[str, object]:
    return {
        "date_text": date_text,
        "value_of": record.value_of,
        "value_text": value_text,
    }
