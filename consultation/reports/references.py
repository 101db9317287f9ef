"""References: how the texts of a report cite a figure, `{{valeur:M07.2@mi-parcours}}`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from consultation.i18n import folded, form_for
from consultation.reports import labels
from consultation.reports.figures import JUDGEMENT, MEDIAN, Figure

CITATION = re.compile(r"\{\{([^{}\n]{0,200})\}\}")
UNKNOWN = "Ce chiffre n'est pas publié, ou son nom est mal écrit"
MOST_PROPOSED = 8


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
    every = {it.id: it for it in figures.values()}.values()
    sources = [it.citation for it in every if folded(it.id).startswith(f"{bare}:")]
    if sources:
        return f"Plusieurs sources donnent cette valeur : choisissez {_either(sources)}."
    code = re.split(r"[@:]", bare.partition(":")[2])[0]
    own = [it for it in every if folded(it.code) in (code, code.rpartition(".")[0])]
    exact = [it for it in own if folded(it.code) == code] or own
    if not exact:
        return f"{UNKNOWN} : vérifiez le code."
    listed = " ; ".join(map(_described, exact[:MOST_PROPOSED]))
    more = len(exact) - MOST_PROPOSED
    others = f" ; et {more} {form_for(more, 'autre', 'autres')}" if more > 0 else ""
    return f"{UNKNOWN}. Chiffres publiés de {exact[0].code} : {listed}{others}."


def _described(figure: Figure) -> str:
    """The name of a figure, its giver and its print."""
    said_by = "" if figure.kind == JUDGEMENT else labels.speaker_of(figure)
    name = ", ".join(it for it in (labels.name_of(figure), said_by) if it)
    return f"{name} : {labels.text_of(figure)}"


def _either(citations: Sequence[str]) -> str:
    *first, last = [f"« {it} »" for it in citations]
    return f"{', '.join(first)} ou {last}" if first else last
