"""The one rule of what may be seen of a text, case by case."""

import pytest

from consultation.moderation.models import TextState
from consultation.moderation.visibility import Audience, Seen, told, visible, why_hidden
from consultation.responses.rights.erasure import ERASED_TEXT

WAITING, SECONDING, PUBLISHED, REDACTED, WITHHELD = TextState
SEEN = Seen(
    text="Un texte",
    state=PUBLISHED,
    is_flagged=False,
    covered=(),
    may_be_quoted=True,
    is_current=True,
    is_gone=False,
)
GONE = {"is_current": False, "is_gone": True}
PUBLIC, ORGANISER, EXPORT, MODERATOR = "public", "organiser", "export", "moderator"
EVERYBODY, TEAM = {PUBLIC, ORGANISER, EXPORT, MODERATOR}, {ORGANISER, EXPORT, MODERATOR}


@pytest.mark.parametrize(
    ("case", "who"),
    [
        ({}, EVERYBODY),
        ({"state": REDACTED}, EVERYBODY),
        ({"is_flagged": True}, EVERYBODY),
        ({"may_be_quoted": False}, TEAM),
        ({"is_current": False}, TEAM),
        ({"text": ERASED_TEXT}, TEAM),
        (GONE, TEAM),
        ({"state": WAITING}, TEAM),
        ({"state": WAITING, "is_flagged": True}, {MODERATOR}),
        ({"state": WAITING} | GONE, {EXPORT, MODERATOR}),
        ({"state": None}, {MODERATOR}),
        ({"state": SECONDING}, {MODERATOR}),
        ({"state": WITHHELD}, {MODERATOR}),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_who_may_read_a_text(case, who):
    seen = SEEN._replace(**case)

    assert {audience for audience in Audience if visible(seen, audience) == seen.text} == who
    assert {audience for audience in Audience if visible(seen, audience) is None} == EVERYBODY - who


@pytest.mark.parametrize(
    ("ranges", "left"),
    [
        ((), "Un texte"),
        (((0, 2),), "███ texte"),
        (((3, 5), (4, 6)), "Un ███te"),
        (((3, 5), (5, 6)), "Un ███te"),
        (((3, 8), (4, 5)), "Un ███"),
        (((6, 8), (0, 2)), "███ tex███"),
    ],
    ids=["none", "one", "overlapping", "touching", "within", "in any order"],
)
def test_what_is_masked_is_three_marks_a_run_but_for_moderators(ranges, left):
    seen = SEEN._replace(state=REDACTED, covered=ranges)

    for audience in (Audience.PUBLIC, Audience.ORGANISER, Audience.EXPORT):
        assert visible(seen, audience) == left
    assert visible(seen, Audience.MODERATOR) == "Un texte"


@pytest.mark.parametrize("state", [*TextState, None])
def test_a_published_text_that_was_masked_since_is_told_as_masked(state):
    assert told(state, is_covered=False) is state
    assert told(state, is_covered=True) is (REDACTED if state is PUBLISHED else state)


@pytest.mark.parametrize(
    ("case", "word"),
    [
        ({"state": WITHHELD}, "écarté"),
        ({"state": WITHHELD} | GONE, "écarté"),
        ({"state": WAITING} | GONE, "remplacé ou retiré"),
        ({"state": WAITING}, "en attente"),
    ],
    ids=["withheld", "withheld and gone", "gone", "waiting"],
)
def test_the_team_is_told_why_a_text_is_not_there(case, word):
    assert word in why_hidden(SEEN._replace(**case))
