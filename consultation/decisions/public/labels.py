"""Public words for an indicator's texts and measurement, and for what changed in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consultation.i18n import DEFAULT_LOCALE, Localized
from consultation.plan.drafts import WORDING, IndicatorDraft
from consultation.plan.measurement.texts import TEXT_OF_POINT
from consultation.plan.measurement.values import Figure, measurement_of
from consultation.plan.models import IndicatorVersion, MeasuredAs, Point
from consultation.plan.overview import labels
from consultation.records.fields import descriptions
from consultation.web.locale import current_locale
from consultation.web.typography import label_of

TEXTS: Mapping[str, object] = {
    **{name: _l(descriptions(IndicatorDraft)[name].label) for name in WORDING},
    "data_source": _l("Source proposée"),
}
"""The texts of an indicator, by name."""


@dataclass(frozen=True)
class Fact:
    """Something that an indicator says of how it is measured; `source` is in French."""

    label: str
    text: Localized
    source: str = ""


def facts(version: IndicatorVersion) -> Sequence[Fact]:
    """Return how an indicator is measured: typed where it is known, else as it was written."""
    measurement = measurement_of(version)
    kind = measurement.measured_as
    stated = [
        _written(version, "unit"),
        _stated(_("Ce que l'on mesure"), label_of(kind) if kind else ""),
        _stated(_("Objectif"), labels.aim_text(measurement.direction)),
        _written(version, "data_source"),
        *(_point(version, point, measurement.figure(point), kind) for point in Point),
    ]
    return [it for it in stated if it.text]


def _point(
    version: IndicatorVersion, point: Point, figure: Figure | None, kind: MeasuredAs | None
) -> Fact:
    name = TEXT_OF_POINT[point]
    if figure is None:
        return _written(version, name)
    dated = f" ({labels.dated_text(figure.dated)})" if figure.dated else ""
    if isinstance(figure.value, str):
        return Fact(str(TEXTS[name]), {DEFAULT_LOCALE: figure.value + dated}, figure.source)
    text = labels.value_text(figure.value, kind) + dated
    return Fact(str(TEXTS[name]), _here(text), figure.source)


def _written(version: IndicatorVersion, name: str) -> Fact:
    return Fact(str(TEXTS[name]), getattr(version, name) or {})


def _stated(label: str, text: object) -> Fact:
    return Fact(label, _here(str(text)) if text else {})


def _here(text: str) -> Localized:
    """Return a text that is in the language of the page as if it were in every one."""
    return {DEFAULT_LOCALE: text, current_locale(): text}
