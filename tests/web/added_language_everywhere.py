"""Every public address, and every mail to the public, in the language of `test_added_language`."""

import re
from io import BytesIO

import pytest
from pypdf import PdfReader

from consultation.app import MESSAGE_KINDS
from consultation.mail import rendering
from consultation.mail.kinds import Reach
from consultation.web.headers import is_staff_path
from consultation.web.permissions import Permission
from tests.hostile.furnished import ADDRESS, furnish
from tests.hostile.places import EXITS, places_of
from tests.mail.examples import ENTRIES, SEVERAL
from tests.web.added_language import TAG, translate

BASE = "http://127.0.0.1:8000"
ROOT = f'<html lang="{TAG}" dir="rtl">'
WHOLE = re.compile(rf"{BASE}/(?!{TAG}\b|static/)[^\s\"'<>]*")
"""An address of the site in another language."""
LEADING = re.compile(rf'<[a-z]+\s[^>]*?\b(?:href|src|action)="/(?!{TAG}[/"?]|static/)[^>]*>')
"""An element that leads to another language; what changes the language says so itself."""
TO_FRENCH = 'href="/organisation/"'
"""The pages of the team are in French."""
ONE_ADDRESS = "/.well-known/security.txt"
"""Names the address where it stands, which is one, as RFC 9116 asks."""
NEVER_MADE = {"/relectures/<name>", "/resultats/image/<public_id>.png"}
"""Pictures without a word, of which the furnished site has none."""
KINDS = {kind.name: kind for kind in MESSAGE_KINDS if kind.reach is not Reach.STAFF}
MAILS = [name for name in ENTRIES | SEVERAL if name.partition("-")[0] in KINDS]


@pytest.fixture
def settings(settings):
    return settings | {"BASE_URL": BASE, "RATE_LIMITS": False}


@pytest.fixture
def made(app, session):
    """A site with one of everything; what its addresses name."""
    made = furnish(app, session)
    translate(session)
    return made


@pytest.fixture
def places(app, made):
    """The public addresses by their rules, last those that close a visitor's space."""
    permissions = {
        it.rule: app.view_functions[it.endpoint].permission
        for it in app.url_map.iter_rules()
        if it.endpoint != "static" and not is_staff_path(it.rule)
    }
    places = places_of(app, made)
    public = [it for it, permission in permissions.items() if permission is Permission.PUBLIC]
    ordered = sorted(public, key=lambda it: it in EXITS)
    return {rule: places[rule] for rule in ordered if rule in places}


def test_every_public_address_opens_in_the_language(app, client, made, places):
    french = app.test_client()
    french.post(made.space)
    client.post(f"/{TAG}{made.space}")
    wrong, closed = [], set(places)
    for rule, paths in places.items():
        for path in paths:
            expected, page = french.get(path), client.get(f"/{TAG}{path}")
            if page.status_code < 400:
                closed.discard(rule)
            if page.status_code != expected.status_code:
                wrong.append((path, f"{page.status_code}, not {expected.status_code}"))
            wrong += [(path, it) for it in foreign_parts(page) if rule != ONE_ADDRESS]

    assert wrong == []
    assert closed == NEVER_MADE


def foreign_parts(answer):
    """What of an answer is in another language, or leads to it."""
    if 300 <= answer.status_code < 400:
        place = answer.headers["Location"]
        if not place.startswith((f"/{TAG}/", "https://")):
            yield place
    elif answer.mimetype == "application/pdf":
        document = PdfReader(BytesIO(answer.data))
        if document.trailer["/Root"]["/Lang"] != "eo":
            yield document.trailer["/Root"]["/Lang"]
        links = [it.get_object() for page in document.pages for it in page.get("/Annots", ())]
        yield from WHOLE.findall(" ".join(str(it["/A"].get("/URI")) for it in links if "/A" in it))
    elif answer.mimetype.startswith(("text/", "application/json", "application/atom")):
        if answer.mimetype == "text/html" and ROOT not in answer.text:
            yield answer.text[:200]
        yield from WHOLE.findall(answer.text)
        yield from (
            element
            for element in LEADING.findall(answer.text)
            if "hreflang=" not in element and TO_FRENCH not in element
        )


@pytest.mark.parametrize("name", MAILS)
def test_mail_of_every_kind_is_written_in_the_language(app, name):
    kind = KINDS[name.partition("-")[0]]

    letter = rendering.render(kind, TAG, (ENTRIES | SEVERAL)[name], ADDRESS)

    assert ROOT in letter.html
    assert f"{BASE}/{TAG}/courriel/arret/" in letter.text
    assert WHOLE.findall(letter.html) == []
