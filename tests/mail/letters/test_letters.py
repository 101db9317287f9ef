"""Cached letters: they hold nothing of anybody, and read as letters rendered for one person."""

import hashlib
import re
import textwrap
from dataclasses import asdict, replace
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

import pytest

from consultation.mail import rendering
from consultation.mail.letters import cache
from consultation.mail.letters.bodies import Template
from consultation.mail.letters.placeholders import Marks, deferring, shape
from consultation.responses.submission.acknowledgement import KIND
from consultation.web.locale import in_language
from tests.mail.builders import ADDRESS, START, make_acknowledgement
from tests.mail.examples import cases

CASES = {name: case for name, *case in cases()}
OTHER = "paul+{{x}}%s@bücher.example"
HOSTILE = (
    "{{ 7*7 }}{% raw %}{% endraw %} %(moment)s %s %% {0} ${x}",
    "\ue0000\ue001 \ue0001\ue001 \\g<1> \\1",
    "<script>alert(1)</script> & \"guillemets\" 'droits' </title></style>",
    "ligne\n\n\n\nautre   \n   \n . \n  retrait\r\nfin\rdernière\ttabulation\x0b\x0c",
    "\n\n  des vides autour \n\n",
    "très long " * 40 + "a" * 200,
    "é\u2028\u0085\x00=?utf-8?q?x?= =3D=\n=20 fin de ligne ",
    "1234567 : voilà ! « oui » ? 10 000 %",
)


def alone(kind, locale, entries, recipient, message_id):
    """The letter and the mail of one person, by the templates and the standard library alone."""
    environment = rendering.current_app.jinja_env
    stop_link = rendering._stop_link(kind.reach, locale, recipient)
    variables = {
        "entries": entries,
        "base_url": rendering.current_app.config["BASE_URL"],
        "locale": locale,
        "stop_link": stop_link,
    }
    name = f"mail/messages/{kind.template}"
    with in_language(locale):
        text = environment.get_template(f"{name}.txt").render(variables).strip()
        subject, _, body = text.partition("\n")
        subject = " ".join(subject.split())
        html = environment.get_template(f"{name}.html").render(variables, subject=subject)
    html = html.strip() + "\n"
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = str(Address(rendering.COLLECTIVE, addr_spec="site@exemple.fr"))
    mail["To"] = ADDRESS
    mail["Subject"] = subject
    mail["Date"] = format_datetime(START)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(wrapped(body), cte="quoted-printable")
    mail.add_alternative(html, subtype="html", cte="quoted-printable")
    mail.set_boundary(hashlib.sha256(message_id.encode()).hexdigest()[:32])
    # The library would encode an address that is not in ASCII; servers want it as it is.
    address = rendering.for_envelope(recipient).encode()
    return (subject, wrapped(body), html), mail.as_bytes().replace(ADDRESS.encode(), address, 1)


def wrapped(text):
    lines = re.sub(r"\n\s*\n+", "\n\n", text.strip()).split("\n")
    return "\n".join(map(wrapped_line, lines)) + "\n"


def wrapped_line(line):
    indent = line[: len(line) - len(line.lstrip())]
    options = {"break_long_words": False, "break_on_hyphens": False}
    return textwrap.fill(
        line.strip(), 76, initial_indent=indent, subsequent_indent=indent, **options
    )


def hostile(value, number):
    """The same parameters with other moments, and hostile texts instead of all others."""
    if isinstance(value, str) and value:
        try:
            return datetime.fromisoformat(value).replace(month=3, day=number + 1).isoformat()
        except ValueError:
            return HOSTILE[number % len(HOSTILE)]
    if isinstance(value, list):
        return [hostile(item, number + n) for n, item in enumerate(value)]
    if isinstance(value, dict):
        return {key: hostile(item, number) for key, item in value.items()}
    return value


