"""A table by the members of an enumeration has them all, or its readers expect that it has not."""

import enum
import importlib
import pkgutil
from collections.abc import Mapping

import consultation

READ_BY_GET = {
    "questionnaires.kinds.base._MISSING",
    "demonstration_answers.ANSWERED",
    "moderation.readings.REASONS",
    "moderation.wording.DONE_FOR_THE_TEAM",
    "moderation.wording.ONLY_FOR_THE_TEAM",
    "exporting.replies._MAKERS",
    "questionnaires.question_soundness.KIND_OF",
    "questionnaires.redrawing.USUAL",
    "results.wording.SHORT",
}
CHOICES = {  # what is not in them is never asked for
    "moderation.wording.KEYS_WHERE_MARKED",
    "exporting.disagreements.KINDS",
    "exporting.respondents.CONSENTS",
    "questionnaires.composing_words.KIND_SENTENCES",
    "responses.copying.CONSENTS",
    "responses.draft_views.WHOSE_SAVED",
    "responses.views.WHOSE_SENT",
    "results.live.COLUMN_OF",
    "results.reported.SIDES",
    "sheets.looks.NUMBER_FORMATS",
    "sheets.ods_frame.NUMBER_SHAPES",
}
LACKING = {
    "exporting.texts.REVIEWS": {"SECONDING", "WITHHELD"},  # shown to nobody
    "moderation.queueing._IS_IN": {"ASIDE"},  # no state of a text, and asked for before
    "moderation.wording.PROPOSED": {"REOPEN"},  # it waits for no second person
    "results.fates._KEYS": {"PLAN"},  # the order in which they come
    "results.wording.FEASIBILITY": {"TOO_FEW"},  # a sentence with a number
    "results.wording.RELEVANCE": {"TOO_FEW", "DIVIDED"},  # sentences with a number, with names
}


def partial_tables():
    known = set()
    for found in pkgutil.walk_packages(consultation.__path__, "consultation."):
        for name, table in vars(importlib.import_module(found.name)).items():
            if not isinstance(table, Mapping) or id(table) in known:
                continue
            known.add(id(table))
            kind = type(next(iter(table), None))
            if issubclass(kind, enum.Enum) and set(kind) - set(table):
                lacking = {member.name for member in set(kind) - set(table)}
                yield f"{found.name.removeprefix('consultation.')}.{name}", lacking


def test_a_table_lacks_no_member_that_somebody_may_ask_it_for():
    found = dict(partial_tables())

    assert found.keys() == READ_BY_GET | CHOICES | LACKING.keys()
    assert {name: found[name] for name in LACKING} == LACKING
