"""Rendering: headers, parts, and nothing that a visitor could have put there."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser

import pytest

from consultation.mail import outbox, outbox_actions, rendering
from consultation.mail.letters.bodies import Body, wrapped_passage
from consultation.mail.letters.cache import Letter, folded
from consultation.responses.submission.acknowledgement import KIND
from consultation.web.locale import current_locale
from tests.mail.builders import ADDRESS, START, make_acknowledgement

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
}
KINDS = [
    (KIND, [make_acknowledgement()]),
    (KIND, [make_acknowledgement(f"CODE-{number}") for number in range(3)]),
    (outbox_actions.KIND, [outbox_actions.Trial(START.isoformat())]),
]


class TextParser(HTMLParser):
    """The words that a reader of the HTML part sees, and where its links lead.

    Not the text of the link that stops mail, for which the plain part has the long address.
    """

    def __init__(self, html):
        super().__init__()
        self.seen, self.links, self.tags, self._hidden = [], [], [], False
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        stops = any("/courriel/arret/" in str(value) for _, value in attributes)
        self._hidden = tag in ("style", "title") or stops
        self.links += [value for name, value in attributes if name == "href"]

    def handle_endtag(self, tag):
        self._hidden = False

    def handle_data(self, data):
        if not self._hidden:
            self.seen += data.split()


def compose(app, letter, **changes):
    values = {
        "sender": app.config["MAIL_SENDER"],
        "recipient": "jeanne@exemple.fr",
        "message_id": "<essai@secours-catholique.org>",
        "at": START,
    }
    return rendering.compose(letter, **(values | changes))


def read(mail):
    """The mail as its reader gets it."""
    return message_from_bytes(mail.content, policy=policy.default)


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize(("kind", "entries"), KINDS)
def test_mail_has_these_headers_and_no_other(app, kind, entries, locale):
    mail = read(compose(app, rendering.render(kind, locale, entries, ADDRESS)))

    assert set(mail.keys()) == HEADERS
    assert len(mail.keys()) == len(HEADERS)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "All"
    assert mail["Date"].datetime == START
    assert str(mail["From"]) == (
        "Ensemble contre la traite des êtres humains <contre.la.traite@secours-catholique.org>"
    )


def test_mail_reads_as_its_letter_once_it_has_travelled(app):
    letter = rendering.render(KIND, "fr", [make_acknowledgement()], ADDRESS)

    sent = compose(app, letter)

    mail = read(sent)
    plain, rich = mail.iter_parts()
    assert mail["Subject"] == "Votre contribution est bien enregistrée"
    assert [part.get_content_type() for part in (plain, rich)] == ["text/plain", "text/html"]
    received = [part.get_content().replace("\r\n", "\n") for part in (plain, rich)]
    assert received == [letter.text, letter.html]
    assert max(map(len, sent.content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize(("kind", "entries"), KINDS)
def test_both_parts_say_the_same(app, kind, entries, locale):
    letter = rendering.render(kind, locale, entries, ADDRESS)

    parser = TextParser(letter.html)
    plain = [word for word in letter.text.split() if not re.fullmatch("-+", word)]
    assert [word.casefold() for word in parser.seen if not word.startswith("http")] == [
        word.casefold() for word in letter.subject.split() + plain if not word.startswith("http")
    ]
    assert [word for word in plain if word.startswith("http")] == parser.links
    assert letter.html.count("/courriel/arret/") == letter.text.count("/courriel/arret/")


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_html_part_says_its_language_and_has_no_table_or_picture(app, locale):
    letter = rendering.render(KIND, locale, [make_acknowledgement()], ADDRESS)

    assert letter.html.startswith(f'<!doctype html>\n<html lang="{locale}">')
    assert not {"table", "img", "script", "link", "form"} & set(TextParser(letter.html).tags)
    assert letter.html.count("<h1>") == 1


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_lines_of_text_are_short_and_links_whole(app, locale):
    letter = rendering.render(
        KIND, locale, [make_acknowledgement(title="un titre long " * 30)], ADDRESS
    )

    lines = letter.text.splitlines()
    assert all(len(line) <= 76 or line.strip().startswith("http") for line in lines)
    assert f"  {make_acknowledgement().link}" in lines


@pytest.mark.parametrize("count", [1, outbox.BATCH_LIMIT])
def test_acknowledgement_weighs_less_than_twenty_kilobytes(app, count):
    app.config["BASE_URL"] = "https://consultation.contre-la-traite.exemple.fr"
    title = "Identifier, orienter et protéger les victimes présumées, où qu'elles se trouvent " * 5
    link = app.config["BASE_URL"] + "/contributions/ouvrir/" + "a" * 22 + "." + "b" * 22
    entry = replace(make_acknowledgement("A1B2-C3D4-E5F6-G7H8", title=title), link=link)

    mail = compose(app, rendering.render(KIND, "fr", [entry] * count, ADDRESS))

    assert len(mail.content) < 20_000


def test_mail_is_written_in_its_own_language(app):
    french = rendering.render(KIND, "fr", [make_acknowledgement()], ADDRESS)
    english = rendering.render(KIND, "en", [make_acknowledgement()], ADDRESS)

    assert "Hébergement spécialisé" in french.text
    assert "24\xa0novembre 2026 à 9\xa0h\xa000 (heure de Paris)" in french.text
    assert "Specialised accommodation" in english.text
    assert "24\xa0November 2026 at 09:00 (Paris time)" in english.text
    assert "https://consultation.example/en/courriel/arret/" in english.text


def test_unknown_language_gives_french(app):
    assert rendering.render(KIND, "xx", [make_acknowledgement()], ADDRESS) == rendering.render(
        KIND, "fr", [make_acknowledgement()], ADDRESS
    )


def test_mail_does_not_leave_its_language_behind(app):
    rendering.render(KIND, "en", [make_acknowledgement()], ADDRESS)

    assert current_locale() == "fr"


@pytest.mark.parametrize(
    "title",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</style></title><svg onload=alert(1)>",
        "{{ 7*7 }}{% raw %}",
        "a & b < c > d ' \"",
        "%(moment)s %s %",
    ],
)
def test_hostile_title_is_text_in_both_parts(app, title):
    plain = rendering.render(KIND, "fr", [make_acknowledgement()], ADDRESS)

    letter = rendering.render(KIND, "fr", [make_acknowledgement(title=title)], ADDRESS)

    parser = TextParser(letter.html)
    assert parser.tags == TextParser(plain.html).tags
    assert " ".join(title.split()) in " ".join(parser.seen)
    assert " ".join(title.split()) in " ".join(letter.text.split())
    assert letter.subject == plain.subject


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\u2028", "\u0085", "\x00", "\r"])
def test_no_value_adds_a_header(app, ending):
    subject, text = f"Objet{ending}Bcc: paul@exemple.fr", Body.of("texte\n")

    try:
        letter = Letter(subject, folded("Subject", subject), text, text)
    except ValueError:
        return
    mail = read(compose(app, letter))
    assert set(mail.keys()) == HEADERS


@pytest.mark.parametrize(
    "recipient",
    ["jeanne@exemple.fr, paul@exemple.fr", "jeanne@exemple.fr\nBcc: paul@exemple.fr", ""],
)
def test_mail_goes_to_exactly_one_recipient(app, recipient):
    letter = rendering.render(KIND, "fr", [make_acknowledgement()], ADDRESS)

    with pytest.raises(ValueError, match=r"recipient|linefeed"):
        compose(app, letter, recipient=recipient)


def test_same_message_gives_the_same_bytes(app):
    letter = rendering.render(KIND, "fr", [make_acknowledgement()], ADDRESS)

    assert compose(app, letter) == compose(app, letter)


def test_links_come_from_the_settings_whatever_the_request(app):
    host = "evil.example"
    with app.test_request_context("/", headers={"Host": host}):
        letter = rendering.render(KIND, "fr", [make_acknowledgement()], ADDRESS)

    assert host not in letter.text + letter.html
    assert "https://consultation.example/courriel/arret/" in letter.text


def test_paragraphs_and_indents_survive_wrapping():
    text = "\n\ncourt\n\n\n\n" + "long " * 20 + "\n  retrait" + " suite" * 15 + "\n\n"

    lines = wrapped_passage(text.strip()).splitlines()

    assert lines == [
        "court",
        "",
        ("long " * 15).strip(),
        ("long " * 5).strip(),
        "  retrait" + " suite" * 11,
        "  " + ("suite " * 4).strip(),
    ]


def test_moment_of_the_clock_change_is_told_in_paris(app):
    at = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)

    letter = rendering.render(KIND, "fr", [make_acknowledgement(at=at)], ADDRESS)

    assert "25\xa0octobre 2026 à 2\xa0h\xa030" in letter.text
