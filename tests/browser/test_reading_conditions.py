"""Pages for who enlarges them, spaces the text, forces colours or has a keyboard alone."""

import re

import pytest
from playwright.sync_api import expect

from tests.faults.server import Server
from tests.pages import straight

FORM = "/mesures/T4/contribuer"
PAGES = [
    "/", "/en/mesures", "/mesures/T7", FORM, "/donnees-personnelles", "/accessibilite", "/securite",
    "/contributions/retrouver", "/resultats", "/rien", "/outil/contribuer", "/contributions/",
    "/connexion", "/decisions", "/mesures/T7/indicateurs/T7.1",
]  # fmt: skip
TWICE, FOUR_TIMES = (640, 450), (320, 256)
"""A window of 1280 by 900 (1024 for the second) as it is when enlarged to 200 and to 400 %."""

SPACED = """
* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }
"""

# Whatever is wider than the window or cut by its own box.  What is there for screen readers alone,
# for machines that fall into a trap, or cut above a button that shows it whole, is not looked at.
LOST = """() => [...document.querySelectorAll("body *")].filter((it) => {
  if (it.closest(".hidden, .trap, .skip, svg, [aria-hidden=true], .scroll, option")) return false;
  if (it.parentElement.querySelector(":scope > [aria-expanded=false]")) return false;
  const box = it.getBoundingClientRect(), style = getComputedStyle(it);
  if (box.width <= 1 || style.visibility === "hidden") return false;
  const cuts = /hidden|clip/.test(style.overflowX + style.overflowY);
  const isWider = it.scrollWidth > it.clientWidth + 1;
  const isHigher = it.scrollHeight > it.clientHeight + 1;
  return cuts && (isWider || isHigher) || box.right > innerWidth + 1 || box.left < -1;
}).map((it) => it.outerHTML.slice(0, 120))"""

# Opens whatever of a form is folded, as a person does who presses each heading and each button.
UNFOLD = """() => {
  document.querySelectorAll(".more:not([open]) > summary, .about > [aria-expanded=false]")
    .forEach((it) => it.click());
  return document.querySelectorAll(".more:not([open]), .about > [aria-expanded=false]").length;
}"""

# What a person may have set as the colours of every page: whatever a page says comes before it.
OWN_COLOURS = """
@layer { html, button, input, select, textarea { color: yellow; background-color: navy } }
"""

# The colour of each text and field, and of what it stands on.
COLOURS = """() => [...document.querySelectorAll("body, body *")].filter((it) =>
  !it.closest(".trap, .hidden[aria-hidden=true]") && it.getBoundingClientRect().width
  && (it.matches("input.text, select, textarea, button")
  || [...it.childNodes].some((part) => part.nodeType === 3 && part.data.trim())))
.map((it) => {
  let ground = it;
  while (ground && getComputedStyle(ground).backgroundColor === "rgba(0, 0, 0, 0)")
    ground = ground.parentElement;
  const image = getComputedStyle(it).backgroundImage.includes("url(");
  return [it.outerHTML.slice(0, 80), getComputedStyle(it).color,
    ground && getComputedStyle(ground).backgroundColor, image];
})"""

EDGELESS = """() => [...document.querySelectorAll(".button, .exit, select, textarea, input.text")]
.filter((it) => getComputedStyle(it).borderTopStyle === "none")
.map((it) => it.outerHTML.slice(0, 120))"""

SCROLLS = "document.documentElement.scrollWidth > innerWidth"

# What has the focus: its place in the order, whether the focus shows, whether anything covers it.
FOCUSED = """() => {
  const it = document.activeElement;
  if (it === document.body) return null;
  const shown = it.matches("[type=radio], [type=checkbox]") ? it.closest("label") : it;
  const all = [...document.querySelectorAll("*")];
  const outlined = [it, shown, ...shown.querySelectorAll("*")].some(
    (part) => ["", "::after"].some(
      (pseudo) => getComputedStyle(part, pseudo || null).outlineStyle !== "none"));
  const parts = [0.1, 0.5, 0.9];
  const isOnTop = (box, x, y) => {
    const top = document.elementFromPoint(box.left + box.width * x, box.top + box.height * y);
    return top && (shown.contains(top) || top.closest("li")?.contains(shown));
  };
  const seen = [...shown.getClientRects()].some(
    (box) => parts.some((x) => parts.some((y) => isOnTop(box, x, y))));
  return { place: all.indexOf(it), outlined, seen, html: it.outerHTML.slice(0, 120) };
}"""

