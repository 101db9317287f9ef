"""What the author of a mail wrote, without what is quoted and signed; in doubt it is kept."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from consultation.inbox import leads
from consultation.inbox.signing import unsigned

_BLANK_LINES = re.compile(r"\n\s*\n\s*\n")
_MARK = ">"


def cut(text: str, *, is_answer: bool, is_forward: bool) -> str:
    """Return `text` without quotations and signature; what was passed on stays.

    When all would go, although some of it may be the author's, nothing does.
    """
    reading = _Reading(text.split("\n"), is_answer, is_forward)
    reading.run()
    segments = [unsigned(lines) for lines in reading.segments]
    kept = "\n\n".join(filter(None, segments))
    if not kept and reading.has_dropped_unmarked:
        return text.strip()
    return _BLANK_LINES.sub("\n\n", kept).strip()


@dataclass
class _Reading:
    """One text read from top to bottom; `segments` are the author's lines, then those passed on."""

    lines: list[str]
    is_answer: bool
    is_forward: bool
    segments: list[list[str]] = field(default_factory=lambda: [[]])
    has_unmarked: bool = False
    has_dropped_unmarked: bool = False

    def run(self) -> None:
        position = 0
        while position < len(self.lines):
            position = self._after(position)

    def _after(self, position: int) -> int:
        """Take or leave what is at `position`; return where to go on."""
        line = self.lines[position]
        if leads.may_lead(line):
            passed = self._after_lead(position)
            if passed is not None:
                return passed
        self.segments[-1].append(line)
        return position + 1

    def _after_lead(self, position: int) -> int | None:
        """Return where to go on after what leads to a quotation, or is one."""
        line = self.lines[position]
        if line.startswith(_MARK):
            return self._after_marked(position)
        if leads.forward_lead(line):
            return self._passed_on(position + 1)
        block = leads.header_block(self.lines, position)
        if block is not None or leads.separator(line):
            below = block or position + 1
            return self._passed_on(below) if self.is_forward else self._leave(below)
        end = leads.lead(self.lines, position)
        if end is None:
            return None
        below = _next_written(self.lines, end)
        is_marked = below < len(self.lines) and self.lines[below].startswith(_MARK)
        self.is_answer = True
        return below if is_marked else self._leave(below)

    def _after_marked(self, position: int) -> int | None:
        """Leave the lines that begin with « > », unless they are a list or passed on."""
        end = _end_of_marked(self.lines, position)
        unmarked = [_unmarked(line) for line in self.lines[position:end]]
        if self.is_forward and not self.has_unmarked:
            self.has_unmarked = True
            self.lines[position:end] = unmarked
            return position
        if self.is_answer or _leads_itself(unmarked):
            return end
        self.segments[-1].extend(self.lines[position:end])
        return end

    def _passed_on(self, position: int) -> int:
        """Go on with a message passed on, without its headers."""
        self.is_forward = False
        self.segments.append([])
        start = _next_written(self.lines, position)
        if start == len(self.lines):
            return start
        end = _end_of_marked(self.lines, start)
        self.lines[start:end] = [_unmarked(line) for line in self.lines[start:end]]
        return leads.header_block(self.lines, start, fewest=2) or start

    def _leave(self, position: int) -> int:
        self.has_dropped_unmarked = _next_written(self.lines, position) < len(self.lines)
        return len(self.lines)


def _next_written(lines: Sequence[str], start: int) -> int:
    position = start
    while position < len(lines) and not lines[position].strip():
        position += 1
    return position


def _end_of_marked(lines: Sequence[str], start: int) -> int:
    """Return where a run of lines that begin with « > » ends; blank lines may part it."""
    end = position = start
    while position < len(lines) and (
        lines[position].startswith(_MARK) or not lines[position].strip()
    ):
        position += 1
        if lines[position - 1].startswith(_MARK):
            end = position
    return end


def _unmarked(line: str) -> str:
    return line[1:].removeprefix(" ") if line.startswith(_MARK) else line


def _leads_itself(lines: Sequence[str]) -> bool:
    start = _next_written(lines, 0)
    if start == len(lines):
        return False
    return leads.lead(lines, start) is not None or leads.header_block(lines, start) is not None
