"""What is erased is nowhere any more: not in the database, its log, a workbook or a backup."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.db import erasure_log
from consultation.db.base import writing
from consultation.inbox.models import Conversion, IncomingAttachment, IncomingMessage
from consultation.jobs import erase_copies, queue
from consultation.jobs.models import Job, JobStatus
from consultation.moderation import visibility
from consultation.moderation.models import Layer, ModeratedText, Reason, Redaction
from consultation.moderation.texts import erasure, redactions
from consultation.operations.backups import backup, restore
from consultation.responses.models import Answer, Draft, Response
from consultation.work.services import Work
from tests.accounts.builders import make_account
from tests.exports.builders import respond
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round, screen_all
from tests.inbox.builders import bring_in_one
from tests.moderation.builders import screen

pytestmark = pytest.mark.database

SECRET = "Zorglubine"
MARKS = "█" * len(SECRET)
TEXT = f"La jeune {SECRET} 🙂 vit à l'Étape, dit {SECRET}."
START = TEXT.index(SECRET)
RANGE = (START, START + len(SECRET))
LAST = (TEXT.rindex(SECRET), TEXT.rindex(SECRET) + len(SECRET))


@pytest.fixture
def text(client, session):
    """A screened text that names somebody twice, both times masked."""
    measure = make_measure(session, "T7")
    make_round(session)
    session.commit()
    form = instrument_of(session, measure)
    data = form_data(form, capacity="citizen", suggestions=TEXT)
    client.post("/mesures/T7/contribuer", data=data | {"submission_key": key_for(form)})
    screen_all(session)
    account_id = make_account(session, "modo@association.example")
    row = session.scalars(sa.select(ModeratedText)).one()
    for start, end in (RANGE, LAST):
        session.add(
            Redaction(
                answer_id=row.answer_id,
                start=start,
                end=end,
                reason=Reason.VICTIM,
                layer=Layer.MASKED,
                account_id=account_id,
                created_at=now(),
            )
        )
    session.commit()
    return row


def erase(app, session, text):
    with writing(session):
        redactions = session.scalars(
            sa.select(Redaction).where(Redaction.answer_id == text.answer_id)
        ).all()
        erasure.erase_ranges(session, redactions, now(), home=app.config["HOME"])


def stored(session):
    session.rollback()
    return session.scalars(sa.select(Answer.text).where(Answer.text.is_not(None))).one()


def test_erased_characters_become_as_many_marks_and_the_rest_stays(app, session, text):
    erase(app, session, text)

    assert stored(session) == TEXT.replace(SECRET, "█" * len(SECRET))
    assert set(session.scalars(sa.select(Redaction.layer))) == {Layer.ERASED}


NAMED = f"Avec {SECRET}, {SECRET}s et lui."


@pytest.fixture
def revisions(session, opened):
    """Three revisions that name somebody, of which two are screened; and a stranger's text."""
    first = respond(session, opened, "T7", {"suggestions": TEXT, "observation": NAMED})
    second = respond(session, opened, "T7", {"suggestions": NAMED}, revises=first)
    third = respond(session, opened, "T7", {"suggestions": TEXT}, revises=second)
    stranger = respond(session, opened, "T7", {"suggestions": TEXT})
    screen(session, first, {})
    screen(session, third, {})
    session.commit()
    return first, second, third, stranger


def texts_of(session, response):
    session.rollback()
    session.expire_all()
    row = sa.select(Answer).where(Answer.response_id == response.id, Answer.text.is_not(None))
    return {range_.question.code: range_.text for range_ in session.scalars(row)}


def erase_passage(app, session, colleague, response):
    text = session.scalars(
        sa.select(ModeratedText)
        .join(Answer)
        .where(Answer.response_id == response.id, Answer.text == TEXT)
    ).one()
    colleague.mask(text, RANGE)
    with writing(session):
        home = app.config["HOME"]
        redactions.erase(Work(session, colleague.actor, now()), text.public_id, RANGE, home=home)
    return text


