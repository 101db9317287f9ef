"""The hint beside a field, in a real browser under the real policy, on a page of its own."""

import http.server
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from consultation.web.headers import POLICY
from tests.browser.conftest import browser_type_launch_args as browser_type_launch_args

pytestmark = pytest.mark.browser

STATIC = Path(__file__).parents[3] / "static"
HINT = "On reconnaît peut-être quelqu'un : relisez avant d'envoyer."
PAGE = f"""<!doctype html><html lang="fr"><title>Essai</title>
<script src="/form.js" defer></script>
<form data-form><label for="q">Votre avis</label>
<textarea id="q" name="q" data-care="{HINT}"></textarea>
<label for="other">Autre</label><textarea id="other" name="other"></textarea>
<button>Envoyer</button></form></html>"""


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        is_script = self.path == "/form.js"
        body = (STATIC / "form.js").read_bytes() if is_script else PAGE.encode()
        self.send_response(200)
        self.send_header(
            "Content-Type", "text/javascript" if is_script else "text/html; charset=utf-8"
        )
        self.send_header("Content-Security-Policy", POLICY)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing of each request."""


@pytest.fixture
def address():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def test_field_says_softly_that_what_is_typed_may_lead_to_somebody(browser, address):
    page = browser.new_context(locale="fr-FR").new_page()
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(address)
    area, hint = page.get_by_label("Votre avis"), page.get_by_role("status")

    for typed, is_warned in [
        ("Compter aussi les nuits refusées, article 225-4-1, 1 234 567 890 euros.", False),
        ("Appelez le 3919, le 0 800 05 95 95 ou le 116 006.", False),
        ("Appelez-moi au 06 12 34 56 78, s'il vous plaît.", True),
        ("La rue, 12 heures par jour, du 01/02/2026 14 h au 03/02/2026 16 h.", False),
        ("Elle vit au 12 bis rue des Lilas.", True),
        ("", False),
        ("Écrire à jeanne@exemple.fr", True),
    ]:
        area.fill(typed)
        page.wait_for_timeout(900)
        expect(hint).to_have_text(HINT if is_warned else "")

    assert page.get_by_role("status").count() == 1
    assert (
        page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0
    )
    assert {url.rsplit("/", 1)[-1] for url in requests} <= {"", "form.js", "favicon.ico"}
    assert [text for text in complaints if "favicon" not in text] == []


def test_form_is_sent_the_same_with_or_without_the_script(browser, address):
    sent = set()
    for scripts in (True, False):
        page = browser.new_context(java_script_enabled=scripts).new_page()
        page.goto(address)
        page.get_by_label("Votre avis").fill("Appelez le 06 12 34 56 78")
        page.get_by_role("button", name="Envoyer").click()
        page.wait_for_url("**/?q=*")
        sent.add(page.url)

    assert len(sent) == 1
