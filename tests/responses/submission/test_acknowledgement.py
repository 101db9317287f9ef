"""Acknowledgement: what it holds of a response, none of it typed by a visitor."""

import re
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.mail.delivery import loop
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.responses.models import Respondent, Response
from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink
from tests.responses.conftest import hidden

pytestmark = pytest.mark.database

HOSTILE = (
    "=HYPERLINK(\"https://mechant.example\") <img src=x onerror=alert('Zorglub')> {{ 7*7 }}",
    "Zorglub\u2028Bcc: victime@exemple.fr\u0085 %(moment)s =?utf-8?q?Zorglub?=",
    "\r\n.\r\nMAIL FROM:<victime@exemple.fr>\r\nBcc: victime@exemple.fr\r\n\r\nZorglub",
)
NAMES = (
    "Zorglub\r\nBcc: victime@exemple.fr",
    'Zorglub", victime@exemple.fr, "',
    "=?utf-8?q?Zorglub?= <victime@exemple.fr>",
)


@pytest.fixture
def settings(settings, smtp_sink):
    return settings | smtp_sink.settings


def deliver(session, app, at=None):
    with time_machine.travel(at or datetime.now(UTC), tick=False):
        return loop.deliver(session, app.config)


def rows(session):
    session.rollback()
    session.expire_all()
    return session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()


def text_of(mail, *known):
    """Return the text of a mail without what differs from one response to another."""
    text = mail.part("plain") + mail.part("html")
    for piece in known:
        text = text.replace(piece, "…")
    return re.sub(r"https://\S+?/(?:ouvrir|arret)/[\w.-]+", "…", text)


def test_it_holds_code_title_time_in_paris_and_the_personal_link(
    client, form, session, app, smtp_sink
):
    with time_machine.travel(datetime.now(UTC).replace(hour=12, minute=5), tick=False):
        client.post(form.path, data=form.data(email="jeanne@exemple.fr"))
        deliver(session, app, datetime.now(UTC))

    response = session.scalars(sa.select(Response)).one()
    (mail,) = smtp_sink.mails
    link = re.search(r"https://consultation\.example/contributions/ouvrir/\S+", mail.part("plain"))
    assert mail.recipients == ("jeanne@exemple.fr",)
    assert mail.mail["Subject"] == "Votre contribution est bien enregistrée"
    for subtype in ("plain", "html"):
        assert response.receipt_code in mail.part(subtype)
        assert "Hébergement spécialisé" in mail.part(subtype)
        assert re.search(r"à 1[34]\xa0h\xa005 \(heure de Paris\)", mail.part(subtype))
        assert link[0] in mail.part(subtype)


def test_link_of_the_mail_opens_the_space_of_that_respondent(client, form, session, app, smtp_sink):
    client.post(form.path, data=form.data(email="jeanne@exemple.fr"))
    deliver(session, app)

    link = re.search(r"/contributions/ouvrir/\S+", smtp_sink.mails[0].part("plain"))[0]
    page = client.get(link)

    assert page.status_code == 200


@pytest.mark.every_case
@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("name", NAMES)
def test_it_holds_no_word_of_the_respondent(client, form, session, app, smtp_sink, text, name):
    at = datetime.now(UTC)
    with time_machine.travel(at, tick=False):
        client.post(form.path, data=form.data(email="paul@exemple.fr"))
        client.post(
            form.path,
            data=form.data(
                email="jeanne@exemple.fr",
                suggestions=text,
                name=name,
                organisation=f"Asso {name}",
                observation=text,
                T7_1__reason=text,
                T7_1__stance="amend",
                T7_1__proposed_wording=text,
            ),
        )
    deliver(session, app)

    blank, hostile = session.scalars(sa.select(Response).order_by(Response.id)).all()
    first, second = smtp_sink.mails
    assert second.recipients == ("jeanne@exemple.fr",)
    assert text_of(second, hostile.receipt_code) == text_of(first, blank.receipt_code)
    assert second.mail.keys() == first.mail.keys()
    assert b"Zorglub" not in second.content


