"""Fields of a record: each described once, on the class of the record, for all that shows it.

A record is a frozen dataclass; what its fields are, its surfaces read here:

    @record
    class Report:
        source: str = described(line(500), "Source", "D'où vient la valeur.", default="")
"""

import enum
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, cast, dataclass_transform, overload

from consultation.i18n import Labelled, Localized
from consultation.spreadsheets.reader.rows import Holds, named
from consultation.text import clean_line

T = TypeVar("T")
D = TypeVar("D")
Choice = TypeVar("Choice", bound=Labelled)

DESCRIPTION = "description"
"""Key in the metadata of a field of a dataclass."""
DESCRIPTIONS = "_descriptions"
"""Attribute of a record."""


class Choices(Protocol):
    """What one chooses from, as `Labelled` has it: by what is stored, and by label."""

    def choices(self) -> list[tuple[str, str]]: ...

    def labels(self) -> list[str]: ...


@dataclass(frozen=True)
class FieldKind(Generic[T]):
    """How values are read from what a person writes, and written as a person would.

    `read` raises `ValueRefused`; `limit` is in UTF-16 units; `restore` takes the
    JSON of a value.
    """

    read: Callable[[str], T]
    write: Callable[[T], str]
    limit: int
    holds: Holds = Holds.FIGURE
    choices: Choices | None = None
    is_text: bool = False
    """What is longer than the limit is refused as such, and not as what it is not."""
    is_long: bool = False
    restore: Callable[[Any], T] = lambda stored: cast(T, stored)


def line(limit: int, holds: Holds = Holds.FIGURE) -> FieldKind[str]:
    return FieldKind(clean_line, str, limit, holds, is_text=True)


def paragraphs(limit: int, holds: Holds = Holds.FIGURE) -> FieldKind[str]:
    """Return the kind of a text that may have several lines."""
    return FieldKind(str.strip, str.strip, limit, holds, is_text=True, is_long=True)


def choice(
    values: type[Choice], refusal: str = "", others: Mapping[str, enum.StrEnum] | None = None
) -> FieldKind[Choice]:
    """Return the kind of one of several values, which files name by label, forms by themselves.

    `refusal` begins the sentence on another text; `others` are further names of values.
    """
    read = partial(named, values=values, refusal=refusal, others=others)
    return FieldKind(read, lambda value: value.label, 60, choices=values, restore=values)


@dataclass(frozen=True)
class Description(Generic[T]):
    """What a field is.

    `label` names it on forms and in public, `header` its column in files where that is another,
    and so may each of `synonyms`; `hint` says in a sentence what it holds and how to write it.
    `missing` is what is said where it is empty and may not be; `blank` is the choice of nothing.
    A translated one has a text by language.  `nothing` is the value of an empty one.
    """

    kind: FieldKind[T]
    label: str
    hint: str = ""
    header: str = ""
    synonyms: tuple[str, ...] = ()
    missing: str = ""
    blank: str = ""
    width: int = 18
    is_public: bool = True
    is_translated: bool = False
    nothing: T | None = None

    @property
    def column(self) -> str:
        """The header of its column in files."""
        return self.header or self.label

    def text(self, value: T | None) -> str:
        """Return a value as a person writes it, empty for None."""
        return "" if value is None else self.kind.write(value)


@overload
def described(
    kind: FieldKind[T], label: str, hint: str = "", *, header: str = "",
    synonyms: tuple[str, ...] = (), missing: str = "", blank: str = "", width: int = 18,
    is_public: bool = True, kw_only: bool = True,
) -> T: ...  # fmt: skip


@overload
def described(
    kind: FieldKind[T], label: str, hint: str = "", *, default: D, header: str = "",
    synonyms: tuple[str, ...] = (), missing: str = "", blank: str = "", width: int = 18,
    is_public: bool = True, kw_only: bool = True,
) -> T | D: ...  # fmt: skip


def described(
    kind: FieldKind[Any], label: str, hint: str = "", *, default: Any = MISSING, **more: Any
) -> Any:
    """Describe a field of a record; see `Description`."""
    nothing = None if default is MISSING else default
    metadata = {DESCRIPTION: Description(kind, label, hint, nothing=nothing, **more)}
    return field(default=default, metadata=metadata)


@overload
def translated(
    kind: FieldKind[str], label: str, hint: str = "", *, missing: str, header: str = "",
    width: int = 18, is_public: bool = True,
) -> Localized: ...  # fmt: skip


@overload
def translated(
    kind: FieldKind[str], label: str, hint: str = "", *, default: None, header: str = "",
    width: int = 18, is_public: bool = True,
) -> Localized | None: ...  # fmt: skip


def translated(kind: FieldKind[str], label: str, hint: str = "", **more: Any) -> Localized | None:
    """Describe a field that has a text by language; without a French one it is missing, or None."""
    made: Localized | None = described(  # type: ignore[call-overload]
        kind, label, hint, is_translated=True, **more
    )
    return made


@overload
def record(made: type[T]) -> type[T]: ...


@overload
def record(*, kw_only: bool) -> Callable[[type[T]], type[T]]: ...


@dataclass_transform(
    frozen_default=True, kw_only_default=True, field_specifiers=(described, translated, field)
)
def record(made: type[T] | None = None, *, kw_only: bool = True) -> Any:
    """Make a record of a class: a frozen dataclass whose values are given by name.

    Without `kw_only`, they are given in their order as well.
    """
    if made is None:
        return partial(record, kw_only=kw_only)
    finished = dataclass(frozen=True, kw_only=kw_only)(made)
    described = (it for it in fields(finished) if DESCRIPTION in it.metadata)  # type: ignore[arg-type]
    setattr(finished, DESCRIPTIONS, {it.name: it.metadata[DESCRIPTION] for it in described})
    return finished


def descriptions(made: type) -> Mapping[str, Description[Any]]:
    """Return the descriptions of the fields of a record, by name, in their order."""
    known: Mapping[str, Description[Any]] = getattr(made, DESCRIPTIONS)
    return known


def public_names(made: type, first: Sequence[str] = (), without: Collection[str] = ()) -> list[str]:
    """Return the names of the fields that the public sees: `first` these, then the others."""
    others = [
        name
        for name, description in descriptions(made).items()
        if description.is_public and name not in (*first, *without)
    ]
    return [*first, *others]


def public_json(made: Any) -> dict[str, Any]:
    """Return the public fields of a record by name, in JSON types."""
    return {name: _json(getattr(made, name)) for name in public_names(type(made))}


def _json(value: Any) -> Any:
    if isinstance(value, enum.StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
