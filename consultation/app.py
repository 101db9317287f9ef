"""Wires the rooms: settings, extensions, pages, message kinds and refusals."""

import sys
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import Flask

from consultation import settings, working
from consultation.accounts import (
    account_views,
    guarding_views,
    inviting,
    own_views,
    records_views,
    resetting,
    second_factor_views,
    trail_views,
)
from consultation.accounts import models as _accounts
from consultation.accounts import views as accounts_views
from consultation.crypto import keyring
from consultation.database import engine_options
from consultation.exporting import (
    announcing,
    contacts_views,
    one_views,
    setting_views,
)
from consultation.exporting import models as _exporting
from consultation.exporting import views as exporting_views
from consultation.extensions import db
from consultation.inbox import (
    confirming,
    confirming_views,
)
from consultation.inbox import models as _inbox
from consultation.inbox import views as inbox_views
from consultation.invitations import composing_views, letters, mailing_views
from consultation.invitations import importing_views as contacts_import_views
from consultation.invitations import models as _invitations
from consultation.invitations import views as invitations_views
from consultation.jobs import models as _jobs
from consultation.mail import addresses, kinds, public_views, trying
from consultation.mail import models as _mail
from consultation.mail import views as mail_views
from consultation.moderation import (
    acting_views,
    cluster_views,
    danger,
    danger_views,
)
from consultation.moderation import models as _moderation
from consultation.moderation import views as moderation_views
from consultation.operating import digest, oversight, warning
from consultation.plan import downloads_views as plan_downloads_views
from consultation.plan import importing_views as plan_importing_views
from consultation.plan import indicator_views, measure_views, status_sheet_views, status_views
from consultation.plan import models as _plan
from consultation.plan import staff_views as plan_staff_views
from consultation.plan import views as plan_views
from consultation.questionnaires import composing_views as editor_views
from consultation.questionnaires import (
    interchange_views,
    preview_views,
    round_step_views,
    round_text_views,
    round_views,
)
from consultation.questionnaires import models as _questionnaires
from consultation.resources import resource
from consultation.responses import (
    acknowledging,
    copy_views,
    departing,
    exit_views,
    identity_views,
    leaving_views,
    receipt_views,
    recovering,
    recovering_views,
    reminding,
    space_views,
    staff_views,
)
from consultation.responses import models as _responses
from consultation.results import fate_views, publishing_views
from consultation.results import models as _results
from consultation.results import public_views as results_views
from consultation.results import views as coverage_views
from consultation.sheets import models as _sheets
from consultation.staff_menu import STAFF_MENU
from consultation.web import (
    assets,
    bodies,
    compression,
    cookies,
    csrf,
    errors,
    headers,
    limits,
    locale,
    logs,
    menu,
    rich_text,
    typography,
)
from consultation.web import views as site_views
from consultation.web.permissions import check_every_view

MODELS = (
    _plan, _questionnaires, _responses, _invitations, _inbox, _moderation, _mail, _accounts,
    _jobs, _sheets, _results, _exporting,
)  # fmt: skip

SURROUNDINGS = (
    bodies, compression, headers, locale, typography, rich_text, assets, errors, cookies, menu,
    csrf, limits,
)  # fmt: skip
ROOMS: tuple[Any, ...] = (
    site_views,
    mail_views,
    public_views,
    accounts_views,
    trail_views,
    second_factor_views,
    own_views,
    account_views,
    guarding_views,
    records_views,
    plan_views,
    plan_staff_views,
    measure_views,
    indicator_views,
    plan_importing_views,
    plan_downloads_views,
    preview_views,
    interchange_views,
    status_views,
    status_sheet_views,
    editor_views,
    round_views,
    round_step_views,
    round_text_views,
    receipt_views,
    identity_views,
    space_views,
    exit_views,
    leaving_views,
    copy_views,
    recovering_views,
    staff_views,
    exporting_views,
    setting_views,
    contacts_views,
    one_views,
    invitations_views,
    contacts_import_views,
    composing_views,
    mailing_views,
    inbox_views,
    confirming_views,
    moderation_views,
    acting_views,
    cluster_views,
    danger_views,
    coverage_views,
    fate_views,
    results_views,
    publishing_views,
)

MESSAGE_KINDS = (
    trying.KIND,
    acknowledging.KIND,
    recovering.KIND,
    resetting.KIND,
    inviting.KIND,
    letters.KIND,
    confirming.KIND,
    departing.KIND,
    reminding.KIND,
    danger.KIND,
    digest.KIND,
    oversight.KIND,
    warning.KIND,
    announcing.KIND,
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
    menu.offer(app, STAFF_MENU)
    working.give_work(app)
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
