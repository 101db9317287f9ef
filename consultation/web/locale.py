"""Locale of a page, from its address: French at the root, English below `/en/`."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import Any

from babel import negotiate_locale
from flask import Flask, has_request_context, request
from flask_babel import get_locale

from consultation.extensions import babel
from consultation.i18n import DEFAULT_LOCALE, ENGLISH_PREFIX, LOCALES, prefix_for

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LocalePrefix:
    """WSGI middleware: moves `/en` from the path to the script name, so that links keep it."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == ENGLISH_PREFIX or path.startswith(ENGLISH_PREFIX + "/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + ENGLISH_PREFIX
            environ["PATH_INFO"] = path[len(ENGLISH_PREFIX) :] or "/"
            environ["consultation.locale"] = "en"
        return self._application(environ, start_response)


def current_locale() -> str:
    """Return the language of this page or mail, `fr` or `en`."""
    locale = get_locale()
    return locale.language if locale else DEFAULT_LOCALE


def _from_address() -> str:
    if not has_request_context():
        return DEFAULT_LOCALE
    return str(request.environ.get("consultation.locale", DEFAULT_LOCALE))


def other_language() -> tuple[str, str]:
    """Return the other locale and the address of this page in it."""
    locale = "fr" if current_locale() == "en" else "en"
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return locale, f"{prefix_for(locale)}{request.path}{query}"


def prefers_english() -> bool:
    """Return whether the browser prefers English on a French page (RFC 4647 lookup)."""
    if current_locale() == "en":
        return False
    wanted = [tag.replace("-", "_") for tag, _quality in request.accept_languages]
    return negotiate_locale(wanted, LOCALES) == "en"


def translations_only() -> AbstractContextManager[object]:
    """Open an application context that has translations only, for a process without the site."""
    app = Flask("consultation")
    register(app)
    return app.app_context()


def register(app: Flask) -> None:
    """Choose the locale of every request of `app` by its address."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT_LOCALE
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Paris"
    app.config["BABEL_DOMAIN"] = "messages"
    babel.init_app(app, locale_selector=_from_address)
    app.wsgi_app = LocalePrefix(app.wsgi_app)  # type: ignore[method-assign]
    app.jinja_env.globals.update(
        current_locale=current_locale,
        other_language=other_language,
        prefers_english=prefers_english,
    )
