"""The tallies of a round counted one response after the other: slow, and plain to read."""

from collections import Counter, defaultdict

import sqlalchemy as sa

from consultation.moderation.clusters.similarity import organisation_key
from consultation.moderation.models import ResponseSetAside
from consultation.questionnaires.models import QuestionKind, Questionnaire
from consultation.responses.models import Response
from consultation.results.models import TallySide
from consultation.results.tallies.queries import Cell


def count(session, round_id):
    session.expire_all()
    aside = set(session.scalars(sa.select(ResponseSetAside.response_id)))
    responses = [
        response
        for response in session.scalars(
            sa.select(Response)
            .join(Questionnaire)
            .where(Questionnaire.round_id == round_id)
            .order_by(Response.submitted_at, Response.id)
        )
        if not response.superseded_at and not response.withdrawn_at and response.id not in aside
    ]
    cells, by_organisation = Counter(), defaultdict(list)
    for response in responses:
        for side, code in sides_of(response.respondent):
            count_one(cells, response, side, code)
        key = organisation_key(response.respondent.organisation) or response.id
        by_organisation[response.questionnaire.measure_id, key].append(response)
    for (measure_id, _key), of_one in by_organisation.items():
        count_voice(cells, measure_id, of_one)
    return {cell: number for cell, number in cells.items() if number}


def sides_of(respondent):
    return [
        (TallySide.ALL, ""),
        (TallySide.CAPACITY, respondent.capacity),
        (TallySide.TERRITORY, respondent.territory or ""),
        (TallySide.CHANNEL, respondent.channel.value),
        (TallySide.STANDING, respondent.standing.value),
    ]


def count_one(cells, response, side, code):
    measure_id = response.questionnaire.measure_id
    cells[Cell(measure_id, None, "", "", side, code)] += 1
    for (indicator_id, question), values in answers_of(response).items():
        for value in values | {""}:
            cells[Cell(measure_id, indicator_id, question, value, side, code)] += 1
    for answer in response.answers if side is TallySide.ALL else ():
        version = answer.question.indicator_version
        if version and answer.question.kind is not QuestionKind.MULTIPLE_CHOICE:
            cells[Cell(measure_id, version.indicator_id, "", str(version.number))] += 1


def count_voice(cells, measure_id, responses):
    cells[Cell(measure_id, None, "", "", TallySide.VOICE, "")] += 1
    by_question = defaultdict(list)
    for response in responses:
        for question, values in answers_of(response).items():
            by_question[question].append(frozenset(values))
    for (indicator_id, question), every in by_question.items():
        for value in voice_of(every) | {""}:
            cells[Cell(measure_id, indicator_id, question, value, TallySide.VOICE, "")] += 1


def voice_of(every):
    notes = sorted(int(value) for values in every for value in values if value.isdigit())
    if notes:
        return {str(notes[(len(notes) - 1) // 2])}
    best = max(range(len(every)), key=lambda place: (every.count(every[place]), place))
    return set(every[best])


def answers_of(response):
    """What the response says, by indicator and question; an empty value for free answers.

    A row of a matrix is a question, and so are the places of an option of a ranking.
    """
    found = defaultdict(set)
    for answer in response.answers:
        version = answer.question.indicator_version
        indicator_id, code = version and version.indicator_id, answer.question.code
        if answer.row_code:
            found[indicator_id, f"{code}.{answer.row_code}"].add(answer.option.code)
        elif answer.rank is not None:
            found[indicator_id, f"{code}.{answer.option.code}"].add(f"{answer.rank}")
            if answer.rank == 1:
                found[indicator_id, code].add(answer.option.code)
        elif answer.option is not None:
            found[indicator_id, code].add(answer.option.code)
        elif answer.question.kind is QuestionKind.SCALE:
            found[indicator_id, code].add(f"{answer.number:.0f}")
        else:
            found[indicator_id, code].add("")
    return found
