"""Rules of the house that a machine can hold."""

import ast
import difflib
import importlib.metadata
import itertools
import re
import sys
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from flask import Flask

from consultation.db import upgrade
from consultation.db.base import Base
from consultation.db.permanent_rows import PERMANENT
from consultation.editions.models import Edition
from consultation.web.permissions import Permission, UnstatedPermission, check_every_view
from tests import settings_table
from tests.pins import canonical
from tests.sources import calls_of, nodes_of, tree_of

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "consultation"
# Services import only packages that come before theirs; views may import any service.
ORDER = [
    "clock", "calendar", "text", "files", "settings", "i18n", "token_addresses", "logs", "imports",
    "subprocesses", "cores", "turns", "crypto", "db", "extensions", "jobs", "web",
    "work", "spreadsheets", "readability", "records", "typesetting", "mail", "accounts", "editions",
    "site_settings", "collective", "plan", "institutions", "questionnaires", "recordings",
    "responses",
    "invitations", "translators", "inbox", "moderation", "results", "decisions", "exports",
    "documents", "reports",
    "operations", "privacy", "readings",
    "dashboard", "demo", "worker", "server", "cli", "app",
]  # fmt: skip
FIRST_ROOM = ORDER.index("jobs")
LEAVES = {"views", "forms", "handlers", "posted", "acceptance", "page", "page_context"}
NO_LEAF = {"moderation/texts/page.py"}  # the view model of a page: no Flask
# Adapters that are made of Flask's own parts.
MAY_IMPORT_FLASK = {
    "accounts/models.py", "accounts/sign_in/hashes.py",
    "accounts/sign_in/known_browser.py", "accounts/sign_in/rate_limits.py",
    "accounts/sign_in/signed_in.py", "documents/html.py", "mail/rendering.py",
    "mail/transport.py", "questionnaires/rounds/choice.py", "responses/rights/attachments.py",
    "responses/space/cookie.py",
    "site_settings/config.py",
    "spreadsheets/import_flow.py", "typesetting/attachment.py", "work/actions.py", "work/lists.py",
}  # fmt: skip
FREE = {"web", "server", "cli", "app", "worker", "extensions", "dashboard"}
"""Packages that are made of Flask, or run it."""
LONGEST_FUNCTION, LONGEST_MODULE, LONGEST_PACKAGE = 40, 600, 15
OF_ONE_KIND = {"cli", "questionnaires/kinds", "exports/workbook/sheets"}
LONGEST_OF_ONE_KIND = 24
"""A package of things of one kind is a list: who reads one has read them all."""


@cache
def modules():
    return sorted(PACKAGE.rglob("*.py"))


def every(paths):
    """Hold a rule against each path in one test: a test a path would cost more than the rules."""

    def decorate(rule):
        def test():
            broken = {}
            for path in paths:
                try:
                    rule(path)
                except AssertionError as error:
                    broken[path.relative_to(PACKAGE).as_posix()] = str(error)
            assert broken == {}

        test.__doc__ = rule.__doc__
        return test

    return decorate


def name_of(path):
    return path.relative_to(PACKAGE).as_posix()


