"""Danger that is typed: the words of moderation bring the numbers, quietly, and nothing is sent."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from consultation.i18n import SHIPPED
from consultation.moderation.danger import phrases
from tests.browser.neutral_site import HOST, neutral_site, resolved_to

FORM = "/mesures/T4/contribuer"
MORE = "Que souhaitez-vous ajouter"
CRY = "Il menace de me tuer, je suis enfermée, j'ai 16 ans, aidez-moi"
ROOT = Path(__file__).parents[2]
SENTENCES = ROOT / "tests/moderation/danger/danger_sentences.csv"
SCRIPT = ROOT / "static/danger.js"
CALLED = ["tel:17", "tel:112", "sms:114", "tel:119", "tel:116006"]


@pytest.fixture
def page(browser, site):
    made = browser.new_context(base_url=site.address, locale="fr-FR").new_page()
    made.on("dialog", lambda dialog: dialog.accept())
    made.requests = []
    made.on("request", lambda request: made.requests.append(request))
    made.goto(FORM, wait_until="networkidle")
    yield made
    made.context.close()


def word(page):
    return page.locator(".calling")


def type_in(page, text, label=MORE):
    page.get_by_label(label).press_sequentially(text[:1])
    page.wait_for_load_state("networkidle")
    page.get_by_label(label).fill(text)


def test_danger_that_is_typed_says_whom_to_call(page):
    type_in(page, CRY)

    expect(word(page)).to_be_visible()
    assert word(page).get_attribute("role") == "status"
    links = word(page).locator("a")
    assert [link.get_attribute("href") for link in links.all()] == CALLED
    assert all(link.bounding_box()["height"] >= 44 for link in links.all())
    expect(page.get_by_label(MORE)).to_be_focused()


def test_words_are_asked_for_at_the_first_letter_and_nothing_is_sent(page):
    before = [request.url for request in page.requests]
    type_in(page, CRY)
    expect(word(page)).to_be_visible()

    since = page.requests[len(before) :]
    assert not [url for url in before if "danger" in url]
    assert [request.method for request in since] == ["GET", "GET"]
    assert ["danger.js" in since[0].url, "mots-de-danger.json" in since[1].url] == [True, True]
    assert all(request.post_data is None for request in since)
    assert "menace" not in "".join(request.url for request in since)


def test_word_of_danger_is_closed_once_and_for_all_on_the_page(page):
    type_in(page, CRY)
    word(page).get_by_role("button", name="Fermer ce message").click()

    expect(word(page)).to_have_count(0)
    expect(page.get_by_label(MORE)).to_be_focused()
    page.get_by_label(MORE).fill(f"{CRY} Vite.")
    page.wait_for_timeout(1200)
    expect(word(page)).to_have_count(0)


def test_word_of_danger_goes_with_the_words(page):
    type_in(page, CRY)
    expect(word(page)).to_be_visible()

    page.get_by_label(MORE).fill("Compter les places pour les victimes en danger.")

    expect(word(page)).to_have_count(0)


def test_word_of_danger_is_said_in_english(page):
    page.goto(f"/en{FORM}", wait_until="networkidle")
    area = page.locator("textarea").last
    area.press_sequentially("I")
    page.wait_for_load_state("networkidle")
    area.fill("I am locked in, please help me")

    expect(word(page)).to_contain_text("the police")


def test_quick_exit_leaves_with_the_word_of_danger_open(
    browser_type, browser_type_launch_args, certificate_authority, site
):
    options = browser_type_launch_args
    with neutral_site(certificate_authority.issue_cert(HOST)) as elsewhere:
        started = browser_type.launch(
            executable_path=options["executable_path"],
            args=[*options["args"], resolved_to(elsewhere)],
        )
        context = started.new_context(
            base_url=site.address, locale="fr-FR", ignore_https_errors=True
        )
        page = context.new_page()
        page.goto(FORM, wait_until="networkidle")
        type_in(page, CRY)
        expect(word(page)).to_be_visible()

        for _press in range(3):
            page.keyboard.press("Escape")

        page.wait_for_url(f"https://{HOST}/")
        started.close()


def test_script_reads_every_sentence_as_moderation_does(page, monkeypatch):
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        sentences = [row["text"] for row in csv.DictReader(file, delimiter=";")]
    monkeypatch.setattr(phrases, "LANGUAGES", SHIPPED)
    known = phrases.published.__wrapped__()
    reading = SCRIPT.read_text("utf-8").partition("const READ")[2].partition("const made")[0]

    read = page.evaluate(
        f"""([sentences, known]) => {{
          const READ{reading}
          const expressions = known.lists.flatMap(compiled);
          return sentences.map((text) => expressions.some((it) => it.test(fold(text))));
        }}""",
        [sentences, known],
    )

    assert len(sentences) > 500
    assert read == [phrases.has_any(text) for text in sentences]
