"""Texts that ship, as a page has them in a language: those of its templates and of its modules."""

import ast
from collections.abc import Iterator, Sequence
from functools import cache

from jinja2 import Environment
from jinja2.ext import extract_from_ast

from consultation.files import PACKAGE
from consultation.readability.explanations import explanations
from consultation.web.locale import catalogue_of
from consultation.web.site.audited_pages import parts_of

FUNCTIONS = ("_", "_l", "N_", "gettext", "ngettext")
COUNTS = (0, 1, 2, 3, 11, 100)
"""They have each plural of the languages that ship."""
Message = str | tuple[str | None, ...]


@cache
def texts_of(tag: str, templates: tuple[str, ...], modules: tuple[str, ...]) -> Sequence[str]:
    """What templates, all that they name and modules say in a language, with its explanations.

    They are read from the sources, whatever a page displays of them today: a date or a number
    changes nothing.
    """
    messages = {it for name in modules for it in _of_module(name)}
    for name, source in parts_of(templates).items():
        if name.endswith(".html"):
            messages |= set(_of_template(source))
    texts = {text for message in messages for text in _translated(tag, message)}
    meanings = (f"{it.name} : {it.meaning}" for it in explanations(tag))
    return [*sorted(texts), *meanings]


def _of_template(source: str) -> Iterator[Message]:
    parsed = Environment(autoescape=True).parse(source)
    for _line, _function, message in extract_from_ast(parsed, FUNCTIONS):
        if message is not None:
            yield message


def _of_module(name: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse((PACKAGE / name).read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in FUNCTIONS:
            given = (it.value for it in node.args if isinstance(it, ast.Constant))
            if texts := tuple(it for it in given if isinstance(it, str)):
                yield texts


def _translated(tag: str, message: Message) -> Iterator[str]:
    catalogue = catalogue_of(tag)
    texts = [message] if isinstance(message, str) else [it for it in message if it]
    if len(texts) > 1:
        singular, plural = texts[:2]
        yield from (catalogue.ngettext(singular, plural, count) for count in COUNTS)
    elif texts:
        yield catalogue.gettext(texts[0])
