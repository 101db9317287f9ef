"""Copies that somebody has changed: told from those that the site has written, and not put back."""

import json
import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

from consultation.accounts.audit import audit_log
from consultation.accounts.models import Role
from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import writing
from consultation.extensions import db
from consultation.operations.backups import encryption, postgresql, schemas, signatures
from consultation.operations.backups.schemas import Schema
from consultation.web import rate_limits
from tests.accounts.builders import make_account
from tests.operations.copied import ADDRESS, contacts, tables

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("postgres_programs", "schemas_kept")]

TAMPERED, UNSIGNED = "tampered_backup_restored", "unsigned_backup_restored"
SPY = {
    "sqlite": [
        "CREATE TRIGGER spy AFTER INSERT ON answer BEGIN UPDATE contact SET name = NULL; END",
    ],
    "postgresql": [
        "CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$",
        "CREATE TRIGGER spy AFTER INSERT ON answer FOR EACH ROW EXECUTE FUNCTION spy()",
    ],
}
ADMINISTRATOR = [
    "INSERT INTO account_role (account_id, role) SELECT id, 'administrator' FROM account",
]
VIEW = ["DROP TABLE site_switch", "CREATE VIEW site_switch AS SELECT 1 AS name"]
INDEX = ["CREATE INDEX sought ON contact (address_index, name)"]
TABLE = ["CREATE TABLE extra (word TEXT)"]
AUDIT = {
    "sqlite": ["DROP TRIGGER audit_event_refuses_delete", "DELETE FROM audit_event"],
    "postgresql": ["SET session_replication_role = replica", "DELETE FROM audit_event"],
}
REWORDED = ["UPDATE answer SET text = 'Un autre mot.' WHERE text IS NOT NULL"]


@pytest.fixture
def staffed(session, filled):
    """A contribution, a moderator, and something in the trail."""
    make_account(session, "lou@exemple.fr", Role.MODERATOR)
    with writing(session()):
        audit_log.record(session(), None, "keys_shown", at=now())
    db.engine.dispose()


@pytest.fixture
def kind(request):
    return request.config.getoption("database")


@pytest.fixture
def change(request, kind, tmp_path):
    """Change a copy by statements, as somebody would who can write where copies are kept."""

    def on_sqlite(path, statements):
        with closing(sqlite3.connect(path, isolation_level=None)) as opened:
            for statement in statements:
                opened.execute(statement)

    def on_postgresql(path, statements):
        databases = request.getfixturevalue("databases")
        url = databases.create_empty()
        postgresql.run("pg_restore", "--no-owner", "--exit-on-error", str(path), url=url)
        engine = sa.create_engine(url, poolclass=sa.NullPool)
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
        path.unlink()
        postgresql.run("pg_dump", "--format=custom", f"--file={path}", url=url)
        databases.drop(url)

    def change(copy, statements):
        content, signature = parted(copy)
        bare = tmp_path / "changed"
        bare.write_bytes(content)
        (on_sqlite if kind == "sqlite" else on_postgresql)(bare, statements)
        copy.write_bytes(bare.read_bytes() + signature)

    return change


def parted(copy):
    """The database that a copy holds, and its signature."""
    size = signatures.content_size(copy)
    return copy.read_bytes()[:size], copy.read_bytes()[size:]


@pytest.fixture
def copy(run, staffed, tmp_path):
    """A copy as the site writes it."""
    path = tmp_path / "copie"
    assert run("backup", path).exit_code == 0
    return path


def audit_of(url):
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT action, details FROM audit_event ORDER BY id"))
        return dict(rows.all())


def details_of(url, action):
    details = audit_of(url).get(action)
    return json.loads(details) if isinstance(details, str) else details


def test_copy_as_the_site_wrote_it_is_put_back_and_says_when_it_was_made(run, copy, elsewhere):
    url = elsewhere()

    looked, restored = run("restore", copy, "--dry-run"), run("restore", copy)

    for output in (looked, restored):
        assert output.exit_code == 0, output.output
        assert "Sauvegarde faite le " in output.output
    assert contacts(url) == [ADDRESS]
    assert not audit_of(url).keys() & {
        TAMPERED,
        UNSIGNED,
    }


