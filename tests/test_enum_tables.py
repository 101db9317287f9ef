"""A table by the members of an enumeration has them all, or its readers expect that it has not.

What it says of each is no second label beside those that the members carry.
"""

import enum
import importlib
import pkgutil
from collections.abc import Mapping

from flask_babel.speaklater import LazyString

import consultation
from consultation.i18n import Labelled

READ_BY_GET = {
    "institutions.data_requests.record.REASONS",
    "documents.staff_views.WITHOUT_ODT",
    "mail.suppression._REASONS",
    "questionnaires.kinds.base._MISSING",
    "moderation.texts.page.REASONS",
    "moderation.labels.DONE_FOR_THE_TEAM",
    "moderation.labels.ONLY_FOR_THE_TEAM",
    "moderation.labels.PROPOSED_FOR_THE_TEAM",
    "moderation.labels.STATES_FOR_THE_TEAM",
    "moderation.labels.VERDICT_LABELS_FOR_THE_TEAM",
    "exports.orders.labels.STATES_OF_A_LIST",
    "exports.workbook.columns._MAKERS",
    "questionnaires.outline.question_validation.KIND_OF",
    "results.indicators.labels.SHORT",
    "translators.texts.FIELDS",
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
    "responses.submission.acceptance.WHERE_TO_SEND",
    "accounts.models.ASKED_BY",
    "results.publication.prepare.COLUMN_OF",
    "results.publication.figures.SIDES",
    "plan.overview.backlog.POINT_OF",
    "plan.overview.labels.AIMS",
    "spreadsheets.style.NUMBER_FORMATS",
    "spreadsheets.ods.NUMBER_SHAPES",
    "decisions.staff.forms.ON_INDICATOR",
    "decisions.staff.forms.ON_MISSING",
    "decisions.staff.forms.CHANGED",
    "decisions.staff.forms.UNCHANGED",
    "decisions.bulk.CHANGE_OF",  # outcomes of before change what is beside them
    "demo.decisions.REASONS",
    "exports.workbook.sheets.decisions.OUTCOMES",
}
LACKING = {
    "exports.workbook.sheets.texts.REVIEWS": {"SECONDING", "WITHHELD"},  # shown to nobody
    "moderation.labels.PROPOSED": {"REOPEN"},  # it waits for no second person
    "results.indicators.labels.FEASIBILITY": {
        "TOO_FEW",
        "OTHER_SCALE",
    },  # a sentence with a number; capacities are not set against each other on it
    "results.indicators.labels.RELEVANCE": {
        "TOO_FEW",
        "DIVIDED",
        "OTHER_SCALE",
    },  # sentences with a number, with names
}


NO_LABELS = {
    "accounts.forms.EXPLAINED": "what each may do",
    "collective.views.PLACES": "where it is shown",
    "collective.texts.SLUGS": "parts of addresses",
    "decisions.public.labels.TEXT_OF_POINT": "names of columns",
    "documents.formats.MEDIA_TYPES": "what a download says that it is",
    "exports.workbook.columns.RESPONDENTS": "words of a file that is out",
    "exports.workbook.sheets.codebook.KINDS": "words of a file that is out",
    "inbox.collection.causes.REMEDIES": "what to do about it",
    "inbox.labels.TABS": "plurals",
    "moderation.clusters.forms.BUTTONS": "what a button does",
    "moderation.labels.DONE": "what was done",
    "moderation.labels.KEYS": "keys of the keyboard",
    "moderation.labels.STILL": "what goes on",
    "moderation.labels.WANTED": "what is proposed",
    "plan.overview.labels.SHORT_NAMES": "what stands beside a sign, where the name is too long",
    "plan.overview.value_texts.MISSING": "sentences on a moment and on who was asked",
    "questionnaires.editor.labels.SCOPE_SENTENCES": "what is asked",
    "questionnaires.rounds.lifecycle.WHY_NOT": "why it is refused",
    "questionnaires.rounds.text_views.PLACES": "where it is shown",
    "questionnaires.rounds.text_views.SLUGS": "parts of addresses",
    "readings.views.SLUGS": "parts of addresses",
    "recordings.public_views.MEDIA_TYPES": "what a download says that it is",
    "recordings.views.SLUGS": "parts of addresses",
    "reports.figures.ASSESSORS": "ids, by which reports cite",
    "reports.figures.MOMENTS": "ids, by which reports cite",
    "reports.figures.REPORTERS": "ids, by which reports cite",
    "results.coverage.board.UNSAID": "parts of sentences",
    "results.coverage.gaps.LACKING": "parts of sentences",
    "results.coverage.gaps.ONE_OF": "parts of sentences",
    "results.publication.views.CHANNELS": "what follows the name of a filter",
    "results.publication.views.STATUSES": "what follows the name of a filter",
    "spreadsheets.writer.MEDIA_TYPES": "what a download says that it is",
}
"""Tables with a text for each member of an enumeration that is `Labelled`, and what they say."""


def tables():
    known = set()
    for found in pkgutil.walk_packages(consultation.__path__, "consultation."):
        for name, table in vars(importlib.import_module(found.name)).items():
            if isinstance(table, Mapping) and id(table) not in known:
                known.add(id(table))
                yield f"{found.name.removeprefix('consultation.')}.{name}", table


def partial_tables():
    for name, table in tables():
        kind = type(next(iter(table), None))
        if issubclass(kind, enum.Enum) and set(kind) - set(table):
            yield name, {member.name for member in set(kind) - set(table)}


def tables_of_texts():
    """Yield the tables with a text for each member, which stored values name as well."""
    found = list(tables())  # every module is imported then, and with it every enumeration
    kinds = [it for it in Labelled.__subclasses__() if it.__module__.startswith("consultation.")]
    members = {frozenset(kind) for kind in kinds}
    for name, table in found:
        if frozenset(table) in members and all(map(is_text, table.values())):
            yield name


def is_text(value):
    return isinstance(value, str | LazyString) and not isinstance(value, enum.Enum)


def test_table_lacks_no_member_that_it_may_be_asked_for():
    found = dict(partial_tables())

    assert found.keys() == READ_BY_GET | CHOICES | LACKING.keys()
    assert {name: found[name] for name in LACKING} == LACKING


def test_labelled_enumeration_has_no_table_of_labels_beside_its_own():
    assert set(tables_of_texts()) == NO_LABELS.keys()
