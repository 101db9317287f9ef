"""One key sent many times at once makes one response."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from consultation.mail.models import OutboxMessage
from consultation.responses.models import Response
from tests.faults.visiting import CODE, PATH, Form

KEYS, KEYS_LONG, TIMES = 30, 1000, 20


@pytest.mark.timeout(1800)
def test_twenty_identical_posts_with_one_key_make_one_response(server, session, is_long, recorded):
    keys = KEYS_LONG if is_long else KEYS
    codes = []
    with ThreadPoolExecutor(TIMES) as pool:
        for number in range(keys):
            form = Form(server, PATH, f"Réponse {number}", f"p{number}@exemple.fr")
            answers = list(pool.map(lambda _, form=form: form.post(server), range(TIMES)))
            assert {status for status, _receipt in answers} == {303}
            shown = [CODE.search(server.get(answers[one][1])[2])[1] for one in (0, -1)]
            codes.append(set(shown))

    assert all(len(seen) == 1 for seen in codes)
    counts = [
        session.scalar(sa.select(sa.func.count()).select_from(model))
        for model in (Response, OutboxMessage)
    ]
    told = {"keys": keys, "posts of each": TIMES, "responses": counts[0], "mails owed": counts[1]}
    recorded("R2 one key many times at once", told)
    assert counts == [keys, keys]
