"""What every application of the suite would work out again, worked out once for each process.

Each test has an application, an engine and a database of its own: nothing that a test does to
them reaches another.  What is kept here follows from its source alone and never changes: compiled
addresses, templates and statements.  Without it the suite takes twice as long and says the same.
"""

import gc
import marshal
import os
import tempfile
from pathlib import Path

from flask import Flask
from jinja2 import BytecodeCache
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

_rules = {}
_compile_rule = Rule.compile
_statements = LRUCache(4000)


def _compile_rule_once(rule):
    """Do what Werkzeug does, or take it from a rule that said the same.

    None of our converters asks its map anything, so that those of another map serve as well.
    """
    said = repr((
        rule.rule, rule.host, rule.subdomain, rule.merge_slashes, rule.map.host_matching,
        rule.defaults, rule.arguments,
    ))  # fmt: skip
    if said not in _rules:
        _compile_rule(rule)
        builders = rule._build.__func__, rule._build_unknown.__func__
        _rules[said] = (rule._parts, rule._trace, rule._converters, set(rule.arguments), builders)
    rule._parts, rule._trace, rule._converters, arguments, builders = _rules[said]
    rule.arguments = set(arguments)
    rule._build, rule._build_unknown = (builder.__get__(rule, None) for builder in builders)


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
    """Compile each address once; to be called before the first application is made."""
    Rule.compile = _compile_rule_once


def compile_templates():
    """Compile all templates for the servers that this process will become.

    An application is needed, which is made in another process: this one knows none, as a server
    that starts.
    """
    reads, writes = os.pipe()
    if os.fork() == 0:
        os.close(reads)
        with os.fdopen(writes, "wb") as told:
            marshal.dump(_all_compiled(), told)
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as told:
        _templates.kept.update(marshal.load(told))
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _templates}


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
    gc.set_threshold(20_000, 20, 20)
