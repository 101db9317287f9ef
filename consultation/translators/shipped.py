"""Shipped translations: of texts that stand word for word as the site ships them."""

from collections.abc import Iterator, Sequence
from typing import Any

from consultation.accounts.audit import audit_log
from consultation.db.stale import StaleEdit, digest
from consultation.i18n import DEFAULT_LOCALE, Localized
from consultation.plan import seed
from consultation.questionnaires.models import RoundTextKind
from consultation.questionnaires.outline import structure, wordings
from consultation.questionnaires.rounds import default_texts
from consultation.translators import places
from consultation.translators.places import Translation
from consultation.translators.texts import OrganiserTexts, texts
from consultation.web.permissions import Permission
from consultation.work.services import Work, needs


def offered(listed: OrganiserTexts, tag: str, sender: str) -> Sequence[Translation]:
    """Return the shipped translations of the texts that lack one, where their French is shipped."""
    translations = {text[DEFAULT_LOCALE]: text[tag] for text in _shipped(sender) if text.get(tag)}
    return [
        Translation(text, tag, translations[text.french])
        for text in listed.listed
        if tag in text.group.tags
        if not text.content.get(tag) and text.french in translations
    ]


def digest_of(translations: Sequence[Translation]) -> str:
    """Return the digest by which a page confirms that it displayed these."""
    return digest([(it.text.reference, it.content) for it in translations])


@needs(Permission.RUN_ROUNDS)
def take(work: Work, tag: str, sender: str, seen: str) -> int:
    """Store what is offered, whose digest is still `seen`; return how many.  Raise `StaleEdit`."""
    places.lock(work)
    translations = offered(texts(work.session, sender, work.at), tag, sender)
    if digest_of(translations) != seen:
        raise StaleEdit(places.WHAT)
    places.write(work, translations, sender)
    details = {"language": tag, "added": len(translations)}
    audit_log.log(work, "shipped_translations_taken", None, details)
    return len(translations)


def _shipped(sender: str) -> Iterator[Localized]:
    for outline in (structure.default(), structure.evaluation()):
        yield from (text for _spot, text in wordings.texts(outline))
    for kind in RoundTextKind:
        if text := default_texts.shipped(kind, sender):
            yield text
    yield from _texts_in(seed.shipped())


def _texts_in(content: Any) -> Iterator[Localized]:
    """Yield the texts of a data file, wherever they stand in it."""
    if isinstance(content, list):
        for it in content:
            yield from _texts_in(it)
    elif isinstance(content, dict):
        if DEFAULT_LOCALE in content:
            yield content
        else:
            yield from _texts_in(list(content.values()))
