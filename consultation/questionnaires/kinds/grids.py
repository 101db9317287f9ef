"""Grids, where each line has a control of its own: matrix and ranking."""

from collections.abc import Iterator, Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Any

from babel.lists import format_list
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from wtforms import Field
from wtforms.validators import ValidationError

from consultation.i18n import language_of, localized
from consultation.questionnaires.form.instrument import Option, Question
from consultation.questionnaires.kinds.base import (
    AnswerGiven,
    Cells,
    Kind,
    Printed,
    Rows,
    Value,
    reply_of,
)
from consultation.questionnaires.kinds.choices import SECONDS_PER_CHOICE, CodesField
from consultation.questionnaires.models import Destination
from consultation.text import length
from consultation.web.locale import current_locale

MOST_LINES = 12
MOST_CHOICES = 7
"""Options of a matrix: more do not fit beside a row."""


class Lines(Kind):
    """Base class of what has a control on each of its lines.

    The name of a control is that of the question and the code of its line.  A reply is the code of
    the line and what was chosen on it, with a full stop between.
    """

    has_options = is_counted = True
    may_control = False

    def lines(self, question: Question) -> Rows:
        """Return the label of each line by its code."""
        raise NotImplementedError

    def sent(self, question: Question, posted: MultiDict[str, str]) -> list[str]:
        return [
            f"{code}.{value}"
            for code in self.lines(question)
            for value in posted.getlist(f"{question.name}-{code}")
            if value
        ]

    def effort(self, question: Question) -> float:
        return SECONDS_PER_CHOICE * len(self.lines(question))

    def _quoted(self, question: Question, codes: Sequence[str]) -> str:
        """Return the labels of lines for a sentence: « un » et « deux »."""
        lines, locale = self.lines(question), current_locale()
        labels = [_("« %(answer)s »", answer=localized(lines[it], locale)) for it in codes]
        return format_list(labels, locale=language_of(locale).locale)


def _pairs(replies: Sequence[str]) -> list[tuple[str, str]]:
    """Return the line of each reply and what was chosen on it."""
    parts = (reply.partition(".") for reply in replies)
    return [(line, chosen) for line, _stop, chosen in parts]


class Matrix(Lines):
    """One of the same options for each row of the setting `rows`."""

    macro = "matrix"
    sentence = "Les mêmes réponses proposées pour plusieurs lignes, une à choisir sur chacune."
    most_options = MOST_CHOICES
    has_rows = True
    cells = Cells.OPTION
    answered = 0.8
    settings = frozenset({"rows", "options"})
    labels = MappingProxyType(
        {
            "options": (
                "Réponses proposées sur chaque ligne",
                f"Les mêmes partout, dans leur ordre. {MOST_CHOICES} au plus.",
            )
        }
    )

    def rows(self, settings: Mapping[str, Any]) -> Rows:
        return {row["code"]: row["label"] for row in settings.get("rows", ())}

    def lines(self, question: Question) -> Rows:
        return self.rows(question.settings)

    def boxes(self, options: int, settings: Mapping[str, Any]) -> int:
        return max(1, len(self.rows(settings)))

    def wrong_settings(
        self, settings: Mapping[str, Any], destination: Destination
    ) -> Iterator[tuple[str, str, str]]:
        """Refuse too few rows, or too many for one question."""
        count = len(settings.get("rows", ()))
        if count < 2:
            yield (
                "rows",
                "il faut au moins deux lignes",
                "Ajoutez-en, ou choisissez le type « une réponse au choix ».",
            )
        if count > MOST_LINES:
            yield (
                "rows",
                f"il y a {count} lignes, la limite est de {MOST_LINES}",
                "Faites-en deux questions.",
            )

    def field(self, question: Question) -> Any:
        """Return a field that accepts one option on each row, on all where it is required."""

        def check(form: Any, field: Field) -> None:
            chosen = _pairs(field.data)
            if any(question.option(code) is None for _row, code in chosen):
                raise ValidationError(_("Choisissez parmi les réponses proposées."))
            answered = [row for row, _code in chosen]
            if len(set(answered)) < len(answered):
                raise ValidationError(_("Choisissez une seule réponse sur chaque ligne."))
            left = [row for row in self.lines(question) if row not in answered]
            if question.is_required and left:
                raise ValidationError(
                    _("Répondez aussi à %(rows)s.", rows=self._quoted(question, left))
                )

        return CodesField(validators=[AnswerGiven(question, self), check])

    def missing(self, question: Question, label: str) -> str:
        return str(_("Choisissez une réponse sur chaque ligne de « %(label)s ».", label=label))

    def longest(self, question: Question) -> int:
        option = max(length(option.code) for option in question.options)
        return sum(length(row) + 2 + option for row in self.lines(question))

    def parts_of(self, reply: str) -> tuple[str, str, int | None]:
        ((row, code),) = _pairs([reply])
        return code, row, None

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        chosen = ((row, question.option(code)) for row, code in _pairs(data or ()))
        return [Value(option_id=option.id, row_code=row) for row, option in chosen if option]

    def worded(
        self, settings: Mapping[str, Any], label: str, row_code: str, rank: int | None, locale: str
    ) -> str:
        """Return the row and its answer."""
        row = localized(self.rows(settings).get(row_code), locale) or row_code
        return str(_("%(row)s : %(answer)s", row=row, answer=label))

    def describe(self, question: Question, typed: Sequence[str], locale: str) -> tuple[str, ...]:
        """Return each row with its answer, in the order of the rows."""
        return tuple(
            self.worded(question.settings, label, row, None, locale)
            for row, label in self._labels_by_row(question, typed, locale)
        )

    def _labels_by_row(
        self, question: Question, replies: Sequence[str], locale: str
    ) -> Iterator[tuple[str, str]]:
        chosen = dict(_pairs(replies))
        for row in self.lines(question):
            if row in chosen:
                option = question.option(chosen[row])
                yield row, localized(option.label, locale) if option else chosen[row]

    def on_paper(self, question: Question, locale: str, labels: Mapping[str, str]) -> Printed:
        """Return the rows, each with all options."""
        printed = super().on_paper(question, locale, labels)
        rows = [localized(label, locale) for label in self.lines(question).values()]
        return Printed(printed.label, printed.options, rows=rows)

    def invented(self, question: Question, chance: Random, texts: Sequence[str]) -> Any:
        """Return an answer to each row."""
        replies = []
        for row in self.lines(question):
            (code,) = super().invented(question, chance, texts)
            replies.append(reply_of(code, row))
        return replies

    def tallied(self, value: str, row_code: str, rank: int | None) -> Iterator[tuple[str, str]]:
        """Yield the option of the row, a question by itself."""
        yield row_code, value


