"""Corrections: what they changed, for the author and for staff; forms that changed since."""

import html
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.moderation.models import ModeratedText, TextState
from consultation.questionnaires.outline import edits, store
from consultation.questionnaires.publication import publish
from consultation.questionnaires.rounds import queries
from consultation.responses.models import Response
from consultation.responses.rights import erasure, withdrawal
from consultation.responses.rights.erasure import Wish
from tests.accounts.builders import Browser, make_account
from tests.factories import publish_again, screen_all
from tests.questionnaires.outline_builders import make_question
from tests.responses.conftest import Form, hidden

SPACE, SPACE_FORM = "/contributions/", "/contributions/mesures/T7"
HEADING = "Ce qui a changé depuis la version"


@pytest.fixture
def link(client, form):
    """The path of the link of somebody who answered on T7, whose space is open."""
    sent = form.data(suggestions="Mon premier avis", T7_1__stance="keep")
    page = client.post(form.path, data=sent, follow_redirects=True)
    path = re.search(r"(/contributions/ouvrir/[\w.-]+)", page.text)[1]
    client.post(path)
    return path


@pytest.fixture
def corrected(client, link, form, session):
    """The two revisions of a reply, of which a text, a choice and an added text differ."""
    send(client, form, suggestions="Mon avis mûri", T7_1__stance="drop", observation="Rien.")
    return responses(session)


def send(client, form, **answers):
    key = hidden(client.get(SPACE_FORM), "submission_key")
    return client.post(SPACE_FORM, data=form.data(key=key, **answers), follow_redirects=True)


def responses(session):
    session.rollback()
    return session.scalars(sa.select(Response).order_by(Response.id)).all()


def plain_text(page):
    text = html.unescape(re.sub(r"<[^>]+>", " ", page.text)).replace("’", "'")
    return re.sub(r"\s+", " ", text)


def changes_in(page):
    """What a page says after the heading of the changes."""
    return plain_text(page).partition(HEADING)[2]


@pytest.fixture
def reader(app, session):
    """The browser of a member of staff with that role."""

    def sign_in(role=Role.ORGANISER):
        make_account(session, f"{role.value}@association.example", role)
        browser = Browser(app)
        browser.enter(f"{role.value}@association.example")
        return browser

    return sign_in


def received(browser, response):
    return browser.get(f"/organisation/contributions/{response.public_id}")


def change_questions(session, edit):
    """Publish what `edit` makes of the questions."""
    opened = queries.last(session)
    store.change(session, opened, edit, now())
    publish.publish_outline(session, opened, now())
    session.commit()


def ask_anew(outline):
    """Add one question, reword another, ask a third no more."""
    section = outline.section_of("observation")
    reworded = replace(
        next(item for item in outline.questions if item.code == "observation"),
        label={"fr": "Qu'observez-vous au juste ?"},
    )
    changed = edits.change_question(outline, "observation", reworded, section.code)
    added = edits.add_question(changed, section.code, make_question("bilan"))
    return edits.remove_question(added, "missing_source")


def tagged(page):
    """The tag of each question and indicator that has one, by the words it stands with."""
    pattern = r'<(?:label class="q"|legend|header)[^>]*>(.*?)</(?:label|legend|header)>'
    headings = re.findall(pattern, page.text, re.DOTALL)
    plain = [" ".join(html.unescape(re.sub(r"<[^>]+>", " ", item)).split()) for item in headings]
    return [item for item in plain if re.search(r"\b(nouvelle|reformulée?)\b", item)]


def test_space_shows_what_a_correction_changed(client, corrected):
    changes = changes_in(client.get(SPACE))

    assert "Avant : Mon premier avis Maintenant : Mon avis mûri" in changes
    assert re.search(r"T7\.1 .* modifiée Avant : .* Maintenant : ", changes)
    assert re.search(r"ajoutée Maintenant : Rien\.", changes)


def test_space_shows_no_change_of_a_first_revision(client, link):
    assert HEADING not in client.get(SPACE).text


def test_space_compares_with_the_revision_just_before(client, form, corrected):
    send(client, form, suggestions="Mon dernier avis", T7_1__stance="drop", observation="Rien.")

    changes = changes_in(client.get(SPACE))

    assert "Avant : Mon avis mûri Maintenant : Mon dernier avis" in changes
    assert "Mon premier avis" not in changes
    assert "ajoutée" not in changes


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"suggestions": "Autre", "T7_1__stance": "drop"}, "2 réponses ont changé depuis"),
        ({"suggestions": "Mon premier avis"}, "1 réponse a changé depuis"),
        (
            {"suggestions": "Mon premier avis", "T7_1__stance": "keep", "organisation": "L'Élan"},
            "Aucune réponse n'a changé depuis",
        ),
    ],
)
def test_receipt_counts_the_answers_that_changed(client, link, form, answers, sentence):
    receipt = send(client, form, **answers)

    assert sentence in plain_text(receipt)


