import time
import tracemalloc
from dataclasses import fields
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.inbox import labels
from consultation.inbox.models import Sort
from consultation.inbox.parsing.message import LARGEST_ENCLOSURE, ReadMessage, read
from consultation.text import clean
from tests.inbox.letters import (
    BOX,
    OUR_ID,
    answer,
    archive_of,
    attached,
    both,
    bundle,
    flat,
    header_lines,
    large,
    mail,
    nested,
    part,
    word,
    zip_bomb,
)

PIECES = (
    b"Content-Type: ", b"text/plain", b"multipart/alternative; boundary=x", b"message/rfc822",
    b"; charset=", b"utf-16", b"zlib", b"Content-Transfer-Encoding: base64", b"\r\n", b"\r\n\r\n",
    b"--x", b"--x--", b"From: ", b"=?utf-8?q?=c3=a9?=", b"Subject: ", b"Date: ", b"<a@b.fr>",
    b"\x00", "é".encode(), "é".encode("latin-1"), b"> ", b"Le 3/3/2025, x a ", b"text/html",
    b"<table><tr>", b"=C3=A9", b"References: ", b"filename*0*=x''%", b"PK\x05\x06", b"-- \r\n",
)  # fmt: skip


@settings(max_examples=100)
@given(st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES)).map(b"".join)))
def test_any_bytes_are_read_as_clean_text(raw):
    message = read(raw)

    assert isinstance(message, ReadMessage)
    for text in (message.original, message.kept, message.subject, message.sender_name or ""):
        assert clean(text) == text
    assert not any("\n" in name for name in (message.subject, *message.recipients))


def test_headers_are_read_whatever_they_are_written_in():
    message = read(
        answer(
            "Bonjour",
            From=f"{word('Jeanne Exemplé', 'iso-8859-1', 'Q')} <jeanne@exemple.fr>",
            Subject=word("Réaction à l’œuvre ") + "\r\n " + word("complète ✅"),
            References=f"<avant@exemple.fr> {OUR_ID}",
            Cc="Un autre <autre@exemple.fr>",
            Delivered_To=BOX.replace("@", "+t4@"),
            Date="Mon, 3 Mar 2025 11:42:07 +0100",
        )
    )

    assert (message.sender, message.sender_name) == ("jeanne@exemple.fr", "Jeanne Exemplé")
    assert message.subject == "Réaction à l’œuvre complète ✅"
    assert message.message_id == "<1f2e3d@exemple.fr>"
    assert message.answers_to == (OUR_ID, "<avant@exemple.fr>")
    assert message.recipients == (BOX, "autre@exemple.fr", "contre.la.traite+t4@exemple.fr")
    assert message.sent_at == datetime(2025, 3, 3, 10, 42, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "address", "name"),
    [
        ('"jeanne@exemple.fr" <autre@exemple.fr>', "autre@exemple.fr", "jeanne@exemple.fr"),
        ("jeanne@exemple.fr (Jeanne Exemple)", "jeanne@exemple.fr", "Jeanne Exemple"),
        ("jeanne@exemple.fr", "jeanne@exemple.fr", None),
        ("Jeanne <>", None, "Jeanne"),
        ("Jeanne", None, None),
        (None, None, None),
    ],
)
def test_sender_is_the_address_between_brackets(written, address, name):
    message = read(mail("Bonjour", From=written))

    assert (message.sender, message.sender_name) == (address, name)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("Ana <ana\u00e9@exemple.fr>".encode(), "ana\u00e9@exemple.fr"),
        ("\ufb01nances@exemple.fr".encode(), "\ufb01nances@exemple.fr"),
        ("Ana <ana\u00e9@exemple.fr>".encode("latin-1"), None),
        (b"ana\xff@exemple.fr", None),
        (b"Ana <ana\x01@exemple.fr>", None),
        (b"Ren\xe9 <rene@exemple.fr>", "rene@exemple.fr"),
    ],
)
def test_address_that_is_not_read_to_the_letter_is_not_taken_for_what_is_left(written, address):
    message = read(b"From: " + written + b"\r\nSubject: x\r\n\r\nBonjour")

    assert message.sender == address


