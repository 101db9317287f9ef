"""Plan files, written and read again."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from consultation.plan.apply import apply
from consultation.plan.queries import measures
from consultation.plan.workbook.reader import read_plan
from consultation.plan.workbook.writer import draft_of, tables, write_draft
from consultation.spreadsheets.writer import Format, write_workbook
from tests.plan.builders import AT, LATER, drafts


@pytest.mark.parametrize("format", list(Format))
@given(draft=drafts())
@settings(max_examples=10)
def test_any_plan_written_to_a_file_is_read_back_to_the_letter(format, draft):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"plan.{format}"
        write_draft(draft, path, format)

        draft_read = read_plan(path)

    assert draft_read == draft


@given(draft=drafts())
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_importing_any_plan_twice_changes_nothing_the_second_time(session, draft):
    apply(session, draft, AT)

    second = apply(session, draft, LATER)

    versions = [
        len(indicator.versions) for measure in measures(session) for indicator in measure.indicators
    ]
    session.rollback()
    assert second.is_empty
    assert not second.axes.new
    assert len(second.measures.unchanged) == len(draft.measures)
    assert set(versions) <= {1}


@given(draft=drafts())
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("format", [Format.XLSX, Format.ODS])
def test_any_plan_exported_and_imported_again_changes_nothing(session, format, draft):
    apply(session, draft, AT)
    session.expire_all()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"plan.{format}"
        write_workbook(tables(draft_of(session)), path, format)
        read_again = read_plan(path)

    changes = apply(session, read_again, LATER)

    is_same = read_again == draft_of(session)
    session.rollback()
    assert changes.is_empty
    assert is_same
