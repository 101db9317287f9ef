"""Limits counted before a mail is parsed."""

from email import message_from_bytes

import pytest

from consultation.inbox import labels
from consultation.inbox.models import Sort
from consultation.inbox.parsing import limits, parts
from consultation.inbox.parsing.message import read
from tests.inbox.letters import header_lines, large, nested

HEAD = header_lines().encode()
MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
INNER = b"Content-Type: multipart/mixed; boundary=c\r\n\r\n"
NOTICE = b"Content-Type: message/delivery-status\r\n\r\n"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (HEAD + MIXED + b"--b\n\n" * 100_000, "too_many_parts"),
        (HEAD + MIXED + b"--b\r\r" * 100_000, "too_many_parts"),
        (HEAD + b"A:\n" * 20_000 + MIXED + b"--b\n\n" * 900, "too_many_fields"),
        (HEAD + MIXED + b"--b\n" + b"A:\n" * 20_000 + INNER + b"--c\n\n" * 900, "too_many_fields"),
        (HEAD + NOTICE + b"a: b\n\n" * 50_000, "too_many_parts"),
        (HEAD + NOTICE + b"a: b\r\n\r\n" * 50_000, "too_many_parts"),
        (nested(45) + b"\n" * 400_000, "too_deep"),
    ],
    ids=["parts", "returns", "fields", "inner", "notice", "notice_crlf", "lines"],
)
def test_hostile_message_is_set_aside_by_its_headers(raw, reason):
    message = read(raw)

    assert (message.sort, message.reason) == (Sort.UNREADABLE, reason)
    assert (message.subject, message.sender) == ("Réaction", "jeanne@exemple.fr")
    assert message.original == ""
    assert labels.reason(reason).startswith("fait de trop")


@pytest.mark.parametrize(
    "raw",
    [
        HEAD + MIXED + b"--b\r\n\r\nUn mot\r\n" * 150 + b"--b--\r\n",
        HEAD + b"\r\n" + b"-- \r\nnom : valeur\r\n" * 20_000,
        large(20 * 1024 * 1024),
        nested(30),
    ],
    ids=["parts", "text", "attachment", "levels"],
)
def test_what_people_send_is_taken_apart(raw):
    assert limits.reason(raw) is None


def test_text_of_many_megabytes_is_not_decoded_to_its_end():
    encoded = (b"QUFB" * 19 + b"\n") * 300_000
    raw = HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + encoded
    part = message_from_bytes(raw)

    source = parts._source_of(part)

    assert parts.LONGEST_SOURCE < len(source) <= parts.LONGEST_ENCODED
    assert read(raw).reason == "too_long"


def test_large_uuencoded_attachment_is_listed_and_not_decoded():
    raw = HEAD + b"Content-Type: application/pdf; name=a.pdf\r\n"
    raw += b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 666 a\r\n"

    (large_one,) = read(raw + (b"M" + b"!" * 60 + b"\r\n") * 260_000).enclosures
    (small,) = read(raw + (b"M" + b"!" * 60 + b"\r\n") * 2).enclosures

    assert (large_one.name, large_one.content, large_one.size) == ("a.pdf", None, 0)
    assert small.content


def test_mail_of_high_bytes_is_set_aside_before_one_of_ascii():
    line = b"\xe9" * 64 + b"\n"
    many = limits.MOST_HIGH_BYTES // 64 + 1

    assert limits.reason(b"From: a@exemple.fr\n\n" + line * many) == "too_large"
    assert limits.reason(b"From: a@exemple.fr\n\n" + line.replace(b"\xe9", b"e") * many) is None
