"""What is erased is nowhere any more: not in the database, its log, a workbook or a backup."""

import sqlite3

import pytest
import sqlalchemy as sa

from consultation import erasures
from consultation.clock import now
from consultation.database import writing
from consultation.jobs import queue
from consultation.jobs.models import Job, JobStatus
from consultation.moderation import erasing
from consultation.moderation.models import Layer, ModeratedText, Reason, Redaction
from consultation.operating import backups
from consultation.responses.models import Answer
from tests.accounts.builders import make_account
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round, screen_all

SECRET = "Zorglubine"
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
    asked = instrument_of(session, measure)
    data = form_data(asked, capacity="citizen", suggestions=TEXT)
    client.post("/mesures/T7/contribuer", data=data | {"submission_key": key_for(asked)})
    screen_all(session)
    account_id = make_account(session, "modo@association.example")
    found = session.scalars(sa.select(ModeratedText)).one()
    for start, end in (RANGE, LAST):
        session.add(
            Redaction(
                answer_id=found.answer_id,
                start=start,
                end=end,
                reason=Reason.VICTIM,
                layer=Layer.MASKED,
                account_id=account_id,
                created_at=now(),
            )
        )
    session.commit()
    return found


def erase(app, session, text):
    with writing(session):
        redactions = session.scalars(
            sa.select(Redaction).where(Redaction.answer_id == text.answer_id)
        ).all()
        erasing.erase_ranges(session, redactions, now(), home=app.config["HOME"])


def stored(session):
    session.rollback()
    return session.scalars(sa.select(Answer.text).where(Answer.text.is_not(None))).one()


def test_erased_characters_become_as_many_marks_and_the_rest_stays(app, session, text):
    erase(app, session, text)

    assert stored(session) == TEXT.replace(SECRET, "█" * len(SECRET))
    assert set(session.scalars(sa.select(Redaction.layer))) == {Layer.ERASED}


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
def test_a_reader_delays_the_end_and_does_not_stop_it(
    app, session, text, database_url, monkeypatch
):
    reader = sqlite3.connect(sa.make_url(database_url).database, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM answer").fetchone()
    waits = []
    monkeypatch.setattr(erasing.time, "sleep", lambda seconds: (waits.append(1), reader.close()))
    erase(app, session, text)

    queue.run_due(session)

    assert waits == [1]
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
def test_a_restored_backup_forgets_again(app, session, text, tmp_path, database_url):
    home = app.config["HOME"]
    backups.backup(database_url, tmp_path / "copy.sqlite")
    erase(app, session, text)
    place = f"sqlite:///{tmp_path / 'new' / 'db.sqlite'}"

    backups.restore(place, tmp_path / "copy.sqlite")
    engine = sa.create_engine(place)
    with sa.orm.Session(engine) as restored:
        before = stored(restored)
        with writing(restored):
            count = erasures.replay(restored, home / erasures.NAME, now())
        after = stored(restored)
        none = erasures.replay(restored, tmp_path / "no such list", now())
    engine.dispose()

    assert before == TEXT
    assert after == stored(session)
    assert (count, none) == (1, None)


def test_what_a_restored_backup_brings_back_is_erased_again_on_any_database(app, session, text):
    erase(app, session, text)
    session.execute(sa.update(Answer).where(Answer.id == text.answer_id).values(text=TEXT))
    session.commit()

    with writing(session):
        count = erasures.replay(session, app.config["HOME"] / erasures.NAME, now())

    assert count == 1
    assert stored(session) == TEXT.replace(SECRET, "█" * len(SECRET))


def test_the_list_of_erasures_holds_no_word(app, session, text):
    erase(app, session, text)

    listed = (app.config["HOME"] / erasures.NAME).read_text("utf-8")
    assert text.public_id in listed
    assert SECRET not in listed
    assert (app.config["HOME"] / erasures.NAME).stat().st_mode & 0o777 == 0o600
