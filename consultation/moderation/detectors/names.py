"""Detectors of people's names, with spaCy where it is installed.

Births and ages, which stand beside names, are searched here too.
"""

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
    """Yield what a dictionary takes for people; a word alone is no more than possible."""
    for start, end in names(text):
        if start < end:
            is_full = " " in text[start:end].strip()
            certainty = Certainty.LIKELY if is_full else Certainty.POSSIBLE
            yield Detection(FindingKind.NAME, certainty, start, end)


_MONTHS = (
    r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre"
    r"|d[ée]cembre|january|february|march|april|may|june|july|august|september|october|november"
    r"|december)"
)
_DATE = (
    rf"(?:[0-9]{{1,2}}(?:er)?[ ./\-]{{1,2}}(?:[0-9]{{1,2}}|{_MONTHS})[ ./\-]{{1,2}}[0-9]{{2,4}}"
    rf"|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|(?:0?[1-9]|1[0-2])/[0-9]{{4}})(?![0-9])"
)
_BORN = (
    r"(?:\bn[ée](?:\(?e\)?|[·.\-]e)?s?|\bdate de naissance|\bnaissance|\bddn|\bborn"
    r"|\bdate of birth)"
)
BIRTH = re.compile(
    rf"(?i){_BORN}[ ]?:?[ ]{{0,2}}(?:à [\w'\-]{{1,30}}[ ,]{{1,2}})?(?:(?:le|l'|on|en|in) ?)?{_DATE}"
)
BIRTH_YEAR = re.compile(
    rf"(?i)\bn[ée]e?(?:\(e\)|·e)? (?:en|vers) (?:{_MONTHS} )?(?:19|20)[0-9]{{2}}(?![0-9])"
)
_NOT_BORN = re.compile(
    r"(?i)(?:\bloi|association|collectif|dispositif|r[ée]seau|mission|convention|plan|structure"
    r"|id[ée]e|projet|mouvement|instance|observatoire|fondation|comit[ée]|directive|accord"
    r"|programme|partenariat|d[ée]marche|organisation|outil|institution|politique)\w*"
    r"[^.!?\n]{0,40}\Z"
)


def find_births(text: str) -> Iterator[Detection]:
    """Yield the dates of birth; a year alone, or what may be a law's, is only possible."""
    for pattern, certainty in ((BIRTH, Certainty.SURE), (BIRTH_YEAR, Certainty.POSSIBLE)):
        for match in pattern.finditer(text):
            if not _NOT_BORN.search(before(text, match.start(), 60)):
                yield Detection(FindingKind.BIRTH, certainty, match.start(), match.end())


_AGES = (
    r"(?:[1-9]?[0-9]|dix|onze|douze|treize|quatorze|quinze|seize|dix-sept|dix-huit|dix-neuf"
    r"|vingt(?:[ \-](?:et[ \-])?[a-z]{2,6})?|trente(?:[ \-](?:et[ \-])?[a-z]{2,6})?)"
)
AGE = re.compile(
    rf"(?i)(?<![\w\-,.])(?:[1-9]?[0-9] et )?{_AGES} ?ans\b"
    r"(?! (?:de (?:prison|r[ée]clusion|d[ée]tention|moins|plus|travail|suivi)|d'"
    r"|et (?:plus|moins)|ou |plus))"
)
_PERSON = re.compile(
    r"(?i)\b(?:(?:elle|il) (?:a|avait)\b"
    r"|(?:une?|deux|trois|l[ae]|cette?|cet|m[ao]n?|s[ao]n?|notre|l')"
    r"[ ']?(?:\w{1,12} ){0,2}"
    r"(?:fille|gar[çc]on|femme|homme|mineure?|adolescente?|personne|enfant|victime|jeune|dame"
    r"|ressortissante?|[ée]tudiante?|patiente?|s[œo]e?ur|fr[èe]re|cousine?|voisine?|amie?|[ée]l[èe]ve"
    r"|lyc[ée]enne?|coll[ée]gi\w{1,4}|ouvri[èe]re?|employ[ée]e?|ni[èe]ce|neveu|fils|m[èe]re|p[èe]re"
    r"|nig[ée]riane?|roumaine?|bulgare|marocaine?|fillette|salari[ée]e?|m[ôo]me|gamine?)s?\b)"
    r"[^.!?\n]{0,40}\Z"
)
_NOT_AN_AGE = re.compile(
    r"(?i)\b(?:depuis|pendant|il y a|durant|moins de|plus de|d'ici|tous les|sur|dans|apr[èe]s"
    r"|avant|à|entre|et|condamn\w{0,4}|peine)(?: (?:de|à|les|l'âge de))? \Z"
)
PLACE = re.compile(
    rf"(?:\b(?:[àÀ]|[Aa]ux?|vers|près de|près du|quartier(?: de| du| des)?|banlieue de|gare de"
    rf"|région de|commune de|ville de|foyer|de|d'|sur)[ ]|d'|l'|\()"
    rf"(?P<place>(?:La |Le |Les |Saint-|Sainte-)?[{UPPER}][{LOWER}][{LOWER}{UPPER}'\-]{{1,30}})"
)
REACH = 90


def find_ages(text: str) -> Iterator[Detection]:
    """Yield the ages of one person that stand beside a place, in one sentence."""
    for match in AGE.finditer(text):
        lead = _sentence_before(text, match.start())
        person = _PERSON.search(lead)
        is_told = re.search(r"(?i)âgée?s? (?:de|d')[ ]?\Z", lead)
        if (_NOT_AN_AGE.search(lead) and not is_told) or not (person or is_told):
            continue
        start = match.start() - (len(lead) - person.start() if person else 0)
        end = _end_of_place(text, match.end())
        if end is not None or _place_before(lead):
            yield Detection(FindingKind.AGE_AND_PLACE, Certainty.LIKELY, start, end or match.end())


def _sentence_before(text: str, place: int) -> str:
    return re.split(r"[.!?\n]", before(text, place, REACH))[-1]


def _end_of_place(text: str, start: int) -> int | None:
    following = re.split(r"[.!?\n]", text[start : start + REACH])[0]
    match = PLACE.search(following)
    return start + match.end() if match else None


def _place_before(lead: str) -> bool:
    return PLACE.search(lead) is not None
