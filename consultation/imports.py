"""Imports without garbage collection, which would find nothing and take a third of their time."""

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
