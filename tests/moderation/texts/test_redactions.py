"""Masks: over whole signs, over a text that stays whole, lifted or made final."""

import re
import time
from itertools import pairwise

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation import visibility
from consultation.moderation.claims import DecisionNotAllowed, Obstacle
from consultation.moderation.models import (
    Certainty,
    Finding,
    FindingKind,
    Layer,
    Reason,
    Redaction,
    Verdict,
)
from consultation.moderation.texts import redactions
from consultation.moderation.texts.page import hidden_ranges, pieces
from consultation.moderation.texts.ranges import occurrences, repeated
from consultation.moderation.texts.redactions import NotMasked, OutsideText, merged
from consultation.moderation.visibility import Audience, visible
from consultation.responses.models import Answer, Response
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.moderation.builders import QUESTION, TEXT, actions, make_text, range_of, screen

pytestmark = pytest.mark.database

FARMER = "👩🏽‍🌾"


def read(session, text, audience=Audience.PUBLIC):
    session.rollback()
    expected = visibility.texts(session, Answer.id == text.answer_id)
    return visible(next(expected)[0], audience)


def test_mask_hides_a_passage_from_all_but_moderators_and_leaves_the_text(
    session, opened, colleague
):
    text = make_text(session, opened)

    colleague.mask(text, range_of(TEXT), range_of(TEXT, "Aïcha"))
    colleague.decide(text, Verdict.REDACT)

    assert read(session, text) == TEXT.replace("06 12 34 56 78", "███").replace("Aïcha", "███")
    assert read(session, text, Audience.EXPORT) == read(session, text)
    assert read(session, text, Audience.MODERATOR) == TEXT
    assert session.scalars(sa.select(Answer.text)).one() == TEXT
    assert "text_masked" in actions(session)


def test_range_inside_an_emoji_masks_the_whole_of_it(session, opened, colleague):
    text = make_text(session, opened)
    start, end = range_of(TEXT, FARMER)

    (mask,) = colleague.mask(text, (start + 1, start + 2))

    assert (mask.start, mask.end) == (start, end)


def test_overlapping_ranges_are_one_and_what_is_masked_already_is_not_masked_twice(
    session, opened, colleague
):
    text = make_text(session, opened)

    first = colleague.mask(text, (0, 6), (3, 9), (9, 11))
    again = colleague.mask(text, (2, 8), (9, 11))

    assert [(mask.start, mask.end) for mask in first] == [(0, 9), (9, 11)]
    assert again == []


@pytest.mark.parametrize("range_", [(-1, 4), (4, 4), (5, 4), (0, len(TEXT) + 1)])
def test_range_outside_the_text_is_refused_with_all_the_others(session, opened, colleague, range_):
    text = make_text(session, opened)

    with pytest.raises(OutsideText):
        colleague.mask(text, (0, 3), range_)

    assert session.scalars(sa.select(Redaction)).all() == []


def test_three_hundred_masks_over_ten_thousand_signs_show_as_as_many_marks(
    session, opened, colleague
):
    content = "".join(f"{number:03} 0612345678 à Étampes, puis un peu.\n" for number in range(300))
    text = make_text(session, opened, content[:10_000].ljust(10_000, "x"))
    ranges = [(at, at + 10) for at in range(4, 300 * 33, 33)]

    made = colleague.mask(text, *ranges)

    assert len(made) == 300
    colleague.decide(text, Verdict.REDACT)
    assert read(session, text).count("███") == 300


def test_mask_is_lifted_only_where_that_shows_nothing_yet(session, opened, colleague):
    text = make_text(session, opened)
    range_ = range_of(TEXT)
    colleague.mask(text, range_)
    colleague.decide(text, Verdict.REDACT)

    with pytest.raises(DecisionNotAllowed) as refused:
        colleague.lift(text, range_)
    colleague.decide(text, Verdict.REOPEN)
    with pytest.raises(NotMasked):
        colleague.lift(text, (0, 1))
    colleague.lift(text, range_)
    colleague.decide(text, Verdict.PUBLISH)

    assert refused.value.obstacle is Obstacle.REOPEN_FIRST
    assert read(session, text) == TEXT
    assert session.scalars(sa.select(Redaction)).one().lifted_at is not None


