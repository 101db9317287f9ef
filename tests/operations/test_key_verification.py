"""A site is not started with the keys of another: nothing is written that the right ones lack."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
import sqlalchemy as sa

from consultation import create_app
from consultation.accounts.models import AuditEvent, SecondFactor
from consultation.clock import now
from consultation.crypto import key_files
from consultation.crypto.keyring import keyring
from consultation.db.base import writing
from consultation.extensions import db
from consultation.inbox import attachments
from consultation.invitations.models import Invitee
from consultation.mail.addresses import index_of, mailbox_index_of
from consultation.mail.models import MessageStatus, OutboxMessage, Suppression
from consultation.operations.keys import verification
from consultation.responses.models import Contact, Draft, Respondent
from consultation.server import run
from tests.factories import make_measure, make_round
from tests.faults.server import free_port
from tests.sealed import fill_every_column, sealed_values

pytestmark = pytest.mark.database


@pytest.fixture
def settings(settings, tmp_path):
    return settings | {"KEYS_DIR": tmp_path / "keys"}


@pytest.fixture
def directory(app):
    return app.config["KEYS_DIR"]


@pytest.fixture
def filled(session):
    """A value in each encrypted column."""
    make_measure(session, "T7")
    made = make_round(session)
    session.commit()
    fill_every_column(session(), made.id, "anne")


def verify_keys(session, directory):
    with writing(session()):
        verification.verify_keys(session(), directory, now())


def lose(directory, *names):
    """Put other keys in place of some files, and take them up as the next start does."""
    for name in names:
        key_files.replace(directory / name, [key_files.new_key()])
    keyring.load(directory)


def test_site_starts_again_with_its_keys_and_notes_them_once(session, filled, directory):
    verify_keys(session, directory)
    verify_keys(session, directory)

    assert session.scalars(
        sa.select(AuditEvent.subject).where(AuditEvent.action == verification.USED)
    ).all() == [key_files.lasting_sum(directory)]


@pytest.mark.parametrize("lost", key_files.LASTING)
def test_changed_lasting_key_is_refused(session, directory, lost):
    verify_keys(session, directory)
    lose(directory, lost)

    with pytest.raises(verification.KeysForeign, match="ne sont pas celles de cette base"):
        verify_keys(session, directory)


def test_keys_that_open_nothing_are_refused_by_a_site_that_has_noted_none(
    session, filled, directory
):
    lose(directory, key_files.ENCRYPTION)

    with pytest.raises(verification.KeysForeign):
        verify_keys(session, directory)


def test_rotation_and_another_secret_leave_the_keys_ours(session, filled, directory):
    verify_keys(session, directory)
    old = key_files.read(directory / key_files.ENCRYPTION)
    key_files.replace(directory / key_files.ENCRYPTION, [key_files.new_key(), *old])
    lose(directory, "secret_key")

    verify_keys(session, directory)


def test_one_value_that_was_lost_before_does_not_keep_a_site_from_starting(
    session, filled, directory
):
    verify_keys(session, directory)
    with writing(session()):
        session.execute(sa.text("UPDATE draft SET fields = :it"), {"it": b"gAAAA-of-another"})

    verify_keys(session, directory)


def test_site_with_other_keys_does_not_start_and_doctor_says_so(run, app, session, directory):
    verify_keys(session, directory)
    session.commit()
    lose(directory, "link_key")

    started, output = run("serve", "--port", free_port()), run("doctor")

    assert started.exit_code == 1
    assert "Remettez-y la copie des vôtres" in started.output
    assert "À VOIR  clés : Les clés de" in output.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("mail", "deliver", "--once"),
        ("round", "open"),
        ("accounts", "create", "jean@exemple.fr", "--role", "organiser"),
        ("retention", "apply"),
        ("keys", "rotate"),
    ],
)
def test_no_command_writes_with_the_keys_of_another(run, session, filled, directory, arguments):
    before = sealed_values(session)
    lose(directory, key_files.ENCRYPTION)
    keys = key_files.read(directory / key_files.ENCRYPTION)

    refused = run(*arguments)

    assert refused.exit_code == 1
    assert "Remettez-y la copie des vôtres" in refused.output
    assert sealed_values(session) == before
    assert session.scalars(sa.select(OutboxMessage.status)).all() == [MessageStatus.QUEUED]
    assert key_files.read(directory / key_files.ENCRYPTION) == keys


@pytest.mark.usefixtures("postgres_programs")
def test_with_the_keys_of_another_one_may_look_and_copy(run, session, filled, directory, tmp_path):
    lose(directory, key_files.ENCRYPTION)

    checked, copied = run("keys", "check"), run("backup", tmp_path / "copie")

    assert checked.exit_code == copied.exit_code == 0, copied.output
    assert key_files.whole_sum(directory) in checked.output


@pytest.mark.only("postgresql")
def test_of_two_machines_that_start_at_once_with_other_keys_one_is_refused(
    app, session, directory, tmp_path
):
    others = tmp_path / "others"
    others.mkdir()
    key_files.read_or_make(others)

    def verify_elsewhere():
        with app.app_context():
            verify_keys(db.session, others)

    with ThreadPoolExecutor(1) as machine, writing(session()):
        verification.verify_keys(session(), directory, now())
        other = machine.submit(verify_elsewhere)
        wait([other], timeout=1)  # it waits for us, or has ended
        is_waiting = not other.done()
        session.commit()
        refusal = other.exception()

    assert is_waiting
    assert isinstance(refusal, verification.KeysForeign)


def test_who_has_lost_the_keys_is_told_the_price_first(run, session, filled, directory):
    verify_keys(session, directory)
    session.commit()
    before = sealed_values(session)
    lose(directory, key_files.ENCRYPTION)

    output = run("keys", "abandon")

    assert output.exit_code == 1
    assert f"{sum(map(len, before.values()))} valeurs et pièces ne s'ouvrent pas" in output.output
    assert "seconds facteurs" in output.output
    assert sealed_values(session) == before


def test_abandoned_keys_take_what_they_alone_opened_and_nothing_else(
    run, app, session, filled, directory
):
    verify_keys(session, directory)
    session.commit()
    attachments.write(app.config["HOME"], "piece", b"une image")
    lose(directory, *key_files.NAMES)

    done, again = run("keys", "abandon", "--yes"), run("keys", "abandon", "--yes")

    assert done.exit_code == 0, done.output
    assert not any(sealed_values(session).values())
    assert attachments.names(app.config["HOME"]) == []
    rows = (Respondent, Contact, Draft, SecondFactor)
    assert [session.scalar(sa.select(sa.func.count()).select_from(it)) for it in rows] == [
        1, 1, 0, 0,
    ]  # fmt: skip
    assert "il n'y a rien à abandonner" in again.output
    verify_keys(session, directory)


def test_whose_address_is_lost_is_taken_for_erased_and_whoever_wants_no_mail_is_still_known(
    run, session, filled, directory
):
    index, exact = index_of("anne@exemple.fr"), mailbox_index_of("anne@exemple.fr")
    with writing(session()):
        for row in (Invitee, Contact, Suppression):
            session.execute(sa.update(row).values(address_index=index, mailbox_index=exact))
    verify_keys(session, directory)
    session.commit()
    lose(directory, key_files.ENCRYPTION)

    run("keys", "abandon", "--yes")

    rows = (Invitee, Contact, Suppression)
    kept = [
        [session.scalar(sa.select(it).where(it.is_not(None))) for it in indexes]
        for indexes in zip(*((row.address_index, row.mailbox_index) for row in rows), strict=True)
    ]
    assert kept == [[None, None, index], [None, None, exact]]


@pytest.mark.parametrize(
    ("lost", "cut_short"),
    [
        ([key_files.ENCRYPTION], "attachments.remove"),
        ([key_files.ENCRYPTION], "_forget"),
        (key_files.NAMES, "_note"),
    ],
)
def test_keys_that_were_abandoned_by_half_are_abandoned_again(
    run, app, session, filled, directory, monkeypatch, lost, cut_short
):
    verify_keys(session, directory)
    session.commit()
    attachments.write(app.config["HOME"], "piece", b"une image")
    lose(directory, *lost)
    with monkeypatch.context() as cut:
        cut.setattr(f"consultation.operations.keys.verification.{cut_short}", lambda *_: 1 / 0)
        assert run("keys", "abandon", "--yes").exit_code == 1

    again = run("keys", "abandon", "--yes")

    assert again.exit_code == 0, again.output
    assert session.scalar(sa.select(AuditEvent.id).where(AuditEvent.action == "keys_abandoned"))
    assert verification.lost_count(session(), app.config["HOME"]) == 0
    verify_keys(session, directory)


def test_last_value_that_no_key_opens_can_be_abandoned_too(run, app, session, filled):
    with writing(session()):
        session.execute(sa.text("UPDATE draft SET fields = :it"), {"it": b"gAAAA-of-another"})
    verify_keys(session, app.config["KEYS_DIR"])
    session.commit()

    output, done = run("keys", "abandon"), run("keys", "abandon", "--yes")

    assert "1 valeur ou pièce ne s'ouvre pas" in output.output
    assert "1 valeur ou pièce est effacée" in done.output
    assert session.scalar(sa.select(sa.func.count()).select_from(Contact)) == 1


def test_keys_in_place_are_never_abandoned(run, session, filled, directory):
    before = sealed_values(session)

    output = run("keys", "abandon", "--yes")

    assert output.exit_code == 1
    assert sealed_values(session) == before


def test_separate_worker_with_the_keys_of_another_site_waits_for_nothing(
    settings, session, directory
):
    verify_keys(session, directory)
    session.commit()
    lose(directory, "index_key")
    other = create_app(settings)

    with pytest.raises(verification.KeysForeign):
        run._worker(other)

    with other.app_context():
        db.engine.dispose()