def test_receipt_of_a_replaced_revision_says_that_it_counts_no_more(client, form):
    first = form.data(suggestions="Mon premier avis")
    receipt = client.post(form.path, data=first, follow_redirects=True)
    client.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", receipt.text)[1])
    corrected = client.post(
        form.path, data=first | {form.name("suggestions"): "Corrigé"}, follow_redirects=True
    )

    again = client.post(form.path, data=first, follow_redirects=True)

    sentence = "Une autre version a été envoyée depuis"
    assert [sentence in page.text for page in (receipt, corrected, again)] == [False, False, True]


def test_receipt_of_a_first_revision_says_nothing_of_changes(client, form):
    receipt = client.post(form.path, data=form.data(), follow_redirects=True)

    assert "depuis la version précédente" not in plain_text(receipt)


def publish_all(session):
    screen_all(session)
    for text in session.scalars(sa.select(ModeratedText)):
        text.state = TextState.PUBLISHED
    session.commit()


def test_staff_see_the_revisions_and_what_changed(reader, session, corrected):
    first, second = corrected
    publish_all(session)
    browser = reader()

    page = received(browser, second)
    earlier = received(browser, first)

    assert f'href="/organisation/contributions/{first.public_id}"' in page.text
    assert f'href="/organisation/contributions/{second.public_id}"' in earlier.text
    changes = changes_in(page)
    assert "Avant Mon premier avis Maintenant Mon avis mûri" in changes
    assert "ajoutée" in changes
    assert HEADING not in earlier.text


def test_staff_see_a_third_revision_compared_with_the_second(
    client, form, reader, session, corrected
):
    receipt = send(client, form, suggestions="Mon dernier avis", T7_1__stance="drop")
    publish_all(session)
    browser = reader()
    first, second, third = responses(session)

    page = received(browser, third)
    middle = received(browser, second)

    changes = changes_in(page)
    assert "Avant Mon avis mûri Maintenant Mon dernier avis" in changes
    assert "retirée" in changes
    assert "Mon premier avis" not in page.text
    assert "Avant Mon premier avis Maintenant Mon avis mûri" in changes_in(middle)
    assert "2 réponses ont changé" in plain_text(receipt)
    for item in (first, second, third):
        assert (item.public_id in page.text) == (item is not third)


def test_staff_see_no_list_of_revisions_where_there_is_one(client, link, session, reader):
    (only,) = responses(session)

    assert "Versions" not in received(reader(), only).text


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.MODERATOR])
def test_text_replaced_unread_is_for_moderators_alone(reader, session, corrected, role):
    first, second = corrected
    screen_all(session)
    browser = reader(role)

    changes = [plain_text(received(browser, item)) for item in (first, second)]

    assert "Maintenant Mon avis mûri" in changes[1]
    for page in changes:
        assert ("Mon premier avis" in page) == (role is Role.MODERATOR)
        stand_in = "[texte remplacé ou retiré sans avoir été relu]"
        assert (stand_in in page) == (role is Role.ORGANISER)


def test_what_staff_may_not_read_is_not_read_in_a_change(reader, session, corrected):
    browser = reader()

    unread = received(browser, corrected[1])
    screen_all(session)
    for text in session.scalars(sa.select(ModeratedText)):
        text.state = TextState.WITHHELD
    session.commit()
    withheld = received(browser, corrected[1])

    assert changes_in(unread).count("en attente de relecture") == 2
    assert changes_in(unread).count("sans avoir été relu") == 1
    assert changes_in(withheld).count("écarté par") == 3
    unseen = "Ce qui a changé est dans la partie du texte qui ne se lit pas ici"
    assert unseen in changes_in(withheld)
    for page in (unread, withheld):
        assert "avis mûri" not in page.text
        assert "premier avis" not in page.text


def test_moderator_reads_the_change_that_waits_for_them(reader, session, corrected):
    assert "Mon premier avis" in changes_in(received(reader(Role.MODERATOR), corrected[1]))


def test_erased_texts_are_said_to_be_erased(app, reader, session, corrected):
    screen_all(session)
    erasure.erase(session, corrected[0].respondent_id, Wish(), now(), home=app.config["HOME"])
    session.commit()

    changes = changes_in(received(reader(Role.MODERATOR), corrected[1]))

    assert "Des textes ont été effacés, à la demande de la personne ou" in changes
    assert "avis mûri" not in changes
    assert "T7.1" in changes


