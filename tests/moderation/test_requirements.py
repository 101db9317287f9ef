"""What a verdict needs: a certain passage is verified, and two agree before it is shown."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.accounts.models import AuditEvent
from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation import bulk, decisions
from consultation.moderation.claims import DecisionNotAllowed, Obstacle
from consultation.moderation.clusters import actions, queries
from consultation.moderation.decisions import PUBLISHING
from consultation.moderation.models import (
    Certainty,
    Finding,
    FindingKind,
    ModeratedText,
    TextState,
    Verdict,
)
from consultation.moderation.texts.redactions import NotMasked
from consultation.work.services import Work
from tests.moderation.builders import (
    PHONE,
    TEXT,
    fresh,
    make_actor,
    make_text,
    phone_text,
    range_of,
)
from tests.moderation.cluster_builders import PETITION, Intake

PUBLISH, REDACT, WITHHOLD, REOPEN = Verdict
WHERE = range_of(TEXT)


def refusal(decide, *args, **values):
    with pytest.raises(DecisionNotAllowed) as refused:
        decide(*args, **values)
    return refused.value.obstacle


def audited(session):
    session.rollback()
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    return event.action, event.details


def test_certain_passage_is_verified_before_the_text_is_published_whole(session, opened, colleague):
    text = phone_text(session, opened)

    unread = refusal(colleague.decide, text, PUBLISH, None)
    elsewhere = refusal(colleague.decide, text, PUBLISH, None, verified=[(0, 1)])
    state = fresh(session, text).state
    colleague.decide(text, PUBLISH, None, verified=[WHERE])

    assert (unread, elsewhere) == (Obstacle.UNVERIFIED, Obstacle.UNVERIFIED)
    assert state is TextState.WAITING
    assert fresh(session, text).state is TextState.PUBLISHED
    assert audited(session) == (
        "text_exposed",
        {"verdict": "publish", "state": "published", "passages": 1},
    )


def test_certain_passage_that_masks_leave_bare_is_verified_too(session, opened, colleague):
    content = f"{TEXT} Et la sienne : aicha@exemple.fr."
    text = make_text(
        session, opened, content,
        findings=[(FindingKind.PHONE, PHONE), (FindingKind.EMAIL, "aicha@exemple.fr")],
    )  # fmt: skip
    bare = range_of(content, "aicha@exemple.fr")
    colleague.mask(text, range_of(content))

    unread = refusal(colleague.decide, text, REDACT)
    colleague.decide(text, REDACT, verified=[bare])

    assert unread is Obstacle.UNVERIFIED
    assert fresh(session, text).state is TextState.REDACTED
    assert audited(session)[0] == "text_exposed"


def test_masked_certain_passage_asks_nothing(session, opened, colleague):
    text = phone_text(session, opened)
    colleague.mask(text, WHERE)

    colleague.decide(text, REDACT)

    assert fresh(session, text).state is TextState.REDACTED
    assert audited(session)[0] == "text_decided"


@pytest.mark.parametrize(
    ("kind", "certainty"),
    [(FindingKind.NAME, Certainty.LIKELY), (FindingKind.LINK, Certainty.SURE)],
)
def test_passage_that_may_lead_to_nobody_is_published_by_one_without_a_tick(
    session, opened, colleagues, kind, certainty
):
    text = make_text(session, opened, findings=[(kind, PHONE)])
    session.execute(sa.update(Finding).values(certainty=certainty))
    session.commit()

    colleagues[0].decide(text, PUBLISH, None)

    assert fresh(session, text).state is TextState.PUBLISHED


def test_where_two_agree_a_certain_passage_is_published_whole_by_both(session, opened, colleagues):
    camille, dominique = colleagues
    text = phone_text(session, opened)

    camille.decide(text, PUBLISH, None, verified=[WHERE])
    proposed = fresh(session, text)
    state = (proposed.state, proposed.pending)
    alone = refusal(camille.decide, text, PUBLISH, None, verified=[WHERE])
    unread = refusal(dominique.decide, text, PUBLISH, None)
    decision = dominique.decide(text, PUBLISH, None, verified=[WHERE])

    assert state == (TextState.SECONDING, PUBLISH)
    assert (alone, unread) == (Obstacle.SAME_MODERATOR, Obstacle.UNVERIFIED)
    assert decision.seconds_id is not None
    assert fresh(session, text).state is TextState.PUBLISHED


def test_what_two_held_back_is_not_brought_out_by_one(session, opened, colleagues):
    camille, dominique = colleagues
    withheld, redacted = make_text(session, opened), make_text(session, opened)
    for colleague in colleagues:
        colleague.decide(withheld, WITHHOLD)
    camille.mask(redacted, WHERE)
    for colleague in colleagues:
        colleague.decide(redacted, REDACT)

    camille.decide(withheld, PUBLISH, None)
    camille.decide(redacted, REOPEN, None)
    camille.lift(redacted, WHERE)
    camille.decide(redacted, PUBLISH, None)
    states = {fresh(session, text).state for text in (withheld, redacted)}
    for text in (withheld, redacted):
        dominique.decide(text, PUBLISH, None)

    assert states == {TextState.SECONDING}
    assert fresh(session, withheld).state is TextState.PUBLISHED
    assert fresh(session, redacted).state is TextState.PUBLISHED


def test_proposal_that_nobody_agreed_to_held_nothing_back(session, opened, colleagues):
    camille, _dominique = colleagues
    text = make_text(session, opened)
    camille.decide(text, WITHHOLD)
    camille.decide(text, REOPEN, None)

    camille.decide(text, PUBLISH, None)

    assert fresh(session, text).state is TextState.PUBLISHED


@pytest.mark.parametrize("two_moderators", [False, True])
def test_many_texts_at_once_leave_a_certain_passage_to_its_own_page(session, two_moderators):
    intake, actor = Intake(session), make_actor(session)
    ids = intake.receive(*[f"{PETITION} Appelez le {PHONE}."] * 2, PETITION)
    intake.compare()
    start = len(f"{PETITION} Appelez le ")
    with writing(session):  # by a machine that did not flag the text
        session.add(
            Finding(
                answer_id=ids[0], kind=FindingKind.PHONE, certainty=Certainty.SURE,
                start=start, end=start + len(PHONE),
            )
        )  # fmt: skip
    cluster = intake.cluster_of(ids[0])
    public_id, waiting = cluster.public_id, queries.undecided(session, cluster)

    with writing(session):
        outcome = actions.decide_all(
            Work(session, actor, now()),
            public_id,
            PUBLISH,
            None,
            expected=actions.digest_of(waiting),
            two_moderators=two_moderators,
        )

    assert (outcome.decided, outcome.skipped) == (2, 0)
    assert len(bulk.eligible(waiting, WITHHOLD, actor)) == 3
    states = [
        session.get(ModeratedText, answer_id, populate_existing=True).state for answer_id in ids
    ]
    assert states == [TextState.WAITING, TextState.PUBLISHED, TextState.PUBLISHED]
    assert sum(bulk.needs_a_look(text) for text in waiting) == 1


MOVES = st.tuples(st.integers(0, 1), st.sampled_from([*Verdict, "cover", "lift"]))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, max_size=8))
def test_whatever_is_decided_one_person_alone_shows_no_certain_passage(
    session, opened, colleagues, moves
):
    text = phone_text(session, opened)

    for who, move in moves:
        colleague = colleagues[who]
        try:
            if move == "cover":
                colleague.mask(text, WHERE)
            elif move == "lift":
                colleague.lift(text, WHERE)
            else:
                colleague.decide(text, move, verified=[WHERE])
        except (DecisionNotAllowed, NotMasked):
            continue

    stored = fresh(session, text)
    *before, last = decisions.decisions_on(session, text.answer_id) or [None]
    if stored.state in (TextState.PUBLISHED, TextState.REDACTED):
        assert last.verdict in PUBLISHING
        assert last.seconds_id is not None
        assert {
            answer_id.account_id for answer_id in before if answer_id.id == last.seconds_id
        } != {last.account_id}
