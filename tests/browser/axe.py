"""What axe finds on a page, in a narrow dark window and in a wide light one, by turns."""

import itertools
from weakref import WeakKeyDictionary

from axe_playwright_python.base import AXE_SCRIPT

from tests.browser.widths import too_narrow

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    },
    "resultTypes": ["violations"],
    "preload": {"assets": ["media"]},
}
"""Style sheets are not loaded beforehand: only a rule that these tags leave out reads them."""
QUICK = RULES | {"rules": {"color-contrast": {"enabled": False}}}
"""Without what takes as long as all else, on a walk over pages of which others look at colours."""
FIND = "options => axe.run(options).then(found => found.violations)"
SHAPE = """() => {
    const root = document.documentElement;
    const end = Math.max(innerHeight, document.body.getBoundingClientRect().bottom + scrollY);
    return [root.scrollWidth > innerWidth, root.scrollHeight - end];
}"""
"""Whether a page scrolls sideways, and how many pixels it goes on below its end."""
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
LOOKS = [(390, "dark"), (1280, "light")]  # each width and each scheme once
TURNS = WeakKeyDictionary()
"""For each page in the browser, the looks that come next."""


class Tier:
    """Whether each state of a page is looked at in each look, as the slow tier does."""

    is_long = False


def violations(page, rules=RULES):
    """What axe finds in the look whose turn it is, and whether a page is lost in a narrow window.

    Only violations come back: what else axe has to say takes longer to tell than to find.
    """
    found = []
    page.wait_for_load_state()  # a click waits for the answer, not for the page
    page.evaluate(AXE_SCRIPT)
    turns = TURNS.setdefault(page, itertools.cycle(LOOKS))
    for width, scheme in LOOKS if Tier.is_long else [next(turns)]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        found += [
            (page.url, width, scheme, violation["id"], violation["nodes"][0]["html"][:200])
            for violation in page.evaluate(FIND, rules)
        ]
        scrolls, blank = page.evaluate(SHAPE)
        if scrolls:
            found.append((page.url, width, scheme, "scrolls sideways", ""))
        if blank > 40:
            found.append((page.url, width, scheme, "goes on below its end", blank))
    return found + too_narrow(page)
