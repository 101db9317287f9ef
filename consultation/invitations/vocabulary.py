"""Words of a list of contacts that stand for a code: capacities, territories, languages."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.orm import Session

from consultation.i18n import folded
from consultation.questionnaires import outlines
from consultation.questionnaires.models import Destination


@dataclass(frozen=True)
class Vocabulary:
    """What one column may say; `thing` is « une qualité », `label_by_code` what a person reads."""

    thing: str
    label_by_code: Mapping[str, str]

    def code(self, word: str) -> str | None:
        """Return the code that a label or a code names, case and accents apart."""
        return self._code_by_fold.get(folded(word))

    def nearest(self, word: str) -> str | None:
        """Return the label that looks most like `word`, if one does."""
        label_by_fold = {folded(label): label for label in self.label_by_code.values()}
        found = difflib.get_close_matches(folded(word), label_by_fold, 1)
        return label_by_fold[found[0]] if found else None

    @cached_property
    def _code_by_fold(self) -> Mapping[str, str]:
        labels = {folded(label): code for code, label in self.label_by_code.items()}
        return labels | {folded(code): code for code in self.label_by_code}


LANGUAGES = Vocabulary("une langue du site", {"fr": "français", "en": "anglais"})


@dataclass(frozen=True)
class Words:
    """The vocabularies of the columns that have one."""

    capacity: Vocabulary
    territory: Vocabulary
    locale: Vocabulary = LANGUAGES


def words(session: Session) -> Words:
    """Return the words that the questionnaires offer, those of all rounds together."""

    def french(destination: Destination) -> Mapping[str, str]:
        labels = outlines.labels_for(session, destination)
        return {code: label["fr"] for code, label in labels.items()}

    return Words(
        Vocabulary("une qualité", french(Destination.CAPACITY)),
        Vocabulary("un territoire", french(Destination.TERRITORY)),
    )