@pytest.mark.every_case
@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        pytest.param(SPY, ["le déclencheur « ", "spy » est en trop"], id="trigger"),
        pytest.param(VIEW, ["« site_switch » est une vue, au lieu d'une table"], id="view"),
        pytest.param(INDEX, ["l'index « sought » est en trop"], id="index"),
        pytest.param(TABLE, ["la table « extra » est en trop"], id="table"),
        pytest.param(
            ADMINISTRATOR,
            ["la table « account_role » : lignes à la signature : 1, maintenant : 2"],
            id="administrator",
        ),
        pytest.param(
            AUDIT,
            ["la table « audit_event » : lignes à la signature : 1, maintenant : 0"],
            id="trail",
        ),
        pytest.param(
            REWORDED, ["la table « answer » a été changée, pour le même nombre"], id="words"
        ),
    ],
)
def test_changed_copy_is_put_back_only_when_it_is_accepted(
    run, copy, change, kind, elsewhere, statements, sentence
):
    change(copy, statements[kind] if isinstance(statements, dict) else statements)
    url = elsewhere()

    looked, refused = run("restore", copy, "--dry-run"), run("restore", copy)
    unsigned = run("restore", copy, "--accept-unsigned")
    before = tables(url)
    accepted = run("restore", copy, "--accept-tampered")

    for output in (looked, refused, unsigned):
        assert output.exit_code == 1
        assert "n'est pas telle que le site l'a écrite" in output.output
        assert "Rien n'est remis" in output.output
        assert [arguments for arguments in sentence if arguments not in output.output] == []
    assert before == []
    assert accepted.exit_code == 0, accepted.output
    assert sentence[0] in accepted.output
    assert details_of(url, TAMPERED)["count"] >= 1


def test_changed_schema_is_found_without_a_signature_too(run, copy, change, kind, elsewhere):
    change(copy, SPY[kind])
    copy.write_bytes(parted(copy)[0])
    elsewhere()

    refused = run("restore", copy, "--accept-unsigned")

    assert refused.exit_code == 1
    assert "spy » est en trop" in refused.output


def test_copy_without_the_audit_log_is_never_put_back(run, copy, change, kind, elsewhere):
    cascade = "" if kind == "sqlite" else " CASCADE"
    statements = [f"DROP TABLE audit_event{cascade}", "CREATE VIEW audit_event AS SELECT 1 AS id"]
    change(copy, statements)
    url = elsewhere()

    refused = run("restore", copy, "--accept-tampered")

    assert refused.exit_code == 1
    assert "« audit_event » est une vue" in refused.output
    assert "--accept-tampered" not in refused.output
    assert tables(url) == []


def test_one_byte_that_was_flipped_is_found(run, copy, kind, elsewhere):
    content, signature = parted(copy)
    at = content.index(b"Un mot.") if kind == "sqlite" else content.index(b"account_role")
    flipped = bytes([content[at] ^ 1])
    copy.write_bytes(content[:at] + flipped + content[at + 1 :] + signature)
    url = elsewhere()

    refused = run("restore", copy)

    assert refused.exit_code == 1
    assert "n'est pas telle que le site l'a écrite" in refused.output
    if kind == "sqlite":
        assert "la table « answer » a été changée" in refused.output
    assert tables(url) == []


def test_byte_that_belongs_to_no_row_is_found_too(run, copy, elsewhere):
    content, signature = parted(copy)
    copy.write_bytes(content + b"\0" + signature)
    elsewhere()

    refused = run("restore", copy)

    assert refused.exit_code == 1
    assert "des octets ont changé hors des lignes des tables" in refused.output


def test_signature_of_another_copy_does_not_serve(run, session, copy, tmp_path, elsewhere):
    make_account(session, "autre@exemple.fr", Role.ADMINISTRATOR)
    session.commit()
    db.engine.dispose()
    run("backup", tmp_path / "seconde")
    copy.write_bytes(parted(copy)[0] + parted(tmp_path / "seconde")[1])
    elsewhere()

    refused = run("restore", copy)

    assert refused.exit_code == 1
    assert "la table « account » : lignes à la signature : 2, maintenant : 1" in refused.output


@pytest.mark.parametrize(
    ("was", "output"), [(b'"at": "20', "la signature elle-même"), (b'"key": "', "d'autres clés")]
)
def test_forged_signature_is_found(run, copy, elsewhere, was, output):
    content, signature = parted(copy)
    place = signature.index(was) + len(was)
    other = b"1" if signature[place : place + 1] == b"0" else b"0"
    copy.write_bytes(content + signature[:place] + other + signature[place + 1 :])
    url = elsewhere()

    refused = run("restore", copy, "--accept-tampered" if output.startswith("d'") else "--dry-run")

    assert refused.exit_code == 1
    assert output in refused.output
    assert tables(url) == []


def test_unsigned_copy_is_put_back_only_when_it_is_accepted(run, copy, elsewhere):
    copy.write_bytes(parted(copy)[0])
    url = elsewhere()

    refused, tampered = run("restore", copy), run("restore", copy, "--accept-tampered")
    before = tables(url)
    accepted = run("restore", copy, "--accept-unsigned")

    for output in (refused, tampered):
        assert output.exit_code == 1
        assert "n'est pas signée" in output.output
        assert "--accept-unsigned" in output.output
    assert before == []
    assert accepted.exit_code == 0, accepted.output
    assert details_of(url, UNSIGNED) is None
    assert UNSIGNED in audit_of(url)
    assert contacts(url) == [ADDRESS]


