"""Invitation mails: their words, headers and weight, and hostile names of contacts."""

import json
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from consultation.clock import PARIS, now
from consultation.db.base import writing
from consultation.invitations.mailings import lifecycle, message, rules
from consultation.invitations.models import Invitee, Mailing, Skipped
from consultation.mail import rendering
from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus
from consultation.plan.models import Measure
from consultation.questionnaires.models import Round
from consultation.work.services import Work
from tests.invitations.builders import (
    ORGANISER,
    mailing_form,
    make_invitee,
    make_mailing,
    messages,
    send_all,
    skipped,
    start,
)
from tests.mail.test_rendering import TextParser

CLOSES = datetime(2027, 1, 31, 23, 59, tzinfo=PARIS)
LINK = "https://consultation.example/contributions/ouvrir/AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB"
EXPECTED = Path(__file__).parent / "expected"
SUBJECT = {"fr": "Votre avis, {{nom}} ?", "en": "Your view, {{nom}}?"}
BODY = {
    "fr": "Bonjour {{nom}},\n\nL'avis de {{organisation}} compte : {{mesures}}.\n\n"
    "Votre lien :\n{{lien}}\n\nJusqu'au {{fin}}.\n\nMerci 🙂",
    "en": "Dear {{nom}},\n\nThe view of {{organisation}} matters: {{mesures}}.\n\n"
    "Your link:\n{{lien}}\n\nUntil {{fin}}.\n\nThank you 🙂",
}
MEASURE = Measure(code="T7", title={"fr": "L'hébergement spécialisé", "en": "Accommodation"})


def letter(locale="fr", subject=SUBJECT, body=BODY, **invitee):
    values = {"name": "Jeanne Été", "organisation": "Foyer d’accueil", "measures": [MEASURE]}
    return message.letter_for(
        Mailing(subject=subject, body=body),
        Invitee(**values | invitee),
        locale=locale,
        link=LINK,
        of_round=Round(closes_at=CLOSES, is_trial=False),
    )


def mail_of(app, rendered, recipient="jeanne@exemple.fr"):
    return rendering.compose(
        rendered,
        sender=app.config["MAIL_SENDER"],
        recipient=recipient,
        message_id="<essai@secours-catholique.org>",
        at=CLOSES,
    )


def render(locale, made, recipient="jeanne@exemple.fr"):
    return rendering.render(message.KIND, locale, [made], recipient)


def stable(text, rendered):
    """The text with a stop link that does not change with the keys and the hour."""
    return text.replace(rendered.unsubscribe_link, "https://consultation.example/arret")


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_mail_reads_as_expected(app, locale):
    rendered = render(locale, letter(locale))

    text = stable(f"{rendered.subject}\n\n{rendered.text}", rendered)
    html = stable(rendered.html, rendered)

    assert text == (EXPECTED / f"invitation.{locale}.txt").read_text("utf-8")
    assert html == (EXPECTED / f"invitation.{locale}.html").read_text("utf-8")


@pytest.mark.parametrize("locale", ["fr", "en"])
def test_text_and_html_say_the_same(app, locale):
    rendered = render(locale, letter(locale))

    parsed = TextParser(rendered.html)

    plain = [word for word in rendered.text.split() if set(word) != {"-"}]
    plain.remove(rendered.unsubscribe_link)  # words, where there may be a link
    assert parsed.seen == [*rendered.subject.split(), *plain]
    assert parsed.links == [LINK, rendered.unsubscribe_link]


def sent_mail(app):
    """The only mail in the local box."""
    (path,) = [path for path in (app.config["HOME"] / "mailbox").rglob("*") if path.is_file()]
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def test_mail_leaves_with_one_click_unsubscription_that_stops_the_next(
    session, app, client, consultation_round, group
):
    make_invitee(session, group)
    mailing = make_mailing(session, consultation_round, group)
    start(session, mailing)
    send_all(session, app)

    loop.deliver(session, app.config)

    (message,) = messages(session)
    assert message.status is MessageStatus.SENT
    mail = sent_mail(app)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_body(("plain",)).get_content()
    assert "Bonjour Jeanne Été," in text
    assert json.loads(message.parameters)["link"] in text

    stop = mail["List-Unsubscribe"].strip("<>").removeprefix("https://consultation.example")
    assert client.post(stop, data={"List-Unsubscribe": "One-Click"}).status_code == 200

    with writing(session):
        reminder = lifecycle.remind(Work(session, ORGANISER, now()), session.merge(mailing))
    start(session, reminder)
    send_all(session, app)
    assert list(skipped(session).values()) == [Skipped.SUPPRESSED]
    assert len(messages(session)) == 1


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x>', "{{lien}}", "{{ config }}", "%s {0}"]
)
def test_what_a_contact_is_called_stays_text(app, name):
    rendered = render("fr", letter(name=name, organisation=name))

    parsed = TextParser(rendered.html)

    assert not {"script", "img"} & set(parsed.tags)
    assert name.split()[0] in " ".join(parsed.seen)
    assert name in rendered.text
    assert parsed.links == [LINK, rendered.unsubscribe_link]


def test_only_our_own_link_can_be_clicked(app):
    body = {"fr": 'Voyez <a href="https://ailleurs.fr">ici</a> ou https://ailleurs.fr\n{{lien}}'}

    rendered = render("fr", letter(body=body))

    assert TextParser(rendered.html).links == [LINK, rendered.unsubscribe_link]


ALL = "{{nom}} {{organisation}} {{mesures}} {{fin}} {{lien}}\n"


@pytest.mark.parametrize(
    "piece",
    ["x", "é", "L'été d'après « où » ?\n", "文", "🙂", "&<>\"'=", "a\n\n", "mot mot mot "],
)
def test_heaviest_mail_that_is_let_through_is_under_twenty_kilobytes(app, piece):
    longest = max(
        range(0, rules.LONGEST_BODY, 10),
        key=lambda count: 0 if body_errors(ALL + piece * count) else len(ALL + piece * count),
    )
    title = (
        "Améliorer l'hébergement spécialisé des victimes ; créer des places dédiées à l'étranger"
    )
    measures = [Measure(code=f"T{n}", title={"fr": title + title}) for n in range(4)]
    made = letter(
        subject={"fr": "É" * rules.LONGEST_SUBJECT},
        body={"fr": ALL + piece * longest},
        name="É" * 200,
        organisation="É" * 300,
        measures=measures,
    )

    weight = len(mail_of(app, render("fr", made)).content)

    assert longest > 0
    assert weight <= 20_000


def body_errors(body):
    return mailing_form(subject="Objet", body=body).errors


def test_usual_letter_is_far_from_the_limit(app):
    assert body_errors(BODY["fr"]) == {}
    assert len(mail_of(app, render("fr", letter())).content) < 8_000