def test_answers_of_a_withdrawn_revision_are_not_compared(client, form, reader, session, corrected):
    second = corrected[1]
    screen_all(session)
    withdrawal.withdraw(session, second.respondent_id, second.public_id, now())
    session.commit()
    browser = reader()

    withdrawn = received(browser, second)
    send(client, form, suggestions="De nouveau")
    screen_all(session)
    again = received(browser, responses(session)[2])

    assert HEADING not in withdrawn.text
    assert "la différence n’est pas montrée" in again.text
    assert "De nouveau" in again.text
    for page in (withdrawn, again):
        assert "avis mûri" not in page.text


def test_answers_of_two_versions_are_compared_by_their_codes(client, form, session, link):
    publish_again(session, form.measure)

    send(client, Form(session, form.measure), suggestions="Mon premier avis", T7_1__stance="drop")
    changes = changes_in(client.get(SPACE))

    assert len({it.questionnaire_id for it in responses(session)}) == 2
    assert changes.count("modifiée") == 1
    assert "Mon premier avis" not in changes.partition("Retirer")[0]


def test_changed_form_says_so_and_marks_what_is_new(client, link, session):
    before = client.get(SPACE_FORM)
    change_questions(session, ask_anew)

    page = client.get(SPACE_FORM)

    changes = plain_text(page)
    assert "Ce formulaire a changé" not in before.text
    assert tagged(before) == []
    assert "Ce formulaire a changé depuis votre envoi du" in changes
    assert "1 question nouvelle, marquée" in changes
    assert "1 question reformulée, marquée" in changes
    assert "1 question qui n'est plus posée" in changes
    assert tagged(page) == ["Qu’observez-vous au juste ? reformulée", "Question bilan ? nouvelle"]


def test_reworded_indicator_is_marked_at_its_block(client, link, form, session):
    publish_again(session, form.measure)

    page = client.get(SPACE_FORM)

    assert "1 indicateur reformulé, marqué" in plain_text(page)
    (block,) = tagged(page)
    assert block.startswith("Indicateur · T7.1 reformulé Places ouvertes")


def test_marks_stay_on_a_refused_form(client, link, session, form):
    change_questions(session, ask_anew)
    key = hidden(client.get(SPACE_FORM), "submission_key")

    page = client.post(SPACE_FORM, data={"submission_key": key})

    assert page.status_code == 422
    assert len(tagged(page)) == 2


@pytest.mark.parametrize("path", ["/mesures/T7/contribuer", SPACE_FORM])
def test_no_mark_reaches_the_forms_of_others(app, client, link, form, session, path):
    change_questions(session, ask_anew)
    assert tagged(client.get(SPACE_FORM))
    stranger = app.test_client()
    if path == SPACE_FORM:
        new = Form(session, form.measure)
        sent = stranger.post(new.path, data=new.data(), follow_redirects=True)
        stranger.post(re.search(r"(/contributions/ouvrir/[\w.-]+)", sent.text)[1])

    blank = stranger.get(path)
    refused = stranger.post(path, data={"submission_key": hidden(blank, "submission_key")})

    for page in (blank, refused):
        assert "Question bilan" in page.text
        assert tagged(page) == []
        assert "Ce formulaire a changé" not in page.text


def test_form_sent_in_its_new_version_is_marked_no_more(client, link, form, session):
    publish_again(session, form.measure)
    send(client, Form(session, form.measure), suggestions="Relu")

    page = client.get(SPACE_FORM)

    assert tagged(page) == []
    assert "Ce formulaire a changé" not in page.text


def test_draft_counts_as_what_was_left_last(client, link, form, session):
    save = {"intent": "save", "draft_revision": "0"}
    page = client.get(SPACE_FORM)
    with time_machine.travel(now() + timedelta(hours=1), tick=False):
        data = form.data(key=hidden(page, "submission_key"), suggestions="Commencé")
        client.post(SPACE_FORM, data=data | save)
    change_questions(session, ask_anew)

    begun = client.get(SPACE_FORM)
    new = Form(session, form.measure)
    again = new.data(key=hidden(begun, "submission_key"), suggestions="Continué")
    client.post(SPACE_FORM, data=again | save | {"draft_revision": "1"})
    continued = client.get(SPACE_FORM)

    assert "Ce formulaire a changé depuis votre brouillon du" in plain_text(begun)
    assert "Ce formulaire a changé depuis votre envoi du" in plain_text(continued)
    assert "Continué" in continued.text
    assert tagged(begun) == tagged(continued)
    assert len(tagged(begun)) == 2


def test_english_reader_is_not_told_of_changed_french_words(client, link, session):
    def reword(outline):
        old = next(item for item in outline.questions if item.code == "observation")
        new = replace(old, label={**old.label, "fr": "Qu'observez-vous au juste ?"})
        return edits.change_question(outline, old.code, new, outline.section_of(old.code).code)

    change_questions(session, reword)

    french, english = (client.get(prefix + SPACE_FORM) for prefix in ("", "/en"))

    assert "reformulée" in french.text
    assert 'class="tag">re' not in english.text