@pytest.mark.parametrize("date", ["", "hier", "Mon, 99 Mar 2025 99:99", "1 Jan 99999", "\x00"])
def test_invalid_date_is_left_out(date):
    assert read(mail("Bonjour", Date=date)).sent_at is None


def test_raw_bytes_in_headers_are_read():
    raw = mail("Bonjour", Subject="Réaction").replace("Réaction".encode(), b"R\xe9action")

    assert read(raw).subject == "Réaction"


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("cp1252", "iso-8859-1"), ("cp1252", "utf-8"), ("cp1252", "rot13"), ("cp1252", "zlib"),
        ("utf-8", "us-ascii"), ("utf-8", "iso-8859-1"), ("utf-8", "nimportequoi"),
        ("utf-16", "utf-16"), ("utf-7", "utf-7"), ("mac-roman", "macintosh"), ("cp850", "cp850"),
    ],
)  # fmt: skip
def test_text_is_read_whatever_its_charset_says(charset, declared):
    text = "L'été à Besançon, où ça"
    raw = header_lines().encode() + f"Content-Type: text/plain; charset={declared}\r\n\r\n".encode()

    message = read(raw + text.encode(charset))

    assert message.original == text


@pytest.mark.parametrize("charset", ['"a\0b"', "*0*=x''%ff", '"' + "x" * 3_000])
def test_unknown_charset_costs_no_text(charset):
    header = f"Content-Type: text/plain; charset={charset}\r\n\r\n"

    assert read(f"{header_lines()}{header}où ça".encode()).original == "où ça"


@pytest.mark.parametrize("kind", ["multipart/mixed", "message/delivery-status", "message/rfc822"])
def test_empty_container_is_read(kind):
    header = f'Content-Type: {kind}; charset="a\0b"\r\n\r\n'

    assert read(f"{header_lines()}{header}où ça".encode()).reason != "unreadable"


def test_broken_character_does_not_make_a_whole_text_latin():
    text = "Été, à peine là, déjà passé, où ça" * 3

    message = read(mail(part(text.encode() + b"\xe9", "text/plain")))

    assert message.original.startswith("Été, à peine là, déjà passé")


def test_flowed_paragraphs_are_one_line_each_and_quotations_stay_apart():
    text = "Un \nseul paragraphe.\n> cité \n> aussi\nRéponse.\n-- \nJeanne"

    message = read(mail(part(text, "text/plain; format=flowed; delsp=no")))

    assert message.original == "Un seul paragraphe.\n> cité aussi\nRéponse.\n-- \nJeanne"


def test_html_becomes_text_without_script_style_image_or_fetching():
    html = (
        "<style>p{}</style><script>alert('mal')</script><p onclick='x()'>Un &amp; <b>deux</b></p>"
        "<ul><li>trois</li></ul><img src='http://127.0.0.1:9/x.png' alt='espion'>"
    )

    message = read(mail(part(html, "text/html")))

    assert message.original.split() == ["Un", "&", "deux", "*", "trois"]


@pytest.mark.parametrize(
    "html",
    ["<div>" * 9_000 + "au fond", "<table><tr><td>" * 400 + "au fond", "<ul><li>" * 900 + "au fond",
     "<p>a" * 30_000 + "<p>au fond", "<div>" * 300 + "<script" * 20_000 + "</script>au fond"],
    ids=["divisions", "tables", "lists", "paragraphs", "scripts"],
)  # fmt: skip
def test_html_made_to_exhaust_is_read_all_the_same(html):
    assert read(mail(part(html, "text/html"))).original.endswith("au fond")


def test_scripts_are_no_text_where_a_layout_is_too_long_to_be_drawn():
    html = "<style>p {}</style><script>voler()</script><p>un" + "<br>" * 30_000 + "<p>deux"

    assert read(mail(part(html, "text/html"))).original.split() == ["un", "deux"]


