"""People take texts out of clusters, merge them, undo it, and decide on all at once."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.db.stale import StaleEdit
from consultation.moderation.claims import DecisionNotAllowed, Obstacle
from consultation.moderation.clusters import actions, queries
from consultation.moderation.models import (
    ModeratedText,
    ModerationDecision,
    Reason,
    TextCluster,
    TextState,
    Verdict,
)
from consultation.responses.models import Answer, Response
from consultation.web.permissions import NotAllowed
from consultation.work.services import Work
from tests.moderation.builders import make_actor
from tests.moderation.cluster_builders import CAME, OTHER_PETITION, PETITION, Intake

CHANGES = (actions.split, actions.put_back, actions.merge, actions.undo_merge)


@pytest.fixture
def intake(session):
    return Intake(session)


@pytest.fixture
def actor(session):
    return make_actor(session)


@pytest.fixture
def two(intake):
    """Two clusters, of three texts and of two, each as the ids of its answers."""
    ids = [
        intake.receive(*[PETITION] * 3, organisation="Collectif d'Été"),
        intake.receive(*[OTHER_PETITION] * 2, days=1),
    ]
    intake.compare()
    return ids


@pytest.fixture
def change(session, actor, intake):
    """Make one change between a cluster and a text or another cluster, both by a text's id."""

    def changed(how, cluster_of, what):
        answer_id = (
            cluster_of if isinstance(cluster_of, TextCluster) else intake.cluster_of(cluster_of)
        )
        name = what.public_id if isinstance(what, TextCluster) else intake.text(what).public_id
        public_id = answer_id.public_id
        with writing(session):
            return how(Work(session, actor), public_id, name)

    return changed


@pytest.fixture
def decide_all(session, actor, intake):
    def decided(answer_id, verdict, reason=None, *, by=None, two_moderators=False, expected=None):
        cluster = intake.cluster_of(answer_id)
        public_id = cluster.public_id
        expected = expected or actions.digest_of(queries.undecided(session, cluster))
        with writing(session):
            return actions.decide_all(
                Work(session, by or actor, now()),
                public_id,
                verdict,
                reason,
                expected=expected,
                two_moderators=two_moderators,
            )

    return decided


def states(intake, ids):
    return [intake.text(answer_id).state for answer_id in ids]


def test_text_that_was_taken_out_stays_out_and_can_be_put_back(intake, two, change):
    first, second, third = two[0]
    home = intake.cluster_of(first)

    change(actions.split, home, first)
    (later,) = intake.receive(PETITION)
    clusters = intake.compare()

    assert clusters[first] is None
    assert clusters[later] == clusters[second] == clusters[third] == home.id
    change(actions.put_back, home, first)
    assert intake.clusters()[first] == home.id


def test_merge_moves_all_and_can_be_undone(intake, session, actor, two, change):
    home, other = intake.cluster_of(two[0][0]), intake.cluster_of(two[1][0])

    assert change(actions.merge, home, other) == 2
    assert intake.groups() == {frozenset(two[0] + two[1])}
    (later,) = intake.receive(OTHER_PETITION)
    assert intake.compare()[later] == home.id
    assert list(queries.merged_into(Work(session, actor), home)) == [other]

    assert change(actions.undo_merge, home, other) == 2
    assert intake.groups() == {frozenset([*two[0], later]), frozenset(two[1])}
    assert queries.merged_into(Work(session, actor), home) == []
    assert queries.merged_into(Work(session, actor), other) == []


def test_what_was_replaced_moves_along_and_is_not_counted(intake, session, two, change):
    home, other = intake.cluster_of(two[0][0]), intake.cluster_of(two[1][0])
    with writing(session):
        gone = session.get(Response, session.get(Answer, two[1][0]).response_id)
        gone.superseded_at = now()

    assert change(actions.merge, home, other) == 1
    assert intake.groups() == {frozenset(two[0] + two[1])}
    assert change(actions.undo_merge, home, other) == 1
    assert intake.groups() == {frozenset(two[0]), frozenset(two[1])}


