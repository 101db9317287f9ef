"""Collector of files: each message once, and a broken one stops none of the others."""

import base64
import re

import pytest
import sqlalchemy as sa

from consultation.db.base import writing
from consultation.inbox import attachments
from consultation.inbox.collection import collector
from consultation.inbox.collection.causes import NotCollected
from consultation.inbox.models import IncomingAttachment, Sort, State
from consultation.inbox.parsing.message import LARGEST_MESSAGE
from consultation.mail.addresses import index_of
from tests.inbox.builders import make_mail, mbox_of, messages


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "courrier"
    made.mkdir()
    return made


@pytest.fixture
def collect(app, session):
    """Collect the files of some paths; return the tally and the reported lines."""

    def run(*paths):
        lines = []
        tally = collector.collect_files(session, app.config, paths, report=lines.append)
        return tally, lines

    return run


def subjects(session):
    return [message.subject for message in messages(session)]


def test_eml_mbox_and_maildir_come_in_once_whatever_folder_they_lie_in(collect, session, folder):
    letters = [make_mail(subject=f"Lettre {number}") for number in range(6)]
    (folder / "2024" / "Été").mkdir(parents=True)
    (folder / "2024" / "Été" / "idée.EML").write_bytes(letters[0])
    (folder / "archives").write_bytes(mbox_of(letters[1], letters[2], letters[0]))
    for part in ("cur", "new", "tmp"):
        (folder / "z" / part).mkdir(parents=True)
    (folder / "z" / "cur" / "1764000000.M1P1.poste:2,S").write_bytes(letters[3])
    (folder / "z" / "new" / "1764000001.M1P1.poste").write_bytes(letters[4])
    (folder / "z" / "tmp" / "1764000002.M1P1.poste").write_bytes(letters[5])
    (folder / "lisez-moi.txt").write_text("From ailleurs, sans heure", "utf-8")

    tally, lines = collect(folder)
    again, _ = collect(folder, folder / "archives")

    assert (tally.new, tally.known, tally.skipped) == (5, 1, 2)
    assert (again.new, again.known) == (0, 9)
    assert sorted(subjects(session)) == [f"Lettre {number}" for number in range(5)]
    assert lines[0] == "Nouveaux : 5 (dont mis de côté : 0), déjà connus : 1."


def test_mbox_line_that_begins_with_from_ends_no_message(collect, session, folder):
    text = "Bonjour,\n\nFrom Paris with love\nFrom dawn to 12:30, nothing.\n\n>From here on.\n"
    quoting = mbox_of(make_mail(text), make_mail("Suite"))
    # Other programs leave such lines as they are.
    plain = b"From \nSubject: Nu\n\n" + text.encode() + b"\nFrom \nSubject: Nu 2\n\nSuite\n"
    (folder / "1.mbox").write_bytes(quoting)
    (folder / "2.mbox").write_bytes(plain)

    tally, _ = collect(folder)

    quoted, _, left, _ = messages(session)
    assert tally.new == 4
    assert quoted.original.strip() == text.strip()
    assert left.original.strip() == text.replace(">From", "From").strip()


def test_bad_messages_are_kept_aside_and_the_next_ones_come_in(collect, session, folder):
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (number, number)
        for number in range(2000)
    )
    (folder / "1.eml").write_bytes(b"Subject: Deux mille parties\r\n" + nested)
    with (folder / "2.eml").open("wb") as file:
        file.write(make_mail(subject="Trente mégaoctets"))
        file.truncate(LARGEST_MESSAGE + 1)
    (folder / "3.eml").write_bytes(b"\0\0\xff\xfe" * 500)
    (folder / "4.eml").write_bytes(
        make_mail("Bonjour \x01 vous", subject="Contrôles").replace(b"\x01", b"\0")
    )
    (folder / "5.eml").write_bytes(b"")
    (folder / "6.eml").write_bytes(make_mail(subject="La suivante"))

    tally, lines = collect(folder)

    stored = {message.subject: message for message in messages(session)}
    assert tally.new == 6
    assert stored["Deux mille parties"].reason == "too_deep"
    assert stored["Trente mégaoctets"].reason == "too_large"
    assert "\0" not in stored["Contrôles"].original
    assert (stored["La suivante"].sort, stored["La suivante"].state) == (Sort.PERSON, State.WAITING)
    assert "  trop volumineux (plus de 30 Mo) : seuls ses en-têtes ont été lus : 1" in lines


