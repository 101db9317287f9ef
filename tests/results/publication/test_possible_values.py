"""What a solver can tell of hidden counts from all that is published: never within a few."""

from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.results.publication import totals
from consultation.results.publication.disclosure import publishable
from tests.results.attacking import STANCES, cramped, figures
from tests.results.publication.test_small_cells import (
    classes,
    hidden,
    histories,
    publications,
    smalls,
    tables,
)

few = st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 20])
more = st.sampled_from([0, 0, 0, 1, 2, 3, 5, 8])
VALUES = ("keep", "amend", "drop")


@given(tables(), smalls, classes)
@settings(max_examples=20)
def test_each_hidden_count_of_a_table_has_many_possible_values(counts, small, classed):
    published = publishable(counts, [], small, classed=classed)

    assert cramped({"": (published.counts, hidden(published))}, [], small) == []


@given(histories(), smalls, classes)
@settings(max_examples=15)
def test_each_hidden_count_has_many_possible_values_at_each_moment(history, small, classed):
    for published in publications(history, small, classed=classed):
        assert cramped({"": (published.counts, hidden(published))}, [], small) == []


@st.composite
def rounds(draw):
    """The answers to some measures of two axes, at one moment or two, by measure and moment.

    Not all measures are published anew at the second moment.
    """
    measures = [f"{axis}{number}" for axis in "AB" for number in range(draw(st.integers(1, 4)))]
    first = {name: {value: draw(few) for value in (*VALUES, "")} for name in measures}
    moments = [first]
    if draw(st.booleans()):
        renewed = [name for name in measures if draw(st.booleans())]
        moments.append(
            {
                name: {value: count + draw(more) for value, count in first[name].items()}
                for name in renewed
            }
        )
    return moments


def counts_of(held):
    by_value = {value: held[value] for value in VALUES}
    return figures(responses={"a": sum(held.values())}, by_question={"q": {"a": by_value}})


def published_rounds(moments, small):
    """Return the publications by measure and moment, and totals with the moments they are of."""
    publications, opinions, last, made = {}, {}, {}, []
    for moment, by_measure in enumerate(moments):
        for name, held in by_measure.items():
            earlier = [it for (of, _), it in publications.items() if of == name]
            here = publishable(counts_of(held), earlier, small, classed=[STANCES])
            publications[name, moment] = here
            opinions[name] = totals.opinion_of(name[0], STANCES, here, str(moment))
            last[name] = moment
        decided = totals.decided(dict(opinions), [it for it, _last in made], small)
        if decided is not None:
            made.append((decided, dict(last)))
    return publications, made


def sums_of(made):
    """Return the cells of each published total."""
    return [
        [((name, moment), cell) for name, moment in last.items() if axis in (None, name[0])
         for cell in cells]
        for decided, last in made
        for axis in decided.published
        for cells in ([("q", "keep")], [("q", "amend"), ("q", "drop")])
    ]  # fmt: skip


@given(rounds(), smalls)
@settings(max_examples=60)
def test_totals_of_axes_and_plan_leave_many_possible_values_too(moments, small):
    publications, made = published_rounds(moments, small)

    systems = {key: (it.counts, hidden(it)) for key, it in publications.items()}

    assert cramped(systems, sums_of(made), small) == []


def test_attack_finds_what_a_total_tells():
    """The total of an axis with one hidden measure gives it away."""
    publications, _made = published_rounds(
        [
            {
                "A0": {"keep": 3, "amend": 9, "drop": 6, "": 7},
                "A1": {"keep": 9, "amend": 8, "drop": 6, "": 9},
            }
        ],
        5,
    )
    systems = {key: (it.counts, hidden(it)) for key, it in publications.items()}

    assert cramped(systems, [], 5) == []
    assert (("A0", 0), ("q", "keep")) in cramped(
        systems, [[((name, 0), ("q", "keep")) for name in ("A0", "A1")]], 5
    )


def test_totals_are_published_where_many_measures_hide_a_few():
    held = {"keep": 6, "amend": 5, "drop": 2, "": 3}
    _publications, made = published_rounds([{f"A{number}": held for number in range(6)}], 5)

    ((decided, _last),) = made
    shown = totals.public_json(decided, {"A": {"fr": "Un axe"}}, "2026-11-30T10:00:00+00:00")

    assert shown["plan"] == {"indicators": 6, "kept": 36, "changed": 42}
    assert [(it["kept"], it["changed"]) for it in shown["axes"]] == [(36, 42)]


def test_total_of_one_measure_is_as_hidden_as_it_is():
    held = {"keep": 6, "amend": 5, "drop": 2, "": 3}
    _publications, made = published_rounds([{"A0": held}], 5)

    ((decided, _last),) = made

    assert decided.published == []


def test_totals_stay_where_one_measure_alone_is_published_anew():
    held = {"keep": 6, "amend": 5, "drop": 2, "": 3}
    moments = [{f"A{number}": held for number in range(6)}, {"A0": held | {"keep": 16}}]

    _publications, made = published_rounds(moments, 5)

    assert len(made) == 1
