"""Modules imported when needed: whole for each thread that asks."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor

from consultation.imports import load

SLOW = """
import time
time.sleep(0.2)
ready = True
"""


def test_module_is_whole_for_each_thread_that_imports_it_at_once(tmp_path, monkeypatch):
    (tmp_path / "imported_slowly.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "imported_slowly", raising=False)

    def is_whole(name):
        return hasattr(load(name), "ready")

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(is_whole, ["imported_slowly"] * 4))

    assert gc.isenabled()
