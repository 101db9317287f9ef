"""Texts that say nearly the same find each other; those that only resemble stay alone."""

import itertools
import random
import threading
from collections import Counter

import pytest
import sqlalchemy as sa

from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation.clusters import clustering
from consultation.moderation.clusters.clustering import BATCH, FIRST_BATCH, cluster_due, task
from consultation.moderation.clusters.similarity import likeness, normal
from consultation.moderation.models import ModeratedText, TextKey
from consultation.responses.models import Answer, Response
from tests.moderation import campaign
from tests.moderation.campaign import Sent
from tests.moderation.cluster_builders import CAME, OTHER_PETITION, PETITION, Intake

pytestmark = pytest.mark.database


@pytest.fixture
def intake(session):
    return Intake(session)


def figures(sent, cluster_of):
    """The shares of campaign texts in their largest cluster, and of honest texts in any."""
    clustered = 0
    for number in range(len(campaign.CAMPAIGNS)):
        clusters = Counter(
            cluster
            for it, cluster in zip(sent, cluster_of, strict=True)
            if it.campaign == number and cluster is not None
        )
        clustered += max(clusters.values(), default=0)
    honest = [cluster for it, cluster in zip(sent, cluster_of, strict=True) if it.campaign is None]
    labelled = sum(cluster is not None for cluster in honest)
    return clustered / (len(sent) - len(honest)), labelled / len(honest)


def test_campaigns_are_found_among_honest_texts(intake):
    sent = campaign.arriving(500, 50)
    ids = intake.receive(*(it.text for it in sent))

    clusters = intake.compare()

    share, mislabelled = figures(sent, [clusters[answer_id] for answer_id in ids])
    assert share >= 0.95
    assert mislabelled <= 0.01


def test_texts_find_each_other_across_measures_and_across_batches(intake):
    questions = len(intake.questions)
    first = intake.receive(PETITION, "Une remarque sans rapport avec le reste, écrite ici seule.")
    assert intake.compare() == {first[0]: None, first[1]: None}

    later = intake.receive(*[f"Bonjour, {PETITION.upper()}"] * questions)
    clusters = intake.compare()

    assert questions > 2
    assert len({clusters[answer_id] for answer_id in (first[0], *later)}) == 1
    assert clusters[first[0]] is not None
    assert clusters[first[1]] is None


def test_batch_is_not_more_than_one_transaction_holds_up(intake, session):
    intake.receive(*(f"{PETITION} {number}" for number in range(FIRST_BATCH + 3)))

    assert cluster_due(session, seconds=0) == FIRST_BATCH
    assert cluster_due(session) == 3
    assert cluster_due(session) == 0
    assert len(intake.groups()) == 1
    assert task().name == "clusters"


def test_campaign_that_goes_on_in_another_version_stays_one(intake):
    whole = " ".join(campaign.CAMPAIGNS[0])
    shorter = " ".join(campaign.CAMPAIGNS[0][1:])
    changed = f"{shorter} {campaign.ADDED[0]} {campaign.ADDED[4]}"
    near = {
        (answer_id, other): likeness(normal(answer_id).in_order, normal(other).in_order)
        for answer_id, other in itertools.permutations((whole, shorter, changed), 2)
    }

    intake.receive(whole, shorter, changed)

    assert near[whole, shorter]
    assert near[shorter, changed]
    assert not near[whole, changed]
    assert len(set(intake.compare().values())) == 1


def test_short_answers_make_no_campaign(intake):
    intake.receive(*itertools.chain.from_iterable([text] * 3 for text in campaign.SHORT))

    assert set(intake.compare().values()) == {None}


def test_whoever_quotes_a_campaign_to_disagree_is_not_part_of_it(intake):
    ids = intake.receive(
        PETITION,
        PETITION,
        f"On lit partout : « {PETITION} » Je ne suis pas d'accord : à Lille les places restent"
        " vides et c'est d'éducateurs que nous manquons, chaque semaine, la nuit surtout.",
    )

    clusters = intake.compare()

    assert clusters[ids[0]] is not None
    assert clusters[ids[2]] is None


