"""Migration of invitations to several roles."""

import sqlalchemy as sa
from alembic import command

from consultation.db import upgrade

OLD = {
    "email": "ancienne@association.example",
    "created_at": "2026-11-01 09:00:00",
    "expires_at": "2026-11-08 09:00:00",
}


def rows(engine, statement):
    with engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement)]


def test_invitation_keeps_its_role_and_everything_gets_an_id_of_its_own(empty_engine):
    config = upgrade.config_for(empty_engine)
    command.upgrade(config, "0011")
    with empty_engine.begin() as connection:
        for token, role in (("a" * 64, "organiser"), ("b" * 64, "moderator")):
            connection.execute(
                sa.text(
                    "INSERT INTO account_invitation (token_hash, email, role, created_at,"
                    " expires_at) VALUES (:token, :email, :role, :created_at, :expires_at)"
                ),
                OLD | {"token": token, "role": role},
            )

    command.upgrade(config, "0012")
    promised = rows(empty_engine, "SELECT token_hash, role FROM account_invitation_role ORDER BY 1")
    ids = rows(empty_engine, "SELECT DISTINCT public_id FROM account_invitation")
    with empty_engine.begin() as connection:
        connection.exec_driver_sql(
            f"INSERT INTO account_invitation_role VALUES ('{'b' * 64}', 'administrator')"
        )
    command.downgrade(config, "0011")
    kept = rows(empty_engine, "SELECT token_hash, role FROM account_invitation ORDER BY 1")

    assert promised == [("a" * 64, "organiser"), ("b" * 64, "moderator")]
    assert len(ids) == 2
    assert all(len(public_id) == 22 for (public_id,) in ids)
    # Of several roles, the one that opens least: an administrator can add to it.
    assert kept == [("a" * 64, "organiser"), ("b" * 64, "moderator")]
