"""Consultation on the indicators of a plan, from its publication to its results.

- accounts/: invitations, roles and their own pages
- cli/: `consultation` and its commands
- collective/: who consults, the legal notice and the help, as organisers write them
- crypto/: keys, encrypted columns, blind indexes, signed tokens
- db/: base classes, write transactions, upgrades
- decisions/: what becomes of what respondents say, and editions of the plan
- demo/: a synthetic plan, round and responses, for trying the site out
- documents/: the working document, written from an edition or from the plan in force
- editions/: prepared, published by a second person where two are needed, frozen for good
- exports/: workbooks for the staff
- inbox/: mail that comes in, and what becomes of it
- institutions/: institutions in charge of measures: what they are asked, what they answer
- invitations/: who is asked, in which mailing, and who answered
- jobs/: a queue in the database and the worker that runs it
- mail/: the outbox, its pacing and delivery, and what may not be written to
- moderation/: what may be shown of the texts that came in
- operations/: what keeps the site running for years
- plan/: axes, measures and indicators, and how they are edited
- privacy/: the inventory of personal data and the documents made from it
- questionnaires/: what is asked, in which round, in which version
- readability/: by what a text is easy to read, where its language says so
- readings/: pages read over by those whom they are for
- recordings/: texts of the public pages read aloud
- records/: records: what each field of a record is, said once for its form, file, sheets and JSON
- reports/: the public report on the plan, whose numbers can be recomputed
- responses/: what respondents send, correct, save and take back
- results/: what the responses say, and what of it is public
- server/: HTTP and worker processes, and their supervisor
- site_settings/: the settings that administrators change on screen
- spreadsheets/: workbooks and CSV files, read and written without a formula
- translators/: the texts of organisers that a language lacks, and the sheet for a translator
- typesetting/: PDF and pictures, made by typst in a subprocess
- web/: request checks, permissions, headers, error pages, forms, typography
- work/: the work of the team: what its services are given, what its pages do with them
- app: application factory: settings, database, hooks and pages of all packages
- calendar: calendar files
- clock: current time, Paris time, delays
- cores: of the processor, which a process keeps to
- turns: for documents, which few visitors wait for
- dashboard/: home page and menu of the staff
- extensions: database and translations, bound by the factory
- files: sync to disk, folders of templates, static files and migrations
- i18n: languages, texts in several of them, folding for searches
- imports: without garbage collection meanwhile
- logs: logging setup: JSON lines with a list of allowed fields
- settings: table of settings, reader of the environment
- subprocesses: subprocesses that end with their parent
- text: cleaning and length of typed text, codes
- token_addresses: addresses with a token, masked in logs
- worker: registers all worker tasks, jobs and erasure hooks
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from consultation.imports import load

if TYPE_CHECKING:
    from flask import Flask


def create_app(overrides: Mapping[str, Any] | None = None) -> "Flask":
    """Return the wired application; `overrides` replaces settings by name, as tests do."""
    # Imported late: the command line starts faster without Flask and the packages.
    app: Flask = load("consultation.app").build(overrides or {})
    return app
