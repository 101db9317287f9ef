"""Charts of the sheet *Indicateurs*: what was said of some twenty indicators at a time."""

from collections.abc import Sequence

from consultation.exporting.asked import Asked
from consultation.exporting.variables import Variable
from consultation.sheets.looks import Chart, ChartKind, Fill, Series

BARS = 20
"""Indicators in one chart: more are not legible on a page."""

STANCES = (Fill.ACCENT, Fill.PALE, Fill.SPARK, Fill.WARM, Fill.GREY)
THIRDS = (("share_1_3", Fill.WARM), ("share_4_6", Fill.GREY), ("share_7_9", Fill.ACCENT))


def charts(
    asked: Asked, variables: Sequence[Variable], rated: Sequence[tuple[str, str]]
) -> Sequence[Chart]:
    """Return the charts for a sheet that has these columns and one row for each indicator."""
    place = {variable.code: number for number, variable in enumerate(variables)}
    stances = [number for code, number in place.items() if code.startswith("stance_")]
    series = [Series(number, STANCES[min(n, len(STANCES) - 1)]) for n, number in enumerate(stances)]
    drawn = _run(asked, place, ChartKind.STACKED, "Avis", series) if series else []
    for code, name in rated:
        thirds = [Series(place[f"{code}_{suffix}"], fill) for suffix, fill in THIRDS]
        drawn += _run(asked, place, ChartKind.SHARES, f"{name}, notes par tiers", thirds)
    return drawn


def _run(
    asked: Asked,
    place: dict[str, int],
    kind: ChartKind,
    name: str,
    series: Sequence[Series],
) -> list[Chart]:
    codes = [indicator.code for indicator in asked.indicators]
    return [
        Chart(
            kind,
            f"{name} : {_named(codes[first : first + BARS])}",
            categories=place["indicator"],
            series=series,
            first=first,
            count=min(BARS, len(codes) - first),
            alt=_alt(name, codes[first : first + BARS], first),
        )
        for first in range(0, len(codes), BARS)
    ]


def _named(codes: Sequence[str]) -> str:
    return codes[0] if len(codes) == 1 else f"{codes[0]} à {codes[-1]}"


def _alt(name: str, codes: Sequence[str], first: int) -> str:
    return (
        f"Barres empilées, une par indicateur, de {_named(codes)} : {name[:1].lower()}{name[1:]} ;"
        f" les chiffres sont dans les lignes {first + 2} à {first + 1 + len(codes)} de cette"
        " feuille."
    )
