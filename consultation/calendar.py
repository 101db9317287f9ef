"""Calendar files (iCalendar): the closing of a round, the days on which the team may act.

Written by hand: events of a few texts do not need a library and its dependencies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

FOLDED_AT = 74
"""Octets of a line, before the break that RFC 5545 demands."""


@dataclass(frozen=True)
class WholeDay:
    """An event of a day."""

    uid: str
    title: str
    address: str
    on: date


def closing_event(
    *, uid: str, title: str, address: str, closes_at: datetime, at: datetime
) -> bytes:
    """Return a file with one event, the last hour before the closing."""
    times = (f"DTSTART:{_in_utc(closes_at - timedelta(hours=1))}", f"DTEND:{_in_utc(closes_at)}")
    return _file(_event(uid, title, address, at, times))


def days_file(days: Sequence[WholeDay], at: datetime) -> bytes:
    """Return a file with an event for each of the days, none where there is none."""
    events = [
        _event(it.uid, it.title, it.address, at, (f"DTSTART;VALUE=DATE:{it.on:%Y%m%d}",))
        for it in days
    ]
    return _file([line for event in events for line in event])


def _event(uid: str, title: str, address: str, at: datetime, times: Sequence[str]) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{_escaped(uid)}",
        f"DTSTAMP:{_in_utc(at)}",
        *times,
        f"SUMMARY:{_escaped(title)}",
        f"URL:{address}",
        "END:VEVENT",
    ]


def _file(events: Sequence[str]) -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Ensemble contre la traite//Consultation//FR",
        *events,
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
