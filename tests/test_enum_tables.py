"""A table by the members of an enumeration has them all, or its readers expect that it has not."""

import enum
import importlib
import pkgutil
from collections.abc import Mapping

import consultation

READ_BY_GET = {
    "institutions.data_requests.record.REASONS",
    "documents.staff_views.WITHOUT_ODT",
    "mail.suppression._REASONS",
    "questionnaires.kinds.base._MISSING",
    "demo.answers.ANSWERED",
    "moderation.texts.page.REASONS",
    "moderation.labels.DONE_FOR_THE_TEAM",
    "moderation.labels.ONLY_FOR_THE_TEAM",
    "moderation.labels.PROPOSED_FOR_THE_TEAM",
    "moderation.labels.STATES_FOR_THE_TEAM",
    "moderation.labels.VERDICT_LABELS_FOR_THE_TEAM",
    "exports.orders.labels.STATES_OF_A_LIST",
    "exports.workbook.columns._MAKERS",
    "questionnaires.outline.question_validation.KIND_OF",
    "questionnaires.editor.forms.LABELS",
    "questionnaires.editor.forms.USUAL",
    "results.indicators.labels.SHORT",
    "questionnaires.form.paper.LINES",
}
CHOICES = {  # what is not in them is never asked for
    "responses.staff.queries._SORTED_BY",
    "questionnaires.rounds.checklist._TO_WRITE",
    "moderation.labels.KEYS_WHERE_MARKED",
    "exports.workbook.sheets.disagreements.KINDS",
    "exports.workbook.columns.CONSENTS",
    "questionnaires.editor.labels.KIND_SENTENCES",
    "responses.rights.export.CONSENTS",
    "responses.drafts.handlers.WHERE_TO_SAVE",
    "responses.submission.handlers.WHERE_TO_SEND",
    "accounts.models.ASKED_BY",
    "results.publication.prepare.COLUMN_OF",
    "results.publication.figures.SIDES",
    "plan.overview.backlog.POINT_OF",
    "spreadsheets.style.NUMBER_FORMATS",
    "spreadsheets.ods.NUMBER_SHAPES",
}
LACKING = {
    "exports.workbook.sheets.texts.REVIEWS": {"SECONDING", "WITHHELD"},  # shown to nobody
    "moderation.labels.PROPOSED": {"REOPEN"},  # it waits for no second person
    "results.indicators.summary._KEYS": {"PLAN"},  # the order in which they come
    "results.indicators.labels.FEASIBILITY": {
        "TOO_FEW",
        "DIVIDED",
    },  # a sentence with a number; capacities are not set against each other on it
    "results.indicators.labels.RELEVANCE": {
        "TOO_FEW",
        "DIVIDED",
    },  # sentences with a number, with names
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
