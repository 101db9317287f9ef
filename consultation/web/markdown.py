"""Markdown subset of organisers' texts: paragraphs, headings, lists, emphasis, links."""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from flask import Flask
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from nh3 import Cleaner

from consultation.i18n import localized
from consultation.web.locale import current_locale
from consultation.web.typography import typeset

INLINE_TAGS = {"em", "strong", "a"}
TAGS = INLINE_TAGS | {"p", "ul", "ol", "li", "h2", "h3"}
_RULES = ["emphasis", "link", "list", "newline", "escape", "heading", "entity"]


class _Markdown(MarkdownIt):
    """Markdown whose links name their scheme, or a place of this site.

    What begins with two strokes names a machine: for a browser by the scheme of the page, and for
    Windows, from a file that was saved, one to sign in to.
    """

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the name of the library
        return not _MACHINE.match(unquote(url)) and super().validateLink(url)


_MACHINE = re.compile(r"\s*[/\\]\s*[/\\]")

# Two defences: HTML in the text is not parsed, and only these tags are let through.
_markdown = _Markdown("zero", {"html": False}).enable(_RULES)
_blocks = Cleaner(
    tags=TAGS,
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noreferrer",
)
_inline = Cleaner(
    tags=INLINE_TAGS,
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="noreferrer",
)


def blocks(text: str) -> Markup:
    """Render Markdown with paragraphs, lists and small headings."""
    return Markup(_blocks.clean(_markdown.render(text)))  # noqa: S704 - nh3 has cleaned it


def tokens(text: str) -> Sequence[Token]:
    """Return the tokens of Markdown, for writers of other formats than HTML."""
    return _markdown.parse(text)


def inline(text: str) -> Markup:
    """Render one line of Markdown, without a paragraph around it."""
    return Markup(_inline.clean(_markdown.renderInline(text)))  # noqa: S704 - nh3 has cleaned it


def _local_blocks(text: dict[str, str] | None) -> Markup:
    return Markup(typeset(blocks(localized(text, current_locale()))))  # noqa: S704 - was markup already


def _local_inline(text: dict[str, str] | None) -> Markup:
    return Markup(typeset(inline(localized(text, current_locale()))))  # noqa: S704 - was markup already


def register(app: Flask) -> None:
    """Give templates `rich` for texts with paragraphs, `rich_line` for single lines, and
    `markdown` for a text whose language was chosen before."""
    app.jinja_env.filters.update(rich=_local_blocks, rich_line=_local_inline, markdown=blocks)
