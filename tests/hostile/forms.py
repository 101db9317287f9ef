"""The forms of a page: where each is sent, and what it holds, as a browser would send it."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

TYPED = ("text", "email", "search", "url", "tel", "number", "date", "time", "password", "textarea")


@dataclass
class Form:
    """One form that posts; `typed` are the fields that somebody writes in, and their kinds.

    `unchosen` are the names of boxes and buttons that nobody has ticked.
    """

    action: str
    fields: dict = field(default_factory=dict)
    typed: dict = field(default_factory=dict)
    unchosen: set = field(default_factory=set)

    def filled(self, text, kinds=TYPED):
        """The fields with `text` wherever one writes."""
        return self.fields | {name: text for name, kind in self.typed.items() if kind in kinds}


class _Forms(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.forms, self._form, self._area, self._select = [], None, None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        name = named.get("name")
        if tag == "form":
            self._form = Form(named.get("action") or "")
            if named.get("method", "get").lower() == "post":
                self.forms.append(self._form)
        elif self._form is not None and tag == "textarea" and name:
            self._area = name
            self._note(name, "", "textarea")
        elif self._form is not None and tag == "select":
            self._select = name
        elif self._select and tag == "option" and "selected" in named:
            self._form.fields[self._select] = named.get("value", "")
        elif self._select and tag == "option":
            self._form.fields.setdefault(self._select, named.get("value", ""))
        elif self._form is not None and tag == "input" and name:
            self._input(name, named)

    def _input(self, name, named):
        kind = named.get("type", "text")
        if kind not in ("checkbox", "radio") or "checked" in named:
            self._note(name, named.get("value", ""), kind)
        else:
            self._form.unchosen.add(name)

    def _note(self, name, value, kind):
        self._form.fields[name] = value
        if kind in TYPED:
            self._form.typed[name] = kind

    def handle_data(self, text):
        if self._area:
            self._form.fields[self._area] += text

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None
        elif tag == "textarea":
            self._area = None
        elif tag == "select":
            self._select = None


def forms_in(text):
    """Every form of a page that posts."""
    return _Forms(text).forms
