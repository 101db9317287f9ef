"""Every string that is stored, public or in somebody's hands, however the code is arranged.

`python -m tests.stored_strings` writes the list anew.  A line that goes or changes breaks what was
stored, sent or noted before; a migration, or a way to read the old one too, has to come with it.
"""

import ast
import inspect
import re
import tempfile
import textwrap
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from wtforms.fields.core import UnboundField

from consultation import create_app, settings
from consultation.accounts.audit.labels import GROUPS
from consultation.db import erasure_log
from consultation.db.base import Base
from consultation.i18n import LOCALES
from consultation.jobs import queue, worker
from consultation.mail import kinds
from consultation.web.forms import StaffForm

ROOT = Path(__file__).parent.parent
LIST = Path(__file__).with_suffix(".txt")
SIGNING = {"sign", "unsign", "blind_index"}
FIELD = re.compile(r"""\bname=["']([a-z_]+)["']""")
FILTER = re.compile(r"ListFilter(?:\[\w+\])?\(\s*\"(\w+)\"")


def lines(app):
    """Return the list for an application, a kind and a string on each line."""
    found = {
        "address": {f"{it.rule} {' '.join(sorted(it.methods))}" for it in app.url_map.iter_rules()},
        "former": set(_former(app)),
        "column": {f"{column.table.name}.{column.name}" for column in _columns()},
        "member": set(_members()),
        "setting": {setting.name for setting in settings.SETTINGS},
        "message": set(kinds._kinds),
        "job": set(queue._kinds),
        "task": set(worker._tasks),
        "erasure": set(erasure_log._replays),
        "action": {action for group in GROUPS.values() for action in group},
        "purpose": set(_first_arguments(SIGNING)),
        "deduplication": set(_deduplication()),
        "field": _fields(),
    }  # fmt: skip
    return sorted(f"{kind}: {value}" for kind, values in found.items() for value in values)


def _former(app):
    """The addresses that lead to others for good, each with the endpoints that took its place."""
    for rule in app.url_map.iter_rules():
        for node in ast.walk(_function(app.view_functions[rule.endpoint])):
            match node:
                case ast.Call(
                    func=ast.Name("redirect"),
                    args=[ast.Call(args=[ast.Constant(endpoint)]), ast.Constant(301)],
                ):
                    yield f"{rule.rule} -> {endpoint}"


def _function(view):
    return ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(view))))


def _columns():
    return [column for table in Base.metadata.sorted_tables for column in table.columns]


def _members():
    for column in _columns():
        if isinstance(column.type, sa.Enum):
            yield from (f"{column.table.name}.{column.name} {value}" for value in column.type.enums)


@cache
def _modules():
    paths = sorted((ROOT / "consultation").rglob("*.py"))
    return [ast.parse(path.read_text("utf-8")) for path in paths]


def _constants(tree):
    """The strings that a module gives a name."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    } | {
        name.id: value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple)
        for target in node.targets
        if isinstance(target, ast.Tuple)
        for name, value in zip(target.elts, node.value.elts, strict=True)
        if isinstance(value, ast.Constant)
    }


def _first_arguments(methods):
    """What calls of these methods of a keyring are given first, as far as it is a string."""
    for tree in _modules():
        constants = _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in methods:
                yield from _strings(node.args[:1], constants)


def _strings(nodes, constants):
    for node in nodes:
        if isinstance(node, ast.IfExp):
            yield from _strings([node.body, node.orelse], constants)
        elif isinstance(node, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield _pattern(node)
        elif isinstance(node, ast.Name) and isinstance(constants.get(node.id), str):
            yield constants[node.id]


def _deduplication():
    for tree in _modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.keyword) and node.arg == "dedup_key":
                yield from _strings([node.value], {})


def _pattern(node):
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)


def _fields():
    """Return the names of form fields: those of templates, of lists' filters, and of WTForms."""
    pages = sorted((ROOT / "templates").rglob("*.html"))
    written = {name for page in pages for name in FIELD.findall(page.read_text("utf-8"))}
    modules = (ROOT / "consultation").rglob("*.py")
    filters = {name for it in modules for name in FILTER.findall(it.read_text("utf-8"))}
    return written | filters | set(_form_fields()) | set(_controls(StaffForm))


def _form_fields():
    classes = (it for tree in _modules() for it in ast.walk(tree) if isinstance(it, ast.ClassDef))
    for node in (assigned for it in classes for assigned in it.body):
        match node:
            case ast.Assign(targets=[ast.Name(id=attribute)], value=ast.Call(func=func) as call):
                if getattr(func, "id", getattr(func, "attr", "")).endswith("Field"):
                    given = {it.arg: getattr(it.value, "value", None) for it in call.keywords}
                    yield given.get("name", attribute)
                    if getattr(func, "id", "") == "OptionsField":
                        item = given.get("item", "option")
                        yield from (f"{item}_{part}" for part in ("code", *LOCALES))


def _controls(form):
    """The names of controls that are made from the descriptions of records."""
    for made in form.__subclasses__():
        for attribute in dir(made):
            if isinstance(unbound := getattr(made, attribute), UnboundField):
                yield unbound.name or attribute
        yield from _controls(made)


def main():
    """Write the list of an application as it is set up for one machine."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        app = create_app(
            {"HOME": home, "KEYS_DIR": home / "keys", "BASE_URL": "http://127.0.0.1:8000"}
        )
        LIST.write_text("\n".join(lines(app)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
