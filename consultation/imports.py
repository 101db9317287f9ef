"""Imports without garbage collection, which would find nothing and take a third of their time.

`command` says how a subprocess starts, which calls `main` of a module with numbers.
"""

import gc
import sys
from importlib import import_module
from types import ModuleType

PROGRAM = f"""
import sys
from {__name__} import load
load(sys.argv[1]).main(*map(int, sys.argv[2:]))
"""
"""Not run by `-m`: the package has imported this module by then, which Python warns of."""


def load(name: str) -> ModuleType:
    """Import a module by its full name; its objects are exempt from later collections."""
    if name in sys.modules:
        return import_module(name)  # waits until a thread that imports it has done so
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def command(name: str, *numbers: int) -> list[str]:
    """Return the command line that calls `main` of a module in a process of its own."""
    return [sys.executable, "-c", PROGRAM, name, *map(str, numbers)]
