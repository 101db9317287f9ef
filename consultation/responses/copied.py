"""What a respondent's own copy holds, as plain values."""

from dataclasses import dataclass
from datetime import datetime

from consultation.i18n import Localized


@dataclass(frozen=True)
class Given:
    """One value given: its code, number, day (ISO) or text, and the words of an option."""

    value: str | float
    label: Localized | None = None
    is_day: bool = False


@dataclass(frozen=True)
class GivenAnswer:
    """The values given to one question; `indicator` is the code of what it is about, or nothing."""

    question_id: int
    indicator: str
    code: str
    label: Localized
    values: tuple[Given, ...]


@dataclass(frozen=True)
class GivenForm:
    """The form that something was given on; without a measure, that of the tool as a whole."""

    title: Localized
    measure: str | None
    version: int


@dataclass(frozen=True)
class GivenResponse:
    """One revision of a response, whether or not it still counts."""

    id: int
    receipt_code: str
    form: GivenForm
    revision: int
    submitted_at: datetime
    superseded_at: datetime | None
    withdrawn_at: datetime | None
    answers: tuple[GivenAnswer, ...]

    @property
    def state(self) -> str:
        """Say whether the response counts (`current`), or why not any more."""
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "current" if self.superseded_at is None else "superseded"


@dataclass(frozen=True)
class GivenDraft:
    """A form begun and not sent, with what was typed to the letter."""

    form: GivenForm
    saved_at: datetime
    answers: tuple[GivenAnswer, ...]


@dataclass(frozen=True)
class GivenConsent:
    """One thing that is agreed to or not, in the words of the form, if they are known."""

    code: str
    label: Localized | None
    is_given: bool


@dataclass(frozen=True)
class Copy:
    """Everything that one respondent gave.

    `consented_at` is when they last said what they agree to, which is said all anew; the notice is
    the one that they had read then.
    """

    made_at: datetime
    round_code: str
    round_title: Localized
    since: datetime
    channel: str
    locale: str
    capacity: Given
    organisation: str | None
    territory: Given | None
    name: str | None
    address: str | None
    consents: tuple[GivenConsent, ...]
    notice_version: str
    consented_at: datetime
    responses: tuple[GivenResponse, ...]
    drafts: tuple[GivenDraft, ...]