# Targets under 24 pixels that are neither words of a sentence nor a control with a larger label.
SMALL = """() => [...document.querySelectorAll("a, button, input, select, textarea, summary")]
.filter((it) => {
  if (it.closest(".trap, .skip, .hidden[aria-hidden=true]") || it.type === "hidden") return false;
  const shown = it.matches("[type=radio], [type=checkbox]") ? it.closest("label") : it;
  if (!shown.checkVisibility()) return false;
  const box = shown.getBoundingClientRect();
  const isWords = getComputedStyle(shown).display === "inline" && shown.closest("p, li, dd, td");
  return box.width && !isWords && (box.width < 23.9 || box.height < 23.9);
}).map((it) => it.outerHTML.slice(0, 120))"""


# Chooses the first answer of each group; returns what the buttons that take it back lie over.
COVERED = """() => [...document.querySelectorAll(".field:has(> .undo)")].flatMap((field) => {
  field.querySelector("[type=radio]").click();
  const undo = field.querySelector(".undo").getBoundingClientRect();
  const words = document.createRange();
  words.selectNodeContents(field.querySelector("legend"));
  const choices = [...field.querySelectorAll("label")].map((it) => it.getBoundingClientRect());
  return [...words.getClientRects(), ...choices].filter((box) => undo.width
    && box.left < undo.right && box.right > undo.left && box.top < undo.bottom
    && box.bottom > undo.top).map(() => field.querySelector("legend").textContent.trim());
})"""


@pytest.fixture(scope="module")
def site(tmp_path_factory, keys_dir):
    """One server for all: nothing here looks at what is stored."""
    home = tmp_path_factory.mktemp("reading") / "site"
    home.mkdir()
    server = Server(home, KEYS_DIR=keys_dir)
    server.start()
    server.address = f"http://127.0.0.1:{server.port}"
    yield server
    server.close()


