"""Numbers and days come back as they were given: in a correction, in the space, in a copy."""

import re

import pytest
import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from consultation.questionnaires.form import validation
from consultation.questionnaires.kinds import numbers
from consultation.questionnaires.models import Question, QuestionKind
from consultation.responses.drafts import refill
from consultation.responses.models import Response
from consultation.web.typography import parse_number
from tests.responses.conftest import Form

GIVEN = ["123456,78", "1 234 567,89", "0,000001", "-40", "100", "999999999999999"]


@pytest.fixture
def consultation_round(session, consultation_round):
    """A round whose form asks a number and a day, in the place of two texts."""
    for code, kind in (("observation", QuestionKind.NUMBER), ("missing_source", QuestionKind.DATE)):
        update = sa.update(Question).where(Question.code == code)
        session.execute(update.values(kind=kind, settings={}))
    session.commit()
    return consultation_round


@pytest.mark.parametrize("given", GIVEN)
def test_number_is_written_as_it_is_read_again(given):
    number = parse_number(given)

    assert parse_number(numbers.written(number)) == number


@pytest.mark.parametrize("given", GIVEN)
def test_correction_opens_with_the_number_and_day_that_were_sent(
    client, session, measure, consultation_round, given
):
    form = Form(session, measure)
    sent = form.data(observation=given, missing_source="2026-11-24")
    client.post(form.path, data=sent)
    session.rollback()
    response = session.scalars(sa.select(Response)).one()

    typed = refill.sent(form.instrument, response)
    fields = {
        question.name: typed[question.id][0]
        for question in form.instrument.questions
        if question.id in typed
    }
    values = validation.check(form.instrument, MultiDict(fields)).values

    kept = {it.code: values.get(it.id) for it in form.instrument.questions}
    assert parse_number(kept["observation"]) == parse_number(given)
    # No browser shows another form of a day in its field for days.
    assert fields[form.name("missing_source")] == kept["missing_source"] == "2026-11-24"


def test_space_and_copy_show_every_digit(client, session, measure, consultation_round):
    form = Form(session, measure)
    sent = form.data(observation="123 456,78", email="jeanne@exemple.fr")
    receipt = client.post(form.path, data=sent, follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", receipt.text)[1])

    pages = [client.get(path).text for path in ("/contributions/", "/contributions/copie")]

    assert ["123456,78" in page for page in pages] == [True, True]
