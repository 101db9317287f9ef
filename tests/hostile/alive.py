"""What of a page or a workbook would do something, rather than say what somebody wrote."""

import re
import zipfile
from html.parser import HTMLParser

from lxml import etree

CONTACT = "contre.la.traite@secours-catholique.org"
"""Where pages say that the collective is written to."""
OURS = re.compile(r"(?!//)(?:[/?#]|$)")
LEADS = (
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "xlink:href",
    "poster",
    "srcset",
    "background",
)
FOREIGN = {"iframe", "object", "embed", "base", "style", "math", "template", "video", "audio"}


class _Alive(HTMLParser):
    def __init__(self, own):
        super().__init__()
        self.own = own
        self.elements, self.texts = [], []

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        leads = [named[name] or "" for name in LEADS if name in named]
        if tag in FOREIGN or (tag == "script" and "src" not in named):
            self.elements.append(f"<{tag}>")
        self.elements += [
            f"{tag} {name}" for name in named if name.startswith("on") or name == "style"
        ]
        self.elements += [f"{tag} to {lead}" for lead in leads if not self._is_ours(lead)]

    def _is_ours(self, lead):
        return lead == f"mailto:{CONTACT}" or OURS.match(lead.removeprefix(self.own))

    def handle_data(self, data):
        self.texts.append(data)


def read_page(text, own=""):
    """What is alive on a page and leads out of the site `own`, and the words that it shows."""
    page = _Alive(own)
    page.feed(text)
    page.close()
    return page.elements, "".join(page.texts)


def alive_in(path):
    """The formulas, errors, links and outer references of a workbook, but those of its charts."""
    found = []
    with zipfile.ZipFile(path) as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels", ".rdf")):
                root = etree.fromstring(package.read(name))
                found += [f"{name}: {thing}" for thing in _alive_elements(root, name)]
    return found


def _alive_elements(root, part):
    for element in root.iter(etree.Element):
        tag = etree.QName(element).localname
        names = {etree.QName(name).localname: value for name, value in element.items()}
        is_chart = "charts/" in part and tag == "f"
        if tag in ("f", "hyperlink", "externalLink", "oleObject", "ddeLink") and not is_chart:
            yield f"<{tag}>"
        if tag in ("a", "dde-source", "table-source", "script") and part == "content.xml":
            yield f"<{tag}>"
        if names.get("t") == "e" or names.get("TargetMode") == "External" or "formula" in names:
            yield f"{tag} {names}"
