from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.results.publication.disclosure import (
    CLASS,
    NO_ANSWER,
    TOTAL,
    Grid,
    Publication,
    narrow_cells,
    publishable,
)
from tests.results.attacking import (
    SIDE,
    STANCES,
    figures,
    grid,
    line,
    lines_of,
    recovered,
    secrets_told,
    several,
    shares,
)

SMALL = 5
OTHERS = (4, 6, 8)
"""Other values that an installation may set; 4 is the least."""
smalls = st.sampled_from((SMALL, *OTHERS))
CODES, VALUES = ("a", "b", "c", "d"), ("keep", "amend", "drop")
classes = st.sampled_from([(), (STANCES,)])
"""Without classes and with them: the first question is a stance."""


def publications(history, small=SMALL, together=(), classed=()):
    published = []
    for counts in history:
        published.append(publishable(counts, published, small, together, classed))
    return published


def hidden(publication):
    return {cell for cell, count in publication.published.items() if count is None}


def published_counts(publication, *cells):
    return [publication.published[cell] for cell in cells]


few = st.sampled_from([0, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 8, 12, 30])


@st.composite
def tables(draw):
    """Two questions by capacity: they share the capacities and the number of responses."""
    codes = CODES[: draw(st.integers(2, 4))]
    first = {code: {value: draw(few) for value in VALUES} for code in codes}
    responses = {code: sum(by.values()) + draw(few) for code, by in first.items()}
    second = {code: dict.fromkeys(VALUES, 0) for code in codes}
    for code, by_value in second.items():
        for value in VALUES:
            rest = responses[code] - sum(by_value.values())
            by_value[value] = draw(st.integers(0, min(rest, 12)))
    by_question = {"q": first, "r": second}
    return figures(responses=responses, by_question=by_question)


@st.composite
def histories(draw):
    """The figures of the same questions at two or three moments, near to each other or far."""
    first = {code: {value: draw(few) for value in VALUES} for code in CODES[:3]}
    unanswered = {code: draw(few) for code in first}
    moments = []
    for _ in range(draw(st.integers(2, 3))):
        responses = {code: sum(by.values()) + unanswered[code] for code, by in first.items()}
        moments.append(figures(responses=responses, by_question={"q": first}))
        first = {
            code: {value: max(0, count + draw(moves)) for value, count in by.items()}
            for code, by in first.items()
        }
    return moments


moves = st.sampled_from([0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 9, 20, -1, -2, -6])


@given(tables(), smalls, classes)
@settings(max_examples=24)
def test_no_hidden_count_can_be_worked_out_from_rows_columns_and_totals(counts, small, classed):
    published = publishable(counts, [], small, classed=classed)

    revealed = recovered(published.counts, hidden(published))

    assert {cell: count for cell, count in revealed.items() if count} == {}


@given(histories(), smalls, classes)
@settings(max_examples=24)
def test_no_count_that_stays_or_is_hidden_can_be_worked_out_later_either(history, small, classed):
    for published in publications(history, small, classed=classed):
        # Who knows the counts that stayed as they were…
        revealed = recovered(published.counts, hidden(published))
        assert {cell: count for cell, count in revealed.items() if count} == {}
        # … and who knows that they are not what they were.
        revealed = recovered(published.counts, published.unknown)
        assert {cell for cell in revealed if cell not in hidden(published)} == set()


@given(histories(), smalls, classes)
@settings(max_examples=240)
def test_published_count_moves_only_when_enough_responses_joined_or_left_it(
    history, small, classed
):
    published = publications(history, small, classed=classed)

    for before, after in pairwise(published):
        for cell, count in after.published.items():
            was = before.published[cell]
            if count is not None and was is not None:
                assert count == was or abs(count - was) >= small


@given(histories(), smalls, classes)
@settings(max_examples=240)
def test_what_can_be_told_of_a_line_never_moves_by_a_few(history, small, classed):
    published = publications(history, small, classed=classed)

    for number, after in enumerate(published):
        for before in published[:number]:
            for total, parts in lines_of(after.counts):
                if {total} & (after.unknown | before.unknown):
                    continue
                revealed = [cell for cell in parts if cell in after.unknown | before.unknown]
                moved = sum(after.counts[cell] - before.counts[cell] for cell in revealed)
                assert len(revealed) == len(parts) or not 0 < abs(moved) < small