@pytest.mark.parametrize("at", [0, 2])
def test_passage_is_erased_from_every_revision_of_the_same_form(
    app, session, colleague, revisions, at
):
    erase_passage(app, session, colleague, revisions[at])

    gone, all_gone = (TEXT.replace(SECRET, MARKS, count) for count in (1, 2))
    named = NAMED.replace(SECRET, MARKS, 1)
    first, second, third, stranger = (texts_of(session, range_) for range_ in revisions)
    assert first == {"suggestions": all_gone if at else gone, "observation": named if at else NAMED}
    assert second == {"suggestions": named}
    assert third == {"suggestions": gone if at else all_gone}
    assert stranger == {"suggestions": TEXT}


def test_no_hash_is_left_by_which_a_guess_at_the_passage_could_be_tried_out(
    app, session, colleague, revisions
):
    erase_passage(app, session, colleague, revisions[2])

    session.expire_all()
    hashes = [session.get_one(Response, range_.id).content_hash for range_ in revisions]
    assert [bool(range_) for range_ in hashes] == [False, False, False, True]


@pytest.fixture
def begun(session, revisions):
    """A correction of the last revision that its author has not sent yet, and another's."""
    return [
        begin(session, revisions[2], {"/suggestions": [f"{TEXT}\r\nEt"], "/observation": [NAMED]}),
        begin(session, revisions[3], {"/suggestions": [TEXT]}),
    ]


def begin(session, response, fields):
    draft = Draft(
        respondent_id=response.respondent_id,
        questionnaire_id=response.questionnaire_id,
        fields=json.dumps(fields, ensure_ascii=False),
        saved_at=now(),
    )
    session.add(draft)
    session.commit()
    return draft


def fields_of(session, draft):
    session.rollback()
    session.expire_all()
    return json.loads(session.get_one(Draft, draft.id).fields)


def test_passage_is_erased_from_what_its_author_has_begun_to_send_instead(
    app, session, colleague, revisions, begun
):
    erase_passage(app, session, colleague, revisions[2])

    stored_text, strangers = (fields_of(session, range_) for range_ in begun)
    assert stored_text == {
        "/suggestions": [f"{TEXT.replace(SECRET, MARKS)}\r\nEt"],
        "/observation": [NAMED.replace(SECRET, MARKS, 1)],
    }
    assert strangers == {"/suggestions": [TEXT]}


def test_restored_backup_forgets_what_was_begun_too(app, session, colleague, revisions, begun):
    written = [fields_of(session, range_) for range_ in begun]
    erase_passage(app, session, colleague, revisions[2])
    erased = [fields_of(session, range_) for range_ in begun]
    session.execute(sa.update(Answer).where(Answer.text.like(f"La%{MARKS}%")).values(text=TEXT))
    for draft, fields in zip(begun, written, strict=True):
        session.get_one(Draft, draft.id).fields = json.dumps(fields)
    session.commit()

    with writing(session):
        erasure_log.replay(session, app.config["HOME"] / erasure_log.NAME, now())

    assert [fields_of(session, range_) for range_ in begun] == erased


def test_what_is_erased_from_another_revision_is_covered_there_for_good(
    app, session, colleague, revisions
):
    first, _second, third, _stranger = revisions
    colleague.mask(text_of(session, third), (RANGE[0] - 3, RANGE[1] + 3), LAST)

    erase_passage(app, session, colleague, first)

    masks = visibility.active_masks(session, text_of(session, third).answer_id)
    assert [(mask.start, mask.end, mask.layer) for mask in masks] == [
        (RANGE[0] - 3, RANGE[1] + 3, Layer.MASKED),
        (*RANGE, Layer.ERASED),
        (*LAST, Layer.ERASED),
    ]


def text_of(session, response):
    return session.scalars(
        sa.select(ModeratedText).join(Answer).where(Answer.response_id == response.id)
    ).first()


