"""One checker for every page that any test fetches, and a client that calls it."""

import contextvars
import html
import re
from html.parser import HTMLParser
from typing import NamedTuple

from flask import has_app_context
from flask.testing import FlaskClient

from consultation.extensions import db
from consultation.i18n import LOCALES

CONTROLS = {"input", "select", "textarea"}
HIDDEN = {"hidden", "submit", "button"}


class _Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = [], []
        self.title = ""
        self._stack = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attributes), tuple(self._stack)))
        if tag not in {"input", "br", "meta", "link", "img", "hr", "path", "use"}:
            self._stack.append(tag)

    def handle_endtag(self, tag):
        if tag in self._stack:
            while self._stack.pop() != tag:
                pass

    def handle_data(self, data):
        if self._stack and self._stack[-1] == "title" and "svg" not in self._stack:
            self.title += data


EMPTY_LIST = re.compile(r"<(?:ul|ol|dl|tbody)\b[^>]*>\s*</")


def check_page(text):
    """Raise AssertionError when a page lacks what every page must have."""
    page = _Page(text)
    ids = [found["id"] for _, found, _ in page.attributes if "id" in found]
    fixed = {
        found["id"]
        for tag, found, _ in page.attributes
        if tag == "fieldset" and "id" in found and "tabindex" not in found
    }
    labelled = {found.get("for") for tag, found, _ in page.attributes if tag == "label"}

    assert page.title.strip(), "a page needs a title"
    assert page.tags.count("h1") == 1, f"one h1, not {page.tags.count('h1')}"
    assert page.tags.count("main") == 1, "one main"
    assert len(ids) == len(set(ids)), f"ids twice: {sorted({i for i in ids if ids.count(i) > 1})}"
    assert any(
        tag == "html" and found.get("lang") in LOCALES for tag, found, _ in page.attributes
    ), "html needs its lang"
    for tag, found, above in page.attributes:
        assert "style" not in found, f"inline style on <{tag}>"
        assert not any(name.startswith("on") for name in found), f"inline script on <{tag}>"
        if tag in CONTROLS and found.get("type") not in HIDDEN:
            named = found.get("id") in labelled or "aria-label" in found
            assert named or "aria-labelledby" in found or "label" in above, f"unnamed: {found}"
        for name in ("aria-describedby", "aria-labelledby"):
            for target in (found.get(name) or "").split():
                assert target in ids, f"{name} names {target}, which is not there"
        if tag == "a" and (found.get("href") or "").startswith("#"):
            assert found["href"][1:] in ids, f"a link to {found['href']} leads nowhere"
            assert found["href"][1:] not in fixed, f"{found['href']} can not take the focus"
    assert (empty := EMPTY_LIST.findall(text)) == [], f"a list of nothing: {empty}"
    assert "<script>" not in text, "inline script"
    assert not re.search(r"(src|href)=\"//", text), "an address without scheme"


def dead_links(text):
    """The links of a page to a part of it that is not there."""
    page = _Page(text)
    ids = {found["id"] for _, found, _ in page.attributes if "id" in found}
    targets = [found.get("href") or "" for tag, found, _ in page.attributes if tag == "a"]
    return [target for target in targets if target.startswith("#") and target[1:] not in ids]


def visible_text(page):
    """Words of a page, as its author typed them: with plain spaces and straight apostrophes."""
    return _text_of(page.get_data(as_text=True))


def main_text(page):
    """Words of what a page is about."""
    text = page.get_data(as_text=True)
    return _text_of(text[text.index("<main") : text.index("</main>")])


class TabOfPage(NamedTuple):
    """A tab of a list of the team, as a page shows it."""

    address: str
    count: int
    is_current: bool


TAB = re.compile(r'<a href="([^"]*)"( aria-current="page")?>\s*(.*?) \(([\d\s]+)\)</a>')


def tabs_of(page):
    """The tabs of a list of the team by their labels, in their order."""
    row = re.search(r'<nav class="bar-links tabs".*?</nav>', page.text, re.S)
    return {
        straight(label): TabOfPage(html.unescape(address), int(count), bool(current))
        for address, current, label, count in TAB.findall(row[0] if row else "")
    }


def _text_of(markup):
    return " ".join(straight(html.unescape(re.sub(r"<[^>]+>", " ", markup))).split())


def straight(text):
    """Text as it is typed: with ordinary blanks, hyphens and apostrophes."""
    return text.translate(TYPED)


TYPED = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2011": "-", "’": "'"})


class CheckedClient(FlaskClient):
    """A client whose every HTML page is checked.

    A request runs apart from the test, as on a server: neither its `g` nor its database session
    is that of the application context in which the test works.  What the test has made is
    committed before the visitor comes, and what it looks at afterwards is read again.
    """

    def open(self, *args, **kwargs):
        if not has_app_context():  # following a redirection
            return super().open(*args, **kwargs)
        db.session.commit()
        response = contextvars.Context().run(super().open, *args, **kwargs)
        db.session.expire_all()
        for sent in (*response.history, response):
            sent.request.environ["wsgi.input"].close()  # a large body is a file on disk
        is_page = response.mimetype == "text/html" and not 300 <= response.status_code < 400
        if is_page and response.data:
            check_page(response.get_data(as_text=True))
        return response
