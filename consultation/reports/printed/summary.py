"""Summary of a report: its first two pages, by the sentences and counts of its public pages."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from consultation.documents.build import text_in
from consultation.documents.model import Fact, FrontSummary, Squares, SummaryPart, Text
from consultation.plan.models import Assessor, Level
from consultation.plan.overview import judgements
from consultation.plan.overview.labels import short_name
from consultation.reports import labels
from consultation.reports.comparison import Changes
from consultation.reports.figures import BASELINE, JUDGEMENT
from consultation.reports.pages import counts, parts, sentences
from consultation.reports.pages.counts import CONCLUSIVE, ByCode, Counts
from consultation.reports.pages.parts import Content
from consultation.web.typography import label_of, number, sentence, typeset

LONGEST_OPENING = 900
"""Characters of the team's introduction for which the summary has room."""
MOST_LISTED, MOST_CODES = 5, 50
LONGEST_TITLE = 120
"""Characters of a title in a list."""


def opening_of(introduction: Text | None) -> tuple[Text | None, Text | None]:
    """The paragraphs that open an introduction, and all of it where that is more."""
    if introduction is None:
        return None, None
    paragraphs, length, opening = re.split(r"\n\s*\n", introduction.value.strip()), 0, []
    for it in paragraphs:
        length += len(it)
        if length > LONGEST_OPENING:
            break
        opening.append(it)
    whole = introduction if len(opening) < len(paragraphs) else None
    if not opening:
        return None, whole
    return Text("\n\n".join(opening), introduction.language), whole


@dataclass(frozen=True)
class SummaryBuild:
    """What a summary follows from; its texts are in the language in force."""

    content: Content
    language: str
    known: ByCode
    changes: Changes | None

    def summary(self, opening: Text | None) -> FrontSummary:
        counted = counts.counts_of(self.measures, self.known)
        achieved = [sentences.achieved(counted), sentences.late(counted)]
        tallies = [(label_of(it), sentences.bar_text(counted, it)) for it in counted.assessors]
        return FrontSummary(
            introduction=opening,
            standing=SummaryPart(
                str(_("Où en est le plan")),
                [it for it in achieved if it],
                [Fact(label, self._own(text)) for label, text in tallies],
            ),
            counts=[
                Fact(label, self._own(number(count)))
                for count, label in sentences.figures(counted)
                if counted.indicator_count
            ],
            assessors=[short_name(it) for it in Assessor],
            squares=[self._squares(it) for it in self.content["axes"] if it["measures"]],
            key=_key(counted),
            parts=list(self._parts(counted)),
        )

    @property
    def measures(self) -> list[Content]:
        return [it for _axis, it in parts.measures_of(self.content)]

    def _own(self, text: str) -> Text:
        return Text(text, self.language)

    def _squares(self, axis: Content) -> Squares:
        title = text_in(axis["title"], self.language)
        assert title is not None
        levels = [self._levels(it) for it in axis["measures"]]
        lines = [
            [it[assessor].value if assessor in it else "" for it in levels] for assessor in Assessor
        ]
        return Squares(axis["code"], _cut(title), lines)

    def _levels(self, measure: Content) -> Mapping[Assessor, Level]:
        return counts.levels_of(self.known.get(measure["code"], ()))

    def _parts(self, counted: Counts) -> Iterator[SummaryPart]:
        moved = sentences.moved(counted, self.changes)
        if self.changes is None:
            listed, others = self._since_start()
        else:
            listed, others = [], list(self._since_report(self.changes))
        yield SummaryPart(str(_("Ce qui a bougé")), [moved], listed, others)
        if disputed := sentences.disputed(counted):
            contested = [
                it for it in self.measures if judgements.disagree(self._levels(it).values())
            ]
            listed = [self._assessed(it) for it in contested[:MOST_LISTED]]
            others = _codes(_("Et aussi"), contested[MOST_LISTED:])
            yield SummaryPart(str(_("Ce qui est contesté")), [disputed], listed, others)
        if unknown := sentences.unknown(counted):
            silent = [it for it in self.measures if self._is_unknown(it)]
            heading = str(_("Ce que personne ne peut dire"))
            yield SummaryPart(heading, [unknown], (), _codes(_("Mesures"), silent))

    def _assessed(self, measure: Content) -> Fact:
        title = text_in(measure["title"], self.language)
        assert title is not None
        assessed = sentences.of_measure(self._levels(measure))
        return Fact(f"{measure['code']} {_cut(title).typeset}", self._own(assessed))

    def _is_unknown(self, measure: Content) -> bool:
        stated = {
            counts.progress_of(self.known.get(it["code"], ())) for it in measure["indicators"]
        }
        return not self._levels(measure) and not CONCLUSIVE & stated

    def _since_start(self) -> tuple[list[Fact], list[str]]:
        """Some indicators that moved in either direction, and the codes of the others."""
        moved: dict[int, list[Content]] = {1: [], -1: [], 0: []}
        for measure in self.measures:
            for it in measure["indicators"]:
                moved[counts.direction_of(it, self.known)].append(it)
        listed = [self._moved(it) for it in (*moved[-1][:MOST_LISTED], *moved[1][:MOST_LISTED])]
        others = [
            *_codes(_("Aussi dans l'autre sens"), moved[-1][MOST_LISTED:]),
            *_codes(_("Aussi dans le sens voulu"), moved[1][MOST_LISTED:]),
        ]
        return listed, others

    def _moved(self, indicator: Content) -> Fact:
        title = text_in(indicator["label"], self.language)
        assert title is not None
        known = self.known[indicator["code"]]
        start = next(it for it in known if it.kind == BASELINE)
        last = " ; ".join(labels.text_of(it) for it in counts.compared_values(known))
        between = _(
            "Départ : %(start)s. Dernière valeur : %(last)s.",
            start=labels.text_of(start),
            last=last,
        )
        return Fact(f"{indicator['code']} {_cut(title).typeset}", self._own(sentence(between)))

    def _since_report(self, changes: Changes) -> Iterator[str]:
        """Yield the measures that are assessed otherwise, and the indicators that moved."""
        assessed = [it.figure.code for it in changes.rows if it.figure.kind == JUDGEMENT]
        moved = [it.figure.code for it in changes.rows if it.figure.kind != JUDGEMENT]
        yield from _codes(_("Évaluations"), [{"code": it} for it in dict.fromkeys(assessed)])
        yield from _codes(_("Indicateurs"), [{"code": it} for it in dict.fromkeys(moved)])


def _key(counted: Counts) -> list[tuple[str, str]]:
    drawn = [(it.value, label_of(it)) for it in counted.drawn]
    is_lacking = any(counted.unassessed(it) for it in Assessor)
    return [*drawn, ("", str(_("pas évaluée")))] if is_lacking else drawn


def _codes(label: str, coded: Iterable[Content]) -> list[str]:
    """A line of codes, empty without any."""
    codes: Sequence[str] = [it["code"] for it in coded]
    if not codes:
        return []
    listed = ", ".join(codes[:MOST_CODES])
    more = len(codes) - MOST_CODES
    if more > 0:
        listed += ngettext(" et %(num)s autre", " et %(num)s autres", more)
    return [typeset(_("%(label)s : %(count)s", label=label, count=listed))]


def _cut(title: Text) -> Text:
    if len(title.value) <= LONGEST_TITLE:
        return title
    return Text(f"{title.value[:LONGEST_TITLE].rstrip()}…", title.language)
