"""The checker finds what it is for: each broken promise, told by histories that are made up."""

from hashlib import sha256

import pytest
import sqlalchemy as sa

from consultation.responses.models import Response
from tests.exports.builders import respond
from tests.factories import make_measure, make_round
from tests.faults.checking import check_exports, check_history, check_outbox_rows

CODE = "A1B2-C3D4-E5F6-G7H8"
STORED, OTHER = "Texte gardé", "Texte perdu"


@pytest.fixture
def code(session):
    """The receipt code of the one response that is stored."""
    make_measure(session, "T7")
    opened = make_round(session)
    respond(session, opened, "T7", {"suggestions": STORED})
    session.execute(sa.update(Response).values(receipt_code=CODE))
    session.commit()
    return CODE


def event(outcome, text=STORED, **more):
    return {"outcome": outcome, "digest": sha256(text.encode()).hexdigest(), "at": 0} | more


def honest(code):
    return [event("sending"), event("unknown"), event("sending"), event("thanks", code=code)]


def test_honest_history_passes(session, code):
    figures = check_history(session, honest(code))

    assert (figures["acked"], figures["lost"], figures["doubts healed"]) == (1, 0, 1)


LIES = {
    "I1": lambda code: [*honest(code), event("sending", OTHER), event("taken", OTHER)],
    "I2": lambda code: [*honest(code), event("thanks", code="AAAA-BBBB-CCCC-DDDD")],
    "I3": lambda code: [event("thanks", code=code)],
    "I6: something": lambda code: [event("sending"), event("refused")],
    "I6: a doubt": lambda code: [event("sending"), event("unknown")],
}


@pytest.mark.parametrize("promise", LIES)
def test_each_broken_promise_is_found(session, code, promise):
    with pytest.raises(AssertionError, match=promise):
        check_history(session, LIES[promise](code))


def test_response_without_its_mail_is_found(session, code):
    with pytest.raises(AssertionError, match="I4"):
        check_outbox_rows(session)


def test_export_holds_what_is_stored(session, code, tmp_path):
    check_exports(session, tmp_path)
