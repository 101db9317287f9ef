"""Every page, with a script in every word that is stored, in a real browser that runs scripts."""

import contextvars
from dataclasses import dataclass

import pytest

from tests.hostile.forms import forms_in
from tests.hostile.poisoning import PAYLOAD, RUNS

pytestmark = [pytest.mark.browser, pytest.mark.looks, pytest.mark.timeout(300)]
SITE = "http://consultation.test"
LEAVES = ("/quitter", "/fermer", "/effacer", "/supprimer")
"""Where a form ends that would end the visit, or what the next pages show."""
TYPED_INTO = (
    "/mesures/T8/contribuer", "/organisation/plan/mesures/T7", "/organisation/avancement/T8",
    "/organisation/tours/tour-2/modifier", "/organisation/invitations/messages/nouveau",
)  # fmt: skip
POLICY = "content-security-policy"
LISTENS = """
window.__blocked = [];
document.addEventListener("securitypolicyviolation",
  (event) => window.__blocked.push(event.violatedDirective + " " + event.blockedURI));
"""
# What has run, what was kept from it, and what would run if somebody pointed, clicked or typed.
SEEN = """async () => {
  await new Promise(requestAnimationFrame);
  const handlers = (it) => [...it.attributes].some((one) => one.name.startsWith("on"));
  const leads = (it) => /^\\s*(javascript|data|vbscript):/i.test(
    it.getAttribute("href") || it.getAttribute("src") || it.getAttribute("action") || "");
  const alive = [...document.querySelectorAll("*")].filter((it) => handlers(it) || leads(it)
    || it.matches("script:not([src]), iframe[srcdoc], base, style, object, embed"));
  return { ran: window.__xss, blocked: window.__blocked,
    alive: alive.map((it) => it.outerHTML.slice(0, 120)) };
}"""


@dataclass(frozen=True)
class Page:
    """A page as the site gave it."""

    path: str
    status: int
    headers: dict
    body: str


class Window:
    """A window of the browser in which the site's own answers are shown."""

    def __init__(self, browser, visitor, *, keeps_policy):
        self.visitor, self.keeps_policy, self.page = visitor, keeps_policy, None
        self.dialogs = []
        self.context = browser.new_context(base_url=SITE, locale="fr-FR")
        self.context.add_init_script(LISTENS)
        self.tab = self.context.new_page()
        self.tab.on("dialog", self._dismiss)
        self.tab.route("**/*", self._answer)

    def _dismiss(self, dialog):
        if dialog.type == "beforeunload":  # a form that was refused asks before it is left
            dialog.accept()
            return
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _answer(self, route):
        if not route.request.url.startswith(SITE):
            self.dialogs.append(route.request.url)
            route.abort()
            return
        path = route.request.url.removeprefix(SITE)
        is_asked = path == self.page.path.partition("#")[0]
        page = self.page if is_asked else fetch(self.visitor, path)
        headers = {
            name: value
            for name, value in page.headers.items()
            if self.keeps_policy or name.lower() != POLICY
        }
        route.fulfill(status=page.status, headers=headers, body=page.body)

    def show(self, page):
        """Show a page; return what is wrong with it."""
        self.page, self.dialogs = page, []
        self.tab.goto(page.path)
        seen = self.tab.evaluate(SEEN)
        return [(page.path, name, found) for name, found in seen.items() if found] + [
            (page.path, "asked", one) for one in self.dialogs
        ]


def fetch(visitor, path, method="GET", **options):
    """An answer of the site, taken apart from the browser's own loop."""
    answer = contextvars.Context().run(visitor.open, path, method=method, **options)
    headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
    page = Page(path, answer.status_code, headers, answer.get_data())
    answer.close()
    return page


def is_page(page):
    is_html = page.headers.get("Content-Type", "").startswith("text/html")
    is_kept = "Content-Disposition" in page.headers  # a document of the plan may be HTML
    return is_html and not is_kept and page.body and not 300 <= page.status < 400


def refused(visitor, pages):
    """What each form of the pages comes back as when every field of it holds the payload."""
    seen = set()
    for page in pages:
        for form in forms_in(page.body.decode()):
            path = (form.action or page.path).partition("#")[0]
            if path not in seen and not path.endswith(LEAVES):
                seen.add(path)
                answer = fetch(visitor, path, "POST", data=form.filled(PAYLOAD))
                if is_page(answer):
                    yield Page(f"{path}#refused", answer.status, answer.headers, answer.body)


@pytest.mark.parametrize("keeps_policy", [True, False], ids=["with CSP", "without CSP"])
def test_nothing_that_is_stored_runs_on_any_page(
    browser, visitor, addresses, is_long, keeps_policy, recorded
):
    wanted = addresses if is_long else addresses[keeps_policy::14]
    pages = [page for path in wanted if is_page(page := fetch(visitor, path))]
    window = Window(browser, visitor, keeps_policy=keeps_policy)

    wrong = [one for page in pages for one in window.show(page)]
    window.context.close()

    told = sum(RUNS in page.body.decode() for page in pages)
    how = "with" if keeps_policy else "without"
    recorded(f"S2 scripts that ran {how} CSP", f"{len(wrong)} on {len(pages)} pages")
    assert wrong == []
    assert told > len(pages) // 2


def test_nothing_that_is_typed_runs_on_a_page_that_refuses_it(
    browser, visitor, addresses, is_long, recorded
):
    wanted = addresses if is_long else TYPED_INTO
    pages = [page for path in wanted if is_page(page := fetch(visitor, path))]
    back = list(refused(visitor, pages))
    window = Window(browser, visitor, keeps_policy=False)

    wrong = [one for page in back for one in window.show(page)]
    window.context.close()

    told = sum(RUNS in page.body.decode() for page in back)
    recorded("S2 scripts that ran where they were refused", f"{len(wrong)} on {len(back)} pages")
    assert wrong == []
    assert told > 0
