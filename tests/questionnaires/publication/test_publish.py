"""Publication: one form for each measure, with a new version only for new content."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from consultation.plan.models import IndicatorVersion, Measure
from consultation.questionnaires.kinds import KINDS
from consultation.questionnaires.models import Option, Question, Questionnaire, Section
from consultation.questionnaires.outline import store
from consultation.questionnaires.outline import structure as outline_module
from consultation.questionnaires.outline.structure import Scope, dump_question
from consultation.questionnaires.publication import build, publish
from consultation.questionnaires.workbook import importer
from consultation.web.permissions import Permission
from consultation.work.services import Work
from tests.factories import OPENED, instrument_of, make_indicator, make_measure, make_round
from tests.questionnaires.publishing_builders import (
    changed,
    edit,
    make_question,
    make_section,
    published_rows,
    with_question,
    without,
)

pytestmark = pytest.mark.database

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def test_round_has_a_form_for_each_measure_and_one_for_the_tool(session):
    make_measure(session, "T1")
    make_measure(session, "T2")

    make_round(session)

    forms = session.scalars(sa.select(Questionnaire)).all()
    assert sorted(form.measure.code if form.measure else "" for form in forms) == ["", "T1", "T2"]
    assert all(form.published_at and form.version == 1 for form in forms)


def test_form_asks_about_each_indicator_then_the_common_questions(session):
    measure = make_measure(session, "T7", indicators=2)
    make_round(session)

    questions = instrument_of(session, measure)

    assert [section.code for section in questions.sections] == [
        "indicator.T7.1", "indicator.T7.2", "missing", "progress", "suggestions", "respondent",
    ]  # fmt: skip
    assert [question.code for question in questions.sections[0].questions] == [
        "stance", "relevance", "feasibility", "reason", "proposed_wording", "source",
    ]  # fmt: skip


def test_long_codes_of_a_section_and_of_an_indicator_stand_side_by_side(session):
    measure = make_measure(session, "T7", indicators=0)
    make_indicator(session, measure, "I" * 30)
    opened = make_round(session)
    both = [
        make_section(end * 40, make_question(f"q_{end}"), scope=Scope.INDICATOR) for end in "ab"
    ]

    edit(session, opened, lambda it: replace(it, sections=(*it.sections, *both)))
    publish.publish_outline(session, session.merge(opened), NOW)

    codes = [section.code for section in instrument_of(session, measure).sections]
    assert len(set(codes)) == 7
    assert max(map(len, codes)) <= 60


def test_publishing_again_changes_nothing(session):
    make_measure(session)
    published = make_round(session)

    publication = publish.publish(session, published, NOW)

    assert publication.unchanged == ["T7", "outil"]
    assert [*publication.opened, *publication.renewed, *publication.closed] == []


def test_new_wording_makes_a_new_version_with_the_same_codes(session):
    measure = make_measure(session, indicators=1)
    published = make_round(session)
    before = instrument_of(session, measure)
    measure.indicators[0].versions.append(
        IndicatorVersion(number=2, label={"fr": "Autre mot"}, created_at=OPENED)
    )
    session.flush()

    publication = publish.publish(session, published, NOW)

    after = instrument_of(session, measure)
    assert publication.renewed == ["T7"]
    assert (before.version, after.version) == (1, 2)
    assert [q.code for q in before.questions] == [q.code for q in after.questions]
    assert session.get(Questionnaire, before.id).closed_at == NOW


def test_retired_measure_closes_its_form(session):
    measure = make_measure(session)
    published = make_round(session)
    measure.retired_at = NOW

    publication = publish.publish(session, published, NOW)

    assert publication.closed == ["T7"]


def test_retired_indicator_leaves_the_form(session):
    measure = make_measure(session, indicators=2)
    published = make_round(session)
    measure.indicators[1].retired_at = NOW

    publish.publish(session, published, NOW)

    assert [section.code for section in instrument_of(session, measure).sections][:2] == [
        "indicator.T7.1",
        "missing",
    ]


def test_database_refuses_two_current_forms_of_one_measure(session):
    measure = make_measure(session)
    published = make_round(session)

    session.add(
        Questionnaire(
            round_id=published.id, measure_id=measure.id, version=9, title={"fr": "x"}, digest="x"
        )
    )

    with pytest.raises(sa.exc.IntegrityError):
        session.flush()


def test_database_refuses_one_code_twice_in_a_form(session):
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


def test_measure_without_indicators_still_has_its_form(session):
    measure = make_measure(session, indicators=0)
    make_round(session)

    assert instrument_of(session, measure).sections[0].code == "missing"


def test_indicator_added_later_comes_into_the_form(session):
    measure = make_measure(session, indicators=1)
    published = make_round(session)
    make_indicator(session, measure, "T7.2", 2)

    assert publish.publish(session, published, NOW).renewed == ["T7"]


def stored_rows(session, model, questionnaire_id):
    """What is stored of one form, in order, without ids."""
    table = model.__table__
    query = sa.select(table).order_by(table.c.id)
    if model is Option:
        query = query.join(Question.__table__, Question.id == table.c.question_id)
        query = query.where(Question.questionnaire_id == questionnaire_id)
    else:
        query = query.where(table.c.questionnaire_id == questionnaire_id)
    hidden = {"id", "questionnaire_id", "section_id", "question_id"}
    return [
        {name: value for name, value in row.items() if name not in hidden}
        for row in session.execute(query).mappings()
    ]


def test_what_is_stored_of_a_form_is_what_its_outline_says_part_by_part(session):
    """Written in one go for all forms, it is what one would write form by form."""
    measure = make_measure(session, "T7", indicators=2)
    make_measure(session, "T8", indicators=1)
    make_round(session)
    parts = build.parts_for(outline_module.default(), measure)
    questions = [(question, about) for section, about in parts for question in section.questions]

    form = instrument_of(session, measure)

    assert stored_rows(session, Section, form.id) == [
        {
            "code": f"{section.code}.{about.code}" if about else section.code,
            "position": number,
            "title": about.version.label if about else section.title,
            "intro": section.intro,
        }
        for number, (section, about) in enumerate(parts, 1)
    ]
    assert stored_rows(session, Question, form.id) == [
        {
            "indicator_version_id": about and about.version.id,
            "code": question.code,
            "kind": question.kind,
            "destination": question.destination,
            "position": number,
            "label": question.label,
            "hint": question.hint,
            "is_required": question.is_required,
            "needs_care": question.needs_care,
            "settings": question.settings,
            "condition": dump_question(question)["condition"],
        }
        for number, (question, about) in enumerate(questions, 1)
    ]
    assert stored_rows(session, Option, form.id) == [
        {"code": code, "position": number, "label": label}
        for question, _ in questions
        for number, (code, label) in enumerate(
            [*KINDS[question.kind].offers, *((it.code, it.label) for it in question.options)], 1
        )
    ]
    owners = session.scalars(
        sa.select(Option.question_id).join(Question).where(Question.questionnaire_id == form.id)
    )
    assert set(owners) == {q.id for q in form.questions if q.options}


@pytest.fixture
def statements(session):
    """What is sent to the database, from here on."""
    sent = []
    engine = session.get_bind()

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def statements_to_publish(session, statements, round_, outline):
    store.change(session, round_, lambda _: outline, NOW)
    session.flush()
    del statements[:]
    publish.publish_outline(session, round_, NOW)
    session.flush()
    return len(statements)


def test_publishing_takes_as_many_statements_for_many_forms_and_questions(session, statements):
    make_measure(session, "T1", indicators=1)
    published = make_round(session)
    base = outline_module.default()
    few = statements_to_publish(
        session, statements, published, with_question(base, "progress", make_question("a"))
    )
    for number in range(12):
        make_measure(session, f"U{number}", indicators=3)
    wide = base
    for number in range(20):
        wide = with_question(wide, "progress", make_question(f"q{number}"))

    many = statements_to_publish(session, statements, published, wide)

    assert many <= few
    assert few < 40


def test_form_of_a_returned_measure_goes_on_with_its_numbers(session):
    measure = make_measure(session)
    published = make_round(session)
    measure.retired_at = NOW
    publish.publish(session, published, NOW)
    measure.retired_at = None

    publication = publish.publish(session, published, NOW)

    assert publication.opened == ["T7"]
    assert instrument_of(session, measure).version == 2


def test_what_is_foreseen_is_what_is_done_and_changes_nothing(session):
    gone, changed_one = make_measure(session, "T1"), make_measure(session, "T2")
    published = make_round(session)
    make_measure(session, "T3")
    gone.retired_at = NOW
    make_indicator(session, changed_one, "T2.9", 9)
    before = published_rows(session)

    foreseen = publish.foresee(session, published, store.working(session, published))

    assert published_rows(session) == before
    assert foreseen == publish.publish(session, published, NOW)
    assert (foreseen.opened, foreseen.renewed, foreseen.closed) == (["T3"], ["T2"], ["T1"])


class Organiser:
    """An actor who may compose."""

    def __init__(self, id_):
        self.id, self.email = id_, "lou@association.example"

    def may(self, permission):
        return permission is Permission.COMPOSE


def _publish(session, round_, actor, number):
    publish.publish(session, round_, NOW)


def _publish_outline(session, round_, actor, number):
    publish.publish_outline(session, round_, NOW)


def _reword(session, round_, actor, number):
    label = {"fr": f"Que voyez-vous ? ({number})"}
    store.change(session, round_, lambda o: changed(o, "observation", label=label), NOW)


def _add_question(session, round_, actor, number):
    questions = make_question(f"neuve_{number}")
    store.change(session, round_, lambda o: with_question(o, "progress", questions), NOW)


def _remove_question(session, round_, actor, number):
    def edit(outline):
        return without(outline, "source") if outline.question("source") else outline

    store.change(session, round_, edit, NOW)


def _discard(session, round_, actor, number):
    store.discard(session, round_)


def _import(session, round_, actor, number):
    working = store.working(session, round_)
    section = make_section(f"encart_{number}", make_question(f"seule_{number}"))
    wanted = replace(working, sections=(section, *working.sections[1:]))
    importer.apply(Work(session, actor, NOW), round_, wanted, build.digest_of(working))


def _new_wording(session, round_, actor, number):
    indicator = session.scalars(sa.select(Measure).where(Measure.code == "T7")).one().indicators[0]
    version = IndicatorVersion(number=number + 2, label={"fr": f"n° {number}"}, created_at=NOW)
    indicator.versions.append(version)
    session.flush()


def _new_measure(session, round_, actor, number):
    make_measure(session, f"N{number}", indicators=1)


def _retire_or_bring_back(session, round_, actor, number):
    measure = session.scalars(sa.select(Measure).where(Measure.code == "T8")).one()
    measure.retired_at = None if measure.retired_at else NOW
    session.flush()


STEPS = [
    _publish, _publish_outline, _reword, _add_question, _remove_question, _discard, _import,
    _new_wording, _new_measure, _retire_or_bring_back,
]  # fmt: skip


@given(steps=st.lists(st.sampled_from(STEPS), min_size=3, max_size=10))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_done_next_what_was_published_stays_to_the_byte(session, steps):
    session.rollback()
    session.expunge_all()
    actor = Organiser(None)
    make_measure(session, "T7", indicators=1)
    make_measure(session, "T8", indicators=0)
    round_ = make_round(session)
    seen = published_rows(session)

    for number, step in enumerate([*steps, _publish_outline]):
        step(session, round_, actor, number)
        session.flush()
        after = published_rows(session)
        assert seen.items() <= after.items(), step.__name__
        seen = after

    session.rollback()
