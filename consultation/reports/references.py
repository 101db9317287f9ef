"""References: how the texts of a report cite a figure, `{{valeur:M07.2@mi-parcours}}`."""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from consultation.i18n import folded
from consultation.reports.figures import MEDIAN, Figure

CITATION = re.compile(r"\{\{([^{}\n]{0,200})\}\}")
UNKNOWN = "Ce chiffre n'est pas publié, ou son nom est mal écrit"
MOST_PROPOSED = 3


@dataclass(frozen=True)
class Unresolved:
    """A citation of nothing, and the sentence that says what to write, in French."""

    citation: str
    sentence: str


class CitationsRefused(Exception):
    """Texts cite what is not there."""

    def __init__(self, unresolved: Sequence[Unresolved]):
        super().__init__()
        self.unresolved = unresolved


def cited(text: str, figures: Mapping[str, Figure]) -> tuple[list[Figure], list[Unresolved]]:
    """Return the figures that a text cites, and the citations of which there is none.

    `figures` are by folded id.
    """
    resolved, unresolved = [], []
    for citation in CITATION.findall(text):
        figure = figures.get(_bare(citation))
        if figure is None:
            unresolved.append(Unresolved("{{" + citation + "}}", _remedy(citation, figures)))
        else:
            resolved.append(figure)
    return resolved, unresolved


def replaced(text: str, figures: Mapping[str, Figure], write: Callable[[Figure], str]) -> str:
    """Return a text with what `write` gives in the place of each citation that is resolved."""

    def written(match: re.Match[str]) -> str:
        figure = figures.get(_bare(match[1]))
        return match[0] if figure is None else write(figure)

    return CITATION.sub(written, text)


def _bare(citation: str) -> str:
    return re.sub(r"\.median$", f".{MEDIAN}", folded(citation).replace(" ", ""))


def _remedy(citation: str, figures: Mapping[str, Figure]) -> str:
    bare = _bare(citation)
    sources = [it.citation for id, it in figures.items() if id.startswith(f"{bare}:")]
    if sources:
        return f"Plusieurs sources donnent cette valeur : choisissez {_either(sources)}."
    near = difflib.get_close_matches(bare, figures, MOST_PROPOSED, cutoff=0.7)
    if near:
        proposed = _either([figures[it].citation for it in near])
        return (
            f"Ce chiffre n'est pas publié, ou son nom est mal écrit. Vouliez-vous dire {proposed} ?"
        )
    return "Ce chiffre n'est pas publié, ou son nom est mal écrit : vérifiez le code."


def _either(citations: Sequence[str]) -> str:
    *first, last = [f"« {it} »" for it in citations]
    return f"{', '.join(first)} ou {last}" if first else last
