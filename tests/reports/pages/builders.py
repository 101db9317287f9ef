"""Frozen contents for tests, without a database."""

from consultation.reports.figures import Figure
from consultation.reports.pages import counts


def measure(code, *indicators):
    """Return a measure with indicators of these codes that are to grow."""
    wanted = {"direction": "more"}
    return {"code": code, "indicators": [{"code": it, "measurement": wanted} for it in indicators]}


def figure(kind, code, suffix="", **facts):
    id = f"{kind}:{code}{suffix}"
    return Figure(id, kind, code, {"fr": code}, facts, id)


def assessed(code, **levels):
    """Return the assessments of a measure by the names of their assessors."""
    return [
        figure("jugement", code, f".{who}", assessor=who, level=it) for who, it in levels.items()
    ]


def progress(code, word):
    return figure("mot", code, progress=word)


def value(code, number, *, point="midterm", **facts):
    return figure("valeur", code, f"@{point}", value=number, point=point, day="", **facts)


def baseline(code, number):
    return figure("depart", code, value=number, point="baseline")


def counted(measures, *figures):
    return counts.counts_of(measures, counts.by_code(figures))
