"""Detectors of a person's age: dates of birth, and ages beside a place."""

import re
from collections.abc import Iterator

from consultation.i18n import data_by_language
from consultation.moderation.detectors.base import LOWER, UPPER, Detection, before
from consultation.moderation.models import Certainty, FindingKind

_DATA = [it["birth"] for it in data_by_language("names.toml").values() if "birth" in it]
_BORN, _MONTHS, _BEFORE_DATE = (
    "|".join(it[name] for it in _DATA) for name in ("born", "months", "before_date")
)
_DATE = (
    rf"(?:[0-9]{{1,2}}(?:er)?[ ./\-]{{1,2}}(?:(?:de|din) )?(?:[0-9]{{1,2}}|{_MONTHS})"
    rf"[ ./\-]{{1,2}}(?:de )?[0-9]{{2,4}}"
    rf"|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|(?:0?[1-9]|1[0-2])/[0-9]{{4}})(?![0-9])"
)
BIRTH = re.compile(
    rf"(?i)\b(?:{_BORN})[ ]?:?[ ]{{0,2}}(?:à [\w'\-]{{1,30}}[ ,]{{1,2}})?"
    rf"(?:(?:{_BEFORE_DATE}) ?)?{_DATE}"
)
BIRTH_YEAR = re.compile(
    rf"(?i)\bn[ée]e?(?:\(e\)|·e)? (?:en|vers) (?:(?:{_MONTHS}) )?(?:19|20)[0-9]{{2}}(?![0-9])"
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
_SENTENCE_END = re.compile(r"[.!?\n]")


def find_ages(text: str) -> Iterator[Detection]:
    """Yield the ages of one person that stand beside a place, in one sentence."""
    for match in AGE.finditer(text):
        lead = _SENTENCE_END.split(before(text, match.start(), REACH))[-1]
        person = _PERSON.search(lead)
        is_told = re.search(r"(?i)âgée?s? (?:de|d')[ ]?\Z", lead)
        if (_NOT_AN_AGE.search(lead) and not is_told) or not (person or is_told):
            continue
        start = match.start() - (len(lead) - person.start() if person else 0)
        end = match.end()
        place = PLACE.search(_SENTENCE_END.split(text[end : end + REACH])[0])
        if place or PLACE.search(lead):
            end += place.end() if place else 0
            yield Detection(FindingKind.AGE_AND_PLACE, Certainty.LIKELY, start, end)
