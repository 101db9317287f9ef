"""Plan builders: drafts and files made from the values that a test is about."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st
from openpyxl import Workbook

from consultation.plan.drafts import WORDING, AxisDraft, IndicatorDraft, MeasureDraft, PlanDraft
from consultation.plan.measurement import texts as measurement_texts
from consultation.plan.measurement.values import Figure, Measurement
from consultation.plan.models import MeasuredAs, WantedDirection
from consultation.plan.workbook.columns import INDICATOR_COLUMNS, MEASURE_COLUMNS
from consultation.plan.workbook.examples import is_example
from consultation.text import CODE, clean, clean_line

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)

MEASURE_HEADERS = [column.header for column in MEASURE_COLUMNS if column.locale == "fr"]
INDICATOR_HEADERS = [column.header for column in INDICATOR_COLUMNS if column.locale == "fr"]

MEASURE_ROW = ["A", "Prévenir", "1", "Former l'accueil", "Une journée par service.", "DGT", None]
INDICATOR_ROW = ["1", "1.1", "Services formés", "Au 31 décembre.", "%", "Bilan annuel", "10 %"]
INDICATOR_ROW += ["40 %", "80 %", None, *(None,) * len(measurement_texts.FIELDS)]


def make_indicator_draft(code="1.1", label="Services formés", **texts):
    return IndicatorDraft(code, {"fr": label}, **texts)


def make_measure_draft(code="1", *indicators, title="Former l'accueil", axis="A", **values):
    return MeasureDraft(code, axis, {"fr": title}, indicators=indicators, **values)


def make_draft(*measures):
    """A plan whose axes are those of its measures."""
    codes = dict.fromkeys(measure.axis for measure in measures)
    axes = tuple(AxisDraft(code, {"fr": f"Axe {code}"}) for code in codes)
    return PlanDraft(axes, measures)


def write_sheets(path, **rows_by_sheet):
    """An XLSX file with these sheets, as a person's spreadsheet would write them."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, rows in rows_by_sheet.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    workbook.save(path)
    return path


def write_plan(path, measures=(MEASURE_ROW,), indicators=(INDICATOR_ROW,)):
    """An XLSX file with rows under the French headers of the two sheets."""
    return write_sheets(
        path,
        Mesures=[MEASURE_HEADERS, *measures],
        Indicateurs=[INDICATOR_HEADERS, *indicators],
    )


def changed(row, **cells):
    """A copy of a row, some cells replaced; keys are the names of fields."""
    columns = MEASURE_COLUMNS if len(row) == len(MEASURE_HEADERS) else INDICATOR_COLUMNS
    names = [column.key for column in columns if column.locale == "fr"]
    return [cells.get(name, cell) for name, cell in zip(names, row, strict=True)]


_characters = st.characters(exclude_categories=["Cs"])
_beginnings = st.sampled_from(["é", "=é", "'=é", "-é", "@é", "'é", "É "])


def _texts(cleaned):
    written = st.builds(str.__add__, _beginnings, st.text(_characters, max_size=30))
    return written.map(cleaned).map(str.strip)


lines = _texts(clean_line)
paragraphs = _texts(clean)


def localized(texts):
    return st.fixed_dictionaries({"fr": texts}, optional={"en": texts})


def codes(longest):
    matching = st.from_regex(CODE, fullmatch=True).map(lambda code: code[:longest])
    return matching.filter(lambda code: not is_example(code))


@st.composite
def drafts(draw):
    """Any plan that a file can say: each axis has a measure, axes in the order of measures."""
    count = draw(st.integers(1, 4))
    measure_codes = draw(_distinct(20, count))
    axis_codes = draw(_distinct(20, draw(st.integers(1, 3))))
    chosen = [draw(st.sampled_from(axis_codes)) for _ in measure_codes]
    indicator_codes = iter(draw(_distinct(30, count * 2)))
    measures = tuple(
        MeasureDraft(
            code,
            axis,
            draw(localized(lines)),
            draw(st.none() | localized(paragraphs)),
            draw(st.none() | lines),
            draw(st.none() | localized(lines)),
            False,
            tuple(draw(_indicator(next(indicator_codes))) for _ in range(draw(st.integers(0, 2)))),
        )
        for code, axis in zip(measure_codes, chosen, strict=True)
    )
    axes = tuple(AxisDraft(code, draw(localized(lines))) for code in dict.fromkeys(chosen))
    return PlanDraft(axes, measures)


def _distinct(longest, count):
    return st.lists(codes(longest), min_size=count, max_size=count, unique_by=str.casefold)


_values = {
    MeasuredAs.NUMBER: st.decimals(0, 10**6, places=3).map(float),
    MeasuredAs.PERCENTAGE: st.integers(0, 100).map(float),
    MeasuredAs.DURATION: st.integers(0, 900).map(float),
    MeasuredAs.DATE: st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    MeasuredAs.YES_NO: st.booleans(),
    MeasuredAs.LEVEL: lines,
}
_dates = st.sampled_from(["", "2026", "2026-06", "2026-06-30"])


@st.composite
def _measurements(draw):
    kind = draw(st.none() | st.sampled_from(MeasuredAs))
    direction = draw(st.none() | st.sampled_from(WantedDirection))
    figure = st.builds(Figure, _values[kind], _dates, st.just("") | lines) if kind else st.none()
    return Measurement(kind, direction, *(draw(st.none() | figure) for _point in range(3)))


def _indicator(code):
    wording = {name: st.none() | localized(paragraphs) for name in WORDING}
    wording |= {"label": localized(lines), "unit": st.none() | localized(lines)}
    return st.builds(
        IndicatorDraft,
        st.just(code),
        measurement=_measurements(),
        reason=st.none() | paragraphs,
        **wording,
    )
