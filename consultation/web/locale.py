"""Locale of a page, from its address: French at the root, others below their tag, as in `/en/`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from babel import negotiate_locale
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Domain, force_locale

from consultation.extensions import babel
from consultation.i18n import DEFAULT_LOCALE, LANGUAGES, LOCALES, NAMES, Language, language_of

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
BY_PREFIX = {it.prefix: it for it in LANGUAGES.values() if it.prefix}
FORCED = "language_tag"
CATALOGUES = Path(__file__).parents[1] / "translations"
LOCALE = "consultation.locale"
"""Key of the environment of a request: the locale that its address names."""


class LocalePrefix:
    """WSGI middleware: moves the prefix of a language from the path to the script name.

    So links keep it.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        start, slash, rest = environ.get("PATH_INFO", "")[1:].partition("/")
        if language := BY_PREFIX.get(f"/{start}"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + language.prefix
            environ["PATH_INFO"] = slash + rest or "/"
            environ[LOCALE] = language.tag
        return self._application(environ, start_response)


def current_locale() -> str:
    """Return the tag of the language of this page or mail."""
    if g and FORCED in g:
        return str(g.get(FORCED))
    address = request.environ if has_request_context() else {}
    return str(address.get(LOCALE, DEFAULT_LOCALE))


def current_language() -> Language:
    """The language of this page or mail."""
    return LANGUAGES[current_locale()]


@contextmanager
def in_language(tag: str) -> Iterator[None]:
    """Speak a language for a while, French where the site no longer has it."""
    language = language_of(tag)
    before = g.get(FORCED)
    setattr(g, FORCED, language.tag)
    try:
        with force_locale(language.locale):
            yield
    finally:
        if before is None:
            delattr(g, FORCED)
        else:
            setattr(g, FORCED, before)


def is_rtl(locale: str) -> bool:
    """Whether a language is read from the right to the left."""
    return language_of(locale).direction == "rtl"


def other_languages() -> Sequence[tuple[Language, str]]:
    """The other languages of the site, each with the address of this page in it."""
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    others = (it for it in LANGUAGES.values() if it.tag != current_locale())
    return [(it, f"{it.prefix}{request.path}{query}") for it in others]


def preferred_language() -> tuple[Language, str] | None:
    """The other language that a browser prefers to French, on a French page (RFC 4647 lookup)."""
    if current_locale() != DEFAULT_LOCALE:
        return None
    wanted = [tag.replace("-", "_") for tag, _quality in request.accept_languages]
    preferred = negotiate_locale(wanted, [tag.replace("-", "_") for tag in LOCALES])
    return next((it for it in other_languages() if it[0].tag.replace("-", "_") == preferred), None)


class Catalogues(Domain):
    """Catalogues by the tags of languages, not all of which Babel can read."""

    def get_translations(self) -> NullTranslations:
        return _catalogue(current_locale())


@cache
def _catalogue(tag: str) -> NullTranslations:
    return Translations.load(CATALOGUES, [tag])


def translations_only() -> AbstractContextManager[object]:
    """Open an application context that has translations only, for a process without the site."""
    app = Flask("consultation")
    register(app)
    return app.app_context()


def register(app: Flask) -> None:
    """Choose the locale of every request of `app` by its address."""
    app.config["BABEL_DEFAULT_LOCALE"] = DEFAULT_LOCALE
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Europe/Paris"
    babel.domain_instance = Catalogues()
    babel.init_app(app, locale_selector=lambda: current_language().locale)
    app.wsgi_app = LocalePrefix(app.wsgi_app)  # type: ignore[method-assign]
    app.jinja_env.globals.update(
        current_language=current_language,
        current_locale=current_locale,
        is_rtl=is_rtl,
        language_names=NAMES,
        other_languages=other_languages,
        preferred_language=preferred_language,
    )
