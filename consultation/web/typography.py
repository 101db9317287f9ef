"""French typography: no-break spaces and apostrophes, dates, grouped numbers, plurals."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any

import flask_babel
from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from flask import Flask
from flask_babel import gettext as _
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from consultation.clock import in_paris
from consultation.i18n import (
    DEFAULT_LOCALE,
    SHIPPED,
    UNDETERMINED,
    Labelled,
    form_for,
    is_french,
    lacking,
    language_of,
    localized,
)
from consultation.text import capitalized
from consultation.web.locale import current_language, current_locale, is_rtl

NO_BREAK = "\u00a0"
NARROW = "\u202f"
NO_BREAK_HYPHEN = "\u2011"
_BEFORE_WIDE = re.compile(r" (?=[:»])")
_BEFORE_NARROW = re.compile(r" (?=[;?!%€])")
_AFTER_QUOTE = re.compile(r"« ")
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])'(?=[^\W\d_])")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_YEARS = re.compile(r"(?<![\w/.@-])((?:19|20)\d\d)-((?:19|20)\d\d)(?![\w/-])")
_MIDWAY = re.compile(r"(?<![\w/.@-])([Mm]i)-(?=[a-zé])")
_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre January"
    " February March April May June July August September October November December"
)
_DAY = re.compile(rf"(?<!\w)(1er|[12]?\d|3[01]) (?=(?:{_MONTHS.replace(' ', '|')})\b)")
_BESIDE_NUMBER = re.compile(r"(?<=\d) (?=[^\W\d])| (?=\d+\.)")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_FRENCH_DATE = re.compile(r"([0-9]{1,2})[/. -]([0-9]{1,2})[/. -]([0-9]{4})")


def french(text: str) -> str:
    """Return `text` with curled apostrophes, and with no break where French has none."""
    text = _APOSTROPHE.sub("’", text)
    text = _BEFORE_WIDE.sub(NO_BREAK, text)
    text = _BEFORE_NARROW.sub(NARROW, text)
    text = _AFTER_QUOTE.sub("«" + NO_BREAK, text)
    return unbroken(_THOUSANDS.sub(NARROW, text))


def unbroken(text: str) -> str:
    """Return `text` with what no line may end within held together, in either language.

    A span of years, « mi-parcours », the day of a month.  Addresses and codes are left alone.
    """
    text = _YEARS.sub(rf"\1{NO_BREAK_HYPHEN}\2", text)
    text = _MIDWAY.sub(rf"\1{NO_BREAK_HYPHEN}", text)
    return _DAY.sub(rf"\1{NO_BREAK}", text)


def typeset(text: str) -> str:
    """Return `text` in the typography of the page's language; markup stays markup."""
    adapted = french(str(text)) if is_french(current_locale()) else unbroken(str(text))
    return Markup(adapted) if isinstance(text, Markup) else adapted  # noqa: S704 - was


def sentence(text: str) -> str:
    """Return a sentence made from figures, typeset, each number on the line of its neighbour."""
    return typeset(_BESIDE_NUMBER.sub(NO_BREAK, text))


class FrenchLiterals(Extension):
    """Jinja extension: typesets the French of templates when they are compiled."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Yield the tokens, with literal text typeset."""
        for token in stream:
            if token.type == "data":
                yield Token(token.lineno, token.type, french(token.value))
            else:
                yield token


def local(text: dict[str, str] | None) -> str:
    """Return a localized text in the language of the page, typeset."""
    return typeset(localized(text, current_locale()))


def in_french() -> Markup:
    """Return ` lang="fr"` for a text that is French in all languages; nothing on a French page."""
    tag = current_locale()
    attributes = ' lang="fr" dir="ltr"' if is_rtl(tag) else ' lang="fr"'
    return Markup("" if is_french(tag) else attributes)  # noqa: S704 - one of three of ours


def isolated(text: str) -> str:
    """Return a date in digits, a number or a name as one reads it, in a text from the right too."""
    return "\u2068" + text + "\u2069" if is_rtl(current_locale()) else text


def lang_of(text: Mapping[str, str] | None) -> Markup:
    """Return ` lang="fr"` for a text that a page shows in French for want of its language."""
    return in_french() if current_locale() in lacking(text) else Markup("")


def in_its_language(text: dict[str, str] | None) -> str:
    """Return a localized text as `local` does, in a `span` with its language when it differs.

    Not for places without elements: attributes, options, titles and SVG.
    """
    foreign = lang_of(text)
    if not foreign:
        return local(text)
    return Markup("<span{}>{}</span>").format(foreign, french(localized(text, DEFAULT_LOCALE)))


def moment(value: datetime) -> str:
    """Return a moment in Paris time: « 24 novembre 2026 à 14 h 32 »."""
    there, at = day(in_paris(value).date()), hour(value).replace(" ", NO_BREAK)
    text: str = flask_babel.gettext("%(day)s à %(hour)s", day=there, hour=at)
    return text


def to_the_second(value: datetime) -> str:
    """Write a moment in Paris time with its seconds: « 24 novembre 2026 à 14 h 32 min 05 s »."""
    return f"{moment(value)}{NO_BREAK}min{NO_BREAK}{value:%S}{NO_BREAK}s"


