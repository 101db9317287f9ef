"""Demonstration answers: invented contributions, as posted forms would hold them."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from consultation.questionnaires.form import validation
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.kinds import kind_of
from consultation.questionnaires.models import Destination

IN_ENGLISH, REVISED, WITHDRAWN = 0.06, 0.04, 0.015
"""Shares of the contributions."""

TEXTS = {
    "fr": (
        "L'indicateur est clair, mais il faudrait préciser le territoire.",
        "Nous ne disposons pas de ces données : qui les recueille ?",
        "À comparer d'une année à l'autre, sinon le chiffre ne dit rien.",
        "Le délai compte plus que le nombre.",
        "« Dédié » veut dire quoi, exactement ?",
        "D'après notre expérience, la mesure avance là où une personne en est chargée.",
        "Chez nous, deux services comptent deux fois la même personne.",
        "Il faudrait plus de formation, et moins de dossiers à remplir.",
        "Deux points :\n1. la source ;\n2. la date de référence.",
        "Cela dépend des départements ; chez nous, l'écart est d'environ 30 %.",
        "Remplacer « places » par « places occupées au 31 décembre ».",
        "Rapport annuel, tableau 4 (à vérifier).",
        "Il est important de distinguer les mineurs des adultes.",
        "Rien n'a été commencé à notre connaissance.",
    ),
    "en": (
        "Clear enough, but the source should be named.",
        "We don't have these figures; who collects them?",
        "Compare year on year, otherwise it says little.",
        'Please define "dedicated".',
    ),
}


@dataclass(frozen=True)
class Sent:
    """A revision of a contribution, before it has ids."""

    form: Instrument
    locale: str
    at: datetime
    revision: int
    is_superseded: bool
    is_withdrawn: bool
    values: Mapping[int, Any]


def contributions(
    forms: Sequence[Instrument],
    count: int,
    since: datetime,
    until: datetime,
    chance: random.Random,
) -> Iterator[list[Sent]]:
    """Yield contributions, each as the list of its revisions, `count` revisions in all."""
    while count > 0:
        form = chance.choice(forms)
        locale = "en" if chance.random() < IN_ENGLISH else "fr"
        at = since + (until - since) * chance.random()
        revisions = 2 if count > 1 and chance.random() < REVISED else 1
        is_withdrawn = chance.random() < WITHDRAWN
        yield [
            Sent(
                form=form,
                locale=locale,
                at=min(at + timedelta(hours=number - 1), until),
                revision=number,
                is_superseded=number < revisions,
                is_withdrawn=is_withdrawn and number == revisions,
                values=_values(form, locale, chance),
            )
            for number in range(1, revisions + 1)
        ]
        count -= revisions


def _values(form: Instrument, locale: str, chance: random.Random) -> dict[int, Any]:
    """Return values by question id, without those that conditions rule out."""
    questions = [
        question
        for question in form.questions
        if question.destination is Destination.ANSWER and kind_of(question).takes_an_answer
    ]
    given = {
        question.id: kind_of(question).invented(question, chance, TEXTS[locale])
        for question in questions
        if chance.random() < kind_of(question).answered
    }
    codes = {
        question.id: kind_of(question).codes(question, given[question.id])
        for question in questions
        if question.id in given
    }
    for id_ in validation.find_excluded(form, codes):
        given.pop(id_, None)
    first = questions[0]
    return given or {first.id: kind_of(first).invented(first, chance, TEXTS[locale])}
