"""Build of a document: from an edition, or the plan in force, to what the document says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import quote

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from consultation.clock import in_paris
from consultation.decisions import content, editions
from consultation.decisions.basis import Basis
from consultation.decisions.editions import Front
from consultation.decisions.labels import contributions
from consultation.decisions.models import names_of
from consultation.documents import labels
from consultation.documents.changes import (
    ChangeCounts,
    Changes,
    Content,
    Decided,
    content_by_code,
    decided_by,
    decided_since,
    since,
)
from consultation.documents.model import (
    AxisEntry,
    ChangeLine,
    ChangeList,
    DecisionEntry,
    Difference,
    Document,
    Fact,
    IndicatorEntry,
    MeasureEntry,
    Table,
    Text,
)
from consultation.i18n import DEFAULT_LOCALE, Localized, localized, prefix_for
from consultation.plan.measurement.texts import TEXT_OF_POINT
from consultation.plan.measurement.values import Measurement, from_json
from consultation.plan.models import Assessor, Level, MeasuredAs, Point, WantedDirection
from consultation.plan.overview.labels import dated_text
from consultation.plan.overview.value_texts import plain_texts
from consultation.plan.text_diff import TextChange, joined
from consultation.plan.values import publication as values
from consultation.plan.values.publication import PublicValue
from consultation.settings import is_local
from consultation.typesetting.subprocess import AUTHOR
from consultation.web.locale import in_language
from consultation.web.typography import day, label_of, typeset

SHORT = "/m/"
"""Beginning of the short address of a form."""
LONGEST_BRIEF = 40
"""Characters of a value that stands with others on one line; a longer one is left out there."""


@dataclass(frozen=True)
class Choice:
    """Which document: of an edition, by default the last one, and what it says of changes."""

    edition: int | None = None
    since: int | None = None
    """What changed since the edition of this number, 0 before the first one; None: nothing."""
    language: str = DEFAULT_LOCALE


@dataclass(frozen=True)
class Site:
    """What a document takes from the settings."""

    base_url: str
    smallest: int
    """The setting SMALL_CELL."""


def site_of(settings: Mapping[str, Any]) -> Site:
    return Site(settings["BASE_URL"], settings["SMALL_CELL"])


class ChoiceRefused(Exception):
    """There is no such document; the message says why, in French."""


def document_of(session: Session, choice: Choice, site: Site, at: datetime) -> Document:
    """Return the document; raise `ChoiceRefused`.

    Without any published edition it has the plan in force.
    """
    sources = sources_of(session, choice, site)
    if sources is not None:
        return of_sources(session, sources)
    with in_language(choice.language):
        frozen = content.frozen(session)
        public = values.published_by_code(session, content_by_code(frozen)[1])
        return _Build(choice, site, frozen, Changes(), values=public).in_force(at)


@dataclass(frozen=True)
class Sources:
    """All that a document of a published edition follows from, quotations included.

    Its `repr` is another one as soon as anything of it is; the hashes stand for frozen contents.
    """

    choice: Choice
    site: Site
    front: Front
    earlier: Front | None
    """Of the edition since which changes are told; None before the first one."""
    decided: Sequence[Decided]
    valued: int
    """What `values.revision` counts: another number, other public values."""

    @property
    def name(self) -> str:
        """The beginning of a file's name."""
        changes = "" if self.choice.since is None else f"-depuis-{self.choice.since}"
        return f"document-edition-{self.front.number}{changes}-{self.choice.language}"


def sources_of(session: Session, choice: Choice, site: Site) -> Sources | None:
    """Return the sources of a document, None without any published edition.

    Raise `ChoiceRefused`.  Nothing that is frozen is read, which takes longer than all the rest.
    """
    front = editions.front(session, choice.edition)
    _check(choice, front)
    if front is None:
        return None
    choice = replace(choice, edition=front.number)
    since_ = front.number - 1 if choice.since is None else choice.since
    earlier = editions.front(session, since_) if since_ else None
    if choice.since is None:
        decided = decided_by(session, front.number)
    else:
        decided = decided_since(session, choice.since, front.number)
    return Sources(choice, site, front, earlier, decided, values.revision(session))


def of_sources(session: Session, sources: Sources) -> Document:
    choice, front = sources.choice, sources.front
    frozen = editions.content_of(session, front)
    changes = _changes_since(session, sources, sources.earlier, frozen)
    public = values.published_by_code(session, content_by_code(frozen)[1])
    with in_language(choice.language):
        built = _Build(choice, sources.site, frozen, changes, front.number, public)
        return built.of_edition(front, sources.name)


