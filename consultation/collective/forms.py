"""Form of a site text: a line, a list or paragraphs, in the languages that it needs."""

from typing import Any
from urllib.parse import urlsplit

from wtforms import Field, HiddenField, ValidationError

from consultation.collective.models import SiteTextKind
from consultation.collective.texts import (
    LONGEST,
    LONGEST_LINE,
    NOTHING,
    ONE_LINE,
    SAME_IN_EACH_LANGUAGE,
    SiteTextInForce,
)
from consultation.i18n import DEFAULT_LOCALE, LOCALES, OTHER_LOCALES, Localized
from consultation.text import clean_line
from consultation.web.forms import (
    LineField,
    StaffForm,
    TextField,
    Translated,
    at_most,
    version_number,
)


class SiteTextForm(StaffForm):
    """Paragraphs in each language; `number` is that of the version that was adapted."""

    number = HiddenField()
    fr = Translated(TextField, validators=[at_most(LONGEST)])

    def __init__(self, formdata: Any = None, *, kind: SiteTextKind, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.kind = kind
        if kind in SAME_IN_EACH_LANGUAGE:
            for tag in OTHER_LOCALES:
                del self[tag]
            self[DEFAULT_LOCALE].label.text = "Le texte"

    @property
    def content(self) -> Localized:
        """The text as it is stored: by language, without what is empty."""
        typed = {it.name: self._text(it) for it in self.in_languages(DEFAULT_LOCALE)}
        return {tag: text for tag, text in typed.items() if text} or {DEFAULT_LOCALE: NOTHING}

    @property
    def adapted_number(self) -> int:
        """The number of the adapted version; -1, which no version has, where it is none."""
        return version_number(self.number.data)

    def validate_fr(self, field: Field) -> None:
        """Refuse what a link to the plan may not be."""
        text = self._text(field)
        if text and self.kind is SiteTextKind.PLAN_LINK and not _is_address(text):
            raise ValidationError("Donnez une adresse qui commence par https://.")

    def _text(self, field: Field) -> str:
        text: str = field.data or ""
        return (clean_line(text) if self.kind in ONE_LINE else text).strip()


class SiteLineForm(SiteTextForm):
    """A text that takes one line."""

    fr = Translated(LineField, validators=[at_most(LONGEST_LINE)])


def values_of(text: SiteTextInForce) -> dict[str, str]:
    """Return the fields of the form, by name, as it first displays them."""
    kept = LOCALES[:1] if text.kind in SAME_IN_EACH_LANGUAGE else LOCALES
    return {locale: text.content.get(locale, "").strip() for locale in kept}


def form_of(kind: SiteTextKind) -> type[SiteTextForm]:
    return SiteLineForm if kind in ONE_LINE else SiteTextForm


def _is_address(text: str) -> bool:
    if any(it.isspace() for it in text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname)