@pytest.mark.parametrize(
    "verdicts",
    [[Verdict.WITHHOLD], [Verdict.PUBLISH], [Verdict.REDACT], []],
    ids=["withheld", "published", "redacted", "only masked"],
)
def test_what_a_moderator_opens_again_waits_for_one_before_anybody_reads_it(
    session, opened, colleague, verdicts
):
    text, range_ = make_text(session, opened), range_of(TEXT)
    before = read(session, text, Audience.EXPORT)
    if verdicts in ([Verdict.REDACT], []):
        colleague.mask(text, range_)
    for verdict in verdicts:
        colleague.decide(text, verdict)
        colleague.decide(text, Verdict.REOPEN)
    if verdicts in ([Verdict.REDACT], []):
        colleague.lift(text, range_)

    waiting = [read(session, text, who) for who in (Audience.ORGANISER, Audience.EXPORT)]
    colleague.decide(text, Verdict.PUBLISH)

    assert before == TEXT
    assert waiting == [None, None]
    assert read(session, text, Audience.EXPORT) == TEXT


def test_what_is_erased_is_no_more_in_the_text_and_can_not_be_lifted(
    app, session, opened, colleague
):
    text = make_text(session, opened)
    range_ = range_of(TEXT)
    colleague.mask(text, range_)

    with writing(session):
        home = app.config["HOME"]
        redactions.erase(Work(session, colleague.actor, now()), text.public_id, range_, home=home)

    assert session.scalars(sa.select(Redaction.layer)).one() is Layer.ERASED
    assert "06 12" not in read(session, text, Audience.MODERATOR)
    with pytest.raises(NotMasked):
        colleague.lift(text, range_)
    assert actions(session)[-1] == "text_erased"


def test_masks_do_not_carry_over_to_what_its_author_wrote_anew(session, opened, colleague):
    text = make_text(session, opened)
    colleague.mask(text, range_of(TEXT))
    colleague.decide(text, Verdict.REDACT)
    first = session.scalars(sa.select(Response)).one()
    second = respond(session, opened, "T7", {QUESTION: TEXT}, revises=first, consent_anonymous=True)
    (anew,) = screen(session, second, {})
    session.commit()

    assert read(session, anew) is None
    assert visibility.active_masks(session, anew.answer_id) == []
    assert read(session, text) is None


def test_passage_is_found_as_readers_see_it():
    content = "Au 06\u00a012\u200b34, rue de l’Étape. Rue de l'Étape ! 06 1234"

    def passages_like(passage):
        return [content[start:end] for start, end in occurrences(content, passage)]

    assert passages_like("06 1234") == ["06\u00a012\u200b34", "06 1234"]
    assert passages_like("de l'Étape") == ["de l’Étape", "de l'Étape"]
    assert passages_like("absent") == passages_like(" \u200b ") == []


@pytest.mark.parametrize(
    ("content", "passage", "other", "expected"),
    [
        ("Elle, Li, ici.", "Li", "Li vit à Lille, et Li.", [(0, 2), (19, 21)]),
        ("La Lilloise", "Lill", "À Lille", [(2, 6)]),
        ("Au 06 12 34 !", "06 12 34", "06\u00a012\u200b 34", [(0, 9)]),
        ("Zoé,\nLille", "Zoé,\nLille", "À Zoé,\r\nLille", [(2, 13)]),
        ("Zoé", "Zoé", "", []),
    ],
)
def test_passage_is_found_in_another_text_but_not_within_its_words(
    content, passage, other, expected
):
    assert repeated(content, range_of(content, passage), other) == expected


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=12))
def test_merged_ranges_cover_the_same_characters_and_never_overlap(pairs):
    ranges = [(start, start + length) for start, length in pairs]

    runs = merged(ranges)

    def covered(ones):
        return {at for start, end in ones for at in range(start, end)}

    assert covered(runs) == covered(ranges)
    assert all(range_[1] <= other[0] for range_, other in pairwise(runs))


