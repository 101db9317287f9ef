"""The moderators' pages in a real browser: by keyboard alone, selecting, and as axe sees them."""

import logging
import threading
import time

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server

from consultation.moderation.models import ModeratedText, Redaction, TextState
from tests.accounts.builders import PASSWORD
from tests.browser.axe import violations
from tests.browser.conftest import launching
from tests.faults.server import free_port
from tests.moderation.builders import (
    PHONE,
    TEXT,
    make_actor,
    make_text,
    page_of,
    phone_text,
    stored,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return launching(browser_type_launch_args)


@pytest.fixture
def settings(settings):
    port = free_port()
    return settings | {"PORT": port, "BASE_URL": f"http://127.0.0.1:{port}"}


@pytest.fixture
def address(app):
    """Where the application answers, from threads of this process."""
    server = make_server("127.0.0.1", app.config["PORT"], app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app.config["BASE_URL"]
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser, address, session):
    """The browser of a moderator who has signed in."""
    make_actor(session)
    session.rollback()
    context = browser.new_context(base_url=address, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    page.goto("/connexion")
    page.get_by_label("Adresse").fill("camille@exemple.fr")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.wait_for_url("**/organisation/")
    yield page
    context.close()


def press_and_go_on(page, *keys):
    before = page.url
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_url(lambda url: url != before)


@pytest.mark.journey("moderator")
def test_twenty_texts_are_decided_by_keyboard_alone(session, opened, page):
    for number in range(20):
        if number % 4 == 2:
            phone_text(session, opened, text=f"{TEXT} {number}")
        else:
            make_text(session, opened, f"{TEXT} {number}")
    page.goto("/moderation/suivant")

    began = time.monotonic()
    for number in range(20):
        if number % 4 == 3:
            press_and_go_on(page, "e", "8")  # withhold: spam
        else:
            press_and_go_on(page, "p")  # the one that a machine flagged: masked
    seconds = time.monotonic() - began

    states = [text.state for text in stored(session, ModeratedText)]
    assert states.count(TextState.PUBLISHED) == 10
    assert states.count(TextState.REDACTED) == 5
    assert states.count(TextState.WITHHELD) == 5
    rate = 20 / seconds * 60
    logging.getLogger(__name__).info("%.0f decisions a minute by keyboard", rate)
    assert rate > 30


def test_letters_undo_go_on_and_can_be_turned_off(session, opened, page):
    first = phone_text(session, opened)
    second = make_text(session, opened, "Le second.")
    session.rollback()
    page.goto(page_of(first))
    press_and_go_on(page, "n")
    assert second.public_id in page.url
    page.goto(page_of(first))
    page.get_by_label("Autre passage").focus()
    page.keyboard.type("pour")
    assert page.get_by_label("Autre passage").input_value() == "pour"

    page.get_by_label("Autre passage").fill("")
    expect(page.locator("kbd").first).to_be_visible()
    page.get_by_role("button", name="raccourcis au clavier").click()
    page.keyboard.press("p")
    page.reload()
    page.keyboard.press("p")

    expect(page.locator("kbd").first).to_be_hidden()
    assert stored(session, ModeratedText)[0].state is TextState.WAITING
    page.get_by_role("button", name="raccourcis au clavier").click()
    press_and_go_on(page, "p")
    assert stored(session, ModeratedText)[0].state is TextState.REDACTED
    page.goto(page_of(first))
    page.keyboard.press("r")
    page.get_by_text("Ce texte est rouvert").wait_for()
    assert stored(session, ModeratedText)[0].state is TextState.WAITING


def test_key_of_the_main_button_masks_what_is_flagged(session, opened, page):
    text = phone_text(session, opened)
    session.rollback()
    page.goto(page_of(text))

    press_and_go_on(page, "p")
    page.get_by_role("button", name="Annuler ma décision").click()
    page.get_by_text("Ce texte est rouvert").wait_for()
    (mask,) = stored(session, Redaction)

    assert TEXT[mask.start : mask.end] == PHONE


def test_no_key_publishes_a_certain_passage(session, opened, page):
    text = phone_text(session, opened)
    session.rollback()
    page.goto(page_of(text))
    page.locator("input[name=passage]").uncheck()

    for key in "abcdfghijklmqrstuvwxyz0123456789Pp":  # but those of the next and of « Écarter »
        page.keyboard.press(key)
        page.wait_for_load_state()
    page.locator(".errors").wait_for()

    assert stored(session, ModeratedText)[0].state is TextState.WAITING
    page.get_by_label("ai vérifié").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Publier en entier").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/moderation?precedent=*")
    assert stored(session, ModeratedText)[0].state is TextState.PUBLISHED


def test_without_a_script_flagged_passages_are_masked_and_whole_publication_asks(
    browser, session, opened, page
):
    masked = phone_text(session, opened)
    whole = phone_text(session, opened)
    session.rollback()
    state = page.context.storage_state()
    context = browser.new_context(
        base_url=page.url.partition("/organisation")[0], storage_state=state,
        java_script_enabled=False,
    )  # fmt: skip
    plain = context.new_page()

    plain.goto(page_of(masked))
    plain.get_by_role("button", name="Publier en masquant").click()
    plain.wait_for_url(f"**{page_of(whole)}?precedent=*")
    plain.locator("input[name=passage]").uncheck()
    plain.get_by_role("button", name="Publier en entier").click()
    refused = plain.locator(".errors").inner_text()
    is_ticked = plain.locator("input[name=passage]").is_checked()
    plain.get_by_label("ai vérifié").check()
    plain.get_by_role("button", name="Publier en entier").click()
    plain.wait_for_url("**/moderation?precedent=*")
    states = [text.state for text in stored(session, ModeratedText)]
    plain.get_by_role("button", name="Annuler ma décision").click()
    plain.wait_for_url(f"**{page_of(whole)}")
    context.close()

    assert "cochez" in refused
    assert not is_ticked
    assert states == [TextState.REDACTED, TextState.PUBLISHED]
    assert stored(session, ModeratedText)[1].state is TextState.WAITING


def select(page, content):
    """Select words of the text as a mouse does."""
    page.evaluate(
        """(words) => {
          const node = document.querySelector('[data-text] bdi').firstChild;
          const start = node.data.indexOf(words);
          getSelection().setBaseAndExtent(node, start, node, start + words.length);
          document.querySelector('[data-text]').dispatchEvent(
            new MouseEvent('mouseup', {bubbles: true}));
        }""",
        content,
    )


def test_second_passage_that_is_selected_does_not_take_the_place_of_the_first(
    session, opened, page
):
    text = make_text(session, opened)
    session.rollback()
    page.goto(page_of(text))

    for content in ("Étape", "Aïcha", "Aïcha a été"):
        select(page, content)
    copied = [field.input_value() for field in page.locator("textarea[name=autre]").all()]
    page.keyboard.press("m")
    press_and_go_on(page, "1")

    assert copied == ["Étape", "Aïcha a été"]
    masks = stored(session, Redaction)
    assert [TEXT[mask.start : mask.end] for mask in masks] == copied


def test_reason_of_masks_is_not_taken_for_one_to_withhold(session, opened, page):
    text = make_text(session, opened)
    session.rollback()
    page.goto(page_of(text))
    select(page, "Aïcha")
    page.get_by_label("Raison, pour masquer ou écarter").select_option("victim")
    page.get_by_role("button", name="Masquer ces passages").click()
    page.get_by_text("1 passage masqué").wait_for()
    kept = page.get_by_label("Raison, pour masquer ou écarter").input_value()

    page.keyboard.press("e")
    expect(page.get_by_text("tapez le chiffre de la raison")).to_be_visible()
    press_and_go_on(page, "8")

    assert kept == "victim"
    assert stored(session, ModeratedText)[0].state is TextState.WITHHELD


def test_arrows_that_select_do_not_leave_the_text(session, opened, page):
    first = phone_text(session, opened)
    second = make_text(session, opened, "Le second.")
    session.rollback()
    page.goto(page_of(first))

    page.keyboard.press("Shift+ArrowRight")
    page.locator("[data-text]").focus()
    page.keyboard.press("ArrowRight")
    page.evaluate(
        "() => { document.activeElement.blur();"
        " const words = document.querySelector('[data-text] bdi').firstChild;"
        " getSelection().setBaseAndExtent(words, 0, words, 4); }"
    )
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)

    assert page.url.endswith(page_of(first))
    page.evaluate("() => getSelection().removeAllRanges()")
    press_and_go_on(page, "ArrowRight")
    assert second.public_id in page.url


