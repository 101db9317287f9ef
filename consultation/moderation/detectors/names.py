"""Detectors of people's names, with spaCy where it is installed."""

import importlib
import importlib.util
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from consultation.moderation.detectors.base import (
    LOWER,
    UPPER,
    Detection,
    NameFinder,
    before,
    matches,
)
from consultation.moderation.models import Certainty, FindingKind

MODEL = "fr_core_news_sm"
LONGEST = 100_000  # characters; the model takes memory by the character
PERSON = "PER"


def is_installed() -> bool:
    """Return whether spaCy and its French model are installed."""
    return all(importlib.util.find_spec(name) for name in ("spacy", MODEL))


def finder() -> NameFinder | None:
    """Return the finder of names, or None without spaCy; its first call takes seconds."""
    return _find if is_installed() else None


def _find(text: str) -> list[tuple[int, int]]:
    entities = _model()(text[:LONGEST]).ents
    return [(entity.start_char, entity.end_char) for entity in entities if entity.label_ == PERSON]


@lru_cache(maxsize=1)
def _model() -> Any:
    return importlib.import_module(MODEL).load()


_WORD = rf"[{UPPER}][{LOWER}{UPPER}'\-]{{1,30}}"
_MORE = (
    rf"(?:[ \-](?:(?:de|da|dos|van|ben|el|al|bint|ould|le|la|d'|du) ?)?"
    rf"(?:{_WORD}|[{UPPER}]\.)){{0,3}}"
)
_BODIES = (
    r"(?:Association|Collectif|Fondation|Service|Mairie|Maison|Secr[ée]tariat|Direction|Pr[ée]fecture"
    r"|Violences|Centre|R[ée]seau|Minist[èe]re|D[ée]partement|Bureau|Comit[ée]|Conseil|Police)"
)
_NAME = rf"(?P<seen>{_WORD}{_MORE}+)"
TITLED = re.compile(
    rf"(?<!\w)(?:M\.|MM\.|[Mm]r\.?|[Mm]mes?|[Mm]lles?|[Mm]adame|[Mm]onsieur|[Mm]ademoiselle"
    rf"|Me|[Mm]aître|Dr\.?|[Dd]octeure?|Mrs\.?|Ms\.?|Miss) "
    rf"(?!(?:Ministre|Préfet|Préfète|Président|Présidente|Maire|Procureur|Procureure|Directeur"
    rf"|Directrice|Députée?|Sénat|Dupond-et|Tout-le|X|Y|Z)\b){_NAME}"
)
INITIAL = re.compile(
    r"(?<!\w)(?:M\.|[Mm]mes?|[Mm]lles?|[Mm]adame|[Mm]onsieur) (?P<seen>[A-W]\.(?: ?[A-W]\.)?)"
)
CALLED = re.compile(
    rf"(?i:\b(?:[sm]'appel(?:le|ait|er)|t'appelles|se nomm(?:e|ait)|(?:pré|sur|dé)?nomm[ée]e?s?"
    rf"|connue? sous le nom de|alias|(?:vrai )?nom est|au nom de(?: famille)?|my name is"
    rf"|(?:is|was) called|named))"
    rf"[ ]{{1,2}}[\"«“]?[ ]?{_NAME}"
)
LABELLED = re.compile(
    rf"(?i:\b(?:pr[ée]noms?|noms?(?: de famille)?|nom et pr[ée]nom|patronyme|victime|suspecte?"
    rf"|mis en cause|pseudo|sign[ée]e?|contact|gérante?|patron|first name|surname|name))"
    rf"[ ]?:[ ]{{0,2}}(?!{_BODIES}){_NAME}"
)
KIN = re.compile(
    rf"(?i:\b(?:une? certaine?|mon amie?|ma (?:fille|s[œo]e?ur|m[èe]re|cousine|voisine|coll[èe]gue)"
    rf"|[ms]on (?:fils|fr[èe]re|mari|p[èe]re|cousin|voisin|prox[ée]n[èe]te|patron|employeur"
    rf"|coll[èe]gue)|[sl]a (?:s[œo]e?ur|fille|tante|m[èe]re|patronne|jeune|petite|famille)"
    rf"|le jeune)) {_NAME}"
)
APPOSED = re.compile(
    rf"(?i:\b(?:le|la|l'|[sm]on|[sm]a|notre) ?(?:g[ée]rante?|patronn?e?|m[èe]re|p[èe]re|s[œo]e?ur"
    rf"|fr[èe]re|mari|femme|fille|fils|recruteu\w{{1,3}}|suspecte?|passeur|prox[ée]n[èe]te|voisine?"
    rf"|coll[èe]gue|avocate?|employeur|victime|cousine?|tante|oncle)), "
    rf"(?P<seen>{_WORD}(?:[ \-]{_WORD}){{1,3}}+)"
)
SIGNED = re.compile(
    rf"(?i:\b(?:cordialement|bien à vous|salutations|respectueusement|regards|sincerely))"
    rf"[ ]?[,.]?\s{{0,3}}(?!{_BODIES}){_NAME}"
)
SHORTENED = re.compile(
    rf"(?<![\w.])(?!Article|Annexe|Salle|Partie|Tableau|Mesure|Axe|Livre|Titre|Code|Alin|Ligne"
    rf"|Colonne|Zone|Groupe|Plan|Option|Indicateur|Type|Fiche)(?P<seen>{_WORD} [{UPPER}]\.)"
    rf"(?=,| [{LOWER}])"
)
UNCAPPED = re.compile(
    r"(?<!\w)(?:mme|mr|mlle) (?!(?:la|les?|et|ou|est|qui|dont|du|des?|une?|untel|unetelle|tout"
    r"|ministre|president|pr[ée]sidente?|juge|maire)\b)(?P<seen>[a-zà-öø-ÿ][a-zà-öø-ÿ'\-]{2,30})"
)
_STREET_BEFORE = re.compile(
    r"(?i)\b(?:rue|avenue|av\.?|boulevard|bd|place|quai|all[ée]e|impasse|r\.)"
    r"(?: (?:du|de la|des))? \Z"
)
_NO_PERSON_BEFORE = re.compile(
    r"(?i)(?:logiciel|dispositif|outil|plan|projet|association|programme|op[ée]ration|plateforme"
    r"|affaire|rapport|r[ée]seau|fichier|application|structure|service|foyer|centre|site)"
    r"\b[^.!?\n]{0,12}\Z"
)


def find_names(text: str) -> Iterator[Detection]:
    """Yield the names that need no dictionary: after a title, a verb, a label, a tie of kin."""
    for pattern, unless in (
        (TITLED, _STREET_BEFORE),
        (CALLED, _NO_PERSON_BEFORE),
        *((pattern, None) for pattern in (LABELLED, KIN, APPOSED, SIGNED, SHORTENED, UNCAPPED)),
    ):
        for match in pattern.finditer(text):
            if unless is None or not unless.search(before(text, match.start())):
                start, end = match.span("seen")
                yield Detection(FindingKind.NAME, Certainty.LIKELY, start, end)
    yield from matches(INITIAL, text, FindingKind.NAME, Certainty.POSSIBLE)


def find_names_by_model(names: NameFinder, text: str) -> Iterator[Detection]:
    """Yield the words that a dictionary takes for people; a word alone is no more than possible."""
    for start, end in names(text):
        if start < end:
            is_full = " " in text[start:end].strip()
            certainty = Certainty.LIKELY if is_full else Certainty.POSSIBLE
            yield Detection(FindingKind.NAME, certainty, start, end)
