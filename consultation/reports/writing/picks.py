"""Figures that a form has picked: `[12]` in its texts stands for the twelfth.

The form carries the list; what is stored are full names, which no other source makes ambiguous.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from consultation.i18n import folded
from consultation.plan.models import Assessor, Point
from consultation.plan.values.models import Reporter, ValuePoint
from consultation.reports import references
from consultation.reports.figures import BASELINE, JUDGEMENT, TARGET, VALUE, Figure

NUMBER = re.compile(r"(?<!\\)\[([0-9]{1,3})\](?!\()")
"""How a text cites a picked figure; a link of Markdown is none."""
MOST_PICKED = 300
AT_START, INTERIM, MIDTERM, FINAL = "depart", "etape", "mi-parcours", "fin"
MOMENTS: Mapping[str, str] = {
    AT_START: "Au départ",
    INTERIM: "Échéance intermédiaire",
    MIDTERM: "Mi-parcours",
    FINAL: "Fin du plan",
}
"""Échéances by which figures are picked."""


@dataclass(frozen=True)
class Wanted:
    """By what figures are picked; what is empty is not asked for."""

    code: str = ""
    moment: str = ""
    giver: str = ""

    def matches(self, figure: Figure) -> bool:
        return (
            (not self.code or figure.code == self.code)
            and (not self.moment or _moment(figure) == self.moment)
            and (not self.giver or _giver(figure) == self.giver)
        )


def _moment(figure: Figure) -> str:
    point = figure.facts.get("point") or ""
    by_kind: Mapping[str, Mapping[str, str]] = {
        BASELINE: {Point.BASELINE: AT_START},
        TARGET: {Point.MIDTERM: MIDTERM, Point.FINAL: FINAL},
        VALUE: {
            ValuePoint.INTERIM: INTERIM,
            ValuePoint.MIDTERM: MIDTERM,
            ValuePoint.FINAL: FINAL,
        },
    }
    return by_kind.get(figure.kind, {}).get(point, "")


def _giver(figure: Figure) -> str:
    if figure.kind == VALUE:
        return str(figure.facts["reported_by"])
    if figure.kind == JUDGEMENT:
        return Reporter[Assessor(figure.facts["assessor"]).name].value
    return ""


def from_ids(ids: Iterable[str], known: Mapping[str, Figure]) -> list[Figure | None]:
    """The figures of a list that a form sent; None for one taken away or public no more."""
    return [known.get(folded(it)) for it in list(ids)[:MOST_PICKED]]


def cited_in(texts: Iterable[str], known: Mapping[str, Figure]) -> list[Figure | None]:
    """The figures that texts cite by name, each once, in their order."""
    cited: dict[str, Figure | None] = {
        it.id: it for text in texts for it in references.cited(text, known)[0]
    }
    return list(cited.values())[:MOST_PICKED]


def matching(known: Mapping[str, Figure], wanted: Wanted) -> list[Figure]:
    """The figures that are wanted, each once, values first."""
    return [it for it in {it.id: it for it in known.values()}.values() if wanted.matches(it)]


def added(picked: Sequence[Figure | None], more: Iterable[Figure]) -> list[Figure | None]:
    """A list with further figures, each once, as far as there is room."""
    present = {it.id for it in picked if it}
    new = {it.id: it for it in more if it.id not in present}
    return [*picked, *new.values()][:MOST_PICKED]


def numbered(text: str, picked: Sequence[Figure | None], known: Mapping[str, Figure]) -> str:
    """A text with the numbers of picked figures in the place of their names."""
    places = {it.id: place for place, it in enumerate(picked, 1) if it}

    def number_of(figure: Figure) -> str:
        place = places.get(figure.id)
        return f"[{place}]" if place else figure.citation

    return references.replaced(text, known, number_of)


def named(text: str, picked: Sequence[Figure | None], known: Mapping[str, Figure]) -> str:
    """A text with full names in the place of numbers and of short names."""
    return references.replaced(_filled(text, picked, _full), known, _full)


def _full(figure: Figure) -> str:
    return "{{" + figure.full_id + "}}"


def _filled(text: str, picked: Sequence[Figure | None], write: Callable[[Figure], str]) -> str:
    def written(match: re.Match[str]) -> str:
        figure = _at(int(match[1]), picked)
        return write(figure) if figure else match[0]

    return NUMBER.sub(written, text)


def missing(text: str, picked: Sequence[Figure | None]) -> list[int]:
    """The numbers that a text cites and for which there is no figure."""
    return [number for it in NUMBER.findall(text) if not _at(number := int(it), picked)]


def _at(number: int, picked: Sequence[Figure | None]) -> Figure | None:
    return picked[number - 1] if 0 < number <= len(picked) else None


def wanted_of(values: Mapping[str, Any]) -> Wanted:
    """Read the choice of a form or an address."""
    code, moment, giver = (str(values.get(it, ""))[:40] for it in ("code", "echeance", "selon"))
    return Wanted(code, moment, giver)
