"""Locale of a page, from its address: French at the root, others below their tag, as in `/en/`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from typing import Any

from babel import negotiate_locale
from babel.messages.mofile import read_mo
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, has_request_context, redirect, request
from flask_babel import Domain, force_locale
from werkzeug.wrappers import Response

from consultation.extensions import babel
from consultation.i18n import (
    DEFAULT_LOCALE,
    FOLDER,
    LANGUAGES,
    LOCALES,
    NAMES,
    OTHER_LOCALES,
    SHIPPED,
    Language,
    Localized,
    by_language,
    lacking,
    language_of,
    names_of,
)

WSGIApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
BY_PREFIX = {it.prefix: it for it in SHIPPED.values() if it.prefix}
FORCED = "language_tag"
DISPLAYED = "displayed_languages"
"""Key of what tells, for an application, the languages that its visitors see."""
READ = "read_languages"
"""The same for those that somebody who has them as their own has read."""
LOCALE = "consultation.locale"
"""Key of the environment of a request: the locale that its address names."""
IS_GONE = "consultation.language_is_gone"
"""Key of the same: the address names a language that the site no longer has."""


class LocalePrefix:
    """WSGI middleware: moves the prefix of a language from the path to the script name.

    So links keep it.  That of a language which the site no longer has is taken away: links that
    were mailed in it lead to the French page.
    """

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        start, slash, rest = environ.get("PATH_INFO", "")[1:].partition("/")
        if language := BY_PREFIX.get(f"/{start}"):
            environ["PATH_INFO"] = slash + rest or "/"
            if language.tag in LANGUAGES:
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + language.prefix
                environ[LOCALE] = language.tag
            else:
                environ[IS_GONE] = True
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


def displayed_languages() -> frozenset[str]:
    """The tags of the languages that visitors of this site see."""
    displayed: Callable[[], frozenset[str]] = current_app.extensions.get(DISPLAYED, _all_languages)
    return displayed()


def is_read() -> bool:
    """Whether somebody who has the language of this page as their own read what protects people."""
    read: Callable[[], frozenset[str]] = current_app.extensions.get(READ, _all_languages)
    return current_locale() in {DEFAULT_LOCALE, *read()}


def rendered_in_french(caller: Callable[[], str]) -> str:
    """What a template calls this with, as the French page has it."""
    with in_language(DEFAULT_LOCALE):
        return caller()


def _all_languages() -> frozenset[str]:
    return frozenset(LANGUAGES)


def other_languages() -> Sequence[tuple[Language, str]]:
    """The other languages that visitors see, each with the address of this page in it."""
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    tags = displayed_languages() - {current_locale()}
    others = (it for it in LANGUAGES.values() if it.tag in tags)
    return [(it, f"{it.prefix}{request.path}{query}") for it in others]


def preferred_language() -> tuple[Language, str] | None:
    """The other language that a browser prefers to French, on a French page (RFC 4647 lookup)."""
    if current_locale() != DEFAULT_LOCALE:
        return None
    wanted = [tag.replace("-", "_") for tag, _quality in request.accept_languages]
    preferred = negotiate_locale(wanted, [tag.replace("-", "_") for tag in LOCALES])
    return next((it for it in other_languages() if it[0].tag.replace("-", "_") == preferred), None)


def _only_shown_languages() -> Response | None:
    """Send a visitor on to the French page from one in a language that nobody has read yet.

    Or in one that the site no longer has.
    """
    if request.method == "POST" or not (
        request.environ.get(IS_GONE)
        or current_locale() not in {DEFAULT_LOCALE, *displayed_languages()}
    ):
        return None
    query = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    return redirect(f"{request.path}{query}")


class Catalogues(Domain):
    """Catalogues by the tags of languages, not all of which Babel can read."""

    def get_translations(self) -> NullTranslations:
        return catalogue_of(current_locale())


def in_each_language(french: str, **values: Any) -> Localized:
    """A text that ships, in each language whose catalogue has it, `%(name)s` filled in."""
    texts = {tag: _texts_of(tag).gettext(french) for tag in OTHER_LOCALES}
    whole = {DEFAULT_LOCALE: french} | {tag: text for tag, text in texts.items() if text}
    return {tag: text % values for tag, text in whole.items()} if values else whole


def with_translations(content: Any) -> Any:
    """What a data file holds, each of its French texts `{"fr": …}` in each language."""
    if isinstance(content, list):
        return [with_translations(it) for it in content]
    if not isinstance(content, dict):
        return content
    if content.keys() == {DEFAULT_LOCALE}:
        return in_each_language(content[DEFAULT_LOCALE])
    return {key: with_translations(value) for key, value in content.items()}


class _Nothing(NullTranslations):
    def gettext(self, message: str) -> str:
        return ""


@cache
def _texts_of(tag: str) -> NullTranslations:
    """The catalogue of a language, which has nothing in the place of what it has not."""
    catalogue = Translations.load(FOLDER, [tag])
    catalogue.add_fallback(_Nothing())
    return catalogue


@cache
def catalogue_of(tag: str) -> NullTranslations:
    """The catalogue of a language, with that of the language it is an easier form of behind it."""
    catalogue, base = Translations.load(FOLDER, [tag]), SHIPPED[tag].base
    if base:
        catalogue.add_fallback(catalogue_of(base))
    return catalogue


def letters_of(language: Language) -> frozenset[str]:
    """The letters of what ships in a language, which the fonts of a machine draw or do not."""
    with (FOLDER / language.tag / "LC_MESSAGES" / "messages.mo").open("rb") as file:
        texts = ["".join(it.string or "") for it in read_mo(file) if it.id]
    return frozenset(filter(str.isalpha, "".join([language.name, language.offer, *texts])))


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
    app.before_request(_only_shown_languages)
    app.jinja_env.filters.update(by_language=by_language, lacking=lacking)
    app.jinja_env.globals.update(
        current_language=current_language,
        current_locale=current_locale,
        rendered_in_french=rendered_in_french,
        is_read=is_read,
        is_rtl=is_rtl,
        language_names=NAMES,
        other_language_names={tag: NAMES[tag] for tag in OTHER_LOCALES},
        names_of=names_of,
        other_languages=other_languages,
        preferred_language=preferred_language,
    )