def finding(start, end, kind=FindingKind.PHONE, certainty=Certainty.SURE):
    return Finding(kind=kind, certainty=certainty, start=start, end=end)


def test_text_in_pieces_is_the_text_and_each_piece_knows_what_is_over_it():
    mask = Redaction(start=4, end=8, layer=Layer.MASKED, reason=Reason.CONTACT)
    cut = pieces("abcdefghij", [finding(2, 6), finding(5, 6, FindingKind.NIR)], [mask])

    assert "".join(piece.text for piece in cut) == "abcdefghij"
    assert [(piece.text, piece.kinds, piece.layer) for piece in cut] == [
        ("ab", (), None),
        ("cd", (FindingKind.PHONE,), None),
        ("e", (FindingKind.PHONE,), Layer.MASKED),
        ("f", (FindingKind.PHONE, FindingKind.NIR), Layer.MASKED),
        ("gh", (), Layer.MASKED),
        ("ij", (), None),
    ]


def test_piece_is_as_certain_as_what_is_named_there_and_not_as_the_whole_text_or_another():
    shouted = finding(0, 10, FindingKind.SHOUTING)
    name = finding(2, 8, FindingKind.NAME, Certainty.LIKELY)

    cut = pieces("ABCDEFGHIJ", [shouted, name, finding(6, 8)])

    assert [(piece.kinds, piece.certainty) for piece in cut] == [
        ((), None),
        ((FindingKind.NAME,), Certainty.LIKELY),
        ((FindingKind.PHONE, FindingKind.NAME), Certainty.SURE),
        ((), None),
    ]


def test_signs_that_show_nothing_are_named_and_those_within_emoji_are_not():
    text = f"Jea\u200b\u200bn \u202eabc\u202c {FARMER} 🏴󠁧󠁢󠁥󠁮󠁧󠁿\u3164"

    names = [piece.name for piece in pieces(text) if piece.is_hidden]

    assert names == ["U+200B × 2", "U+202E", "U+202C", "U+3164"]
    assert pieces("\u202e")[0].points == "202e"
    assert hidden_ranges("Éà 🇫🇷 e\u0301") == []


FLAG, TAGS = "\U0001f3f4", "\U000e0067\U000e0062\U000e007f"


@given(st.text(st.sampled_from(f"ab{FLAG}{TAGS}\U000e0001\u200b\u200d\u3164👩🏽🌾"), max_size=30))
def test_tags_that_follow_a_flag_and_joiners_within_emoji_are_all_that_is_not_hidden(text):
    hidden = {at for start, end in hidden_ranges(text) for at in range(start, end)}

    in_flags = {at for flag in re.finditer(f"{FLAG}[{TAGS}]+", text) for at in range(*flag.span())}
    joiners = re.finditer("(?<=[👩🏽🌾🏴])\u200d(?=[👩🌾🏴])", text)
    displayed = in_flags | {joiner.start() for joiner in joiners}
    characters = f"{TAGS}\U000e0001\u200b\u200d\u3164"
    assert (
        hidden == {at for at, character in enumerate(text) if character in characters} - displayed
    )
    assert "".join(range_.text for range_ in pieces(text) if range_.is_hidden) == "".join(
        text[at] for at in sorted(hidden)
    )


@pytest.mark.parametrize("characters", ["a\u200b" * 10_000, FLAG + "\U000e0062" * 10_000])
def test_text_full_of_hidden_characters_is_cut_at_once(characters):
    began = time.process_time()
    pieces(characters)

    assert time.process_time() - began < 1


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20))))
def test_any_text_is_the_sum_of_its_pieces(text, pairs):
    cut = pieces(text, [finding(start, start + length) for start, length in pairs])

    assert "".join(piece.text for piece in cut) == text