def publish_with(small):
    return lambda history: publications(history, small)


@pytest.mark.parametrize(
    ("names", "most", "small"),
    [("abc", 30, SMALL), ("abcd", 22, SMALL), ("abcd", 18, 4), ("abc", 32, 6), ("abc", 40, 8)],
)
def test_who_knows_the_rules_and_tries_every_distribution_learns_nothing(names, most, small):
    every = ([line(**dict(zip(names, held, strict=True)))] for held in shares(most, len(names)))

    assert secrets_told(publish_with(small), every) == []


@pytest.mark.parametrize(("most", "small"), [(20, SMALL), (16, 4), (20, 8)])
def test_who_knows_the_rules_and_tries_every_crossed_table_learns_nothing(most, small):
    every = ([grid([[a, b], [c, d]])] for a, b, c, d in shares(most, 4))

    assert secrets_told(publish_with(small), every) == []


CHOICES = several(0, (0, 0)).keys() - {TOTAL}
"""The cells of a question of two choices; a response may have made both."""


def publish_choices(small, is_required):
    """Publish a question of several choices: each response had to make one, or had not."""
    together = [CHOICES] if is_required else []
    return lambda history: publications(history, small, together)


def choices(responses, is_required):
    """Every way in which so many responses may have chosen."""
    return [
        several(responses, chosen)
        for chosen in product(range(responses + 1), repeat=2)
        if sum(chosen) >= responses or not is_required
    ]


@pytest.mark.parametrize(("most", "small"), [(22, SMALL), (18, 4), (30, 8)])
@pytest.mark.parametrize("is_required", [True, False])
def test_who_knows_that_one_of_several_choices_had_to_be_made_learns_nothing(
    most, small, is_required
):
    every = (
        [response] for responses in range(most + 1) for response in choices(responses, is_required)
    )

    assert secrets_told(publish_choices(small, is_required), every) == []


@pytest.mark.parametrize("is_required", [True, False])
def test_two_publications_of_several_choices_tell_nothing_more(is_required):
    every = (
        [before, after]
        for before in choices(10, is_required)
        for responses in (10, 12, 14)
        for after in choices(responses, is_required)
    )

    assert secrets_told(publish_choices(4, is_required), every) == []


ANSWERS = ("keep", "amend", "drop", "none", NO_ANSWER)


def stances(**held):
    """The counts of a stance; `unsaid` gave none."""
    counts = {("q", "" if name == "unsaid" else name): count for name, count in held.items()}
    return {TOTAL: sum(held.values())} | counts


def publish_stances(small):
    return lambda history: publications(history, small, classed=[STANCES])


@pytest.mark.parametrize(
    ("names", "most", "small"),
    [
        (("keep", "amend", NO_ANSWER), 30, SMALL),
        (("keep", "amend", "drop", NO_ANSWER), 20, SMALL),
        (("keep", "amend", "none", NO_ANSWER), 20, SMALL),
        (ANSWERS, 14, 4),
    ],
)
def test_who_tries_every_stance_learns_nothing_from_its_two_classes(names, most, small):
    every = ([line(**dict(zip(names, held, strict=True)))] for held in shares(most, len(names)))

    assert secrets_told(publish_stances(small), every) == []


@pytest.mark.parametrize(
    ("values", "most"), [(("keep", "amend", "drop"), 7), (("keep", "amend", "none"), 9)]
)
def test_who_tries_every_stance_by_capacity_learns_nothing_from_its_two_classes(values, most):
    every = []
    for held in shares(most, 8):
        rows = {"a": held[:4], "b": held[4:]}
        by_code = {code: dict(zip(values, row[:3], strict=True)) for code, row in rows.items()}
        responses = {code: sum(row) for code, row in rows.items()}
        every.append([figures(responses=responses, by_question={"q": by_code})])

    assert secrets_told(publish_stances(4), every) == []


@pytest.mark.parametrize(
    "names", [("keep", "amend", "drop", NO_ANSWER), ("keep", "amend", "none", NO_ANSWER)]
)
def test_who_sets_two_publications_side_by_side_learns_nothing_from_two_classes(names):
    every = (
        [line(**dict(zip(names, held, strict=True))) for held in history]
        for history in product(shares(4, 4), shares(8, 4))
    )

    assert secrets_told(publish_stances(4), every) == []


