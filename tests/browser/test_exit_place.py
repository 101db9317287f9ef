"""Place of the quick exit: always in reach, in a bar, and over no word."""

import pytest

PAGES = ["/", "/mesures", "/mesures/T4/contribuer", "/aide"]
SIZES = {
    "phone": (390, 844, ""),
    "small phone": (320, 568, ""),
    "phone, text at 200 %": (390, 844, "200%"),
    "tablet": (800, 900, ""),
    "desktop": (1280, 900, ""),
}

# What lies under the exit, other than an opaque bar; and the words of that bar which it touches.
COVERED = """() => {
  const exit = document.querySelector(".exit");
  const box = exit.getBoundingClientRect();
  const found = [];
  if (box.top < 0 || box.bottom > innerHeight || box.left < 0 || box.right > innerWidth)
    found.push("out of reach");
  for (const x of [box.left + 2, box.right - 2])
    for (const y of [box.top + 2, box.bottom - 2]) {
      const [under] = document.elementsFromPoint(x, y)
        .filter((it) => !it.closest(".exit, .way-out"));
      if (!under.closest(".bar-top, .bar, .toc")) found.push(under.outerHTML.slice(0, 80));
    }
  for (const bar of document.querySelectorAll(".mark, .bar-links, .toc")) {
    const texts = document.createTreeWalker(bar, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (!text.data.trim() || !text.parentElement.checkVisibility()) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      for (const line of range.getClientRects()) {
        const left = Math.max(line.left, box.left), right = Math.min(line.right, box.right);
        const top = Math.max(line.top, box.top), bottom = Math.min(line.bottom, box.bottom);
        if (right - left < 2 || bottom - top < 2) continue;
        const [under] = document.elementsFromPoint((left + right) / 2, (top + bottom) / 2)
          .filter((it) => !it.closest(".exit, .way-out"));
        if (under.contains(text)) found.push(text.data);
      }
    }
  }
  return found;
}"""


@pytest.mark.looks
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_exit_covers_no_word_wherever_one_scrolls(browser, site, has_scripts):
    found = {}
    for name, (width, height, text_size) in SIZES.items():
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{site.port}",
            viewport={"width": width, "height": height},
            java_script_enabled=has_scripts,
            locale="fr-FR",
        )
        page = context.new_page()
        for address in PAGES:
            if text_size and "contribuer" in address:
                continue  # the words of the form's bar are measured at the usual size
            page.goto(address)
            page.evaluate(f"document.documentElement.style.fontSize = '{text_size}'")
            for top in (0, 30, 70, 400, 1200):
                page.evaluate(f"window.scrollTo(0, {top})")
                if covered := page.evaluate(COVERED):
                    found[name, address, top] = covered
        context.close()

    assert found == {}


@pytest.mark.looks
@pytest.mark.parametrize(("width", "label"), [(390, "Quitter vite"), (320, "Quitter")])
def test_exit_has_a_short_label_where_there_is_little_room(browser, site, width, label):
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{site.port}", viewport={"width": width, "height": 700},
        locale="fr-FR",
    )  # fmt: skip
    page = context.new_page()
    page.goto("/")

    assert page.locator(".exit").inner_text() == label
    context.close()
