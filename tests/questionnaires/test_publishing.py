"""Publishing freezes one form for each measure, and makes a new version only for a new content."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from consultation.plan.models import IndicatorVersion
from consultation.questionnaires import publishing
from consultation.questionnaires.models import Question, Questionnaire
from tests.factories import OPENED, instrument_of, make_indicator, make_measure, make_round

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_a_round_has_a_form_for_each_measure_and_one_for_the_tool(session):
    make_measure(session, "T1")
    make_measure(session, "T2")

    make_round(session)

    forms = session.scalars(sa.select(Questionnaire)).all()
    assert sorted(form.measure.code if form.measure else "" for form in forms) == ["", "T1", "T2"]
    assert all(form.published_at and form.version == 1 for form in forms)


def test_the_form_asks_about_each_indicator_then_the_common_questions(session):
    measure = make_measure(session, "T7", indicators=2)
    make_round(session)

    asked = instrument_of(session, measure)

    assert [section.code for section in asked.sections] == [
        "indicator.T7.1", "indicator.T7.2", "missing", "progress", "suggestions", "respondent",
    ]  # fmt: skip
    assert [question.code for question in asked.sections[0].questions] == [
        "stance", "relevance", "feasibility", "reason", "proposed_wording", "source",
    ]  # fmt: skip


def test_publishing_again_changes_nothing(session):
    make_measure(session)
    published = make_round(session)

    publication = publishing.publish(session, published, NOW)

    assert publication.unchanged == ["T7", "outil"]
    assert [*publication.opened, *publication.renewed, *publication.closed] == []


def test_a_new_wording_makes_a_new_version_with_the_same_codes(session):
    measure = make_measure(session, indicators=1)
    published = make_round(session)
    before = instrument_of(session, measure)
    measure.indicators[0].versions.append(
        IndicatorVersion(number=2, label={"fr": "Autre mot"}, created_at=OPENED)
    )
    session.flush()

    publication = publishing.publish(session, published, NOW)

    after = instrument_of(session, measure)
    assert publication.renewed == ["T7"]
    assert (before.version, after.version) == (1, 2)
    assert [q.code for q in before.questions] == [q.code for q in after.questions]
    assert session.get(Questionnaire, before.id).closed_at == NOW


def test_a_retired_measure_closes_its_form(session):
    measure = make_measure(session)
    published = make_round(session)
    measure.retired_at = NOW

    publication = publishing.publish(session, published, NOW)

    assert publication.closed == ["T7"]


def test_a_retired_indicator_leaves_the_form(session):
    measure = make_measure(session, indicators=2)
    published = make_round(session)
    measure.indicators[1].retired_at = NOW

    publishing.publish(session, published, NOW)

    assert [section.code for section in instrument_of(session, measure).sections][:2] == [
        "indicator.T7.1",
        "missing",
    ]


def test_the_database_refuses_two_current_forms_of_one_measure(session):
    measure = make_measure(session)
    published = make_round(session)

    session.add(
        Questionnaire(
            round_id=published.id, measure_id=measure.id, version=9, title={"fr": "x"}, digest="x"
        )
    )

    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_the_database_refuses_one_code_twice_in_a_form(session):
    measure = make_measure(session, indicators=0)
    make_round(session)
    first = session.scalars(
        sa.select(Question).where(
            Question.questionnaire_id == instrument_of(session, measure).id,
            Question.code == "suggestions",
        )
    ).one()
    values = {
        column.name: getattr(first, column.name)
        for column in Question.__table__.columns
        if column.name != "id"
    }

    session.add(Question(**values))

    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_a_measure_without_indicators_still_has_its_form(session):
    measure = make_measure(session, indicators=0)
    make_round(session)

    assert instrument_of(session, measure).sections[0].code == "missing"


def test_an_indicator_added_later_comes_into_the_form(session):
    measure = make_measure(session, indicators=1)
    published = make_round(session)
    make_indicator(session, measure, "T7.2", 2)

    assert publishing.publish(session, published, NOW).renewed == ["T7"]
