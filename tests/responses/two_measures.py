"""A second measure in the round of the tests, for those that need two forms."""

import re

import pytest

from tests.factories import make_measure
from tests.responses.conftest import Form, hidden


@pytest.fixture
def other_measure(session):
    return make_measure(session, "T8", "Formation des magistrats")


@pytest.fixture
def consultation_round(other_measure, consultation_round):
    """The round of every test, opened when the second measure is there."""
    return consultation_round


@pytest.fixture
def other_form(session, other_measure, consultation_round):
    return Form(session, other_measure)


@pytest.fixture
def link(client, form, other_form):
    """The path of the link of somebody who answered on T7."""
    page = client.post(form.path, data=form.data(), follow_redirects=True)
    return re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]


def fields(form, page, **answers):
    """What a browser sends of the form of a space, as that page gave it."""
    return form.data(key=hidden(page, "submission_key"), **answers) | {
        "draft_revision": hidden(page, "draft_revision")
    }