def test_backup_from_before_the_screening_forgets_too(app, session, colleague, revisions):
    erase_passage(app, session, colleague, revisions[2])
    erased = [texts_of(session, range_) for range_ in revisions]
    for table in (Redaction, ModeratedText):
        session.execute(sa.delete(table))
    session.execute(sa.update(Answer).where(Answer.text.like(f"La%{MARKS}%")).values(text=TEXT))
    session.execute(sa.update(Answer).where(Answer.text.like(f"Avec%{MARKS}%")).values(text=NAMED))
    session.commit()

    with writing(session):
        count = erasure_log.replay(session, app.config["HOME"] / erasure_log.NAME, now())

    assert count == 4
    assert [texts_of(session, range_) for range_ in revisions] == erased


def test_earlier_entry_is_read_by_its_moderated_text(app, session, text):
    old = {"kind": erasure.KIND, "at": now().isoformat(), "text": text.public_id, "ranges": [RANGE]}
    (app.config["HOME"] / erasure_log.NAME).write_text(json.dumps(old) + "\n", "utf-8")

    with writing(session):
        erasure_log.replay(session, app.config["HOME"] / erasure_log.NAME, now())

    assert stored(session) == TEXT.replace(SECRET, MARKS, 1)


@pytest.mark.every_case
@pytest.mark.parametrize("is_restored", [False, True])
def test_mail_that_a_text_came_by_is_blanked_with_its_attachments(
    app, session, opened, colleague, is_restored
):
    letter = bring_in_one(session, app, TEXT, files=[("avis.pdf", b"%PDF")])
    other = bring_in_one(session, app, "Autre lettre.", subject="Autre")
    first = respond(session, opened, "T7", {"suggestions": TEXT})
    response = respond(session, opened, "T7", {"suggestions": TEXT}, revises=first)
    session.add(Conversion(message_id=letter.id, response_id=first.id))
    screen(session, response, {})
    session.commit()
    content = [getattr(letter, name) for name in ("original", "kept", "subject")]
    erase_passage(app, session, colleague, response)

    if is_restored:
        restored = dict(zip(("original", "kept", "subject"), content, strict=True))
        session.execute(sa.update(IncomingMessage).values(**restored))
        session.execute(sa.update(IncomingAttachment).values(is_kept=True))
        session.commit()
        with writing(session):
            erasure_log.replay(session, app.config["HOME"] / erasure_log.NAME, now())
    queue.run_due(session)

    session.expire_all()
    assert (letter.original, letter.kept, letter.subject) == (None, None, None)
    assert other.original is not None
    assert session.scalars(sa.select(IncomingAttachment.is_kept)).one() is False
    if not is_restored:
        assert list((app.config["HOME"] / "inbox").iterdir()) == []


@pytest.mark.only("sqlite")
def test_after_the_job_no_file_of_the_database_holds_them(app, session, text, database_url):
    path = sa.make_url(database_url).database
    erase(app, session, text)

    queue.run_due(session)

    kept = b"".join(
        file.read_bytes() for suffix in ("", "-wal", "-shm") for file in _files(path + suffix)
    )
    assert session.scalar(sa.select(Job.status)) is JobStatus.DONE
    assert SECRET.encode() not in kept
    assert "vit à l'Étape".encode() in kept


def _files(path):
    from pathlib import Path

    return [Path(path)] if Path(path).exists() else []


@pytest.mark.only("sqlite")
def test_reader_delays_the_end_and_does_not_stop_it(app, session, text, database_url, monkeypatch):
    path, waits = sa.make_url(database_url).database, []
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM answer").fetchone()
        monkeypatch.setattr(
            erase_copies.time, "sleep", lambda seconds: (waits.append(1), reader.close())
        )
        erase(app, session, text)

        queue.run_due(session)

    assert waits == [1]
    assert session.scalar(sa.select(Job.status)) is JobStatus.DONE


