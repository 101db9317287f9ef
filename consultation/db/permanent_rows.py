"""Permanent rows: rows that stay for good once stored, which none does while a round is tried out.

A model says by `permanent` from which column on its rows stay; the package of rounds, to the right,
says by `register_trial` whether a trial runs.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

Model = TypeVar("Model", bound=type)
Trial = Callable[[Connection], bool]

PERMANENT: set[tuple[str, str]] = set()
"""The tables with permanent rows, each with the column by which a row becomes one."""

_trials: dict[str, Trial] = {"runs": lambda _connection: False}


class TrialRefused(Exception):
    """Nothing is stored that would stay for good while a round is tried out."""


def register_trial(runs: Trial) -> None:
    """Ask `runs` whether a round is tried out."""
    _trials["runs"] = runs


def permanent(column: str, which: Callable[[Any], bool] = lambda _row: True) -> Callable[..., Any]:
    """Have rows of a model, of those that are `which`, stay for good once `column` has a value.

    To store one while a round is tried out raises `TrialRefused`, whatever stores it.
    """

    def declare(model: Model) -> Model:
        PERMANENT.add((model.__tablename__, column))  # type: ignore[attr-defined]

        def check(_mapper: Any, connection: Connection, row: Any) -> None:
            is_set = bool(sa.inspect(row).attrs[column].history.added)
            stays = is_set and getattr(row, column) is not None and which(row)
            if stays and _trials["runs"](connection):
                raise TrialRefused

        sa.event.listen(model, "before_insert", check)
        sa.event.listen(model, "before_update", check)
        return model

    return declare