def other(entry, number):
    """The parameters of another person."""
    values = hostile(asdict(entry), number)
    if "subject" in values:  # of one line, as an organiser types it
        values["subject"] = " ".join(values["subject"].split())
    return replace(entry, **values)


def both(kind, locale, entries, recipient, message_id):
    letter = rendering.render(kind, locale, entries, recipient)
    mail = rendering.compose(
        letter, sender="site@exemple.fr", recipient=recipient, message_id=message_id, at=START
    )
    return (letter.subject, letter.text, letter.html), mail.content


@pytest.mark.every_case
@pytest.mark.parametrize("name", CASES)
def test_letter_that_is_kept_gives_each_person_what_rendering_alone_gives(app, name):
    kind, locale, entries = CASES[name]
    people = [(entries, ADDRESS)]
    people += [([other(it, n) for it in entries], OTHER) for n in range(len(HOSTILE))]
    people += [(entries, ADDRESS)]

    for number, (parameters, recipient) in enumerate(people):
        message = (kind, locale, parameters, recipient, f"<{number}@exemple.fr>")
        letter, content = both(*message)
        expected, mail = alone(*message)

        assert letter == expected
        assert without_unsubscription(content) == mail


def without_unsubscription(content):
    """A mail without the headers that the standard library encodes where readers can't decode."""
    return re.sub(rb"List-Unsubscribe.*\r\n", b"", content)


@pytest.mark.parametrize("name", CASES)
def test_what_is_kept_of_a_letter_holds_nothing_of_anybody(app, name):
    kind, locale, entries = CASES[name]
    letters = rendering._letters()

    rendering.render(kind, locale, [other(entry, 0) for entry in entries], "canari@exemple.fr")

    (kept,) = letters._cached.values()
    texts = [kept.subject.parts, kept.plain.passages, kept.rich.passages]
    assert HOSTILE[0][:12] not in str(texts)
    assert "canari" not in str(texts)
    assert "mars" not in str(texts)
    assert "March" not in str(texts)


def test_passages_without_placeholders_are_encoded_once(app):
    for number in range(2):
        rendering.render(KIND, "fr", [make_acknowledgement(f"CODE-{number}")], ADDRESS)

    (kept,) = rendering._letters()._cached.values()
    # What was received and the personal link, together in HTML, and the link that stops mail.
    for passages, count in ((kept.plain.passages, 3), (kept.rich.passages, 2)):
        filled = ["".join(it.parts) for it in passages if isinstance(it, Template)]
        assert len(filled) == count
        assert sum(text.count("\n") for text in filled) < 10


def test_mails_of_one_shape_share_a_letter_and_others_do_not(app):
    letters = rendering._letters()

    for count in (1, 1, 2):
        entries = [make_acknowledgement(f"CODE-{number}{count}") for number in range(count)]
        for locale in ("fr", "en"):
            rendering.render(KIND, locale, entries, ADDRESS)

    assert len(letters._cached) == 4


def test_no_more_letters_are_kept_than_that(app, monkeypatch):
    monkeypatch.setattr(cache, "MOST_LETTERS", 2)

    for count in (1, 2, 3, 4):
        rendering.render(KIND, "fr", [make_acknowledgement()] * count, ADDRESS)

    assert len(rendering._letters()._cached) == 2


def test_template_that_compares_a_value_of_one_mail_is_refused():
    value = Marks().placehold({"name": "Jeanne"}, "person")

    with pytest.raises(ValueError, match="depend"):
        assert value.name == "Jeanne"


def test_filter_that_needs_two_values_of_one_mail_is_refused():
    marks = Marks()
    join = deferring(lambda text, ending: text + ending)

    with pytest.raises(ValueError, match="other values"):
        join(marks.placehold("a", "first"), marks.placehold("b", "second"))


def test_shape_tells_numbers_and_empty_texts_and_no_other_text():
    assert shape(["a", 1, None]) == shape(["b", 1, None])
    assert len({shape(it) for it in (["a"], [""], ["a", "b"], [1], [2], [None])}) == 6
