"""Complete contributions that are sent in odd ways: well marked off, badly, or as another type."""

from functools import partial

from tests.hostile.cases import FORM, Outcome, drawn
from tests.hostile.site import PATH
from tests.hostile.wire import MARK, NOT_READ, REFUSED, Wire, request

TAKEN = frozenset({303})
TYPE = f"Content-Type: {FORM}"
STEPS = (0, 0, 0, 1, 7, 1000)
HIDDEN = request("GET", "/healthz", "X-Zq: hidden")
"""What is not to be answered: whoever stands in front would take it for more of the body."""


def post(*lines, target=PATH, method="POST", after=b"", **options):
    """What makes a request of the fields, as they are, under these lines."""

    def made(fields):
        told = [line.format(length=len(fields)) for line in (*lines, TYPE)]
        return request(method, target, *told, body=fields, **options) + after

    return made


def chunks(fields, size=1 << 20, line="{:x}", end="\r\n", last="0\r\n", trailer="\r\n"):
    """The fields in chunks of so many bytes, each under its line."""
    made = b""
    for start in range(0, len(fields), size):
        part = fields[start : start + size]
        made += f"{line.format(len(part))}\r\n".encode() + part + end.encode()
    return made + f"{last}{trailer}".encode()


def chunked(*lines, coding="Transfer-Encoding: chunked", after=b"", **options):
    """What makes a request of the fields in chunks."""
    version = options.pop("version", "HTTP/1.1")

    def made(fields):
        told = [line.format(length=len(fields)) for line in (*lines, coding, TYPE)]
        return request("POST", PATH, *told, version=version, body=chunks(fields, **options)) + after

    return made


LENGTH = "Content-Length: {length}"
WHOLE = {
    "as a browser": post(LENGTH),
    "leading zeros": post("Content-Length: 000{length}"),
    "case": post("cONTENT-lENGTH: {length}"),
    "tabs": post("Content-Length:\t{length} \t"),
    "folded": post("X-Zq: a\r\n Content-Length: 3", LENGTH),
    "told to go on": post(LENGTH, "Expect: 100-continue"),
    "expects something else": post(LENGTH, "Expect: zq"),
    "old": post(LENGTH, version="HTTP/1.0"),
    "old and without a host": post(LENGTH, version="HTTP/1.0", host=""),
    "empty lines before": lambda fields: b"\r\n\r\n" + post(LENGTH)(fields),
    "whole address": post(LENGTH, target=f"http://ailleurs.invalid{PATH}"),
    "slashes": post(LENGTH, target=f"//{PATH}"),
    "encoded address": post(LENGTH, target=PATH.replace("T7", "%54%37")),
    "query": post(LENGTH, target=f"{PATH}?suggestions=zq&{MARK}"),
    "underscores": post("Content_Length: 3", "Transfer_Encoding: chunked", LENGTH),
    "in English": post(LENGTH, target=f"/en{PATH}"),
    "one chunk": chunked(),
    "small chunks": chunked(size=3),
    "chunks of one byte": chunked(size=1),
    "long sizes": chunked(size=40, line="{:020X}", last="0000\r\n"),
    "extensions": chunked(size=40, line='{:x};zq=1;zq="a;\\"b"', last="0;zq\r\n"),
    "trailers": chunked(trailer="X-Zq: 1\r\nContent-Length: 3\r\n\r\n"),
    "chunked, told to go on": chunked("Expect: 100-continue"),
    "case of the coding": chunked(coding="tRANSFER-eNCODING:\tChunked\t"),
}
"""Of which each is one request and no more, so that the contribution is stored."""

