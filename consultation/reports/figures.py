"""Figures of a report: every number, word or judgement that it may cite, with its facts.

An id is also the reference that cites it: `valeur:M07.2@mi-parcours:etat`.  Only what is public is
here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.decisions.content import assessment_json
from consultation.i18n import Localized, folded
from consultation.plan import queries
from consultation.plan.measurement.values import Value, as_json, measurement_of
from consultation.plan.models import Assessor, Indicator, Measure, Point
from consultation.plan.queries import indicators_in_force
from consultation.plan.statuses.assessments import latest
from consultation.plan.values import publication, record
from consultation.plan.values.models import Reporter, ValuePoint
from consultation.plan.values.publication import PublicProgress, PublicValue
from consultation.records.fields import public_json
from consultation.results.public import queries as public_queries
from consultation.results.public.tables import PublicQuestion
from consultation.results.tallies.queries import RELEVANCE, STANCE

VALUE, TARGET, BASELINE = "valeur", "cible", "depart"
PROGRESS, JUDGEMENT, OPINION = "mot", "jugement", "avis"
"""Kinds of figures, as references name them."""
MOMENTS: Mapping[ValuePoint, str] = {
    ValuePoint.INTERIM: "etape",
    ValuePoint.MIDTERM: "mi-parcours",
    ValuePoint.FINAL: "fin",
}
POINTS: Mapping[Point, tuple[str, str]] = {
    Point.BASELINE: (BASELINE, ""),
    Point.MIDTERM: (TARGET, "@mi-parcours"),
    Point.FINAL: (TARGET, "@fin"),
}
"""Kind and moment of a value to start from or to reach."""
REPORTERS: Mapping[Reporter, str] = {
    Reporter.STATE: "etat",
    Reporter.COLLECTIVE: "collectif",
    Reporter.RAPPORTEUR: "rapporteur",
    Reporter.ASSOCIATION: "association",
}
ASSESSORS: Mapping[Assessor, str] = {
    Assessor.STATE: "etat",
    Assessor.COLLECTIVE: "collectif",
    Assessor.RAPPORTEUR: "rapporteur",
}
MEDIAN, RESPONSES, KEPT = "mediane", "reponses", "garder"


@dataclass(frozen=True)
class Figure:
    """A figure and what is known of it, in JSON types; `code` is that of its indicator or measure.

    `key` is what it is found by when it is recomputed: its id may change when other sources speak.
    """

    id: str
    kind: str
    code: str
    subject: Localized
    facts: Mapping[str, Any]
    key: str

    @property
    def citation(self) -> str:
        """How a text cites it."""
        return "{{" + self.id + "}}"

    @property
    def full_id(self) -> str:
        """Its id with its source, which goes on naming it when another source speaks."""
        if self.kind != VALUE:
            return self.id
        is_one_of_several = self.id.startswith(f"{self.sourced_id}:")
        is_one_of_many = self.facts["reported_by"] == Reporter.ASSOCIATION
        if not is_one_of_several and not is_one_of_many:
            return self.sourced_id
        return f"{self.sourced_id}:{self.key.removeprefix(f'{VALUE}:')}"

    @property
    def sourced_id(self) -> str:
        """The id of a value with the kind of its source, of which there may be several."""
        facts = self.facts
        moment = MOMENTS[ValuePoint(facts["point"])] if facts["point"] else facts["day"]
        return f"{VALUE}:{self.code}@{moment}:{REPORTERS[Reporter(facts['reported_by'])]}"


def as_stored(figure: Figure) -> dict[str, Any]:
    """Return a figure in JSON types."""
    return asdict(figure)


def from_stored(stored: Mapping[str, Any]) -> Figure:
    """Return the figure that `as_stored` gave."""
    return Figure(**stored)


def load(session: Session, today: date) -> Sequence[Figure]:
    """Return all figures that may be cited today, in the plan's order; then those of opinions."""
    measures = queries.whole_measures(session)
    indicators = [it for measure in measures for it in indicators_in_force(measure)]
    progress = publication.public_progress(session, indicators, today)
    loaded: list[Figure] = []
    for measure in measures:
        loaded += _judgements(measure)
        for indicator in indicators_in_force(measure):
            loaded += _of_indicator(indicator, progress[indicator.id])
    return [*loaded, *_opinions(session)]


def _judgements(measure: Measure) -> Iterator[Figure]:
    for assessor, status in latest(measure.statuses).items():
        id = f"{JUDGEMENT}:{measure.code}.{ASSESSORS[assessor]}"
        yield Figure(id, JUDGEMENT, measure.code, measure.title, assessment_json(status), id)


def _of_indicator(indicator: Indicator, progress: PublicProgress) -> Iterator[Figure]:
    yield from _points(indicator)
    yield from _values(indicator, progress.values)
    override = progress.override
    facts = {
        "progress": progress.progress,
        "rule": progress.conclusion.rule,
        "reason": override.reason if override else "",
        "stated_on": in_paris(override.created_at).date().isoformat() if override else "",
    }
    yield _figure(indicator, PROGRESS, "", facts)


