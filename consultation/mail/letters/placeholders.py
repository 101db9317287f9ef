"""Placeholders: what stands for the values of one mail while its letter is rendered.

A template gets each text and moment as a `Placeheld`, which prints a mark instead of its value; a
filter on it is applied when the letter is filled in.  So a rendered letter holds no such value.
What a template may decide by is the `shape` of the values: truth values, numbers, how many there
are, and which texts are empty.
"""

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, wraps
from typing import Any

from jinja2.runtime import Context

# Of the private use area: no template has them, and values are never searched for them.
_MARK = re.compile("\ue000([0-9]+)\ue001")
_Call = tuple[Callable[..., Any], tuple[Any, ...], tuple[Any, ...], tuple[tuple[str, Any], ...]]


@dataclass(frozen=True)
class Placeholder:
    """Where the value is found among those of a mail, and the filters that it goes through."""

    steps: tuple[str | int, ...]
    filters: tuple[_Call, ...] = ()


class Values:
    """The values of one mail, each found once."""

    def __init__(self, variables: dict[str, Any]) -> None:
        self._value_at: dict[tuple[str | int, ...], Any] = {(): variables}
        self._texts: dict[Placeholder, str] = {}

    def text(self, placeholder: Placeholder) -> str:
        """Return the text that takes the place of a placeholder."""
        if placeholder not in self._texts:
            value = self._find(placeholder.steps)
            for apply, before, after, named in placeholder.filters:
                value = apply(*before, value, *after, **dict(named))
            self._texts[placeholder] = str(value)
        return self._texts[placeholder]

    def _find(self, steps: tuple[str | int, ...]) -> Any:
        if steps not in self._value_at:
            self._value_at[steps] = _step(self._find(steps[:-1]), steps[-1])
        return self._value_at[steps]


class Marks:
    """The placeholders of one letter while it is rendered, by the marks that stand for them."""

    def __init__(self) -> None:
        self._number_by_placeholder: dict[Placeholder, int] = {}

    def placehold(self, value: Any, *steps: str | int) -> Any:
        """Return the placeholder that a template gets instead of a value."""
        if value is None or value == "" or isinstance(value, bool | int | float):
            return value
        if isinstance(value, list | tuple):
            return [self.placehold(item, *steps, number) for number, item in enumerate(value)]
        return Placeheld(self, value, Placeholder(steps))

    def mark(self, placeholder: Placeholder) -> str:
        """Return the text that stands for a placeholder in a rendered letter."""
        numbers = self._number_by_placeholder
        return f"\ue000{numbers.setdefault(placeholder, len(numbers))}\ue001"

    def split(self, text: str) -> tuple[tuple[str, ...], tuple[Placeholder, ...]]:
        """Return the parts of a rendered text, and the placeholders between any two."""
        pieces, placeholders = _MARK.split(text), list(self._number_by_placeholder)
        return tuple(pieces[::2]), tuple(placeholders[int(number)] for number in pieces[1::2])


def has_mark(text: str) -> bool:
    """Return whether a placeholder stands in a rendered text."""
    return _MARK.search(text) is not None


class Placeheld:
    """A value of one mail in a template: it has attributes, and prints a mark.

    Raise ValueError where a template compares it: its letter would be that of one mail.
    """

    __slots__ = ("_marks", "_placeholder", "_value")

    def __init__(self, marks: Marks, value: Any, placeholder: Placeholder) -> None:
        self._marks, self._value, self._placeholder = marks, value, placeholder

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            value = _step(self._value, name)
        except KeyError:
            raise AttributeError(name) from None
        return self._marks.placehold(value, *self._placeholder.steps, name)

    def __str__(self) -> str:
        return self._marks.mark(self._placeholder)

    def __eq__(self, other: object) -> bool:
        raise ValueError("a letter can't depend on a value of one mail")

    __hash__ = None  # type: ignore[assignment]

    def filtered(self, call: _Call) -> "Placeheld":
        """Return the same value, which goes through one more filter when it is filled in."""
        placeholder = Placeholder(self._placeholder.steps, (*self._placeholder.filters, call))
        return Placeheld(self._marks, None, placeholder)


def deferring(apply: Callable[..., Any]) -> Callable[..., Any]:
    """Return a filter of templates that waits, on a placeholder, until the letter is filled in."""
    place = 1 if hasattr(apply, "jinja_pass_arg") else 0

    @wraps(apply)
    def filter_(*args: Any, **kwargs: Any) -> Any:
        value, others = args[place], (*args[:place], *args[place + 1 :], *kwargs.values())
        if not isinstance(value, Placeheld):
            return apply(*args, **kwargs)
        if any(isinstance(other, Placeheld | Context) for other in others):
            raise ValueError("this filter needs other values of the mail")
        return value.filtered(
            (apply, args[:place], args[place + 1 :], tuple(sorted(kwargs.items())))
        )

    return filter_


def shape(value: Any) -> Hashable:
    """Return the facts by which a template may decide: the same for all mails of one letter."""
    if isinstance(value, str):
        return "text" if value else ""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple):
        return tuple(map(shape, value))
    if isinstance(value, Mapping):
        return tuple((key, shape(item)) for key, item in value.items())
    kind: Any = type(value)
    names = _names(kind) if is_dataclass(value) else ()
    return (kind.__name__, *(shape(getattr(value, name)) for name in names))


@cache
def _names(parameters: Any) -> tuple[str, ...]:
    """Return the names of the fields and properties of a kind's parameters."""
    properties = [name for name, it in vars(parameters).items() if isinstance(it, property)]
    return (*(field.name for field in fields(parameters)), *properties)


def _step(value: Any, step: Any) -> Any:
    return value[step] if isinstance(value, Mapping | list | tuple) else getattr(value, step)