NO_LENGTHS = (
    "+{length}", "-{length}", "0x{length}", "{length}, {length}", "{length};", "{length} {length}",
    "{length}.0", "1e3", "", "zq", "\u00b9\u00b2", "{length}\r\nContent-Length: {length}",
    "{length}\r\nContent-Length: 3", "3\r\nContent-Length: {length}", "9" * 5000, "{length}\x0b",
    "{length}\r\nTransfer-Encoding: chunked", "{length}\r\n {length}", '"{length}"', "NaN", "\x85",
)  # fmt: skip
NO_CODINGS = (
    "gzip", "xchunked", "chunked, identity", "identity, chunked", "chunked, chunked", "chunked;q=1",
    "gzip, chunked", '"chunked"', "", ",", "chunked\r\nTransfer-Encoding: chunked", "chunk", "zq",
    "identity\r\nTransfer-Encoding: chunked", "chunked\r\nTransfer-Encoding: identity",
    "chunked\xa0", "\r\n chunked", "chunked\r\n , identity",
    "chunked\r\nContent-Length: {length}", "chunked\x0b", "identity", ",chunked",
    "\x85chunked", "chunked\r\nTransfer-Encoding:",
)  # fmt: skip
NO_CHUNKS = {
    "size": [{"line": line} for line in (
        "-{:x}", "+{:x}", "0x{:x}", "{:x} ", " {:x}", "{:x}\t", "{:x}h", "zq", "{:x}\r", "{:x}_0",
        "{:x},", "{:x}\n", "\r\n{:x}", "{:x};zq\n", "{:x};", "{:x};=zq",
        "{:x}; zq", "{:x};zq=", '{:x};zq="', "{:x};\x00", "\u00b9",
    )],
    "end": [{"end": end} for end in ("", "zq\r\n", "\n\r\n", "\r\r\n", " \r\n", "\x00\x00")],
    "last": [{"last": last} for last in ("-0\r\n", "0x0\r\n", "0 \r\n", "0;\r\n", "zq\r\n")],
    "line": [{"line": "{:x};zq=" + "z" * 20_000}],
    "trailer": [{"trailer": "X-Zq: " + "z" * 20_000}],
}  # fmt: skip
SHORT = {
    "chunk without end": partial(chunks, last="", trailer=""),
    "trailer without end": partial(chunks, trailer="X-Zq: zq\r\n"),
    "size beyond all": partial(chunks, line="fffffffffffffffff{:x}"),
    "half a size": lambda fields: chunks(fields)[:1],
    "half of it": lambda fields: chunks(fields)[: len(fields) // 2],
    "nothing": lambda fields: b"",
}


def _broken():
    """Requests whose end is in doubt: with what hides behind it, one refusal and no more."""
    for length in NO_LENGTHS:
        yield post(f"Content-Length: {length}", after=HIDDEN)
    for coding in NO_CODINGS:
        yield chunked(coding=f"Transfer-Encoding: {coding}", after=HIDDEN)
    for name in ("Transfer-Encoding ", "Transfer-Encoding\t", "Transfer-Encoding\x00"):
        yield chunked(coding=f"{name}: chunked", after=HIDDEN)
    for version in ("HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/0.9", ""):
        yield chunked("Connection: keep-alive", version=version, after=HIDDEN)
    for lines in (LENGTH, "Content-Length: 0"):
        yield chunked(lines, after=HIDDEN)
    for wrongs in NO_CHUNKS.values():
        for wrong in wrongs:
            yield chunked(size=50, after=HIDDEN, **wrong)


def _cut():
    """Requests that end before their end: there is nothing to answer."""
    for made in SHORT.values():
        yield lambda fields, made=made: request(
            "POST", PATH, "Transfer-Encoding: chunked", TYPE, body=made(fields)
        )
    for more in ("9", "99"):
        yield post(f"Content-Length: {{length}}{more}")
    for share in (3, 5, 11):
        yield lambda fields, share=share: post(LENGTH)(fields)[: -len(fields) // share]


def frames(chance, count):
    """A contribution whole, in doubt and cut off; whole ones also twice, and between others."""
    made = [
        Wire("frames", one, ("POST",), TAKEN, Outcome.STORED, chance.choice(STEPS))
        for one in WHOLE.values()
    ]
    made += [
        Wire("frames", one, ("POST",), NOT_READ, Outcome.REFUSED, step)
        for one in _broken()
        for step in (0, chance.choice(STEPS))
    ]
    made += [Wire("frames", one, (), None, Outcome.REFUSED) for one in _cut()]
    for one in (WHOLE["as a browser"], WHOLE["small chunks"], WHOLE["trailers"]):
        twice = lambda fields, frame=one: frame(fields) * 2  # noqa: E731 - `def` would say no more
        made += [Wire("frames", twice, ("POST",) * 2, TAKEN, Outcome.STORED, 1)]
    return chance.sample(made, min(count, len(made)))


OTHER_TYPES = (
    "text/plain", "application/json", "application/xml", "multipart/form-data", "*/*", "zq", "",
    "multipart/form-data; boundary=zq", f"multipart/form-data; boundary={MARK}", "text/html",
    "multipart/form-data; boundary=" + "z" * 9000, "multipart/form-data; boundary=\"",
    "multipart/mixed; boundary=zq", "application/x-www-form-urlencoded2", f"{FORM}, text/plain",
    f"text/plain, {FORM}", f"text/plain; {FORM}", "application/octet-stream", "message/rfc822",
    "application/x-www-form-urlencodeD\x80", "multipart/form-data; boundary*=utf-8''zq",
)  # fmt: skip
OWN_TYPES = (
    FORM, FORM.upper(), f"{FORM};", f"{FORM}; charset=utf-8", f"{FORM};charset=utf-7",
    f"{FORM}; charset=zq", f'{FORM}; charset="', f"{FORM}; boundary=zq", f"{FORM} ; a=b; a=c",
    f"{FORM}; charset=utf-16; charset=utf-8", f"{FORM}; charset*=iso-8859-1''utf-16",
)  # fmt: skip
PARTS = (
    "--zq\r\nContent-Disposition: form-data; name=\"suggestions\"\r\n\r\nzq\r\n--zq--\r\n", "--zq",
    "--zq\r\n\r\n", "--zq\r\n" * 2000, "--zq--", "zq", 
    "--zq\r\nContent-Disposition: zq\r\n\r\n\r\n",
    "--zq\r\nContent-Disposition: form-data; name=file; filename=\"../zq\x00.svg\"\r\n\r\n" + MARK,
    "--zq\r\nContent-Transfer-Encoding: base64\r\n\r\n=\r\n--zq--", "--zq\r\nzq: " + "z" * 99_999,
    "--zq\r\nContent-Disposition: form-data; name=\"" + "z" * 9000, "--zq\n\nzq\n--zq--\n", "\r\n",
)  # fmt: skip
TAKING_FILES = (
    PATH, "/outil/contribuer", "/connexion", "/contributions/retrouver",
    "/organisation/plan/importer", "/organisation/invitations/", "/contributions/ouvrir/zq",
    "/nulle-part", "/static/icon.svg",
)  # fmt: skip
ENCODINGS = ("Accept: */*", "Content-Encoding: gzip", "Content-Encoding: zq", "Content-MD5: zq")


def _typed(content_type, method="POST", *lines):
    """What makes a request of the fields that says they are of this type."""

    def made(fields):
        told = (f"Content-Length: {len(fields)}", *lines)
        told += (f"Content-Type: {content_type}",) if content_type else ()
        return request(method, PATH, *told, body=fields)

    return made


def types(chance, count):
    """Contributions under types that are ours or are not, and bodies of parts that are none."""
    few = count // 3
    kept = ENCODINGS[:1] + ENCODINGS[3:]  # what an encoded body would say is not asked here
    for content_type, more in drawn(chance, min(few, len(OWN_TYPES) * 2), OWN_TYPES, kept):
        sent = _typed(content_type, "POST", more)
        yield Wire("types", sent, ("POST",), TAKEN, Outcome.STORED)
    for content_type, method in drawn(chance, few, OTHER_TYPES, ("POST", "PUT", "PATCH")):
        sent = _typed(content_type, method)
        yield Wire("types", sent, (method,), REFUSED, Outcome.REFUSED)
    for parts, target, more in drawn(chance, few, PARTS, TAKING_FILES, ENCODINGS):
        body = parts.encode("latin-1")
        lines = (f"Content-Length: {len(body)}", "Content-Type: multipart/form-data; boundary=zq")
        yield Wire("types", request("POST", target, *lines, more, body=body), ("POST",))
