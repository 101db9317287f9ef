"""Rules of the house that a machine can hold."""

import ast
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask

from consultation import app as wiring
from consultation import migrating
from consultation.database import Base
from consultation.web.permissions import Permission, UnstatedPermission, check_every_view
from tests import settings_table

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "consultation"
# A room's models and services import only rooms that come before it.
GROUND = [
    "clock", "disk", "text", "i18n", "resources", "settings", "turns", "database", "inserting",
    "migrating", "key_files", "crypto", "erasures", "extensions",
]  # fmt: skip
ROOMS = [
    "web", "sheets", "jobs", "mail", "accounts", "plan", "questionnaires", "responses",
    "invitations", "inbox", "moderation", "results", "exporting", "operating",
]  # fmt: skip
# `security` hands Flask-Security its forms and templates; commands are the views of a shell.
LEAVES = ("views", "forms", "security", "command_line")
LEAF_ENDINGS = ("_views", "_commands")
# Adapters that are made of Flask's own parts.
MAY_IMPORT_FLASK = {
    "accounts/models.py", "accounts/security.py", "accounts/security_parts.py",
    "mail/rendering.py", "mail/transport.py",
}  # fmt: skip
LONGEST_FUNCTION, LONGEST_MODULE = 40, 400


def modules():
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def room_of(path):
    first = path.relative_to(PACKAGE).parts[0]
    return first if first in ROOMS else None


def is_leaf(path):
    return path.stem in LEAVES or path.stem.endswith(LEAF_ENDINGS)


def imports_of(path):
    """Every module that `path` imports, by its full name, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    "path", [p for p in modules() if room_of(p) and not is_leaf(p)], ids=name_of
)
def test_models_and_services_import_only_earlier_rooms(path):
    room = room_of(path)
    allowed = {*GROUND, *ROOMS[: ROOMS.index(room) + 1]}

    reached = {name.split(".")[1] for name in imports_of(path) if name.startswith("consultation.")}

    assert reached - allowed == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_nobody_imports_views_and_forms_but_the_views_of_their_room(path):
    reached = {
        name
        for name in imports_of(path)
        if name.startswith("consultation.")
        and any(part in LEAVES or part.endswith(LEAF_ENDINGS) for part in name.split("."))
    }

    if path.name == "app.py" or is_leaf(path):
        reached = {name for name in reached if f".{room_of(path)}." not in f"{name}."}
    if path.name in ("app.py", "commands.py"):
        reached = set()
    assert reached == set()


@pytest.mark.parametrize(
    "path",
    [
        p
        for p in modules()
        if room_of(p) not in (None, "web") and not is_leaf(p) and name_of(p) not in MAY_IMPORT_FLASK
    ],
    ids=name_of,
)
def test_models_and_services_are_free_of_flask(path):
    assert [name for name in imports_of(path) if name.split(".")[0] == "flask"] == []


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_pandas_is_imported_only_where_tables_are_built_and_only_when_needed(path):
    tree = ast.parse(path.read_text("utf-8"))
    at_the_top = [
        node
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and "pandas" in ast.unparse(node)
    ]
    anywhere = [name for name in imports_of(path) if name.split(".")[0] == "pandas"]

    assert at_the_top == []
    if room_of(path) not in ("sheets", "exporting"):
        assert anywhere == []


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_modules_and_functions_stay_short(path):
    text = path.read_text("utf-8")
    functions = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions}

    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}
    assert text.count("\n") <= LONGEST_MODULE


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_only_the_clock_reads_the_time_and_only_settings_the_environment(path):
    text = path.read_text("utf-8")

    if path.name != "clock.py":
        assert re.findall(r"datetime\.now\(|datetime\.utcnow|date\.today|time\.time\(", text) == []
    if path.name != "settings.py":
        assert re.findall(r"os\.environ|os\.getenv", text) == []


@pytest.mark.parametrize("path", [p for p in modules() if not is_leaf(p)], ids=name_of)
def test_services_do_not_commit(path):
    """The worker's loops commit unit by unit through `writing`; nothing else commits at all."""
    if path.name == "database.py":
        return
    assert ".commit()" not in path.read_text("utf-8")