@pytest.mark.every_case
@pytest.mark.only("postgresql")
@pytest.mark.parametrize(
    ("level", "asks", "expected"),
    [
        ("REPEATABLE READ", "SELECT count(*) FROM answer", [1]),
        ("READ COMMITTED", "SELECT pg_current_xact_id()", [1]),
        ("READ COMMITTED", "SELECT count(*) FROM answer", []),
    ],
)
def test_dead_rows_that_somebody_may_still_see_delay_the_end(
    app, session, text, monkeypatch, level, asks, expected
):
    other = session.get_bind().engine.connect().execution_options(isolation_level=level)
    other.exec_driver_sql(asks)
    waits = []
    monkeypatch.setattr(
        erase_copies.time, "sleep", lambda seconds: (waits.append(1), other.close())
    )
    erase(app, session, text)

    queue.run_due(session)
    other.close()

    assert waits == expected
    assert session.scalar(sa.select(Job.status)) is JobStatus.DONE
    assert remaining(session, "answer") == "tuples: 0 removed"


def remaining(session, table):
    """What of its dead rows PostgreSQL could remove only now."""
    session.rollback()
    sentence = []
    with session.get_bind().engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.connection.dbapi_connection.add_notice_handler(
            lambda notice: sentence.append(notice.message_detail or notice.message_primary)
        )
        connection.exec_driver_sql(f"VACUUM (VERBOSE) {table}")
    return re.search("tuples: [0-9]+ removed", "".join(sentence))[0]


def test_it_is_repeated_for_as_long_as_somebody_reads(app, session, text, monkeypatch):
    erase(app, session, text)
    with monkeypatch.context() as read:
        read.setattr(erase_copies, "TRIES", 0)
        for hours in range(queue.MOST_ATTEMPTS + 1):
            with time_machine.travel(now() + timedelta(hours=2 * hours), tick=False):
                assert queue.run_due(session) == 1

    with time_machine.travel(now() + timedelta(days=1), tick=False):
        queue.run_due(session)

    assert session.scalar(sa.select(Job.status)) is JobStatus.DONE


def test_older_workbooks_go_and_later_ones_stay(app, session, text):
    folder = app.config["EXPORTS_DIR"]
    folder.mkdir()
    older = folder / "consultation-tour-1-2026-01-01-120000-non-relu.xlsx"
    later = folder / "consultation-tour-1-2099-01-01-120000-non-relu.xlsx"
    other = folder / "rapport.xlsx"
    for path in (older, later, other):
        path.touch()
    erase(app, session, text)

    queue.run_due(session)

    assert set(folder.iterdir()) == {later, other}


@pytest.mark.only("sqlite")
def test_restored_backup_forgets_again(app, session, text, tmp_path, database_url):
    home = app.config["HOME"]
    backup.backup(database_url, tmp_path / "copy.sqlite")
    erase(app, session, text)
    place = f"sqlite:///{tmp_path / 'new' / 'db.sqlite'}"

    restore.restore(place, tmp_path / "copy.sqlite")
    engine = sa.create_engine(place)
    with sa.orm.Session(engine) as restored:
        before = stored(restored)
        with writing(restored):
            count = erasure_log.replay(restored, home / erasure_log.NAME, now())
        after = stored(restored)
        none = erasure_log.replay(restored, tmp_path / "no such list", now())
    engine.dispose()

    assert before == TEXT
    assert after == stored(session)
    assert (count, none) == (1, None)


def test_what_a_restored_backup_brings_back_is_erased_again_on_any_database(app, session, text):
    erase(app, session, text)
    session.execute(sa.update(Answer).where(Answer.id == text.answer_id).values(text=TEXT))
    session.commit()

    with writing(session):
        count = erasure_log.replay(session, app.config["HOME"] / erasure_log.NAME, now())

    assert count == 1
    assert stored(session) == TEXT.replace(SECRET, "█" * len(SECRET))


def test_erasure_list_holds_no_word(app, session, text):
    erase(app, session, text)

    listed = (app.config["HOME"] / erasure_log.NAME).read_text("utf-8")
    assert text.public_id in listed
    assert SECRET not in listed
    assert (app.config["HOME"] / erasure_log.NAME).stat().st_mode & 0o777 == 0o600
