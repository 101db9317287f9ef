"""What the site on the path shows, written into a folder: `python -m tests.surfaces.record FOLDER`.

A fixed demonstration is visited by each role, page after page and file after file; some answer, in
hostile words too; each form is sent with bad values, then as it unchanged, then with what it says
changed; what was due is mailed; commands say what they say, and write their files.  Clock and
chance are fixed, and what chance still decides bears the name of its row.  The site alone is
imported, and is known by what any version keeps: commands, addresses, fields of forms.  With
`SHORT=1` in the environment, few pages of each role are asked for.
"""

import base64
import hashlib
import hmac
import html
import io
import math
import os
import random
import re
import secrets
import shutil
import struct
import sys
import zipfile
from datetime import UTC, datetime
from email import message_from_bytes, policy
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import time_machine

MOMENT = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
SIZE = ("--measures", "4", "--responses", "40")
BASE = "http://127.0.0.1:8000"
PASSWORD = "une phrase assez longue pour un essai"
ROLES = ("organiser", "moderator", "administrator")
IS_SHORT = os.environ.get("SHORT") == "1"
MOST_PAGES, MOST_OF_TEAM = (60, 25) if IS_SHORT else (400, 400)
MOST_VARIANTS = 2
"""Queries of one address that are asked for: tabs, orders and pages of a list say the same."""
HOSTILE = (
    '=HYPERLINK("http://ailleurs.example";"ici")',
    "<b onmouseover=\"x()\">&amp; {{ 7*7 }} %(nom)s 'ou'",
    "\u202eà l'envers\u202c, e\u0301crit\u00a0; \U0001f600",
    "deux\r\nlignes\n\n- et\n- une liste",
)
BAD = {"empty": "", "hostile": HOSTILE[1]}
if not IS_SHORT:
    BAD |= {"unseen": "\u200b", "long": "x" * 10_001, "numbers": "12,5,3", "day": "31/02/2026"}
ELSEWHERE = "nulle-part"
"""What is chosen with each bad value: no list offers it."""
LEAVES = re.compile(r"quitter|fermer|deconnexion|/static/|effacer|abandonner|arreter|sauvegard")
HREF = re.compile(r'<a\b[^>]*?href="([^"]+)"')
FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
TEXT = re.compile(r'<textarea id="(question_\d+)"')
CAPACITY = re.compile(r'<select id="(question_\d+)" name="question_\d+" aria-required')
ADDRESS = re.compile(r'name="(question_\d+)" type="email"')
CHANCE = re.compile(
    r'(name="(?:csrf_token|submission_key|seen|next|[a-z_]*token)" value=")[^"]*'
    r"|(?<=\?v=)[0-9a-f]{12}"
)
WRITTEN = re.compile(r'(<dcterms:\w+ [^>]*>|"sha256": "|"bytes": )[^<",]*')
"""When a subprocess, whose clock goes on, wrote a workbook; the size and digest of that."""
OF_MACHINE = re.compile(r"[\d,]+(?= Mo(, et| en journal))")
"""How much of the database waits in its log: it follows from when that was emptied."""
ROOM = 10**12  # bytes
OF_SOURCES = re.compile(r"(?<=<small><code>)[0-9a-f]{8}(?=</code>)")
"""The fingerprint of an audited page, which follows from its templates: their changes are seen."""
SIGNED = re.compile(r"\b[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{5,7}\.[A-Za-z0-9_-]{20,}\b")
MAIL_FILE = re.compile(r"\b\d+\.M\d+P\d+Q\d+\.[\w.-]+?(?=[\"<\s]|$)")
WORD = re.compile(r"(?<![\w-])[\w-]{6,64}(?![\w-])")


def fix(seed=1):
    """Fix chance and the room on the disk: to be called before the site is imported."""
    chance = random.Random(seed)
    os.urandom = chance.randbytes
    random._urandom = chance.randbytes
    secrets.token_bytes = lambda count=32: chance.randbytes(count)
    secrets.token_hex = lambda count=32: chance.randbytes(count).hex()
    secrets.token_urlsafe = lambda count=32: _unpadded(chance.randbytes(count))
    secrets.randbelow = chance.randrange
    secrets.choice = chance.choice
    shutil.disk_usage = lambda _folder: SimpleNamespace(free=ROOM)


