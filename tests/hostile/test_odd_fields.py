"""What no page sends of itself, in each field of the staff's forms: the site stands."""

import pytest
from flask.testing import FlaskClient

from consultation.web.headers import is_staff_path
from tests.hostile.forms import forms_in
from tests.hostile.places import places_of, sign_in

pytestmark = [pytest.mark.once, pytest.mark.timeout(600)]
OFF_LIST = "x\r\nX-Odd: y"
"""No choice of any list, no number, no date, no code, and two lines where there is one."""
BOOK = "é" * 10_000
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


def test_no_field_of_the_staff_makes_the_site_fail(app, made, visitor):
    forms = forms_of_the_staff(app, made, visitor)
    failed, sent = [], 0
    for address, form in forms.items():
        for name, fields in odd_posts(form):
            sent += 1
            page = visitor.open(address, method="POST", data=fields)
            page.close()  # a file is not read
            if page.status_code >= 500:
                failed.append((address, name, page.status_code))

    assert failed == []
    assert len(forms) > 60
    assert sent > 5 * len(forms) / 2