def test_html_text_longer_than_anybody_writes_is_set_aside_with_its_beginning():
    message = read(mail(part("<p>début</p>" + "<i>x</i>" * 200_000, "text/html")))

    assert (message.sort, message.reason) == (Sort.UNREADABLE, "too_long")
    assert message.original.startswith("début")


def test_images_written_within_an_html_text_do_not_count():
    html = f"<p>Voici</p><img src='data:image/png;base64,{'A' * 2_000_000}'>"

    message = read(mail(part(html, "text/html")))

    assert (message.sort, message.original) == (Sort.PERSON, "Voici")


def test_text_longer_than_anybody_writes_is_set_aside_with_its_beginning():
    message = read(mail("mot " * 200_000))

    assert (message.sort, message.reason) == (Sort.UNREADABLE, "too_long")
    assert message.original.startswith("mot mot")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(nested(2_000), "too_deep"), (flat(2_000), "too_many_parts"), (flat(500), "too_many_parts")],
    ids=["nested", "flat", "read"],
)
def test_too_many_parts_set_a_message_aside_with_its_headers(raw, reason):
    message = read(raw)

    assert (message.sort, message.reason) == (Sort.UNREADABLE, reason)
    assert (message.subject, message.sender) == ("Réaction", "jeanne@exemple.fr")
    assert message.original == ""


@pytest.mark.parametrize(
    "head",
    [b"Content-Type: text/plain" + b'; a="' * 200_000, b"a: b\r\n" * 60_000,
     b"Content-Disposition: attachment" + b";\r\n a=b" * 5_000],
    ids=["parameters", "fields", "folded"],
)  # fmt: skip
def test_hostile_head_is_set_aside(head):
    start = time.process_time()
    message = read(header_lines().encode() + head + b"\r\n\r\nTexte")

    assert (message.sort, message.reason) == (Sort.UNREADABLE, "unreadable")
    assert message.sender == "jeanne@exemple.fr"
    assert time.process_time() - start < 2


def test_millions_of_lines_are_set_aside():
    assert read(mail(b"\r\n" * 900_000)).reason == "too_many_lines"


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: mail("Une ligne ordinaire.\n" * 30_000), "trop long"),
        (lambda: mail(b"\r\n" * 900_000), "trop de lignes"),
        (lambda: large(22 * 1024 * 1024), "plus de 30 Mo"),
    ],
    ids=["text", "lines", "bytes"],
)
def test_what_is_said_of_a_message_that_is_too_much_is_true_of_it(make, sentence):
    message = read(make())

    reason = labels.reason(message.reason)
    assert sentence in reason
    assert ("seuls ses en-têtes" in reason) == (message.original == "")


def test_parts_of_a_few_levels_are_read():
    assert read(nested(30)).original.strip() == "Tout au fond"


def test_thirty_megabytes_are_set_aside_by_their_headers_alone():
    raw = large(22 * 1024 * 1024)

    tracemalloc.start()
    message = read(raw)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert (message.sort, message.reason) == (Sort.UNREADABLE, "too_large")
    assert (message.subject, message.sender) == ("Réaction", "jeanne@exemple.fr")
    assert peak < 5_000_000


def test_twenty_megabytes_attached_are_listed_and_not_kept():
    message = read(large(20 * 1024 * 1024))

    (enclosure,) = message.enclosures
    assert (message.sort, message.kept) == (Sort.PERSON, "Ci-joint notre étude.")
    assert (enclosure.name, enclosure.size) == ("etude.pdf", 20 * 1024 * 1024)
    assert enclosure.content is None


def test_enclosure_is_kept_with_its_name_and_kind():
    content = archive_of(avis="Un avis, à peine long. " * 50)
    name = word("Avis d'été.docx")
    raw = mail(bundle("mixed", part("Voir ci-joint."), attached(content, name, "application/x")))

    (enclosure,) = read(raw).enclosures

    assert (enclosure.name, enclosure.content_type) == ("Avis d'été.docx", "application/x")
    assert (enclosure.size, enclosure.content) == (len(content), content)


