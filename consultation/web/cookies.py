"""The session cookie, signed, of the staff's pages; public pages neither set nor read it."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from consultation.i18n import ENGLISH_PREFIX
from consultation.web.headers import is_staff_path


class StaffCookie(SecureCookieSessionInterface):
    """Gives a session to the staff's pages; elsewhere it is empty and refuses to be filled."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a page of the staff, else None: no `Vary`, no `Set-Cookie`."""
        return super().open_session(app, request) if has_session(request) else None


def has_session(request: Request) -> bool:
    """Say whether the page is one of the staff's, which exist in French only."""
    return is_staff_path(request.path) and not request.root_path.endswith(ENGLISH_PREFIX)


def register(app: Flask) -> None:
    """Bind the cookie to `app`; over https, browsers keep it from every other host and path."""
    is_https = app.config["BASE_URL"].startswith("https:")
    app.config["SESSION_COOKIE_NAME"] = "__Host-staff" if is_https else "staff"
    app.config["SESSION_COOKIE_SECURE"] = is_https
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Strict"
    app.config["SESSION_COOKIE_PATH"] = "/"
    app.session_interface = StaffCookie()