def test_what_was_accepted_of_a_restore_that_is_cut_short_is_in_the_trail(
    run, copy, elsewhere, restore_cut_short
):
    copy.write_bytes(parted(copy)[0])
    url = elsewhere()
    restore_cut_short(copy, "--accept-unsigned")
    before = UNSIGNED in audit_of(url)

    run("mail", "status")

    assert (before, UNSIGNED in audit_of(url)) == (False, True)


def test_removed_signature_is_missed_by_the_audit_log_of_the_copy(run, copy, tmp_path, elsewhere):
    run("backup", tmp_path / "seconde")
    (tmp_path / "seconde").write_bytes(parted(tmp_path / "seconde")[0])
    elsewhere()

    refused = run("restore", tmp_path / "seconde", "--accept-unsigned")

    assert refused.exit_code == 1
    assert "la signature de celle-ci a été ôtée" in refused.output


def test_sealed_copy_is_signed_too(run, copy, change, kind, identity, tmp_path, elsewhere):
    opens, public = identity
    sealed, forged = tmp_path / "copie.age", tmp_path / "fausse.age"
    run("backup", sealed, "--to", public)
    change(copy, ADMINISTRATOR)
    encryption.seal(
        copy, forged, encryption.recipients_in(public)
    )  # anybody can: that key is public
    url = elsewhere()

    refused = run("restore", forged, "--identity", opens)
    before = tables(url)
    restored = run("restore", sealed, "--identity", opens)

    assert refused.exit_code == 1
    assert "la table « account_role » : lignes à la signature : 1, maintenant : 2" in refused.output
    assert before == []
    assert restored.exit_code == 0, restored.output
    assert "Sauvegarde faite le " in restored.output


def test_with_other_keys_a_signature_cannot_be_checked_and_the_way_on_is_said(
    run, copy, elsewhere, keys_but
):
    url = elsewhere()
    keys_but("index_key")

    refused = run("restore", copy, "--without-keys")
    before = tables(url)
    accepted = run("restore", copy, "--without-keys", "--accept-unsigned")

    assert refused.exit_code == 1
    assert "est signée avec d'autres clés" in refused.output
    assert "Remettez-y la copie des clés d'alors" in refused.output
    assert "--accept-unsigned" in refused.output
    assert before == []
    assert accepted.exit_code == 0, accepted.output
    assert UNSIGNED in audit_of(url)


def test_key_of_signatures_is_no_other_key_of_the_site(app):
    key = keyring.derived_key(signatures.PURPOSE)

    assert len(key) == 32
    assert key != keyring.derived_key("another purpose")
    assert key.hex() != keyring.blind_index(signatures.PURPOSE, "")


@pytest.mark.only("postgresql")
def test_what_the_site_makes_beside_the_migrations_is_no_difference(
    run, settings, staffed, tmp_path, elsewhere
):
    engine = sa.create_engine(settings["DATABASE_URL"], poolclass=sa.NullPool)
    with engine.begin() as connection:
        rate_limits.TABLE.create(connection)
    of_before = tmp_path / "copie"
    url = settings["DATABASE_URL"]
    postgresql.run("pg_dump", "--format=custom", f"--file={of_before}", url=url)
    elsewhere()

    restored = run("restore", of_before, "--accept-unsigned")

    assert restored.exit_code == 0, restored.output
    assert "n'est pas telle" not in restored.output


@pytest.mark.only("postgresql")
def test_what_a_check_that_was_cut_short_has_left_goes_with_the_next(
    run, copy, elsewhere, migrated_schemas
):
    migrated_schemas.clear()
    engine = sa.create_engine(elsewhere(), poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateSchema(f"{schemas.PREFIX}left"))

    looked = run("restore", copy, "--dry-run")

    assert looked.exit_code == 0, looked.output
    left = [it for it in sa.inspect(engine).get_schema_names() if it.startswith(schemas.PREFIX)]
    assert left == []


def test_definitions_that_another_version_of_postgresql_wrote_are_not_compared():
    ours = Schema({("index", "a"): "ON t (a)", ("table", "t"): "(a)"}, "16")
    foreign = Schema({("index", "a"): "ON t USING btree (a)", ("view", "t"): "(a)"}, "17")

    output = schemas.differences(ours, foreign)
    at_one = schemas.differences(ours, Schema(foreign.definitions, "16"))

    assert output == ["« t » est une vue, au lieu d'une table"]
    assert at_one[1:] == ["l'index « a » n'est pas comme le site l'a fait"]
