"""Comparison of a file with the file made again: each part in its place.

Both are read by the same reader: what a format does to a text, it does to both.  Runs in the
subprocess that opens untrusted files.
"""

import re
import string
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from itertools import accumulate, zip_longest
from typing import Any

from consultation.imports import load
from consultation.reports.verification import links, pdf
from consultation.reports.verification.file_text import Reading, key_of, whole

MOST_FINDINGS = 200
MOST_PARTS = 60_000
LONGEST_QUOTE = 120
"""Characters of what a finding quotes."""
_PAGES = re.compile(r"\d{1,5} ?/ ?\d{1,5}$")
_SHORT, _NEAR = 12, 60


class Kind(StrEnum):
    """What differs."""

    TEXT = "text"
    CARRIED = "carried"
    """A number that the file carries for programs."""
    DRAWN = "drawn"
    """Something is drawn over the text, or in its place."""
    LINK = "link"
    """A link leads elsewhere, or is on other words."""
    QUOTATION = "quotation"
    """A text of others that is no longer public, or was changed: nothing says which."""
    FOOTER = "footer"
    OTHER = "other"
    """The file has so much else that it is not compared."""


class Role(StrEnum):
    """What a text is to the comparison."""

    HEADING = "heading"
    CONTENTS = "contents"
    QUOTATION = "quotation"
    PLAIN = "plain"


@dataclass(frozen=True)
class Place:
    """A text of the original: where it is, in label, and the figures that it prints."""

    text: str
    label: str
    figures: Sequence[str] = ()
    role: Role = Role.PLAIN


@dataclass(frozen=True)
class Finding:
    """A difference; `label` says where it is, `is_after` that it comes right after that."""

    kind: Kind
    label: str
    figures: Sequence[str]
    before: str
    after: str
    is_after: bool = False
    page: int = 0
    """From 1, of a PDF."""


@dataclass(frozen=True)
class Comparison:
    """What differs, and how many pages of a PDF were compared as text only."""

    findings: Sequence[Finding]
    pages_read_only: int = 0

    @property
    def is_changed(self) -> bool:
        """Whether anything differs that no withdrawn quotation explains."""
        return any(it.kind is not Kind.QUOTATION for it in self.findings)


def compare(
    sent: Reading,
    original: Reading,
    places: Sequence[Place],
    numbers: Mapping[str, Any],
    openings: Sequence[str] = (),
) -> Comparison:
    """Return the differences between the texts of a file and of the original.

    `numbers` are those that the site would attach.  Where some of the texts of others in the file
    may be public no more, `openings` has how a passage of theirs begins.
    """
    if len(sent.parts) > MOST_PARTS or len(sent.parts) > 3 * len(original.parts) + 1000:
        return Comparison([Finding(Kind.OTHER, "", (), "", "")])
    findings = list(_Texts(sent, original, places, openings).findings())
    findings += _feet(sent, original, has_quotations=any(map(_is_of_quotation, findings)))
    is_reworded = any(it.kind is Kind.TEXT for it in findings)
    findings += _links(sent, original, places, is_reworded=is_reworded)
    findings += _carried(sent, numbers)
    return Comparison(findings[:MOST_FINDINGS])


def with_drawings(
    known: Comparison,
    sent: tuple[bytes, Reading],
    original: tuple[bytes, Reading],
    places: Sequence[Place],
) -> Comparison:
    """Add to a comparison of PDFs what is drawn otherwise on pages that say the same."""
    (sent_bytes, reading), (original_bytes, expected) = sent, original
    pairs = _page_pairs(reading, expected)
    by_character = _Map(expected.parts, places)
    findings = list(known.findings)
    for area in pdf.drawn_otherwise(sent_bytes, original_bytes, pairs):
        first = sum(expected.pages[: area.page])
        part = None if area.line is None else first + area.line
        place, is_after = by_character.at_part(part, area.text)
        label, figures = (place.label, place.figures) if place else ("", ())
        figures = () if is_after else figures
        text = area.text[:LONGEST_QUOTE]
        findings.append(Finding(Kind.DRAWN, label, figures, text, "", is_after, area.page + 1))
    unpaired = len(reading.pages) - len(pairs)
    return replace(known, findings=findings[:MOST_FINDINGS], pages_read_only=unpaired)


def _page_pairs(sent: Reading, original: Reading) -> list[pdf.Pair]:
    """Return the pages that say the same; the feet of pages that moved say another number."""
    others = _pages(original)
    by_text: dict[tuple[str, ...], list[int]] = {}
    for number, keys in enumerate(others):
        by_text.setdefault(keys, []).append(number)
    pairs = []
    for number, keys in enumerate(_pages(sent)):
        if candidates := by_text.get(keys, ()):
            other = number if number in candidates else candidates[0]
            has_same_foot = key_of(sent.footers[number]) == key_of(original.footers[other])
            pairs.append(pdf.Pair(number, other, has_same_foot))
    return pairs