def test_revision_makes_no_campaign_with_what_it_replaces(intake, session):
    (old,) = intake.receive(PETITION)
    intake.compare()
    with writing(session):
        response = session.get(Response, session.get(Answer, old).response_id)
        response.superseded_at = CAME
    intake.receive(f"{PETITION} Merci.")

    assert set(intake.compare().values()) == {None}


def test_revision_that_is_compared_at_once_with_what_it_replaces_makes_no_campaign_either(
    intake, session
):
    old, new = intake.receive(PETITION, f"{PETITION} Merci.")
    with writing(session):
        response = session.get(Response, session.get(Answer, old).response_id)
        response.superseded_at = CAME

    assert set(intake.compare().values()) == {None}

    (third,) = intake.receive(PETITION)
    clusters = intake.compare()
    assert clusters[new] == clusters[third] is not None
    assert clusters[old] is None


def test_hidden_signs_and_dressing_change_nothing(intake):
    hidden = "\u200b".join(PETITION)
    accents = PETITION.replace("é", "e\u0301")

    intake.receive(PETITION, hidden, accents, f"« {PETITION} » 🙏", f"{PETITION}\n\nCordialement")

    clusters = intake.compare()
    assert len(set(clusters.values())) == 1
    assert None not in clusters.values()


def test_order_of_arrival_changes_neither_campaigns_nor_who_is_honest(intake):
    sent = campaign.arriving(45, 40, seed=7)
    sent += [
        Sent(f"Je réponds à ceci : « {sentence} » Pour ma part j'en doute beaucoup.", None)
        for sentence in campaign.CAMPAIGNS[0]
    ]
    labelled = []
    for seed in range(4):
        random.Random(seed).shuffle(sent)
        ids = intake.receive(*(it.text for it in sent))
        clusters = intake.compare()
        labelled.append(
            {
                it.text
                for it, answer_id in zip(sent, ids, strict=True)
                if it.campaign is None and clusters[answer_id] is not None
            }
        )
        share, _mislabelled = figures(sent, [clusters[answer_id] for answer_id in ids])
        assert share >= 0.95
        start_again(intake.session)

    assert labelled == [labelled[0]] * 4


def start_again(session):
    """Withdraw all that came, so that what comes next meets none of it."""
    with writing(session):
        session.execute(sa.delete(TextKey))
        session.execute(sa.update(ModeratedText).values(cluster_id=None))


def test_two_workers_make_one_cluster_of_one_campaign(app, intake, session):
    intake.receive(*(f"{PETITION} Numéro {number}." for number in range(2 * BATCH + 50)))
    session.remove()
    counts = []

    def work():
        with app.app_context():
            counts.append(cluster_due(db.session()))
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sum(counts) == 2 * BATCH + 50
    assert [len(group) for group in intake.groups()] == [2 * BATCH + 50]


def test_erased_passage_is_not_kept_among_what_finds_a_text(intake, session):
    (answer_id,) = intake.receive(f"{PETITION} Zorglubine Dupontel habite au foyer des Tilleuls.")
    intake.compare()
    before = set(session.scalars(sa.select(TextKey.key)))

    with writing(session):
        session.get(Answer, answer_id).text = f"{PETITION} ██████████"
        session.flush()
        clustering.renew(session, answer_id)

    intake.receive(PETITION)
    assert set(session.scalars(sa.select(TextKey.key))) != before
    assert len(set(intake.compare().values())) == 1


def test_what_comparing_keeps_of_an_erased_text_goes_and_its_cluster_stays(intake, session):
    ids = intake.receive(PETITION, f"{PETITION} Merci.", OTHER_PETITION)
    intake.compare()

    with writing(session):
        clustering.remove(session, [ids[0], ids[2]])

    kept = set(session.scalars(sa.select(TextKey.answer_id)))
    (later,) = intake.receive(PETITION.lower())
    clusters = intake.compare()
    assert kept == {ids[1]}
    assert clusters[ids[0]] is None
    assert clusters[later] == clusters[ids[1]] is not None
