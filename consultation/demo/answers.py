"""Demonstration answers: invented contributions, as posted forms would hold them."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from consultation.i18n import DEFAULT_LOCALE, shipped_text
from consultation.questionnaires.form import validation
from consultation.questionnaires.form.instrument import Instrument
from consultation.questionnaires.kinds import kind_of
from consultation.questionnaires.models import Destination

IN_ANOTHER_LANGUAGE, REVISED, WITHDRAWN = 0.06, 0.04, 0.015
"""Shares of the contributions."""

TEXTS = {tag: text.split("\n\n") for tag, text in shipped_text("invented.txt").items()}
TRANSLATED = [tag for tag in TEXTS if tag != DEFAULT_LOCALE]


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


def _language(share: float) -> str:
    """The language of a contribution, by where it stands among all of them."""
    place = int(share / IN_ANOTHER_LANGUAGE * len(TRANSLATED))
    return TRANSLATED[place] if place < len(TRANSLATED) else DEFAULT_LOCALE


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
        locale = _language(chance.random())
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