def test_two_classes_are_shown_where_their_values_are_not():
    [published] = publications([stances(keep=9, amend=4, drop=3, unsaid=6)], classed=[STANCES])

    assert published_counts(published, *STANCES.cells) == [9, 7, 6]
    assert hidden(published) == {("q", "amend"), ("q", "drop")}


def test_class_is_hidden_with_the_rest_if_few_are_in_it():
    [published] = publications([stances(keep=9, amend=2, drop=1, unsaid=6)], classed=[STANCES])

    assert published_counts(published, *STANCES.cells) == [9, None, None]
    assert hidden(published) == published.counts.keys() - {TOTAL, ("q", "keep")}


def test_no_class_is_shown_if_few_are_in_none():
    """« keep » alone may be: without the other class, nobody can subtract."""
    [published] = publications([stances(keep=9, amend=9, drop=9, unsaid=2)], classed=[STANCES])

    assert published_counts(published, *STANCES.cells) == [9, None, None]


def test_known_class_fixes_the_cell_of_its_only_unknown_value():
    counts = grid([[5, 4, 3], [6, 7, 8]])
    cells = [cell for cell in counts if len(cell) == 4]
    unknown = {("q", "v1"), ("q", NO_ANSWER)}
    unknown |= {("q", value, SIDE, "c0") for value in ("v1", NO_ANSWER)}
    classes = {("q", "v1"): ("q", CLASS, "second"), ("q", NO_ANSWER): ("q", CLASS, NO_ANSWER)}

    assert list(narrow_cells(Grid(cells), counts, unknown, SMALL)) == []
    assert set(narrow_cells(Grid(cells, classes), counts, unknown, 2)) == {
        cell for cell in unknown if len(cell) == 4
    }


def test_values_hidden_before_there_were_classes_stay_without():
    before = stances(keep=20, amend=9, drop=3, unsaid=10)
    [earlier] = publications([before])

    after = publishable(before, [earlier], SMALL, classed=[STANCES])
    much_later = stances(keep=60, amend=90, drop=30, unsaid=100)

    assert after == earlier
    assert STANCES.rest_cell not in publishable(
        much_later, [earlier, after], SMALL, classed=[STANCES]
    ).counts  # fmt: skip


def test_values_shown_before_there_were_classes_get_classes_that_obey_them():
    [earlier] = publications([stances(keep=20, amend=9, drop=7, unsaid=10)])
    more = stances(keep=20, amend=11, drop=9, unsaid=10)

    after = publishable(more, [earlier], SMALL, classed=[STANCES])

    assert published_counts(after, *STANCES.cells) == [20, 16, 10]


def test_class_moves_only_once_enough_joined_it():
    moments = [
        stances(keep=20, amend=9, drop=7, unsaid=10),
        stances(keep=24, amend=11, drop=9, unsaid=12),
        stances(keep=25, amend=13, drop=9, unsaid=15),
    ]

    published = publications(moments, classed=[STANCES])

    assert [published_counts(it, *STANCES.cells) for it in published] == [
        [20, 16, 10], [20, 16, 10], [25, 22, 15],
    ]  # fmt: skip


def test_attack_finds_what_is_hidden_alone():
    counts = line(keep=20, amend=9, drop=3)

    assert recovered(counts, {("q", "drop")}) == {("q", "drop"): 3}


def test_attack_finds_a_count_that_only_joins_two_parts_of_a_table():
    counts = grid([[3, 3, 9, 9], [3, 3, 3, 9], [9, 9, 3, 3], [9, 9, 3, 3]])
    small = {cell for cell, count in counts.items() if len(cell) == 4 and count == 3}

    assert recovered(counts, small) == {("q", "v2", SIDE, "c1"): 3}
    assert recovered(counts, hidden(publishable(counts, [], SMALL))) == {}


def test_attack_finds_a_count_that_stayed_alone():
    before, after = line(keep=20, amend=9), line(keep=28, amend=11)

    assert recovered(after, {("q", "amend")}) == {("q", "amend"): 11}
    assert before[TOTAL] + 10 == after[TOTAL]