def package_of(path):
    """The package below `consultation`, or the module that stands there by itself."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def is_leaf(path):
    named = path.stem in LEAVES or path.stem.endswith("_views")
    return named and name_of(path) not in NO_LEAF


@cache
def imports_of(path):
    """Every module that `path` imports, by its full name, wherever in the file."""
    names = []
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


@every([p for p in modules() if p != PACKAGE / "__init__.py" and not is_leaf(p)])
def test_services_import_only_packages_before_theirs(path):
    allowed = set(ORDER[: ORDER.index(package_of(path)) + 1])

    reached = {name.split(".")[1] for name in imports_of(path) if name.startswith("consultation.")}

    assert (reached & set(ORDER)) - allowed == set()


def test_order_names_every_package():
    assert {package_of(path) for path in modules()} - {"__init__"} == set(ORDER)


@every(modules())
def test_views_are_imported_by_views_of_their_package_and_the_application_only(path):
    reached = {
        name
        for name in imports_of(path)
        if name.startswith("consultation.")
        and any(part in LEAVES or part.endswith("_views") for part in name.split(".")[2:])
        and "moderation.texts.page" not in name
        and not name.startswith("consultation.web.forms")  # what forms are made of, not one
    }

    if is_leaf(path):
        reached = {name for name in reached if name.split(".")[1] != package_of(path)}
    if package_of(path) in ("app", "cli"):
        reached = set()
    assert reached == MAY_REACH_VIEWS.get(name_of(path), set())


PLAN_FORMS = "consultation.plan.forms"
STATUS_FORMS = "consultation.plan.statuses.forms"
MAY_REACH_VIEWS = {
    # A proposal is taken over by the form of a value.
    "results/proposed_values/views.py": {
        "consultation.plan.values.forms", "consultation.plan.values.forms.ValueForm",
    },
    # A decision words an indicator by the fields and the rules by which the plan words it.
    "decisions/staff/forms.py": {
        PLAN_FORMS, f"{PLAN_FORMS}.INDICATOR", f"{PLAN_FORMS}.ColumnField",
        f"{PLAN_FORMS}.WordingForm", f"{PLAN_FORMS}.check_indicator_code",
        f"{PLAN_FORMS}.indicator_values",
    },
    "reports/views.py": {"consultation.documents.public.handlers"},
    # An institution is shown a judgement, typed by the fields and the rules of the others.
    "institutions/replies/forms.py": {
        STATUS_FORMS, f"{STATUS_FORMS}.AssessmentForm", f"{STATUS_FORMS}.values_of",
    },
}  # fmt: skip


@every(
    [
        p
        for p in modules()
        if package_of(p) not in FREE
        and p != PACKAGE / "__init__.py"
        and not is_leaf(p)
        and name_of(p) not in MAY_IMPORT_FLASK
    ]
)
def test_models_and_services_are_free_of_flask(path):
    assert [name for name in imports_of(path) if name.split(".")[0] == "flask"] == []


@every(modules())
def test_pandas_is_imported_only_where_tables_are_built_and_only_when_needed(path):
    tree = tree_of(path)
    at_the_top = [
        node
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and "pandas" in ast.unparse(node)
    ]
    anywhere = [name for name in imports_of(path) if name.split(".")[0] == "pandas"]

    assert at_the_top == []
    if not name_of(path).startswith(("spreadsheets/", "exports/workbook/")):
        assert anywhere == []


@every(modules())
def test_modules_and_functions_stay_short(path):
    text = path.read_text("utf-8")
    functions = [
        node for node in nodes_of(path) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions}

    assert {name: lines for name, lines in long.items() if lines > LONGEST_FUNCTION} == {}
    assert text.count("\n") <= LONGEST_MODULE


def folders():
    return sorted({path.parent for path in modules()})


@every(folders())
def test_packages_stay_small_and_list_their_modules(folder):
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8")))
    listed = re.findall(r"^- ([a-z0-9_]+/?):", docstring, re.MULTILINE)
    modules_of = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    packages = {f"{path.parent.name}/" for path in folder.glob("*/__init__.py")}

    is_of_one_kind = name_of(folder) in OF_ONE_KIND
    assert len(modules_of) <= (LONGEST_OF_ONE_KIND if is_of_one_kind else LONGEST_PACKAGE)
    assert len(folder.relative_to(PACKAGE).parts) <= 3
    assert sorted(listed) == sorted(modules_of | packages)


def singulars(stem):
    endings = (stem.removesuffix(ending) for ending in ("s", "es", "ing"))
    return {stem, *endings, re.sub("ies$", "y", stem)}


@every(folders())
def test_modules_of_a_package_differ_by_more_than_an_ending(folder):
    stems = sorted(path.stem for path in folder.glob("*.py"))
    alike = [
        (one, other)
        for one, other in itertools.combinations(stems, 2)
        if difflib.SequenceMatcher(None, one, other).ratio() > 0.9
        or singulars(one) & singulars(other)
    ]

    assert alike == []


HOMONYMS = 95
"""Names that several classes have: one word, one meaning.  It may only fall."""


def test_no_more_classes_share_a_name():
    names = Counter(
        node.name for path in modules() for node in nodes_of(path) if isinstance(node, ast.ClassDef)
    )

    assert sum(count > 1 for count in names.values()) == HOMONYMS


NAMING_KINDS = {
    "demo/questions.py", "exports/workbook/sheets/codebook.py", 
    "questionnaires/editor/forms.py",
    "questionnaires/form/rendering.py", "questionnaires/outline/answer_comparability.py",
    "questionnaires/outline/question_validation.py", "responses/transcription.py",
    "results/indicators/summary.py", "results/tallies/queries.py",
}  # fmt: skip
"""Modules that name a kind of question: the shipped questions, and what the database compares."""


PUBLISHED_OTHERWISE = {
    "snapshot": "a newer one takes its place, and it may be withdrawn: no number, no preparation",
}
"""Tables of what a person publishes that is no edition, and why."""
STAMPS = {"prepared_by", "prepared_at", "published_by"}


def test_what_a_person_publishes_is_an_edition(app):
    others = {
        mapper.local_table.name
        for mapper in Base.registry.mappers
        if STAMPS & set(mapper.columns.keys()) and not issubclass(mapper.class_, Edition)
    }

    assert others == PUBLISHED_OTHERWISE.keys()
    for model in Edition.__subclasses__():
        assert (model.__tablename__, "published_at") in PERMANENT


def test_only_the_mechanism_of_editions_publishes_them():
    stamping = {
        name_of(path)
        for path in modules()
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if node.attr in STAMPS
    }

    assert stamping == {"editions/publication.py"}


def test_kinds_of_question_know_themselves():
    named = {
        name_of(path)
        for path in modules()
        if re.search(r"QuestionKind\.[A-Z]", path.read_text("utf-8"))
        and not name_of(path).startswith("questionnaires/kinds/")
    }

    assert named == NAMING_KINDS


def test_folders_of_tests_mirror_the_packages():
    tests = ROOT / "tests"
    tested = {
        folder.as_posix()
        for path in tests.rglob("test_*.py")
        for folder in path.relative_to(tests).parents
    }
    packages = {name_of(folder) for folder in folders()}

    # Of the whole site, and of what is beside it.
    beside = {"browser", "faults", "hearing", "hostile", "programmes", "surfaces"}
    assert tested - packages == beside
    # Its tests are those of the commands beside it.
    assert packages - tested == {"operations/keys"}


FIELD_GERUNDS = {"rendering", "screening", "clustering", "parsing"}
"""The field's own names for what is done there."""


