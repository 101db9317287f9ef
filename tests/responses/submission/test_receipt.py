"""The receipt: what it shows, and that it opens nothing two hours later."""

import html
import re
from datetime import timedelta

import sqlalchemy as sa
import time_machine

from consultation.clock import now
from consultation.crypto.keyring import keyring
from consultation.db.base import writing
from consultation.mail.models import MessageStatus, OutboxMessage
from consultation.moderation.danger import screening
from consultation.responses.models import Response
from consultation.responses.rights import export_pdf
from consultation.responses.submission import receipt
from consultation.work.services import Work
from tests.moderation.builders import make_actor
from tests.responses.conftest import hidden


def test_receipt_shows_code_time_title_and_personal_link(client, form, session):
    page = client.post(form.path, data=form.data(), follow_redirects=True)

    response = session.scalars(sa.select(Response)).one()
    text = html.unescape(page.text)
    assert response.receipt_code in text
    assert "Hébergement spécialisé" in text
    assert "(heure de Paris)" in text
    assert "https://consultation.example/contributions/ouvrir/" in text


def test_receipt_holds_no_answer(client, form):
    page = client.post(
        form.path,
        data=form.data(suggestions="SECRET-TEXTE", name="SECRET-NOM"),
        follow_redirects=True,
    )

    assert "SECRET" not in page.text


def test_receipt_is_kept_by_nobody(client, form):
    page = client.post(form.path, data=form.data(), follow_redirects=True)

    assert page.headers["Cache-Control"] == "no-store, private"
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_receipt_opens_nothing_two_hours_later(client, form, session):
    address = client.post(form.path, data=form.data()).headers["Location"]
    code = session.scalars(sa.select(Response)).one().receipt_code

    with time_machine.travel(now() + timedelta(minutes=119), tick=False):
        in_time = client.get(address)
    with time_machine.travel(now() + timedelta(minutes=121), tick=False):
        too_late = client.get(address)

    assert in_time.status_code == 200
    assert too_late.status_code == 410
    assert code not in too_late.text
    assert "ouvrir/" not in too_late.text


def copy_in(page):
    (address,) = re.findall(
        r'href="([^"]+)">Télécharger ma réponse \(PDF\)', html.unescape(page.text)
    )
    return address


def test_receipt_leads_to_what_was_sent_as_a_pdf_without_who_sent_it(client, form, monkeypatch):
    drawn = []
    monkeypatch.setattr(export_pdf, "tagged_pdf", lambda *it: drawn.append(it[1]) or b"%PDF-")
    sent = form.data(T7_1__stance="keep", suggestions="Mon texte", name="Jeanne Martin")
    page = client.post(form.path, data=sent, follow_redirects=True)

    document = client.get(copy_in(page))

    (content,) = drawn
    assert (document.status_code, document.mimetype) == (200, "application/pdf")
    assert document.headers["Cache-Control"] == "no-store, private"
    assert "Mon texte" in str(content)
    assert "Jeanne" not in str(content)


def test_pdf_of_a_receipt_ends_with_it(client, form):
    page = client.post(form.path, data=form.data(), follow_redirects=True)
    address = copy_in(page)

    with time_machine.travel(now() + timedelta(minutes=121), tick=False):
        late = client.get(address)
    client.post(f"{page.request.path}/quitter")
    left = client.get(address)

    assert (late.status_code, left.status_code) == (410, 410)
    assert client.get("/recu/IkFBQUEi.aaaaaa.bbbb/reponse.pdf").status_code == 404


def test_forged_receipt_is_no_page(client, form):
    client.post(form.path, data=form.data())

    assert client.get("/recu/IkFBQUEi.aaaaaa.bbbb").status_code == 404
    assert client.get(f"/recu/{keyring.sign('receipt', 'AAAA-AAAA-AAAA-AAAA')}").status_code == 404


def test_receipt_says_whether_a_mail_will_come(app, client, form):
    app.config["MAIL_SERVER"] = "127.0.0.1"
    without = client.post(form.path, data=form.data(), follow_redirects=True)
    coming = client.post(form.path, data=form.data(email="a@exemple.fr"), follow_redirects=True)

    assert "aucun courriel ne partira" in without.text
    assert "accusé de réception part" in coming.text


def test_receipt_without_a_mail_server_says_that_nothing_leaves(client, form):
    page = client.post(form.path, data=form.data(email="a@exemple.fr"), follow_redirects=True)

    assert "accusé de réception part" not in page.text
    assert "reste ici et ne part pas" in page.text


def test_receipt_of_a_mail_that_was_refused_promises_none(app, client, form, session):
    app.config["MAIL_SERVER"] = "127.0.0.1"
    sent = client.post(form.path, data=form.data(email="a@exemple.fr"))
    session.execute(sa.update(OutboxMessage).values(status=MessageStatus.UNDELIVERABLE))
    session.commit()

    assert "Aucun courriel ne sera envoyé" in client.get(sent.location).text


def test_beyond_the_cap_the_response_is_stored_and_the_receipt_says_that_no_mail_comes(
    app, client, form, counts
):
    app.config["MAIL_DAILY_CAP"] = 0

    page = client.post(form.path, data=form.data(email="a@exemple.fr"), follow_redirects=True)

    assert "Aucun courriel ne sera envoyé" in page.text
    assert counts()["response"] == 1


def test_receipt_codes_are_distinct_and_easy_to_read():
    codes = {receipt.new_code() for _ in range(10_000)}

    assert len(codes) == 10_000
    assert not set("ILOU") & set("".join(codes))
    assert all(len(code) == 19 for code in codes)


def test_key_is_new_on_every_page(client, form):
    first, second = client.get(form.path), client.get(form.path)

    assert hidden(first, "submission_key") != hidden(second, "submission_key")


CRY = "Il menace de me tuer, je suis enfermée, j'ai 16 ans, aidez-moi"
CALLED = ["tel:17", "tel:112", "sms:114", "tel:119", "tel:116006"]


def numbers_in(page):
    return re.findall(r'href="((?:tel|sms):\d+)"', page.text)


def test_receipt_of_a_text_with_danger_words_says_whom_to_call(client, form):
    page = client.post(form.path, data=form.data(suggestions=CRY), follow_redirects=True)
    again = client.post(form.path, data=form.data(), follow_redirects=True)
    english = client.post(
        f"/en{form.path}", data=form.data(suggestions=f"{CRY} Help."), follow_redirects=True
    )

    assert "Personne ne vous appellera, et ce site n’est pas lu en urgence" in page.text
    assert numbers_in(page) == CALLED
    assert "menace" not in page.text
    assert numbers_in(again) == []
    assert "Nobody will call you" in english.text
    assert numbers_in(english) == CALLED


def test_receipt_reads_texts_by_the_words_that_the_staff_added(client, form, session):
    with writing(session()):
        screening.add(Work(session(), make_actor(session), now()), "camion blanc")

    page = client.post(
        form.path, data=form.data(suggestions="Le camion blanc."), follow_redirects=True
    )

    assert numbers_in(page) == CALLED


def test_receipt_of_a_person_concerned_says_in_a_line_whom_to_call(client, form):
    page = client.post(
        form.path, data=form.data(capacity="concerned_person"), follow_redirects=True
    )

    assert "Personne ne vous appellera après cet envoi" in page.text
    assert numbers_in(page) == CALLED
