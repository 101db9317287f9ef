"""Structure of every public page, read from its HTML."""

from html.parser import HTMLParser
from itertools import pairwise

import pytest

from consultation import create_app
from consultation.decisions.models import DecisionOutcome
from consultation.extensions import db
from consultation.files import resource
from consultation.server.run import FOLLOWING, LARGE, is_large
from consultation.web.typography import french
from tests.decisions.builders import (
    indicator_subject,
    make_decision,
    make_edition,
    make_organiser,
    make_published_text,
    wording_of,
)
from tests.factories import make_measure, make_round
from tests.results.public.test_results_pages import quote
from tests.results.publishing_builders import answer_many, publish

pytestmark = pytest.mark.looks

PAGES = (
    "/", "/mesures", "/mesures?q=zzz", "/mesures/T7", "/mesures/T7/contribuer", "/outil/contribuer",
    "/resultats", "/resultats/T7", "/resultats/T7/citations", "/donnees-personnelles",
    "/accessibilite", "/securite", "/contributions/retrouver", "/contributions/", "/rien",
    "/decisions", "/decisions?par=mesure", "/mesures/T7/indicateurs/T7.1", "/plan", "/plan/T7",
)  # fmt: skip
IN_ENGLISH = tuple("/en" + page for page in PAGES)
VOID = {"input", "meta", "link", "br", "hr", "img", "path", "circle", "rect", "use"}
PLAYED = {"iframe", "frame", "object", "embed", "audio", "video", "canvas", "marquee", "blink"}
FOR_LOOKS = {"font", "center", "big", "strike", "tt", "basefont"}
LOOKS = {"align", "bgcolor", "color", "valign", "border", "cellpadding", "cellspacing", "target"}


class Source(HTMLParser):
    """The tags of a page, each with its attributes and what it stands in."""

    def __init__(self, text):
        super().__init__()
        self.text = text
        self.tags, self.open, self.titles, self.errors, self.strings = [], [], [], [], []
        self.feed(text)
        self.close()
        self.errors += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        names = [name for name, _ in attributes]
        self.errors += [f"{name} twice on <{tag}>" for name in names if names.count(name) > 1]
        self.tags.append((tag, dict(attributes), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes), tuple(self.open)))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.errors.append(f"</{tag}> where {self.open[-1:]} is open")
            return
        self.open.pop()

    def handle_data(self, data):
        self.strings.append(data)
        if self.open[-1:] == ["title"]:
            self.titles.append(data.strip())

    def all(self, *names):
        return [tag for tag in self.tags if tag[0] in names]


def _publish_decision(session, opened):
    organiser, text = make_organiser(session), make_published_text(session, opened, "Un avis.")
    subject = indicator_subject(session)
    label = {"fr": "Places ouvertes", "en": "Open places"}
    decision = make_decision(
        session, organiser, subject, outcome=DecisionOutcome.AMENDED,
        wording=wording_of(subject) | {"label": label}, answer_ids=[text],
    )  # fmt: skip
    make_edition(session, organiser, decision)


@pytest.fixture(scope="module")
def sources(databases, keys_dir, tmp_path_factory):
    """Every public page by its address, fetched once for all."""
    url, home = databases.create(), tmp_path_factory.mktemp("structure")
    app = create_app({"HOME": home, "KEYS_DIR": keys_dir, "DATABASE_URL": url})
    with app.app_context():
        make_measure(db.session, "T7")
        opened = make_round(db.session)
        quote(db.session, opened, "Un texte publié.", measure="T7")
        answers = {("T7.1", "stance"): "keep", ("T7.1", "relevance"): 8}
        answer_many(db.session, opened, "T7", (12, answers, {"capacity": "justice"}))
        publish(db.session, opened)
        _publish_decision(db.session, opened)
    visitor = app.test_client()
    yield {page: Source(visitor.get(page).text) for page in PAGES + IN_ENGLISH}
    with app.app_context():
        db.engine.dispose()
    databases.drop(url)


def test_tags_are_closed_in_their_order_and_no_attribute_stands_twice(sources):
    assert {page: source.errors for page, source in sources.items() if source.errors} == {}


def test_page_says_its_type_and_its_language(sources):
    for page, source in sources.items():
        assert source.text.startswith("<!doctype html>")
        assert source.all("html")[0][1]["lang"] == ("en" if page.startswith("/en") else "fr")
        assert source.all("html")[0][1].get("dir", "ltr") == "ltr"


def test_french_has_its_own_apostrophes_and_spaces(sources):
    typed = {
        (page, text.strip())
        for page, source in sources.items()
        if not page.startswith("/en")
        for text in source.strings
        if french(text) != text
    }

    assert typed == set()


