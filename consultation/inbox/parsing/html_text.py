"""HTML of a mail as text."""

import re
from html import unescape

from inscriptis.html_engine import Inscriptis  # type: ignore[import-untyped]  # ships no types
from lxml import etree, html  # type: ignore[import-untyped]  # ships no types

from consultation.text import clean

# What the layout of a table or of nested lists costs grows faster than their size.
MOST_ELEMENTS = 20_000
DEEPEST = 15

_DECLARATION = re.compile(r"\A\s*<\?xml[^>]{0,200}>")
_NOT_TEXT = ("script", "style", "head", "title", "noscript", "template", "object", "svg")
_DRAWN = ("table", "ul", "ol", "dl", "blockquote")
_BLOCKS = frozenset(
    ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "pre", *_DRAWN)
)
_QUOTE = (
    "//blockquote[not(ancestor::blockquote)]"
    "[@type='cite' or @cite or contains(@class, 'quote') or contains(@class, 'cite')]"
)
_LINE_TAG = re.compile(r"<(?:br|/?p|/?div|/?tr|/?li|/?h[1-6])\b[^<>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BLANK_LINES = re.compile(r"\n{3,}")


def text_of(source: str) -> str:
    """Return the text of an HTML body, its quotations marked by « > » as in a plain text."""
    tree = _tree_of(_DECLARATION.sub("", clean(source)))
    if tree is None:
        return ""
    etree.strip_elements(tree, *_NOT_TEXT, etree.Comment, with_tail=False)
    for quote in tree.xpath(_QUOTE):
        _mark(quote)
    return _tidy(_laid_out(tree))


def _tree_of(source: str) -> html.HtmlElement | None:
    if not source.strip():
        return None
    parser = html.HTMLParser()
    try:
        tree = html.document_fromstring(source, parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    # The parser silently leaves out what is nested too deep.
    is_whole = not any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    return tree if is_whole else _without_tags(source)


def _without_tags(source: str) -> html.HtmlElement:
    """Return the words of an HTML text without its structure."""
    for name in ("script", "style", "head"):
        source = _without_element(source, name)
    marked = _LINE_TAG.sub("\n", source)
    bare = html.Element("pre")
    bare.text = unescape(_TAG.sub("", marked))
    return bare


def _without_element(source: str, name: str) -> str:
    first, *others = re.split(rf"<{name}\b", source, flags=re.IGNORECASE)
    end = re.compile(rf"</{name}", re.IGNORECASE)
    kept = (other[match.start() :] for other in others if (match := end.search(other)))
    return "".join([first, *kept])


def _is_simple(tree: html.HtmlElement) -> bool:
    """Say whether inscriptis can lay out a tree in a short time."""
    if sum(1 for _ in tree.iter()) > MOST_ELEMENTS:
        return False
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end"), tag=_DRAWN):
        depth += 1 if event == "start" else -1
        if depth > DEEPEST:
            return False
    return True


def _laid_out(tree: html.HtmlElement) -> str:
    if not _is_simple(tree):
        return _plainly(tree)
    try:
        return str(Inscriptis(tree).get_text())
    except (RecursionError, ValueError, TypeError, IndexError, KeyError, AttributeError):
        # Without the layout, its words are left.
        return _plainly(tree)


def _plainly(tree: html.HtmlElement) -> str:
    """Return the words without a layout, a line for each block."""
    for element in tree.iter():
        if element.tag in _BLOCKS:
            element.tail = f"\n{element.tail or ''}"
    return str(tree.text_content())


def _mark(quote: html.HtmlElement) -> None:
    parent = quote.getparent()
    if parent is None:
        return
    marked = html.Element("pre")
    marked.tail, quote.tail = quote.tail, None
    lines = _tidy(_laid_out(quote)).split("\n")
    marked.text = "\n".join(f"> {line}".rstrip() for line in lines)
    parent.replace(quote, marked)


def _tidy(text: str) -> str:
    stripped = "\n".join(line.rstrip() for line in clean(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", stripped).strip("\n")
