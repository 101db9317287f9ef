"""A note of the team stands beside a text, for those who moderate, and goes with it."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Account, Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation.forms import MASK_ONLY
from consultation.moderation.models import TextNote
from consultation.moderation.texts import notes
from consultation.responses.models import Respondent
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from tests.moderation.builders import actions, gesture, make_text, page_of, plain
from tests.plan.forms import form_in, stored_texts

QUEUE = "/moderation"
NOTE = "À voir avec la personne qui a reçu ce témoignage."


@pytest.fixture
def text(session, opened):
    return make_text(session, opened)


@pytest.fixture
def colleague(sign_in):
    return sign_in(name="dominique")


def public_id(session, name):
    match = Account.email == f"{name}@exemple.fr"
    return session.scalars(sa.select(Account.public_id).where(match)).one()


def write(browser, text, note=NOTE, assignee=""):
    form = form_in(browser.get(page_of(text)), "/note")
    return browser.post(page_of(text, "/note"), form | {"note": note, "confie": assignee})


def stored(session):
    session.rollback()
    return session.scalars(sa.select(TextNote)).all()


def test_note_is_read_beside_the_text_and_in_the_queue_by_moderators(
    session, moderator, colleague, text
):
    assert write(moderator, text).status_code == 303

    assert NOTE in plain(colleague.get(page_of(text)))
    assert NOTE[:40] in plain(colleague.get(QUEUE))
    assert "text_note_kept" in actions(session)


def test_text_that_is_given_to_somebody_is_among_the_things_they_have_to_do(
    session, moderator, colleague, opened, text
):
    make_text(session, opened, measure="T4")
    write(moderator, text, "", public_id(session, "dominique"))

    assert "1 texte vous est confié" in plain(colleague.get("/organisation/"))
    assert "vous est confié" not in plain(moderator.get("/organisation/"))
    mine = colleague.get(f"{QUEUE}?suivi=moi")
    assert "confié à Dominique" in plain(mine)
    assert mine.text.count('name="texte"') == 1
    assert "Aucun texte pour ces filtres" in plain(moderator.get(f"{QUEUE}?suivi=moi"))
    colleague.post(page_of(text, "/reprendre"))
    colleague.post(page_of(text, "/decision"), gesture(text, "publish"))
    assert "vous est confié" not in plain(colleague.get("/organisation/"))


def test_queue_is_narrowed_to_texts_with_a_note(session, moderator, opened, text):
    make_text(session, opened, measure="T4")
    write(moderator, text)

    assert moderator.get(f"{QUEUE}?suivi=note").text.count('name="texte"') == 1
    assert moderator.get(QUEUE).text.count('name="texte"') == 2


def test_text_is_given_to_nobody_who_does_not_moderate(session, moderator, sign_in, text):
    sign_in(Role.ORGANISER, name="lou")
    outsider = public_id(session, "lou")

    page = write(moderator, text, NOTE, outsider)

    assert outsider not in moderator.get(page_of(text)).text
    assert page.status_code == 400
    assert "Cette personne ne modère plus" in plain(page)
    assert form_in(page, "/note")["note"] == NOTE
    assert stored(session) == []


def test_of_two_who_note_the_second_sees_both(session, moderator, colleague, text):
    mine = form_in(moderator.get(page_of(text)), "/note") | {"note": "Mon mot."}
    write(colleague, text)

    page = moderator.post(page_of(text, "/note"), mine)

    assert page.status_code == 409
    assert form_in(page, "/note")["note"] == "Mon mot."
    assert stored_texts(page) == {"note-equipe": NOTE}
    assert [it.text for it in stored(session)] == [NOTE]
    assert moderator.post(page_of(text, "/note"), form_in(page, "/note")).status_code == 303
    assert [it.text for it in stored(session)] == ["Mon mot."]


def test_nothing_given_removes_the_note(session, moderator, text):
    write(moderator, text)
    write(moderator, text, " ")

    assert stored(session) == []
    assert "text_note_removed" in actions(session)


def test_too_long_a_note_is_refused_with_what_was_typed(session, moderator, text):
    page = write(moderator, text, "é" * (notes.LONGEST + 1))

    assert page.status_code == 400
    assert "é" * (notes.LONGEST + 1) in page.text
    assert stored(session) == []


def test_erased_texts_take_their_notes_with_them(app, session, moderator, text):
    write(moderator, text)
    with writing(session):
        author = session.scalars(sa.select(Respondent.id)).one()
        erasure.erase(session, author, Wish(texts=True), now(), home=app.config["HOME"])

    assert write(moderator, text).status_code == 409
    assert stored(session) == []


def test_passage_erased_takes_the_note_with_it(session, moderator, text):
    passage = {"autre": "Aïcha", "raison": "third_person"}
    moderator.post(page_of(text, "/decision"), gesture(text, MASK_ONLY, **passage))
    write(moderator, text)
    (mask,) = moderator.get(page_of(text)).text.split('name="masque" value="')[1:2]

    moderator.post(
        page_of(text, "/effacer"), {"masque": mask.partition('"')[0], "geste": "effacer"}
    )

    assert stored(session) == []


def test_organisers_do_not_read_the_note(session, moderator, sign_in, text):
    write(moderator, text)

    assert sign_in(Role.ORGANISER, name="lou").post(page_of(text, "/note")).status_code == 403