@every(modules())
def test_modules_are_named_by_nouns(path):
    gerunds = {part for part in path.stem.split("_") if part.endswith("ing")}

    assert gerunds - FIELD_GERUNDS - {"finding", "keyring"} == set()


@every([p for p in modules() if p.stem == "views" or p.stem.endswith("_views")])
def test_views_have_routes(path):
    routes = re.findall(r"\.(?:get|post|route|add_url_rule)\(", path.read_text("utf-8"))

    assert routes


@every([p for p in modules() if p.stem == "forms" or p.stem.endswith("_forms")])
def test_forms_hold_forms(path):
    classes = [node for node in tree_of(path).body if isinstance(node, ast.ClassDef)]
    bases = [ast.unparse(base) for node in classes for base in node.bases]

    assert [base for base in bases if base.endswith("Form")] != []


@every(modules())
def test_only_the_clock_reads_the_time_and_only_settings_the_environment(path):
    text = path.read_text("utf-8")

    if path.name != "clock.py":
        assert re.findall(r"datetime\.now\(|datetime\.utcnow|date\.today|time\.time\(", text) == []
    if path.name != "settings.py":
        assert re.findall(r"os\.environ|os\.getenv", text) == []


@every([p for p in modules() if not is_leaf(p)])
def test_services_do_not_commit(path):
    """The worker's loops commit unit by unit through `writing`; nothing else commits at all."""
    if name_of(path) in ("db/base.py", "db/connection.py"):
        return
    assert ".commit()" not in path.read_text("utf-8")


WRITE_BY_HAND = {
    ("accounts/audit/views.py", "export"): "it serves a file, and notes it",
    ("accounts/profile_views.py", "renew_codes"): "it shows codes once, and leads nowhere",
    ("inbox/views.py", "set_aside"): "it says two sentences",
    ("plan/indicators/views.py", "silence"): "it displays the form again as it is typed",
}
"""Views of the team that post without `act`, and why."""