def test_stale_change_of_a_cluster_is_refused(intake, two, change):
    home, other = intake.cluster_of(two[0][0]), intake.cluster_of(two[1][0])
    change(actions.split, home, two[0][0])

    for how, what in (
        (actions.split, two[0][0]),
        (actions.split, two[1][0]),
        (actions.put_back, two[1][0]),
        (actions.merge, home),
        (actions.undo_merge, other),
    ):
        with pytest.raises(StaleEdit):
            change(how, home, what)


def test_only_moderators_change_and_read_clusters(intake, session, two):
    organiser = make_actor(session, "o", Role.ORGANISER)
    cluster = intake.cluster_of(two[0][0])
    public_id = cluster.public_id

    for how in CHANGES:
        with pytest.raises(NotAllowed):
            how(Work(session, organiser), public_id, "")
    with pytest.raises(NotAllowed):
        queries.clusters(Work(session, organiser))
    with pytest.raises(NotAllowed):
        queries.load(Work(session, organiser), public_id)


def test_each_undecided_text_gets_a_decision_of_its_own(intake, session, two, decide_all):
    intake.receive(PETITION, flagged=True)
    intake.compare()
    withheld, *others = two[0]
    with writing(session):
        session.get(ModeratedText, withheld).state = TextState.WITHHELD

    outcome = decide_all(withheld, Verdict.PUBLISH)

    decided = session.scalars(sa.select(ModerationDecision.answer_id)).all()
    assert sorted(decided) == others
    assert (outcome.decided, outcome.skipped, outcome.further) == (2, 0, 0)
    assert states(intake, [withheld, *others]) == [TextState.WITHHELD, *[TextState.PUBLISHED] * 2]
    assert len(queries.undecided(session, intake.cluster_of(withheld))) == 1
    (event,) = session.scalars(
        sa.select(AuditEvent).where(AuditEvent.action == "cluster_decided")
    ).all()
    assert event.details == {"verdict": "publish", "texts": 2}


def test_holding_all_back_wants_a_reason_and_masking_all_is_refused(intake, two, decide_all):
    with pytest.raises(DecisionNotAllowed) as missing:
        decide_all(two[0][0], Verdict.WITHHOLD)
    with pytest.raises(DecisionNotAllowed) as masking:
        decide_all(two[0][0], Verdict.REDACT, Reason.VICTIM)

    assert missing.value.obstacle is Obstacle.REASON_MISSING
    assert masking.value.obstacle is Obstacle.NO_SUCH_MOVE
    assert decide_all(two[0][0], Verdict.WITHHOLD, Reason.SPAM).decided == 3


@pytest.mark.parametrize("verdict", [Verdict.PUBLISH, Verdict.WITHHOLD])
def test_texts_that_may_say_a_danger_are_decided_one_by_one(
    intake, session, two, decide_all, verdict
):
    with writing(session):
        intake.text(two[0][1]).has_danger_words = True

    decide_all(two[0][0], verdict, Reason.SPAM)

    assert states(intake, two[0]).count(TextState.WAITING) == 1
    assert intake.text(two[0][1]).state is TextState.WAITING


def test_texts_that_came_after_the_page_are_not_decided_unseen(intake, session, two, decide_all):
    expected = actions.digest_of(queries.undecided(session, intake.cluster_of(two[0][0])))
    intake.receive(PETITION)
    intake.compare()

    with pytest.raises(StaleEdit):
        decide_all(two[0][0], Verdict.PUBLISH, expected=expected)

    assert states(intake, two[0]) == [TextState.WAITING] * 3


def test_where_two_must_agree_a_second_person_confirms_all(intake, session, two, decide_all):
    second = make_actor(session, "dominique")

    proposed = decide_all(two[0][0], Verdict.WITHHOLD, Reason.SPAM, two_moderators=True)
    alone = decide_all(two[0][0], Verdict.WITHHOLD, Reason.SPAM, two_moderators=True)

    assert (proposed.decided, alone.decided) == (3, 0)
    assert states(intake, two[0]) == [TextState.SECONDING] * 3
    confirmed = decide_all(two[0][0], Verdict.WITHHOLD, Reason.SPAM, by=second, two_moderators=True)
    assert confirmed.decided == 3
    assert states(intake, two[0]) == [TextState.WITHHELD] * 3


