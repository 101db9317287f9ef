"""Commands on accounts, as an operator types them."""

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from consultation.accounts.models import AuditEvent, RecoveryCode, Role, SecondFactor
from consultation.cli import main
from tests.accounts.builders import make_account, make_recovery_codes

EMAIL = "élise@association.example"


@pytest.fixture
def run(monkeypatch, settings, app):
    """Run a command on the database of this test."""
    for name in ("HOME", "KEYS_DIR", "EXPORTS_DIR", "DATABASE_URL", "BASE_URL"):
        monkeypatch.setenv(f"CONSULTATION_{name}", str(settings[name]))
    return lambda *output: CliRunner().invoke(main.main, output)


def test_who_lost_everything_signs_in_with_the_password_again(session, run, visitor):
    account_id = make_account(session, EMAIL, Role.MODERATOR, second_factor=True)
    make_recovery_codes(session, account_id)
    visitor.sign_in(EMAIL)
    session.rollback()

    result = run("accounts", "reset-second-factor", EMAIL.upper())

    session.rollback()
    assert result.exit_code == 0, result.output
    assert "codes de secours retirés, connexions fermées" in result.output
    assert "administre" not in result.output
    assert session.scalars(sa.select(SecondFactor)).all() == []
    assert session.scalars(sa.select(RecoveryCode)).all() == []
    assert not visitor.is_signed_in()
    visitor.give_password(EMAIL)
    assert visitor.is_signed_in()


def test_administrator_is_told_to_set_the_second_factor_up_again(session, run):
    make_account(session, EMAIL, Role.ADMINISTRATOR)
    session.rollback()

    result = run("accounts", "reset-second-factor", EMAIL)

    session.rollback()
    last = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id.desc())).first()
    assert "avant toute autre page" in result.output
    assert (last.action, last.account_id) == ("second_factor_reset", None)


def test_address_without_account_is_told_so(run):
    result = run("accounts", "reset-second-factor", "personne@association.example")

    assert result.exit_code == 1
    assert "Aucun compte n'a l'adresse personne@association.example." in result.output