def test_views_of_the_team_that_post_are_actions():
    by_hand = {
        (name_of(path), node.name)
        for path in modules()
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef) and _posts_for_the_team(node)
        if any(isinstance(it, ast.With) and "writing(" in ast.unparse(it) for it in ast.walk(node))
    }

    assert by_hand == WRITE_BY_HAND.keys()


def _posts_for_the_team(view):
    decorators = [ast.unparse(it) for it in view.decorator_list]
    posts = any(".post(" in it or "'POST'" in it for it in decorators)
    permissions = [it for it in decorators if it.startswith("requires(")]
    return posts and permissions and "PUBLIC" not in permissions[0]


def test_every_view_states_its_permission(app):
    silent = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and not isinstance(getattr(view, "permission", None), Permission)
    ]

    assert silent == []


def test_application_with_a_silent_view_does_not_start():
    application = Flask("silent")
    application.add_url_rule("/", "silent", lambda: "")

    with pytest.raises(UnstatedPermission, match="silent"):
        check_every_view(application)


def test_views_ask_whether_it_is_a_post_since_a_head_is_no_get():
    compared = [
        (name_of(path), ast.unparse(node))
        for path in modules()
        for node in nodes_of(path)
        if isinstance(node, ast.Compare)
        and ast.unparse(node.left).endswith(".method")
        and "'GET'" in ast.unparse(node)
    ]

    assert compared == []


STATEMENTS = {"sa.text", "sa.literal_column", "sqlalchemy.text"}
# A word that is written there, numbers, and what SQLAlchemy has compiled of a statement.
MAY_BUILD = {
    ("db/statements.py", "compiled.text"),
    ("db/base.py", "f'SET LOCAL lock_timeout = {left}'"),
}


def test_no_statement_is_built_of_strings():
    built = {
        (name_of(path), ast.unparse(node.args[0]))
        for path in modules()
        for node in calls_of(path)
        if node.args and not isinstance(node.args[0], ast.Constant)
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
    config = upgrade.config_for(empty_engine)

    command.upgrade(config, "head")
    command.check(config)
    assert upgrade.pending_count(empty_engine) == 0
    command.downgrade(config, "base")

    assert set(sa.inspect(empty_engine).get_table_names()) == {"alembic_version"}


def checks_of(engine):
    """CHECK constraints by table and name, as the database prints them."""
    inspector = sa.inspect(engine)
    return {
        (table, check["name"]): check["sqltext"]
        for table in inspector.get_table_names()
        for check in inspector.get_check_constraints(table)
    }


def test_migrations_make_every_check_as_the_models_do(empty_engine):
    """Alembic does not compare CHECK constraints: a new member of an enum would be refused."""
    upgrade.upgrade(empty_engine)
    migrated = checks_of(empty_engine)
    Base.metadata.drop_all(empty_engine)
    Base.metadata.create_all(empty_engine)

    assert migrated == checks_of(empty_engine)
    assert len(migrated) == sum(
        isinstance(constraint, sa.CheckConstraint)
        for table in Base.metadata.sorted_tables
        for constraint in table.constraints
    )


def test_every_table_is_known_to_the_migrations(app):
    models = {f"consultation.{name_of(path)[:-3].replace('/', '.')}" for path in modules()
              if path.stem == "models"}  # fmt: skip

    assert len(models) > 10
    assert models <= set(sys.modules)


def test_migrations_form_one_line(empty_engine):
    latest_first = [*ScriptDirectory.from_config(upgrade.config_for(empty_engine)).walk_revisions()]
    before = [*(one.revision for one in latest_first[1:]), None]

    assert [one.down_revision for one in latest_first] == before


def test_each_file_of_tests_runs_in_one_worker():
    """What its tests look at together is made once; groups, which pytest-xdist loses, are none."""
    lines = (ROOT / "Makefile").read_text("utf-8").splitlines()
    [definition] = [it for it in lines if it.startswith("PYTEST :=")]

    assert definition.endswith("--dist loadfile")
    assert sum("$(PYTEST) -n" in it for it in lines) == 9
    assert [it for it in lines if "pytest" in it and " -n " in it] == []
    mark = "xdist_" + "group"
    assert [it for it in (ROOT / "tests").rglob("*.py") if mark in it.read_text("utf-8")] == []


def test_documentation_lists_the_settings_as_they_are():
    assert settings_table.table() in (ROOT / "docs/reglages.md").read_text("utf-8")


def test_top_level_holds_only_what_belongs_there():
    allowed = {
        "consultation", "templates", "static", "migrations", "exports", "tests", "pyproject.toml",
        "README.md", "README.en.md", "docs", "Makefile", "CHANGELOG.md", "CONTRIBUTING.md",
        "LICENSE", "constraints.txt",
    }  # fmt: skip
    made_by_running = {"instance", "build", "dist"}

    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}

    assert found - allowed - made_by_running == set()


