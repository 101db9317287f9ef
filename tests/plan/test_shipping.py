"""Shipped themes, which say that they are no official measures."""

import pytest
import sqlalchemy as sa

from consultation.plan.apply import apply
from consultation.plan.models import Measure, Plan
from consultation.plan.queries import measures
from consultation.plan.seed import PlanNotEmpty, load_shipped
from consultation.plan.workbook.columns import INDICATOR_FIELDS, MEASURE_FIELDS
from consultation.plan.workbook.reader import read_plan
from consultation.plan.workbook.writer import draft_of, tables
from consultation.spreadsheets.writer import Format, write_workbook
from consultation.text import CODE, length
from tests.plan.builders import AT, LATER, make_draft, make_measure_draft


def test_ten_themes_are_stored_and_marked(session):
    plan = load_shipped(session, AT)

    session.expire_all()
    shipped = measures(session)
    assert [measure.code for measure in shipped] == [f"T{number}" for number in range(1, 11)]
    assert all(measure.is_shipped for measure in shipped)
    assert all(2 <= len(measure.indicators) <= 4 for measure in shipped)
    assert all(it.is_shipped for measure in shipped for it in measure.indicators)
    assert {it.version.number for measure in shipped for it in measure.indicators} == {1}
    assert {measure.axis.code for measure in measures(session)} == {"T"}
    assert (plan.starts_on.year, plan.ends_on.year) == (2024, 2027)


def test_every_shipped_text_is_there_in_both_languages(session):
    load_shipped(session, AT)

    for measure in measures(session):
        assert set(measure.title) == set(measure.summary) == {"fr", "en"}
        for indicator in measure.indicators:
            version = indicator.version
            assert set(version.label) == set(version.definition) == {"fr", "en"}
            assert set(version.unit) == set(version.data_source) == {"fr", "en"}


def test_every_shipped_text_keeps_the_rules_of_a_file(session):
    load_shipped(session, AT)

    limits = {field.name: field.limit for field in (*MEASURE_FIELDS, *INDICATOR_FIELDS)}
    for measure in draft_of(session).measures:
        for row in (measure, *measure.indicators):
            assert CODE.fullmatch(row.code)
            for name, value in vars(row).items():
                for text in value.values() if isinstance(value, dict) else ():
                    assert length(text) <= limits[name], (row.code, name)


def test_plan_with_a_measure_takes_no_shipped_theme(session):
    apply(session, make_draft(make_measure_draft("1")), AT)

    with pytest.raises(PlanNotEmpty):
        load_shipped(session, LATER)

    assert session.scalars(sa.select(Measure.code)).all() == ["1"]


def test_plan_without_measures_is_kept_and_filled(session):
    session.add(Plan(title={"fr": "Notre plan"}))
    session.flush()

    plan = load_shipped(session, AT)

    assert plan.title == {"fr": "Notre plan"}
    assert len(session.scalars(sa.select(Plan)).all()) == 1


def test_shipped_plan_exported_and_imported_is_only_shipped_no_more(session, tmp_path):
    load_shipped(session, AT)
    path = tmp_path / "plan.ods"
    write_workbook(tables(draft_of(session)), path, Format.ODS)

    first = apply(session, read_plan(path), LATER)
    second = apply(session, read_plan(path), LATER)

    fields = {change.fields for change in (*first.measures.changed, *first.indicators.changed)}
    assert fields == {("is_shipped",)}
    assert not first.measures.new
    assert not first.measures.absent
    assert second.is_empty
