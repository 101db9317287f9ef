"""Rich text of organisers: emphasis and links, never scripts."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.web import markdown


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def tags_of(markup):
    parser = Tags()
    parser.feed(str(markup))
    return parser.tags


HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "[x](javascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](https://exemple.fr/suivi.png)",
    "<svg/onload=alert(1)>",
    '[x](https://exemple.fr "titre\\" onmouseover=alert(1)")',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "<a href='vbscript:x'>x</a>",
]


def test_emphasis_links_and_lists_are_shown():
    markup = markdown.blocks("Le *plan* **2024**\n\n- un\n- [deux](https://exemple.fr/a)")

    assert "<em>plan</em> <strong>2024</strong>" in markup
    assert "<li>un</li>" in markup
    assert '<a href="https://exemple.fr/a" rel="noreferrer">deux</a>' in markup


def test_one_line_has_no_paragraph_around_it():
    assert markdown.inline("Voir *ici*") == "Voir <em>ici</em>"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_never_run(text):
    for markup in (markdown.blocks(text), markdown.inline(text)):
        for tag, attributes in tags_of(markup):
            assert tag in markdown.TAGS
            assert set(attributes) <= {"href", "rel", "title"}
            assert attributes.get("href", "https:").startswith(("http:", "https:", "mailto:"))


@given(st.text())
def test_any_text_gives_only_the_tags_of_the_list(text):
    for markup in (markdown.blocks(text), markdown.inline(text)):
        assert {tag for tag, _ in tags_of(markup)} <= markdown.TAGS


@pytest.mark.parametrize("text", HOSTILE)
def test_second_wall_holds_alone_should_the_first_let_html_through(text):
    for cleaner in (markdown._blocks, markdown._inline):
        for tag, attributes in tags_of(cleaner.clean(text)):
            assert tag in markdown.TAGS
            assert attributes.get("href", "https:").startswith(("http:", "https:", "mailto:"))


@pytest.mark.parametrize(
    "address",
    [
        "//ailleurs.example",
        r"\\\\ailleurs",
        "/\\ailleurs",
        "&#47;&#47;ailleurs",
        "%5C%5Cailleurs",
    ],
)
def test_link_to_a_machine_without_a_scheme_stays_words(address):
    for markup in (markdown.blocks(f"[ici]({address})"), markdown.inline(f"[ici]({address})")):
        assert "<a" not in markup
    assert "<a" in markdown.inline("[ici](/mesures/T7)")
