"""The lines by which programmes lead to what they quote or pass on."""

import re
from collections.abc import Sequence

import quotequail  # type: ignore[import-untyped]  # ships no types

# Nobody's lead is longer, and a longer line costs the patterns much time.
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


def plain(line: str) -> str:
    """Return `line` as programmes mean it: ordinary spaces and apostrophes, none around."""
    bounded = line[: LONGEST_LEAD + 1]
    return bounded.replace("\xa0", " ").replace("\u202f", " ").replace("’", "'").strip("\ufeff \t")


def lead(lines: Sequence[str], start: int) -> int | None:
    """Return where the sentence « Le …, X a écrit : » that begins at `start` ends."""
    joined = ""
    for end in range(start, min(start + MOST_LEAD_LINES, len(lines))):
        line = plain(lines[end])
        if not line:
            return None
        joined += line if joined.endswith("<") or not joined else f" {line}"
        if len(joined) > LONGEST_LEAD:
            return None
        if joined.endswith((":", ">")) and _is_lead(joined):
            return end + 1
    return None


def separator(line: str) -> bool:
    """Say whether `line` is « -----Message d'origine----- » or its like."""
    text = plain(line)
    dashed = _DASHED.fullmatch(text)
    return dashed is not None and _SEPARATORS.fullmatch(dashed[1]) is not None


def forward_lead(line: str) -> bool:
    """Say whether `line` announces a message that was passed on."""
    text = plain(line)
    dashed = _DASHED.fullmatch(text)
    inner = dashed[1] if dashed else text.rstrip(" :")
    is_announced = dashed is not None or text.endswith(":")
    return is_announced and _FORWARDS.fullmatch(inner) is not None


def header_block(lines: Sequence[str], start: int, fewest: int = FEWEST_FIELDS) -> int | None:
    """Return where the block « De : … Envoyé : … Objet : … » that begins at `start` ends."""
    end = start + 1 if _ORANGE.fullmatch(plain(lines[start])) else start
    found: set[str] = set()
    for position in range(end, min(end + MOST_FIELD_LINES, len(lines))):
        text = plain(lines[position])
        # Some programmes double every line.
        if not text and found:
            continue
        field = _field(text, found)
        if field is None or (field in found and field):
            break
        found.add(field)
        end = position + 1
    return end if "from" in found and len(found - {""}) >= fewest else None


def may_lead(line: str) -> bool:
    """Say quickly whether a line is worth looking at."""
    text = plain(line)
    return bool(text) and (
        _WORTH_LOOKING_AT.match(text) is not None or "a écrit" in text or "wrote" in text
    )


def _field(text: str, found: set[str]) -> str | None:
    """Return what a line of a header block tells; a long one goes on, on a line without name."""
    match = _FIELD.match(text)
    name = _FIELD_BY_NAME.get(match[1].casefold()) if match else None
    if name is not None:
        return name
    return "" if found and "@" in text else None


def _is_lead(text: str) -> bool:
    """Say whether a sentence is a programme's: dated, and one that quotequail knows."""
    # Its patterns take much time on many brackets.
    if _DATED.search(text) is None or text.count("<") > 3 or text.count("@") > 3:
        return False
    if _BEGINS.match(text):
        return len(quotequail.quote(text, quote_intro_line=True)) == 2
    return _NAME_FIRST.fullmatch(text) is not None