def test_what_is_selected_in_the_text_is_what_is_masked(session, opened, page):
    text = make_text(session, opened, "Elle vit\u202e chez Zoé 👩🏽‍🌾 à Évry.")
    session.rollback()
    page.goto(page_of(text))

    page.evaluate(
        "() => { const place = document.querySelector('[data-text] bdi');"
        " getSelection().setBaseAndExtent(place, 0, place, place.childNodes.length);"
        " place.dispatchEvent(new MouseEvent('mouseup', {bubbles: true})); }"
    )
    field = page.get_by_label("Autre passage")
    whole = field.input_value()
    field.fill("Zoé 👩🏽‍🌾")
    page.get_by_label("Raison, pour masquer ou écarter").select_option("victim")
    page.get_by_role("button", name="Publier en masquant").click()
    page.wait_for_url("**/moderation?precedent=*")

    assert whole == "Elle vit\u202e chez Zoé 👩🏽‍🌾 à Évry."
    (mask,) = stored(session, Redaction)
    assert "Elle vit\u202e chez Zoé 👩🏽‍🌾 à Évry."[mask.start : mask.end] == "Zoé 👩🏽‍🌾"


def test_text_verdicts_and_danger_button_are_on_the_first_screen(session, opened, page):
    text = make_text(session, opened, TEXT * 9, organisation="Une association", consent_named=True)
    session.rollback()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(page_of(text))

    danger = page.get_by_role("button", name="Signaler une personne en danger").bounding_box()
    text_box = page.locator("[data-text]").bounding_box()
    verdict = page.get_by_role("button", name="Publier", exact=True)
    reason = page.get_by_label("Raison, pour masquer ou écarter")

    assert danger["y"] + danger["height"] < text_box["y"] < 620
    assert verdict.bounding_box()["y"] + verdict.bounding_box()["height"] <= 900
    reason.focus()  # not under the bar
    assert reason.bounding_box()["y"] + 40 < verdict.bounding_box()["y"]
    page.evaluate("scrollTo(0, 200)")
    assert verdict.bounding_box()["y"] + verdict.bounding_box()["height"] <= 900


