"""Deciding: by whom, over whose back never, alone or with a second moderator."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.extensions import db
from consultation.moderation import claims, decisions, excluded_responses
from consultation.moderation.claims import DecisionNotAllowed, Obstacle
from consultation.moderation.decisions import DecisionRequest, state_and_pending
from consultation.moderation.models import (
    AsideReason,
    ModerationDecision,
    Reason,
    ResponseSetAside,
    TextState,
    Verdict,
)
from consultation.moderation.texts.redactions import NotMasked
from consultation.responses.models import Response
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.exports.builders import respond
from tests.moderation.builders import (
    QUESTION,
    TEXT,
    Colleague,
    actions,
    fresh,
    make_actor,
    make_text,
    range_of,
)

pytestmark = pytest.mark.database

PUBLISH, REDACT, WITHHOLD, REOPEN = Verdict


def refusal(decide, *args, **values):
    with pytest.raises(DecisionNotAllowed) as refused:
        decide(*args, **values)
    return refused.value.obstacle


def test_decision_is_kept_with_reason_person_and_moment_and_audited_without_text(
    session, opened, colleague
):
    text = make_text(session, opened)
    at = now()

    decision = colleague.decide(text, WITHHOLD, Reason.INSULT, at=at)

    stored = fresh(session, text)
    assert (stored.state, stored.pending) == (TextState.WITHHELD, None)
    assert (decision.verdict, decision.reason, decision.account_id, decision.decided_at) == (
        WITHHOLD, Reason.INSULT, colleague.actor.id, at,
    )  # fmt: skip
    event = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert (event.action, event.subject) == ("text_decided", text.public_id)
    assert event.details == {"verdict": "withhold", "state": "withheld"}


def test_what_needs_a_reason_or_a_mask_is_refused_without(session, opened, colleague):
    text = make_text(session, opened)

    assert refusal(colleague.decide, text, WITHHOLD, None) is Obstacle.REASON_MISSING
    assert refusal(colleague.decide, text, REDACT) is Obstacle.NOTHING_MASKED
    assert refusal(colleague.decide, text, REOPEN) is Obstacle.NO_SUCH_MOVE
    colleague.mask(text, range_of(TEXT))
    assert refusal(colleague.decide, text, PUBLISH) is Obstacle.MASKS_STAND
    colleague.decide(text, REDACT)
    assert fresh(session, text).state is TextState.REDACTED


def test_decision_is_undone_by_another_and_history_keeps_both(session, opened, colleague):
    text = make_text(session, opened)

    colleague.decide(text, PUBLISH, None)
    colleague.decide(text, REOPEN, None)

    assert fresh(session, text).state is TextState.WAITING
    history = decisions.decisions_on(session, text.answer_id)
    assert [decision.verdict for decision in history] == [PUBLISH, REOPEN]


def test_only_moderators_decide(session, opened, colleague):
    text = make_text(session, opened)
    organiser = Colleague(session, make_actor(session, "lou", Role.ORGANISER))

    with pytest.raises(NotAllowed):
        organiser.decide(text, PUBLISH)
    with pytest.raises(NotAllowed):
        organiser.mask(text, range_of(TEXT))


def test_who_saw_an_earlier_state_is_told_what_the_other_said(session, opened, colleagues):
    text = make_text(session, opened)
    camille, dominique = colleagues
    published = camille.decide(text, PUBLISH)

    with pytest.raises(StaleEdit) as stale:
        dominique.decide(text, WITHHOLD, state=TextState.WAITING)

    assert (stale.value.by, stale.value.at) == ("camille@exemple.fr", published.decided_at)
    camille.decide(text, REOPEN)
    with pytest.raises(StaleEdit):  # waiting again, but not as it was
        dominique.decide(text, PUBLISH, decision_count=0)
    assert len(decisions.decisions_on(session, text.answer_id)) == 2


def test_two_who_decide_at_the_same_moment_do_not_both_decide(app, session, opened, colleagues):
    text = make_text(session, opened)
    public_id, actors = text.public_id, [colleague.actor for colleague in colleagues]
    session.rollback()
    start, outcomes = threading.Barrier(2), []

    def decide(actor, verdict):
        with app.app_context():
            start.wait()
            try:
                with writing(db.session()):
                    decisions.apply(
                        Work(db.session(), actor, now()),
                        public_id,
                        DecisionRequest(verdict, Reason.SPAM),
                        two_moderators=False,
                    )
                outcomes.append("decided")
            except StaleEdit:
                outcomes.append("stale")
            finally:
                db.session.remove()

    threads = [
        threading.Thread(target=decide, args=pair)
        for pair in zip(actors, (PUBLISH, WITHHOLD), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["decided", "stale"]
    assert session.scalar(sa.select(sa.func.count(ModerationDecision.id))) == 1


def test_where_two_are_needed_the_second_agrees_and_the_first_cannot(session, opened, colleagues):
    camille, dominique = colleagues
    text = make_text(session, opened)

    proposal = camille.decide(text, WITHHOLD, Reason.SPAM)
    stored = fresh(session, text)
    waiting = (stored.state, stored.pending)
    alone = refusal(camille.decide, text, WITHHOLD, Reason.SPAM)
    agreed = dominique.decide(text, WITHHOLD, None)

    assert waiting == (TextState.SECONDING, WITHHOLD)
    assert alone is Obstacle.SAME_MODERATOR
    assert (agreed.seconds_id, agreed.reason) == (proposal.id, Reason.SPAM)
    stored = fresh(session, text)
    assert (stored.state, stored.pending) == (TextState.WITHHELD, None)


@pytest.mark.parametrize(
    ("verdict", "state"), [(PUBLISH, TextState.PUBLISHED), (REOPEN, TextState.WAITING)]
)
def test_proposal_is_undone_by_the_other_or_by_its_author(
    session, opened, colleagues, verdict, state
):
    for who in colleagues:
        text = make_text(session, opened)
        colleagues[0].decide(text, WITHHOLD)

        who.decide(text, verdict, None)

        assert fresh(session, text).state is state


def test_another_proposal_takes_the_place_of_the_first_and_needs_its_own_second(
    session, opened, colleagues
):
    camille, dominique = colleagues
    text = make_text(session, opened)
    camille.decide(text, WITHHOLD)
    dominique.mask(text, range_of(TEXT))

    dominique.decide(text, REDACT)

    stored = fresh(session, text)
    assert (stored.state, stored.pending) == (TextState.SECONDING, REDACT)
    camille.decide(text, REDACT)
    assert fresh(session, text).state is TextState.REDACTED


def test_publishing_needs_nobody_else_and_one_is_enough_once_the_setting_is_off(
    session, opened, colleagues
):
    camille, _dominique = colleagues
    published, proposed = make_text(session, opened), make_text(session, opened)

    camille.decide(published, PUBLISH)
    camille.decide(proposed, WITHHOLD)
    camille.two_moderators = False
    camille.decide(proposed, WITHHOLD)

    assert fresh(session, published).state is TextState.PUBLISHED
    assert fresh(session, proposed).state is TextState.WITHHELD


def test_nothing_is_decided_of_what_its_author_withdrew_or_rewrote(session, opened, colleague):
    withdrawn = make_text(session, opened, withdrawn_at=now())
    rewritten = make_text(session, opened)
    response = session.scalars(sa.select(Response).order_by(Response.id.desc())).first()
    respond(session, opened, "T7", {QUESTION: "Autre texte."}, revises=response)
    session.commit()

    assert refusal(colleague.decide, withdrawn, PUBLISH) is Obstacle.GONE
    assert refusal(colleague.decide, rewritten, PUBLISH) is Obstacle.GONE


def test_what_somebody_else_reads_is_not_decided_before_ten_minutes(session, opened, colleagues):
    camille, dominique = colleagues
    text = make_text(session, opened)
    at = now()
    with writing(session):
        claims.claim(Work(session, camille.actor, at), text.public_id)
    with writing(session):
        claims.claim(Work(session, dominique.actor, at), text.public_id)
    assert fresh(session, text).claimed_by == camille.actor.id

    refused = refusal(dominique.decide, text, PUBLISH, at=at + timedelta(minutes=9))
    with writing(session):
        claims.take_over(Work(session, dominique.actor, at), text.public_id)
    taken_over = refusal(camille.decide, text, PUBLISH, at=at)
    dominique.decide(text, PUBLISH, at=at)

    assert (refused, taken_over) == (Obstacle.CLAIMED, Obstacle.CLAIMED)
    assert fresh(session, text).claimed_by is None
    assert "text_taken_over" in actions(session)


def test_expired_claim_hinders_nobody(session, opened, colleagues):
    camille, dominique = colleagues
    text = make_text(session, opened)
    at = now()
    with writing(session):
        claims.claim(Work(session, camille.actor, at), text.public_id)

    dominique.decide(text, PUBLISH, at=at + timedelta(minutes=10))

    assert fresh(session, text).state is TextState.PUBLISHED


MOVES = st.tuples(st.integers(0, 1), st.sampled_from([*Verdict, "cover", "lift"]), st.booleans())


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, max_size=8))
def test_any_history_gives_the_state_that_is_stored(session, opened, colleagues, moves):
    text = make_text(session, opened)

    for who, move, two_moderators in moves:
        colleague = colleagues[who]
        colleague.two_moderators = two_moderators
        try:
            if move == "cover":
                colleague.mask(text, range_of(TEXT))
            elif move == "lift":
                colleague.lift(text, range_of(TEXT))
            else:
                colleague.decide(text, move)
        except (DecisionNotAllowed, NotMasked):
            continue

    stored = fresh(session, text)
    history = decisions.decisions_on(session, text.answer_id)
    assert state_and_pending(history) == (stored.state, stored.pending)
    assert all(decision.seconds_id is None or not decision.awaits_second for decision in history)


def test_response_is_set_aside_once_and_taken_back(session, opened, colleague):
    make_text(session, opened)
    response = session.scalars(sa.select(Response)).one()

    with writing(session):
        first = excluded_responses.set_aside(
            Work(session, colleague.actor, now()), response.public_id, AsideReason.TEST
        )
        second = excluded_responses.set_aside(
            Work(session, colleague.actor, now()), response.public_id, AsideReason.OUT_OF_SCOPE
        )
    reason = session.scalars(sa.select(ResponseSetAside.reason)).one()
    with writing(session):
        back = excluded_responses.take_back(
            Work(session, colleague.actor, now()), response.public_id
        )
        again = excluded_responses.take_back(
            Work(session, colleague.actor, now()), response.public_id
        )

    assert (first, second, back, again) == (True, False, True, False)
    assert reason is AsideReason.TEST
    assert session.scalars(sa.select(ResponseSetAside)).all() == []
    assert actions(session)[-2:] == ["response_set_aside", "response_taken_back"]
