"""What the worker does with the texts that came in."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.db.base import writing
from consultation.extensions import db
from consultation.moderation import screening
from consultation.moderation.detectors import VERSION, screen
from consultation.moderation.models import (
    Certainty,
    Finding,
    FindingKind,
    Layer,
    ModeratedText,
    ModerationDecision,
    Reason,
    Redaction,
    TextState,
    Verdict,
)
from consultation.moderation.screening import Position, screen_due
from consultation.responses.models import Answer
from tests.accounts.builders import make_account
from tests.exports.builders import respond

pytestmark = pytest.mark.database

TEXT = "Fermé à Noël 👩🏽‍🌾 : « appelez le 06 12 34 56 78 »."


def send(session, opened, *texts, spam_signal=None):
    """Store one response for each text, and return their answers."""
    answers = []
    with writing(session):
        for text in texts:
            response = respond(session, opened, "T7", {"suggestions": text})
            response.submission.doubt = spam_signal
            answers.append(
                session.scalars(
                    sa.select(Answer).where(
                        Answer.response_id == response.id, Answer.text.is_not(None)
                    )
                ).one()
            )
    return answers


def row_of(session, answer):
    session.expire_all()
    return session.get(ModeratedText, answer.id)


def test_each_text_is_screened_once_and_waits(session, opened):
    phone, plain = send(session, opened, TEXT, "Il faut compter les nuits refusées.")

    assert screen_due(session) == 2
    assert screen_due(session) == 0

    row = row_of(session, phone)
    assert (row.state, row.is_flagged, row.locale, row.screened_by) == (
        TextState.WAITING,
        True,
        "fr",
        VERSION,
    )
    assert [(f.kind, TEXT[f.start : f.end]) for f in row.findings] == [
        (FindingKind.PHONE, "06 12 34 56 78")
    ]
    row = row_of(session, plain)
    assert (row.is_flagged, row.locale, row.findings) == (False, "fr", [])


@pytest.mark.parametrize(
    ("spam_signal", "kinds"),
    [
        ("trap", [FindingKind.TRAP]),
        ("no_proof", [FindingKind.NO_PROOF]),
        ("quick", [FindingKind.TOO_QUICK]),
        ("other", []),
    ],
)
def test_spam_signal_flags_its_texts(session, opened, spam_signal, kinds):
    (answer,) = send(session, opened, "Très bien 👍🏽", spam_signal=spam_signal)

    screen_due(session)

    row = row_of(session, answer)
    assert row.is_flagged
    assert [(f.kind, f.start, f.end) for f in row.findings] == [
        (kind, 0, len("Très bien 👍🏽")) for kind in kinds
    ]


def test_what_no_one_decided_on_is_screened_again_by_newer_readers(session, opened):
    waiting, published, reopened, uncovered = send(session, opened, *[TEXT] * 4)
    screen_due(session)
    moderator_id = make_account(session, "camille@exemple.fr")
    with writing(session):
        session.execute(sa.update(ModeratedText).values(screened_by="0", is_flagged=False))
        session.execute(sa.update(Finding).values(certainty=Certainty.POSSIBLE))
        row_of(session, published).state = TextState.PUBLISHED
        session.add(
            ModerationDecision(
                answer_id=reopened.id,
                verdict=Verdict.REOPEN,
                account_id=moderator_id,
                decided_at=row_of(session, reopened).screened_at,
            )
        )
        at = row_of(session, uncovered).screened_at
        session.add(
            Redaction(
                answer_id=uncovered.id,
                start=0,
                end=1,
                reason=Reason.CONTACT,
                layer=Layer.MASKED,
                account_id=moderator_id,
                created_at=at,
                lifted_at=at,
            )
        )

    assert screen_due(session) == 1

    assert row_of(session, waiting).is_flagged
    assert [f.certainty for f in row_of(session, waiting).findings] == [Certainty.SURE]
    for kept in (published, reopened, uncovered):
        assert row_of(session, kept).screened_by == "0"
        assert [f.certainty for f in row_of(session, kept).findings] == [Certainty.POSSIBLE]


def test_decision_made_while_the_machine_reads_stands(session, opened, monkeypatch):
    (answer,) = send(session, opened, TEXT)
    screen_due(session)
    with writing(session):
        session.execute(sa.update(ModeratedText).values(screened_by="0", is_flagged=False))

    def read_slowly(text, **options):
        with writing(session):
            row_of(session, answer).state = TextState.PUBLISHED
        return screen(text, **options)

    monkeypatch.setattr(screening, "screen", read_slowly)

    assert screen_due(session) == 0
    row = row_of(session, answer)
    assert (row.state, row.is_flagged, row.screened_by) == (TextState.PUBLISHED, False, "0")


def test_several_workers_screen_each_text_once(session, opened, monkeypatch):
    monkeypatch.setattr(screening, "BATCH", 7)
    send(session, opened, *[f"{TEXT} {number}" for number in range(60)])
    session.rollback()
    engine, counts = db.engine, []

    def work():
        with Session(engine) as own:
            counts.append(screen_due(own))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(counts) == 3
    assert sum(counts) == 60
    assert session.scalar(sa.select(sa.func.count()).select_from(ModeratedText)) == 60
    assert session.scalar(sa.select(sa.func.count()).select_from(Finding)) == 60


def test_texts_that_others_were_quicker_at_leave_none_unread(session, opened, monkeypatch):
    monkeypatch.setattr(screening, "BATCH", 2)
    send(session, opened, *[f"{TEXT} {number}" for number in range(6)])
    session.rollback()
    engine, quicker = db.engine, []

    def read_slowly(text, **options):
        if not quicker:
            quicker.append(True)
            with Session(engine) as other:
                screen_due(other, at_most=2)
        return screen(text, **options)

    monkeypatch.setattr(screening, "screen", read_slowly)

    assert screen_due(session) == 4
    assert session.scalar(sa.select(sa.func.count()).select_from(ModeratedText)) == 6


def test_turn_of_the_worker_ends(session, opened, monkeypatch):
    monkeypatch.setattr(screening, "BATCH", 2)
    monkeypatch.setattr(screening, "MOST_AT_ONCE", 3)
    send(session, opened, *"abcdef")
    task = screening.task()

    assert (task.name, task.every_seconds, task.has_own_thread) == ("screening", 5, True)
    assert task.run(session) == 4
    assert task.run(session) == 2


def test_worker_reads_on_from_where_it_was_and_once_an_hour_everything(session, opened):
    seconds = [0.0]
    position = Position(lambda: seconds[0])

    def look(at):
        seconds[0] = at
        return screen_due(session, position=position)

    (old,) = send(session, opened, TEXT)
    assert look(0.0) == 1
    forget_reading(session, old)  # as one that comes in behind others
    assert (look(1.0), look(61.0)) == (1, 0)
    (new,) = send(session, opened, f"{TEXT} Encore.")
    forget_reading(session, old)
    assert look(62.0) == 1
    forget_reading(session, new)
    assert (look(63.0), look(64.0)) == (1, 0)
    assert row_of(session, old) is None
    assert look(3600.0) == 1
    assert row_of(session, old) is not None


def forget_reading(session, answer):
    with writing(session):
        session.execute(sa.delete(Finding).where(Finding.answer_id == answer.id))
        session.execute(sa.delete(ModeratedText).where(ModeratedText.answer_id == answer.id))


def test_without_the_extra_no_dictionary_reads_names_and_it_is_said(session, opened):
    assert not screening.reads_names()
    (answer,) = send(session, opened, "Fatou Diallo a parlé.")

    screen_due(session)

    assert row_of(session, answer).findings == []
