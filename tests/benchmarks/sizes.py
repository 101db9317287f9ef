"""Sizes of the benchmarks: the usual ones, and with `SHORT=1` in the environment the short form.

The short form shows in seconds that a benchmark still runs; its figures say nothing.  What a
benchmark starts is short with it.
"""

import os

IS_SHORT = os.environ.get("SHORT") == "1"


def sized(usual, short):
    return short if IS_SHORT else usual
