"""Forms of a page with their values, as a browser would send them."""

import html
import re
from html.parser import HTMLParser

from tests.pages import straight


class _Forms(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.forms, self._area, self._select = [], None, None
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        attributes = dict(pairs)
        if tag == "form":
            self.forms.append({"": attributes.get("action", "")})
        if not self.forms:
            return
        fields = self.forms[-1]
        if tag == "textarea" and "name" in attributes:
            self._area, fields[attributes["name"]] = attributes["name"], ""
        elif tag == "select":
            self._select = attributes["name"]
        elif tag == "option" and ("selected" in attributes or self._select not in fields):
            fields[self._select] = attributes["value"]
        elif tag == "input" and "name" in attributes:
            is_tick = attributes.get("type") in ("checkbox", "radio")
            if not is_tick or "checked" in attributes:
                fields[attributes["name"]] = attributes.get("value", "")

    def handle_data(self, text):
        if self._area:
            self.forms[-1][self._area] += text

    def handle_endtag(self, tag):
        if tag == "textarea":
            fields = self.forms[-1]
            fields[self._area] = fields[self._area].removeprefix("\r").removeprefix("\n")
            self._area = None


def form_in(page, ending=""):
    """Values of the form whose action ends with `ending`, or of the form without an action."""
    forms = _Forms(page.get_data(as_text=True)).forms
    form = next(
        it
        for it in forms
        if "csrf_token" in it and (it[""].endswith(ending) if ending else not it[""])
    )
    return {name: value for name, value in form.items() if name}


def stored_texts(page):
    """What a colleague stored, as a page shows it beside what was typed, by the ids of fields."""
    blocks = re.findall(
        r'class="stored-version" id="([^"]+)-stored">.*?class="moderated"[^>]*>(.*?)</p>',
        page.text,
        re.S,
    )
    return {name: straight(html.unescape(re.sub("<[^>]+>", "", text))) for name, text in blocks}


def kept_texts(page):
    """The texts that a page gives back although it has no form for them any more."""
    texts = re.findall(r'<textarea id="kept-[^>]*readonly[^>]*>\n(.*?)</textarea>', page.text, re.S)
    return [html.unescape(it) for it in texts]