def _pages(reading: Reading) -> list[tuple[str, ...]]:
    keys, ends = list(map(key_of, reading.parts)), list(accumulate(reading.pages))
    return [tuple(keys[start:end]) for start, end in zip([0, *ends], ends, strict=False)]


def _is_of_quotation(finding: Finding) -> bool:
    return finding.kind is Kind.QUOTATION


def _feet(sent: Reading, original: Reading, *, has_quotations: bool) -> Iterator[Finding]:
    """Yield the first foot of a page that differs; its number may where quotations do."""
    if sent.format == "html":
        return
    feet = [_numbered(it, has_quotations) for it in (original, sent)]
    for number, (before, after) in enumerate(zip_longest(*feet, fillvalue=""), 1):
        if key_of(before) != key_of(after):
            yield Finding(Kind.FOOTER, "", (), before, after[:LONGEST_QUOTE], page=number)
            return


def _numbered(reading: Reading, has_quotations: bool) -> list[str]:
    if reading.format == "pdf" and not has_quotations:
        return list(reading.footers)
    return sorted({_PAGES.sub("", it) for it in reading.footers} - {""})


def _links(
    sent: Reading, original: Reading, places: Sequence[Place], *, is_reworded: bool
) -> Iterator[Finding]:
    """Yield where links lead elsewhere, or are on words that the file has unchanged."""
    by_character = _Map(original.parts, places)
    keyed = ([(it, _folded(key_of(it.text))) for it in side.links] for side in (sent, original))
    for before, after in links.differences(*keyed):
        targets = [it.target[:LONGEST_QUOTE] if it else "" for it in (before, after)]
        if targets[0] == targets[1] and is_reworded:
            continue
        link = before or after
        assert link is not None
        place, is_after = by_character.at_part(link.part, link.text)
        label, figures = (place.label, place.figures) if place else ("", ())
        was, led = targets
        yield Finding(Kind.LINK, label, figures, was, led, is_after, link.page)


def _carried(sent: Reading, numbers: Mapping[str, Any]) -> Iterator[Finding]:
    carried = whole(sent.carried)
    if carried is None:
        return
    printed, figures = numbers["figures"], carried["figures"]
    for id in {**printed, **figures}:
        before, after = printed.get(id, ""), figures.get(id, "")
        if before != after:
            yield Finding(Kind.CARRIED, "", (id,), str(before), str(after)[:LONGEST_QUOTE])
    if carried["hash"] != numbers["hash"]:
        yield Finding(Kind.CARRIED, "", (), numbers["hash"], str(carried["hash"])[:LONGEST_QUOTE])


class _Map:
    """Where each place of a report is in the parts of its file, by characters of their keys."""

    def __init__(self, parts: Sequence[str], places: Sequence[Place]) -> None:
        self.keys = [_folded(key_of(part)) for part in parts]
        self.starts = [0, *accumulate(map(len, self.keys))]
        self.spans = list(_spans("".join(self.keys), places))
        self._firsts = [start for start, _end, _place in self.spans]

    def at(self, offset: int) -> tuple[Place | None, bool]:
        """Return the place at a character, or the one before it."""
        number = bisect_right(self._firsts, offset) - 1
        if number < 0:
            return None, False
        _start, end, place = self.spans[number]
        return place, offset >= end

    def between(self, start: int, end: int) -> list[Place]:
        """Return the places of which some characters are in a range."""
        first = max(0, bisect_right(self._firsts, start) - 1)
        last = bisect_right(self._firsts, max(start, end - 1))
        return [it for _start, stop, it in self.spans[first:last] if stop > start]

    def at_part(self, part: int | None, text: str) -> tuple[Place | None, bool]:
        if part is None or part >= len(self.keys):
            return None, False
        within = max(0, self.keys[part].find(_folded(key_of(text))))
        return self.at(self.starts[part] + within)


def _spans(whole_text: str, places: Sequence[Place]) -> Iterator[tuple[int, int, Place]]:
    """Yield where the places are, in their order; a short text is looked for nearby only."""
    position = 0
    for place in places:
        key = _folded(key_of(place.text))
        if not key:
            continue
        limit = len(whole_text) if len(key) >= _SHORT else position + len(key) + _NEAR
        start = whole_text.find(key, position, limit)
        if start >= 0:
            position = start + len(key)
            yield start, position, place


def _folded(text: str) -> str:
    return text.replace("’", "'")


