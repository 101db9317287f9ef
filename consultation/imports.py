"""Imports without garbage collection, which would find nothing and take a third of their time.

`python -m consultation.imports MODULE NUMBER…` calls `main` of a module with the numbers: that is
how a subprocess starts.
"""

import gc
import sys
from importlib import import_module
from types import ModuleType


def load(name: str) -> ModuleType:
    """Import a module by its full name; its objects are exempt from later collections."""
    if name not in sys.modules:
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            import_module(name)
        finally:
            gc.freeze()
            if was_enabled:
                gc.enable()
    return sys.modules[name]


def command(name: str, *numbers: int) -> list[str]:
    """Return the command line that calls `main` of a module in a process of its own."""
    return [sys.executable, "-m", __name__, name, *map(str, numbers)]


if __name__ == "__main__":
    load(sys.argv[1]).main(*map(int, sys.argv[2:]))
