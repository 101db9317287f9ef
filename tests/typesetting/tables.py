"""Rows of the tables of a tagged PDF, by the page that each stands on."""

from collections import Counter
from io import BytesIO

import pypdf


def lone_rows(made):
    """The pages that have one row of a table whose other rows are on other pages."""
    reader = pypdf.PdfReader(BytesIO(made))
    numbers = {it.indirect_reference.idnum: place for place, it in enumerate(reader.pages, 1)}
    return [
        page
        for table in _of_kind(reader.root_object["/StructTreeRoot"], "/Table")
        if len(pages := _pages_of_rows(table, numbers)) > 1
        for page, rows in pages.items()
        if rows == 1
    ]


def _pages_of_rows(table, numbers):
    """How many rows a table has on each page; its head, which each page repeats, is none."""
    rows = [
        row for part in _kids(table) if part.get("/S") != "/THead" for row in _of_kind(part, "/TR")
    ]
    return Counter(numbers[page] for row in rows if (page := _page_of(row)) is not None)


def _of_kind(part, kind):
    if part.get("/S") == kind:
        yield part
        return
    for kid in _kids(part):
        yield from _of_kind(kid, kind)


def _page_of(part):
    """The page on which the first words of a part are."""
    if "/Pg" in part and any(_is_content(it) for it in _list(part)):
        return part.raw_get("/Pg").idnum
    if part.get("/Type") == "/MCR":
        return part.raw_get("/Pg").idnum
    pages = [page for kid in _kids(part) if (page := _page_of(kid)) is not None]
    return pages[0] if pages else None


def _is_content(it):
    return isinstance(it, int) or (not isinstance(it, int) and "/MCID" in it)


def _list(part):
    kids = part.get("/K", [])
    return [it.get_object() for it in (kids if isinstance(kids, list) else [kids])]


def _kids(part):
    return [it for it in _list(part) if not isinstance(it, int)]