def test_link_to_the_other_language_says_which(sources):
    for page, source in sources.items():
        other = "fr" if page.startswith("/en") else "en"
        switches = [
            (tag, attributes["lang"], attributes.get("hreflang", other))
            for tag, attributes, above in source.all("a", "button")
            if "nav" in above and "lang" in attributes
        ]
        posts_what_was_typed = page.endswith("/contribuer")

        assert switches == [("button" if posts_what_was_typed else "a", other, other)], page


def test_nothing_plays_moves_refreshes_or_opens_a_window(sources):
    for page, source in sources.items():
        refreshing = [
            attributes for _, attributes, _ in source.all("meta") if "http-equiv" in attributes
        ]
        keyed = [attributes for _, attributes, _ in source.tags if "accesskey" in attributes]

        assert source.all(*PLAYED) == [], page
        assert refreshing == keyed == [], page
        assert [attributes for _, attributes, _ in source.tags if "target" in attributes] == [], (
            page
        )


def test_no_style_sheet_of_public_pages_animates():
    sheets = [resource("static") / name for name in ("consultation.css", "progress.css")]

    assert [sheet.name for sheet in sheets if "@keyframes" in sheet.read_text("utf-8")] == []


def test_no_tag_or_attribute_is_there_for_looks(sources):
    for page, source in sources.items():
        assert source.all(*FOR_LOOKS) == [], page
        dressed = [tag for tag, attributes, above in source.tags if LOOKS & attributes.keys()]

        assert dressed == [], page


def test_headings_begin_with_the_subject_and_skip_no_level(sources):
    for page, source in sources.items():
        levels = [int(tag[1]) for tag, _, _ in source.all("h1", "h2", "h3", "h4", "h5", "h6")]

        assert levels[0] == 1, page
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_each_page_has_its_own_title(sources):
    french = [sources[page].titles[0] for page in PAGES]
    english = [sources[page].titles[0] for page in IN_ENGLISH]

    assert len({*french, *english}) == len(PAGES) * 2


def test_regions_and_links_stand_at_the_same_place_on_every_page(sources):
    for pages in (PAGES, IN_ENGLISH):
        regions = {
            tuple(tag for tag, _, above in sources[page].all("header", "main", "footer")
                  if "main" not in above)
            for page in pages
        }  # fmt: skip
        bars = {
            tuple(
                attributes["href"]
                for _, attributes, above in sources[page].all("a")
                if {"header", "footer"} & {*above}
                and "main" not in above
                and "hreflang" not in attributes
            )
            for page in pages
        }

        assert regions == {("header", "main", "footer")}
        assert len(bars) == 1


def test_first_link_leads_to_the_content(sources):
    for page, source in sources.items():
        target = next(attributes for tag, attributes, _ in source.all("main"))

        assert source.all("a")[0][1]["href"] == f"#{target['id']}", page


def test_table_says_what_it_is_and_which_cells_are_headers(sources):
    tables = [source for source in sources.values() if source.all("table")]
    for source in tables:
        named = [
            attributes for _, attributes, _ in source.all("table") if attributes.get("aria-label")
        ]
        assert len(source.all("caption")) + len(named) == len(source.all("table"))
        assert all(
            attributes.get("scope") in ("col", "row") for _, attributes, _ in source.all("th")
        )
        assert source.all("th")

    assert len(tables) > 2


def test_fields_about_the_person_can_be_filled_by_the_browser(sources):
    offered = {
        attributes["autocomplete"]
        for _, attributes, _ in sources["/mesures/T7/contribuer"].all("input")
        if attributes.get("autocomplete") not in (None, "off")
    }

    assert offered == {"name", "email", "organization"}


def test_who_is_in_the_middle_of_something_is_among_the_last_to_be_refused(app):
    rules = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}

    for start in FOLLOWING:
        assert any(rule.startswith(start) for rule in rules.values()), f"no page below {start}"
    assert rules["responses.receipt"].startswith(FOLLOWING)
    assert rules["spaces.saved"].startswith(FOLLOWING)


def test_pages_of_the_whole_plan_are_made_one_at_a_time_and_no_form_waits_for_them(app):
    rules = {rule.endpoint: rule.rule for rule in app.url_map.iter_rules()}

    for start in LARGE:
        assert any(rule.startswith(start) for rule in rules.values()), f"no page below {start}"
    for endpoint in ("plan_overview.plan", "reports.latest", "documents.page"):
        assert is_large(rules[endpoint])
    assert is_large("/en" + rules["plan_overview.plan"])
    for endpoint in ("responses.contribute", "responses.receipt", "spaces.saved"):
        assert not is_large(rules[endpoint])
    for file in ("/1/bilan.pdf", "/1/bilan.html", "/1/donnees.zip"):
        assert not is_large(rules["reports.latest"] + file)  # it may wait for its turn
