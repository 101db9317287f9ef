"""The modules of the code and of the tests, taken apart once for all rules about them."""

import ast
from functools import cache


@cache
def tree_of(path):
    return ast.parse(path.read_text("utf-8"))


@cache
def nodes_of(path):
    """Every node of a module; to walk through its tree takes as long as to read the module."""
    return tuple(ast.walk(tree_of(path)))


@cache
def calls_of(path):
    return tuple(node for node in nodes_of(path) if isinstance(node, ast.Call))


@cache
def names_of_calls(path):
    """The name of each function or method called, without what stands before it."""
    return [getattr(it.func, "id", getattr(it.func, "attr", "")) for it in calls_of(path)]
