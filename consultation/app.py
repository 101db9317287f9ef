"""Wires the rooms: settings, extensions, pages, message kinds and refusals."""

import sys
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import Flask

from consultation import logs, settings, worker
from consultation.accounts import invitations, profile_views, staff_views
from consultation.accounts import models as _accounts
from consultation.accounts import views as accounts_views
from consultation.accounts.audit import views as audit_views
from consultation.accounts.sign_in import passwords
from consultation.accounts.sign_in import views as sign_in_views
from consultation.crypto.keyring import keyring
from consultation.dashboard import STAFF_MENU
from consultation.db.base import engine_options
from consultation.exports import models as _exporting
from consultation.exports.orders import notification
from consultation.exports.orders import views as orders_views
from consultation.exports.saved import views as saved_views
from consultation.extensions import db
from consultation.files import resource
from consultation.inbox import confirmation
from consultation.inbox import models as _inbox
from consultation.inbox import views as inbox_views
from consultation.invitations import models as _invitations
from consultation.invitations.contacts import views as contacts_import_views
from consultation.invitations.mailings import message
from consultation.invitations.mailings import views as mailings_views
from consultation.jobs import models as _jobs
from consultation.mail import addresses, admin, kinds
from consultation.mail import models as _mail
from consultation.mail import views as mail_views
from consultation.moderation import models as _moderation
from consultation.moderation import views as moderation_views
from consultation.moderation.clusters import views as clusters_views
from consultation.moderation.danger import alerts
from consultation.moderation.danger import views as danger_views
from consultation.moderation.texts import views as texts_views
from consultation.operations import reports
from consultation.operations.retention import notices
from consultation.plan import import_views as plan_downloads_views
from consultation.plan import indicator_views, measure_views
from consultation.plan import models as _plan
from consultation.plan import staff_views as plan_staff_views
from consultation.plan import views as plan_views
from consultation.plan.statuses import import_views
from consultation.plan.statuses import views as statuses_views
from consultation.privacy import views as privacy_views
from consultation.questionnaires import models as _questionnaires
from consultation.questionnaires.editor import views as editor_views
from consultation.questionnaires.publication import views as publication_views
from consultation.questionnaires.rounds import text_views
from consultation.questionnaires.rounds import views as rounds_views
from consultation.questionnaires.workbook import views as workbook_views
from consultation.responses import models as _responses
from consultation.responses.drafts import reminders
from consultation.responses.rights import views as rights_views
from consultation.responses.rights import withdrawal
from consultation.responses.space import exit_views, recovery
from consultation.responses.space import views as space_views
from consultation.responses.staff import views as received_views
from consultation.responses.submission import proof_of_work_views, receipt, receipt_views
from consultation.results import models as _results
from consultation.results.coverage import views as coverage_views
from consultation.results.indicators import views as indicators_views
from consultation.results.public import views as results_views
from consultation.results.publication import views as publishing_views
from consultation.spreadsheets import models as _sheets
from consultation.web import (
    compression,
    cookies,
    csrf,
    errors,
    headers,
    locale,
    markdown,
    navigation,
    rate_limits,
    request_body,
    typography,
)
from consultation.web.permissions import check_every_view
from consultation.web.site import views as site_views

MODELS = (
    _plan, _questionnaires, _responses, _invitations, _inbox, _moderation, _mail, _accounts,
    _jobs, _sheets, _results, _exporting,
)  # fmt: skip

SURROUNDINGS = (
    request_body, compression, headers, locale, typography, markdown, errors, cookies,
    navigation, csrf, rate_limits,
)  # fmt: skip
ROOMS: tuple[Any, ...] = (
    site_views,
    mail_views,
    accounts_views,
    audit_views,
    sign_in_views,
    profile_views,
    staff_views,
    proof_of_work_views,
    privacy_views,
    plan_views,
    plan_staff_views,
    measure_views,
    indicator_views,
    plan_downloads_views,
    publication_views,
    workbook_views,
    statuses_views,
    import_views,
    editor_views,
    rounds_views,
    text_views,
    receipt_views,
    space_views,
    exit_views,
    rights_views,
    received_views,
    orders_views,
    saved_views,
    contacts_import_views,
    mailings_views,
    inbox_views,
    moderation_views,
    texts_views,
    clusters_views,
    danger_views,
    coverage_views,
    indicators_views,
    results_views,
    publishing_views,
)

MESSAGE_KINDS = (
    admin.KIND,
    receipt.KIND,
    recovery.KIND,
    passwords.KIND,
    invitations.KIND,
    message.KIND,
    confirmation.KIND,
    withdrawal.KIND,
    reminders.KIND,
    alerts.KIND,
    reports.DIGEST,
    reports.OVERSIGHT,
    notices.KIND,
    notification.KIND,
)

BOXES = ("MAIL_SENDER", "MAIL_RETURN_PATH", "DANGER_REFERENT", "OVERSIGHT_ADDRESS")
"""The settings that name a box of mail; only the sender has to."""


def build(overrides: Mapping[str, Any]) -> Flask:
    """Return the application as `overrides` and the environment set it; raise `SettingRefused`."""
    values = settings.load(overrides)
    _refuse_no_box(values)
    app = Flask(
        "consultation",
        template_folder=str(resource("templates")),
        static_folder=str(resource("static")),
        instance_path=str(values["HOME"]),
    )
    app.config.from_mapping(values)
    logs.configure()
    _open_home(app)
    _bind_database(app)
    for part in (*SURROUNDINGS, *ROOMS):
        part.register(app)
    for kind in MESSAGE_KINDS:
        kinds.register_kind(kind)
    navigation.offer(app, STAFF_MENU)
    worker.give_work(app)
    check_every_view(app)
    return app


def _refuse_no_box(values: Mapping[str, Any]) -> None:
    """Raise `SettingRefused` for an address that no mail could bear: nothing at all would leave."""
    for name in BOXES:
        is_wanted = values[name] or name == "MAIL_SENDER"
        if is_wanted and not addresses.is_sendable(values[name]):
            raise settings.SettingRefused(
                f"CONSULTATION_{name} n'est pas l'adresse d'une boîte : écrivez-la seule, sans nom"
                " ni chevrons, comme contact@exemple.fr."
            )


def _bind_database(app: Flask) -> None:
    """Give the application its database; raise `SettingRefused`, which tells no address."""
    try:
        db.init_app(app)
    except (sa.exc.ArgumentError, ValueError, ModuleNotFoundError) as error:
        if getattr(error, "name", "") == "psycopg":
            raise settings.SettingRefused(
                "Il manque la bibliothèque psycopg pour CONSULTATION_DATABASE_URL :"
                f" « {sys.executable} -m pip install 'consultation[postgres]' » l'installe."
            ) from None
        raise settings.SettingRefused(
            "CONSULTATION_DATABASE_URL n'est pas l'adresse d'une base que ce site sait ouvrir :"
            " écrivez-la postgresql://compte@machine/base, ou laissez-la vide pour SQLite."
        ) from None


def _open_home(app: Flask) -> None:
    """Make the home folder, load the keys, and name the database; raise `SettingRefused`."""
    app.config["HOME"].mkdir(mode=0o700, parents=True, exist_ok=True)
    keyring.load(app.config["KEYS_DIR"])
    first, *others = keyring.secret_keys
    app.config["SECRET_KEY"] = first
    app.config["SECRET_KEY_FALLBACKS"] = others
    app.config["SQLALCHEMY_DATABASE_URI"] = url = app.config["DATABASE_URL"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(url, app.config["WEB_THREADS"])