@pytest.mark.parametrize(
    "address",
    [
        "jeanne@exemple.fr, victime@exemple.fr",
        "jeanne@exemple.fr\r\nBcc: victime@exemple.fr",
        "jeanne@exemple.fr\nvictime@exemple.fr",
        "Jeanne <victime@exemple.fr>",
        '"victime@exemple.fr,"@exemple.fr',
        "=?utf-8?q?victime=40exemple=2Efr=2C?=@exemple.fr",
        "jeanne@exemple.fr\u2028Bcc: victime@exemple.fr",
    ],
)
def test_no_address_makes_a_second_recipient(client, form, session, app, smtp_sink, address):
    answer = client.post(form.path, data=form.data(email=address))
    deliver(session, app)

    assert answer.status_code in (200, 303, 422)
    for mail in smtp_sink.offered:
        assert len(mail.recipients) == 1
        assert "victime@exemple.fr" not in mail.recipients
        assert mail.mail.get_all("Bcc") is None


def test_it_is_written_in_the_language_of_the_answer(client, form, session, app, smtp_sink):
    client.post("/en" + form.path, data=form.data(email="jane@example.org"))
    deliver(session, app)

    (mail,) = smtp_sink.mails
    assert "Specialised accommodation" in mail.part("plain")
    assert '<html lang="en">' in mail.part("html")
    assert "https://consultation.example/en/contributions/ouvrir/" in mail.part("plain")


def test_unstored_response_owes_no_mail(client, form, session):
    client.post(form.path, data=form.data(email="jeanne@exemple.fr", capacity=""))

    assert rows(session) == []


def test_failing_server_delays_the_mail_and_never_the_page(client, form, session, app, smtp_sink):
    smtp_sink.stop()

    page = client.post(form.path, data=form.data(email="jeanne@exemple.fr"), follow_redirects=True)
    deliver(session, app)

    (message,) = rows(session)
    assert page.status_code == 200
    assert (message.status, message.last_error) == (MessageStatus.RETRYING, "connection")


def test_sixty_contributions_of_one_person_make_three_mails(client, form, session, app, smtp_sink):
    start = datetime.now(UTC)
    spellings = ("jeanne.martin@gmail.com", "JeanneMartin@gmail.com", "jeannemartin+x@gmail.com")
    for number in range(60):
        with time_machine.travel(start + timedelta(minutes=4 * number), tick=False):
            answers = {"email": spellings[number % 3], "suggestions": f"Avis {number}"}
            client.post(form.path, data=form.data(**answers))
            loop.deliver(session, app.config)
    deliver(session, app, start + timedelta(hours=7))

    codes = session.scalars(sa.select(Response.receipt_code)).all()
    counts = Counter(
        code for mail in smtp_sink.mails for code in codes if code in mail.part("plain")
    )
    assert len(smtp_sink.mails) == 3
    assert counts == Counter(codes)
    assert len(codes) == 60


def test_receipt_says_when_a_mail_comes_or_that_none_will(client, form, session, app, smtp_sink):
    start = datetime.now(UTC)
    pages = []
    for hours in (0, 1, 3, 8):
        with time_machine.travel(start + timedelta(hours=hours), tick=False):
            data = form.data(email="jeanne@exemple.fr", suggestions=f"À {hours} h")
            pages.append(client.post(form.path, data=data, follow_redirects=True))
            loop.deliver(session, app.config)
        deliver(session, app, start + timedelta(hours=hours + 4.5))

    says_none = ["Aucun courriel ne sera envoyé" in page.text for page in pages]
    assert says_none == [False, False, False, True]
    assert ["accusé de réception part" in page.text for page in pages] == [True, *[False] * 3]
    says_hours = ["dans les heures qui viennent" in page.text for page in pages]
    assert says_hours == [False, True, True, False]
    assert [row.status for row in rows(session)] == [MessageStatus.SENT] * 3 + [
        MessageStatus.SUPPRESSED
    ]


