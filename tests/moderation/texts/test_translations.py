"""A translation stands beside its text, for those who read it, and goes with it."""

import pytest
import sqlalchemy as sa

from consultation.accounts.models import Role
from consultation.clock import now
from consultation.db.base import writing
from consultation.moderation import visibility
from consultation.moderation.forms import MASK_ONLY
from consultation.moderation.models import TextTranslation, Verdict
from consultation.moderation.texts import translations
from consultation.moderation.visibility import Audience, visible_translation
from consultation.responses.models import Answer, Respondent, Response
from consultation.responses.rights import erasure
from consultation.responses.rights.erasure import Wish
from tests.moderation.builders import actions, gesture, make_text, page_of, plain
from tests.plan.forms import form_in, stored_texts

SPANISH = "Hay que contar también a los menores que Aïcha acompaña."
FRENCH = "Il faut compter aussi les mineurs qu'Aïcha accompagne."
NAME = (SPANISH.index("Aïcha"), SPANISH.index("Aïcha") + 5)
UNREAD = "Un passage du texte a été masqué après cette traduction"


@pytest.fixture
def text(session, opened):
    return make_text(session, opened, SPANISH, locale="es")


def translate(browser, text, french=FRENCH):
    form = form_in(browser.get(page_of(text)), "/traduction")
    return browser.post(page_of(text, "/traduction"), form | {"traduction": french})


def mask(browser, text):
    browser.post(
        page_of(text, "/decision"), gesture(text, MASK_ONLY, autre="Aïcha", raison="third_person")
    )


def read(session, text, audience):
    session.rollback()
    (row, _), *_others = visibility.texts(session, Answer.id == text.answer_id)
    return visible_translation(row, audience)


def test_translation_is_kept_and_read_beside_the_original(session, moderator, text):
    answer = translate(moderator, text)

    page = moderator.get(page_of(text))
    assert answer.status_code == 303
    assert SPANISH in plain(page)
    assert FRENCH in plain(page)
    assert read(session, text, Audience.ORGANISER) == FRENCH
    assert "text_translated" in actions(session)


def test_translation_is_public_no_sooner_than_its_text(session, moderator, text):
    translate(moderator, text)
    before = read(session, text, Audience.PUBLIC)
    moderator.post(page_of(text, "/decision"), gesture(text, Verdict.PUBLISH.value))

    assert before == ""
    assert read(session, text, Audience.PUBLIC) == FRENCH


def test_text_in_french_offers_no_translation(moderator, session, opened):
    page = moderator.get(page_of(make_text(session, opened)))

    assert "traduction" not in page.text


def test_passage_masked_later_leaves_the_translation_to_moderators_until_it_is_read_again(
    session, moderator, text
):
    translate(moderator, text)
    mask(moderator, text)

    page = moderator.get(page_of(text))
    assert UNREAD in plain(page)
    assert FRENCH in plain(page)
    assert read(session, text, Audience.ORGANISER) == ""
    translate(moderator, text, FRENCH.replace("Aïcha", "une personne"))
    assert "une personne" in read(session, text, Audience.ORGANISER)
    assert UNREAD not in plain(moderator.get(page_of(text)))


def test_passage_erased_takes_the_translation_with_it(session, moderator, text):
    mask(moderator, text)
    translate(moderator, text)

    moderator.get(page_of(text))
    value = "-".join(map(str, NAME))
    moderator.post(page_of(text, "/effacer"), {"masque": value, "geste": "effacer"})

    assert session.scalars(sa.select(TextTranslation)).all() == []


def test_erased_texts_take_their_translations_with_them(app, session, moderator, text):
    translate(moderator, text)
    with writing(session):
        author = session.scalars(sa.select(Respondent.id)).one()
        erasure.erase(session, author, Wish(texts=True), now(), home=app.config["HOME"])

    late = translate(moderator, text)

    assert late.status_code == 409
    assert "rien à masquer ni à traduire" in plain(late)
    assert session.scalars(sa.select(TextTranslation)).all() == []


def test_nothing_given_removes_the_translation(session, moderator, text):
    translate(moderator, text)
    page = translate(moderator, text, " ")

    assert page.status_code == 303
    assert read(session, text, Audience.MODERATOR) == ""
    assert "text_translation_removed" in actions(session)


def test_too_long_a_translation_is_refused_with_what_was_typed(session, moderator, text):
    page = translate(moderator, text, "é" * (translations.LONGEST + 1))

    assert page.status_code == 400
    assert f"Ce texte compte {translations.LONGEST + 1} caractères" in plain(page)
    assert "é" * (translations.LONGEST + 1) in page.text
    assert read(session, text, Audience.MODERATOR) == ""


def test_who_translates_what_another_reads_is_told_and_keeps_the_words(
    session, moderator, sign_in, text
):
    moderator.get(page_of(text))
    late = sign_in(name="dominique").post(page_of(text, "/traduction"), {"traduction": FRENCH})

    assert late.status_code == 409
    assert FRENCH in plain(late)
    assert read(session, text, Audience.MODERATOR) == ""


def test_of_two_who_translate_a_text_the_second_sees_both(session, moderator, sign_in, text):
    colleague, address = sign_in(name="dominique"), page_of(text, "/traduction")
    mine = form_in(moderator.get(page_of(text)), "/traduction") | {"traduction": "Ma phrase."}
    colleague.get(page_of(text))
    colleague.post(page_of(text, "/reprendre"))
    translate(colleague, text)
    moderator.post(page_of(text, "/reprendre"))

    page = moderator.post(address, mine)

    assert page.status_code == 409
    assert "Quelqu'un d'autre a modifié la traduction" in plain(page)
    assert form_in(page, "/traduction")["traduction"] == "Ma phrase."
    assert stored_texts(page) == {"traduction": FRENCH}
    assert read(session, text, Audience.MODERATOR) == FRENCH
    assert moderator.post(address, form_in(page, "/traduction")).status_code == 303
    assert read(session, text, Audience.MODERATOR) == "Ma phrase."


def test_translation_begun_before_a_passage_was_masked_is_read_again(session, moderator, text):
    form = form_in(moderator.get(page_of(text)), "/traduction") | {"traduction": FRENCH}
    mask(moderator, text)

    page = moderator.post(page_of(text, "/traduction"), form)

    assert page.status_code == 409
    assert "ou ce qui est masqué" in plain(page)
    assert form_in(page, "/traduction")["traduction"] == FRENCH
    assert read(session, text, Audience.ORGANISER) == ""


def test_team_reads_the_translation_in_the_contribution_and_where_it_decides(
    session, moderator, sign_in, text
):
    translate(moderator, text)
    organiser = sign_in(Role.ORGANISER, name="lou")

    response = session.get_one(Response, text.answer.response_id)
    contribution = plain(organiser.get(f"/organisation/contributions/{response.public_id}"))
    assert FRENCH in contribution
    assert "Langue espagnol" in contribution
    assert FRENCH in plain(organiser.get("/organisation/preciser/indicateurs/T7.1"))