def _points(indicator: Indicator) -> Iterator[Figure]:
    measurement = measurement_of(indicator.version)
    stored = as_json(measurement)
    for point in Point:
        if stored[point.value] is not None:
            facts = _measured(indicator, indicator.version.unit) | stored[point.value]
            yield _figure(indicator, *POINTS[point], facts | {"point": point.value})


def _values(indicator: Indicator, values: Sequence[PublicValue]) -> Iterator[Figure]:
    """Return the values, those of several sources of one moment told apart.

    `is_comparable` is a fact of those alone that follow another definition than the targets.
    """
    series = record.series_of(indicator)
    moments = [_moment(it) for it in values]
    several = Counter(moments)
    sources = Counter((_moment(it), REPORTERS[it.row.reported_by]) for it in values)
    for value, moment in zip(values, moments, strict=True):
        reporter = REPORTERS[value.row.reported_by]
        suffix = f"@{moment}"
        if several[moment] > 1:
            suffix += f":{reporter}"
        if sources[moment, reporter] > 1:
            suffix += f":{value.row.public_id}"
        facts = _facts_of(indicator, value)
        if series[value.row.indicator_version_id] != series[indicator.version.id]:
            facts["is_comparable"] = False
        yield _figure(indicator, VALUE, suffix, facts, key=f"{VALUE}:{value.row.public_id}")


def _moment(value: PublicValue) -> str:
    return MOMENTS[value.row.point] if value.row.point else str(value.row.day)


def _facts_of(indicator: Indicator, value: PublicValue) -> dict[str, Any]:
    """Return the facts on a value; `hidden` is there only where `less_than` cannot say it."""
    row = value.row
    hidden = {"hidden": value.showing} if value.is_hidden and value.less_than is None else {}
    facts = public_json(record.report_of(row))
    dated = facts.pop("observed_on")
    return (
        _measured(indicator, row.version.unit)
        | hidden
        | facts
        | {
            "value": _value_json(value.value),
            "less_than": value.less_than,
            "day": facts["day"] or "",
            "dated": dated,
            "source_url": row.source_url or "",
            "source_rule": value.source_rule,
            "version": row.version.number,
        }
    )


def _measured(indicator: Indicator, unit: Localized | None) -> dict[str, Any]:
    return {"measured_as": measurement_of(indicator.version).measured_as, "unit": unit}


def _value_json(value: Value | None) -> Any:
    """Return a value as the measurements of JSON hold it."""
    return {"day": value.isoformat()} if isinstance(value, date) else value


def _opinions(session: Session) -> Iterator[Figure]:
    """Return figures of the latest published results on each indicator."""
    public = [it for it in public_queries.measures(session) if it.measure is not None]
    contents = public_queries.contents(session, [it.public_id for it in public])
    for measure in public:
        content = contents[measure.public_id]
        labels = {it["code"]: it["label"] for it in content["indicators"]}
        for question in content["questions"]:
            if question["indicator"] in labels:
                yield from _opinion(content, question, labels[question["indicator"]])


def _opinion(
    content: Mapping[str, Any], question: Mapping[str, Any], label: Localized
) -> Iterator[Figure]:
    code, values = question["indicator"], {}
    if question["code"] == RELEVANCE and question["is_rated"]:
        statistics = question["statistics"] or {}
        values = {MEDIAN: statistics.get("median"), RESPONSES: statistics.get("count")}
    if question["code"] == STANCE:
        opinion = PublicQuestion(question, None, content["threshold"]).opinion
        values = {KEPT: opinion.kept if opinion.base is not None else None} if opinion else {}
    for statistic, value in values.items():
        id = f"{OPINION}:{code}.{statistic}"
        facts = {
            "statistic": statistic,
            "value": value,
            "round": content["round"]["title"],
            "taken_at": content["taken_at"],
            "threshold": content["threshold"],
        }
        yield Figure(id, OPINION, code, label, facts, id)


def _figure(
    indicator: Indicator, kind: str, suffix: str, facts: Mapping[str, Any], key: str = ""
) -> Figure:
    id = f"{kind}:{indicator.code}{suffix}"
    return Figure(id, kind, indicator.code, indicator.version.label, facts, key or id)


def indexed(figures: Sequence[Figure]) -> Mapping[str, Figure]:
    """Figures by their folded ids, as references are compared; short and full ones."""
    values = [it for it in figures if it.kind == VALUE]
    several = Counter(it.sourced_id for it in values)
    sourced = {folded(it.sourced_id): it for it in values if several[it.sourced_id] == 1}
    full = {folded(it.full_id): it for it in figures}
    return sourced | full | {folded(it.id): it for it in figures}
