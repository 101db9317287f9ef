"""Requests at their worst: headers, addresses, and posted forms."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from waitress.adjustments import Adjustments

from consultation.server.request_parser import Request

Case = tuple[str, str, Callable[[], Any]]
FORM = "application/x-www-form-urlencoded"
MARKS = "\u0316\u0301"
HEAD, BODY = "256 Kio d'en-têtes", "4 Mio, 2000 champs"
ROOM = 4 * 1024 * 1024 - 4_000
PART = b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"


def cases(app: Any) -> Iterator[Case]:
    """Yield what a visitor may send, with and without a form."""
    yield from _heads()
    yield from _addresses(app)
    yield from _headers(app)
    yield from _forms(app)


def _heads() -> Iterator[Case]:
    for name, header in {
        "codage et blancs": b"Transfer-Encoding: a" + b" " * 240_000 + b"b",
        "tabulations": b"X: " + b"\t" * 240_000 + b"\x01",
        "lignes repliées": b"X: " + b"\r\n " * 80_000 + b"!",
        "mots": b"X: " + b"a " * 120_000,
        "vingt mille champs": b"\r\n".join(b"X%d: a" % number for number in range(20_000)),
    }.items():
        raw = b"GET / HTTP/1.1\r\nHost: a\r\n" + header + b"\r\n\r\n"
        yield f"en-tête : {name}", HEAD, partial(_parsed, raw)


def _parsed(raw: bytes) -> str:
    request = Request(Adjustments())
    request.received(raw)
    return type(request.error).__name__ if request.error else "lu"


def _addresses(app: Any) -> Iterator[Case]:
    for name, query in {
        "recherche, mots": "q=" + "a+" * 120_000,
        "recherche, accents": "q=" + (MARKS * 60_000).encode().decode("latin-1"),
        "cent mille paramètres": "a=b&" * 60_000,
        "échappements": "q=" + "%C3%A9" * 40_000,
    }.items():
        more = {"QUERY_STRING": query}
        yield f"adresse : {name}", HEAD, partial(_get, app, "/mesures", environ_overrides=more)
    yield "adresse : chemin", HEAD, partial(_get, app, "/" + "a/" * 120_000)
    yield "adresse : reçu", HEAD, partial(_get, app, "/recu/" + "a." * 120_000)


def _headers(app: Any) -> Iterator[Case]:
    kind = "multipart/form-data" + '; a="\\"' * 30_000
    yield "Content-Type", HEAD, partial(_post, app, "/mesures/DEMO-1/contribuer", b"a", kind)
    numbered = "a/b" + "".join(f";a*{number}=b" for number in range(20_000))
    yield "Content-Type, suites", HEAD, partial(_post, app, "/outil/contribuer", b"a", numbered)
    for name, value in {
        "Cookie": 'a="' + '\\"' * 120_000,
        "Accept-Language": ",".join(f"a{number}-b;q=0.5" for number in range(18_000)),
        "Accept": ",".join(f"a/b{number};q=0.5" for number in range(15_000)),
        "Accept-Encoding": "gzip;q=0.1," * 20_000,
        "Range": "bytes=" + "0-1," * 60_000,
        "If-None-Match": '"a",' * 60_000,
    }.items():
        page = "/static/form.js" if name in ("Range", "If-None-Match") else "/"
        yield name, HEAD, partial(_get, app, page, headers={name: value})


def _forms(app: Any) -> Iterator[Case]:
    path = "/mesures/DEMO-1/contribuer"
    page = app.test_client().get(path).text
    key = re.search(r'name="submission_key" value="([^"]*)"', page)
    names = sorted(set(re.findall(r'name="(question_\d+)"', page)))
    email = re.search(
        r'type="email"[^>]*name="(question_\d+)"|id="(question_\d+)"[^>]*type="email"', page
    )
    start = b"submission_key=" + (key[1] if key else "").encode()
    address = next(filter(None, email.groups())) if email else names[-1]
    long = b"&".join(
        f"{name}=".encode() + b"\xc3\xa9 " * (ROOM // len(names) // 3 - 9) for name in names
    )
    bodies = {
        "formulaire": start + b"&" + long,
        "brouillon": start + b"&intent=save&" + long,
        "formulaire, adresse": f"{address}=".encode() + (MARKS * 900_000).encode() + b"@b.fr",
        "formulaire, 2000 champs": start
        + b"".join(b"&x%d=" % n + b"y" * 2_000 for n in range(1_990)),
        "formulaire, échappements": b"question_1=" + b"%C3" * 500_000 + b"a" * 2_600_000,
        "formulaire, trop d'échappements": b"question_1=" + b"%" * ROOM,
        "formulaire, clé": b"submission_key=" + b"a.b" * (ROOM // 3),
    }
    for name, body in bodies.items():
        yield name, BODY, partial(_post, app, path, body, FORM)
    lost = b"address=" + (MARKS * 900_000).encode() + b"@b.fr"
    yield "lien perdu, adresse", BODY, partial(_post, app, "/contributions/retrouver", lost, FORM)
    many = PART * 70_000 + b"--b--"
    kind = "multipart/form-data; boundary=b"
    yield "cent mille parties", BODY, partial(_post, app, path, many, kind)


def _get(app: Any, path: str, **more: Any) -> int:
    return int(app.test_client().get(path, **more).status_code)


def _post(app: Any, path: str, body: bytes, kind: str) -> int:
    return int(app.test_client().post(path, data=body, headers={"Content-Type": kind}).status_code)
