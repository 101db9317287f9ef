"""Inbox pages: who may see them, what they display, what they do."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from consultation.accounts.models import AuditEvent, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.inbox import decisions, erasure
from consultation.inbox.collection import collector
from consultation.inbox.collection.collector import FolderKey
from consultation.inbox.models import State
from consultation.mail.models import OutboxMessage
from consultation.plan.models import Measure
from consultation.questionnaires.publication import publish
from consultation.responses import transcription
from consultation.responses.models import Answer, Response
from consultation.results.tallies import count
from tests.exports.builders import respond
from tests.inbox.builders import (
    SENDER,
    bring_in,
    bring_in_one,
    conversions,
    make_delivery,
    make_mail,
    messages,
)
from tests.pages import visible_text

PAGE = "/organisation/courrier"


def path_of(message, action=""):
    return f"{PAGE}/{message.public_id}{action}"


def actions(session):
    session.rollback()
    return session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all()


def test_strangers_find_nothing_and_colleagues_without_the_role_are_refused(
    session, app, client, sign_in
):
    message = bring_in_one(session, app, files=[("plan.pdf", b"%PDF")])
    (file,) = message.attachments
    paths = [PAGE, path_of(message), path_of(message, f"/pieces/{file.public_id}")]
    administrator = sign_in(Role.ADMINISTRATOR)

    strangers = [client.get(path).status_code for path in paths]
    colleagues = [administrator.get(path).status_code for path in paths]
    administrator.get("/organisation/")
    posts = [
        administrator.post(path_of(message, f"/{action}"), {"etat": "waiting"}).status_code
        for action in ("convertir", "confirmer", "ecarter", "reprendre")
    ]

    assert (strangers, colleagues, posts) == ([303] * 3, [403] * 3, [403] * 4)
    assert messages(session)[0].state is State.WAITING


def test_moderator_may_sort_the_mail(session, app, sign_in):
    assert sign_in(Role.MODERATOR).get(PAGE).status_code == 200


def test_empty_inbox_says_what_will_come_and_how_to_bring_mail_in(organiser):
    page = visible_text(organiser.get(PAGE))

    assert "Rien à traiter" in page
    assert "Ajouter des courriels" in page
    assert "Aucun message ici" in visible_text(organiser.get(f"{PAGE}?etat=converted"))


def test_list_shows_each_state_apart_with_masked_senders(session, app, organiser):
    bring_in_one(session, app, subject="À traiter d'abord")
    bring_in_one(session, app, subject="Infolettre", list_id="<infos.exemple.fr>")
    aside = bring_in_one(session, app, subject="Publicité")
    with writing(session):
        held = decisions.lock(session, aside.public_id)
        decisions.apply(held, decisions.Move.SET_ASIDE, now())
        held.reason = "spam"

    waiting, set_aside = organiser.get(PAGE), organiser.get(f"{PAGE}?etat=set_aside&raison=spam")

    assert "À traiter d'abord" in visible_text(waiting)
    assert SENDER not in waiting.text
    assert "j…@e….fr" in waiting.text
    assert "Publicité" not in waiting.text
    assert "Publicité" in set_aside.text
    assert "Infolettre" not in set_aside.text
    assert "publicité ou courriel indésirable (1)" in visible_text(set_aside)


def test_long_lists_come_in_pages(session, app, organiser):
    bring_in(session, app, *(make_mail(subject=f"Idée {number}") for number in range(51)))

    first, last, beyond = (organiser.get(f"{PAGE}?page={page}") for page in (1, 2, 99))

    assert first.text.count("<tr>") - 1 == 50
    assert last.text.count("<tr>") - 1 == 1
    assert "Page 2 sur 2" in visible_text(beyond)


def test_list_says_when_collecting_fails_and_when_it_has_stopped(session, app, organiser):
    app.config["IMAP_SERVER"] = "127.0.0.1"
    name = collector.name_of(app.config)
    with writing(session):
        collector.note_failure(session, name, "login", now())
    failed = visible_text(organiser.get(PAGE))
    with writing(session):
        collector.note_success(session, FolderKey(name, 1), now() - timedelta(minutes=16))
    stopped = visible_text(organiser.get(PAGE))
    with writing(session):
        collector.note_success(session, FolderKey(name, 1), now())
    fine = visible_text(organiser.get(PAGE))

    assert "refuse le compte. Prévenez la personne qui administre le site." in failed
    assert "n'est plus relevé depuis un quart d'heure" in stopped
    assert "IMAP_" not in failed + stopped
    assert "Relevé en défaut" not in fine


def test_one_message_shows_what_came_as_text_and_notes_who_read_it(session, app, organiser):
    message = bring_in_one(session, app, "<script>alert(1)</script> & <b>gras</b>")

    page = organiser.get(path_of(message))

    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;" in page.text
    assert SENDER in page.text
    assert actions(session)[-1] == "message_opened"


def test_missing_message_gives_404(organiser, session, app):
    message = bring_in_one(session, app)

    paths = [f"{PAGE}/absent", f"{path_of(message)}/pieces/absent"]

    assert [organiser.get(path).status_code for path in paths] == [404, 404]


def test_attachment_is_given_out_as_bytes_under_a_safe_name(session, app, organiser):
    message = bring_in_one(
        session, app, files=[("rapport\u202egpj.exe", b"MZ\x00\xff"), ("plan d'été.pdf", b"%PDF")]
    )
    first, second = message.attachments

    page = organiser.get(path_of(message, f"/pieces/{first.public_id}"))
    other = organiser.get(path_of(message, f"/pieces/{second.public_id}"))

    assert page.get_data() == b"MZ\x00\xff"
    assert page.mimetype == "application/octet-stream"
    assert page.headers["Content-Disposition"].startswith("attachment; ")
    assert "%E2%80%AE" not in page.headers["Content-Disposition"]
    assert "sandbox" in page.headers["Content-Security-Policy"]
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert other.get_data() == b"%PDF"
    assert actions(session)[-2:] == ["attachment_downloaded"] * 2


def test_attachment_of_another_message_is_not_there(session, app, organiser):
    message = bring_in_one(session, app, files=[("plan.pdf", b"%PDF")])
    other = bring_in_one(session, app)

    page = organiser.get(path_of(other, f"/pieces/{message.attachments[0].public_id}"))

    assert page.status_code == 404


def test_proposed_measures_are_ticked_and_get_the_kept_text(session, app, organiser, opened):
    message = bring_in_one(session, app)
    session.execute(
        sa.text(
            "INSERT INTO incoming_proposal (message_id, measure_id, clue, rank)"
            " SELECT :message, id, 'code', 1 FROM measure WHERE code = 'T7'"
        ),
        {"message": message.id},
    )
    session.commit()

    page = organiser.get(path_of(message))

    assert re.search(r'<input checked [^>]*value="T7"', page.text)
    assert not re.search(r'<input checked [^>]*value="T4"', page.text)
    assert "La Réunion" in re.search(r'name="texte_T7"[^>]*>([^<]*)<', page.text)[1]
    assert "reconnue par son code" in visible_text(page)


def test_text_per_ticked_measure_is_shown_and_what_was_typed_is_kept(
    session, app, organiser, opened
):
    message = bring_in_one(session, app)
    organiser.get(path_of(message))

    page = organiser.post(
        path_of(message, "/convertir"),
        {
            "etat": "waiting",
            "geste": "choisir",
            "mesure": ["T4", "outil"],
            "texte_T4": "Texte déjà <retouché>",
        },
    )

    assert page.status_code == 200
    assert "Texte déjà &lt;retouché&gt;" in page.text
    assert "La Réunion" in re.search(r'name="texte_outil"[^>]*>([^<]*)<', page.text)[1]
    assert 'name="texte_T7"' not in page.text
    assert conversions(session) == 0


def convert(organiser, message, **fields):
    organiser.get(path_of(message))
    fields = {"etat": "waiting", "geste": "convertir"} | fields
    return organiser.post(path_of(message, "/convertir"), fields)


def test_message_is_split_into_contributions(session, app, organiser, opened):
    message = bring_in_one(session, app)

    answer = convert(
        organiser, message, mesure=["T4", "T7"], texte_T4="Pour T4 🌿", texte_T7="Pour T7"
    )
    page = visible_text(organiser.get(answer.location))

    session.rollback()
    texts = session.scalars(sa.select(Answer.text).order_by(Answer.id)).all()
    codes = session.scalars(sa.select(Response.receipt_code)).all()
    made = session.scalars(sa.select(Response.public_id)).first()
    assert answer.status_code == 303
    assert sorted(texts) == ["Pour T4 🌿", "Pour T7"]
    assert "Ce message est devenu 2 contributions." in page
    assert all(code in page for code in codes)
    assert organiser.get(f"/organisation/contributions/{made}").status_code == 200
    assert "Convertir en" not in page
    assert session.scalars(sa.select(OutboxMessage)).all() == []


def indicator_fields(session, code="T7", **answers):
    """The fields of what a message says of an indicator, by the codes of its questions."""
    form = next(it for it in transcription.forms(session, now()) if it.code == code)
    questions = transcription.indicators_of(session, form).questions
    name_by_code = {question.code: question.name for question in questions}
    return {name_by_code[code]: value for code, value in answers.items()}


def test_conversion_stores_who_writes_and_what_is_said_of_indicators(
    session, app, organiser, opened
):
    message = bring_in_one(session, app)

    answer = convert(
        organiser,
        message,
        mesure=["T7"],
        texte_T7="",
        qualite="police",
        organisation="Brigade",
        territoire="bretagne",
        **indicator_fields(session, stance="amend", relevance="8", proposed_wording="Places."),
    )

    assert answer.status_code == 303
    session.rollback()
    response = session.scalars(sa.select(Response)).one()
    who = response.respondent
    assert (who.capacity, who.organisation, who.territory) == ("police", "Brigade", "bretagne")
    values = {
        it.question.code: it.option.code if it.option else it.number or it.text
        for it in response.answers
    }
    assert values == {"stance": "amend", "relevance": 8, "proposed_wording": "Places."}


def test_conversion_counts_stances_in_the_tallies(session, app, organiser, opened):
    message = bring_in_one(session, app)

    convert(organiser, message, mesure=["T7"], **indicator_fields(session, stance="drop"))

    session.rollback()
    cells = count.count(session, opened.id)
    found = {cell.value: number for cell, number in cells.items() if cell.question == "stance"}
    assert found["drop"] >= 1


@pytest.mark.parametrize("text", ["", "\u200b \u2060"])
def test_text_that_is_empty_needs_an_answer_on_an_indicator(session, app, organiser, opened, text):
    message = bring_in_one(session, app)
    answered = indicator_fields(session, code="T4", stance="keep")

    page = convert(
        organiser, message, mesure=["T4", "T7"], texte_T4=text, texte_T7=text, **answered
    )

    assert page.status_code == 400
    assert 'id="texte_T7-error"' in page.text
    assert 'id="texte_T4-error"' not in page.text
    assert conversions(session) == 0


def test_answers_on_indicators_are_kept_when_a_conversion_is_refused(
    session, app, organiser, opened
):
    message = bring_in_one(session, app)
    answered = indicator_fields(session, stance="keep", reason="Trop flou.")

    page = convert(
        organiser, message, mesure=["T7"], texte_T7="x" * 5001, qualite="police", **answered
    )

    name = next(iter(answered))
    assert re.search(rf'name="{name}" value="keep" checked', page.text)
    assert "Trop flou." in page.text
    assert re.search(r'<option selected value="police"', page.text)


def test_answer_that_does_not_fit_is_refused_at_its_field(session, app, organiser, opened):
    message = bring_in_one(session, app)
    answered = indicator_fields(session, stance="keep", reason="x" * 9000)

    page = convert(organiser, message, mesure=["T7"], texte_T7="Bien.", **answered)

    assert page.status_code == 400
    assert f'id="{list(answered)[1]}-error"' in page.text or "aria-invalid" in page.text
    assert conversions(session) == 0


def test_second_of_two_people_gets_the_answers_on_indicators_back_in_words(
    session, app, organiser, opened
):
    message = bring_in_one(session, app)
    organiser.get(path_of(message))
    convert(organiser, message, mesure=["T4"], texte_T4="Premier")

    page = convert(organiser, message, mesure=["T7"], **indicator_fields(session, stance="drop"))

    assert page.status_code == 409
    assert "S'en passer" in visible_text(page)


def test_known_respondent_keeps_what_they_have_said(session, app, organiser, opened):
    response = respond(session, opened, "T4", {"suggestions": "Où ?"}, capacity="police")
    session.commit()
    delivery = make_delivery(session, f"acknowledgement:{response.receipt_code}")
    message = bring_in_one(session, app, in_reply_to=delivery.message_id)

    page = organiser.get(path_of(message))
    convert(organiser, message, mesure=["T7"], texte_T7="Là.", qualite="justice", organisation="TJ")

    session.rollback()
    made = session.scalars(sa.select(Response).order_by(Response.id.desc())).first()
    assert re.search(r'<option selected value="police"', page.text)
    assert made.respondent_id == response.respondent_id
    assert (made.respondent.capacity, made.respondent.organisation) == ("police", "TJ")


def test_converted_message_is_not_said_to_be_unread(session, app, organiser, opened):
    message = bring_in_one(session, app)
    unread = "Personne n'a encore relu ce texte"
    assert unread in visible_text(organiser.get(path_of(message)))

    convert(organiser, message, mesure=["T7"], texte_T7="Bien.")

    assert unread not in visible_text(organiser.get(path_of(message)))


def test_each_error_of_a_conversion_is_at_its_field_and_keeps_what_was_typed(
    session, app, organiser, opened
):
    message = bring_in_one(session, app)

    page = convert(organiser, message, mesure=["T4", "T7"], texte_T4="x" * 5003, texte_T7="  ")
    none = convert(organiser, message, mesure=[])
    longer = convert(organiser, message, mesure=["T4"], texte_T4="x" * 5001)

    text = visible_text(page)
    assert (page.status_code, none.status_code) == (400, 400)
    assert re.search("<title>Erreur : ", page.text.replace("\u00a0", " "))
    assert "Texte pour T4 · " in text
    assert "Ce texte dépasse de 3 caractères les 5 000 possibles : raccourcissez-le." in text
    assert "Ce texte dépasse de 1 caractère les 5 000 possibles" in visible_text(longer)
    assert "Ce texte est vide" in text
    assert "x" * 5003 in page.text
    assert 'id="texte_T4-error"' in page.text
    assert "Cochez au moins une mesure" in visible_text(none)
    assert conversions(session) == 0


def test_text_whose_measure_is_not_ticked_is_neither_checked_nor_converted(
    session, app, organiser, opened
):
    message = bring_in_one(session, app)

    answer = convert(
        organiser, message, mesure=["T4"], texte_T4="Pour T4", texte_T7="x" * 5001, texte_outil=""
    )

    assert (answer.status_code, conversions(session)) == (303, 1)


@pytest.mark.parametrize("gesture", ["convertir", "choisir"])
def test_text_for_a_measure_retired_meanwhile_is_reported_and_kept(
    session, app, organiser, opened, gesture
):
    message = bring_in_one(session, app)
    organiser.get(path_of(message))
    with writing(session):
        session.scalars(sa.select(Measure).where(Measure.code == "T7")).one().retired_at = now()
        publish.publish(session, opened, now())
    typed = {"texte_T4": "Pour T4", "texte_T7": "Pour T7 🏚️"}

    page = convert(organiser, message, geste=gesture, mesure=["T4", "T7"], **typed)
    then = convert(organiser, message, mesure=["T4"], texte_T4="Pour T4 et T7")

    assert page.status_code == 400
    assert "T7 n'a plus de formulaire" in visible_text(page)
    assert "Pour T7 🏚️" in page.text
    assert re.search(r'name="texte_T4"[^>]*>([^<]*)<', page.text)[1].strip() == "Pour T4"
    assert (then.status_code, conversions(session)) == (303, 1)


@pytest.mark.parametrize(
    ("gesture", "fields"),
    [
        ("convertir", {}),
        ("convertir", {"mesure": ["T4", "T7"], "texte_T4": ""}),
        ("choisir", {}),
    ],
)
def test_second_of_two_people_is_told_and_gets_their_text_back(
    session, app, organiser, sign_in, opened, gesture, fields
):
    message = bring_in_one(session, app)
    colleague = sign_in(Role.MODERATOR)
    colleague.get(path_of(message))
    convert(organiser, message, mesure=["T4"], texte_T4="Premier")

    second = colleague.post(
        path_of(message, "/convertir"),
        {"etat": "waiting", "geste": gesture, "mesure": ["T7"], "texte_T7": "Deuxième"} | fields,
    )

    assert second.status_code == 409
    assert "il est maintenant dans l'état « converti »" in visible_text(second)
    assert "Deuxième" in second.text
    assert conversions(session) == 1


def test_who_sets_aside_what_was_converted_meanwhile_is_told_so_before_all_else(
    session, app, organiser, opened
):
    message = bring_in_one(session, app)
    convert(organiser, message, mesure=["T4"], texte_T4="Premier")

    page = organiser.post(path_of(message, "/ecarter"), {"etat": "waiting", "raison": ""})

    assert page.status_code == 409
    assert "il est maintenant dans l'état « converti »" in visible_text(page)


def test_converting_twice_with_the_same_page_counts_once(session, app, organiser, opened):
    message = bring_in_one(session, app)
    convert(organiser, message, mesure=["T4"], texte_T4="Une fois")

    again = organiser.post(
        path_of(message, "/convertir"),
        {"etat": "waiting", "geste": "convertir", "mesure": ["T4"], "texte_T4": "Une fois"},
    )

    assert again.status_code == 409
    assert conversions(session) == 1


def test_message_is_set_aside_for_a_reason_and_taken_back(session, app, organiser):
    message = bring_in_one(session, app)
    organiser.get(path_of(message))

    without = organiser.post(path_of(message, "/ecarter"), {"etat": "waiting", "raison": ""})
    organiser.post(path_of(message, "/ecarter"), {"etat": "waiting", "raison": "off_topic"})
    aside = [(message.state, message.reason) for message in messages(session)]
    page = visible_text(organiser.get(path_of(message)))
    organiser.post(path_of(message, "/reprendre"), {"etat": "set_aside"})
    back = messages(session)[0]

    assert without.status_code == 400
    assert "Choisissez dans la liste" in visible_text(without)
    assert 'href="#raison"' in without.text
    assert aside == [(State.SET_ASIDE, "off_topic")]
    assert "sans rapport avec la consultation" in page
    assert (back.state, back.reason, back.decided_at) == (State.WAITING, None, None)
    assert [action for action in actions(session) if "message_" in action][-3:] == [
        "message_set_aside",
        "message_opened",
        "message_taken_back",
    ]


def test_unknown_reason_sets_nothing_aside(session, app, organiser):
    message = bring_in_one(session, app)
    organiser.get(path_of(message))

    page = organiser.post(path_of(message, "/ecarter"), {"etat": "waiting", "raison": "erased"})

    assert page.status_code == 400
    assert "Choisissez dans la liste" in visible_text(page)
    assert messages(session)[0].state is State.WAITING


def test_what_was_taken_for_a_newsletter_can_be_taken_back(session, app, organiser):
    bring_in_one(session, app, list_id="<infos.exemple.fr>", precedence="bulk")
    (message,) = messages(session)
    organiser.get(path_of(message))

    organiser.post(path_of(message, "/reprendre"), {"etat": "set_aside"})

    assert messages(session)[0].state is State.WAITING


def test_sender_is_asked_by_one_mail_and_the_page_says_so(session, app, organiser):
    message = bring_in_one(session, app)
    organiser.get(path_of(message))

    answer = organiser.post(path_of(message, "/confirmer"), {"etat": "waiting"})
    page = visible_text(organiser.get(answer.location))
    again = organiser.post(path_of(message, "/confirmer"), {"etat": "asked"})

    assert "confirmation demandée le" in page
    assert again.status_code == 409
    session.rollback()
    assert len(session.scalars(sa.select(OutboxMessage)).all()) == 1


def test_sender_who_can_not_be_asked_is_told_of_in_a_sentence(session, app, organiser):
    message = bring_in_one(session, app, sender="noreply@exemple.fr")
    organiser.get(path_of(message))
    organiser.post(path_of(message, "/reprendre"), {"etat": "set_aside"})
    page = organiser.get(path_of(message))

    refused = organiser.post(path_of(message, "/confirmer"), {"etat": "waiting"})

    assert "Personne ne lit ce qui arrive à cette adresse" in visible_text(page)
    assert "Demander à l'expéditeur" not in visible_text(page)
    assert refused.status_code == 400
    assert refused.text.count("<title>Erreur") == 1


def test_unknown_state_is_refused(session, app, organiser):
    message = bring_in_one(session, app)
    organiser.get(path_of(message))

    assert organiser.post(path_of(message, "/ecarter"), {"etat": "perdu"}).status_code == 400


def test_message_without_text_or_form_says_what_to_do(session, app, organiser):
    message = bring_in(session, app, b"Subject: Vide\r\nFrom: a@exemple.fr\r\n\r\n")[0]

    page = visible_text(organiser.get(path_of(message)))

    assert "Aucun texte n'a été lu" in page


def test_blanked_message_says_so_and_sends_nobody_to_read_it_elsewhere(session, app, organiser):
    message = bring_in_one(session, app)
    with writing(session):
        erasure.blank(session, [message.id])

    page = visible_text(organiser.get(path_of(message)))

    assert "Ce que disait ce message a été effacé." in page
    assert "ouvrez-le dans la boîte" not in page


def test_reply_and_first_message_lead_to_each_other(session, app, organiser):
    reply = bring_in_one(
        session,
        app,
        subject="Re: Premier envoi",
        references="<autre@exemple.fr> <premier@exemple.fr>",
    )
    first = bring_in_one(session, app, subject="Premier envoi", message_id="<premier@exemple.fr>")

    page, answer = organiser.get(path_of(first)), organiser.get(path_of(reply))

    assert "Réponses à ce message" in visible_text(page)
    assert f'href="{path_of(reply)}"' in page.text
    assert "Répond au message" in visible_text(answer)
    assert f'href="{path_of(first)}"' in answer.text


def test_message_that_answers_nothing_here_is_tied_to_nothing(session, app, organiser):
    message = bring_in_one(session, app, in_reply_to="<inconnu@exemple.fr>")

    page = visible_text(organiser.get(path_of(message)))

    assert "Répond au message" not in page
    assert "Réponses à ce message" not in page


def test_message_leads_to_its_neighbours_in_the_list(session, app, organiser):
    bring_in(session, app, *(make_mail(subject=f"Idée {number}") for number in range(3)))
    oldest, middle, latest = messages(session)

    links = {
        name: re.findall(r'<a href="([^"]+)" rel="(\w+)"', organiser.get(path_of(it)).text)
        for name, it in (("first", latest), ("middle", middle), ("last", oldest))
    }

    assert links == {
        "first": [(path_of(middle), "next")],
        "middle": [(path_of(latest), "prev"), (path_of(oldest), "next")],
        "last": [(path_of(middle), "prev")],
    }


def test_decided_message_leads_back_to_the_first_that_waits(session, app, organiser, opened):
    done, waiting = bring_in_one(session, app), bring_in_one(session, app, subject="Suite")
    convert(organiser, done, mesure=["T7"], texte_T7="Bien.")

    page = organiser.get(path_of(done))

    assert f'href="{path_of(waiting)}">Premier message à traiter' in page.text


def test_list_marks_two_messages_of_one_mailbox_alike(session, app, organiser):
    bring_in_one(session, app, subject="Une")
    bring_in_one(session, app, subject="Deux")
    bring_in_one(session, app, subject="Trois", sender="jules@exemple.fr")

    marks = re.findall(r"<code>([0-9A-F]{4})</code>", organiser.get(PAGE).text)

    assert sorted(marks.count(mark) for mark in set(marks)) == [1, 2]