def test_shown_zero_is_hidden_where_nothing_else_hides_a_count():
    def moment(**by_code):
        by_value = {code: dict(zip(VALUES, held, strict=False)) for code, held in by_code.items()}
        responses = {code: sum(held) for code, held in by_code.items()}
        return figures(responses=responses, by_question={"q": by_value})

    few_of_one = moment(a=(0, 0, 0, 0), b=(0, 0, 1, 3))
    one_more = moment(a=(0, 1, 3, 0), b=(0, 0, 1, 3))

    before, after = publications([few_of_one, one_more], 4)

    assert before.published["q", "amend", SIDE, "b"] == 0
    assert after.published["q", "amend"] == 0  # one joined it, which is not told
    assert recovered(after.counts, hidden(after)) == {}
    assert hidden(after) >= {("q", "amend", SIDE, code) for code in "ab"}


def test_distribution_without_few_is_shown_whole_zeros_too():
    counts = line(keep=20, amend=9, drop=0)

    assert publishable(counts, [], SMALL).published == counts


def test_few_are_hidden_with_one_more_and_the_total_is_shown():
    published = publishable(line(keep=20, amend=9, drop=3), [], SMALL)

    assert published_counts(published, TOTAL, ("q", "keep"), ("q", "amend"), ("q", "drop")) == [
        32, 20, None, None,
    ]  # fmt: skip


def test_who_gave_no_answer_is_hidden_before_any_opinion():
    published = publishable(line(keep=20, amend=9, drop=3) | {}, [], SMALL)
    counts = line(keep=20, amend=9, drop=3) | {("q", NO_ANSWER): 12, TOTAL: 44}

    assert hidden(publishable(counts, [], SMALL)) == {("q", "drop"), ("q", NO_ANSWER)}
    assert hidden(published) == {("q", "drop"), ("q", "amend")}


def test_single_response_hides_everything():
    counts = figures(responses={"a": 1, "b": 0}, by_question={
        "q": {"a": {"keep": 1, "drop": 0}, "b": {"keep": 0, "drop": 0}},
    })  # fmt: skip

    assert hidden(publishable(counts, [], SMALL)) == set(counts)


def test_no_response_is_a_zero_everywhere():
    counts = figures(responses={"a": 0}, by_question={"q": {"a": {"keep": 0, "drop": 0}}})

    assert publishable(counts, [], SMALL).published == counts


def test_what_few_people_did_not_say_is_hidden_with_what_they_said():
    counts = figures(
        responses={"a": 30, "b": 3, "c": 4},
        by_question={"q": {
            "a": {"keep": 20, "drop": 10}, "b": {"keep": 3, "drop": 0}, "c": {"keep": 0, "drop": 4},
        }},
    )  # fmt: skip

    published = publishable(counts, [], SMALL)

    assert published_counts(published, ("q", "drop", SIDE, "b"), ("q", "keep", SIDE, "c")) == [
        None,
        None,
    ]


def test_nothing_moves_while_fewer_than_five_responses_joined():
    before, after = publications([line(keep=20, amend=9), line(keep=22, amend=11)])

    assert after.published == before.published


def test_count_stays_until_five_joined_it_and_another_stays_with_it():
    before, after = publications([line(keep=20, amend=9, drop=7), line(keep=30, amend=11, drop=15)])

    assert after.published[TOTAL] == 56
    assert after.published["q", "amend"] == before.published["q", "amend"] == 9
    assert after.published["q", "drop"] == before.published["q", "drop"] == 7
    assert after.published["q", "keep"] == 30


def test_hidden_count_is_shown_once_five_must_have_joined_it():
    moments = [line(keep=20, drop=3, none=8), line(keep=20, drop=8, none=8)]
    moments += [line(keep=20, drop=14, none=14)]

    _first, second, third = publications(moments)

    assert second.published["q", "drop"] is None
    assert third.published["q", "drop"] == 14


def test_publication_says_what_nobody_was_told():
    published = publishable(line(keep=20, amend=9, drop=3), [], SMALL)

    assert isinstance(published, Publication)
    assert published.unknown == {("q", "drop"), ("q", "amend")}
