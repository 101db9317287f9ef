"""The form of a section as it was typed, until it is read as a section."""

from collections.abc import Iterable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from consultation.i18n import Localized
from consultation.questionnaires.outline import OutlineSection, Scope
from consultation.questionnaires.proposing import proposed_code
from consultation.text import clean, clean_line


@dataclass(frozen=True)
class TypedSection:
    """What stands in the fields."""

    code: str = ""
    scope: str = Scope.MEASURE
    title: str = ""
    title_en: str = ""
    intro: str = ""
    intro_en: str = ""
    measures: tuple[str, ...] = ()
    digest: str = ""


def read(sent: MultiDict[str, str]) -> TypedSection:
    """Return what was typed, to the letter."""
    names = ("code", "title", "title_en", "intro", "intro_en", "digest")
    scope = sent.get("scope", "")
    return TypedSection(
        **{name: sent.get(name, "") for name in names},
        scope=scope if scope in set(Scope) else Scope.MEASURE,
        measures=tuple(dict.fromkeys(sent.getlist("measures"))),
    )


def typed_of(section: OutlineSection, digest: str) -> TypedSection:
    """Return the fields of a section that is there."""
    title, intro = section.title or {}, section.intro or {}
    return TypedSection(
        code=section.code,
        scope=section.scope,
        title=title.get("fr", ""),
        title_en=title.get("en", ""),
        intro=intro.get("fr", ""),
        intro_en=intro.get("en", ""),
        measures=section.measures,
        digest=digest,
    )


def section_of(typed: TypedSection, taken: Iterable[str]) -> OutlineSection:
    """Return what was typed as a section without questions.

    A code left empty is made from the title, and is none of those `taken`.
    """
    scope = Scope(typed.scope)
    title = _localized(clean_line(typed.title), clean_line(typed.title_en))
    return OutlineSection(
        code=clean_line(typed.code) or proposed_code(title.get("fr", ""), taken, "rubrique"),
        scope=scope,
        title=title or None,
        intro=_localized(clean(typed.intro).strip(), clean(typed.intro_en).strip()) or None,
        measures=typed.measures if scope is Scope.INSERT else (),
    )


def _localized(french: str, english: str) -> Localized:
    return {locale: text for locale, text in (("fr", french), ("en", english)) if text}