def changed_of(session: Session, sources: Sources) -> ChangeCounts:
    """Return how much changed since the edition that is chosen, by default since the one before."""
    number, choice = sources.front.number, sources.choice
    if choice.since is None:
        choice = replace(choice, since=number - 1)
    earlier = editions.front(session, choice.since) if choice.since else None
    frozen = editions.content_of(session, sources.front)
    changes = _changes_since(session, sources, earlier, frozen)
    with in_language(choice.language):
        return _Build(choice, sources.site, frozen, changes, number).changed()


def _changes_since(
    session: Session, sources: Sources, earlier: Front | None, frozen: Content
) -> Changes:
    before = editions.content_of(session, earlier) if earlier else None
    return since(sources.decided, before, frozen)


def text_in(text: Localized | None, language: str) -> Text | None:
    """Return a text in a language, or in French; None for an empty one."""
    value = localized(text, language)
    if not value:
        return None
    is_translated = bool(text and text.get(language))
    return Text(value, language if is_translated else DEFAULT_LOCALE)


def axes_of(content: Content, language: str, site: Site) -> list[AxisEntry]:
    """Return the chapters of a frozen content, without what changed, in the language in force."""
    built = _Build(Choice(language=language), site, content, Changes())
    return [built.axis(it) for it in content["axes"]]


def _check(choice: Choice, edition: Front | None) -> None:
    if choice.edition is not None and edition is None:
        raise ChoiceRefused(
            f"L'édition {choice.edition} n'est pas publiée : choisissez-en une autre."
        )
    if choice.since is None:
        return
    if edition is None:
        raise ChoiceRefused(
            "Aucune édition n'est publiée : il n'y a pas encore de changement à montrer."
        )
    if not 0 <= choice.since < edition.number:
        raise ChoiceRefused(
            f"L'édition {choice.since} ne vient pas avant l'édition {edition.number} : choisissez"
            " une édition plus ancienne."
        )


