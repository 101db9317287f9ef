"""Forms by which organisers edit a round, its steps and its texts.

Days and hours are typed in Paris time.
"""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session
from wtforms import BooleanField, Field, HiddenField, ValidationError

from consultation.clock import PARIS, in_paris
from consultation.i18n import (
    DEFAULT_LOCALE,
    LOCALES,
    NAMES,
    OTHER_LOCALES,
    Localized,
    among_locales,
    folded,
    key_of,
    keyed,
)
from consultation.questionnaires.models import Round, RoundTextKind
from consultation.questionnaires.rounds import lifecycle, queries
from consultation.questionnaires.rounds.lifecycle import EDITABLE, RoundDraft, RoundState, Step
from consultation.questionnaires.rounds.texts import LONGEST, LONGEST_TITLE, NOTHING, ONE_LINE
from consultation.text import capitalized, clean_line, length
from consultation.web.forms import (
    BoxesField,
    LineField,
    StaffForm,
    TextField,
    Translated,
    french_first,
    version_number,
)

MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin",
    "juillet", "aout", "septembre", "octobre", "novembre", "decembre",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 2000, 2099
LONGEST_CODE, LONGEST_URL = 14, 500
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
TAKEN_BY_PAGES = ("preparer",)

_DAY_IN_DIGITS = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DAY_WITH_MONTH = re.compile(rf"(\d{{1,2}})(?:er)? ({'|'.join(MONTHS)}) (\d{{4}})", re.ASCII)
_HOUR = re.compile(r"(\d{1,2}) ?(?:h|:|heures?) ?(\d{2})?", re.ASCII)


class NoSuchHour(Exception):
    """The clocks of Paris never show this hour: they jump over it."""


def read_day(text: str) -> date | None:
    """Return the day of « 24/11/2026 » or « 24 novembre 2026 »; None otherwise."""
    typed = folded(text)
    if match := _ISO_DAY.fullmatch(typed):
        year, month, day = map(int, match.groups())
    elif match := _DAY_IN_DIGITS.fullmatch(typed):
        day, month, year = map(int, match.groups())
    elif match := _DAY_WITH_MONTH.fullmatch(typed):
        day, month, year = int(match[1]), MONTHS.index(match[2]) + 1, int(match[3])
    else:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_hour(text: str) -> time | None:
    """Return the hour of « 9 h », « 23 h 59 » or « 23:59 »; None otherwise."""
    match = _HOUR.fullmatch(folded(text))
    if match is None:
        return None
    try:
        return time(int(match[1]), int(match[2] or 0))
    except ValueError:
        return None


def moment_of(day: date, hour: time, *, is_end: bool = False) -> datetime:
    """Return when a clock in Paris shows that hour; raise `NoSuchHour` when none ever does.

    In the night when clocks go back an hour comes twice: a beginning is the first of the two, an
    end the second, so that the round is never shorter than what visitors read.
    """
    local = datetime.combine(day, hour, PARIS).replace(fold=int(is_end))
    moment = local.astimezone(UTC)
    if in_paris(moment).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise NoSuchHour
    return moment


def write_day(moment: datetime) -> str:
    """Return the day of a moment in Paris, as the date field of a browser has it."""
    return in_paris(moment).date().isoformat()


def write_hour(moment: datetime) -> str:
    """Return the hour of a moment in Paris, as `read_hour` reads it."""
    local = in_paris(moment)
    return f"{local:%-H} h {local:%M}" if local.minute else f"{local:%-H} h"


class DayField(LineField):
    """A day, as `read_day` reads it; browsers without a calendar show a line of text."""

    def __init__(self, label: str = "", **kwargs: Any) -> None:
        super().__init__(label, render_kw={"type": "date"}, **kwargs)

    def pre_validate(self, form: Any) -> None:
        if read_day(self.data) is None:
            raise ValidationError("Écrivez ce jour ainsi : 24/11/2026.")


class HourField(LineField):
    """An hour, as `read_hour` reads it."""

    def pre_validate(self, form: Any) -> None:
        if read_hour(self.data) is None:
            raise ValidationError("Écrivez cette heure ainsi : 9 h, ou 23 h 59.")


class MomentForm(StaffForm):
    """A form with pairs of fields for a day and an hour in Paris."""

    def read_moment(self, name: str, *, is_end: bool = False) -> datetime | None:
        """Return the moment of `name_day` and `name_hour`, None where they are none; note why.

        Called once the fields are validated.
        """
        day = read_day(self[f"{name}_day"].data)
        hour = read_hour(self[f"{name}_hour"].data)
        if day is None or hour is None:
            return None
        try:
            return moment_of(day, hour, is_end=is_end)
        except NoSuchHour:
            self.add_error(
                f"{name}_hour",
                "Cette heure n'existe pas ce jour-là : les horloges sautent de 2 h à 3 h."
                " Choisissez une autre heure.",
            )
            return None


