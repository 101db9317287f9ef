"""Posts that another site sends from the browser of somebody who has a space open, or is staff."""

import pytest

from tests.hostile.forms import forms_in
from tests.hostile.places import places_of
from tests.hostile.stored import changed, everything

pytestmark = pytest.mark.looks  # which pages ask is the same wherever rows are stored
FORGED = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": "https://ailleurs.example"},
    "a sister site": {"Sec-Fetch-Site": "same-site", "Origin": "null"},
    "another origin, from an old browser": {"Origin": "https://ailleurs.example"},
    "another port": {"Sec-Fetch-Site": "same-site", "Origin": "https://consultation.example:1"},
}
OWN = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}
ASKED = "understood=yes&geste=publish&vu=waiting&decisions=0&raison=victim"
LAST = ("/contributions/retirer", "/contributions/effacer", "/contributions/fermer")
ROOMS = ("/contributions/",)
NOT_OURS = ("/contributions/retrouver",)
"""Who asks for their link brings nothing along; that another site asks is tried elsewhere."""


@pytest.fixture
def posts(app, visitor, made):
    """What each form of the space would send, as its owner would fill it."""
    found = {}
    for rule, paths in places_of(app, made).items():
        if rule.startswith(ROOMS) and rule not in NOT_OURS:
            for path in paths:
                page = visitor.get(path)
                for form in forms_in(page.text if page.mimetype == "text/html" else ""):
                    fields = form.filled("Un texte forgé", ("text", "textarea"))
                    found[(form.action or path).partition("#")[0]] = fields | {"understood": "yes"}
    return dict(sorted(found.items(), key=lambda post: post[0].startswith(LAST)))


def send_all(visitor, posts, headers):
    return {
        path: visitor.open(path, method="POST", data=fields, headers=headers).status_code
        for path, fields in posts.items()
    }


def test_no_other_site_changes_anything_of_a_respondent_s(visitor, posts, session):
    before = everything(session)

    for headers in FORGED.values():
        answers = send_all(visitor, posts, headers)

        assert set(answers.values()) <= {200, 303, 400}, headers
        assert changed(before, everything(session)) == {}, headers
    assert len(posts) >= 6
    assert visitor.get("/contributions/").status_code == 200


def test_posts_from_the_pages_themselves_do_change_something(visitor, posts, session):
    wanting = []
    for path, fields in posts.items():
        before = everything(session)
        visitor.open(path, method="POST", data=fields, headers=OWN)
        if not changed(before, everything(session)):
            wanting.append(path)

    assert len(wanting) < len(posts) // 2


def test_nothing_is_changed_by_fetching_where_one_may_only_post(app, visitor, made, session):
    fetched = places_of(app, made, "GET")
    posted = places_of(app, made, "POST")
    before = everything(session)

    answers = {
        visitor.get(f"{path}?{ASKED}").status_code
        for rule, paths in posted.items()
        if rule not in fetched
        for path in paths
    }

    assert [rule for rule, paths in posted.items() if not paths] == []
    assert answers <= {404, 405}
    assert changed(before, everything(session)) == {}
