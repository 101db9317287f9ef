"""An attacker who knows the rules and all that was published, and how tables are made for one."""

from itertools import product

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from consultation.results.publication.disclosure import CLASS, NO_ANSWER, TOTAL, TwoClasses

SIDE = "capacity"
STANCES = TwoClasses("q", "keep", ("amend", "drop"))
"""The question that is published in two classes: « keep », and what is to be changed."""


def figures(*, responses, by_question):
    """Return counts as they are published, of `by_question[question][code][value]`."""
    counts = {TOTAL: sum(responses.values())}
    counts |= {(SIDE, code): count for code, count in responses.items()}
    for question, by_code in by_question.items():
        values = list(next(iter(by_code.values())))
        crossed = {}
        for code, by_value in by_code.items():
            rest = responses[code] - sum(by_value.values())
            for value, count in {**by_value, NO_ANSWER: rest}.items():
                crossed[question, value, SIDE, code] = count
        for value in [*values, NO_ANSWER]:
            column = [count for cell, count in crossed.items() if cell[1] == value]
            counts[question, value] = sum(column)
        counts |= crossed
    return counts


def line(**parts):
    """Return the counts of one distribution and its total."""
    return {TOTAL: sum(parts.values())} | {("q", name): count for name, count in parts.items()}


def several(responses, chosen):
    """Return the counts of a question of several choices, each of them made or not."""
    counts = {TOTAL: responses}
    for place, count in enumerate(chosen):
        counts |= {(f"q={place}", "chosen"): count, (f"q={place}", NO_ANSWER): responses - count}
    return counts


def grid(rows):
    """Return the counts of one crossed table, from lists of lists."""
    return figures(
        responses={f"c{place}": sum(row) for place, row in enumerate(rows)},
        by_question={
            "q": {
                f"c{place}": {f"v{number}": count for number, count in enumerate(row[:-1])}
                for place, row in enumerate(rows)
            }
        },
    )


def lines_of(counts):
    """Every sum that the figures are known to obey, as a total and its parts.

    That of all values of a question in classes is the sum of the others.
    """
    in_classes = {cell[0] for cell in counts if len(cell) == 3}
    sums = {}
    for cell in counts:
        if len(cell) == 3:
            sums.setdefault((TOTAL, cell[0]), [(cell[0], "keep")]).append(cell)
        elif len(cell) == 2 and cell[0] in in_classes:
            if cell[1] != "keep":
                of_class = "second" if cell[1] in ("amend", "replace", "drop") else NO_ANSWER
                total = (cell[0], CLASS, of_class)
                sums.setdefault((total, cell[0]), []).append(cell)
        elif len(cell) == 2:
            sums.setdefault((TOTAL, cell[0]), []).append(cell)
        elif len(cell) == 4:
            for total in (cell[2:], cell[:2]):
                table = (cell[0], cell[2])
                sums.setdefault((total, table), []).append(cell)
    return [(total, parts) for (total, _table), parts in sums.items()]


def recovered(counts, unknown):
    """Return the unknown cells that only one value fits, whole numbers from zero being known.

    The counts fit.  Each other solution clears all cells in which it differs from them.
    """
    cells = sorted(unknown)
    place = {cell: number for number, cell in enumerate(cells)}
    rows, sums = [], []
    for total, parts in lines_of(counts):
        row = np.zeros(len(cells))
        known = 0
        for factor, cell in [(-1, total), *((1, part) for part in parts)]:
            if cell in place:
                row[place[cell]] += factor
            else:
                known += factor * counts[cell]
        if row.any():
            rows.append(row)
            sums.append(-known)
    told = set(cells)
    for cell, factor in product(cells, (1, -1)):
        if cell in told:
            found = _extreme(rows, sums, np.eye(len(cells))[place[cell]] * factor)
            told -= {it for it in told if round(found[place[it]]) != counts[it]}
    return {cell: counts[cell] for cell in cells if cell in told}


def _extreme(rows, sums, aim):
    found = milp(
        aim,
        constraints=LinearConstraint(np.array(rows), sums, sums) if rows else (),
        integrality=np.ones(len(aim)),
        bounds=Bounds(0, 10_000),
    )
    return found.x


def cramped(systems, sums, wanted):
    """Return the hidden cells of many figures that have fewer possible values than `wanted`.

    `systems` are counts and hidden cells by name, `sums` known sums of cells `(name, cell)`.
    """
    solver = _Solver(systems, sums)
    for cell in solver.hidden:
        solver.look(cell, wanted)
    return [cell for cell in solver.hidden if solver.values_of(cell) < wanted]


def narrowest(counts, hidden, least):
    """Return the least number of possible values of the hidden cells of some figures, or `least`.

    Cells that have more are not looked at further.
    """
    solver = _Solver({"": (counts, hidden)}, [])
    for cell in solver.hidden:
        solver.look(cell, least)
        least = min(least, solver.values_of(cell))
    return least


class _Solver:
    """All that is known of hidden cells, and the extremes that fit it as far as was looked."""

    def __init__(self, systems, sums):
        self.hidden = [
            (name, it) for name, (_counts, cells) in systems.items() for it in sorted(cells)
        ]
        self.place = {cell: number for number, cell in enumerate(self.hidden)}
        every = {(name, cell): n for name, (of, _) in systems.items() for cell, n in of.items()}
        known = [
            [(-1, (name, total)), *((1, (name, part)) for part in parts)]
            for name, (counts, _hidden) in systems.items()
            for total, parts in lines_of(counts)
        ]
        self.rows = []
        for factors in [*known, *([(1, cell) for cell in cells] for cells in sums)]:
            row = np.zeros(len(self.hidden))
            for factor, cell in factors:
                if cell in self.place:
                    row[self.place[cell]] += factor
            if row.any():
                self.rows.append(row)
        truth = np.array([every[cell] for cell in self.hidden])
        self.values = [row @ truth for row in self.rows]
        self.lowest = self.highest = truth

    def values_of(self, cell):
        """How many values a cell is known to take: whole numbers between its extremes."""
        place = self.place[cell]
        return int(self.highest[place] - self.lowest[place]) + 1

    def look(self, cell, wanted):
        """Look for the extremes of a cell, unless as many values as wanted are known."""
        for factor in (1, -1):
            if self.values_of(cell) < wanted:
                aim = np.eye(len(self.hidden))[self.place[cell]] * factor
                found = np.round(_extreme(self.rows, self.values, aim))
                self.lowest = np.minimum(self.lowest, found)
                self.highest = np.maximum(self.highest, found)


def secrets_told(publish, histories):
    """Return what a person could tell who tried every history that leads to the same publications.

    `publish` gives the publications of a history, a sequence of counts.  A secret is told when a
    cell whose count was not published holds the same in all of them, and holds something.
    """
    held = {}
    for history in histories:
        published = publish(history)
        seen = tuple(tuple(one.published.items()) for one in published)
        secrets = held.setdefault(seen, {})
        for moment, one in enumerate(published):
            for cell, count in one.counts.items():
                is_secret = one.published[cell] != count
                values, is_ever = secrets.get((moment, cell), (set(), False))
                secrets[moment, cell] = (values | {count}, is_ever or is_secret)
    return [
        (seen, moment, cell, values)
        for seen, secrets in held.items()
        for (moment, cell), (values, is_secret) in secrets.items()
        if is_secret and len(values) == 1 and values != {0}
    ]


def shares(total, count):
    """Every way to share out up to `total` among `count` places, whole numbers from zero."""
    if not count:
        yield ()
        return
    for first in range(total + 1):
        for others in shares(total - first, count - 1):
            yield (first, *others)