def test_message_refused_by_the_database_is_set_aside_and_the_collector_goes_on(
    collect, session, folder, app
):
    for number, name in enumerate(("avant.pdf", "refusé.pdf", "après.pdf")):
        (folder / f"{number}.eml").write_bytes(make_mail(subject=name, files=[(name, b"%PDF")]))

    @sa.event.listens_for(IncomingAttachment, "before_insert")
    def refuse(_mapper, _connection, attachment):
        if attachment.name == "refusé.pdf":
            raise ValueError("no such thing can be stored")

    try:
        tally, _ = collect(folder)
    finally:
        sa.event.remove(IncomingAttachment, "before_insert", refuse)
    again, _ = collect(folder)

    assert tally.set_aside == {"not_stored": 1}
    assert subjects(session) == ["avant.pdf", "refusé.pdf", "après.pdf"]
    assert (again.new, again.known) == (0, 3)
    assert len(list((app.config["HOME"] / "inbox").iterdir())) == 2


def test_files_stay_when_nobody_knows_whether_their_message_was_stored(
    collect, session, folder, app
):
    (folder / "1.eml").write_bytes(make_mail(subject="Avis", files=[("avis.pdf", b"%PDF")]))
    engine = session.get_bind()

    def lose(connection):
        connection.connection.dbapi_connection.commit()
        raise sa.exc.OperationalError("COMMIT", None, ConnectionError("reset"))

    sa.event.listen(engine, "commit", lose)
    try:
        with pytest.raises(NotCollected):
            collect(folder)
    finally:
        sa.event.remove(engine, "commit", lose)
    again, _ = collect(folder)

    (attachment,) = session.scalars(sa.select(IncomingAttachment)).all()
    assert (again.new, again.known) == (0, 1)
    assert attachments.read(app.config["HOME"], attachment.public_id) == b"%PDF"


def test_message_whose_headers_are_refused_too_is_stored_blank(collect, session, folder):
    (folder / "1.eml").write_bytes(make_mail(sender="refuse@exemple.fr"))
    (folder / "2.eml").write_bytes(make_mail(subject="La suivante"))
    refused = index_of("refuse@exemple.fr")

    def refuse(_connection, _cursor, sql, parameters, *_rest):
        values = parameters.values() if isinstance(parameters, dict) else parameters
        if sql.startswith("INSERT INTO incoming_message") and refused in values:
            raise ValueError("no such thing can be stored")

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", refuse)
    try:
        tally, _ = collect(folder)
    finally:
        sa.event.remove(engine, "before_cursor_execute", refuse)

    blank, following = messages(session)
    assert (tally.new, tally.set_aside) == (2, {"not_stored": 1})
    assert (blank.subject, blank.sender, blank.reason) == ("", None, "not_stored")
    assert following.subject == "La suivante"


def test_database_out_of_reach_stops_the_collector_and_sets_nothing_aside(collect, session, folder):
    for number in range(3):
        (folder / f"{number}.eml").write_bytes(make_mail(subject=f"Lettre {number}"))

    def break_off(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO incoming_message"):
            raise sa.exc.OperationalError(statement, {}, Exception("the disk is full"))

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", break_off)
    try:
        with pytest.raises(NotCollected, match="Vérifiez la place sur le disque"):
            collect(folder)
    finally:
        sa.event.remove(engine, "before_cursor_execute", break_off)
    tally, _ = collect(folder)

    assert (tally.new, tally.set_aside) == (3, {})


def test_every_text_of_a_message_is_encrypted_at_rest(collect, session, folder, app):
    mail = make_mail(
        "Le foyer de la rue Haute.", subject="Adresse", files=[("plan.pdf", b"%PDF-1")]
    )
    (folder / "1.eml").write_bytes(mail)

    collect(folder)

    row = session.execute(sa.text("SELECT * FROM incoming_message")).one()
    cells = b"".join(
        bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for cell in row
    )
    (file,) = (app.config["HOME"] / "inbox").iterdir()
    assert not re.search(rb"Haute|Adresse|jeanne|exemple\.fr", cells)
    assert not any(clear in file.read_bytes() for clear in (b"%PDF-1", base64.b64encode(b"%PDF-1")))
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert not re.search("plan", file.name)


def test_message_without_id_is_known_by_its_sender_date_subject_and_text(collect, session, folder):
    same = make_mail(subject="Sans numéro", message_id=None)
    other = make_mail("Un autre texte.", subject="Sans numéro", message_id=None)
    for number, mail in enumerate((same, same, other)):
        (folder / f"{number}.eml").write_bytes(mail)

    tally, _ = collect(folder)

    assert (tally.new, tally.known) == (2, 1)


def test_without_a_server_or_files_it_is_said_what_to_do(session, app):
    with pytest.raises(NotCollected, match="Nommez-la par IMAP_SERVER, ou donnez les fichiers"):
        collector.collect(session, app.config, report=lambda line: None)


def test_nothing_that_comes_in_is_answered(collect, session, folder):
    (folder / "1.eml").write_bytes(make_mail())
    (folder / "2.eml").write_bytes(make_mail(auto_submitted="auto-replied"))

    collect(folder)

    with writing(session):
        assert session.scalar(sa.text("SELECT count(*) FROM outbox_message")) == 0