def test_contributions_at_once_for_one_address_keep_to_the_cap(app, form, session, smtp_sink):
    app.config["MAIL_DAILY_CAP"] = 1
    session.rollback()
    start_together = threading.Barrier(5)
    answers = [f"Avis {number}" for number in range(5)]
    sent = [form.data(email="jeanne@exemple.fr", suggestions=text) for text in answers]
    languages = ("", "/en", "", "/en", "")

    def post(data, prefix):
        with app.app_context():
            visitor = app.test_client()
            start_together.wait()
            visitor.post(prefix + form.path, data=data)

    threads = [
        threading.Thread(target=post, args=pair) for pair in zip(sent, languages, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    deliver(session, app)
    deliver(session, app, datetime.now(UTC) + timedelta(hours=6))

    stored = session.scalars(sa.select(Response.receipt_code)).all()
    assert len(stored) == len(rows(session)) == 5
    assert len(smtp_sink.mails) == 1
    assert sum(code in smtp_sink.mails[0].part("plain") for code in stored) == sum(
        row.status is MessageStatus.SENT for row in rows(session)
    )


def test_place_that_names_many_addresses_gets_no_more_mails(client, app, form, session, counts):
    app.config["MAIL_SOURCE_CAP"] = 2
    pages = []
    for number, name in enumerate(("anne", "paul", "anne", "zoé", "marc")):
        sent = form.data(email=f"{name}@exemple.fr", suggestions=f"Avis {number}")
        pages.append(client.post(form.path, data=sent, follow_redirects=True))
    elsewhere = client.post(
        form.path,
        data=form.data(email="lea@exemple.fr"),
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
        follow_redirects=True,
    )

    withheld = ["Aucun courriel ne sera envoyé à cette adresse" in page.text for page in pages]
    assert withheld == [False, False, False, True, True]
    assert "Un accusé de réception part" in elsewhere.text
    assert counts()["response"] == 6
    assert [row.last_error for row in rows(session)] == [
        None, None, None, "source_cap", "source_cap", None,
    ]  # fmt: skip


def test_counts_of_a_place_hold_no_address_of_a_visitor_or_of_anybody(client, app, form, session):
    client.post(
        form.path,
        data=form.data(email="jeanne@exemple.fr"),
        environ_base={"REMOTE_ADDR": "203.0.113.77"},
    )

    if app.config["DATABASE_URL"].startswith("sqlite"):
        kept = b"".join(path.read_bytes() for path in app.config["HOME"].glob("limits.sqlite*"))
    else:
        kept = str(session.execute(sa.text("SELECT * FROM rate_limit")).all()).encode()
    assert b"mail source" not in kept
    assert b"203.0.113" not in kept
    assert b"jeanne" not in kept
    assert len(kept) > 0


def test_robot_s_address_gets_its_response_stored_and_no_mail(client, form, session, counts):
    page = client.post(
        form.path, data=form.data(email="no-reply@exemple.fr"), follow_redirects=True
    )

    assert "Aucun courriel ne sera envoyé à cette adresse" in page.text
    assert counts()["response"] == 1
    assert rows(session)[0].last_error == "robot"


def test_who_opens_the_link_of_the_mail_is_sure_of_their_address(
    client, form, session, app, smtp_sink
):
    page = client.post(form.path, data=form.data(email="jeanne@exemple.fr"), follow_redirects=True)
    deliver(session, app)
    link = r"/contributions/ouvrir/[\w.-]+"
    states = []

    for path in (
        re.search(link, page.text)[0],
        re.search(link, smtp_sink.mails[0].part("plain"))[0],
    ):
        client.post(path)
        session.rollback()
        states.append(session.scalars(sa.select(Respondent.standing)).one())

    assert states == ["unverified", "confirmed"]


@pytest.mark.parametrize(
    ("given", "opens"),
    [("jeanne@exemple.fr", False), ("JEANE@exemple.fr", True), ("", True)],
    ids=["another", "the same", "none any more"],
)
def test_link_that_went_to_an_address_ends_when_another_takes_its_place(
    client, form, session, app, smtp_sink, given, opens
):
    page = client.post(form.path, data=form.data(email="jeane@exemple.fr"), follow_redirects=True)
    deliver(session, app)
    displayed, mailed = (
        re.search(r"/contributions/ouvrir/[\w.-]+", text)[0]
        for text in (page.text, smtp_sink.mails[0].part("plain"))
    )
    client.post(displayed)

    again = client.get("/contributions/mesures/T7")
    key = hidden(again, "submission_key")
    client.post("/contributions/mesures/T7", data=form.data(key=key, email=given))
    deliver(session, app)

    assert (client.get(mailed).status_code == 200) is opens
    assert client.get(displayed).status_code == 200
    if not opens:
        newest = re.search(r"/contributions/ouvrir/[\w.-]+", smtp_sink.mails[-1].part("plain"))[0]
        assert smtp_sink.mails[-1].recipients == (given,)
        assert client.get(newest).status_code == 200
