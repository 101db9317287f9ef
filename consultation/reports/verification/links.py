"""Links of a file: on which words each is, and where it leads.

Those within the file count only in HTML: word processors and pages number their places anew.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from urllib.parse import quote, urlsplit, urlunsplit

from consultation.imports import load


@dataclass(frozen=True)
class Link:
    """A link, the number of the part that it is in, and of the page of a PDF, from 1."""

    part: int | None
    text: str
    target: str
    page: int = 0


def merged(links: Iterable[Link]) -> list[Link]:
    """Return links with their addresses in one spelling, pieces of one as one.

    A line that ends, or a word in bold, cuts a link in two; word processors join those pieces.
    """
    made: list[Link] = []
    for link in links:
        target = spelled(link.target)
        if made and made[-1].target == target:
            made[-1] = replace(made[-1], text=made[-1].text + link.text)
        else:
            made.append(replace(link, target=target))
    return made


def spelled(target: str) -> str:
    """Return an address in the one spelling of all that lead to the same place.

    Word processors write `https://a.fr` as `https://a.fr/`, leave `/b/..` out, and make what
    leads nowhere but within this site relative to the folder of the file.
    """
    target = _ESCAPED.sub(lambda it: it[0].upper(), quote(target.strip(), safe=_KEPT))
    try:
        scheme, host, path, query, fragment = urlsplit(target)
    except ValueError:
        return target
    if scheme not in ("", "http", "https"):
        return target
    if host:
        path = _normal(path)
    elif path:
        path = f"/{_FOLDERS.sub('', path, count=1)}"
    return urlunsplit((scheme, host.lower(), path, query, fragment))


_KEPT = "%/:?#[]@!$&'()*+,;=-._~"
"""What an address may hold as it is (RFC 3986)."""
_ESCAPED = re.compile("%[0-9a-fA-F]{2}")
_FOLDERS = re.compile(r"^(?:(?:\.\.?/)+|/)")


def _normal(path: str) -> str:
    normal = posixpath.normpath("/" + path.lstrip("/"))
    return f"{normal}/" if path.endswith("/") and normal != "/" else normal


def differences(
    sent: Sequence[tuple[Link, str]], original: Sequence[tuple[Link, str]]
) -> Iterator[tuple[Link | None, Link | None]]:
    """Yield links of the original and those in their place; each is given with its words' key."""
    keys = ([(key, link.target) for link, key in it] for it in (original, sent))
    for tag, start, end, first, last in load("rapidfuzz.distance.Levenshtein").opcodes(*keys):
        if tag != "equal":
            before = [link for link, _key in original[start:end]]
            after = [link for link, _key in sent[first:last]]
            yield from zip_longest(before, after)
