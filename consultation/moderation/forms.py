"""Forms of moderation: filters of the queue, decision on a text."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Self, TypeVar

from flask import abort, request
from wtforms import Field, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import ValidationError

from consultation.accounts.models import Account
from consultation.moderation.bulk import BULK, MOST_AT_ONCE
from consultation.moderation.decisions import HIDING, PUBLISHING, DecisionRequest
from consultation.moderation.labels import ERRORS, NO_LONGER_MODERATES, reason_hint
from consultation.moderation.models import (
    AsideReason,
    FindingKind,
    Range,
    Reason,
    TextState,
    Verdict,
)
from consultation.moderation.queue import Filters, Flag, FollowUp, Sort, Tab
from consultation.moderation.texts import notes, translations
from consultation.moderation.texts.page import Reading
from consultation.moderation.texts.ranges import occurrences
from consultation.responses.models import Standing
from consultation.responses.staff.queries import TOOL
from consultation.text import clean_line, clean_text
from consultation.web.forms import (
    ChoiceField,
    NamesField,
    Problem,
    StaffForm,
    TextField,
    at_most,
    required,
)
from consultation.web.navigation import SORT, kept_parameters, sent_sort
from consultation.work.actions import current_work

Chosen = TypeVar(
    "Chosen", Tab, Flag, FollowUp, Sort, FindingKind, Standing, Reason, AsideReason, Verdict
)  # fmt: skip

FILTERS = (
    "etat", "tour", "mesure", "signe", "suivi", "qui", "qualite", "organisation", "q", "groupe",
    SORT,
)  # fmt: skip
SIGNATURE_LENGTH = 64
MOST_COPIED = 50
"""Passages copied in one form; each is looked for in the whole text."""

MASK_ONLY = "mask"
"""Value of the button that masks without deciding, in the place of a verdict."""
ADD_PASSAGE = "add"
"""Value of the button that gives one more field for a passage, and stores nothing."""


def kept_filters() -> dict[str, Any]:
    """Return the filters of this request, for the addresses on its page."""
    return kept_parameters(FILTERS)


def filters() -> Filters:
    """Read the filters of the address; unknown values are ignored."""
    code = request.args.get("mesure", "")
    flag = request.args.get("signe", "")
    follow_up = _member(FollowUp, request.args.get("suivi", ""))
    return Filters(
        tab=_member(Tab, request.args.get("etat", "")) or Tab.WAITING,
        measure=(code if code != TOOL else "") or None,
        is_tool=code == TOOL,
        flag=_member(Flag, flag) or _member(FindingKind, flag),
        is_noted=follow_up is FollowUp.NOTED,
        assignee_id=current_work().actor.id if follow_up is FollowUp.MINE else None,
        standing=_member(Standing, request.args.get("qui", "")),
        cluster=request.args.get("groupe") or None,
        round=request.args.get("tour") or None,
        capacity=request.args.get("qualite") or None,
        organisation=_typed("organisation"),
        query=_typed("q"),
        newest_first=sent_sort() == "recents",
        sort=_member(Sort, sent_sort()),
    )


def _typed(name: str) -> str:
    return clean_line(request.args.get(name, ""))[:60]


class _ValuesField(Field):
    """All the values that are sent under one name."""

    data: Sequence[str]

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist


class _TickedField(_ValuesField):
    """Findings that are ticked, each by its ranges."""

    def process_formdata(self, valuelist: list[str]) -> None:
        for value in valuelist:
            parse_ranges(value)
        super().process_formdata(valuelist)


class _PassagesField(_ValuesField):
    """Passages typed, or selected in the text; blank ones are dropped."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if len(valuelist) > MOST_COPIED:
            raise ValueError("too many passages")
        self.data = [passage for value in valuelist if (passage := clean_text(value).strip())]


class _RangesField(Field):
    """Ranges of a text, as `as_sent` writes them."""

    data: Sequence[Range]

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [range_ for value in valuelist for range_ in parse_ranges(value)]