def _title_length(_form: StaffForm, field: Field) -> None:
    if length(field.data or "") > LONGEST_TITLE:
        raise ValidationError(f"Ce titre dépasse {LONGEST_TITLE} caractères : raccourcissez-le.")


class RoundForm(MomentForm):
    """The values of a round, without those that its state keeps from being changed.

    Once `validate` is true, `draft` holds them.
    """

    title = Translated(
        LineField,
        "Titre",
        [_title_length],
        missing="Donnez un titre à ce tour, en français.",
        description="Les visiteurs le lisent au-dessus du titre de l'accueil.",
    )
    code = LineField(
        "Code",
        description=(
            "Nomme le tour dans les classeurs et dans les versions de la notice. Il ne change plus"
            " une fois le tour annoncé."
        ),
    )
    opens_day = DayField("Jour d'ouverture")
    opens_hour = HourField("Heure d'ouverture", description="Par exemple 9 h, ou 9 h 30.")
    closes_day = DayField("Jour de fermeture")
    closes_hour = HourField("Heure de fermeture", description="Par exemple 23 h 59.")
    document_url = LineField(
        "Adresse du document de travail",
        description=(
            "Facultatif : un lien « Lire le document de travail » sur l'accueil et les mesures."
        ),
    )
    languages = BoxesField(
        "Langues, en plus du français",
        choices=[(tag, capitalized(NAMES[tag])) for tag in OTHER_LOCALES],
        validate_choice=False,
        description=(
            "Celles dans lesquelles ce tour pose ses questions. Le reste du site garde toutes ses"
            " langues."
        ),
    )
    confirmed = BooleanField("Les visiteurs ont déjà lu ces dates ; si je les change, c'est voulu.")
    draft: RoundDraft

    def __init__(
        self,
        formdata: Any = None,
        *,
        at: datetime,
        changed: Round | None = None,
        **kwargs: Any,
    ) -> None:
        values = values_of(lifecycle.draft_of(changed)) if changed else {}
        super().__init__(formdata, **{"data": values, **kwargs})
        self.at, self.changed = at, changed
        self.state = lifecycle.state_of(changed, at) if changed else RoundState.PREPARED
        for value in EDITABLE[RoundState.PREPARED] - EDITABLE[self.state]:
            for name in FIELDS[value]:
                del self[name]
        if self.state in (RoundState.PREPARED, RoundState.CLOSED):
            del self["confirmed"]
        self.locales = LOCALES
        if not OTHER_LOCALES:
            del self["languages"]
        else:
            stored = among_locales(changed.languages) if changed else ()
            self.locales = among_locales({*stored, *(self.languages.data or ())})

    def validate_code(self, field: Field) -> None:
        if not CODE.fullmatch(field.data) or len(field.data) > LONGEST_CODE:
            raise ValidationError(
                "Utilisez des minuscules sans accent, des chiffres et des tirets, comme dans"
                f" « tour-2 », {LONGEST_CODE} caractères au plus."
            )
        if field.data in TAKEN_BY_PAGES:
            raise ValidationError(
                f"« {field.data} » est l'adresse d'une page : choisissez un autre code."
            )

    def validate_document_url(self, field: Field) -> None:
        if not _is_address(field.data):
            raise ValidationError(
                "Donnez une adresse qui commence par https://,"
                f" de {LONGEST_URL} caractères au plus."
            )

    def validate_languages(self, field: Field) -> None:
        if not set(field.data) <= set(LOCALES):
            raise ValidationError(
                "Une langue cochée n'est pas une langue du site : cochez celles de la liste."
            )

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        opens_at, closes_at = self._moment("opens"), self._moment("closes")
        if opens_at is not None and closes_at is not None:
            stored_code = self.changed.code if self.changed else ""
            self.draft = RoundDraft(
                title=self.localized("title") or {},
                code=self.code.data if "code" in self else stored_code,
                opens_at=opens_at,
                closes_at=closes_at,
                document_url=self.document_url.data or None,
                languages=self._chosen_languages(),
            )
            self.add_errors(lifecycle.date_errors(self.draft, self.state, self.at))
            self._check_confirmation()
        return not self.errors

    def _chosen_languages(self) -> list[str] | None:
        """The languages as they are stored: as they were where the same boxes are ticked.

        Those may name one that the site has no more, or none, for all that it has.
        """
        stored = self.changed.languages if self.changed else None
        if "languages" not in self:
            return stored
        ticked = among_locales(self.languages.data)
        if ticked == among_locales(stored):
            return stored
        return None if ticked == LOCALES else [*ticked]

    def _check_confirmation(self) -> None:
        """Refuse to change, unconfirmed, a date that visitors read already."""
        if self.changed is None or "confirmed" not in self or self.confirmed.data:
            return
        before = lifecycle.draft_of(self.changed)
        if (self.draft.opens_at, self.draft.closes_at) != (before.opens_at, before.closes_at):
            sentence = "Ces dates sont publiques : cochez la case pour les changer."
            self.add_error("confirmed", sentence)

    def _moment(self, name: str) -> datetime | None:
        """Return a date of the round: the stored one, seconds included, unless it was edited."""
        before: datetime | None = getattr(self.changed, f"{name}_at", None)
        if f"{name}_day" not in self:
            return before
        if before is not None:
            day, hour = read_day(self[f"{name}_day"].data), read_hour(self[f"{name}_hour"].data)
            stored = in_paris(before)
            if (day, hour) == (stored.date(), time(stored.hour, stored.minute)):
                return before
        return self.read_moment(name, is_end=name == "closes")


