"""Calendar file: the closing of a round, for the calendar of whoever wants to answer before."""

from datetime import UTC, datetime, timedelta

FOLDED_AT = 74
"""Octets of a line, before the break that RFC 5545 demands."""


def closing_event(
    *, uid: str, title: str, address: str, closes_at: datetime, at: datetime
) -> bytes:
    """Return an iCalendar file with one event, the last hour before the closing.

    Written by hand: one event of four texts does not need a library and its dependencies.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Ensemble contre la traite//Consultation//FR",
        "BEGIN:VEVENT",
        f"UID:{_escaped(uid)}",
        f"DTSTAMP:{_in_utc(at)}",
        f"DTSTART:{_in_utc(closes_at - timedelta(hours=1))}",
        f"DTEND:{_in_utc(closes_at)}",
        f"SUMMARY:{_escaped(title)}",
        f"URL:{address}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) + b"\r\n" for line in lines)


def _in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    for character in "\\;,":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())


def _folded(line: str) -> bytes:
    """Return a line in UTF-8, broken between characters."""
    pieces, piece = [], b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > FOLDED_AT:
            pieces.append(piece)
            piece = b""
        piece += octets
    return b"\r\n ".join([*pieces, piece])