class DecisionForm(StaffForm):
    """Passages to mask in a text, and the verdict, as its page sends them."""

    button = StringField(name="geste")
    """A verdict, `MASK_ONLY` or `ADD_PASSAGE`."""
    ticked = _TickedField("Passages à masquer", name="passage", id="passages", default=())
    copied = _PassagesField("Autre passage", name="autre", default=())
    reason = ChoiceField(
        "Raison, pour masquer ou écarter",
        name="raison",
        choices=[("", "Choisissez…"), *Reason.choices()],
        coerce=lambda value: _member(Reason, value),
        validate_choice=False,
    )
    verified = _RangesField("J'ai vérifié", name="verifie", default=())
    """Certain passages that the moderator looked at, and leaves for the public to read."""
    state = SelectField(name="vu", coerce=TextState, validate_choice=False)
    """With `decision_count` and `masked`: the text as that page displayed it."""
    decision_count = IntegerField(name="decisions")
    masked = _RangesField(name="masques", default=())
    signature_index = StringField(name="signature")
    """That of the name and organisation that stood on that page."""

    def __init__(self, formdata: Any = None, *, reading: Reading, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.absent: Sequence[int] = ()
        """Which of the copied passages are not in the text."""
        self.attach(reading)

    def attach(self, reading: Reading, *, is_displayed: bool = True) -> None:
        """Set the text that the form is about, as it is now.

        `is_displayed` is False where another moderator reads it: the page has no fields then.
        """
        self.reading, self.is_displayed = reading, is_displayed
        self.reason.description = reason_hint(reading) if reading.ticked else ""

    @classmethod
    def posted(cls, reading: Reading) -> Self:
        """Read the form that was sent; end with 400 where no page of ours can have sent it."""
        form = cls(request.form, reading=reading)
        if form.verdict is None and form.button.data not in (MASK_ONLY, ADD_PASSAGE):
            abort(400)
        if form.state.data is None or form.decision_count.data is None:
            abort(400)
        if any(field.process_errors for field in form):
            abort(400)
        return form

    @classmethod
    def blank(cls, reading: Reading) -> Self:
        reason = _member(Reason, request.args.get("raison", ""))
        return cls(reading=reading, data={"reason": reason, "ticked": reading.ticked})

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the button that was pressed; None of the one that only masks."""
        return _member(Verdict, self.button.data or "")

    @property
    def adds_passage(self) -> bool:
        """Only one more field is wanted."""
        return bool(self.button.data == ADD_PASSAGE)

    @property
    def to_mask(self) -> Sequence[str]:
        """The ticked passages, where the button masks: some come ticked."""
        return self.ticked.data if self.verdict in (None, Verdict.REDACT) else ()

    @property
    def ranges(self) -> list[Range]:
        """All that is to be masked."""
        return [range_ for ranges in self.masks.values() for range_ in ranges]

    @property
    def masks(self) -> dict[Reason, list[Range]]:
        """Ranges to mask, by the reason chosen, else by that of the finding."""
        masks: dict[Reason, list[Range]] = defaultdict(list)
        reasons = {passage.value: passage.reason for passage in self.reading.passages}
        for value in self.to_mask:
            reason = self.reason.data or reasons.get(value, Reason.OTHER)
            masks[reason] += parse_ranges(value)
        for passage in self.copied.data:
            ranges = occurrences(self.reading.content, passage)
            masks[self.reason.data or Reason.OTHER] += ranges
        return {reason: ranges for reason, ranges in masks.items() if ranges}

    @property
    def decision_request(self) -> DecisionRequest:
        """The request to `decisions.apply`, once the form is valid."""
        return DecisionRequest(
            verdict=self.verdict,
            reason=self._reason(),
            masks=self.masks,
            verified=self.verified.data,
            signature_index=(self.signature_index.data or "")[:SIGNATURE_LENGTH] or None,
            state=self.state.data,
            decision_count=self.decision_count.data,
            masked=self.masked.data,
        )

    @property
    def problems(self) -> list[Problem]:
        """One problem for each absent passage; at the state where the page has no fields."""
        problems = super().problems
        if not self.is_displayed:
            return [Problem("etat", "", problem.sentence) for problem in problems]
        return [
            problem._replace(anchor=anchor)
            for problem in problems
            for anchor in (
                map(self.copied_id, self.absent) if problem.anchor == "autre" else [problem.anchor]
            )
        ]

    @staticmethod
    def copied_id(number: int) -> str:
        """Return the id of the field of a copied passage."""
        return f"autre-{number + 1}" if number else "autre"

    @property
    def is_reason_kept(self) -> bool:
        """The reason was chosen for the mask before: the script may take it for this one too."""
        return self.reason.data is not None and not self.problems

    def validate_copied(self, field: Field) -> None:
        self.absent = [
            number
            for number, passage in enumerate(field.data)
            if not occurrences(self.reading.content, passage)
        ]
        if self.absent:
            raise ValidationError(ERRORS["passage"])

    def validate_ticked(self, field: Field) -> None:
        if self.verdict is Verdict.PUBLISH and (field.data or self.copied.data):
            raise ValidationError(ERRORS["publish"])
        is_masked = self.verdict is Verdict.REDACT and self.reading.masks
        if self.verdict in (None, Verdict.REDACT) and not (self._masks_passages or is_masked):
            raise ValidationError(ERRORS["nothing"])

    def validate_reason(self, field: Field) -> None:
        if self.verdict not in (None, *HIDING) or field.data is not None:
            return
        # No machine knows what a copied passage is.
        if self.copied.data or self._reason() is None:
            raise ValidationError(ERRORS["reason"])

    def validate_verified(self, field: Field) -> None:
        if self.verdict not in PUBLISHING or self.reading.is_gone:
            return
        # A mask that was on their page and is no more is an obstacle of its own.
        needed = self.reading.requirements(self.verdict, [*self.ranges, *self.masked.data])
        if not needed.are_verified(field.data):
            raise ValidationError(ERRORS["unverified"])

    @property
    def _masks_passages(self) -> bool:
        return bool(self.to_mask or self.copied.data)

    def _reason(self) -> Reason | None:
        """Return the reason chosen, else the one already given for the same decision."""
        reading = self.reading
        chosen: Reason | None = self.reason.data
        if chosen is not None:
            return chosen
        if reading.last and reading.text.pending and reading.text.pending is self.verdict:
            return reading.last.reason
        if self.verdict is Verdict.REDACT and reading.masks and not self._masks_passages:
            return reading.masks[-1].reason
        return min(self.masks, key=list(Reason).index, default=None)


class BulkForm(StaffForm):
    """One verdict for the texts ticked in the queue, or for those that no machine flagged."""

    texts = NamesField("Textes cochés", name="texte", id="textes", default=())
    unmarked = NamesField(name="sans", default=())
    """The texts of that page without a mark."""
    button = StringField(name="geste", default="")
    """A verdict for the ticked texts; `PAGE` or `FILTER`: to publish those without a mark."""
    reason = ChoiceField(
        "Raison, pour écarter",
        name="raison",
        choices=[("", "Choisissez…"), *Reason.choices()],
        coerce=lambda value: _member(Reason, value),
        validate_choice=False,
    )
    confirmed = StringField(name="confirme", default="")
    """Sent by the page that lists the texts."""

    PAGE, FILTER = "page", "filtre"

    @property
    def verdict(self) -> Verdict:
        """The verdict of the button that was pressed."""
        return _member(Verdict, self.button.data or "") or Verdict.PUBLISH

    @property
    def is_for_filter(self) -> bool:
        return bool(self.button.data == self.FILTER)

    @property
    def is_confirmed(self) -> bool:
        return bool(self.confirmed.data)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check the form; the button for a page stands for the texts without a mark on it."""
        if self.button.data not in (self.PAGE, self.FILTER, *BULK):
            abort(400)
        if self.button.data == self.PAGE:
            self.texts.data = self.unmarked.data
        self.texts.data = self.texts.data[:MOST_AT_ONCE]
        return bool(super().validate(extra_validators))

    def validate_texts(self, field: Field) -> None:
        if not field.data and not self.is_for_filter:
            raise ValidationError(ERRORS["texts"])

    def validate_reason(self, field: Field) -> None:
        if self.verdict is Verdict.WITHHOLD and field.data is None:
            raise ValidationError(ERRORS["reason"])


class SetAsideForm(StaffForm):
    """Why a whole contribution is set aside."""

    reason = ChoiceField(
        "Cette contribution est",
        name="pourquoi",
        choices=[("", "Choisissez…"), *AsideReason.choices()],
        coerce=lambda value: _member(AsideReason, value),
        validate_choice=False,
        validators=[required(ERRORS["aside"])],
    )


class TranslationForm(StaffForm):
    """What a text says in French; `seen` is the version displayed."""

    seen = HiddenField()
    translation = TextField(
        "Traduction en français",
        name="traduction",
        description="Elle se lit sous le texte d'origine, par les mêmes personnes que lui : n'y"
        " écrivez rien de ce que vous masquez. Sans texte, la traduction est retirée.",
        validators=[at_most(translations.LONGEST)],
    )

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """Return the form of the translation that a text has, or of its first."""
        return cls(data=translation_values(reading))


def translation_values(reading: Reading) -> dict[str, str]:
    version = translations.version(reading.translated, reading.masks)
    return {"translation": reading.translation, "seen": version}


class NoteForm(StaffForm):
    """A note of the team on a text; `seen` is the version displayed."""

    seen = HiddenField(id="note-seen")
    note = TextField(
        "Note",
        id="note-equipe",
        description="Seules les personnes qui modèrent la lisent.",
        validators=[at_most(notes.LONGEST)],
    )
    assignee = ChoiceField("Confier ce texte à", name="confie", default="")

    def __init__(self, *given: Any, moderators: Sequence[Account], **options: Any) -> None:
        super().__init__(*given, **options)
        names = [(it.public_id, it.email) for it in moderators]
        self.assignee.choices = [("", "Personne"), *names]
        self.assignee.invalid_choice_message = NO_LONGER_MODERATES


def note_values(reading: Reading) -> dict[str, str]:
    note = reading.note
    assignee = note.assignee.public_id if note and note.assignee else ""
    values = {"note": note.text if note else "", "assignee": assignee}
    return values | {"seen": notes.version(note)}


def one_range() -> Range:
    """Return the range of the mask that a button names; end with 400 where it names none."""
    try:
        return _range(request.form.get("masque", ""))
    except ValueError:
        abort(400)


def parse_ranges(value: str) -> list[Range]:
    """Read « 12-26,40-54 »; raise `ValueError`."""
    return [_range(part) for part in value.split(",") if part]


def _range(value: str) -> Range:
    start, _, end = value.partition("-")
    if not (start.isdecimal() and end.isdecimal() and len(value) < 20):
        raise ValueError(f"no range: {value[:20]}")
    return int(start), int(end)


def _member(choices: type[Chosen], value: str) -> Chosen | None:
    options: Sequence[Chosen] = list(choices)
    return next((option for option in options if option.value == value), None)