@dataclass(frozen=True)
class _Build:
    choice: Choice
    site: Site
    content: Content
    changes: Changes
    number: int = 0
    """The number of the edition, 0 for the plan in force."""
    values: Mapping[str, Sequence[PublicValue]] = field(default_factory=dict)

    @property
    def is_marked(self) -> bool:
        """Whether what changed is marked where it stands."""
        return self.choice.since is not None

    def in_force(self, at: datetime) -> Document:
        today = in_paris(at).replace(hour=0, minute=0, second=0, microsecond=0)
        note = typeset(_("Aucune édition n'est publiée : voici le plan tel qu'il est aujourd'hui."))
        plan, name = self._plan(), f"document-plan-{self.choice.language}"
        return self._document(plan, plan, _("Document de travail"), today, None, [note], name)

    def of_edition(self, front: Front, name: str) -> Document:
        title, introduction = self.text(front.title), self.text(front.introduction)
        assert title is not None
        eyebrow = typeset(_("Document de travail · édition %(number)s", number=front.number))
        notes = []
        if self.choice.since is not None:
            notes.append(self._since_note(front.number, self.choice.since))
        return self._document(
            title, self._plan(), eyebrow, front.published_at, introduction, notes, name
        )

    def text(self, text: Localized | None) -> Text | None:
        return text_in(text, self.choice.language)

    def _plan(self) -> Text:
        return self.text(self.content["plan"]["title"]) or self._own("")

    def _own(self, text: str) -> Text:
        """Return a text of the document itself."""
        return Text(text, self.choice.language)

    def _since_note(self, number: int, earlier: int) -> str:
        if earlier == 0:
            return typeset(_("Avec ce qui a changé depuis le début, et pourquoi."))
        if earlier == number - 1:
            return typeset(_("Avec ce qui a changé dans cette édition, et pourquoi."))
        return typeset(
            _("Avec ce qui a changé depuis l'édition %(number)s, et pourquoi.", number=earlier)
        )

    def _document(
        self,
        title: Text,
        plan: Text,
        eyebrow: str,
        made_at: datetime,
        introduction: Text | None,
        notes: Sequence[str],
        name: str,
    ) -> Document:
        if is_local(self.site.base_url):
            missing = _(
                "Ce document ne donne ni adresse ni code QR : l'adresse publique du site n'est pas"
                " encore réglée."
            )
            notes = [*notes, typeset(missing)]
        return Document(
            language=self.choice.language,
            title=title,
            eyebrow=eyebrow,
            plan=plan,
            day=day(in_paris(made_at).date()),
            author=AUTHOR,
            notes=notes,
            introduction=introduction,
            axes=[self.axis(it) for it in self.content["axes"]],
            removed=list(self._removed_measures()) if self.is_marked else [],
            labels=labels.fixed(),
            name=name,
            made_at=made_at,
            changed=self._changed_list(),
            keeps_rows=True,
        )

    def axis(self, axis: Content) -> AxisEntry:
        title = self.text(axis["title"])
        assert title is not None
        return AxisEntry(axis["code"], title, [self._measure(it) for it in axis["measures"]])

    def _measure(self, measure: Content) -> MeasureEntry:
        code, title = measure["code"], self.text(measure["title"])
        assert title is not None
        is_local_site = is_local(self.site.base_url)
        prefix = prefix_for(self.choice.language)
        before = self.changes.measures.get(code) if self.is_marked else None
        return MeasureEntry(
            code=code,
            title=title,
            state=self._state_of_measure(measure) if self.is_marked else "",
            facts=list(self._facts_of_measure(measure)),
            judgements=self._judgements(measure["assessments"]),
            indicators=[self._indicator(measure["code"], it) for it in measure["indicators"]],
            removed=list(self._removed_indicators(measure)) if self.is_marked else [],
            decisions=self._decisions(self.changes.on(code)),
            address="" if is_local_site else f"{self.site.base_url}{prefix}{SHORT}{quote(code)}",
            scan=typeset(_("Code QR du formulaire : %(code)s", code=code)),
            differences=self._differences_of_measure(before, measure) if before else [],
            before=self._former(before) if before else None,
            is_new=self.is_marked and code in self.changes.added,
        )

    def _former(self, measure: Content) -> MeasureEntry:
        """Describe a measure of an earlier edition, without its indicators."""
        title = self.text(measure["title"])
        assert title is not None
        facts = list(self._facts_of_measure(measure))
        judgements = self._judgements(measure["assessments"])
        return MeasureEntry(measure["code"], title, "", facts, judgements, [], [], [], "", "")

    def _state_of_measure(self, measure: Content) -> str:
        if measure["code"] in self.changes.added:
            return str(_("Nouvelle"))
        before = self.changes.measures.get(measure["code"])
        if before is None or not self._differences_of_measure(before, measure):
            return ""
        return typeset(_("Texte modifié"))

    def _differences_of_measure(self, before: Content, after: Content) -> list[Difference]:
        made = []
        for name, label in (("title", _("Intitulé")), ("summary", _("Résumé"))):
            old, new = (self.text(it[name]) or self._own("") for it in (before, after))
            made += self._difference(label, old, new)
        old, new = (Text(it["lead"] or "", DEFAULT_LOCALE) for it in (before, after))
        return made + self._difference(_("Pilote"), old, new)

    def _difference(self, label: str, old: Text, new: Text) -> list[Difference]:
        if old.value == new.value:
            return []
        change = TextChange(label, old.value, new.value)
        return [Difference(label, joined(change.parts), new.language)]

    def _facts_of_measure(self, measure: Content) -> Iterator[Fact]:
        if summary := self.text(measure["summary"]):
            yield Fact("", summary)
        if measure["lead"]:
            yield Fact(_("Pilote"), Text(measure["lead"], DEFAULT_LOCALE))
        if measure["is_shipped"]:
            unofficial = _(
                "Ce thème vient du suivi du plan : ce n'est pas une mesure officielle. Ses"
                " indicateurs sont des exemples à discuter."
            )
            yield Fact("", self._own(unofficial))

    def _judgements(self, assessments: Sequence[Content]) -> Table | None:
        if not assessments:
            return None
        rows = [
            [
                self._own(label_of(Assessor(it["assessor"]))),
                self._own(label_of(Level(it["level"]))),
                self._own(day(date.fromisoformat(it["assessed_on"]))),
                self._grounds(it),
            ]
            for it in assessments
        ]
        columns = [_("Selon"), _("Avancement"), _("Le"), _("Pourquoi")]
        return Table(_("Où en est la mesure"), columns, rows)

    def _grounds(self, assessment: Content) -> Text:
        evidence = self.text(assessment["evidence"]) or self._own("")
        source = assessment["source_url"] or ""
        parts = [part for part in (evidence.value, source) if part]
        return Text("\n".join(parts), evidence.language)

    def _indicator(self, measure_code: str, indicator: Content) -> IndicatorEntry:
        code, label = indicator["code"], self.text(indicator["label"])
        assert label is not None
        before = self.changes.indicators.get(code) if self.is_marked else None
        return IndicatorEntry(
            code=code,
            label=label,
            state=self._state(indicator) if self.is_marked else "",
            facts=list(self._facts(indicator)),
            brief=list(self._brief(indicator)),
            points=self._points(indicator),
            values=self._observed(code),
            differences=self._differences(before, indicator) if before else [],
            decisions=self._decisions(self.changes.on(measure_code, code)),
            before=self._former_indicator(before) if before else None,
            is_new=self.is_marked and code in self.changes.added,
        )

    def _state(self, indicator: Content) -> str:
        code = indicator["code"]
        if code in self.changes.added:
            return str(_("Nouveau"))
        before = self.changes.indicators.get(code)
        is_changed = before is not None and self._differences(before, indicator)
        return typeset(_("Texte modifié")) if is_changed else ""

    def _former_indicator(self, indicator: Content) -> IndicatorEntry:
        label = self.text(indicator["label"])
        assert label is not None
        facts, points = list(self._facts(indicator)), self._points(indicator)
        return IndicatorEntry(indicator["code"], label, facts=facts, points=points)

    def _observed(self, code: str) -> Table | None:
        """Return the published values of an indicator, those that are hidden as pages say it."""
        rows = [
            [*map(self._own, plain_texts(it)), Text(it.row.covers or "", DEFAULT_LOCALE)]
            for it in self.values.get(code, ())
        ]
        columns = (_("Date"), _("Valeur"), _("Selon"), _("Périmètre"))
        return Table(_("Valeurs publiées"), columns, rows) if rows else None

    def _facts(self, indicator: Content) -> Iterator[Fact]:
        for name, label in (
            ("definition", _("Définition")),
            ("unit", _("Unité")),
            ("data_source", _("Source proposée")),
        ):
            if text := self.text(indicator[name]):
                yield Fact(label, text)
        direction = from_json(indicator["measurement"]).direction
        if direction and direction is not WantedDirection.NONE:
            yield Fact(_("Sens voulu"), self._own(label_of(direction)))

    def _brief(self, indicator: Content) -> Iterator[Fact]:
        measured = from_json(indicator["measurement"])
        start, midterm, final = (self._cells(indicator, measured, point) for point in Point)
        for label, cells in ((_("départ"), start), (_("cible"), final or midterm)):
            if cells and len(cells[0].value) <= LONGEST_BRIEF:
                value, dated, _source = cells
                when = f" ({dated.value})" if dated.value else ""
                yield Fact(label, replace(value, value=f"{value.value}{when}"))
        has_figure = any(measured.figure(point) for point in Point)
        unit = self.text(indicator["unit"])
        if has_figure and measured.measured_as is not MeasuredAs.PERCENTAGE and unit:
            yield Fact("", unit)

    def _points(self, indicator: Content) -> Table | None:
        measured = from_json(indicator["measurement"])
        rows = [
            [self._own(label_of(point)), *cells]
            for point in Point
            if (cells := self._cells(indicator, measured, point))
        ]
        columns = [_("Repère"), _("Valeur"), _("Date"), _("Source")]
        kept = [0, 1, *(place for place in (2, 3) if any(row[place].value for row in rows))]
        if not rows:
            return None
        return Table("", [columns[it] for it in kept], [[row[it] for it in kept] for row in rows])

    def _cells(self, indicator: Content, measured: Measurement, point: Point) -> list[Text]:
        """Return value, date and source of a point: typed ones, else the free text."""
        if figure := measured.figure(point):
            value = labels.value_text(figure.value, measured.measured_as)
            source = Text(figure.source, DEFAULT_LOCALE)
            return [
                self._own(value),
                self._own(dated_text(figure.dated) if figure.dated else ""),
                source,
            ]
        free = self.text(indicator[TEXT_OF_POINT[point]])
        return [free, self._own(""), self._own("")] if free else []

    def _differences(self, before: Content, after: Content) -> list[Difference]:
        compared = zip(
            self._compared_labels(), self._compared(before), self._compared(after), strict=True
        )
        return [made for label, old, new in compared for made in self._difference(label, old, new)]

    def _compared_labels(self) -> Sequence[str]:
        return [
            _("Intitulé"),
            _("Définition"),
            _("Unité"),
            _("Source proposée"),
            *map(label_of, Point),
        ]

    def _compared(self, indicator: Content) -> list[Text]:
        """Return the texts of an indicator that are compared."""
        names = ("label", "definition", "unit", "data_source")
        texts = [self.text(indicator[name]) or self._own("") for name in names]
        measured = from_json(indicator["measurement"])
        for point in Point:
            cells = self._cells(indicator, measured, point)
            value = ", ".join(cell.value for cell in cells if cell.value)
            texts.append(Text(value, cells[0].language if cells else self.choice.language))
        return texts

    def _removed_indicators(self, measure: Content) -> Iterator[IndicatorEntry]:
        before = self.changes.measures.get(measure["code"])
        former = list(before["indicators"] if before else ())
        removed = {it["code"]: it for it in former}
        follows = {it["code"]: ahead["code"] for ahead, it in pairwise(former)}
        decided = [
            code for place, code in self.changes.decisions if place == measure["code"] and code
        ]
        _measures, present = content_by_code(self.content)
        for code in dict.fromkeys((*removed, *decided)):
            if code in present:
                continue
            indicator = removed.get(code) or self.changes.indicators.get(code)
            if indicator and self.text(indicator["label"]):
                yield replace(
                    self._former_indicator(indicator),
                    state=_("Retiré"),
                    decisions=self._decisions(self.changes.on(measure["code"], code)),
                    follows=follows.get(code, ""),
                )

    def changed(self) -> ChangeCounts:
        assert self.choice.since is not None
        measures, present = content_by_code(self.content)
        before, added = self.changes.indicators, self.changes.added
        kept = (it for code, it in present.items() if code in before and code not in added)
        return ChangeCounts(
            self.choice.since,
            is_previous=self.choice.since == self.number - 1,
            reworded=sum(bool(self._differences(before[it["code"]], it)) for it in kept),
            added=len(present.keys() & added),
            removed=len(before.keys() - present.keys()),
            added_measures=len(measures.keys() & added),
            removed_measures=len(self.changes.measures.keys() - measures.keys()),
        )

    def _removed_measures(self) -> Iterator[MeasureEntry]:
        measures, _indicators = content_by_code(self.content)
        for code, measure in self.changes.measures.items():
            if code not in measures:
                indicators = [self._former_indicator(it) for it in measure["indicators"]]
                yield replace(self._former(measure), indicators=indicators)

    def _changed_list(self) -> ChangeList | None:
        """List what changed since the edition that is chosen, or since the one before.

        A first edition that changes nothing has no list.
        """
        since_ = self.number - 1 if self.choice.since is None else self.choice.since
        lines = list(self._change_lines()) if self.number else []
        if self.number < 2 and not lines:
            return None
        if since_ == self.number - 1:
            title = _("Ce qui change dans cette édition")
        elif since_:
            title = _("Ce qui a changé depuis l'édition %(number)s", number=since_)
        else:
            title = _("Ce qui a changé depuis le début")
        sentence = "" if lines else typeset(_("Aucun texte ne change."))
        return ChangeList(typeset(title), sentence, lines)

    def _change_lines(self) -> Iterator[ChangeLine]:
        for measure in content_by_code(self.content)[0].values():
            code, title = measure["code"], self.text(measure["title"]) or self._own("")
            place = f"mesure-{code}"
            if state := self._state_of_measure(measure):
                yield ChangeLine(state, code, title, place)
            if code in self.changes.added:
                continue
            for it in measure["indicators"]:
                label = self.text(it["label"]) or self._own("")
                if state := self._state(it):
                    yield ChangeLine(state, it["code"], label, f"indicateur-{it['code']}")
            for gone in self._removed_indicators(measure):
                yield ChangeLine(gone.state, gone.code, gone.label, place)
        for measure_gone in self._removed_measures():
            yield ChangeLine(_("Retirée"), measure_gone.code, measure_gone.title, "")

    def _decisions(self, decided: Sequence[Decided]) -> list[DecisionEntry]:
        return [self._decision(it) for it in decided]

    def _decision(self, decided: Decided) -> DecisionEntry:
        heading = " · ".join(label_of(it) for it in names_of(decided.outcome, decided.change))
        subject = self.text(decided.subject)
        if self.choice.since is None:
            return DecisionEntry(heading, subject)
        if self.choice.since < self.number - 1:
            heading += " · " + _("édition %(number)s", number=decided.edition)
        return DecisionEntry(
            typeset(heading),
            subject,
            self.text(decided.reason),
            self._contributions(decided.basis),
            labels.quotations(decided.basis, self.choice.language),
        )

    def _contributions(self, basis: Basis) -> str:
        counted = contributions(basis, self.site.smallest)
        return typeset(_("S'appuie sur %(counted)s.", counted=counted)) if counted else ""
