"""Reads the form of one judgement: what it says, or what is wrong beside which field."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import TypeVar

from consultation.plan.statuses.assessments import Judgement
from consultation.plan.statuses.values import (
    FIELD_LABELS,
    LONGEST_EVIDENCE,
    ValueRefused,
    assessor_of,
    date_of,
    evidence_of,
    level_of,
    link_of,
    one_line,
    paragraphs,
)
from consultation.text import length

MISSING = {
    "assessed_on": "Donnez le jour où l'évaluation a été faite.",
    "assessor": "Dites qui évalue.",
    "level": "Choisissez un niveau.",
}
Value = TypeVar("Value")


class JudgementRefused(Exception):
    """A form can't be taken; `faults` are French sentences by the name of their field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


def blank() -> dict[str, str]:
    """Return the fields of an empty form."""
    return dict.fromkeys(FIELD_LABELS, "")


def as_typed(judgement: Judgement) -> dict[str, str]:
    """Return the fields of a form that holds a judgement."""
    evidence = judgement.evidence or {}
    return {
        "assessed_on": judgement.assessed_on.isoformat(),
        "assessor": judgement.assessor.value,
        "level": judgement.level.value,
        "evidence": evidence.get("fr", ""),
        "evidence_en": evidence.get("en", ""),
        "source_url": judgement.source_url or "",
    }


def judgement_typed(typed: Mapping[str, str], today: date) -> Judgement:
    """Return the judgement that a form holds; raise `JudgementRefused` with all its faults."""
    faults: dict[str, str] = {}

    def read(name: str, value_of: Callable[[str], Value]) -> Value | None:
        text = one_line(typed.get(name, ""))
        try:
            if text:
                return value_of(text)
            if name in MISSING:
                faults[name] = MISSING[name]
        except ValueRefused as refused:
            faults[name] = refused.sentence
        return None

    assessed_on = read("assessed_on", partial(date_of, today=today))
    assessor = read("assessor", assessor_of)
    level = read("level", level_of)
    link = read("source_url", link_of)
    french, english = (paragraphs(typed.get(name, "")) for name in ("evidence", "evidence_en"))
    faults |= _evidence_faults(french, english)
    if faults or assessed_on is None or assessor is None or level is None:
        raise JudgementRefused(faults)
    return Judgement(assessor, assessed_on, level, evidence_of(french, english), link)


def _evidence_faults(french: str, english: str) -> dict[str, str]:
    faults = {
        name: f"Ce texte compte {length(text)} caractères : {LONGEST_EVIDENCE} au plus."
        for name, text in (("evidence", french), ("evidence_en", english))
        if length(text) > LONGEST_EVIDENCE
    }
    if english and not french:
        faults.setdefault("evidence", "Écrivez aussi le texte français, ou effacez l'anglais.")
    return faults
