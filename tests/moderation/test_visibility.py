"""The one rule of what may be seen of a text: case by case, and in Python as in SQL."""

import itertools
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from consultation.clock import now
from consultation.crypto.keyring import new_id
from consultation.moderation import visibility
from consultation.moderation.models import (
    AsideReason,
    Layer,
    ModeratedText,
    Reason,
    Redaction,
    ResponseSetAside,
    TextState,
    Verdict,
)
from consultation.moderation.visibility import (
    Audience,
    TextRow,
    displayed_state,
    hidden_label,
    visible,
)
from consultation.responses.models import Answer, Respondent, Response, Submission
from consultation.responses.rights.erasure import ERASED_TEXT
from tests.exports.builders import form_of
from tests.moderation.builders import QUESTION, make_actor

pytestmark = pytest.mark.database

WAITING, SECONDING, PUBLISHED, REDACTED, WITHHELD = TextState
ROW = TextRow(
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
REVIEWED = "reviewed_export"
TEAM = {ORGANISER, EXPORT, REVIEWED, MODERATOR}
EVERYBODY = TEAM | {PUBLIC}


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
        ({"state": WAITING}, TEAM - {REVIEWED}),
        ({"state": WAITING, "is_flagged": True}, {MODERATOR}),
        ({"state": WAITING} | GONE, {EXPORT, MODERATOR}),
        ({"state": None}, {MODERATOR}),
        ({"state": SECONDING}, {MODERATOR}),
        ({"state": WITHHELD}, {MODERATOR}),
    ],
    ids=lambda value: " ".join(map(str, value.values())) if isinstance(value, dict) else None,
)
def test_visible_says_who_may_read_a_text(case, who):
    row = ROW._replace(**case)

    assert {audience for audience in Audience if visible(row, audience) == row.text} == who
    assert {audience for audience in Audience if visible(row, audience) is None} == EVERYBODY - who


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
def test_visible_text_has_three_marks_a_run_but_for_moderators(ranges, left):
    row = ROW._replace(state=REDACTED, covered=ranges)

    for audience in (Audience.PUBLIC, Audience.ORGANISER, Audience.EXPORT):
        assert visible(row, audience) == left
    assert visible(row, Audience.MODERATOR) == "Un texte"


@pytest.mark.parametrize("state", [*TextState, None])
def test_displayed_state_of_a_published_text_that_was_masked_since_is_redacted(state):
    assert displayed_state(state, is_covered=False) is state
    assert displayed_state(state, is_covered=True) is (REDACTED if state is PUBLISHED else state)


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
def test_hidden_label_tells_the_team_why_a_text_is_not_there(case, word):
    assert word in hidden_label(ROW._replace(**case))


MASKS = ("none", "lifted", "masked", "erased")


class Case(NamedTuple):
    """All that decides what may be seen of a text, one value each."""

    state: TextState | None
    is_flagged: bool
    mask: str
    is_anonymous: bool
    is_named: bool
    is_set_aside: bool
    is_superseded: bool
    is_withdrawn: bool
    is_erased: bool

    @property
    def row(self):
        """The text as `visibility.texts` is to give it."""
        is_gone = self.is_superseded or self.is_withdrawn
        return TextRow(
            text=ERASED_TEXT if self.is_erased else "Un texte",
            state=self.state,
            is_flagged=self.is_flagged,
            covered=((0, 2),) if self.mask in ("masked", "erased") else (),
            may_be_quoted=self.is_anonymous or self.is_named,
            is_current=not (is_gone or self.is_set_aside),
            is_gone=is_gone,
        )


BOOLEANS = (False, True)
CASES = [
    Case(*screened, *rest)
    for screened in (
        (None, False, "none"),  # no machine has screened it
        *itertools.product(TextState, BOOLEANS, MASKS),
    )
    for rest in itertools.product(BOOLEANS, repeat=6)
]


@pytest.fixture
def cases(session, opened):
    """A text of every case there is, by the id of its answer."""
    form = form_of(session, opened, "T7")
    question_id = next(question.id for question in form.questions if question.code == QUESTION)
    account_id = make_actor(session).id
    by_id = dict(enumerate(CASES, 1))
    rows = {model: [] for model in MODELS}
    for id_, case in by_id.items():
        for model, values in _rows(id_, case, opened.id, form.id, question_id, account_id):
            rows[model].append(values)
    for model, values in rows.items():
        session.execute(sa.insert(model), values)
    session.commit()
    return by_id