def _unpadded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Book:
    """The folder of what was seen; what chance decided is told by the names of rows."""

    def __init__(self, folder, home, names):
        self.folder, self.home, self.names, self.known = folder, str(home), names, {}

    def learn(self):
        """Look again which words are those of rows."""
        self.known = self.names()

    def normalised(self, text):
        text = CHANCE.sub(lambda it: (it[1] or "") + "*", text.replace(self.home, "HOME"))
        text = OF_SOURCES.sub("*", OF_MACHINE.sub("*", text))
        text = WRITTEN.sub(r"\1*", MAIL_FILE.sub("*", SIGNED.sub("*", text)))
        return WORD.sub(lambda it: self.known.get(it[0], it[0]), text)

    def note(self, place, text):
        name = re.sub(r"[^\w.?=&-]+", "_", self.normalised(place)).strip("_")[:150]
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(self.normalised(text) + "\n")


class Visitor:
    """A browser of one role, which remembers what it has to ask for still."""

    def __init__(self, name, app, book):
        self.name, self.app, self.book = name, app, book
        self.client = app.test_client()
        self.forms, self.seen, self.variants = {}, set(), {}

    def open(self, path, **options):
        with self.app.app_context():
            return self.client.open(path, base_url=BASE, **options)

    def post(self, path, fields):
        return self.open(
            path, method="POST", data=fields,
            headers={"Origin": BASE, "Sec-Fetch-Site": "same-origin"},
        )  # fmt: skip

    def crawl(self, *starts, most=MOST_PAGES):
        """Ask for all pages that lead from the first ones to each other, nearest first."""
        waiting = list(starts)
        while waiting and len(self.seen) < most:
            path = waiting.pop(0)
            if path in self.seen or LEAVES.search(path) or not self._is_wanted(path):
                continue
            self.seen.add(path)
            answer = self.open(path)
            self.book.note(f"{self.name} {path}", described(answer))
            if answer.mimetype == "text/html":
                page = answer.get_data(as_text=True)
                waiting += self._links(path, page)
                self._keep_forms(path, page)

    def _links(self, path, page):
        for href in HREF.findall(page):
            parts = urlsplit(urljoin(BASE + path, html.unescape(href)))
            if f"{parts.scheme}://{parts.netloc}" == BASE:
                yield parts.path + (f"?{parts.query}" if parts.query else "")

    def _is_wanted(self, path):
        address = re.sub(r"\d+", "#", self.book.normalised(path.partition("?")[0]))
        if "?" in path:
            self.variants[address] = self.variants.get(address, 0) + 1
            return self.variants[address] <= MOST_VARIANTS
        return True

    def _keep_forms(self, path, page):
        for head, body in FORM.findall(page):
            told = dict(ATTRIBUTE.findall(head))
            action = html.unescape(told.get("action") or path)
            if told.get("method", "").lower() == "post" and not LEAVES.search(action):
                self.forms.setdefault(
                    re.sub(r"\d+", "#", self.book.normalised(action)), (action, body)
                )

    def answer(self, path, text):
        """Answer a form, and follow to the receipt."""
        page = self.open(path).get_data(as_text=True)
        typed = {
            TEXT.search(page)[1]: text,
            CAPACITY.search(page)[1]: "citizen",
            ADDRESS.search(page)[1]: "lou@exemple.fr",
        }
        answer = self.post(path, _hidden(page) | typed)
        self.book.learn()
        self.book.note(f"{self.name} answer {path}", described(answer))
        self.book.note(f"{self.name} receipt", described(self.open(answer.headers["Location"])))

    def refuse_forms(self):
        """Send each form with each bad value: most are refused."""
        for action, body in list(self.forms.values()):
            for kind, text in BAD.items():
                typed = dict.fromkeys(_fields(body).typed, text)
                typed |= dict.fromkeys(_fields(body).chosen if text else (), ELSEWHERE)
                self._send(kind, action, _hidden(body) | typed)

    def edit_forms(self):
        """Send each form unchanged, then with what it says changed."""
        for action, body in list(self.forms.values()):
            fields = _fields(body)
            unchanged = fields.values | fields.pressed
            changed = {it: f"{unchanged[it]} (bis)" for it in fields.typed if unchanged.get(it)}
            self._send("unchanged", action, unchanged)
            if changed:
                self._send("changed", action, unchanged | changed)

    def _send(self, kind, action, fields):
        self.book.note(f"{self.name} {kind} {action}", described(self.post(action, fields)))


