"""Pages that can be read over, and the digest of what each says in a language.

A page is what ships of it, with what the team writes on it: a count, a day or a figure changes
nothing, another word does, and so does what a page says once answers are taken or no more.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from consultation.collective import texts as site_texts
from consultation.collective.models import SiteTextKind
from consultation.i18n import Localized, localized
from consultation.plan import queries as plan_queries
from consultation.plan.models import Measure
from consultation.plan.tags import all_tags
from consultation.privacy import inventory
from consultation.questionnaires.form.instrument import InstrumentCache
from consultation.questionnaires.models import Questionnaire, Round, RoundTextKind
from consultation.questionnaires.publication.publish import TOOL
from consultation.questionnaires.rounds import queries as rounds_queries
from consultation.questionnaires.rounds import texts as round_texts
from consultation.readings import catalogue
from consultation.readings.models import ReadablePage
from consultation.results.public import queries as public_queries

Text = Mapping[str, str] | None


class PageKey(NamedTuple):
    """A page in a language; `code` is that of the measure of a form."""

    tag: str
    page: ReadablePage
    code: str = ""


class PublishedForm(NamedTuple):
    """A form that visitors are given, by its public id."""

    public_id: str
    title: Localized


@dataclass(frozen=True)
class TextSources:
    """What the texts of pages are read from, at a moment."""

    session: Session
    at: datetime
    settings: Mapping[str, Any]
    shelf: InstrumentCache

    @cached_property
    def round(self) -> Round | None:
        """The round that visitors meet."""
        return rounds_queries.current(self.session, self.at)

    @cached_property
    def forms(self) -> Mapping[str, PublishedForm]:
        """The forms of that round by the code of their measure, in the plan's order."""
        if self.round is None:
            return {}
        rows = self.session.execute(
            sa.select(Measure.code, Questionnaire.public_id, Questionnaire.title)
            .select_from(Questionnaire)
            .outerjoin(Measure, Measure.id == Questionnaire.measure_id)
            .where(
                Questionnaire.round_id == self.round.id,
                Questionnaire.published_at.is_not(None),
                Questionnaire.closed_at.is_(None),
            )
            .order_by(Measure.id.is_(None), Measure.position, Measure.id)
        )
        return {code or TOOL: PublishedForm(public_id, title) for code, public_id, title in rows}


def _state(sources: TextSources) -> Localized:
    """What a page says otherwise before, during and after a round, and once there are results."""
    current = sources.round
    states = (
        current is not None,
        current is not None and current.is_open(sources.at),
        current is not None and sources.at >= current.closes_at,
        public_queries.has_results(sources.session),
    )
    return {"fr": str(states)}


def _of_home(sources: TextSources, _code: str) -> Iterator[Text]:
    yield _state(sources)
    of_round = _round_texts(sources)
    for kind in (RoundTextKind.HOME_TITLE, RoundTextKind.HOME_LEAD, RoundTextKind.HOME_MORE):
        yield of_round[kind].content
    of_site = site_texts.in_force(sources.session)
    yield from (of_site[it].content for it in (SiteTextKind.MEMBERS, SiteTextKind.EVALUATION))
    example = plan_queries.example_indicator(sources.session)
    yield example.version.label if example else None


def _of_measures(sources: TextSources, _code: str) -> Iterator[Text]:
    yield _state(sources)
    measures = plan_queries.measures(sources.session)
    for measure in measures:
        yield from (measure.axis.title, measure.title)
    yield from (it.label for it in all_tags(measures))


def _of_form(sources: TextSources, code: str) -> Iterator[Text]:
    form = sources.forms.get(code)
    instrument = form and sources.shelf.take(sources.session, form.public_id)
    yield from instrument.texts if instrument else ()


def _of_receipt(_sources: TextSources, _code: str) -> Iterator[Text]:
    yield from ()


def _of_help(sources: TextSources, _code: str) -> Iterator[Text]:
    yield _state(sources)
    yield site_texts.in_force(sources.session)[SiteTextKind.HELP].content


def _of_data(sources: TextSources, _code: str) -> Iterator[Text]:
    yield _round_texts(sources)[RoundTextKind.NOTICE].content
    for category in filter(lambda it: it.is_public, inventory.categories()):
        yield from (category.title, category.purpose, category.kept_until(sources.settings))


def _of_results(sources: TextSources, _code: str) -> Iterator[Text]:
    for title, labels in public_queries.wordings(sources.session):
        yield title
        yield from labels


def _round_texts(sources: TextSources) -> Mapping[RoundTextKind, round_texts.TextInForce]:
    sender = sources.settings["MAIL_SENDER"]
    return round_texts.in_force(sources.session, sources.round, sender)


@dataclass(frozen=True)
class PageTexts:
    """Where a page is, and where its texts are: what ships of it, and what the team writes."""

    endpoints: tuple[str, ...]
    templates: tuple[str, ...]
    modules: tuple[str, ...]
    written: Callable[[TextSources, str], Iterator[Text]]


PAGES: Mapping[ReadablePage, PageTexts] = {
    ReadablePage.HOME: PageTexts(("plan.home",), ("plan/home.html",), (), _of_home),
    ReadablePage.MEASURES: PageTexts(
        ("plan.measures",), ("plan/measures.html",), ("plan/models.py",), _of_measures
    ),
    ReadablePage.FORM: PageTexts(
        ("responses.contribute", "responses.contribute_to_tool"),
        ("responses/submission/form.html", "questionnaires/form/fields.html"),
        ("questionnaires/form/rendering.py", "collective/numbers.py"),
        _of_form,
    ),
    ReadablePage.RECEIPT: PageTexts(
        ("responses.receipt",),
        ("responses/submission/receipt.html",),
        ("collective/numbers.py",),
        _of_receipt,
    ),
    ReadablePage.HELP: PageTexts(
        ("about.help_page",), ("collective/help.html",), ("collective/numbers.py",), _of_help
    ),
    ReadablePage.DATA: PageTexts(
        ("responses.privacy",), ("responses/submission/privacy.html",), (), _of_data
    ),
    ReadablePage.RESULTS: PageTexts(
        ("results.measures",),
        ("results/public/one_by_one.html", "results/public/_sentences.html"),
        ("results/public/labels.py", "results/indicators/labels.py"),
        _of_results,
    ),
}
BY_ENDPOINT = {endpoint: page for page, it in PAGES.items() for endpoint in it.endpoints}


def digest_of(sources: TextSources, key: PageKey) -> str:
    """By which a reading knows the page: another word is another one."""
    page = PAGES[key.page]
    shipped = catalogue.texts_of(key.tag, page.templates, page.modules)
    written = (localized(it, key.tag).strip() for it in page.written(sources, key.code))
    return hashlib.sha256("\0".join([*shipped, *written]).encode()).hexdigest()
