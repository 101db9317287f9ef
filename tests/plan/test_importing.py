"""Plan application: the plan becomes that of the draft, and the changes are listed."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from consultation.plan.apply import apply, remove_measure
from consultation.plan.drafts import AxisDraft, PlanDraft
from consultation.plan.models import (
    Assessor,
    Axis,
    Indicator,
    IndicatorVersion,
    Level,
    Measure,
    MeasureStatus,
    Plan,
)
from consultation.plan.queries import indicators_in_force, measure_by_code, measures
from consultation.plan.seed import load_shipped
from consultation.questionnaires.models import Questionnaire, Round
from tests.plan.builders import (
    AT,
    LATER,
    make_draft,
    make_indicator_draft,
    make_measure_draft,
)

pytestmark = pytest.mark.database


def codes(changes):
    return [change.code for change in changes]


def fields(changes):
    return {change.code: change.fields for change in changes}


def count(session, model):
    return session.scalar(sa.select(sa.func.count()).select_from(model))


def indicator_by_code(session, code):
    return session.scalars(sa.select(Indicator).where(Indicator.code == code)).one()


def two_measures():
    return make_draft(
        make_measure_draft("1", make_indicator_draft("1.1"), make_indicator_draft("1.2")),
        make_measure_draft("2", make_indicator_draft("2.1")),
    )


def test_import_into_nothing_is_all_new(session):
    changes = apply(session, two_measures(), AT)

    measure = measure_by_code(session, "1")
    assert codes(changes.axes.new) == ["A"]
    assert codes(changes.measures.new) == ["1", "2"]
    assert codes(changes.indicators.new) == ["1.1", "1.2", "2.1"]
    assert changes.measures.new[0].title == "Former l'accueil"
    assert not changes.is_reordered
    assert (measure.position, measure.is_shipped, measure.retired_at) == (1, False, None)
    assert measure.axis.title == {"fr": "Axe A"}
    assert [indicator.version.number for indicator in measure.indicators] == [1, 1]
    assert measure.indicators[0].version.created_at == AT
    assert "2024-2027" in session.scalars(sa.select(Plan)).one().title["fr"]


def test_second_import_of_a_file_changes_nothing(session):
    apply(session, two_measures(), AT)

    changes = apply(session, two_measures(), LATER)

    assert changes.is_empty
    assert codes(changes.measures.unchanged) == ["1", "2"]
    assert codes(changes.indicators.unchanged) == ["1.1", "1.2", "2.1"]
    assert count(session, IndicatorVersion) == 3
    assert count(session, Plan) == 1


def test_import_sees_what_the_session_has_not_read(session):
    apply(session, two_measures(), AT)
    measure = measure_by_code(session, "2")
    version = IndicatorVersion(number=1, label={"fr": "Ajouté"}, created_at=AT)
    session.add(Indicator(code="2.2", measure_id=measure.id, position=2, versions=[version]))
    session.flush()

    changes = apply(session, two_measures(), LATER)

    assert codes(changes.indicators.absent) == ["2.2"]


def test_what_a_measure_says_is_edited_in_place(session):
    apply(session, two_measures(), AT)
    before = measure_by_code(session, "1").id
    edited = make_measure_draft(
        "1",
        *two_measures().measures[0].indicators,
        title="Former et outiller",
        lead="DGT",
        summary={"fr": "Une journée.", "en": "One day."},
        axis="B",
    )

    changes = apply(session, make_draft(edited, two_measures().measures[1]), LATER)

    measure = measure_by_code(session, "1")
    assert fields(changes.measures.changed) == {"1": ("title", "summary", "lead", "axis")}
    assert codes(changes.measures.unchanged) == ["2"]
    assert codes(changes.axes.new) == ["B"]
    assert measure.id == before
    assert (measure.title, measure.lead) == ({"fr": "Former et outiller"}, "DGT")
    assert measure.axis.code == "B"


@pytest.mark.parametrize(
    "name", ["definition", "unit", "data_source", "baseline", "midterm_target", "final_target"]
)
def test_changed_wording_is_a_new_version(session, name):
    indicator = make_indicator_draft("1.1", **{name: {"fr": "Avant"}})
    apply(session, make_draft(make_measure_draft("1", indicator)), AT)
    reworded = replace(indicator, **{name: {"fr": "Après"}}, reason="Demande du collectif")

    changes = apply(session, make_draft(make_measure_draft("1", reworded)), LATER)

    first, second = indicator_by_code(session, "1.1").versions
    assert fields(changes.indicators.changed) == {"1.1": (name,)}
    assert fields(changes.measures.changed) == {"1": ("indicators",)}
    assert (first.number, getattr(first, name), first.created_at) == (1, {"fr": "Avant"}, AT)
    assert (second.number, getattr(second, name)) == (2, {"fr": "Après"})
    assert (second.reason, second.created_at) == ("Demande du collectif", LATER)


def test_changed_translation_is_a_new_version_too(session):
    apply(session, make_draft(make_measure_draft("1", make_indicator_draft("1.1"))), AT)
    translated = replace(
        make_indicator_draft("1.1"), label={"fr": "Services formés", "en": "Trained services"}
    )

    changes = apply(session, make_draft(make_measure_draft("1", translated)), LATER)

    assert fields(changes.indicators.changed) == {"1.1": ("label",)}
    assert indicator_by_code(session, "1.1").version.number == 2


def test_reason_alone_is_no_new_version(session):
    apply(session, make_draft(make_measure_draft("1", make_indicator_draft("1.1"))), AT)
    reasoned = make_indicator_draft("1.1", reason="Sans objet")

    changes = apply(session, make_draft(make_measure_draft("1", reasoned)), LATER)

    assert changes.is_empty
    assert count(session, IndicatorVersion) == 1


def test_what_the_file_lacks_is_retired_and_never_deleted(session):
    apply(session, two_measures(), AT)
    left = make_draft(make_measure_draft("1", make_indicator_draft("1.1")))

    changes = apply(session, left, LATER)

    assert codes(changes.measures.absent) == ["2"]
    assert codes(changes.indicators.absent) == ["1.2", "2.1"]
    assert not changes.is_reordered
    assert fields(changes.measures.changed) == {"1": ("indicators",)}
    assert measure_by_code(session, "2").retired_at == LATER
    assert indicator_by_code(session, "1.2").retired_at == LATER
    assert indicator_by_code(session, "1.1").retired_at is None
    assert count(session, IndicatorVersion) == 3


def test_what_is_retired_already_is_not_absent_again(session):
    apply(session, two_measures(), AT)
    left = make_draft(make_measure_draft("1", make_indicator_draft("1.1")))
    apply(session, left, AT)

    changes = apply(session, left, LATER)

    assert changes.is_empty
    assert measure_by_code(session, "2").retired_at == AT


def test_what_comes_back_is_in_force_again_with_its_versions(session):
    apply(session, two_measures(), AT)
    apply(session, make_draft(make_measure_draft("1")), AT)

    changes = apply(session, two_measures(), LATER)

    assert fields(changes.measures.changed) == {
        "1": ("indicators",),
        "2": ("retired_at", "indicators"),
    }
    assert fields(changes.indicators.changed)["2.1"] == ("retired_at",)
    assert measure_by_code(session, "2").retired_at is None
    assert [it.code for it in indicators_in_force(measure_by_code(session, "1"))] == [
        "1.1",
        "1.2",
    ]
    assert count(session, IndicatorVersion) == 3


def test_indicator_moves_to_another_measure_with_its_versions(session):
    apply(session, two_measures(), AT)
    before = indicator_by_code(session, "1.2")
    moved = make_draft(
        make_measure_draft("1", make_indicator_draft("1.1")),
        make_measure_draft("2", make_indicator_draft("1.2"), make_indicator_draft("2.1")),
    )

    changes = apply(session, moved, LATER)

    after = indicator_by_code(session, "1.2")
    assert fields(changes.indicators.changed) == {"1.2": ("measure",)}
    assert fields(changes.measures.changed) == {"1": ("indicators",), "2": ("indicators",)}
    assert (after.id, after.measure.code, after.version.number) == (before.id, "2", 1)
    session.expire_all()
    in_order = [it.code for it in measure_by_code(session, "2").indicators]
    assert in_order == ["1.2", "2.1"]


def test_code_is_found_again_whatever_its_case(session):
    apply(session, make_draft(make_measure_draft("t1", make_indicator_draft("t1.a"))), AT)
    written = make_draft(make_measure_draft("T1", make_indicator_draft("T1.A"), axis="a"))
    written = replace(written, axes=(AxisDraft("a", {"fr": "Axe A"}),))

    changes = apply(session, written, LATER)

    assert fields(changes.axes.changed) == {"a": ("code",)}
    assert fields(changes.measures.changed) == {"T1": ("code", "indicators")}
    assert fields(changes.indicators.changed) == {"T1.A": ("code",)}
    assert count(session, Measure) == 1
    assert count(session, Axis) == 1


def test_order_of_the_file_is_that_of_the_plan(session):
    apply(session, two_measures(), AT)
    first, second = two_measures().measures
    first = replace(first, indicators=first.indicators[::-1])
    turned = PlanDraft(two_measures().axes, (second, make_measure_draft("3"), first))

    changes = apply(session, turned, LATER)

    assert changes.is_reordered
    assert fields(changes.measures.changed) == {"1": ("indicators",)}
    assert codes(changes.measures.unchanged) == ["2"]
    assert [measure.code for measure in measures(session)] == ["2", "3", "1"]
    assert [it.code for it in measure_by_code(session, "1").indicators] == ["1.2", "1.1"]


def test_measure_put_before_others_changes_none_of_them(session):
    apply(session, two_measures(), AT)
    draft = two_measures()
    longer = PlanDraft(draft.axes, (make_measure_draft("0"), *draft.measures))

    changes = apply(session, longer, LATER)

    assert codes(changes.measures.new) == ["0"]
    assert codes(changes.measures.unchanged) == ["1", "2"]
    assert not changes.is_reordered


def test_axis_is_renamed_in_place_and_goes_with_its_last_measure(session):
    apply(session, make_draft(make_measure_draft("1"), make_measure_draft("2", axis="B")), AT)
    renamed = PlanDraft(
        (AxisDraft("A", {"fr": "Prévenir"}),), (make_measure_draft("1"), make_measure_draft("2"))
    )

    changes = apply(session, renamed, LATER)

    assert fields(changes.axes.changed) == {"A": ("title",)}
    assert codes(changes.axes.absent) == ["B"]
    assert session.scalars(sa.select(Axis.code)).all() == ["A"]


def test_axes_come_in_the_order_of_the_file(session):
    first, second = make_measure_draft("1"), make_measure_draft("2", axis="B")
    apply(session, make_draft(first, second), AT)

    apply(session, make_draft(second, make_measure_draft("3", axis="C"), first), LATER)

    stored = session.scalars(sa.select(Axis.code).order_by(Axis.position))
    assert stored.all() == ["B", "C", "A"]


def test_what_the_file_holds_beside_the_plan_is_told_with_the_changes(session):
    draft = replace(two_measures(), unread=("colonne « Notes »",))

    changes = apply(session, draft, AT)

    assert changes.unread == ("colonne « Notes »",)


def test_axis_of_a_retired_measure_is_kept(session):
    apply(session, make_draft(make_measure_draft("1"), make_measure_draft("2", axis="B")), AT)

    changes = apply(session, make_draft(make_measure_draft("1")), LATER)

    assert changes.axes.absent == []
    assert set(session.scalars(sa.select(Axis.code))) == {"A", "B"}


def test_shipped_theme_named_by_the_file_is_shipped_no_more(session):
    load_shipped(session, AT)
    theme = measure_by_code(session, "T7")
    named = make_draft(make_measure_draft("T7", make_indicator_draft("T7.1")))

    changes = apply(session, named, LATER)

    assert theme.is_shipped is False
    assert theme.indicators[0].is_shipped is False
    assert "is_shipped" in fields(changes.measures.changed)["T7"]
    assert len(changes.measures.absent) == 9
    assert measure_by_code(session, "T1").is_shipped
    assert measure_by_code(session, "T1").retired_at == LATER


def test_rolled_back_import_leaves_no_trace(session):
    apply(session, two_measures(), AT)
    session.commit()

    changes = apply(session, make_draft(make_measure_draft("3")), LATER)
    session.rollback()

    assert codes(changes.measures.absent) == ["1", "2"]
    assert session.scalars(sa.select(Measure.code).order_by(Measure.code)).all() == ["1", "2"]
    assert measure_by_code(session, "1").retired_at is None


def test_removed_measure_takes_with_it_all_that_is_its_own(session):
    apply(session, make_draft(make_measure_draft("1"), *two_measures().measures[1:]), AT)
    apply(session, make_draft(make_measure_draft("1"), make_measure_draft("2", axis="B")), AT)
    measure = measure_by_code(session, "2")
    measure.statuses.append(
        MeasureStatus(assessed_on=AT.date(), assessor=Assessor.COLLECTIVE, level=Level.ENGAGED)
    )
    session.flush()

    remove_measure(session, measure)

    assert session.scalars(sa.select(Measure.code)).all() == ["1"]
    assert session.scalars(sa.select(Axis.code)).all() == ["A"]
    for model in (Indicator, IndicatorVersion, MeasureStatus):
        assert count(session, model) == 0


def test_measure_named_by_a_questionnaire_is_not_removed(session):
    apply(session, two_measures(), AT)
    measure = measure_by_code(session, "1")
    opened = Round(code="1", title={"fr": "Tour"}, opens_at=AT, closes_at=LATER, announced_at=AT)
    session.add(opened)
    session.flush()
    session.add(
        Questionnaire(
            round_id=opened.id, measure_id=measure.id, version=1, title=measure.title, digest="0"
        )
    )
    session.flush()

    with pytest.raises(sa.exc.IntegrityError):
        remove_measure(session, measure)