FIELDS = {
    "title": tuple(key_of("title", tag) for tag in LOCALES),
    "code": ("code",),
    "opens_at": ("opens_day", "opens_hour"),
    "closes_at": ("closes_day", "closes_hour"),
    "document_url": ("document_url",),
    "languages": ("languages",),
}
"""The fields in which each value of a `RoundDraft` is typed."""


def values_of(draft: RoundDraft) -> dict[str, Any]:
    """Return the fields of the form, by name, as it first displays them."""
    return {
        **keyed("title", draft.title),
        "code": draft.code,
        "opens_day": write_day(draft.opens_at),
        "opens_hour": write_hour(draft.opens_at),
        "closes_day": write_day(draft.closes_at),
        "closes_hour": write_hour(draft.closes_at),
        "document_url": draft.document_url or "",
        "languages": [tag for tag in among_locales(draft.languages) if tag != DEFAULT_LOCALE],
    }


def next_round(session: Session, at: datetime) -> dict[str, Any]:
    """Return the fields of the form of a new round, which follows the last one."""
    code, title = queries.numbered(session)
    earlier = lifecycle.announced(session)
    languages = earlier[-1].languages if earlier else None
    base = max([at + timedelta(days=1), *(announced.closes_at for announced in earlier)])
    opens_at = moment_of(in_paris(base).date() + timedelta(days=1), time(9))
    closes_at = queries.end_of_day_in_paris(base, queries.ROUND_DAYS + 1)
    return values_of(RoundDraft(title, code, opens_at, closes_at, None, languages))


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


class StepForm(MomentForm):
    """The form of a step: an end to reopen until, a confirmation where points are open."""

    closes_day = DayField("Jour de fermeture")
    closes_hour = HourField(
        "Heure de fermeture", default="23 h 59", description="Par exemple 23 h 59."
    )
    confirmed = BooleanField("J'ai lu les points qui restent ouverts, et je passe outre.")
    closes_at: datetime | None = None

    def __init__(
        self, formdata: Any = None, *, step: Step, has_open_points: bool, at: datetime
    ) -> None:
        super().__init__(formdata)
        self.at = at
        if step is not Step.REOPEN:
            del self["closes_day"], self["closes_hour"]
        if not has_open_points:
            del self["confirmed"]

    def validate_confirmed(self, field: Field) -> None:
        if not field.data:
            raise ValidationError("Il reste des points ouverts : cochez la case pour passer outre.")

    def validate(self, extra_validators: Any = None) -> bool:
        super().validate(extra_validators)
        if "closes_day" in self:
            self.closes_at = self.read_moment("closes", is_end=True)
            if self.closes_at is not None and self.closes_at <= self.at:
                self.add_error("closes_day", lifecycle.CLOSING_IS_PAST)
        return not self.errors


def _round_text_length(form: Any, field: Field) -> None:
    longest = LONGEST[form.kind]
    excess = length(form.text_of(field)) - longest
    if excess > 0:
        raise ValidationError(
            f"Ce texte dépasse de {excess} caractères les {longest} possibles : raccourcissez-le."
        )


class TextForm(StaffForm):
    """A text of a round in each language; `number` is that of the version that was adapted."""

    number = HiddenField()
    fr = Translated(TextField, validators=[_round_text_length], is_checked=False, rows=12)

    def __init__(self, formdata: Any = None, *, kind: RoundTextKind, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.kind = kind
        self[DEFAULT_LOCALE].description = f"{LONGEST[kind]} caractères au plus."

    @property
    def content(self) -> Localized:
        """The text as it is stored: by language, without what is empty."""
        content = {tag: self.text_of(self[tag]) for tag in LOCALES}
        return {tag: text for tag, text in content.items() if text} or {DEFAULT_LOCALE: NOTHING}

    @property
    def adapted_number(self) -> int:
        """The number of the adapted version; -1, which no version has, where it is none."""
        return version_number(self.number.data)

    def validate_fr(self, field: Field) -> None:
        """Refuse a text that is not there in French, but for one that need not be there."""
        french_first(self, field)
        if not self.text_of(field) and self.kind is not RoundTextKind.HOME_MORE:
            raise ValidationError("Écrivez ce texte en français.")

    def text_of(self, field: Field) -> str:
        """The text of a language, as it is stored."""
        text: str = field.data or ""
        return (clean_line(text) if self.kind in ONE_LINE else text).strip()


class TitleForm(TextForm):
    """The title of the home page, a line in each language."""

    fr = Translated(LineField, validators=[_round_text_length], is_checked=False)
