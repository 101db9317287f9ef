"""What strangers send takes a time that grows with its length, and with nothing else.

Seconds of a processor are compared with what the square of the length would take, ten times over;
where calls can be counted, they are.
"""

import cProfile
import time
import unicodedata
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waitress.adjustments import Adjustments
from waitress.utilities import BadRequest

from consultation import text
from consultation.accounts import staff
from consultation.accounts.sign_in import passwords
from consultation.i18n import folded
from consultation.inbox.parsing import limits
from consultation.invitations.contacts import record
from consultation.mail.addresses import canonical
from consultation.moderation.clusters.similarity import fold_tokens
from consultation.questionnaires.kinds import emails
from consultation.server.request_parser import Request
from tests.factories import form_data, instrument_of, key_for, make_measure, make_round
from tests.inbox.letters import header_lines

MARKS = "\u0316\u0301"
"""Two marks in the order that a normal form turns round."""
FORM = "application/x-www-form-urlencoded"
PATH = "/mesures/T7/contribuer"


@contextmanager
def processor_seconds(most):
    begun = time.process_time()
    yield
    assert time.process_time() - begun < most


def calls_of(function, *arguments):
    """How many functions are called while one is."""
    profile = cProfile.Profile()
    profile.runcall(function, *arguments)
    return sum(entry.callcount for entry in profile.getstats())


@pytest.mark.parametrize(
    "normalise",
    [
        folded,
        fold_tokens,
        passwords.normalized,
        lambda marks: canonical(f"{marks}@exemple.fr"),
    ],
    ids=["search", "likeness", "password", "address"],
)
def test_row_of_marks_is_put_in_order_in_no_time(normalise):
    with processor_seconds(3):  # it took forty
        normalise("a" + MARKS * 150_000)


@given(st.text(st.sampled_from("aé\u0301\u0316\u0323ﬁﷺ가각 ß1"), max_size=3_000))
def test_normal_form_in_pieces_is_the_same_where_no_row_of_marks_is_endless(written):
    for form in ("NFKD", "NFKC"):
        whole = unicodedata.normalize(form, written)

        assert unicodedata.normalize(form, text.normalized(form, written)) == whole
        assert len(written) > text.STRETCH or text.normalized(form, written) == whole


def account_address(address):
    with pytest.raises(staff.AddressInvalid):
        staff.address_of(address)


@pytest.mark.parametrize(
    "read",
    [emails._normalized, record.normalized, account_address],
    ids=["form", "contacts", "sign-in"],
)
def test_of_what_is_too_long_for_an_address_no_character_is_looked_at(read):
    assert calls_of(read, "é" * 100_000 + "@exemple.fr") < 1_000


def test_fields_of_a_message_are_measured_once():
    raw = header_lines().encode() + b"\r\n" + (b"content-type:" * 380 + b"\n") * 600

    with processor_seconds(3):  # it took thirteen for ten times as much as this now does
        assert limits.reason(raw * 4) is None


class TestEscapes:
    """Each « %C3 » of a form takes 250 bytes of memory while it is read."""

    @pytest.fixture
    def instrument(self, session):
        measure = make_measure(session, "T7")
        make_round(session)
        session.commit()
        return instrument_of(session, measure)

    @pytest.mark.parametrize("escape", [b"%", b"%41"])
    def test_too_many_are_refused_before_they_are_read(self, client, instrument, escape):
        body = b"question_1=" + escape * 1_000_000

        assert client.post(PATH, data=body, content_type=FORM).status_code == 413

    def test_form_of_longest_texts_is_read(self, client, instrument):
        texts = [one for one in instrument.questions if one.kind in ("short_text", "long_text")]
        full = {one.name: "漢" * one.settings["maximum"] for one in texts}
        sent = (
            form_data(instrument, capacity="citizen")
            | full
            | {"submission_key": key_for(instrument)}
        )

        assert client.post(PATH, data=sent).status_code == 303


@pytest.mark.parametrize(
    "header",
    [
        b"Transfer-Encoding: a" + b" " * 200_000 + b"b",
        b"X: " + b"\t" * 200_000 + b"\x01",
        b"Cookie: " + b"\t" * 200_000 + b"a",
        b"X: " + b"\r\n " * 60_000 + b"\x01",
        b"X: " + b"a " * 100_000 + b"\x7f",
        b"X: " + (b"\t" * 250 + b"a") * 800 + b"\x01",
    ],
    ids=["coding", "tabs", "cookie", "folds", "blanks", "runs"],
)
def test_header_of_blanks_is_refused_in_no_time(header):
    request = Request(Adjustments())

    with processor_seconds(3):  # the first ones took minutes
        request.received(b"GET / HTTP/1.1\r\nHost: a\r\n" + header + b"\r\n\r\n")

    assert isinstance(request.error, BadRequest)