MODELS = (Respondent, Submission, Response, Answer, ModeratedText, Redaction, ResponseSetAside)


def _rows(id_, case, round_id, form_id, question_id, account_id):
    at = now()
    yield (
        Respondent,
        {
            "id": id_,
            "round_id": round_id,
            "capacity": "justice",
            "consent_anonymous": case.is_anonymous,
            "consent_named": case.is_named,
            "notice_version": "2026-11",
            "locale": "fr",
            "created_at": at,
        },
    )
    yield Submission, {"id": id_, "key": new_id(), "received_at": at}
    yield (
        Response,
        {
            "id": id_,
            "submission_id": id_,
            "respondent_id": id_,
            "questionnaire_id": form_id,
            "receipt_code": f"DEPOT-{id_}",
            "content_hash": "-",
            "submitted_at": at,
            "superseded_at": at if case.is_superseded else None,
            "withdrawn_at": at if case.is_withdrawn else None,
        },
    )
    text = case.row.text
    yield Answer, {"id": id_, "response_id": id_, "question_id": question_id, "text": text}
    if case.state is not None:
        yield (
            ModeratedText,
            {
                "answer_id": id_,
                "state": case.state,
                "pending": Verdict.WITHHOLD if case.state is SECONDING else None,
                "is_flagged": case.is_flagged,
                "screened_at": at,
                "screened_by": "test",
            },
        )
    if case.mask != "none":
        yield (
            Redaction,
            {
                "answer_id": id_,
                "start": 0,
                "end": 2,
                "reason": Reason.VICTIM,
                "layer": Layer.ERASED if case.mask == "erased" else Layer.MASKED,
                "account_id": account_id,
                "created_at": at,
                "lifted_at": at if case.mask == "lifted" else None,
            },
        )
    if case.is_set_aside:
        values = {"response_id": id_, "reason": AsideReason.TEST, "account_id": account_id}
        yield ResponseSetAside, values | {"set_aside_at": at}


def test_visibility_is_the_same_in_python_and_sql_for_every_case(session, cases):
    for audience in Audience:
        in_python = {id_ for id_, case in cases.items() if visible(case.row, audience) is not None}

        assert _ids(session, visibility.IS_VISIBLE[audience]) == in_python


def test_visibility_loads_what_decides_in_every_case(session, cases):
    rows = visibility.texts(session, sa.true(), Answer.id)

    assert {id_: row for row, (id_,) in rows} == {id_: case.row for id_, case in cases.items()}


def test_visibility_displays_the_same_state_in_python_and_sql_for_every_case(session, cases):
    expected = {
        id_: displayed_state(case.state, is_covered=bool(case.row.covered))
        for id_, case in cases.items()
    }

    column = visibility.joined(sa.select(Answer.id, visibility.DISPLAYED_STATE))
    assert dict(session.execute(column).all()) == expected
    for state, condition in visibility.IS_DISPLAYED_AS.items():
        assert _ids(session, condition) == {id_ for id_ in cases if expected[id_] is state}


def test_visibility_puts_every_text_of_a_workbook_in_one_count(session, cases):
    """What is shown, what waits and what is withheld are compared with what came in."""
    displayed = _ids(session, visibility.IS_VISIBLE[Audience.EXPORT])
    waiting, withheld = (
        _ids(session, it) for it in (visibility.IS_WAITING, visibility.IS_WITHHELD)
    )

    assert sorted([*displayed, *waiting, *withheld]) == sorted(cases)


def test_visibility_names_rows_that_count_the_same_in_python_and_sql(session, cases):
    for condition, holds in (
        (visibility.IS_CURRENT, lambda row: row.is_current),
        (visibility.IS_LATEST, lambda row: not row.is_gone),
        (visibility.MAY_BE_QUOTED, lambda row: row.may_be_quoted),
    ):
        assert _ids(session, condition) == {id_ for id_, case in cases.items() if holds(case.row)}


def _ids(session, condition):
    return set(session.scalars(visibility.joined(sa.select(Answer.id)).where(condition)))
