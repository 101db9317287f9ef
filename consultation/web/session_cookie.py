"""Session cookie of the staff pages, signed.

Public pages neither set nor read it.
"""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from consultation.web.headers import is_staff_path
from consultation.web.locale import LOCALE


class StaffCookie(SecureCookieSessionInterface):
    """Session interface of the staff pages; elsewhere the session is empty and can't be filled."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of a staff page, else None, which sends no `Set-Cookie`."""
        return super().open_session(app, request) if has_session(request) else None


def has_session(request: Request) -> bool:
    """Return whether this is a staff page; these exist in French only."""
    return is_staff_path(request.path) and LOCALE not in request.environ


def register(app: Flask) -> None:
    """Bind the cookie to `app`; over https, `__Host-` restricts it to this host."""
    is_https = app.config["BASE_URL"].startswith("https:")
    app.config["SESSION_COOKIE_NAME"] = "__Host-staff" if is_https else "staff"
    app.config["SESSION_COOKIE_SECURE"] = is_https
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    app.config["SESSION_COOKIE_SAMESITE"] = "Strict"
    app.config["SESSION_COOKIE_PATH"] = "/"
    app.session_interface = StaffCookie()
