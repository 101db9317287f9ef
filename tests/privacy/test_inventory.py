"""Inventory of personal data: every column is listed, with its purpose and retention."""

import re

import pytest
import sqlalchemy as sa

from consultation import settings
from consultation.accounts.roles import roles_with
from consultation.crypto.keyring import EncryptedText
from consultation.db.base import Base
from consultation.privacy import inventory
from consultation.privacy.inventory import RULES, Stored
from tests.factories import make_measure, make_round
from tests.responses.conftest import Form

BY_NAME = {column.name: column for each in inventory.categories() for column in each.columns}
OF_A_MACHINE = re.compile(r"(^|_)(ip|host|remote|agent|browser|device)(_|$)")


def columns():
    """The type of each column that the models have, by `table.column`."""
    return {
        f"{table.name}.{column.name}": column.type
        for table in Base.metadata.sorted_tables
        for column in table.columns
    }


def test_every_column_has_its_line(app):
    unlisted = columns().keys() - BY_NAME.keys() - inventory.not_personal()

    assert unlisted == set(), (
        "say of each in consultation/privacy/inventory.toml what it keeps of a person and under"
        " which category, or list it under [not_personal]"
    )


def test_every_line_has_its_column(app):
    listed = BY_NAME.keys() | inventory.not_personal()

    assert listed - columns().keys() == set()


def test_no_column_has_two_lines():
    names = [column.name for each in inventory.categories() for column in each.columns]

    assert len(names) == len(set(names))
    assert BY_NAME.keys() & inventory.not_personal() == set()


def test_what_is_encrypted_says_so_and_nothing_else_does(app):
    encrypted = {name for name, kind in columns().items() if isinstance(kind, EncryptedText)}
    listed = {name for name, column in BY_NAME.items() if column.stored is Stored.ENCRYPTED}

    assert encrypted == listed


def test_what_is_a_keyed_hash_says_so_and_nothing_else_does():
    listed = {name for name, column in BY_NAME.items() if column.stored is Stored.HASHED}

    assert listed == {name for name in columns() if name.endswith("_index")}


def test_no_column_is_made_for_where_a_visitor_comes_from(app):
    kinds = {
        name for name, kind in columns().items() if "INET" in repr(kind) or "CIDR" in repr(kind)
    }
    named = {name for name in columns() if OF_A_MACHINE.search(name.partition(".")[2])}

    assert kinds | named == set()


def test_no_row_holds_where_a_visitor_came_from(client, session):
    measure = make_measure(session, "T7")
    make_round(session)
    session.commit()
    form = Form(session, measure)

    page = client.post(
        form.path,
        data=form.data(email="jeanne@exemple.fr"),
        headers={"X-Forwarded-For": "198.51.100.7", "User-Agent": "Nautilus/7"},
        environ_base={"REMOTE_ADDR": "203.0.113.77"},
        follow_redirects=True,
    )
    kept = str([session.execute(sa.select(t)).all() for t in Base.metadata.sorted_tables])

    assert page.status_code == 200
    assert "jeanne@exemple.fr" in kept
    assert not re.search(r"203\.0\.113|198\.51\.100|Nautilus", kept)


@pytest.mark.parametrize("category", inventory.categories(), ids=lambda each: each.name)
def test_category_says_why_and_until_when(category):
    placeholders = set(re.findall(r"\{(\w+)\}", category.kept["fr"]))

    assert category.columns
    assert category.name
    assert category.concerns
    assert all(column.what for column in category.columns)
    for text in (category.title, category.purpose, category.kept):
        assert text["fr"]
        assert text["en"]
    assert set(re.findall(r"\{(\w+)\}", category.kept["en"])) == placeholders
    if category.rule is None:
        assert placeholders == set()
        return
    is_setting = category.rule.startswith("RETENTION_")
    assert category.rule in (
        {setting.name for setting in settings.SETTINGS} if is_setting else RULES
    )
    assert placeholders


@pytest.mark.parametrize("category", inventory.categories(), ids=lambda each: each.name)
def test_what_the_staff_can_see_names_roles_that_exist(category):
    assert all(roles_with(permission) for permission in category.seen_by)


def test_delays_are_those_that_are_in_force():
    mail = next(each for each in inventory.categories() if each.rule == "RETENTION_MAIL_DAYS")

    assert "12 jours" in mail.kept_until({"RETENTION_MAIL_DAYS": 12})["fr"]
