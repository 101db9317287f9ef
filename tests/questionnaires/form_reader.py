"""The fields of a form of the staff as a browser would send them back."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    """Collects the fields of the page's last form, and what is typed in them."""

    def __init__(self, text):
        super().__init__()
        self.fields, self._area, self._select = {}, None, None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        name = values.get("name")
        if tag == "form":
            self.fields = {}
        elif tag == "textarea":
            self._area = name
            self._add(name, "")
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in values:
            self.fields[self._select] = [values["value"]]
        elif tag == "input" and name and _is_sent(values):
            self._add(name, values.get("value", ""))

    def _add(self, name, value):
        self.fields.setdefault(name, []).append(value)

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = None
        elif tag == "select":
            self.fields.setdefault(self._select, [""])
            self._select = None

    def handle_data(self, text):
        if self._area:
            self.fields[self._area][-1] += text.replace("\r\n", "\n").removeprefix("\n")


def _is_sent(attributes):
    return attributes.get("type") not in ("checkbox", "radio") or "checked" in attributes


def fields_of(page, name="digest"):
    """The fields by name, each with all its values; of the form that has one of that `name`."""
    text = page.get_data(as_text=True)
    for form in text.split("<form")[1:]:
        form_fields = _Form("<form" + form.split("</form>")[0]).fields
        if name in form_fields:
            return {key: values for key, values in form_fields.items() if key != "csrf_token"}
    raise AssertionError(f"no form has a field {name}")