class Ranking(Lines):
    """Options put in order: some or all of them, from the first place on."""

    macro = "ranking"
    sentence = "Des réponses proposées, à mettre dans l'ordre."
    most_options = MOST_LINES
    is_ranked = True
    cells = Cells.RANKS
    answered = 0.6
    settings = frozenset({"options"})
    labels = MappingProxyType(
        {
            "options": (
                "Réponses à mettre dans l'ordre",
                f"{MOST_LINES} au plus : au-delà, personne ne les classe toutes.",
            )
        }
    )

    def lines(self, question: Question) -> Rows:
        return {option.code: dict(option.label) for option in question.options}

    def boxes(self, options: int, settings: Mapping[str, Any]) -> int:
        return max(1, options)

    def field(self, question: Question) -> Any:
        """Return a field that accepts places from 1 on, each once."""

        def check(form: Any, field: Field) -> None:
            chosen = _pairs(field.data)
            offered = {str(place) for place in range(1, len(question.options) + 1)}
            if any(place not in offered for _code, place in chosen):
                raise ValidationError(_("Choisissez parmi les places proposées."))
            self._refuse_ties(question, chosen)
            places = {int(place) for _code, place in chosen}
            gaps = [place for place in range(1, max(places) + 1) if place not in places]
            if gaps:
                raise ValidationError(
                    _(
                        "Aucune réponse n'a la place %(place)s : commencez à 1, sans sauter de"
                        " place.",
                        place=gaps[0],
                    )
                )

        return CodesField(validators=[AnswerGiven(question, self), check])

    def _refuse_ties(self, question: Question, chosen: Sequence[tuple[str, str]]) -> None:
        by_place: dict[str, list[str]] = {}
        for code, place in chosen:
            by_place.setdefault(place, []).append(code)
        tied = next((it for it in sorted(by_place, key=int) if len(by_place[it]) > 1), None)
        if tied is not None:
            raise ValidationError(
                _(
                    "La place %(place)s est donnée à %(answers)s : donnez à chaque réponse une"
                    " place différente.",
                    place=tied,
                    answers=self._quoted(question, by_place[tied]),
                )
            )

    def missing(self, question: Question, label: str) -> str:
        return str(_("Donnez au moins la place 1 dans « %(label)s ».", label=label))

    def longest(self, question: Question) -> int:
        return sum(length(option.code) + 4 for option in question.options)

    def parts_of(self, reply: str) -> tuple[str, str, int | None]:
        ((code, place),) = _pairs([reply])
        return code, "", int(place) if place.isdecimal() else None

    def values(self, question: Question, data: Any) -> Sequence[Value]:
        """Return the options that have a place, the first one first."""
        return [
            Value(option_id=option.id, rank=place)
            for place, option in self._in_order(question, data or ())
        ]

    def _in_order(self, question: Question, replies: Sequence[str]) -> list[tuple[int, Option]]:
        placed = [
            (int(place), option)
            for code, place in _pairs(replies)
            if place.isdecimal() and (option := question.option(code))
        ]
        return sorted(placed, key=lambda each: each[0])

    def worded(
        self, settings: Mapping[str, Any], label: str, row_code: str, rank: int | None, locale: str
    ) -> str:
        """Return the place and the option: « 1. Le délai »."""
        return label if rank is None else f"{rank}. {label}"

    def describe(self, question: Question, typed: Sequence[str], locale: str) -> tuple[str, ...]:
        """Return the options in their order, with their places."""
        return tuple(
            self.worded({}, localized(option.label, locale), "", place, locale)
            for place, option in self._in_order(question, typed)
        )

    def on_paper(self, question: Question, locale: str, labels: Mapping[str, str]) -> Printed:
        """Return the options as rows, with a place for a number before each."""
        options = super().on_paper(question, locale, labels).options
        label = localized(question.label, locale)
        return Printed(f"{label} ({labels['ranking']})", rows=options)

    def invented(self, question: Question, chance: Random, texts: Sequence[str]) -> Any:
        """Return an order in which the first options are the likeliest to come first."""
        codes = [option.code for option in question.options]
        weight = {code: chance.random() * (place + 1) for place, code in enumerate(codes)}
        placed = sorted(codes, key=weight.__getitem__)[: chance.randint(1, len(codes))]
        return [reply_of(code, rank=place) for place, code in enumerate(placed, 1)]

    def tallied(self, value: str, row_code: str, rank: int | None) -> Iterator[tuple[str, str]]:
        """Yield the place of the option; of the first one, also that it was put first."""
        yield value, str(rank)
        if rank == 1:
            yield "", value


def points(places: Mapping[int, int], options: int) -> int:
    """Return the Borda points of an option, given how often it has each place.

    The first of so many options has as many points, the next one less, one without place none.
    """
    return sum(count * (options + 1 - place) for place, count in places.items())