@pytest.fixture
def page(browser, site):
    context = browser.new_context(base_url=site.address, locale="fr-FR", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def unfold(page):
    assert page.evaluate(UNFOLD) == 0


def lost_on(page):
    found = page.evaluate(LOST)
    unfold(page)
    found += page.evaluate(LOST)
    return found + (["scrolls sideways"] if page.evaluate(SCROLLS) else [])


def refuse_the_form(page):
    """Send the form without what is required; it comes back with its summary of errors."""
    page.goto(FORM)
    page.get_by_label("Que souhaitez-vous ajouter").fill("Un mot.")
    page.get_by_role("button", name="Envoyer ma contribution").click()
    page.locator("#errors").wait_for()


@pytest.mark.looks
@pytest.mark.parametrize("size", [TWICE, FOUR_TIMES], ids=["200 %", "400 %"])
def test_enlarged_pages_lose_nothing_and_scroll_one_way(page, size):
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    found = {}
    for address in PAGES:
        page.goto(address)
        found[address] = lost_on(page)
    refuse_the_form(page)
    found["refused"] = lost_on(page)

    assert {address: lost for address, lost in found.items() if lost} == {}


@pytest.mark.looks
@pytest.mark.parametrize("width", [390, 1280])
def test_spaced_text_is_neither_cut_nor_covered(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(
        f"const sheet = new CSSStyleSheet(); sheet.replaceSync(`{SPACED}`);"
        "document.adoptedStyleSheets = [sheet];"
    )
    found = {}
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("getComputedStyle(document.querySelector('h1')).wordSpacing") != "0px"
        found[address] = lost_on(page)
    refuse_the_form(page)
    found["refused"] = lost_on(page)

    assert {address: lost for address, lost in found.items() if lost} == {}


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_whoever_has_set_other_colours_reads_text_and_ground_of_one_hand(page, scheme):
    page.emulate_media(color_scheme=scheme)
    for address in PAGES:
        page.goto(address)
        unfold(page)
        before = page.evaluate(COLOURS)
        page.evaluate(
            f"const sheet = new CSSStyleSheet(); sheet.replaceSync(`{OWN_COLOURS}`);"
            "document.adoptedStyleSheets = [sheet];"
        )

        assert page.evaluate(COLOURS) == before, address
        assert [told for told in before if told[2] is None or told[3]] == [], address


@pytest.mark.looks
def test_fields_of_the_same_name_are_told_apart_by_their_groups(page):
    page.goto(FORM)
    unfold(page)
    whys = page.get_by_role("textbox", name="Pourquoi ?", exact=True)
    titles = page.locator(".card:has(.tag) h2").all_inner_texts()

    assert whys.count() == len(set(titles)) > 1
    for title in titles:
        group = page.get_by_role("group", name=title, exact=True)
        expect(group.get_by_role("textbox", name="Pourquoi ?", exact=True)).to_have_count(1)


@pytest.mark.looks
def test_forced_colours_keep_edges_and_what_is_chosen(page):
    page.emulate_media(forced_colors="active")
    edgeless = []
    for address in (*PAGES, FORM):
        page.goto(address)
        edgeless += page.evaluate(EDGELESS)
    choice = page.get_by_role("radio", name="Le reformuler").first
    choice.focus()
    page.keyboard.press("Space")
    chosen, other = (
        page.evaluate(
            """(it) => { const s = getComputedStyle(it.nextElementSibling);
            return [s.backgroundColor, s.color, s.textDecorationLine]; }""",
            element.element_handle(),
        )
        for element in (choice, page.get_by_role("radio", name="Le remplacer").first)
    )

    assert edgeless == []
    assert chosen[0] != other[0]
    assert "underline" in chosen[2]
    assert page.evaluate(FOCUSED)["outlined"]


@pytest.mark.looks
@pytest.mark.parametrize("width", [390, 1280])
def test_each_stop_of_the_keyboard_is_seen_in_order_and_can_be_left(page, width):
    page.set_viewport_size({"width": width, "height": 700})
    for address in PAGES:
        page.goto(address)
        unfold(page)
        page.evaluate("scrollTo(0, 0)")
        stops = walk(page)

        assert len(stops) > 3, address
        assert [stop["html"] for stop in stops if not stop["outlined"]] == [], address
        assert [stop["html"] for stop in stops if not stop["seen"]] == [], address
        places = [stop["place"] for stop in stops]
        assert places == sorted(places), address


def walk(page, most=250):
    """Every stop of Tab, from the top to where the page lets go of the focus."""
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None or (stops and stop["place"] == stops[0]["place"]):
            return stops
        stops.append(stop)
    raise AssertionError(f"Tab goes in circles: {stops[-1]['html']}")


@pytest.mark.looks
@pytest.mark.parametrize("width", [390, 1280])
def test_targets_are_large_enough_to_hit(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    found = {}
    for address in PAGES:
        page.goto(address)
        found[address] = page.evaluate(SMALL)
        unfold(page)
        found[address] += page.evaluate(SMALL)

    assert {address: small for address, small in found.items() if small} == {}


@pytest.mark.looks
@pytest.mark.parametrize("width", [320, 390, 640, 1280])
def test_what_takes_a_choice_back_covers_neither_question_nor_choices(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(FORM)
    unfold(page)

    assert page.evaluate(COVERED) == []
    expect(page.get_by_role("button", name="Effacer : Que faire")).to_have_count(4)


def press_tab_to(page, name, most=120):
    """Press Tab until what has the focus is called so."""
    for _ in range(most):
        page.keyboard.press("Tab")
        said = page.evaluate(
            "(() => { const it = document.activeElement;"
            " return (it.labels?.[0] || it).textContent.trim().replace(/\\s+/g, ' '); })()"
        )
        if name in straight(said):
            return
    raise AssertionError(f"no stop is called {name}")


@pytest.mark.looks
def test_refused_form_is_corrected_and_sent_with_the_keyboard_alone(page):
    page.goto("/")
    press_tab_to(page, "Répondre")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mesures")
    press_tab_to(page, "Hébergement spécialisé")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mesures/T*")
    press_tab_to(page, "Donner mon avis")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contribuer")
    press_tab_to(page, "Le garder")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    press_tab_to(page, "Envoyer ma contribution")
    page.keyboard.press("Enter")
    page.locator("#errors").wait_for()

    expect(page).to_have_title(re.compile("^Erreur"))
    expect(page.locator("#errors")).to_be_focused()
    expect(page.get_by_role("radio", name="Le reformuler").first).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("À quel titre répondez-vous")).to_be_focused()
    page.keyboard.type("Citoyen")
    press_tab_to(page, "Envoyer ma contribution")
    page.keyboard.press("Enter")

    page.wait_for_url("**/recu/**")
