"""One key sent many times at once makes one response."""

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from consultation.mail.models import OutboxMessage
from consultation.responses.models import Response
from tests.faults.visiting import Form

KEYS, TIMES = 200, 20
PATH = "/mesures/T7/contribuer"


def test_twenty_identical_posts_with_one_key_make_one_response(server, session):
    codes = []
    with ThreadPoolExecutor(TIMES) as pool:
        for number in range(KEYS):
            form = Form(server, PATH, f"Réponse {number}", f"p{number}@exemple.fr")
            answers = list(pool.map(lambda _, form=form: form.send(server), range(TIMES)))
            codes.append({code for status, code in answers})
            assert {status for status, code in answers} == {303}

    assert all(len(seen) == 1 for seen in codes)
    for model in (Response, OutboxMessage):
        assert session.scalar(sa.select(sa.func.count()).select_from(model)) == KEYS
