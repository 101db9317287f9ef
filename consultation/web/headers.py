"""Headers of responses: security and caching.

Static files have addresses that change with their content, so that caches keep them for a year.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from flask import Flask, Response, current_app, g, request

from consultation.files import resource
from consultation.token_addresses import is_token_address

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
PUBLIC_POLICY = f"{POLICY}; connect-src 'self'"
"""Policy of pages with quick exit, whose scripts close the respondent's space and save forms."""
PREVIEW = POLICY.replace("form-action 'self'", "form-action 'none'").replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
)
SANDBOX = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
T = TypeVar("T")
STAFF_PATHS = ("/connexion/", "/organisation/", "/moderation/", "/administration/")
YEAR = 31_536_000


def keep_private() -> None:
    """Forbid any cache to store this page, which holds a key or personal text."""
    g.is_private = True


def allow_workers() -> None:
    """Allow the scripts of this page to start workers, from this site only."""
    _allow("worker-src")


def allow_quick_exit() -> None:
    """Allow the script of quick exit to close the space, on a page that is not public."""
    g.policy = PUBLIC_POLICY


def allow_frames() -> None:
    """Allow frames in this page, of pages of this site that call `allow_preview_frame`."""
    _allow("frame-src")


def allow_fetching() -> None:
    """Allow the scripts of this page to ask this site for what a button would show."""
    _allow("connect-src")


def allow_listening() -> None:
    """Allow this page to play sounds of this site."""
    _allow("media-src")


def _allow(what: str) -> None:
    usual = POLICY if is_staff_path(request.path) else PUBLIC_POLICY
    g.policy = f"{g.get('policy', usual)}; {what} 'self'"


def allow_preview_frame() -> None:
    """Allow this page in a frame of this site, and forbid it to send forms."""
    g.policy = PREVIEW


def sandbox_response() -> None:
    """Sandbox a file that a stranger sent: opened in a browser, it can do nothing."""
    g.policy = SANDBOX


def conditional(made: str | Response) -> Response:
    """Answer 304 where the browser has the same content already."""
    answer = made if isinstance(made, Response) else Response(made)
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def is_staff_path(path: str) -> bool:
    return f"{path}/".startswith(STAFF_PATHS)


def is_way_back(path: str) -> bool:
    """Return whether a path that was sent is one of the staff's pages, to lead back to."""
    return is_staff_path(path) and path.isprintable()


def on_staff_pages(hook: Callable[[], T]) -> Callable[[], T | None]:
    """Return a hook for `before_request` that runs `hook` on the pages of the staff only."""

    def run_on_staff_pages() -> T | None:
        return hook() if is_staff_path(request.path) else None

    return run_on_staff_pages


@lru_cache(maxsize=128)
def _fingerprint(path: Path, _changed_at: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Return the address of a static file, which changes with its content."""
    path = resource("static") / name
    return f"/static/{name}?v={_fingerprint(path, path.stat().st_mtime_ns)}"


def _set_headers(response: Response) -> Response:
    staff = is_staff_path(request.path)
    usual = FIXED | {
        "Content-Security-Policy": g.get("policy", POLICY if staff else PUBLIC_POLICY),
        "Referrer-Policy": _referrer_policy(staff=staff),
    }
    chosen = set(response.headers.keys())  # by the view
    response.headers.extend({name: usual[name] for name in usual if name not in chosen})
    if staff or g.get("is_private") or request.method == "POST":
        response.headers["Cache-Control"] = "no-store, private"
    elif request.endpoint == "static" and request.args.get("v"):
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        response.headers.setdefault("Cache-Control", "no-cache")
    # Behind a front server that terminates TLS, the request itself arrives unencrypted.
    if request.is_secure or current_app.config["BASE_URL"].startswith("https:"):
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR}; includeSubDomains"
    return response


def _referrer_policy(*, staff: bool) -> str:
    """Return how much of this address the next page learns.

    "no-referrer" makes browsers send `Origin: null`, which breaks the CSRF check of staff forms.
    """
    if not staff:
        return "no-referrer"
    return "strict-origin" if is_token_address(request.path) else "same-origin"


def register(app: Flask) -> None:
    """Add the headers to every response of `app`, and give templates `asset`."""
    app.after_request(_set_headers)
    app.jinja_env.globals["asset"] = asset