def test_text_that_a_colleague_reads_is_left_to_them(intake, session, two, decide_all):
    second = make_actor(session, "dominique")
    with writing(session):
        text = session.get(ModeratedText, two[0][1])
        text.claimed_by, text.claimed_until = second.id, now().replace(year=2100)

    outcome = decide_all(two[0][0], Verdict.PUBLISH)

    assert (outcome.decided, outcome.skipped) == (2, 1)
    assert intake.text(two[0][1]).state is TextState.WAITING


def test_facts_count_texts_days_organisations_and_people(intake, session, actor, two):
    intake.receive(PETITION, days=2, organisation="COLLECTIF D’ÉTÉ")
    intake.receive(PETITION, days=2, organisation="Une autre")
    intake.receive(PETITION, days=2, organisation="Aucune")
    sentence = (
        "Je le redis pour chaque mesure : il faut nommer un responsable et le faire connaître"
    )
    (own,) = intake.receive(f"{sentence} ici.")
    respondent_id = session.get(Response, session.get(Answer, own).response_id).respondent_id
    intake.receive(f"{sentence} là.", respondent_id=respondent_id)
    intake.compare()

    known = {known.facts.sentence: known for known in queries.clusters(Work(session, actor)).rows}

    assert set(known) == {
        "1 texte × 6 envois, 2 jours, 2 organisations",
        "1 texte × 2 envois, 1 jour, aucune organisation nommée",
        "1 texte × 2 envois, 1 jour, une même personne",
    }
    assert known["1 texte × 6 envois, 2 jours, 2 organisations"].example == PETITION


def test_workbook_can_count_both_ways(intake, session, two):
    (alone,) = intake.receive("Un avis seul, que personne d'autre n'a écrit de cette façon-là.")
    intake.compare()
    ids = [*two[0], *two[1], alone]

    counted = queries.count_once(session, Answer.id.in_(ids))

    home, other = (intake.cluster_of(answer_id[0]) for answer_id in two)
    assert queries.labels(session) == {answer_id.id: answer_id.label for answer_id in (home, other)}
    assert counted == queries.Counted(all=6, once=3)
    lonely = queries.count_once(session, Answer.id == alone)
    assert lonely == queries.Counted(all=1, once=1)
    assert queries.sentences(session)[home.label] == "1 texte × 3 envois, 1 jour, 1 organisation"


def test_what_was_withdrawn_or_replaced_is_not_counted(intake, session, actor, two):
    with writing(session):
        for answer_id in two[1]:
            session.get(Response, session.get(Answer, answer_id).response_id).withdrawn_at = CAME

    listed = queries.clusters(Work(session, actor))

    assert [known.facts.texts for known in listed.rows] == [3]
    assert set(queries.labels(session)) == {intake.cluster_of(two[0][0]).id}


GESTURES = st.lists(
    st.tuples(st.sampled_from(CHANGES), st.integers(0, 20), st.integers(0, 20)), max_size=12
)


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(GESTURES)
def test_whatever_people_do_each_text_is_in_one_cluster_at_most_and_none_is_lost(
    intake, session, actor, two, gestures
):
    texts = session.scalars(sa.select(ModeratedText.public_id)).all()
    clusters = session.scalars(sa.select(TextCluster.public_id)).all()
    before = session.scalar(sa.select(sa.func.count()).select_from(Answer))

    for how, answer_id, other in gestures:
        names = texts if how in (actions.split, actions.put_back) else clusters
        try:
            with writing(session):
                how(
                    Work(session, actor),
                    clusters[answer_id % len(clusters)],
                    names[other % len(names)],
                )
        except StaleEdit:
            pass
    (later,) = intake.receive(PETITION)
    groups = intake.groups()
    intake.compare()

    members = [answer_id for group in groups for answer_id in group]
    assert len(members) == len(set(members))
    assert len(intake.clusters()) == before + 1
    with_texts = session.scalars(
        sa.select(ModeratedText.cluster_id).where(ModeratedText.cluster_id.is_not(None)).distinct()
    )
    for cluster_id in with_texts.all():
        assert queries._examples(session, [cluster_id])
    counted = [known.facts.texts for known in queries.clusters(Work(session, actor)).rows]
    assert all(count >= 2 for count in counted)
    assert later in intake.clusters()
