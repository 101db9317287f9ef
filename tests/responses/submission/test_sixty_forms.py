"""One address, sixty forms, one day: three mails at most, sixty receipts, one space."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.mail.delivery import loop
from consultation.responses.models import Respondent, Response
from tests.factories import make_measure, make_round
from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink
from tests.responses.conftest import Form, hidden

SIXTY = 60
EVERY = timedelta(minutes=4)


@pytest.fixture
def settings(settings, smtp_sink):
    return settings | smtp_sink.settings


@pytest.fixture
def sixty(session):
    """The forms of sixty measures in an open round."""
    measures = [
        make_measure(session, f"M{number}", f"Mesure {number}", indicators=1)
        for number in range(1, SIXTY + 1)
    ]
    make_round(session)
    session.commit()
    return [Form(session, measure) for measure in measures]


def answer_all(client, app, session, forms, start):
    """Answer one form after the other, four minutes apart, while the mail leaves as it is due."""
    for number, form in enumerate(forms):
        with time_machine.travel(start + number * EVERY, tick=False):
            path = form.path if number == 0 else f"/contributions/mesures/{form.measure.code}"
            blank = client.get(path)
            data = form.data(
                key=hidden(blank, "submission_key"),
                email="jeanne@exemple.fr",
                suggestions=f"Avis {number + 1}",
            )
            page = client.post(path, data=data, follow_redirects=True)
            assert "est enregistrée" in page.text
            if number == 0:
                client.post(re.search(r"/contributions/ouvrir/[\w.-]+", page.text)[0])
            loop.deliver(session, app.config)


def test_sixty_forms_in_a_day_make_three_mails_and_sixty_receipts(
    client, app, session, sixty, smtp_sink
):
    start = datetime.now(UTC)

    answer_all(client, app, session, sixty, start)
    with time_machine.travel(start + SIXTY * EVERY, tick=False):
        space = client.get("/contributions/").text
    with time_machine.travel(start + timedelta(hours=9), tick=False):
        loop.deliver(session, app.config)

    session.expire_all()
    codes = session.scalars(sa.select(Response.receipt_code)).all()
    assert len(set(codes)) == SIXTY
    assert len(session.scalars(sa.select(Respondent)).all()) == 1
    assert len(smtp_sink.mails) <= 3
    in_mails = Counter(
        code for mail in smtp_sink.mails for code in codes if code in mail.part("plain")
    )
    assert in_mails == Counter(codes)
    assert f"Vous avez répondu à {SIXTY} mesures sur {SIXTY}" in re.sub(r"\s", " ", space)
    assert Counter(re.findall(r"<code>([\w-]{19})</code>", space)) == Counter(codes)