class Fields(HTMLParser):
    """The fields of a form: what would be sent with it unchanged, and which are typed in.

    The first button counts as pressed.
    """

    def __init__(self):
        super().__init__()
        self.values, self.pressed = {}, {}
        self.typed, self.chosen, self.hidden = [], [], []
        self._open = ""

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        kind = attributes.get("type", "text") if tag == "input" else tag
        if kind == "option":
            self._offer(attributes)
        elif "name" in attributes and kind in ("textarea", "select"):
            self._open = attributes["name"]
            (self.chosen if kind == "select" else self.typed).append(self._open)
        elif "name" in attributes and kind in ("checkbox", "radio"):
            self._tick(attributes)
        elif "name" in attributes and kind in ("button", "submit"):
            self.pressed = self.pressed or {attributes["name"]: attributes.get("value", "")}
        elif "name" in attributes and kind != "file":
            self._keep(kind, attributes)

    def _offer(self, attributes):
        if self._open and ("selected" in attributes or self._open not in self.values):
            self.values[self._open] = attributes.get("value", "")

    def _tick(self, attributes):
        self.chosen.append(attributes["name"])
        if "checked" in attributes:
            self.values[attributes["name"]] = attributes.get("value", "on")

    def _keep(self, kind, attributes):
        self.values[attributes["name"]] = attributes.get("value", "")
        (self.hidden if kind == "hidden" else self.typed).append(attributes["name"])

    def handle_data(self, data):
        if self._open and self._open in self.typed:
            self.values[self._open] = self.values.get(self._open, "") + data

    def handle_endtag(self, tag):
        if tag in ("textarea", "select"):
            self._open = ""


def _fields(body):
    fields = Fields()
    fields.feed(body)
    return fields


def _hidden(page):
    fields = _fields(page)
    return {name: fields.values[name] for name in fields.hidden}


def described(answer):
    """An answer in words: status, headers that were set on purpose, and what it holds."""
    told = [f"{answer.status_code}"]
    told += [f"{name}: {value}" for name, value in sorted(answer.headers) if name not in CHANGING]
    return "\n".join([*told, "", content_of(answer.get_data(), answer.mimetype)])


NAMING = re.compile(r"public_id|receipt_code|\w*hash|\w*digest")
CHANGING = {"Content-Length", "ETag", "Set-Cookie", "Date"}