@pytest.mark.parametrize(
    "content",
    [zip_bomb(), zip_bomb()[:-4], archive_of(plein="a" * 30_000_000),
     b"PK\x05\x06" + b"\xff" * 18, b"PK\x03\x04" + b"PK\x05\x06" + bytes(18)[:-1]],
    ids=["overlapping", "cut_short", "one_large_entry", "false_directory", "no_directory"],
)  # fmt: skip
def test_swelling_archive_is_listed_and_not_kept(content):
    raw = mail(bundle("mixed", part("Ouvrez"), attached(content, "avis.zip", "application/zip")))

    message = read(raw)

    (enclosure,) = message.enclosures
    assert message.sort is Sort.PERSON
    assert (enclosure.size, enclosure.content) == (len(content), None)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("../../etc/passwd", "passwd"), ("C:\\\\Users\\\\jeanne\\\\avis.pdf", "avis.pdf"),
        ("a" * 300 + ".pdf", "a" * 146 + ".pdf"), ("", "piece-1"), ("..", "piece-1"),
    ],
)  # fmt: skip
def test_name_of_an_enclosure_is_a_name_and_no_path(written, name):
    raw = mail(bundle("mixed", part("x"), attached(b"x", written)))

    assert [it.name for it in read(raw).enclosures] == [name]


def test_other_kinds_are_enclosed_under_a_name_that_says_them():
    raw = mail(
        bundle(
            "mixed", part("Texte"),
            part(b"\x78\x9f\x3e\x22", "application/ms-tnef", charset="", encoding="base64"),
            part("BEGIN:VCALENDAR", "text/calendar"),
            b"Content-Type: message/rfc822\r\n\r\n" + mail("Le message passé"),
        )
    )  # fmt: skip

    message = read(raw)

    assert [it.name for it in message.enclosures] == [
        "winmail.dat", "invitation.ics", "message.eml",
    ]  # fmt: skip
    assert "Le message passé".encode() in message.enclosures[2].content
    assert message.original == "Texte"


def test_enclosed_mail_that_cannot_be_written_again_is_listed():
    inner = mail("x").replace(b"Mar 2025 ", b"Mar 2025\x0b")
    whole = mail(bundle("mixed", part("Voir"), b"Content-Type: message/rfc822\r\n\r\n" + inner))

    message = read(whole)

    assert (message.sort, message.original) == (Sort.PERSON, "Voir")
    assert [it.name for it in message.enclosures] == ["message.eml"]


def test_what_is_attached_to_the_html_alternative_is_listed():
    rich = bundle(
        "mixed", part("<p>Voir</p>", "text/html"), attached(b"x", "avis.pdf"), boundary="b2"
    )

    message = read(mail(bundle("alternative", part("Voir"), rich)))

    assert message.original == "Voir"
    assert [it.name for it in message.enclosures] == ["avis.pdf"]


def test_html_alternative_is_read_when_the_plain_one_says_nothing():
    refers = "Voir la version en ligne"
    html = "<p>" + "Une longue réaction, phrase après phrase. " * 10 + "</p>"

    assert read(mail(both(refers, html))).original.startswith("Une longue réaction")
    assert read(mail(both("Réaction courte.", "<p>Réaction courte.</p>"))).original == (
        "Réaction courte."
    )


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Nous pensons que la mesure est bonne.", "fr"),
        ("We think that the measure is good.", "en"),
        ("OK", "fr"),
    ],
)
def test_language_is_guessed(text, locale):
    assert read(mail(text, Subject="")).locale == locale


def test_largest_enclosure_is_kept_to_the_byte():
    content = b"x" * LARGEST_ENCLOSURE
    parts = [part(it, "image/png", encoding="binary") for it in (content, content + b"x")]

    enclosures = read(mail(bundle("mixed", *parts))).enclosures

    assert [it.content is not None for it in enclosures] == [True, False]


def test_read_message_has_the_fields_that_the_collector_stores():
    assert [field.name for field in fields(ReadMessage)] == [
        "sort", "reason", "locale", "message_id", "answers_to", "sender", "sender_name",
        "recipients", "subject", "original", "kept", "sent_at", "bounced", "enclosures",
    ]  # fmt: skip
