"""Round commands: open, close and backup, as far as the pages of rounds depend on them."""

import contextvars

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from consultation.accounts.models import AuditEvent
from consultation.cli import main
from consultation.clock import now
from tests.questionnaires.rounds.builders import organiser_of, prepare


@pytest.fixture
def run(settings, monkeypatch):
    """Run a command on the database of the test, as a shell would; return status and words."""
    for name in ("HOME", "KEYS_DIR", "EXPORTS_DIR", "DATABASE_URL", "BASE_URL"):
        monkeypatch.setenv(f"CONSULTATION_{name}", str(settings[name]))

    def call(*arguments):
        # A context of its own: nothing of one command is left for the next.
        return contextvars.Context().run(
            CliRunner().invoke, main.main, [str(argument) for argument in arguments]
        )

    return call


def test_a_round_in_preparation_is_opened_only_by_its_code(run, session):
    prepare(session, organiser_of(session), now())

    passed_over = run("round", "open")
    unknown = run("round", "open", "--round", "tour-9")
    opened = run("round", "open", "--round", "tour-1")

    assert passed_over.exit_code == 1
    assert "consultation round open --round tour-1" in passed_over.output
    assert "Aucun tour « tour-9 »" in unknown.output
    assert opened.exit_code == 0, opened.output
    assert "1 formulaire publié" in opened.output


def test_a_round_in_preparation_has_nothing_to_publish_again(run, session):
    prepare(session, organiser_of(session), now())

    refused = run("round", "publish")

    assert refused.exit_code == 1
    assert "Aucun tour de consultation" in refused.output


def test_a_backup_is_noted_for_those_who_prepare_a_round(run, session, tmp_path, postgres_programs):
    made = run("backup", tmp_path / "copie")

    event = session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "backup_made")).one()
    assert made.exit_code == 0
    assert event.account_id is None
    assert event.details["bytes"] > 0


def test_a_backup_that_failed_is_not_noted(run, session, tmp_path):
    (tmp_path / "copie.sqlite").write_bytes(b"")

    refused = run("backup", tmp_path / "copie.sqlite")

    assert refused.exit_code == 1
    assert session.scalars(sa.select(AuditEvent)).all() == []
