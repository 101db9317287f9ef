"""Values as an institution was shown them: frozen, whatever is corrected later."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from consultation.i18n import Localized
from consultation.plan.measurement.values import Value
from consultation.plan.values.models import IndicatorValue
from consultation.plan.values.record import value_of


@dataclass(frozen=True)
class ShownValue:
    """A value of an indicator as it was shown; enums are their stored values.

    The team's note on it is left out: it is internal.
    """

    code: str
    label: Localized
    unit: Localized | None
    point: str | None
    day: date | None
    observed_on: str
    value: Value | None
    missing_because: str | None
    covers: str
    source: str
    source_url: str | None
    source_kind: str | None
    reported_by: str
    reporter: str


def frozen(code: str, row: IndicatorValue) -> dict[str, Any]:
    """Return a value as JSON that `read` takes; a day is `{"day": "2026-06-30"}`."""
    frozen_value = ShownValue(
        code=code,
        label=row.version.label,
        unit=row.version.unit,
        point=row.point.value if row.point else None,
        day=row.day,
        observed_on=row.observed_on,
        value=value_of(row),
        missing_because=row.missing_because.value if row.missing_because else None,
        covers=row.covers,
        source=row.source,
        source_url=row.source_url,
        source_kind=row.source_kind.value if row.source_kind else None,
        reported_by=row.reported_by.value,
        reporter=row.reporter,
    )
    return {
        name: {"day": it.isoformat()} if isinstance(it, date) else it
        for name, it in asdict(frozen_value).items()
    }


def read(content: Mapping[str, Any]) -> ShownValue:
    """Return the value that `frozen` gave."""
    dates = {
        name: date.fromisoformat(content[name]["day"])
        for name in ("day", "value")
        if isinstance(content[name], dict)
    }
    return ShownValue(**{**content, **dates})
