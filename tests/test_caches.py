"""What lasts as long as a process and grows by what it is asked: each has a bound."""

import ast
import gc
import weakref
from pathlib import Path

import pytest

from consultation import create_app
from consultation.plan.search import index, stems
from consultation.questionnaires.form.instrument import Instrument, InstrumentCache
from consultation.typesetting import font_coverage
from tests.sources import tree_of

PACKAGE = Path(__file__).parent.parent / "consultation"
WITHOUT_LIMIT = {
    "app.py: _modules": "the roles of modules that the application names",
    "db/inserts.py: _defaults": "one for each table",
    "db/inserts.py: _insert": "one for each set of columns that a table's rows are given",
    "db/inserts.py: _insert_once": "one for each set of columns that a table's rows are given",
    "mail/letters/placeholders.py: _names": "one for each kind of mail",
    "mail/outbox.py: _hints": "one for each kind of mail",
    "operations/backups/schemas.py: _of_migrated_file": "of the backup that a command looks at",
    "readability/explanations.py: explanations": "one for each language",
    "readability/rules.py: rules_of": "one for each language",
    "readings/catalogue.py: texts_of": "one for each page of a language whose readers are named",
    "responses/submission/context.py: _in_force": "four statements",
    "i18n.py: _files": "one for each file that languages have",
    "web/locale.py: catalogue_of": "one for each language",
    "web/locale.py: _texts_of": "one for each language",
    "web/site/audited_pages.py: _fingerprint": "one for each audited page",
}
"""Functions with arguments that remember all their results, and why these are few."""
REGISTRIES = {
    "db/erasure_log.py: _replays", "db/permanent_rows.py: PERMANENT",
    "jobs/erase_copies.py: _cleaners", "responses/rights/trial_erasure.py: _removers",
    "jobs/erase_copies.py: _sweepers", "jobs/queue.py: _kinds", "jobs/worker.py: _runs",
    "jobs/worker.py: _stops", "jobs/worker.py: _tasks", "mail/kinds.py: _kinds",
    "mail/mailbox_identity.py: _parts", "responses/plan_changes.py: _keepers",
    "invitations/mailings/audiences.py: _audiences", "accounts/audit/queries.py: _namers",
    "responses/rights/erasure.py: _erasers", "responses/rights/erasure.py: _finders",
}  # fmt: skip
"""Filled as the application is built."""
BOUNDED = {
    "cores.py: _every_core", "db/connection.py: _silent_until",
    "typesetting/font_coverage.py: _is_drawn",
}  # fmt: skip
"""As many as the machine or the settings have, or emptied at their limit."""

OF_THE_APPLICATION = {
    "responses/submission/views.py: 'consultation_receipts'": "200 shapes",
    "results/public/views.py: OVERVIEW": "600 measures, a few lines each",
}
"""Emptied at their limit."""


def places(wanted):
    """The names of what is wanted, with their modules."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for name in wanted(tree_of(path)):
            yield f"{path.relative_to(PACKAGE).as_posix()}: {name}"


def without_limit(tree):
    """Functions that remember a result for each of their arguments, however many there are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and (node.args.args or node.args.kwonlyargs):
            decorators = {ast.unparse(it).removeprefix("functools.") for it in node.decorator_list}
            if decorators & {"cache", "lru_cache(maxsize=None)", "lru_cache(None)"}:
                yield node.name


def empty_at_first(tree):
    """Variables of a module that begin as an empty collection."""
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            yield from [ast.unparse(target)] if is_empty(node.value) else []


def is_empty(value):
    return ast.unparse(value) in ("{}", "[]", "set()", "dict()", "list()")


def kept_by_the_application(tree):
    """Empty collections that are given to the application, which lasts as long as its process."""
    for node in ast.walk(tree):
        for target in node.targets if isinstance(node, ast.Assign) else ():
            pairs = [(target, node.value)]
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                pairs = zip(target.elts, node.value.elts, strict=True)
            for name, value in pairs:
                if ast.unparse(name).startswith("app.extensions[") and is_empty(value):
                    yield ast.unparse(name.slice)


def test_functions_that_remember_everything_are_asked_few_things():
    assert set(places(without_limit)) == set(WITHOUT_LIMIT)


def test_collections_of_a_module_are_registries_or_have_a_limit():
    constant = {"questionnaires/form/rendering.py: NOTHING"}

    assert set(places(empty_at_first)) - constant == REGISTRIES | BOUNDED


def test_what_the_application_keeps_is_packed_or_has_a_limit():
    assert set(places(kept_by_the_application)) == set(OF_THE_APPLICATION)


@pytest.mark.parametrize("count", [3, 50])
def test_instrument_cache_keeps_the_last_of_its_size(count):
    cache = InstrumentCache(size=3)

    for number in range(count):
        cache._put(Instrument(number, f"form-{number}", 1, None, 1, {}, ()))

    assert list(cache._read) == [f"form-{number}" for number in range(count - 3, count)]


def test_font_coverage_forgets_at_its_limit(monkeypatch):
    monkeypatch.setattr(font_coverage, "MOST_REMEMBERED", 3)
    monkeypatch.setattr(font_coverage, "_is_drawn", {})
    monkeypatch.setattr(font_coverage, "_are_drawn", lambda characters: [True] * len(characters))

    sizes = [len(font_coverage._is_drawn) for it in "中文字符集" if not font_coverage.not_drawn(it)]

    assert sizes == [1, 2, 3, 1, 2]


def test_search_keeps_the_words_of_the_last_few_plans_only():
    for number in range(50):
        index._index(((1, "code", f"M{number}"),))

    assert index._index.cache_info().currsize == index._index.cache_info().maxsize == 4
    assert stems.stem.cache_info().maxsize == 20_000


def test_application_is_let_go_once_another_is_made(settings, databases):
    """What registers itself does so under a name: else each application would hold on to all."""
    first = weakref.ref(create_app(settings))
    create_app(settings)
    gc.collect()

    assert first() is None
