"""Labels of decisions, for the public in each language and for the team in French."""

import itertools

from flask_babel import gettext as _

from consultation.decisions.basis import Basis
from consultation.web.typography import number

STEPS = (1, 2, 4)
"""Where ranges begin, in smallest counts and in their tenfolds."""


def contribution_range(basis: Basis, smallest: int) -> tuple[int, int]:
    """Return from how many to below how many contributions a decision rests on.

    `smallest` is the setting SMALL_CELL.  The exact number, less that of the quotations, would
    tell how many did not agree to be quoted.  So no range begins just above the quotations: which
    ranges there are follows from what is public, and each leaves `smallest` possible values.
    """
    if basis.count == 0:
        return 0, 1
    quoted = len(set(basis.quotations))
    low = 1
    for tens in itertools.count():
        for step in STEPS:
            below = smallest * step * 10**tens
            if below <= quoted or below >= quoted + smallest:
                if basis.count < below:
                    return low, below
                low = below
    raise AssertionError


def contributions(basis: Basis, smallest: int) -> str:
    """Return on how many contributions a decision rests, by a range; empty for none."""
    low, below = contribution_range(basis, smallest)
    if low == 0:
        return ""
    if low > 1:
        return str(_("%(low)s à %(high)s contributions", low=number(low), high=number(below - 1)))
    if below <= smallest:
        return str(_("une ou plusieurs contributions"))
    return str(_("moins de %(count)s contributions", count=number(below)))