def test_further_passage_can_be_typed_with_and_without_scripts(session, opened, page, browser):
    text = make_text(session, opened)
    session.rollback()
    page.goto(page_of(text))
    page.get_by_label("Autre passage").fill("Étape")
    page.get_by_role("button", name="Ajouter un autre passage").click()
    page.keyboard.type("Aïcha")
    plain_page = browser.new_context(
        base_url=page.url, storage_state=page.context.storage_state(), java_script_enabled=False
    ).new_page()
    plain_page.goto(page_of(text))
    plain_page.get_by_label("Autre passage").fill("Étape")
    plain_page.get_by_role("button", name="Ajouter un autre passage").click()
    plain_page.get_by_label("Autre passage").last.fill("Aïcha")
    plain_page.get_by_label("Raison, pour masquer ou écarter").select_option("victim")
    plain_page.get_by_role("button", name="Publier en masquant").click()
    plain_page.wait_for_url("**/moderation?precedent=*")

    assert [field.input_value() for field in page.locator("[name=autre]").all()] == [
        "Étape", "Aïcha",
    ]  # fmt: skip
    assert len(stored(session, Redaction)) == 2


@pytest.mark.looks
def test_pages_have_no_violation_in_any_look(session, opened, page):
    text = phone_text(
        session, opened, others={"observation": "Un\u202eautre texte, à l'Étape. " * 9}
    )
    session.rollback()
    place = []

    for path in ("/moderation", "/moderation?etat=aside", page_of(text), "/moderation/charte"):
        page.goto(path)
        place += violations(page)
    page.goto(page_of(text))
    page.locator("input[name=passage]").uncheck()
    page.get_by_role("button", name="Publier en entier").click()
    page.locator(".errors").wait_for()
    place += violations(page)
    page.locator("input[name=passage]").check()
    page.get_by_label("Raison, pour masquer ou écarter").select_option("contact")
    page.get_by_role("button", name="Masquer ces passages").click()
    page.get_by_text("1 passage masqué").wait_for()
    place += violations(page)
    page.get_by_role("button", name="Effacer définitivement").click()
    page.get_by_role("heading", name="Effacer définitivement").wait_for()
    place += violations(page)

    assert place == []


def test_open_part_is_closed_by_escape_and_its_line_has_the_focus(page):
    part = page.locator("details.help")
    page.get_by_text("Aide", exact=True).first.click()
    page.get_by_role("link", name="Toute l’aide, et les mots").focus()

    page.keyboard.press("Escape")

    assert part.get_attribute("open") is None
    assert page.evaluate("document.activeElement.textContent") == "Aide"
