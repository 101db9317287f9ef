"""What every application of the suite would work out again, worked out once for each process.

Each test has an application, an engine and a database of its own: nothing that a test does to
them reaches another.  What is kept here follows from its source alone and never changes: compiled
addresses, templates and statements.  Without it the suite takes twice as long and says the same.
"""

import gc
import marshal
import os
import sys
import tempfile
from copy import copy
from importlib import import_module
from pathlib import Path

from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map
from werkzeug.routing.matcher import StateMachineMatcher

SELDOM = 50_000
"""Objects made before the garbage collector looks at the new ones; else 700."""

_compiled = {}
_statements = LRUCache(4000)


class _Addresses(Map):
    """The addresses of an application, compiled once for all applications that have the same."""

    def __init__(self, *arguments, **options):
        self.rules = []
        super().__init__(*arguments, **options)

    def add(self, rulefactory):
        self.rules += rulefactory.get_rules(self)
        self._remap = True

    def update(self):
        if not self._remap:
            return
        said = tuple(
            (rule.rule, rule.endpoint, frozenset(rule.methods or ()), repr(rule.defaults))
            for rule in self.rules
        )
        if said not in _compiled:
            _compiled[said] = self._compile()
        self._matcher, self._rules_by_endpoint = _compiled[said]
        self._remap = False

    def _compile(self):
        self._matcher, self._rules_by_endpoint = StateMachineMatcher(self.merge_slashes), {}
        for rule in self.rules:
            super().add(copy(rule))
        super().update()
        return self._matcher, self._rules_by_endpoint


class _Templates(BytecodeCache):
    """The compiled templates, by their name and what is written in them."""

    def __init__(self):
        self.kept = {}

    def load_bytecode(self, bucket):
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self.kept[bucket.key, bucket.checksum] = bucket.code


_templates = _Templates()


def prepare():
    """Compile addresses once; to be called before the first application is made.

    What is imported from then on lives as long as the process: the collector looks at it later.
    """
    gc.set_threshold(SELDOM)
    Flask.url_map_class = _Addresses


def compile_templates(imports_pages):
    """Compile all templates for the servers that this process will become, and import their pages.

    An application is needed, which is made in another process: this one knows none, as a server
    that starts.
    """
    reads, writes = os.pipe()
    if os.fork() == 0:
        os.close(reads)
        with os.fdopen(writes, "wb") as told:
            marshal.dump((_all_compiled(), list(sys.modules)), told)
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as told:
        compiled, modules = marshal.load(told)
    _templates.kept.update(compiled)
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _templates}
    if imports_pages:
        for name in modules:
            if name.startswith("consultation."):
                import_module(name)


def compile_patterns():
    """Compile what texts are screened with, for the processes that this one will fork."""
    phrases, names = map(
        import_module,
        ("consultation.moderation.danger.phrases", "consultation.moderation.detectors.names"),
    )
    phrases.has_any("")
    names.patterns()


def _all_compiled():
    from consultation.__init__ import create_app

    with tempfile.TemporaryDirectory() as home:
        app = create_app({"HOME": Path(home), "DATABASE_URL": "sqlite://", "TESTING": True})
        app.jinja_env.bytecode_cache = _templates
        for name in app.jinja_env.list_templates():
            app.jinja_env.get_template(name)
    return _templates.kept


def warm_up(app, engine, dialect):
    """Let an application and its engine take what others have compiled.

    SQLAlchemy keeps statements by dialect: `dialect` is that of an engine that has connected.
    """
    app.jinja_env.bytecode_cache = _templates
    engine.dialect = dialect
    engine.update_execution_options(compiled_cache=_statements)


def spare_the_collector():
    """Let the garbage collector pass by what lives as long as the process: modules and tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM, 20, 20)
