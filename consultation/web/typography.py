"""French typography: no-break spaces that authors never type, dates in full, numbers in groups."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache, wraps
from typing import Any

import flask_babel
from flask import Flask
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from consultation.clock import in_paris
from consultation.i18n import DEFAULT_LOCALE, localized
from consultation.web.locale import current_locale

NO_BREAK = "\u00a0"
NARROW = "\u202f"
_BEFORE_WIDE = re.compile(r" (?=[:»])")
_BEFORE_NARROW = re.compile(r" (?=[;?!%€])")
_AFTER_QUOTE = re.compile(r"« ")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")


def french(text: str) -> str:
    """Return `text` with French apostrophes, and no-break spaces where a space was typed."""
    text = _APOSTROPHE.sub("’", text)
    text = _BEFORE_WIDE.sub(NO_BREAK, text)
    text = _BEFORE_NARROW.sub(NARROW, text)
    text = _AFTER_QUOTE.sub("«" + NO_BREAK, text)
    return _THOUSANDS.sub(NARROW, text)


def typeset(text: str) -> str:
    """Return `text` as the language of the page sets it; what was escaped stays so."""
    if current_locale() != "fr":
        return text
    set_in_french = french(str(text))
    return Markup(set_in_french) if isinstance(text, Markup) else set_in_french  # noqa: S704 - was


class FrenchLiterals(Extension):
    """Sets the French that is written in templates when they are compiled."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens, those of literal text typeset."""
        for token in stream:
            if token.type == "data":
                yield Token(token.lineno, token.type, french(token.value))
            else:
                yield token


def local(text: dict[str, str] | None) -> str:
    """Return a localized text in the language of the page, typeset."""
    return typeset(localized(text, current_locale()))


def lang_of(text: Mapping[str, str] | None) -> Markup:
    """Return the attribute by which French on an English page says so, else nothing."""
    locale = current_locale()
    is_foreign = locale != DEFAULT_LOCALE and text and text.get("fr") and not text.get(locale)
    return Markup(' lang="fr"') if is_foreign else Markup("")


def in_its_language(text: dict[str, str] | None) -> str:
    """Do as `local` does, and mark French that stands on an English page.

    Not where no element can stand: attributes, options, titles and drawings.
    """
    foreign = lang_of(text)
    if not foreign:
        return local(text)
    return Markup("<span{}>{}</span>").format(foreign, french(localized(text, "fr")))


def moment(value: datetime) -> str:
    """Return a moment as Paris reads it: « 24 novembre 2026 à 14 h 32 »."""
    there = day(in_paris(value).date())
    if current_locale() == "fr":
        return f"{there} à {hour(value).replace(' ', NO_BREAK)}"
    return f"{there} at {hour(value)} (Paris time)"


def hour(value: datetime) -> str:
    """Return the hour of a moment as Paris reads it: « 14 h 32 »."""
    there = in_paris(value)
    if current_locale() == "fr":
        return f"{there:%-H} h {there:%M}"
    return f"{there:%H:%M}"


def day(value: date) -> str:
    """Return a date in full; the first of a month is « 1er » in French."""
    text: str = flask_babel.format_date(value, "d MMMM y")
    if current_locale() == "fr":
        text = re.sub(r"^1 ", "1er ", text)
        return text.replace(" ", NO_BREAK, 1)
    return text


def counted(count: int, one: str, many: str) -> str:
    """Return a number with its noun, in French, where none is singular."""
    return french(f"{count} {one if count < 2 else many}")


def _typeset_result(translate: Callable[..., str]) -> Callable[..., str]:
    """Return `translate` with its results typeset; a text without holes is worked out once."""

    @lru_cache(maxsize=1024)
    def remembered(_locale: str, *args: Any) -> str:
        return typeset(translate(*args))

    @wraps(translate)
    def wrapped(*args: Any, **kwargs: Any) -> str:
        if kwargs:
            return typeset(translate(*args, **kwargs))
        return remembered(current_locale(), *args)

    return wrapped


def register(app: Flask) -> None:
    """Give templates the filters, and typeset what gettext returns."""
    app.jinja_env.add_extension(FrenchLiterals)
    gettext, ngettext = map(_typeset_result, (flask_babel.gettext, flask_babel.ngettext))
    app.jinja_env.globals.update(_=gettext, gettext=gettext, ngettext=ngettext, lang_of=lang_of)
    app.jinja_env.filters.update(
        local=local,
        in_its_language=in_its_language,
        typeset=typeset,
        moment=moment,
        day=day,
        number=flask_babel.format_decimal,
        counted=counted,
    )