def content_of(raw, mimetype="", name=""):
    """What a file holds, in words: the texts of archives, rows and pages, else its digest."""
    if mimetype == "application/pdf" or name.endswith(".pdf"):
        return _text_of_pdf(raw)
    if raw[:2] == b"PK":
        return _text_of_archive(raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"{len(raw) // 1000} kB"


def _text_of_pdf(raw):
    import pypdfium2

    with pypdfium2.PdfDocument(raw) as document:
        return "\n\f".join(page.get_textpage().get_text_range() for page in document)


def _text_of_archive(raw):
    told = []
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        for name in sorted(archive.namelist()):
            content = archive.read(name)
            text = content_of(content, name=name)
            told.append(f"== {name}\n" + re.sub(r"(?<=>)(?=<)", "\n", text))
    return "\n".join(told)


def code_of(secret, at=MOMENT):
    """The code of an authenticator (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.digest(key, struct.pack(">Q", int(at.timestamp()) // 30), hashlib.sha1)
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def record(folder, home):
    import sqlalchemy as sa
    from click.testing import CliRunner

    from consultation import create_app
    from consultation.cli import base
    from consultation.cli.main import main
    from consultation.extensions import db

    base.SECONDS_BETWEEN_LINES = math.inf  # on a slow machine commands tell how far they are
    os.environ |= {"CONSULTATION_HOME": str(home), "CONSULTATION_RATE_LIMITS": "off"}

    def run(*command):
        return CliRunner().invoke(main, command).output

    run("demo", *SIZE)
    app = create_app({})

    tables = sa.MetaData()
    with app.app_context():
        tables.reflect(db.engine)

    def names():
        with app.app_context(), db.engine.connect() as connection:
            return dict(_names_of_rows(connection, tables))

    book = Book(folder, home, names)
    visitors = {role: _signed_in(Visitor(role, app, book), run, role) for role in ROLES}
    book.learn()
    for command in COMMANDS:
        book.note(f"command {' '.join(command)}", run(*command))
    public = Visitor("public", app, book)
    _visit(public, run)
    _write_files(book, run)
    for visitor in visitors.values():
        visitor.crawl("/organisation/", *FIRST_OF_TEAM, most=MOST_OF_TEAM)
    for visitor in (public, *visitors.values()):
        visitor.refuse_forms()
    for visitor in visitors.values():
        visitor.edit_forms()
    book.learn()
    run("mail", "deliver", "--once")
    for place in sorted((home / "mailbox" / "new").iterdir()):
        book.note("mails", _text_of_mail(place.read_bytes()))


def _visit(public, run):
    public.crawl(*FIRST, "/", "/en/")
    forms = sorted(it for it in public.seen if re.search(r"^/mesures/[^/]+/contribuer$", it))
    for number, text in enumerate(("Comptez aussi l'outre-mer.", *HOSTILE)):
        public.answer(forms[number % len(forms)], text)
    public.book.note("command mail deliver", run("mail", "deliver", "--once"))


def _write_files(book, run):
    for command in WRITING:
        made, name = Path(book.home, "made", "-".join(command)), " ".join(command)
        book.note(f"command {name}", run(*command, "--output", str(made)))
        for path in sorted(it for it in made.rglob("*") if it.is_file()):
            book.note(f"file of {name}", content_of(path.read_bytes(), name=path.name))


FIRST = ("/plan.json", "/plan.csv", "/mesures/DEMO-1/formulaire.pdf", "/bilan/1.json")
FIRST_OF_TEAM = ("/organisation/valeurs-par-fichier/classeur-des-valeurs.xlsx",)
"""Files that are far from the first page."""
COMMANDS = [
    ("doctor",), ("mail", "status"), ("results", "--help"), ("plan", "--help"),
    ("export", "--help"), ("round", "--help"), ("values", "--help"), ("--help",),
]  # fmt: skip

WRITING = [
    ("export", "--complete"), ("export", "--format", "csv"), ("report", "--format", "html"),
    ("document", "--format", "html"),
]  # fmt: skip
"""Commands that write files."""


def _names_of_rows(connection, tables):
    """Yield the words by which rows are known outside, each with the name of its row."""
    for table in tables.sorted_tables:
        columns = [it for it in table.columns if NAMING.fullmatch(it.name)]
        rows = connection.execute(table.select().with_only_columns(*columns)) if columns else ()
        for number, row in enumerate(rows):
            for column, value in zip(columns, row, strict=True):
                if isinstance(value, str) and len(value) > 5:
                    yield value, f"<{table.name}.{column.name} {number}>"


def _signed_in(visitor, run, role):
    email = f"{role}@exemple.fr"
    link = re.search(rf"{BASE}(\S+)", run("accounts", "create", email, "--role", role))[1]
    page = visitor.open(link).get_data(as_text=True)
    typed = {"password": PASSWORD, "password_confirm": PASSWORD}
    answer = visitor.post(link, _hidden(page) | typed)
    if "deux-etapes" in answer.headers.get("Location", "") or role == "administrator":
        _set_up(visitor)
    return visitor


def _set_up(visitor):
    """Set up the second step of signing in, as its page asks."""
    place = "/organisation/compte/deux-etapes"
    page = visitor.open(place).get_data(as_text=True)
    found = re.search(r'class="secret"><code>([A-Z2-7 ]+)<', page)
    if found:
        code = code_of(found[1].replace(" ", ""))
        answer = visitor.post(place, _hidden(page) | {"code": code})
        assert answer.status_code in (200, 302, 303), answer.status_code


def _text_of_mail(raw):
    mail = message_from_bytes(raw, policy=policy.default)
    told = [f"{name}: {mail[name]}" for name in ("From", "To", "Subject", "Auto-Submitted")]
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            told.append(part.get_content())
    return "\n".join(told)


if __name__ == "__main__":
    fix()
    place = Path(sys.argv[1])
    (place / "seen").mkdir(parents=True)
    with time_machine.travel(MOMENT, tick=False):
        record(place / "seen", place / "home")
