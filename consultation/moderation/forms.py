"""What moderators send: filters in the address, and the one form of a text's page."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import abort, request

from consultation.moderation.decisions import HIDING, PUBLISHING
from consultation.moderation.labels import FAULTS
from consultation.moderation.models import (
    AsideReason,
    FindingKind,
    Range,
    Reason,
    TextState,
    Verdict,
)
from consultation.moderation.queue import Filters, Flag, Tab
from consultation.moderation.texts.page import Passage, Reading
from consultation.moderation.texts.ranges import occurrences
from consultation.plan.models import Measure
from consultation.responses.models import Standing
from consultation.responses.staff.queries import TOOL
from consultation.text import clean

Chosen = TypeVar("Chosen", Tab, Flag, FindingKind, Standing, Reason, AsideReason, Verdict)

FILTERS = ("etat", "mesure", "signe", "qui", "groupe", "ordre")
SIGNATURE_LENGTH = 64
MOST_COPIED = 50
"""Passages copied in one form; each is looked for in the whole text."""

MASK_ONLY = "mask"
"""What the button that masks without deciding sends, in the place of a verdict."""


def kept() -> dict[str, Any]:
    """Return the filters of this request as they stand in its address."""
    return {name: value for name in FILTERS if (value := request.args.get(name, "")[:60])}


def filters(measures: Iterable[Measure]) -> Filters:
    """Return what the address narrows the queue to; what it says wrongly counts for nothing."""
    code = request.args.get("mesure", "")
    flag = request.args.get("signe", "")
    return Filters(
        tab=_one_of(Tab, request.args.get("etat", "")) or Tab.WAITING,
        measure_id=next((one.id for one in measures if one.code == code), None),
        is_tool=code == TOOL,
        flag=_one_of(Flag, flag) or _one_of(FindingKind, flag),
        standing=_one_of(Standing, request.args.get("qui", "")),
        cluster=request.args.get("groupe") or None,
        newest_first=request.args.get("ordre") == "recents",
    )


@dataclass(frozen=True)
class Gesture:
    """What was asked on a text's page; without `verdict`, only to mask.

    `seen`, `known` and `masked` are the text's state, its number of decisions, and what was masked
    of it as that page had them.
    """

    verdict: Verdict | None = None
    signature_index: str | None = None
    """That of the name and organisation that stood on that page."""
    reason: Reason | None = None
    ticked: frozenset[str] = frozenset()
    copied: Sequence[str] = ()
    """Passages that were typed, or selected in the text."""
    verified: Sequence[Range] = ()
    """The passages that they say they looked at, though anybody is to read them."""
    seen: TextState = TextState.WAITING
    known: int = 0
    masked: Sequence[Range] = ()

    def ranges(self, words: str) -> list[Range]:
        """Return what is to be masked of a text."""
        ranges = [one for value in self.to_mask for one in _ranges(value)]
        return ranges + self.copied_ranges(words)

    def copied_ranges(self, words: str) -> list[Range]:
        """Return where the passages that were copied stand in a text."""
        return [one for passage in self.copied for one in occurrences(words, passage)]

    @property
    def to_mask(self) -> frozenset[str]:
        """What is ticked, where the button that was pressed masks: some of it comes ticked."""
        return self.ticked if self.verdict in (None, Verdict.REDACT) else frozenset()

    @property
    def masks(self) -> bool:
        """Say whether passages are to be masked."""
        return bool(self.to_mask or self.copied)


def untouched(found: Reading) -> Gesture:
    """Return what the form of a text's page holds before anybody touched it."""
    return Gesture(
        reason=_one_of(Reason, request.args.get("raison", "")),
        ticked=found.ticked,
        known=len(found.decisions),
    )


def posted() -> Gesture:
    """Return what was asked; abort where no page of ours can have sent it."""
    wanted = request.form.get("geste", "")
    verdict = _one_of(Verdict, wanted)
    if verdict is None and wanted != MASK_ONLY:
        abort(400)
    try:
        return Gesture(
            verdict=verdict,
            signature_index=request.form.get("signature", "")[:SIGNATURE_LENGTH] or None,
            reason=_one_of(Reason, request.form.get("raison", "")),
            ticked=frozenset(request.form.getlist("passage")),
            copied=_copied(),
            verified=_ranges(request.form.get("verifie", "")),
            seen=TextState(request.form.get("vu", "")),
            known=int(request.form.get("decisions", "")),
            masked=_ranges(request.form.get("masques", "")),
        )
    except ValueError:
        abort(400)


