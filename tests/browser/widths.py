"""Whether a page is lost in a narrow window or with large text: sideways, or behind its bars."""

WINDOWS = [(320, 100), (390, 200), (640, 100)]
"""Widths in pixels, and sizes of the text in percent.

A window of 1280 pixels is one of 640 when enlarged to 200 %, of 320 when enlarged to 400 %.
"""
HEIGHT = 844
MOST_COVERED = 0.3
"""Part of the window that what stays while one scrolls may cover."""

ENLARGE = """percent => {
  document.documentElement.style.fontSize = percent === 100 ? "" : `${percent}%`;
}"""
WIDER = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= innerWidth) return null;
  const isWider = (it) => it.getBoundingClientRect().right > innerWidth + 1;
  const scrolls = (it) => it && (/auto|scroll|hidden/.test(getComputedStyle(it).overflowX)
    || scrolls(it.parentElement.closest("body *")));
  const ends = [...document.querySelectorAll("body *")].filter(
    (it) => isWider(it) && ![...it.children].some(isWider) && !scrolls(it));
  return [root.scrollWidth, ...ends.slice(0, 4).map((it) => it.outerHTML.slice(0, 90))].join(" ");
}"""
COVERED = """() => [...document.querySelectorAll("body *")].filter((it) => {
  const style = getComputedStyle(it);
  return /sticky|fixed/.test(style.position) && it.getBoundingClientRect().height
    && it.getBoundingClientRect().width > innerWidth / 2 && style.visibility !== "hidden"
    && !it.querySelector("details[open]") && !it.closest("thead");
}).reduce((most, it) => Math.max(most, it.getBoundingClientRect().height), 0) / innerHeight"""

LOST_AND_COVERED = f"percent => {{ ({ENLARGE})(percent); return [({WIDER})(), ({COVERED})()]; }}"
"""One question for all three: each is a way through three processes."""


def too_narrow(page):
    """What of the page that is shown is lost in each window: address, window and cause."""
    found = []
    for width, percent in WINDOWS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        wider, part = page.evaluate(LOST_AND_COVERED, percent)
        if wider:
            found.append((page.url, width, percent, wider))
        if part > MOST_COVERED:
            found.append((page.url, width, percent, f"bars cover {part:.0%}"))
    page.evaluate(ENLARGE, 100)
    return found
