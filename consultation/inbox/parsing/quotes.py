"""Quotes: removal of what a mail repeats of an earlier one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from consultation.inbox.parsing.signatures import strip_signature

# No lead is longer, and the patterns are slow on longer lines.
LONGEST_LEAD = 300
MOST_LEAD_LINES = 4
MOST_FIELD_LINES = 16
FEWEST_FIELDS = 3

_BEGINS = re.compile(r"(?:On|Le|Am|El|Den|Em|Op|\d{4}[/-]\d)\b")
_DATED = re.compile(r"\d{1,4}\s?[./:h-]\s?\d{1,2}|\b\d{1,2}(?:er)?\s\w+\s\d{4}|@")
# Quotequail knows « Le … a écrit : »; older programmes put the name first.
_NAME_FIRST = re.compile(r".{1,150}(?: a écrit(?: le .{6,60})?| wrote) ?:")
_NAMES = {
    "from": ("de", "from", "expéditeur", "von"),
    "date": ("date", "envoyé", "envoyé le", "sent", "reçu"),
    "to": ("à", "a", "to", "pour", "destinataire", "destinataires"),
    "copy": ("cc", "cci", "bcc", "copie", "copie à", "répondre à", "reply-to", "importance"),
    "subject": ("objet", "sujet", "subject"),
}
_FIELD_BY_NAME = {name: field for field, names in _NAMES.items() for name in names}
_FIELD = re.compile(r"\*?([^\W\d_][\w -]{0,15}?)\s?:\*?(?:\s|$)")
_DASHED = re.compile(r"[-_]{2,40}\s?([^-_]{0,60}?)\s?[-_]{2,40}")
_SEPARATORS = re.compile(
    r"(?:message|mail|e-?mail|courriel) (?:d'origine|original|initial)|original (?:message|mail)",
    re.IGNORECASE,
)
_FORWARDS = re.compile(
    r"(?:début du )?(?:message|mail|e-?mail|courriel) (?:transféré|réexpédié|transmis)"
    r"|(?:begin )?forwarded (?:message|mail)",
    re.IGNORECASE,
)
_WORTH_LOOKING_AT = re.compile(
    r"[>_-]|\d{4}[/-]|(?:On|Le|Am|El|Den|Em|Op|Message|Début|Begin)\b|[^:]{1,25}:", re.IGNORECASE
)
_ORANGE = re.compile(r"message du \d\d/\d\d/\d\d(?:\d\d)? .{0,20}", re.IGNORECASE)


def normalized(line: str) -> str:
    """Return `line` stripped, with ordinary spaces and apostrophes, cut after the longest lead."""
    bounded = line[: LONGEST_LEAD + 1]
    return bounded.replace("\xa0", " ").replace("\u202f", " ").replace("’", "'").strip("\ufeff \t")


def lead_end(lines: Sequence[str], start: int) -> int | None:
    """Return where the sentence « Le …, X a écrit : » that begins at `start` ends."""
    joined = ""
    for end in range(start, min(start + MOST_LEAD_LINES, len(lines))):
        line = normalized(lines[end])
        if not line:
            return None
        joined += line if joined.endswith("<") or not joined else f" {line}"
        if len(joined) > LONGEST_LEAD:
            return None
        if joined.endswith((":", ">")) and _is_lead(joined):
            return end + 1
    return None


def is_separator(line: str) -> bool:
    """Say whether `line` is « -----Message d'origine----- » or its like."""
    text = normalized(line)
    dashed = _DASHED.fullmatch(text)
    return dashed is not None and _SEPARATORS.fullmatch(dashed[1]) is not None


def is_forward_lead(line: str) -> bool:
    """Say whether `line` announces a message that was passed on."""
    text = normalized(line)
    dashed = _DASHED.fullmatch(text)
    inner = dashed[1] if dashed else text.rstrip(" :")
    is_announced = dashed is not None or text.endswith(":")
    return is_announced and _FORWARDS.fullmatch(inner) is not None


def header_block_end(lines: Sequence[str], start: int, fewest: int = FEWEST_FIELDS) -> int | None:
    """Return where the block « De : … Envoyé : … Objet : … » that begins at `start` ends."""
    end = start + 1 if _ORANGE.fullmatch(normalized(lines[start])) else start
    names: set[str] = set()
    for position in range(end, min(end + MOST_FIELD_LINES, len(lines))):
        text = normalized(lines[position])
        # Some programmes double every line.
        if not text and names:
            continue
        field = _field(text, names)
        if field is None or (field in names and field):
            break
        names.add(field)
        end = position + 1
    return end if "from" in names and len(names - {""}) >= fewest else None


def may_lead(line: str) -> bool:
    """Say whether a line may begin a lead or a quotation; quick, and often wrong."""
    text = normalized(line)
    return bool(text) and (
        _WORTH_LOOKING_AT.match(text) is not None or "a écrit" in text or "wrote" in text
    )


def _field(text: str, names: set[str]) -> str | None:
    """Return the field of a line of a header block; empty if the line continues a field."""
    match = _FIELD.match(text)
    name = _FIELD_BY_NAME.get(match[1].casefold()) if match else None
    if name is not None:
        return name
    return "" if names and "@" in text else None


def _is_lead(text: str) -> bool:
    """Say whether a sentence is a lead: dated, and of a form that quotequail knows."""
    # The patterns of quotequail are slow on many brackets.
    if _DATED.search(text) is None or text.count("<") > 3 or text.count("@") > 3:
        return False
    if _BEGINS.match(text):
        # Only the process that parses mails loads it, which ships no types.
        import quotequail  # type: ignore[import-untyped]

        return len(quotequail.quote(text, quote_intro_line=True)) == 2
    return _NAME_FIRST.fullmatch(text) is not None


_BLANK_LINES = re.compile(r"\n\s*\n\s*\n")
_MARK = ">"


def strip_quotes(text: str, *, is_answer: bool, is_forward: bool) -> str:
    """Return `text` without quotations and signature; what was passed on stays.

    Return `text` whole if nothing would be left, although some of it may be the author's.
    """
    reading = _Reading(text.split("\n"), is_answer, is_forward)
    reading.run()
    segments = [strip_signature(lines) for lines in reading.segments]
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
        """Keep or drop what is at `position`; return where to go on."""
        line = self.lines[position]
        if may_lead(line):
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
        if is_forward_lead(line):
            return self._passed_on(position + 1)
        block = header_block_end(self.lines, position)
        if block is not None or is_separator(line):
            below = block or position + 1
            return self._passed_on(below) if self.is_forward else self._leave(below)
        end = lead_end(self.lines, position)
        if end is None:
            return None
        below = _next_written(self.lines, end)
        is_marked = below < len(self.lines) and self.lines[below].startswith(_MARK)
        self.is_answer = True
        return below if is_marked else self._leave(below)

    def _after_marked(self, position: int) -> int | None:
        """Drop the lines that begin with « > », unless they are a list or passed on."""
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
        return header_block_end(self.lines, start, fewest=2) or start

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
    return lead_end(lines, start) is not None or header_block_end(lines, start) is not None
