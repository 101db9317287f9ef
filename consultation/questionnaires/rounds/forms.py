"""Round forms: titles, codes and days as typed, in Paris time."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from consultation.clock import PARIS, in_paris
from consultation.i18n import Localized, folded
from consultation.questionnaires.models import Round
from consultation.questionnaires.rounds import lifecycle, queries
from consultation.questionnaires.rounds.lifecycle import (
    CLOSING_IS_PAST,
    RoundDraft,
    RoundState,
    RoundTyped,
)
from consultation.text import clean_line, length

MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2000, 2099

_FIGURES = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})", re.ASCII)
_SORTED = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_WORDS = re.compile(rf"(\d{{1,2}})(?:er)? ({'|'.join(MONTHS)}) (\d{{4}})", re.ASCII)
_HOUR = re.compile(r"(\d{1,2}) ?(?:h|:|heures?) ?(\d{2})?", re.ASCII)


class NoSuchHour(Exception):
    """The clocks of Paris never show this hour: they jump over it."""


def read_day(text: str) -> date | None:
    """Return the day of « 24/11/2026 » or « 24 novembre 2026 »; None when it is none."""
    typed = folded(text)
    if found := _SORTED.fullmatch(typed):
        year, month, day = map(int, found.groups())
    elif found := _FIGURES.fullmatch(typed):
        day, month, year = map(int, found.groups())
    elif found := _WORDS.fullmatch(typed):
        day, month, year = int(found[1]), MONTHS.index(found[2]) + 1, int(found[3])
    else:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_hour(text: str) -> time | None:
    """Return the hour of « 9 h », « 23 h 59 » or « 23:59 »; None when it is none."""
    found = _HOUR.fullmatch(folded(text))
    if found is None:
        return None
    try:
        return time(int(found[1]), int(found[2] or 0))
    except ValueError:
        return None


def moment_of(day: date, hour: time, *, is_end: bool = False) -> datetime:
    """Return when a clock in Paris shows that hour; raise `NoSuchHour` when none ever does.

    In the night when clocks go back an hour comes twice: a beginning is the first of the two, an
    end the second, so that nobody is cut short.
    """
    there = datetime.combine(day, hour, PARIS).replace(fold=int(is_end))
    moment = there.astimezone(UTC)
    if in_paris(moment).replace(tzinfo=None) != there.replace(tzinfo=None):
        raise NoSuchHour
    return moment


def day_typed(moment: datetime) -> str:
    """Return the day of a moment in Paris, as `read_day` reads it."""
    return f"{in_paris(moment):%d/%m/%Y}"


def hour_typed(moment: datetime) -> str:
    """Return the hour of a moment in Paris, as `read_hour` reads it."""
    there = in_paris(moment)
    return f"{there:%-H} h {there:%M}" if there.minute else f"{there:%-H} h"


LONGEST_TITLE, LONGEST_CODE, LONGEST_URL = 200, 14, 500
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
TAKEN_BY_PAGES = ("preparer",)
OPENING_IS_PAST = (
    "L'ouverture doit être à venir. Pour ne plus attendre, utilisez « Ouvrir maintenant » sur la"
    " page du tour."
)
DATES = ("opens_day", "opens_hour", "closes_day", "closes_hour")
EDITABLE = {
    RoundState.PREPARED: {"title", "title_en", "code", *DATES, "document_url"},
    RoundState.ANNOUNCED: {"title", "title_en", *DATES, "document_url"},
    RoundState.OPEN: {"title", "title_en", "closes_day", "closes_hour", "document_url"},
    RoundState.CLOSED: {"title", "title_en", "document_url"},
}
"""The fields that can be changed, by how far the round has come."""


class RoundRefused(Exception):
    """What was typed makes no round; `faults` says why by the name of the field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


def proposed(session: Session, at: datetime) -> RoundTyped:
    """Return what the form of a new round begins with: it follows the last."""
    code, title = queries.numbered(session)
    ends = [one.closes_at for one in lifecycle.announced(session)]
    base = max([at + timedelta(days=1), *ends])
    opens_day = in_paris(base).date() + timedelta(days=1)
    closes_at = queries.end_of_day_in_paris(base, queries.ROUND_DAYS + 1)
    return RoundTyped(
        title=title["fr"],
        title_en=title["en"],
        code=code,
        opens_day=f"{opens_day:%d/%m/%Y}",
        opens_hour="9 h",
        closes_day=day_typed(closes_at),
        closes_hour=hour_typed(closes_at),
    )


def typed_of(consultation_round: Round) -> RoundTyped:
    """Return a round as its form shows it."""
    opens_at, closes_at = consultation_round.opens_at, consultation_round.closes_at
    return RoundTyped(
        title=consultation_round.title["fr"],
        title_en=consultation_round.title.get("en", ""),
        code=consultation_round.code,
        opens_day=day_typed(opens_at),
        opens_hour=hour_typed(opens_at),
        closes_day=day_typed(closes_at),
        closes_hour=hour_typed(closes_at),
        document_url=consultation_round.document_url or "",
    )


