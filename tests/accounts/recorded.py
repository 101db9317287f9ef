"""Actions that the sources record in the audit log, also where a function forwards them."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parent.parent.parent / "consultation"
AUDIT_LOG = PACKAGE / "accounts" / "audit" / "audit_log.py"
NAMES = {"audit_log"}
PLACES = {"log": 1, "record": 2}
"""Where functions of `audit_log` are given the action, among their positional arguments."""


def recorded_actions():
    """Return the actions, and the places whose action the sources do not spell out."""
    modules = {
        path: ast.parse(path.read_text("utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != AUDIT_LOG
    }
    actions, unknown = set(), []
    for path, tree in modules.items():
        for call, around in _calls(tree, _is_record):
            given = _argument(call, PLACES[call.func.attr], "action")
            actions_of_call = _texts(given, around, tree, modules)
            if None in actions_of_call:
                unknown.append(f"{path.relative_to(PACKAGE)}:{call.lineno}")
            actions |= actions_of_call - {None}
    return actions, unknown


def places_that_bypass():
    """Return where an event is made otherwise than by `audit_log`."""
    return [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path != AUDIT_LOG
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) == "AuditEvent"
    ]


def _name(node):
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)


def _is_record(node):
    by_module = isinstance(node, ast.Attribute) and _name(node.value) in NAMES
    return by_module and node.attr in PLACES


def _calls(tree, is_wanted):
    """Yield the calls whose function is wanted, each with the function it stands in.

    A function has the one around it as `outer`.
    """

    def visit(node, around):
        if isinstance(node, ast.FunctionDef):
            node.outer, around = around, node
        if isinstance(node, ast.Call) and is_wanted(node.func):
            yield node, around
        for child in ast.iter_child_nodes(node):
            yield from visit(child, around)

    return visit(tree, None)


def _argument(call, place, name):
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    return call.args[place] if len(call.args) > place else None


def _texts(node, around, tree, modules):
    """Return every text that `node` may be; None among them for what the sources do not say."""
    several = {
        ast.IfExp: lambda: (node.body, node.orelse),
        ast.Dict: lambda: node.values,
        ast.Subscript: lambda: (node.value,),
    }.get(type(node))
    if several:
        return set().union(*(_texts(part, around, tree, modules) for part in several()))
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.Name):
        return _texts_of_name(node.id, around, tree, modules)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _texts_returned(node.func.id, tree, modules)
    if isinstance(node, ast.Attribute) and _name(node.value) == "self":
        return _texts_of_field(node.attr, tree, modules)
    return {None}


def _texts_of_field(name, tree, modules):
    """Return what those who make an instance of the dataclass with this field give it."""
    texts = set()
    for made in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
        fields = [it.target.id for it in made.body if isinstance(it, ast.AnnAssign)]
        for module in modules.values() if name in fields else ():
            for call, around in _calls(module, lambda called, of=made: _name(called) == of.name):
                given = _argument(call, fields.index(name), name)
                texts |= _texts(given, around, module, modules)
    return texts or {None}


def _texts_of_name(name, around, tree, modules):
    parameters = (
        [part.arg for part in (*around.args.args, *around.args.kwonlyargs)] if around else []
    )
    if name in parameters:
        return _texts_given(name, parameters.index(name), around, tree, modules)
    values = [
        node.value
        for node in ast.walk(around or tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if _name(target) == name
    ]
    if values:
        return set().union(*(_texts(value, around, tree, modules) for value in values))
    outer = getattr(around, "outer", None)
    return _texts_of_name(name, outer, tree, modules) if around else {None}


def _texts_given(name, place, function, tree, modules):
    """Return what the callers of a function that forwards an action give it.

    A name that begins with `_` is called in its own module only.
    """
    callers = [tree] if function.name.startswith("_") else modules.values()
    actions_of_call = set()
    for caller in callers:
        for call, around in _calls(caller, lambda called: _name(called) == function.name):
            actions_of_call |= _texts(_argument(call, place, name), around, caller, modules)
    return actions_of_call or {None}


def _texts_returned(name, tree, modules):
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    returned = [
        (part.value, function)
        for function in functions
        for part in ast.walk(function)
        if isinstance(part, ast.Return)
    ]
    actions_of_call = (_texts(value, function, tree, modules) for value, function in returned)
    return set().union(*actions_of_call) if returned else {None}
