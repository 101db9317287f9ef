"""A second measure in the round of the tests, for those that need two forms."""

import pytest

from tests.factories import make_measure
from tests.responses.conftest import hidden


@pytest.fixture
def other_measure(session):
    return make_measure(session, "T8", "Formation des magistrats")


@pytest.fixture
def consultation_round(other_measure, consultation_round):
    """The round of every test, opened when the second measure is there."""
    return consultation_round


def fields(form, page, **answers):
    """What a browser sends of the form of a space, as that page gave it."""
    return form.data(key=hidden(page, "submission_key"), **answers) | {
        "draft_revision": hidden(page, "draft_revision")
    }
