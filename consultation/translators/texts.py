"""Texts of organisers: where each stands, in which languages, and which translations are stale."""

import enum
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.clock import now
from consultation.collective import stale_translations
from consultation.collective import texts as site_texts
from consultation.collective.stale_translations import StaleTranslations
from consultation.i18n import DEFAULT_LOCALE, OTHER_LOCALES, Labelled, Localized, localized
from consultation.invitations.mailings import drafts
from consultation.invitations.mailings.rules import LONGEST_BODY, LONGEST_SUBJECT, rules_of
from consultation.invitations.models import Mailing, MailingState, Purpose
from consultation.plan.drafts import IndicatorDraft, MeasureDraft
from consultation.plan.workbook import writer
from consultation.questionnaires.models import Round
from consultation.questionnaires.outline import store, wordings
from consultation.questionnaires.outline.labels import question_label, title_of
from consultation.questionnaires.outline.question_validation import LONGEST_LABEL, LONGEST_OPTION
from consultation.questionnaires.outline.structure import Outline
from consultation.questionnaires.outline.validation import LONGEST_INTRO, LONGEST_TITLE
from consultation.questionnaires.outline.wordings import Part, Spot
from consultation.questionnaires.rounds import queries
from consultation.questionnaires.rounds import texts as round_texts
from consultation.records.fields import descriptions
from consultation.text import clean_line, clean_text, clip

LONGEST_WHERE = 80
"""Characters of a text that name the place of another."""
LONGEST_AXIS = 300


class Kind(enum.StrEnum):
    """What a text belongs to, as references of sheets name it."""

    SITE = "site"
    ROUND = "tour"
    ROUND_TEXT = "texte-du-tour"
    OUTLINE = "questionnaire"
    AXIS = "axe"
    MEASURE = "mesure"
    INDICATOR = "indicateur"
    MESSAGE = "message"


class State(Labelled):
    """How a text stands in a language."""

    LACKING = "manque", "Manque"
    STALE = "change", "Le français a changé"
    CURRENT = "traduit", "Traduit"


@dataclass(frozen=True)
class Group:
    """Texts that the team finds on one page; `code` is that of a round, empty for none."""

    kind: Kind
    name: str
    code: str = ""
    tags: tuple[str, ...] = OTHER_LOCALES
    """The languages in which they are read."""


def _nothing(_text: str) -> None:
    """Nothing is wrong with any text."""


@dataclass(frozen=True)
class OrganiserText:
    """A text with its French and its translations; `key` says where it stands.

    `error_of` returns what its place would refuse in a translation, as a sentence, or None.
    """

    group: Group
    key: tuple[str, ...]
    where: str
    field: str
    content: Localized
    limit: int
    is_line: bool = False
    error_of: Callable[[str], str | None] = _nothing

    @property
    def kind(self) -> Kind:
        return Kind(self.key[0])

    @property
    def reference(self) -> str:
        """The key as one text, for sheets and forms."""
        return "/".join(self.key)

    @property
    def french(self) -> str:
        return self.content[DEFAULT_LOCALE]

    def cleaned(self, text: str) -> str:
        """Return a text as the fields and the cells of its place clean it."""
        return clean_line(text) if self.is_line else clean_text(text).strip()


@dataclass(frozen=True)
class Line:
    """A text in a language; `earlier` is the French of a stale translation."""

    text: OrganiserText
    translation: str
    earlier: str | None

    @property
    def state(self) -> State:
        if not self.translation:
            return State.LACKING
        return State.CURRENT if self.earlier is None else State.STALE


@dataclass(frozen=True)
class OrganiserTexts:
    """The texts of organisers as they stand now."""

    listed: Sequence[OrganiserText]
    stale: StaleTranslations

    @cached_property
    def by_reference(self) -> Mapping[str, OrganiserText]:
        return {it.reference: it for it in self.listed}

    def line(self, text: OrganiserText, tag: str) -> Line:
        return Line(text, text.content.get(tag, ""), self.stale.french_of(text.content, tag))

    def lines(self, tag: str) -> list[Line]:
        """Return the texts that are read in a language, in their order."""
        return [self.line(it, tag) for it in self.listed if tag in it.group.tags]

    @cached_property
    def groups(self) -> Sequence[Group]:
        return list(dict.fromkeys(it.group for it in self.listed))

    @cached_property
    def counts(self) -> Mapping[tuple[Group, str], Mapping[State, int]]:
        """How many texts of each group stand how, by group and language."""
        counts: dict[tuple[Group, str], Counter[State]] = {
            (group, tag): Counter() for group in self.groups for tag in group.tags
        }
        for tag in OTHER_LOCALES:
            for line in self.lines(tag):
                counts[line.text.group, tag][line.state] += 1
        return counts


def texts(session: Session, sender: str, at: datetime | None = None) -> OrganiserTexts:
    """Return every text that organisers write and visitors read, with its translations.

    Of the site, of each round that is not over, of the plan in force, and of the messages that
    have not left.  `sender` is the address of the collective, which a shipped text names.
    """
    open_rounds = [it for it in queries.latest_first(session) if it.closes_at > (at or now())]
    listed = [*_of_site(session)]
    for round_ in open_rounds:
        suffix = f" « {round_.code} »" if len(open_rounds) > 1 else ""
        listed += _of_round(session, round_, sender, suffix)
        listed += _of_outline(session, round_, suffix)
    listed += [*_of_plan(session), *_of_messages(session)]
    written = [it for it in listed if it.content.get(DEFAULT_LOCALE, "").strip()]
    return OrganiserTexts(written, stale_translations.load(session))


