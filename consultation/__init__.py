"""Consultation on the indicators of a plan, from its publication to its results.

- accounts/: invitations, roles and their own pages
- cli/: `consultation` and its commands
- crypto/: keys, encrypted columns, blind indexes, signed tokens
- db/: base classes, write transactions, upgrades
- demo/: a synthetic plan, round and responses
- exports/: workbooks for the staff
- inbox/: mail that comes in, and what becomes of it
- invitations/: who is asked, in which mailing, and who answered
- jobs/: a queue in the database and the worker that runs it
- mail/: the outbox, its pacing and delivery, and what may not be written to
- moderation/: what may be shown of the texts that came in
- operations/: what keeps the site running for years
- plan/: axes, measures and indicators, and how they are edited
- privacy/: the inventory of personal data and the papers made from it
- questionnaires/: what is asked, in which round, in which version
- responses/: what respondents send, correct, save and take back
- results/: what the responses say, and what of it is public
- server/: HTTP and worker processes, and their supervisor
- spreadsheets/: workbooks and CSV files, read and written without a formula
- typesetting/: PDF and pictures, made in a process apart
- web/: what surrounds every page, from permissions to typography
- app: application factory body: config, blueprints, message kinds, jobs
- clock: current time, Paris time zone
- dashboard: the staff's menu entries, and the figures of their home page
- extensions: db, babel
- files: syncing one to disk, and where templates, static files and migrations are
- i18n: locales, localized text lookup, search folding
- logs: structlog configuration with allow-list
- settings: SETTINGS table, reads the environment
- subprocesses: child processes: they end with the process that started them
- text: text cleaning rule at the boundary
- token_addresses: addresses that hold a token and stand in no log
- worker: registers all worker tasks, jobs and erasure hooks
"""

from collections.abc import Mapping
from typing import Any

from flask import Flask


def create_app(overrides: Mapping[str, Any] | None = None) -> Flask:
    """Return the wired application; `overrides` replaces settings by name, as tests do."""
    # The command line needs the package long before it needs Flask and the rooms.
    from consultation import app as wiring

    return wiring.build(overrides or {})