@dataclass(frozen=True)
class _Change:
    """Parts of the original, from `start` to `end`, in whose place the file has others."""

    start: int
    end: int
    others: Sequence[str]


class _Texts:
    def __init__(
        self,
        sent: Reading,
        original: Reading,
        places: Sequence[Place],
        openings: Sequence[str],
    ) -> None:
        self.sent, self.original = sent, original
        self.map = _Map(original.parts, places)
        self.openings = tuple(map(key_of, openings))

    def findings(self) -> Iterator[Finding]:
        changes = list(self._changes())
        of_quotations = [it for it in changes if self._is_quotation(it)]
        for change in changes:
            if change in of_quotations:
                yield self._finding(change, Kind.QUOTATION)
            elif not self._is_page_number(change, bool(of_quotations)):
                yield self._finding(change, Kind.TEXT)

    def _changes(self) -> Iterator[_Change]:
        before = [key_of(it) for it in self.original.parts]
        after = [key_of(it) for it in self.sent.parts]
        for _tag, start, end, first, last in _changed_blocks(before, after):
            if end - start == last - first:
                for step in range(end - start):
                    others = self.sent.parts[first + step : first + step + 1]
                    yield _Change(start + step, start + step + 1, others)
            else:
                yield _Change(start, end, self.sent.parts[first:last])

    def _finding(self, change: _Change, kind: Kind) -> Finding:
        before = " ".join(self.original.parts[change.start : change.end])
        after = " ".join(change.others)
        start, end = self._changed_span(change)
        place, is_after = self.map.at(start)
        places = self.map.between(start, end) if end > start or not is_after else []
        figures = [figure for it in places for figure in it.figures]
        return Finding(
            kind,
            place.label if place else "",
            tuple(dict.fromkeys(figures)),
            before[:LONGEST_QUOTE],
            after[:LONGEST_QUOTE],
            is_after,
            self._page(change.start),
        )

    def _changed_span(self, change: _Change) -> tuple[int, int]:
        """Return from which to which character of the original the file says something else."""
        first = self.map.starts[change.start]
        before = "".join(self.map.keys[change.start : change.end])
        after = _folded("".join(map(key_of, change.others)))
        same = _same_start(before, after)
        end = len(before) - _same_start(before[same:][::-1], after[same:][::-1])
        return first + same, first + end

    def _page(self, part: int) -> int:
        if not self.original.pages:
            return 0
        return min(bisect_right(list(self._page_ends), part), len(self.original.pages) - 1) + 1

    @cached_property
    def _page_ends(self) -> Sequence[int]:
        return list(accumulate(self.original.pages))

    def _is_quotation(self, change: _Change) -> bool:
        """Return whether a text of others that is public no more explains a change."""
        if not self.openings:
            return False
        start, end = self.map.starts[change.start], self.map.starts[change.end]
        if end > start:
            places = self.map.between(start, end)
            return bool(places) and all(it.role is Role.QUOTATION for it in places)
        before, (after, is_after) = self.map.at(start - 1)[0], self.map.at(start)
        is_last = is_after or start >= self.map.starts[-1]
        if not is_last and after is not None and after.role not in (Role.HEADING, Role.QUOTATION):
            return False
        follows = before is not None and before.role is Role.QUOTATION
        return follows or key_of(change.others[0]).startswith(self.openings)

    def _is_page_number(self, change: _Change, has_quotations: bool) -> bool:
        """Return whether only the number of a page differs in a line of the contents."""
        if change.end - change.start != 1 or len(change.others) != 1:
            return False
        place = self.map.at(self.map.starts[change.start])[0]
        if place is None or place.role is not Role.CONTENTS:
            return False
        before, after = self.original.parts[change.start], change.others[0]
        if self.sent.format == "pdf":
            return has_quotations and key_of(_entry(before)) == key_of(_entry(after))
        text, tab, page = after.rpartition("\t")
        return bool(tab) and page.strip().isdigit() and key_of(text) == key_of(before)


def _entry(line: str) -> str:
    """Return a line of the contents without its page and the dots before it."""
    return line.rstrip(string.digits).rstrip(f"{string.whitespace}\u00a0\u202f.·…")


def _changed_blocks(
    before: Sequence[str], after: Sequence[str]
) -> Iterator[tuple[str, int, int, int, int]]:
    for block in load("rapidfuzz.distance.Levenshtein").opcodes(before, after):
        tag, start, end, first, last = block
        if tag != "equal":
            yield tag, start, end, first, last


def _same_start(text: str, other: str) -> int:
    """Return how many characters two texts begin with alike."""
    for place, (character, its) in enumerate(zip(text, other, strict=False)):
        if character != its:
            return place
    return min(len(text), len(other))