def _copied() -> Sequence[str]:
    copied = [clean(value).strip() for value in request.form.getlist("autre")]
    if len(copied) > MOST_COPIED:
        abort(400)
    return [passage for passage in copied if passage]


def faults(gesture: Gesture, found: Reading) -> list[tuple[str, str]]:
    """Return for each thing to correct the id of its field, and what to do there."""
    wrong = [
        (copied_id(number), FAULTS["passage"])
        for number, passage in enumerate(gesture.copied)
        if not occurrences(found.words, passage)
    ]
    if gesture.verdict is Verdict.PUBLISH and (gesture.ticked or gesture.copied):
        wrong.append(("passages", FAULTS["publish"]))
    if _masks_nothing(gesture, found):
        wrong.append(("passages", FAULTS["nothing"]))
    if _needs_reason(gesture, found):
        wrong.append(("raison", FAULTS["reason"]))
    if _is_unverified(gesture, found):
        wrong.append(("verifie", FAULTS["unverified"]))
    return wrong


def copied_id(number: int) -> str:
    """Return the id of the field of a copied passage."""
    return f"autre-{number + 1}" if number else "autre"


def _is_unverified(gesture: Gesture, found: Reading) -> bool:
    if gesture.verdict not in PUBLISHING or found.is_gone:
        return False
    # What was masked on their page and is no more, they are told of as such.
    masked = [*gesture.ranges(found.words), *gesture.masked]
    needed = found.requirements(gesture.verdict, masked)
    return not needed.are_verified(gesture.verified)


def _masks_nothing(gesture: Gesture, found: Reading) -> bool:
    if gesture.masks:
        return False
    return gesture.verdict is None or (gesture.verdict is Verdict.REDACT and not found.masks)


def _needs_reason(gesture: Gesture, found: Reading) -> bool:
    if gesture.copied and gesture.reason is None:
        return gesture.verdict in (None, *HIDING)  # no machine knows what they are
    if reason_of(gesture, found) is not None:
        return False
    return gesture.verdict in (None, *HIDING)


def reason_of(gesture: Gesture, found: Reading) -> Reason | None:
    """Return the reason chosen, else the one already given for the same gesture."""
    if gesture.reason is not None:
        return gesture.reason
    if found.text.pending is not None and found.text.pending is gesture.verdict and found.last:
        return found.last.reason
    if gesture.verdict is Verdict.REDACT and found.masks and not gesture.masks:
        return found.masks[-1].reason
    return min(masks_of(gesture, found), key=list(Reason).index, default=None)


def masks_of(gesture: Gesture, found: Reading) -> dict[Reason, list[Range]]:
    """Return what is to be masked by why: as was chosen, else as the machine took it for."""
    chosen: dict[Reason, list[Range]] = defaultdict(list)
    by_value = {passage.value: passage for passage in found.passages}
    for value in gesture.to_mask:
        reason = gesture.reason or _reason_by_itself(by_value.get(value))
        chosen[reason] += _ranges(value)
    copied = gesture.copied_ranges(found.words)
    if copied:
        chosen[gesture.reason or Reason.OTHER] += copied
    return dict(chosen)


def _reason_by_itself(passage: Passage | None) -> Reason:
    return passage.reason if passage else Reason.OTHER


def aside_reason() -> AsideReason | None:
    """Return why a contribution is to be set aside, or None when the list was left alone."""
    return _one_of(AsideReason, request.form.get("pourquoi", ""))


def one_range() -> Range:
    """Return the range of the mask that a button names."""
    return _range(request.form.get("masque", ""))


def _ranges(value: str) -> list[Range]:
    return [_range(one) for one in value.split(",") if one]


def _range(value: str) -> Range:
    start, _, end = value.partition("-")
    if not (start.isdecimal() and end.isdecimal() and len(value) < 20):
        abort(400)
    return int(start), int(end)


def _one_of(choices: type[Chosen], value: str) -> Chosen | None:
    options: Sequence[Chosen] = list(choices)
    return next((one for one in options if one.value == value), None)