def draft_of(typed: RoundTyped, at: datetime, changed: Round | None = None) -> RoundDraft:
    """Read what was typed for a new round, or to change one; raise `RoundRefused`.

    What the state of the round keeps from being changed stays as it is, as do moments that were
    not typed anew, seconds included.
    """
    state = lifecycle.state_of(changed, at) if changed else RoundState.PREPARED
    if changed is not None:
        before = typed_of(changed)
        names = set(RoundTyped.__dataclass_fields__) - EDITABLE[state]
        typed = replace(typed, **{name: getattr(before, name) for name in names})
    faults = _faults_of_texts(typed)
    opens_at, closes_at = _moments(typed, changed, faults)
    if opens_at and closes_at:
        faults |= _faults_of_order(opens_at, closes_at, state, at)
    faults = {name: why for name, why in faults.items() if name in EDITABLE[state]}
    if faults or opens_at is None or closes_at is None:
        raise RoundRefused(faults)
    code, url = typed.code.strip(), typed.document_url.strip() or None
    return RoundDraft(title_of(typed), code, opens_at, closes_at, url)


def _moments(
    typed: RoundTyped, changed: Round | None, faults: dict[str, str]
) -> tuple[datetime | None, datetime | None]:
    opens_at = read_moment(typed.opens_day, typed.opens_hour, "opens", faults)
    closes_at = read_moment(typed.closes_day, typed.closes_hour, "closes", faults, is_end=True)
    if changed is None:
        return opens_at, closes_at
    before = typed_of(changed)
    if is_same_moment(typed, before, "opens"):
        opens_at = changed.opens_at
    if is_same_moment(typed, before, "closes"):
        closes_at = changed.closes_at
    return opens_at, closes_at


def is_same_moment(typed: RoundTyped, before: RoundTyped, name: str) -> bool:
    """Say whether « opens » or « closes » says the same day and hour, however it is typed."""
    day, hour = f"{name}_day", f"{name}_hour"
    return read_day(getattr(typed, day)) == read_day(getattr(before, day)) and read_hour(
        getattr(typed, hour)
    ) == read_hour(getattr(before, hour))


def _faults_of_order(
    opens_at: datetime, closes_at: datetime, state: RoundState, at: datetime
) -> dict[str, str]:
    if closes_at <= at:
        return {"closes_day": CLOSING_IS_PAST}
    if closes_at <= opens_at:
        return {"closes_day": "La clôture doit venir après l'ouverture."}
    if state is RoundState.ANNOUNCED and opens_at <= at:
        return {"opens_day": OPENING_IS_PAST}
    return {}


def title_of(typed: RoundTyped) -> Localized:
    """Return the title in the languages in which it was typed."""
    title = {"fr": clean_line(typed.title), "en": clean_line(typed.title_en)}
    return {locale: text for locale, text in title.items() if text}


def read_moment(
    day_text: str, hour_text: str, name: str, faults: dict[str, str], *, is_end: bool = False
) -> datetime | None:
    """Return the moment of a day and an hour in Paris, or None with the faults of their fields."""
    day, hour = read_day(day_text), read_hour(hour_text)
    if day is None:
        faults[f"{name}_day"] = "Écrivez ce jour ainsi : 24/11/2026."
    if hour is None:
        faults[f"{name}_hour"] = "Écrivez cette heure ainsi : 9 h, ou 23 h 59."
    if day is None or hour is None:
        return None
    try:
        return moment_of(day, hour, is_end=is_end)
    except NoSuchHour:
        faults[f"{name}_hour"] = (
            "Cette heure n'existe pas ce jour-là : les horloges sautent de 2 h à 3 h. Choisissez"
            " une autre heure."
        )
        return None


def _faults_of_texts(typed: RoundTyped) -> dict[str, str]:
    faults = {}
    if not clean_line(typed.title):
        faults["title"] = "Donnez un titre à ce tour, en français."
    for name in ("title", "title_en"):
        if length(getattr(typed, name)) > LONGEST_TITLE:
            faults[name] = f"Ce titre dépasse {LONGEST_TITLE} signes : raccourcissez-le."
    code = typed.code.strip()
    if not CODE.fullmatch(code) or len(code) > LONGEST_CODE:
        faults["code"] = (
            "Utilisez des minuscules sans accent, des chiffres et des tirets, comme dans"
            f" « tour-2 », {LONGEST_CODE} signes au plus."
        )
    elif code in TAKEN_BY_PAGES:
        faults["code"] = f"« {code} » est l'adresse d'une page : choisissez un autre code."
    if not _is_address(typed.document_url.strip()):
        faults["document_url"] = (
            f"Donnez une adresse qui commence par https://, de {LONGEST_URL} signes au plus."
        )
    return faults


def _is_address(text: str) -> bool:
    if not text:
        return True
    if len(text) > LONGEST_URL or re.search(r"\s", text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname)
