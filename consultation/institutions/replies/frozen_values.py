"""Values as an institution was shown them: frozen, whatever is corrected later."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from consultation.i18n import Localized
from consultation.plan.values.models import IndicatorValue
from consultation.plan.values.record import Report, report_of
from consultation.records.fields import Description, descriptions, public_json, record


@record
class ShownValue(Report):
    """A value of an indicator as it was shown, without the team's note on it."""

    code: str
    label: Localized
    unit: Localized | None


def frozen(code: str, row: IndicatorValue) -> dict[str, Any]:
    """Return a value as JSON that `read` takes; a day is `{"day": "2026-06-30"}`."""
    reported = report_of(row)
    days = {
        name: {"day": it.isoformat()} for name, it in vars(reported).items() if isinstance(it, date)
    }
    subject = {"code": code, "label": row.version.label, "unit": row.version.unit}
    return {**subject, **public_json(reported), **days}


def read(content: Mapping[str, Any]) -> ShownValue:
    """Return the value that `frozen` gave."""
    described = descriptions(Report)
    return ShownValue(**{name: _restored(it, described.get(name)) for name, it in content.items()})


def _restored(stored: Any, description: Description[Any] | None) -> Any:
    if isinstance(stored, Mapping) and set(stored) == {"day"}:
        return date.fromisoformat(stored["day"])
    if stored is None or description is None:
        return stored
    return description.kind.restore(stored)
