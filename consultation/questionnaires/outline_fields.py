"""What differs between two states of one section or question, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from consultation.questionnaires.outline import OutlineQuestion, OutlineSection
from consultation.questionnaires.outline_words import (
    DESTINATION_WORDS,
    KIND_WORDS,
    YES_NO,
    asked_in,
    condition_words,
    french,
    setting_words,
)

SETTING_WORDS = {
    "minimum": "plus petit nombre",
    "maximum": "plus grand nombre",
    "low": "bas de l'échelle",
    "middle": "milieu de l'échelle",
    "high": "haut de l'échelle",
    "statement": "phrase à cocher",
    "no_opinion": "« sans avis »",
}


@dataclass(frozen=True)
class FieldChange:
    """One field in words, with what it was and what it becomes; nothing is an empty text."""

    words: str
    before: str
    after: str


def of_section(before: OutlineSection, after: OutlineSection) -> list[FieldChange]:
    """Return what changes of a section itself, its questions apart."""
    return [
        *_texts("titre", before.title, after.title),
        *_texts("introduction", before.intro, after.intro),
        *_change("posée dans", asked_in(before), asked_in(after)),
    ]


def of_question(before: OutlineQuestion, after: OutlineQuestion) -> list[FieldChange]:
    """Return what changes of a question, its place apart."""
    return [
        *_texts("intitulé", before.label, after.label),
        *_texts("aide", before.hint, after.hint),
        *_change("sorte", KIND_WORDS[before.kind], KIND_WORDS[after.kind]),
        *_change(
            "ce que la réponse remplit",
            DESTINATION_WORDS[before.destination],
            DESTINATION_WORDS[after.destination],
        ),
        *_change("obligatoire", YES_NO[before.is_required], YES_NO[after.is_required]),
        *_change("mise en garde", YES_NO[before.needs_care], YES_NO[after.needs_care]),
        *_settings(before, after),
        *_change("condition", condition_words(before.condition), condition_words(after.condition)),
        *_options(before, after),
    ]


def _change(words: str, before: str, after: str) -> Iterator[FieldChange]:
    if before != after:
        yield FieldChange(words, before, after)


def _texts(
    words: str, before: Mapping[str, str] | None, after: Mapping[str, str] | None
) -> Iterator[FieldChange]:
    yield from _change(words, french(before), french(after))
    english = [(text or {}).get("en") or "" for text in (before, after)]
    yield from _change(f"{words} (anglais)", *english)


def _settings(before: OutlineQuestion, after: OutlineQuestion) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*SETTING_WORDS, *before.settings, *after.settings)):
        words = SETTING_WORDS.get(name, name)
        was, becomes = before.settings.get(name), after.settings.get(name)
        if isinstance(was, Mapping) or isinstance(becomes, Mapping):
            yield from _texts(words, was, becomes)
        else:
            yield from _change(words, setting_words(was), setting_words(becomes))


def _options(before: OutlineQuestion, after: OutlineQuestion) -> Iterator[FieldChange]:
    old = {option.code: option.label for option in before.options}
    new = {option.code: option.label for option in after.options}
    for code, label in new.items():
        if code not in old:
            yield FieldChange("modalité ajoutée", "", french(label) or code)
        else:
            yield from _texts(f"modalité « {code} »", old[code], label)
    for code, label in old.items():
        if code not in new:
            yield FieldChange("modalité retirée", french(label) or code, "")
    orders = [[code for code in these if code in old and code in new] for these in (old, new)]
    if orders[0] != orders[1]:
        texts = [" · ".join(french(new[code]) for code in order) for order in orders]
        yield FieldChange("ordre des modalités", *texts)