def importers_of(path):
    """The other modules of ours that import the module."""
    name = f"consultation.{name_of(path)[:-3].replace('/', '.')}"
    return [other for other in modules() if other != path and name in imported()[other]]


@cache
def imported():
    return {path: set(imports_of(path)) for path in modules()}


ENQUEUE_A_MAIL = {
    "accounts/invitations.py": "a link to the person who is invited to the team",
    "accounts/sign_in/passwords.py": "a link to the account that asked for it",
    "exports/orders/notification.py": "to the account that ordered the workbook",
    "inbox/confirmation.py": "to the sender of a mail",
    "institutions/replies/requests.py": "the first mail to one institution",
    "invitations/mailings/sender.py": "to many, the next chosen under the lock of their mailing",
    "mail/circulars.py": "to many",
    "mail/outbox_actions.py": "the test of the mail server",
    "moderation/danger/alerts.py": "to the one referent, ten an hour where words raise them",
    "responses/rights/withdrawal.py": "the confirmation to one respondent",
    "responses/space/link_mail.py": "the link of one respondent",
    "responses/space/recovery.py": "the links of one address, in as many mails as they fill",
    "responses/submission/acknowledgement.py": "the acknowledgement to one respondent",
}
"""Modules that enqueue a mail by itself, and to whom: all mail to many is one by `circulars`."""


def test_mail_to_many_is_enqueued_by_circulars():
    alone = {"outbox": {"enqueue", "prepare", "enqueue_gathered"}, "circulars": {"enqueue"}}
    enqueuing = {
        name_of(path)
        for path in modules()
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and node.attr in alone.get(ast.unparse(node.value), ())
    }
    by_name = {
        f"consultation.mail.{module}.{name}" for module, names in alone.items() for name in names
    }

    assert enqueuing == ENQUEUE_A_MAIL.keys()
    assert [name_of(path) for path in modules() if by_name & set(imports_of(path))] == []


@cache
def reached_by_tests():
    """Every module that a test imports."""
    paths = (ROOT / "tests").rglob("test_*.py")
    return {name for path in paths for name in imports_of(path)}


@every(modules())
def test_docstrings_name_the_thing(path):
    """« Return what … » leaves the reader to guess the noun."""
    texts = (
        ast.get_docstring(it) or ""
        for it in nodes_of(path)
        if isinstance(it, ast.FunctionDef | ast.ClassDef)
    )

    vague = [it for it in texts if re.match(r"(Return|Yield|Say)s? what\b", it)]
    assert vague == []


ROLES = {
    "models", "forms", "views", "queries", "labels", "importer", "reader", "writer", "jobs",
}  # fmt: skip
"""Names that mean the same in every package."""


DEPENDENCIES_BY_NAME = {
    "pypdfium2": "loaded in a process of its own, under limits",
    "tzdata": "the standard library reads it where the system has no time zones",
}


def test_every_dependency_is_imported():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    needed = {re.match(r"[\w.-]+", line)[0] for line in listed}
    imported = {name.split(".")[0] for path in modules() for name in imports_of(path)}
    providers = importlib.metadata.packages_distributions()
    used = {canonical(it) for name in imported for it in providers.get(name, ())}

    assert {it for it in needed if canonical(it) not in used} == set(DEPENDENCIES_BY_NAME)


@every([p for p in modules() if len(p.read_text("utf-8").splitlines()) < 60])
def test_small_module_with_one_importer_is_part_of_it(path):
    """Unless its role or a test of its own says why, or it is one of the table of its package."""
    importers = [p for p in importers_of(path) if package_of(p) == package_of(path)]
    is_alone = len(importers_of(path)) == len(importers) == 1

    if is_alone and importers[0].stem != "__init__" and path.stem not in ROLES:
        assert f"consultation.{name_of(path)[:-3].replace('/', '.')}" in reached_by_tests()
