"""The forms of a page with what they hold, as a browser would send them."""

from html.parser import HTMLParser


class _Forms(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.forms, self._area, self._select = [], None, None
        self.feed(text)

    def handle_starttag(self, tag, pairs):
        found = dict(pairs)
        if tag == "form":
            self.forms.append({"": found.get("action", "")})
        if not self.forms:
            return
        fields = self.forms[-1]
        if tag == "textarea":
            self._area, fields[found["name"]] = found["name"], ""
        elif tag == "select":
            self._select = found["name"]
        elif tag == "option" and ("selected" in found or self._select not in fields):
            fields[self._select] = found["value"]
        elif tag == "input" and "name" in found:
            is_tick = found.get("type") in ("checkbox", "radio")
            if not is_tick or "checked" in found:
                fields[found["name"]] = found.get("value", "")

    def handle_data(self, text):
        if self._area:
            self.forms[-1][self._area] += text

    def handle_endtag(self, tag):
        if tag == "textarea":
            fields = self.forms[-1]
            fields[self._area] = fields[self._area].removeprefix("\r").removeprefix("\n")
            self._area = None


def form_in(page, ending=""):
    """What the form holds whose address ends so; without action, that of the page itself."""
    forms = _Forms(page.get_data(as_text=True)).forms
    found = next(
        form
        for form in forms
        if "csrf_token" in form and (form[""].endswith(ending) if ending else not form[""])
    )
    return {name: value for name, value in found.items() if name}
