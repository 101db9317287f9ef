"""What no page sends of itself, in each field of the staff's forms: the site stands."""

import re

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from consultation.collective.texts import NOTHING
from consultation.db.base import Base
from consultation.text import shows_nothing
from consultation.web.headers import is_staff_path
from tests.hostile.forms import forms_in
from tests.hostile.places import places_of, sign_in
from tests.pages import dead_links

pytestmark = [pytest.mark.once, pytest.mark.timeout(600)]
OFF_LIST = "x\r\nX-Odd: y"
"""No choice of any list, no number, no date, no code, and two lines where there is one."""
BOOK = "é" * 10_000
UNSEEN = "\u200b\u2060\ufeff\u00ad\u202e\u3164\u2800\u00a0\u2003\u3000\ufe0f\U000e0041"
SENTENCE = re.compile(r'<li>.*?</li>|<p class="why".*?</p>', re.DOTALL)
SHARE = 3
"""Of so many fields one is tried in the gate, in each form another; all are in the slow tier."""
ENDING = ("/connexion", "/organisation/compte")
"""What may end the session of who sends it, so it is sent last."""


def forms_of_the_staff(app, made, visitor):
    """Each form once, by where it is sent to: its page, and its fields as they are displayed."""
    found = {}
    for rule, paths in sorted(places_of(app, made).items()):
        if not is_staff_path(rule) or not paths:
            continue
        page = visitor.get(paths[0])
        if page.status_code == 200 and page.mimetype == "text/html":
            for form in forms_in(page.text):
                found.setdefault((form.action or paths[0]).partition("#")[0], form)
        page.close()
    return dict(sorted(found.items(), key=lambda place: place[0].startswith(ENDING)))


def odd_posts(form):
    """The form with one field odd, for each of its fields, and with a book wherever one writes."""
    for name in sorted({*form.fields, *form.unchosen} - {"csrf_token"}):
        value = form.fields.get(name, "")
        # A page to go back to begins as it should.
        yield name, form.fields | {name: value + OFF_LIST if value.startswith("/") else OFF_LIST}
    if form.typed:
        yield "all", form.filled(BOOK)


@pytest.fixture
def visitor(app, made):
    """Somebody who has every role; answers are not read as pages, of which some are out of date."""
    app.test_client_class = FlaskClient
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return sign_in(app)


@pytest.fixture
def share(is_long):
    """Of the fields of each form, those that are tried."""
    step = 1 if is_long else SHARE
    return lambda fields, number: list(fields)[number % step :: step]


def test_no_field_of_the_staff_makes_the_site_fail(app, made, visitor, share):
    forms = forms_of_the_staff(app, made, visitor)
    failed, lost, sent = [], [], 0
    for number, (address, form) in enumerate(forms.items()):
        for name, fields in share(odd_posts(form), number):
            sent += 1
            page = visitor.open(address, method="POST", data=fields)
            if page.status_code >= 500:
                failed.append((address, name, page.status_code))
            if page.mimetype == "text/html" and (dead := dead_links(page.text)):
                lost.append((address, name, page.status_code, dead))
            page.close()
    assert failed == []
    assert lost == []
    assert len(forms) > 60
    assert sent > 5 * len(forms) / 6


def refusals_in(page):
    """The sentences of a page on what is wrong: those above its form, and those at its fields."""
    _, _, below = page.text.partition('id="errors"')
    summary, _, form = below.partition("</div>")
    at_fields = [sentence for sentence in SENTENCE.findall(form) if sentence.startswith("<p")]
    return [*SENTENCE.findall(summary), *at_fields]


def test_what_shows_nothing_is_refused_and_stored_as_what_is_empty(
    app, session, made, visitor, share
):
    differing, refused = [], 0
    for number, (address, form) in enumerate(forms_of_the_staff(app, made, visitor).items()):
        typed = sorted(name for name, kind in form.typed.items() if kind != "password")
        for name in share(typed, number):
            pages = [
                visitor.open(address, method="POST", data=form.fields | {name: text})
                for text in ("", UNSEEN)
            ]
            empty, unseen = map(refusals_in, pages)
            refused += bool(empty)
            if empty and (empty, pages[0].status_code) != (unseen, pages[1].status_code):
                differing.append((address, name, empty, unseen))

    assert differing == []
    assert refused > 60
    assert unseen_texts(session) == []


def unseen_texts(session):
    """The columns in which a text shows nothing, although it holds something."""
    return [
        f"{column} {text!r}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        for value in session.scalars(sa.select(column).distinct())
        for text in texts_in(value)
        if text not in ("", NOTHING) and shows_nothing(text)
    ]


def texts_in(value):
    """The texts of a stored value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in value.values() if isinstance(value, dict) else value:
            yield from texts_in(part)
