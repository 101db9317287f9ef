"""Evidence for a decision: similar texts as one entry, mails named, others' texts left out."""

import sqlalchemy as sa

from consultation.clock import now
from consultation.decisions.staff import board, evidence
from consultation.inbox.models import Conversion, IncomingMessage, Sort
from consultation.moderation.models import ModeratedText, TextCluster
from consultation.questionnaires.publication import publish
from consultation.responses.models import Answer
from consultation.results.tallies import maintain
from consultation.work.services import Work
from tests.decisions.builders import indicator_subject, make_published_text
from tests.exports.builders import respond
from tests.factories import make_measure
from tests.moderation.builders import make_text

WORDING = ("T7.1", "proposed_wording")


def cluster(session, *answer_ids):
    """Put texts into one cluster."""
    made = TextCluster(created_at=now())
    session.add(made)
    session.flush()
    session.execute(
        sa.update(ModeratedText)
        .where(ModeratedText.answer_id.in_(answer_ids))
        .values(cluster_id=made.id, clustered_at=now())
    )
    session.commit()
    return made


def from_mail(session, answer_id):
    message = IncomingMessage(
        fingerprint=f"mail{answer_id}",
        source="mailbox",
        sort=Sort.PERSON,
        locale="fr",
        collected_at=now(),
    )
    session.add(message)
    session.flush()
    response_id = session.get_one(Answer, answer_id).response_id
    session.add(Conversion(message_id=message.id, response_id=response_id))
    session.commit()


def test_similar_texts_are_one_entry_with_their_number(session, opened, organiser):
    same = [make_published_text(session, opened, f"Les places {it}", code=WORDING) for it in "ab"]
    other = make_published_text(session, opened, "Le délai", code=WORDING)
    made = cluster(session, *same)
    texts = evidence.load(Work(session, organiser), opened, indicator_subject(session))

    (group,) = texts.of_subject
    assert [(it.count, it.is_proposal) for it in group.entries] == [(2, True), (1, True)]
    assert group.entries[0].name == f"{made.public_id}-proposed_wording"
    assert texts.answer_ids([it.name for it in group.entries]) == sorted([*same, other])
    assert texts.names_of([same[0]]) == [group.entries[0].name]
    assert texts.answer_ids(["gone"]) is None


def test_texts_of_other_indicators_and_rounds_are_left_out(session, opened, organiser):
    make_published_text(session, opened, "Le délai", code=("T7.2", "proposed_wording"))
    make_published_text(session, opened, "Un emploi", measure="T4")
    texts = evidence.load(Work(session, organiser), opened, indicator_subject(session))

    assert texts.of_subject == []
    assert [it.text for it in texts.entries.values()] == ["Rien d'autre."]


def test_what_came_by_mail_is_said(session, opened, organiser):
    from_mail(session, make_published_text(session, opened, "Les places", code=WORDING))
    texts = evidence.load(Work(session, organiser), opened, indicator_subject(session))

    assert [it.mails for it in texts.of_subject[0].entries] == [1]


def test_source_of_a_text_is_said(session, opened, organiser):
    named = {"consent_named": True, "organisation": "Amicale"}
    make_published_text(session, opened, "Les places", code=WORDING, **named)
    refused = {"consent_anonymous": False, "organisation": "Discrète"}
    make_published_text(session, opened, "Le délai", code=WORDING, **refused)
    make_text(session, opened, "Rien.", others={WORDING: "Pas lu"}, capacity="citizen")
    texts = evidence.load(Work(session, organiser), opened, indicator_subject(session))

    def source(it):
        return dict(it.authors), it.quotable, it.count - it.unread, it.public

    assert {it.text: source(it) for it in texts.of_subject[0].entries} == {
        "Les places": ({("justice", "Amicale"): 1}, 1, 1, 1),
        "Le délai": ({("justice", None): 1}, 0, 1, 0),
        "Pas lu": ({("citizen", None): 1}, 1, 0, 0),
    }


def test_board_is_sorted_by_share_then_number_and_few_opinions_come_after(
    session, opened, organiser
):
    make_measure(session, "T8", indicators=3)
    publish.publish(session, opened, now())
    for code, stances in {
        "T4.1": ("keep", "amend"),
        "T7.1": ("amend", "drop", "keep", "keep"),
        "T7.2": ("amend", "keep", "replace", "keep", "drop", "keep"),
        "T8.1": ("amend",),
        "T8.2": ("keep",) * 4,
        "T8.3": ("amend", "amend", "amend", "keep"),
    }.items():
        for stance in stances:
            respond(session, opened, code[:2], {(code, "stance"): stance})
    make_published_text(session, opened, "Le délai", code="missing_indicator")
    session.commit()
    maintain.refresh(session)
    rows = board.board(Work(session, organiser), opened)
    rows.sort(key=lambda row: board.contest_key(row, 4))

    codes = [row.code if row.summary else "T7" for row in rows]
    assert codes == ["T8.3", "T7.2", "T7.1", "T8.2", "T4.1", "T8.1", "T7"]


def test_board_counts_proposals_clusters_and_mails(session, opened, organiser):
    same = [make_published_text(session, opened, f"Les places {it}", code=WORDING) for it in "ab"]
    cluster(session, *same)
    from_mail(session, same[0])
    maintain.refresh(session)
    session.commit()
    rows = board.with_evidence(session, opened, board.board(Work(session, organiser), opened))

    first = next(row for row in rows if row.code == "T7.1")
    assert (first.code, first.contesting) == ("T7.1", 0)
    assert first.evidence == board.Evidence(proposals=2, clusters=1, mails=1)
    assert {it.code: it.evidence for it in rows}["T4.1"] == board.Evidence()


def test_latest_texts_are_read_and_the_others_announced(session, opened, organiser, monkeypatch):
    monkeypatch.setattr(evidence, "MOST_TEXTS", 2)
    for it in "abc":
        make_published_text(session, opened, f"Les places {it}", code=WORDING)
    texts = evidence.load(Work(session, organiser), opened, indicator_subject(session))

    assert texts.is_cut
    assert len(texts.entries) == 2
