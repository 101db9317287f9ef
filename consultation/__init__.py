"""A consultation on the indicators of a public plan, measure by measure."""

from collections.abc import Mapping
from typing import Any

from flask import Flask


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Return the wired application; `overrides` replaces settings by name, as tests do."""
    # The command line needs the package long before it needs Flask and the rooms.
    from consultation import app as wiring

    return wiring.build(overrides or {})