def test_every_view_states_its_permission(app):
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and not isinstance(getattr(view, "permission", None), Permission)
    ]

    assert silent == []


def test_an_application_with_a_silent_view_does_not_start():
    application = Flask("silent")
    application.add_url_rule("/", "silent", lambda: "")

    with pytest.raises(UnstatedPermission, match="silent"):
        check_every_view(application)


def test_views_ask_whether_it_is_a_post_since_a_head_is_no_get():
    compared = [
        (name_of(path), ast.unparse(node))
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Compare)
        and ast.unparse(node.left).endswith(".method")
        and "'GET'" in ast.unparse(node)
    ]

    assert compared == []


STATEMENTS = {"sa.text", "sa.literal_column", "sqlalchemy.text"}
# A word that is written there, and numbers.
MAY_BUILD = {
    ("web/counts.py", "TABLE.format(kind=kind)"),
    ("database.py", "f'SET LOCAL lock_timeout = {left}'"),
}


def test_no_statement_is_built_of_strings():
    built = {
        (name_of(path), ast.unparse(node.args[0]))
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and node.args and not isinstance(node.args[0], ast.Constant)
        if ast.unparse(node.func) in STATEMENTS or ast.unparse(node.func).endswith("_driver_sql")
    }

    assert built == MAY_BUILD


def test_templates_escape_everything():
    texts = {
        path: path.read_text("utf-8") for path in (ROOT / "templates").rglob("*") if path.is_file()
    }

    assert [
        path.name for path, text in texts.items() if re.search(r"\|\s*safe\b|autoescape", text)
    ] == []


def test_models_equal_migrations_up_and_down(empty_engine):
    config = migrating.config_for(empty_engine)

    command.upgrade(config, "head")
    command.check(config)
    assert migrating.pending_count(empty_engine) == 0
    command.downgrade(config, "base")

    assert set(sa.inspect(empty_engine).get_table_names()) == {"alembic_version"}


def test_migrations_make_every_check_that_the_models_name(empty_engine):
    """Alembic does not compare CHECK constraints: a forgotten one would be missed."""
    migrating.upgrade(empty_engine)
    inspector = sa.inspect(empty_engine)

    for table in Base.metadata.sorted_tables:
        named = {
            str(empty_engine.dialect.identifier_preparer.format_constraint(constraint)).strip('"')
            for constraint in table.constraints
            if isinstance(constraint, sa.CheckConstraint)
        }
        made = {check["name"] for check in inspector.get_check_constraints(table.name)}
        assert named == made, table.name


def test_every_table_is_known_to_the_migrations():
    assert len(wiring.MODELS) == len(list(PACKAGE.glob("*/models.py")))


def test_the_migrations_form_one_line(empty_engine):
    latest_first = [
        *ScriptDirectory.from_config(migrating.config_for(empty_engine)).walk_revisions()
    ]
    before = [*(one.revision for one in latest_first[1:]), None]

    assert [one.down_revision for one in latest_first] == before


def test_each_file_of_tests_runs_in_one_worker():
    """What its tests look at together is made once; groups, which pytest-xdist loses, are none."""
    runs = [
        it for it in (ROOT / "Makefile").read_text("utf-8").splitlines() if "pytest -q -n" in it
    ]

    assert len(runs) == 4
    assert [it for it in runs if "--dist loadfile" not in it] == []
    mark = "xdist_" + "group"
    assert [it for it in (ROOT / "tests").rglob("*.py") if mark in it.read_text("utf-8")] == []


def test_the_readme_lists_the_settings_as_they_are():
    assert settings_table.table() in (ROOT / "README.md").read_text("utf-8")


def test_the_top_level_holds_only_what_belongs_there():
    allowed = {
        "consultation", "templates", "static", "migrations", "exports", "tests", "pyproject.toml",
        "README.md", "README.en.md", "Makefile", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE",
        "constraints.txt",
    }  # fmt: skip
    made_by_running = {"instance", "build", "dist"}

    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert found - allowed - made_by_running == set()
