"""Mails at their worst, read as the collector reads them."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from consultation.inbox import measure_proposals
from consultation.inbox.parsing.reader import Reader

HEAD = b"From: a@example.org\nTo: b@example.org\nSubject: x\nMessage-ID: <1@x>\nMIME-Version: 1.0\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\n\n"
HTML = HEAD + b"Content-Type: text/html\n\n"
MAIL = "30 Mo, 450 000 lignes, 5 s, un processus"


def cases() -> Iterator[tuple[str, str, Callable[[], Any]]]:
    """Yield what anybody may write to the box."""
    for name, make in _MAILS.items():
        yield f"courriel : {name}", MAIL, partial(_read, make)
    yield "courriel : mesures proposées", "100 000 signes", _proposed


def _read(make: Callable[[], bytes]) -> tuple[str, int]:
    raw = make()
    reader = Reader()
    try:
        message = reader.read(raw)
        return f"{message.sort} {message.reason or ''}", _most_memory_of(reader)
    finally:
        reader.close()


def _most_memory_of(reader: Reader) -> int:
    """Return the megabytes that the process of a reader took at most."""
    assert reader._process is not None
    status = Path(f"/proc/{reader._process.pid}/status").read_text("utf-8")
    peak = re.search(r"VmHWM:\s*(\d+) kB", status)
    assert peak is not None
    return int(peak[1]) // 1024


def _proposed() -> int:
    titles = [f"Renforcer la formation des magistrats et enquêteurs numéro {n}" for n in range(60)]
    names = measure_proposals.Names.of((n, f"T{n}", (title,)) for n, title in enumerate(titles))
    found = 0
    for text in ("\u0316\u0301" * 50_000, "a " * 50_000, "mesures 1, 2 " * 8_000, "ﷺ" * 100_000):
        folded = measure_proposals.fold(text)
        found += len([*names.numbered_in(folded), *names.titled_in(folded)])
    return found


def _nested(depth: int) -> bytes:
    levels = (
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth)
    )
    return HEAD + b"".join(levels) + b"\n"


_BASE64 = b"Content-Transfer-Encoding: base64\n\n" + (b"QUFB" * 19 + b"\n") * 370_000
_MAILS: dict[str, Callable[[], bytes]] = {
    "cent mille parties vides": lambda: MIXED + b"--b\n\n" * 100_000,
    "mille parties": lambda: MIXED + b"--b\n\n" * 990,
    "champs et parties": lambda: MIXED[:-2] + b"\n" + b"A:\n" * 5_000 + b"\n" + b"--b\n\n" * 900,
    "quarante-cinq niveaux": lambda: _nested(45) + b"\n" * 330_000,
    "quatorze niveaux": lambda: _nested(14) + b"\n" * 440_000,
    "blocs d'un avis": lambda: HEAD
    + b"Content-Type: message/delivery-status\n\n" + b"a:\n\n" * 19_000,
    "content-type répété": lambda: HEAD + b"\n" + (b"content-type:" * 380 + b"\n") * 6_000,
    "une ligne de 29 Mo": lambda: HEAD + b"\n" + b"x" * 29_000_000,
    "29 Mo de huit bits": lambda: HEAD + b"\n" + (b"\xe9" * 64 + b"\n") * 445_000,
    "26 Mo de huit bits": lambda: HEAD + b"\n" + (b"\xe9" * 64 + b"\n") * 405_000,
    "pièce de 22 Mo": lambda: MIXED + b"--b\nContent-Type: application/pdf; name=a.pdf\n" + _BASE64,
    "texte en base64": lambda: HEAD + b"Content-Type: text/plain\n" + _BASE64,
    "courriel joint": lambda: MIXED + b"--b\nContent-Type: message/rfc822\n\n" + HEAD + b"\n"
    + (b"x" * 60 + b"\n") * 440_000,
    "uuencode": lambda: HEAD + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666 a\n"
    + (b"M" + b"!" * 60 + b"\n") * 440_000,
    "pièce en uuencode": lambda: HEAD + b"Content-Type: application/pdf\n"
    + b"Content-Transfer-Encoding: x-uuencode\n\nbegin 666 a\n"
    + (b"M" + b"!" * 60 + b"\n") * 440_000,
    "HTML, tableaux": lambda: HTML + b"<table><tr><td>x</td></tr></table>" * 6_000,
    "HTML, niveaux": lambda: HTML + b"<div>" * 180_000,
    "HTML, citations": lambda: HTML + b"<blockquote type=cite>x</blockquote>" * 19_000,
    "HTML, chevrons": lambda: HTML + b"<div>" * 300 + b"<p" * 400_000,
    "citations": lambda: HEAD + b"\n" + b"> Le 3 mai\nb\n" * 40_000,
    "entêtes de citation": lambda: HEAD
    + b"In-Reply-To: <x@y>\n\n" + b"Le 3/4/2024 a <b@c> <\n" * 22_000,
    "lignes coulées": lambda: HEAD
    + b"Content-Type: text/plain; format=flowed\n\n" + b"mot \n" * 99_000,
}  # fmt: skip