def deadline(value: datetime) -> str:
    """Return a moment that readers of other time zones wait for, « (heure de Paris) » with it."""
    text: str = flask_babel.gettext("%(moment)s (heure de Paris)", moment=moment(value))
    return text


def hour(value: datetime) -> str:
    """Return the hour of a moment in Paris time: « 14 h 32 »."""
    return in_paris(value).strftime(current_language().hour)


def day(value: date) -> str:
    """Return a date in full; the first of a month is « 1er » in French."""
    return day_in(value, current_locale()).replace(" ", NO_BREAK, 1)


def day_in(value: date, tag: str) -> str:
    """Return a date in full in a language, with ordinary spaces; that of a moment is in Paris."""
    if isinstance(value, datetime):
        value = in_paris(value)
    text = format_date(value, "long", locale=language_of(tag).locale)
    return re.sub(r"^1 ", "1er ", text) if is_french(tag) else text


def parse_date(text: str) -> date | None:
    """Return the day that `text` names as 2026-11-24 or 24/11/2026, or None."""
    if match := _ISO_DATE.fullmatch(text):
        year, month, day_ = match.groups()
    elif match := _FRENCH_DATE.fullmatch(text):
        day_, month, year = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day_))
    except ValueError:
        return None


# ASCII digits only, thousands in groups or not, a comma or a point before decimals.
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,15}|[0-9]{1,3}(?: [0-9]{3}){1,4})(?:[.,][0-9]{1,6})?")


def parse_number(text: str) -> float | None:
    """Return the number in `text`, or None; exponents and other digits than 0–9 are refused.

    The language of the page plays no part, since a draft may be typed in one and sent from another.
    """
    if not _NUMBER.fullmatch(text):
        return None
    return float(text.replace(" ", "").replace(",", "."))


def number(value: float) -> str:
    """Return a number as the language of the page writes it."""
    if -1000 < value < 1000 and value == int(value):  # alike in all, and most are such
        return str(int(value))
    return _number(value, current_language().locale)


@lru_cache(maxsize=4096)
def _number(value: float, babel_locale: str) -> str:
    return format_decimal(value, locale=babel_locale)


def percent(value: float, tag: str = "") -> str:
    """Return a percentage, 12.5 for 12.5 %, as a language writes it: that of the page."""
    language = language_of(tag) if tag else current_language()
    share = Decimal(str(value)) / 100
    text: str = format_percent(share, locale=language.locale, decimal_quantization=False)
    return french(text.replace(NO_BREAK, " ")) if is_french(language.tag) else text


def label_of(value: Labelled) -> str:
    """Return the label of a value in public, in the language of the page."""
    return _label_of(value, current_locale())


@lru_cache(maxsize=1024, typed=True)
def _label_of(value: Labelled, _locale: str) -> str:
    return typeset(flask_babel.gettext(value.public_label))


def plural(count: int, singular: str, many: str) -> str:
    """Return the French form for a count, set as French is."""
    return french(form_for(count, singular, many))


def counted(count: int, singular: str, many: str) -> str:
    """Return a number, its thousands grouped, with its French noun."""
    return french(f"{format_decimal(count, locale=DEFAULT_LOCALE)} {plural(count, singular, many)}")


def _typeset_result(translate: Callable[..., str]) -> Callable[..., str]:
    """Wrap `translate` to typeset its results; those of texts without placeholders are cached."""

    @lru_cache(maxsize=1024)
    def remembered(_locale: str, *args: Any) -> str:
        return typeset(translate(*args))

    @wraps(translate)
    def wrapped(*args: Any, **kwargs: Any) -> str:
        if kwargs:
            return typeset(translate(*args, **kwargs))
        return remembered(current_locale(), *args)

    return wrapped


def written_in(tag: str, own: str) -> str:
    """Say in which language a text is, « en espagnol »; empty where it is the one around it.

    People may have answered in a language that the site no longer has.
    """
    written, around = (SHIPPED[it].lang if it in SHIPPED else it for it in (tag, own))
    if written == around:
        return ""
    if written == UNDETERMINED:
        return str(_("dans une langue que nous n'avons pas reconnue"))
    name = Locale.parse(written, sep="-").get_language_name(flask_babel.get_locale())
    return str(_("en %(language)s", language=name))


def register(app: Flask) -> None:
    """Give templates the filters, and typeset what gettext returns."""
    app.jinja_env.add_extension(FrenchLiterals)
    gettext, ngettext = map(_typeset_result, (flask_babel.gettext, flask_babel.ngettext))
    app.jinja_env.globals.update(
        _=gettext,
        gettext=gettext,
        ngettext=ngettext,
        in_french=in_french,
        lang_of=lang_of,
        label_of=label_of,
        written_in=written_in,
    )
    app.jinja_env.filters.update(
        local=local,
        in_its_language=in_its_language,
        isolated=isolated,
        typeset=typeset,
        sentence=sentence,
        moment=moment,
        to_the_second=to_the_second,
        deadline=deadline,
        day=day,
        number=number,
        percent=percent,
        capitalized=capitalized,
        counted=counted,
        plural=plural,
    )