def _of_site(session: Session) -> Iterator[OrganiserText]:
    group = Group(Kind.SITE, "Le collectif")
    for kind, text in site_texts.in_force(session).items():
        if kind not in site_texts.SAME_IN_EACH_LANGUAGE:
            is_line = kind in site_texts.ONE_LINE
            limit = site_texts.LONGEST_LINE if is_line else site_texts.LONGEST
            key = (Kind.SITE, kind.value)
            yield OrganiserText(group, key, kind.label, "Texte", text.content, limit, is_line)


def _of_round(session: Session, round_: Round, sender: str, suffix: str) -> Iterator[OrganiserText]:
    name = f"Les textes du tour{suffix}"
    group = Group(Kind.ROUND_TEXT, name, round_.code, _asked_in(round_))
    key: tuple[str, ...] = (Kind.ROUND, round_.code, "title")
    limit = round_texts.LONGEST_TITLE
    yield OrganiserText(group, key, "Le tour", "Titre", round_.title, limit, is_line=True)
    for kind, text in round_texts.in_force(session, round_, sender).items():
        key = (Kind.ROUND_TEXT, round_.code, kind.value)
        is_line = kind in round_texts.ONE_LINE
        limit = round_texts.LONGEST[kind]
        yield OrganiserText(group, key, kind.label, "Texte", text.content, limit, is_line)


def _asked_in(round_: Round) -> tuple[str, ...]:
    return tuple(tag for tag in round_.locales if tag != DEFAULT_LOCALE)


FIELDS = {
    Part.OPTION: ("Réponse proposée", LONGEST_OPTION),
    Part.ROW: ("Ligne", LONGEST_OPTION),
    Part.SETTING: ("Mots de l'échelle", LONGEST_OPTION),
}
"""How texts of a question beside its label are called, and how long they may be."""
NAMED_FIELDS = {
    "title": ("Titre", LONGEST_TITLE),
    "intro": ("Introduction", LONGEST_INTRO),
    "label": ("Intitulé", LONGEST_LABEL),
    "hint": ("Aide", LONGEST_LABEL),
}
LINES = (Part.OPTION, Part.ROW, Part.SETTING)


def _of_outline(session: Session, round_: Round, suffix: str) -> Iterator[OrganiserText]:
    name = f"Le questionnaire du tour{suffix}" if suffix else "Le questionnaire"
    group = Group(Kind.OUTLINE, name, round_.code, _asked_in(round_))
    outline = store.working(session, round_)
    for spot, text in wordings.texts(outline):
        field, limit = FIELDS.get(spot.part) or NAMED_FIELDS[spot.name]
        key = (Kind.OUTLINE, round_.code, spot.part.value, spot.code, spot.name)
        is_line = spot.part in LINES or spot.name == "title"
        yield OrganiserText(group, key, _where(outline, spot), field, text, limit, is_line)


def _where(outline: Outline, spot: Spot) -> str:
    section, question = outline.section(spot.code), outline.question(spot.code)
    if spot.part is Part.SECTION and section:
        return f"Rubrique « {clip(title_of(section), LONGEST_WHERE)} »"
    label = question_label(question) if question else spot.code
    return f"Question « {clip(label, LONGEST_WHERE)} »"


def _of_plan(session: Session) -> Iterator[OrganiserText]:
    group, draft = Group(Kind.AXIS, "Le plan"), writer.draft_of(session)
    titles = {it.code: it for it in draft.axes}
    for measure in draft.measures:
        if axis := titles.pop(measure.axis, None):
            key = (Kind.AXIS, axis.code, "title")
            where = f"Axe {axis.code}"
            yield OrganiserText(group, key, where, "Intitulé", axis.title, LONGEST_AXIS, True)
        yield from _of_record(group, Kind.MEASURE, f"Mesure {measure.code}", measure)
        for indicator in measure.indicators:
            where = f"Indicateur {indicator.code}"
            yield from _of_record(group, Kind.INDICATOR, where, indicator)


def _of_record(
    group: Group, kind: Kind, where: str, record: MeasureDraft | IndicatorDraft
) -> Iterator[OrganiserText]:
    for name, it in descriptions(type(record)).items():
        if it.is_translated and (text := getattr(record, name)):
            key, limit = (kind, record.code, name), it.kind.limit
            yield OrganiserText(group, key, where, it.label, text, limit, not it.kind.is_long)


def _of_messages(session: Session) -> Iterator[OrganiserText]:
    waiting = (
        sa.select(Mailing, Round)
        .join(Round, Round.id == Mailing.round_id)
        .where(Mailing.state == MailingState.DRAFT)
        .order_by(Mailing.id)
    )
    for mailing, round_ in session.execute(waiting):
        group = Group(Kind.MESSAGE, "Les invitations à envoyer", round_.code, _asked_in(round_))
        if mailing.purpose is Purpose.EDITION:  # it goes to respondents of any round
            group = Group(Kind.MESSAGE, "Les messages sur une édition")
        draft, rules = drafts.draft_of(mailing), rules_of(mailing.purpose)
        where = f"Message « {clip(localized(draft.subject, DEFAULT_LOCALE), LONGEST_WHERE)} »"
        subject = (draft.subject, LONGEST_SUBJECT, True, rules.subject_error)
        body = (draft.body, LONGEST_BODY, False, rules.body_error)
        for name, field, text in (("subject", "Objet", subject), ("body", "Texte", body)):
            key = (Kind.MESSAGE, mailing.public_id, name, mailing.purpose.value)
            yield OrganiserText(group, key, where, field, *text)
